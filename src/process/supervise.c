/* One loop, one process. What it waits for:
 *
 *	control socket	pid 1's reports (control.h)
 *	pidfd		pid 1's end: the end of everything inside
 *	status pipe	the engine's stages, for --verbose
 *	source files	with --watch (handover.h)
 *	signals		SIGINT, SIGTERM, SIGHUP, SIGQUIT: passed on to the engine, which they end
 *			unless the guest catches them; a second one of a kind ends everything
 *	broker		its own descriptors (broker.h)
 *
 * The supervisor's own end, however it comes, closes its end of the control socket, and pid 1 ends
 * by that.
 */
#include "process/supervise.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "net/pin.h"
#include "process/broker_config.h"
#include "process/reports.h"
#include "process/rlimits.h"
#include "process/strikes.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { END_PATIENCE_MS = 2000, GRACE_S = 10 };

static void close_handle(uv_handle_t *handle, void *ctx)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static int exit_code(const struct supervisor *s)
{
	if (s->signal)
		return 128 + s->signal;
	if (s->timed_out)
		return EXIT_TIMEOUT;
	if (!s->engine_ended)
		return 128 + SIGKILL; /* somebody killed pid 1 */
	return WIFSIGNALED(s->wait_status) ? 128 + WTERMSIG(s->wait_status)
					   : WEXITSTATUS(s->wait_status);
}

/* What follows the end of this run, once. */
static enum rerun_next decide_next(struct supervisor *s)
{
	struct process_rerun *rerun = s->rerun;
	uint64_t ran_ms = stages_age_ns(&s->stages) / 1000000;

	if (!rerun)
		return RERUN_END;
	rerun->next = RERUN_END;
	rerun->is_signalled = s->signal || s->passed;
	if (s->failure || rerun->is_signalled || s->timed_out)
		return RERUN_END;
	if (s->changed)
		rerun->next = RERUN_CHANGED;
	else if (restart_next(&rerun->restart, exit_code(s), ran_ms))
		rerun->next = RERUN_RESTART;
	return rerun->next;
}

/* Lets go of everything that keeps the loop running. */
static void stop(struct supervisor *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	ending_signals_mask(SIG_BLOCK); /* libuv would take one, and tell nobody */
	dials_stop(&s->dials);
	if (s->broker)
		broker_stop(s->broker, decide_next(s) != RERUN_END);
	uv_walk(&s->loop, close_handle, NULL);
	/* A lookup that is with a resolver cannot be called back; it must not hold up the end. */
	uv_stop(&s->loop);
}

static void kill_child(struct supervisor *s)
{
	(void)syscall(SYS_pidfd_send_signal, s->launch.pidfd, SIGKILL, NULL, 0);
}

static void on_patience_over(uv_timer_t *timer)
{
	kill_child(timer->data);
}

/* Ends everything inside: pid 1's end is the namespace's, and stops the loop. pid 1 ends by itself,
 * and cleans up, when it can read no more from us; should it not, it is killed. */
static void end_child(struct supervisor *s)
{
	if (s->plan->isolation == ISOLATION_NONE) {
		kill_child(s);
		return;
	}
	(void)shutdown(s->launch.control_fd, SHUT_WR);
	if (!s->stopping)
		(void)uv_timer_start(&s->patience, on_patience_over, END_PATIENCE_MS, 0);
}

static void fail(struct supervisor *s, int r)
{
	if (s->failure == 0)
		s->failure = r;
	end_child(s);
}

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct supervisor *s = poll->data;
	struct control_msg m;
	int r = control_recv(s->launch.control_fd, &m);

	if (r == -EAGAIN)
		return;
	if (r == 0) {
		r = reports_take(s, &m);
		if (r < 0)
			fail(s, r);
		return;
	}
	/* Closed: pid 1 is ending, and the pidfd will say so. */
	(void)uv_poll_stop(poll);
}

/* Takes in what pid 1 said before it ended. */
static void drain_control(struct supervisor *s)
{
	struct control_msg m;

	while (control_recv(s->launch.control_fd, &m) == 0) {
		int r = reports_take(s, &m);

		if (r < 0 && s->failure == 0)
			s->failure = r;
	}
}

