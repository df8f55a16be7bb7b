#include "process/inside.h"

#include "base/err.h"
#include "base/own.h"
#include "base/signals.h"
#include "net/namespace.h"
#include "net/pin.h"
#include "process/control.h"
#include "process/landlock.h"
#include "process/rlimits.h"
#include "spec/spec.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { INSIDE_EXIT = 125 };

static bool is_pinned;

static void unpin(const struct inside *in)
{
	if (is_pinned)
		pin_remove(in->pin_dir_fd, in->pin_name);
}

/* A cgroup can be removed when it is empty. */
static void end_cgroup(const struct inside *in)
{
	struct control_msg m = { .type = CONTROL_LIMITS };

	if (in->cgroup->n_trees == 0)
		return;
	(void)kill(-1, SIGKILL); /* everybody but us: pid 1 of a pid namespace */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	m.value = (int)cgroup_read(in->cgroup);
	(void)control_send(in->control_fd, &m); /* the supervisor may be gone */
	cgroup_remove(in->cgroup);
	in->cgroup->n_trees = 0;
}

static noreturn void fail(const struct inside *in, int r, const char *step)
{
	struct control_msg m = { .type = CONTROL_FAILED, .value = -r };

	(void)snprintf(m.text, sizeof m.text, "%s", step);
	(void)control_send(in->control_fd, &m); /* the supervisor may be gone: then nobody asks */
	end_cgroup(in);
	unpin(in);
	_exit(INSIDE_EXIT);
}

static void check(const struct inside *in, int r, const char *step)
{
	if (r < 0)
		fail(in, r, step);
}

/* All but those of the mask `kept`, a bit for each of the first 32. */
static int drop_capabilities(uint32_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct left[2] = {
		{ .effective = kept, .permitted = kept },
	};

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return neg_errno();
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return neg_errno();
	if (syscall(SYS_capset, &header, left) < 0)
		return neg_errno();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return neg_errno();
	return 0;
}

/* Puts the descriptors where the engine looks for them, above the caller's stdio. All of them were
 * opened at 16 or above (fd_move_up in launch.c), so no target is a source. */
static int place_descriptors(const struct inside *in, int *control_fd)
{
	enum { CONTROL_FD = FILTER_EXEC_FD + 1, END_FD };

	if (dup2(in->spec_fd, SPEC_FD) < 0 || dup2(in->status_fd, SPEC_STATUS_FD) < 0 ||
	    dup2(in->lookup_fd, SPEC_LOOKUP_FD) < 0 || dup2(in->signal_fd, SPEC_SIGNAL_FD) < 0)
		return neg_errno();
	if (dup3(in->engine_fd, FILTER_EXEC_FD, O_CLOEXEC) < 0)
		return neg_errno();
	if (in->control_fd >= 0 && dup3(in->control_fd, CONTROL_FD, O_CLOEXEC) < 0)
		return neg_errno();
	if (close_range(in->control_fd >= 0 ? END_FD : CONTROL_FD, ~0U, 0) < 0)
		return neg_errno();
	*control_fd = in->control_fd >= 0 ? CONTROL_FD : -EBADF;
	return 0;
}

/* Tells the supervisor who the engine will be, with the filter's listener if there is one. */
static int send_engine(const struct inside *in, int own_pidfd, int listener)
{
	AUTO_CLOSE int listener_fd = in->filter->notify ? listener : -EBADF;
	AUTO_CLOSE int pidfd = own_pidfd;
	struct control_msg m = { .type = CONTROL_ENGINE, .value = in->filter->notify, .n_fds = 1 };

	m.fds[0] = pidfd;
	if (listener_fd >= 0)
		m.fds[m.n_fds++] = listener_fd;
	return control_send(in->control_fd, &m);
}

static noreturn void exec_engine(const struct inside *in)
{
	static char *const argv[] = { "wasmrun-engine", "run", NULL };
	static char *const env[] = { NULL };

	(void)syscall(SYS_execveat, FILTER_EXEC_FD, "", argv, env, AT_EMPTY_PATH);
	fail(in, neg_errno(), "executing the engine");
}

