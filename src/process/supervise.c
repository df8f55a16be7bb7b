/* One loop, one process. What it waits for:
 *
 *	control socket	pid 1's reports (control.h)
 *	pidfd		pid 1's end: the end of everything inside
 *	status pipe	the engine's stages, for --verbose
 *	signals		SIGINT, SIGTERM, SIGHUP, SIGQUIT: end the child; exit code 128 + signal
 *	broker		its own descriptors (broker.h)
 *
 * The supervisor's own end, however it comes, closes its end of the control socket, and pid 1 ends
 * by that.
 */
#include "process/supervise.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "broker/broker.h"
#include "net/pin.h"
#include "process/control.h"
#include "process/filter.h"
#include "process/launch.h"
#include "process/strikes.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <uv.h>

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

enum { DIALS_MAX = 1024, STATUS_LINE_MAX = 64, END_PATIENCE_MS = 2000 };

struct dial {
	broker_dialled_fn *dialled;
	void *ctx;
};

struct supervisor {
	const struct process_plan *plan;
	uv_loop_t loop;
	struct forward *forwards; /* those for the broker */
	size_t n_forwards;
	struct broker *broker;
	struct launch launch;
	char *pin_name; /* of the namespace; owned; NULL if it has none */
	uv_poll_t control, child, status;
	uv_timer_t timeout;
	uv_timer_t patience; /* with pid 1, once it has been asked to end */
	uv_signal_t signals[ARRAY_LEN(ending_signals)];
	struct dial dials[DIALS_MAX]; /* a ring: CONTROL_OPENs that have no answer yet, in order */
	size_t first_dial, n_dials;
	char status_line[STATUS_LINE_MAX];
	size_t status_len;
	uint64_t started_ns;
	unsigned limit_events; /* of enum cgroup_events */
	bool timed_out;
	int signal;	 /* that asked us to end, or 0 */
	int wait_status; /* of the engine */
	bool engine_ended;
	bool stopping;
	struct err *e;
	int failure; /* -errno of a failed start */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void log_stage(const struct supervisor *s, const char *stage, uint64_t at_ns)
{
	int64_t us = (int64_t)(at_ns - s->started_ns) / 1000;

	log_verbose("%s: stage %s at %lld us", s->plan->name, stage, (long long)us);
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Lets go of everything that keeps the loop running. */
static void stop(struct supervisor *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	for (; s->n_dials; s->n_dials--) {
		struct dial d = s->dials[s->first_dial];

		s->first_dial = (s->first_dial + 1) % DIALS_MAX;
		d.dialled(d.ctx, -ECANCELED);
	}
	if (s->broker)
		broker_stop(s->broker);
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

static void dial(void *ctx, int family, int type, broker_dialled_fn *dialled, void *dialled_ctx)
{
	struct supervisor *s = ctx;
	struct control_msg m = { .type = CONTROL_OPEN, .value = family, .socket_type = type };

	if (s->plan->isolation == ISOLATION_NONE) {
		int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		dialled(dialled_ctx, fd < 0 ? neg_errno() : fd);
		return;
	}
	if (s->stopping || s->n_dials == DIALS_MAX || control_send(s->launch.control_fd, &m) < 0) {
		dialled(dialled_ctx, -ECANCELED);
		return;
	}
	s->dials[(s->first_dial + s->n_dials++) % DIALS_MAX] =
		(struct dial){ dialled, dialled_ctx };
}

static void on_socket(struct supervisor *s, struct control_msg *m)
{
	struct dial d = s->dials[s->first_dial];

	if (s->n_dials == 0) {
		control_close_fds(m);
		return;
	}
	s->first_dial = (s->first_dial + 1) % DIALS_MAX;
	s->n_dials--;
	d.dialled(d.ctx, m->n_fds ? m->fds[0] : -m->value);
}

static int on_ready(struct supervisor *s, struct control_msg *m)
{
	log_stage(s, "namespaces", m->at_ns);
	if (m->n_fds < 1)
		return err_set(s->e, EBADMSG, "reading the namespaces' report");
	if (m->text[0] && !s->pin_name)
		s->pin_name = xstrdup(m->text);
	if (m->text[0])
		log_verbose(
			"%s: 'ip netns exec %s COMMAND' runs a command in its network namespace",
			s->plan->name, m->text);
	return broker_set_pristine(s->broker, m->fds[0], m->n_fds > 1 ? m->fds[1] : -EBADF, s->e);
}

static int on_engine(struct supervisor *s, struct control_msg *m)
{
	if (m->n_fds < 1)
		return err_set(s->e, EBADMSG, "reading the engine's report");
	return broker_attach(s->broker, m->n_fds > 1 ? m->fds[1] : -EBADF, m->fds[0], s->e);
}

static int on_message(struct supervisor *s, struct control_msg *m)
{
	switch (m->type) {
	case CONTROL_READY:
		return on_ready(s, m);
	case CONTROL_ENGINE:
		return on_engine(s, m);
	case CONTROL_SOCKET:
		on_socket(s, m);
		return 0;
	case CONTROL_LIMITS:
		s->limit_events = (unsigned)m->value;
		return 0;
	case CONTROL_EXIT:
		s->engine_ended = true;
		s->wait_status = m->value;
		return 0;
	case CONTROL_FAILED:
		return s->failure ? s->failure : err_set(s->e, m->value, "%s", m->text);
	default:
		control_close_fds(m);
		return err_set(s->e, EBADMSG, "reading a report of kind %u", m->type);
	}
}

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct supervisor *s = poll->data;
	struct control_msg m;
	int r = control_recv(s->launch.control_fd, &m);

	if (r == -EAGAIN)
		return;
	if (r == 0) {
		r = on_message(s, &m);
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
		int r = on_message(s, &m);

		if (r < 0 && s->failure == 0)
			s->failure = r;
	}
}

static void on_child(uv_poll_t *poll, int status, int events)
{
	struct supervisor *s = poll->data;
	siginfo_t info = { .si_pid = 0 };

	/* Not P_PIDFD's business to block: readable means ended (pidfd_open(2)). */
	if (waitid(P_PIDFD, (id_t)s->launch.pidfd, &info, WEXITED | WNOHANG) < 0 ||
	    info.si_pid == 0)
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

static void on_signal(uv_signal_t *handle, int signal)
{
	struct supervisor *s = handle->data;

	if (s->signal == 0)
		s->signal = signal;
	end_child(s);
}

static void on_status_line(const struct supervisor *s, const char *line)
{
	static const char limit[] = "limit-";
	char stage[32];
	unsigned long long at_ns;

	if (sscanf(line, "%31[a-z-] %llu", stage, &at_ns) != 2)
		return;
	if (strncmp(stage, limit, strlen(limit)) == 0)
		strikes_say_reached(s->plan, stage + strlen(limit));
	else
		log_stage(s, stage, at_ns);
}

/* The engine's bytes are foreign: a line that is too long or of another shape is dropped. */
static void on_status(uv_poll_t *poll, int status, int events)
{
	struct supervisor *s = poll->data;
	char bytes[256];
	ssize_t n = read(s->launch.status_fd, bytes, sizeof bytes);

	if (n <= 0) {
		(void)uv_poll_stop(poll);
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			s->status_line[s->status_len] = 0;
			on_status_line(s, s->status_line);
			s->status_len = 0;
		} else if (s->status_len < STATUS_LINE_MAX - 1) {
			s->status_line[s->status_len++] = bytes[i];
		}
	}
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
		r = watch(s, &s->status, s->launch.status_fd, on_status);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(ending_signals); i++) {
		r = uv_signal_init(&s->loop, &s->signals[i]);
		s->signals[i].data = s;
		if (r == 0)
			r = uv_signal_start(&s->signals[i], on_signal, ending_signals[i]);
		if (r < 0)
			r = err_set(s->e, -r, "watching for signals");
	}
	return r;
}

/* Relaying takes two descriptors a connection. The engine's limit is its own (inside.c). */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Without isolation the guest binds the host's ports itself: only those with another number need a
 * relay. */
static void choose_forwards(struct supervisor *s)
{
	s->forwards = xalloc((s->plan->n_forwards + 1) * sizeof *s->forwards);
	for (size_t i = 0; i < s->plan->n_forwards; i++) {
		const struct forward *f = &s->plan->forwards[i];

		if (s->plan->isolation == ISOLATION_NAMESPACE || f->kind == FORWARD_UNIX ||
		    addr_port(&f->host) != f->guest_port)
			s->forwards[s->n_forwards++] = *f;
	}
}

/* WASMRUN_FORWARD=relay is for comparing and for tests. */
static bool is_relay_chosen(const struct supervisor *s)
{
	const char *forced = getenv("WASMRUN_FORWARD");
	bool chosen = forced && strcmp(forced, "relay") == 0;

	if (chosen)
		log_verbose("%s: WASMRUN_FORWARD=relay: forwards are relayed", s->plan->name);
	return chosen;
}

static bool can_notify(const struct supervisor *s)
{
	bool can = filter_can_notify();

	if (!can)
		log_verbose("%s: this kernel has no seccomp user notifications (Linux 5.9): "
			    "forwards are relayed",
			    s->plan->name);
	return can;
}

static int start(struct supervisor *s)
{
	static struct grant everything = { .kind = GRANT_EVERYTHING,
					   .protocols = GRANT_BOTH,
					   .first_port = 1,
					   .last_port = 65535,
					   .text = "*" };
	static const struct grant_set open = { .allowed = { &everything, 1 } };
	static const struct grant_set none = { .allowed = { NULL, 0 } };
	bool isolated = s->plan->isolation == ISOLATION_NAMESPACE;
	struct broker_config config = {
		.loop = &s->loop, .name = s->plan->name, .dial = dial, .dial_ctx = s
	};
	int r;

	choose_forwards(s);
	config.forwards = s->forwards;
	config.n_forwards = s->n_forwards;
	config.swap_enabled = !is_relay_chosen(s);
	config.grants = s->plan->grants ? s->plan->grants : &none;
	if (!isolated)
		config.grants = &open;
	config.audit_path = s->plan->audit_path;
	r = broker_new(&config, &s->broker, s->e);
	if (r == 0)
		r = launch_start(s->plan, can_notify(s), &s->launch, s->e);
	if (r == 0)
		strikes_say_not_held(s->plan, &s->launch.cgroup);
	if (r == 0)
		r = watch_all(s);
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

int supervise(const struct process_plan *plan, int *ret_exit, struct err *e)
{
	AUTO_FREE struct supervisor *s = xalloc(sizeof *s);
	int r;

	*s = (struct supervisor){
		.plan = plan,
		.e = e,
		.started_ns = now_ns(),
		.launch = LAUNCH_EMPTY,
	};
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	raise_descriptor_limit();
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
	if (s->pin_name)
		pin_remove_of(s->pin_name, s->launch.pid); /* pid 1 did, unless it was killed */
	free(s->pin_name);
	(void)uv_loop_close(
		&s->loop); /* refuses while a lookup is under way: then it ends with the process */
	strikes_say_events(s->plan, s->limit_events);
	cgroup_remove(&s->launch.cgroup); /* pid 1 did, unless it was killed */
	launch_close(&s->launch);
	free(s->forwards);
	if (s->failure)
		return s->failure;
	*ret_exit = exit_code(s);
	return 0;
}
