/* Runs a build tool: posix_spawn, then one poll() over its two pipes, its end and our signals.
 *
 * The tool stays in our process group, so that it may ask for a password on the terminal, and so
 * that Ctrl-C reaches its own children. Its end is told by its pidfd and not by the end of its
 * pipes: a daemon that it leaves behind (a compiler cache) may hold these for ever.
 */
#include "lang/tool.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/own.h"
#include "base/signals.h"
#include "lang/keeper.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

extern char **environ;

enum {
	LINE_MAX_LEN = 64 << 10,
	CHILDREN_LIST_MAX = 64 << 10,
	REST_READS_MAX = 256, /* more than the largest pipe holds by default (1 MiB) needs */
};

struct run {
	const struct tool *tool;
	pid_t pid;
	int pidfd;
	int signal_fd;
	int out_fd;	 /* read end of its standard output, or none */
	int err_fd;	 /* likewise, of its standard error */
	struct buf line; /* of its standard error, not yet complete */
	int signal;	 /* that we passed on, or 0 */
	struct keeper keeper;
};

/* If stderr is gone there is nobody left to tell. */
static void tell(const uint8_t *bytes, size_t len)
{
	(void)fd_write_all(STDERR_FILENO, bytes, len);
}

static void flush_line(struct run *run)
{
	if (!run->tool->is_noise((const char *)run->line.bytes, run->line.len))
		tell(run->line.bytes, run->line.len);
	run->line.len = 0;
}

static void show(struct run *run, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		const uint8_t *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) + 1 : len;

		if (buf_add(&run->line, bytes, n) < 0) {
			/* No line that we would hide is that long. */
			tell(run->line.bytes, run->line.len);
			tell(bytes, n);
			run->line.len = 0;
		} else if (end) {
			flush_line(run);
		}
		bytes += n;
		len -= n;
	}
}

/* Takes what one read() gives, so that no flood keeps us from looking at the rest. The descriptor
 * becomes empty at the end of the stream. Returns whether there may be more, or -errno. */
static int take(struct run *run, int *fd, struct err *e)
{
	uint8_t chunk[16384];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, chunk, sizeof chunk);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return errno == EINTR;
	if (n < 0)
		return err_set(e, errno, "read from '%s'", run->tool->argv[0]);
	if (n == 0)
		*fd = fd_close(*fd);
	else if (fd == &run->err_fd)
		show(run, chunk, (size_t)n);
	else if (buf_add(run->tool->out, chunk, (size_t)n) < 0)
		return err_set(e, 0, "'%s' wrote more than %zu bytes", run->tool->argv[0],
			       run->tool->out->max);
	return n > 0;
}

/* What the tool left in its pipes when it ended. What a daemon adds meanwhile has a bound. */
static int take_rest(struct run *run, int *fd, struct err *e)
{
	int r = 1;

	for (int i = 0; r > 0 && i < REST_READS_MAX; i++)
		r = take(run, fd, e);
	return r < 0 ? r : 0;
}

static void pass_signal_on(struct run *run)
{
	struct signalfd_siginfo signal;

	if (read(run->signal_fd, &signal, sizeof signal) != sizeof signal)
		return; /* it was taken already */
	run->signal = (int)signal.ssi_signo;
	(void)pidfd_send_signal(run->pidfd, run->signal, NULL, 0); /* it may have ended by now */
}

/* Until the tool has ended. */
static int watch(struct run *run, struct err *e)
{
	bool has_ended = false;
	int r = 0;

	while (r >= 0 && !has_ended) {
		struct pollfd polled[] = {
			{ .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->signal_fd, .events = POLLIN },
			{ .fd = run->out_fd, .events = POLLIN },
			{ .fd = run->err_fd, .events = POLLIN },
		};

		if (poll(polled, ARRAY_LEN(polled), -1) < 0 && errno != EINTR)
			return err_set(e, errno, "wait for '%s'", run->tool->argv[0]);
		has_ended = polled[0].revents;
		if (polled[1].revents)
			pass_signal_on(run);
		if (polled[2].revents)
			r = take(run, &run->out_fd, e);
		if (r >= 0 && polled[3].revents)
			r = take(run, &run->err_fd, e);
	}
	if (r >= 0)
		r = take_rest(run, &run->out_fd, e);
	if (r >= 0)
		r = take_rest(run, &run->err_fd, e);
	return r < 0 ? r : 0;
}

static int make_pipe(int *ret_read, int *ret_write, struct err *e)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe");
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK); /* cannot fail on a pipe of ours */
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

/* The caller's environment with the tool's own variables in front, which win. The caller frees the
 * vector only. */
static char **make_environ(const struct tool *tool)
{
	size_t n = 0, n_own = 0;
	char **env;

	while (environ[n])
		n++;
	while (tool->env && tool->env[n_own])
		n_own++;
	env = xalloc((n + n_own + 1) * sizeof *env);
	for (size_t i = 0; i < n_own; i++)
		env[i] = (char *)tool->env[i];
	n = n_own;
	for (char **v = environ; *v; v++) {
		bool is_ours = false;

		for (size_t i = 0; i < n_own; i++)
			is_ours |= strncmp(*v, env[i], strcspn(env[i], "=") + 1) == 0;
		if (!is_ours)
			env[n++] = *v;
	}
	return env;
}