static void on_child(uv_poll_t *poll, int status, int events)
{
	struct supervisor *s = poll->data;
	siginfo_t info = { .si_pid = 0 };

	/* Readable means ended (pidfd_open(2)). */
	if (waitid(P_PIDFD, (id_t)s->launch.pidfd, &info, WEXITED | WNOHANG) < 0 || !info.si_pid)
		return;
	drain_control(s);
	if (s->plan->isolation == ISOLATION_NONE) {
		s->engine_ended = true;
		s->wait_status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
	}
	stop(s);
}

static void on_timeout(uv_timer_t *timer)
{
	struct supervisor *s = timer->data;

	s->timed_out = true;
	strikes_say_timed_out(s->plan);
	end_child(s);
}

static void on_grace_over(uv_timer_t *timer)
{
	struct supervisor *s = timer->data;

	log_line("%s: did not end within %d s of the signal; it is killed", s->plan->name, GRACE_S);
	s->signal = SIGKILL;
	end_child(s);
}

/* What the signal does is the engine's to know (wasi/signals.h). One that has ended already needs
 * none, and one that does not read has enough to read. */
static void pass_signal(struct supervisor *s, int signal)
{
	uint8_t byte = (uint8_t)signal;

	(void)syscall(SYS_pidfd_send_signal, s->engine_fd, signal, NULL, 0);
	(void)!write(s->launch.signal_fd, &byte, 1);
}

static void on_signal(uv_signal_t *handle, int signal)
{
	struct supervisor *s = handle->data;
	bool again = s->passed & UINT32_C(1) << signal;

	if (again || s->engine_fd < 0) {
		s->signal = signal;
		end_child(s);
		return;
	}
	s->passed |= UINT32_C(1) << signal;
	pass_signal(s, signal);
	if (!uv_is_active((uv_handle_t *)&s->patience))
		(void)uv_timer_start(&s->patience, on_grace_over, GRACE_S * 1000, 0);
}

static void on_status(uv_poll_t *poll, int status, int events)
{
	struct supervisor *s = poll->data;

	if (!stages_read(&s->stages, s->launch.status_fd))
		(void)uv_poll_stop(poll);
}

static int watch(struct supervisor *s, uv_poll_t *poll, int fd, uv_poll_cb on_readable)
{
	int r = uv_poll_init(&s->loop, poll, fd);

	if (r < 0)
		return err_set(s->e, -r, "watching a descriptor");
	poll->data = s;
	r = uv_poll_start(poll, UV_READABLE, on_readable);
	return r < 0 ? err_set(s->e, -r, "watching a descriptor") : 0;
}

static void on_handover(void *ctx)
{
	struct supervisor *s = ctx;

	s->changed = true;
	end_child(s);
}

static int watch_engine(struct supervisor *s)
{
	int r = watch(s, &s->status, s->launch.status_fd, on_status);

	if (r == 0 && s->rerun && s->rerun->watch) {
		s->handover = (struct handover){ .name = s->plan->name,
						 .watch = s->rerun->watch,
						 .broker = s->broker,
						 .over = on_handover,
						 .ctx = s };
		r = handover_start(&s->handover, &s->loop);
		if (r < 0)
			r = err_set(s->e, -r, "watching for changes");
	}
	return r;
}

static int watch_all(struct supervisor *s)
{
	int r = watch(s, &s->control, s->launch.control_fd, on_control);

	(void)uv_timer_init(&s->loop, &s->patience); /* makes no system call */
	s->patience.data = s;
	(void)uv_timer_init(&s->loop, &s->timeout);
	s->timeout.data = s;
	if (s->plan->limits.values[LIMIT_TIMEOUT])
		(void)uv_timer_start(&s->timeout, on_timeout, s->plan->limits.values[LIMIT_TIMEOUT],
				     0);
	if (r == 0)
		r = watch(s, &s->child, s->launch.pidfd, on_child);
	if (r == 0)
		r = watch_engine(s);
	for (size_t i = 0; r == 0 && i < ENDING_SIGNALS; i++) {
		r = uv_signal_init(&s->loop, &s->signals[i]);
		s->signals[i].data = s;
		if (r == 0)
			r = uv_signal_start(&s->signals[i], on_signal, ending_signals[i]);
		if (r < 0)
			r = err_set(s->e, -r, "watching for signals");
	}
	ending_signals_mask(SIG_UNBLOCK);
	return r;
}