static noreturn void become_engine(struct inside *in)
{
	int pidfd, r;

	check(in, cgroup_join(in->cgroup), "joining the cgroup");
	in->cgroup->n_trees = 0; /* pid 1's to remove */
	check(in, signals_reset(), "resetting signals");
	r = place_descriptors(in, &in->control_fd);
	check(in, r, "placing the engine's descriptors");
	check(in, rlimits_set(in->limits, true), "setting resource limits");
	check(in, drop_capabilities(0), "dropping capabilities");
	check(in, landlock_enter(&in->root, FILTER_EXEC_FD), "entering the Landlock rules");
	/* The filter knows no pidfd_open. */
	pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (pidfd < 0)
		fail(in, neg_errno(), "opening the engine's pidfd");
	r = filter_install(in->filter);
	check(in, r, "installing the seccomp filter");
	check(in, send_engine(in, pidfd, r), "handing over the engine");
	exec_engine(in);
}

noreturn void inside_exec_engine_bare(struct inside *in)
{
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	check(in, signals_reset(), "resetting signals");
	/* The control socket stays, close-on-exec, for a failure to be told. */
	r = place_descriptors(in, &in->control_fd);
	check(in, r, "placing the engine's descriptors");
	check(in, rlimits_set(in->limits, false), "setting resource limits");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail(in, neg_errno(), "setting no_new_privs");
	exec_engine(in);
}

/* Names the network namespace. The name lasts until end() takes it away. */
static void pin(const struct inside *in)
{
	char self[16] = "";
	int r;

	if (in->pin_dir_fd < 0)
		return;
	/* /proc is still the host's, so this is the number that the host knows us by. */
	if (readlink("/proc/self", self, sizeof self - 1) < 0)
		fail(in, neg_errno(), "reading the process id");
	r = pin_create(in->pin_dir_fd, in->pin_name, self);
	if (r == -EEXIST)
		fail(in, 0,
		     "'ip netns' knows another namespace of this name; choose another with --name");
	check(in, r, "naming the network namespace");
	is_pinned = true;
}

/* Without it a guest can do everything but send UDP out, so the supervisor says what to do. */
static void open_udp_exit(const struct inside *in)
{
	struct control_msg m = { .type = CONTROL_UDP };
	struct udp_exit x = UDP_EXIT_EMPTY;

	if (in->n_udp_routes == 0)
		return;
	m.value = -udp_exit_open(in->udp_routes, in->n_udp_routes, &x);
	if (m.value == 0) {
		m.n_fds = 2;
		m.fds[0] = x.packet_fd;
		m.fds[1] = x.raw4_fd;
		if (x.raw6_fd >= 0)
			m.fds[m.n_fds++] = x.raw6_fd;
	}
	check(in, control_send(in->control_fd, &m), "handing over the way out for UDP");
	udp_exit_close(&x);
}

static void send_ready(const struct inside *in)
{
	AUTO_CLOSE int in4 = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_CLOSE int in6 = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct control_msg m = { .type = CONTROL_READY, .n_fds = 1 };
	struct timespec now;

	if (in4 < 0)
		fail(in, neg_errno(), "opening a socket in the namespace");
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	m.at_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	m.fds[0] = in4;
	if (in6 >= 0)
		m.fds[m.n_fds++] = in6;
	check(in, control_send(in->control_fd, &m), "reporting the namespaces");
}

static void wait_for_go(const struct inside *in)
{
	struct control_msg m;
	int r = control_recv(in->control_fd, &m);

	control_close_fds(&m);
	if (r < 0 || m.type != CONTROL_GO)
		fail(in, r < 0 ? r : -EBADMSG, "waiting for the firewall's rules");
}

/* Ends pid 1, and with it all that is inside. */
static noreturn void end(const struct inside *in)
{
	end_cgroup(in);
	unpin(in);
	_exit(0);
}