/* `out` and `err` are what the tool gets as its descriptors 1 and 2. */
static int spawn_with(struct run *run, posix_spawn_file_actions_t *actions,
		      posix_spawnattr_t *attributes, int out, int err, const sigset_t *mask)
{
	const struct tool *tool = run->tool;
	AUTO_FREE char **env = make_environ(tool);
	int r;

	r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, err, STDERR_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addchdir_np(actions, tool->folder);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, mask);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
	if (r == 0)
		r = posix_spawnp(&run->pid, tool->argv[0], actions, attributes,
				 (char *const *)tool->argv, env);
	return r;
}

static int spawn(struct run *run, int out, int err, const sigset_t *mask, struct err *e)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	r = posix_spawn_file_actions_init(&actions);
	assert(r == 0);
	r = posix_spawnattr_init(&attributes);
	assert(r == 0);
	r = spawn_with(run, &actions, &attributes, out, err, mask);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (r == ENOENT)
		return err_set(e, 0, "'%s' is not there: %s", run->tool->argv[0],
			       run->tool->how_to_install);
	if (r != 0)
		return err_set(e, r, "start '%s'", run->tool->argv[0]);
	run->pidfd = pidfd_open(run->pid, 0);
	if (run->pidfd < 0)
		return err_set(e, errno, "pidfd_open");
	return keeper_start(&run->keeper, run->pid, e);
}

static int start(struct run *run, const sigset_t *mask, struct err *e)
{
	AUTO_CLOSE int out = -EBADF;
	AUTO_CLOSE int err = -EBADF;
	int r = 0;

	if (run->tool->out)
		r = make_pipe(&run->out_fd, &out, e);
	if (r == 0 && run->tool->is_noise)
		r = make_pipe(&run->err_fd, &err, e);
	if (r < 0)
		return r;
	return spawn(run, out < 0 ? STDERR_FILENO : out, err < 0 ? STDERR_FILENO : err, mask, e);
}

static void kill_listed(char *pids)
{
	for (char *end; (end = strchr(pids, ' ')); pids = end + 1) {
		uint64_t pid;

		*end = 0;
		if (num_parse_u64(pids, INT32_MAX, &pid))
			(void)kill((pid_t)pid, SIGKILL); /* a child that is not reaped is ours */
	}
}

/* Kills all children. False on a kernel that does not list them: they end by themselves then. */
static bool kill_children(void)
{
	AUTO_CLOSE int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	struct buf pids;
	bool is_known;

	buf_init(&pids, CHILDREN_LIST_MAX);
	is_known = fd >= 0 && buf_read_fd(&pids, fd) == 0 && buf_add(&pids, "", 1) == 0;
	if (is_known)
		kill_listed((char *)pids.bytes);
	buf_deinit(&pids);
	return is_known;
}

/* Ends what a tool has left running (compilers, build scripts). It comes to us, its subreaper, when
 * its parent ends: so each round kills the children that we have, and waits for one. */
static void end_orphans(void)
{
	while (kill_children() && waitpid(-1, NULL, 0) > 0)
		;
}

/* Reaps the tool, which has ended, and tells how. */
static int finish(struct run *run, struct err *e)
{
	int status;

	while (waitpid(run->pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "wait for '%s'", run->tool->argv[0]);
	if (run->signal) {
		end_orphans();
		(void)err_set(e, 0, "'%s' was interrupted", run->tool->argv[0]);
		e->exit_code = 128 + run->signal;
		return -EINTR;
	}
	if (WIFSIGNALED(status))
		return err_set(e, 0, "'%s' was ended by signal %d", run->tool->argv[0],
			       WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ? 0 : TOOL_FAILED;
}

static int run_to_end(struct run *run, const sigset_t *mask, struct err *e)
{
	int r = start(run, mask, e);

	if (r == 0) {
		r = watch(run, e);
		if (r == 0)
			return finish(run, e);
	}
	if (run->pid) {
		(void)kill(run->pid, SIGKILL);
		end_orphans(); /* and reaps the tool */
	}
	return r;
}

int tool_run(const struct tool *tool, struct err *e)
{
	struct run run = {
		.tool = tool,
		.pidfd = -EBADF,
		.signal_fd = -EBADF,
		.out_fd = -EBADF,
		.err_fd = -EBADF,
		.keeper = { .fd = -EBADF },
	};
	sigset_t passed_on, mask;
	int r;

	ending_signals_fill(&passed_on);
	run.signal_fd = signalfd(-1, &passed_on, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run.signal_fd < 0)
		return err_set(e, errno, "signalfd");
	(void)sigprocmask(SIG_BLOCK, &passed_on, &mask); /* fails on a bad argument only */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);		 /* see end_orphans() */
	buf_init(&run.line, LINE_MAX_LEN);
	r = run_to_end(&run, &mask, e);
	keeper_stop(&run.keeper);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
	if (run.line.len)
		flush_line(&run);
	buf_deinit(&run.line);
	(void)fd_close(run.out_fd);
	(void)fd_close(run.err_fd);
	(void)fd_close(run.pidfd);
	(void)fd_close(run.signal_fd);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}