static int start(struct supervisor *s)
{
	bool isolated = s->plan->isolation == ISOLATION_NAMESPACE;
	struct broker_config config;
	int r;

	assert(isolated || !s->plan->firewall || !s->plan->firewall->n);
	r = process_firewall_init(&s->firewall, s->plan->firewall, &s->tally, s->plan->name, s->e);
	if (r < 0)
		return r;
	s->forwards = broker_config_of(s->plan, &config);
	config.loop = &s->loop;
	config.dial = dials_ask;
	config.dial_ctx = &s->dials;
	config.held = s->rerun ? &s->rerun->held : NULL;
	config.tally = &s->tally;
	r = broker_new(&config, &s->broker, s->e);
	if (r == 0)
		r = launch_start(s->plan, &s->launch, s->e);
	if (r == 0 && !isolated)
		s->engine_fd = fcntl(s->launch.pidfd, F_DUPFD_CLOEXEC, 0);
	if (r == 0 && isolated)
		s->dials.control_fd = s->launch.control_fd;
	if (r == 0)
		strikes_say_not_held(s->plan, &s->launch.cgroup);
	if (r == 0)
		r = watch_all(s);
	if (r == 0)
		r = process_firewall_watch(&s->firewall, &s->loop, s->e);
	if (r == 0)
		r = broker_serve_lookups(s->broker, TAKE_FD(s->launch.lookup_fd), s->e);
	if (r == 0 && !isolated)
		r = broker_relay_all(s->broker, s->e);
	return r;
}

/* For a start that failed half-way: nothing watches the child yet. */
static void end_unwatched_child(struct supervisor *s)
{
	struct pollfd ended = { .fd = s->launch.pidfd, .events = POLLIN };
	siginfo_t info;

	if (s->launch.pidfd < 0)
		return;
	end_child(s);
	if (poll(&ended, 1, END_PATIENCE_MS) <= 0)
		kill_child(s);
	(void)waitid(P_PIDFD, (id_t)s->launch.pidfd, &info, WEXITED);
}

int supervise(const struct process_plan *plan, struct process_rerun *rerun, int *ret_exit,
	      struct err *e)
{
	AUTO_FREE struct supervisor *s = xalloc(sizeof *s);
	bool is_loop_closed;
	int r;

	*s = (struct supervisor){
		.plan = plan,
		.rerun = rerun,
		.e = e,
		.launch = LAUNCH_EMPTY,
		.engine_fd = -EBADF,
		.firewall.net_fd = -EBADF,
		.dials.control_fd = -EBADF,
	};
	stages_init(&s->stages, plan);
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	rlimits_raise_descriptors();	/* relaying takes two a connection */
	ending_signals_mask(SIG_BLOCK); /* until watch_all() */
	r = uv_loop_init(&s->loop);
	if (r < 0)
		return err_set(e, -r, "starting the event loop");
	r = start(s);
	if (r < 0) {
		s->failure = r;
		end_unwatched_child(s);
		stop(s);
	}
	(void)uv_run(&s->loop, UV_RUN_DEFAULT); /* until stop() */
	(void)uv_run(&s->loop, UV_RUN_NOWAIT);	/* the handles' closing */
	(void)broker_free(s->broker);
	process_firewall_report(&s->firewall);
	process_firewall_deinit(&s->firewall);
	if (s->launch.is_pinned)
		pin_remove_of(plan->claim->name,
			      s->launch.pid);	       /* pid 1 did, unless it was killed */
	is_loop_closed = uv_loop_close(&s->loop) == 0; /* not while a lookup is under way */
	strikes_say_events(s->plan, s->limit_events);
	cgroup_remove(&s->launch.cgroup); /* pid 1 did, unless it was killed */
	(void)fd_close(s->engine_fd);
	launch_close(&s->launch);
	free(s->forwards);
	r = s->failure;
	if (r == 0)
		*ret_exit = exit_code(s);
	if (!is_loop_closed)
		(void)TAKE_PTR(s); /* a thread of libuv's still has it */
	return r;
}