static void answer(const struct inside *in)
{
	struct control_msg m, reply = { .type = CONTROL_SOCKET };
	int r = control_recv(in->control_fd, &m);
	AUTO_CLOSE int fd = -EBADF;

	if (r < 0)
		end(in);
	control_close_fds(&m);
	if (m.type != CONTROL_OPEN)
		end(in);
	fd = socket(m.value, m.socket_type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		reply.value = errno;
	else
		reply.fds[reply.n_fds++] = fd;
	if (control_send(in->control_fd, &reply) < 0)
		end(in);
}

/* Reaps everyone; returns true, with its status, once the engine is among them. */
static bool reap(pid_t engine, int *ret_status)
{
	bool ended = false;
	int status;

	for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0;
	     pid = waitpid(-1, &status, WNOHANG)) {
		if (pid != engine)
			continue;
		*ret_status = status;
		ended = true;
	}
	return ended;
}

static noreturn void serve(const struct inside *in, pid_t engine, int signal_fd)
{
	struct pollfd fds[] = {
		{ .fd = in->control_fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	struct control_msg m = { .type = CONTROL_EXIT };

	for (;;) {
		struct signalfd_siginfo info;

		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			end(in);
		if (fds[1].revents) {
			(void)!read(signal_fd, &info, sizeof info); /* waitpid() has the facts */
			if (reap(engine, &m.value)) {
				end_cgroup(in);
				(void)control_send(in->control_fd, &m);
				end(in);
			}
		}
		if (fds[0].revents)
			answer(in);
	}
}

/* pid 1 was forked from the supervisor and holds what that held: the host's ports, the caller's
 * stdio. Closes all but the given descriptors. */
static int close_all_but(const int *kept, size_t n)
{
	int first = 0;

	for (;;) {
		int next = -1;

		for (size_t i = 0; i < n; i++)
			if (kept[i] >= first && (next < 0 || kept[i] < next))
				next = kept[i];
		if (next < 0)
			return close_range((unsigned)first, ~0U, 0) < 0 ? neg_errno() : 0;
		if (next > first && close_range((unsigned)first, (unsigned)next - 1, 0) < 0)
			return neg_errno();
		first = next + 1;
	}
}

static int keep_own_descriptors(const struct inside *in, int signal_fd)
{
	int kept[4 + CGROUP_TREES_MAX] = { in->control_fd, in->claim_fd, in->pin_dir_fd,
					   signal_fd };
	size_t n = 4;

	for (size_t i = 0; i < in->cgroup->n_trees; i++)
		kept[n++] = in->cgroup->trees[i].parent_fd;
	return close_all_but(kept, n);
}

noreturn void inside_main(struct inside *in)
{
	sigset_t mask;
	pid_t engine;
	int signal_fd, r;

	(void)fd_close(in->supervisor_fd);
	check(in, namespace_map_ids(in->uid, in->gid), "mapping the user");
	if (sethostname(in->hostname, strlen(in->hostname)) < 0)
		fail(in, neg_errno(), "setting the host name");
	if (in->loopback)
		check(in, namespace_loopback_up(), "bringing up the loopback interface");
	open_udp_exit(in);
	/* In a container /proc/sys may be read-only. The broker binds low ports all the same: it
	 * has the right. */
	(void)namespace_open_low_ports();
	pin(in);
	check(in, cgroup_make(in->cgroup), "making the cgroup");
	if (unshare(CLONE_NEWCGROUP) < 0)
		fail(in, neg_errno(), "making the cgroup namespace");
	r = root_open_sources(&in->root);
	check(in, r, in->root.failed);
	r = root_enter(&in->root);
	check(in, r, in->root.failed);
	send_ready(in);
	if (in->waits)
		wait_for_go(in);

	/* pid 1 has no default handlers: what it does not ask for, it does not get. */
	(void)sigfillset(&mask);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		fail(in, neg_errno(), "watching for the engine's end");
	engine = fork();
	if (engine < 0)
		fail(in, neg_errno(), "forking the engine");
	if (engine == 0) {
		is_pinned = false; /* pid 1's to remove */
		become_engine(in);
	}
	check(in, keep_own_descriptors(in, signal_fd), "closing what is not pid 1's");
	(void)prctl(PR_SET_NAME, "wasmrun-init", 0, 0, 0);
	if (drop_capabilities(in->cgroup->n_trees ? CAP_TO_MASK(CAP_DAC_OVERRIDE) : 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail(in, neg_errno(), "dropping pid 1's capabilities");
	serve(in, engine, signal_fd);
}
