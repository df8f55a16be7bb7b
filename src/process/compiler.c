#include "process/compiler.h"

#include "base/log.h"
#include "base/own.h"
#include "base/signals.h"
#include "process/filter.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
	IN_FD = 3, /* as src/engine/compile.h has them */
	OUT_FD = 4,
	ENGINE_FD = 5,
	END_FD,
	SAFE_FD = 16, /* the parent's copies lie here and above: no target is a source */
};

/* The child's own exits; the engine ends with 0, 125 or 126. */
enum { CHILD_NO_NAMESPACES = 120, CHILD_FAILED = 121 };

/* For a module of any honest size; a bomb ends here. */
static const struct {
	int resource;
	rlim_t max;
} limits[] = {
	{ RLIMIT_AS, (rlim_t)16 << 30 },
	{ RLIMIT_CPU, 1800 },
	{ RLIMIT_FSIZE, (rlim_t)4 << 30 },
	{ RLIMIT_CORE, 0 },
};

struct child {
	int engine_fd;
	int in_fd;
	int out_fd;
	int error_fd;	   /* the child's stderr: write end of a pipe */
	int error_read_fd; /* the parent's end of it */
	int null_fd;
	bool namespaces;
	struct filter filter;
};

enum { ERROR_MAX = 4096 };

/* An empty, read-only root: pivot_root(2), NOTES. Any directory does as the place; /proc is on
 * every machine. */
static bool enter_empty_root(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		     "size=4k") == 0 &&
	       chdir("/proc") == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
	       umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

static bool place_descriptors(const struct child *c)
{
	return dup2(c->null_fd, STDIN_FILENO) >= 0 && dup2(c->null_fd, STDOUT_FILENO) >= 0 &&
	       dup2(c->error_fd, STDERR_FILENO) >= 0 && dup2(c->in_fd, IN_FD) >= 0 &&
	       dup2(c->out_fd, OUT_FD) >= 0 && dup3(c->engine_fd, ENGINE_FD, O_CLOEXEC) >= 0 &&
	       close_range(END_FD, ~0U, 0) == 0;
}

/* PR_SET_PDEATHSIG says nothing about a parent that is gone already. Only the parent still holds
 * the other end of stderr by now, so a hung-up pipe tells it, across pid namespaces too. */
static bool parent_lives(void)
{
	struct pollfd p = { .fd = STDERR_FILENO };

	return poll(&p, 1, 0) >= 0 && !(p.revents & POLLERR);
}

static bool set_limits(void)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].resource, &limit) < 0)
			return false;
		if (limit.rlim_max < limits[i].max)
			continue; /* the user has a tighter one */
		limit = (struct rlimit){ limits[i].max, limits[i].max };
		if (setrlimit(limits[i].resource, &limit) < 0)
			return false;
	}
	return true;
}

/* The child between clone and exec: system calls only. What must come first: the root while there
 * are rights for it, the descriptors before the pipe is asked. */
static noreturn void child_main(const struct child *c)
{
	static char *const argv[] = { "wasmrun-engine", "compile", NULL };
	static char *const env[] = { NULL };

	if (c->namespaces && !enter_empty_root())
		_exit(CHILD_NO_NAMESPACES);
	if (!place_descriptors(c) || signals_reset() < 0 || !set_limits())
		_exit(CHILD_FAILED);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		_exit(CHILD_FAILED);
	if (!parent_lives() || filter_install(&c->filter) < 0)
		_exit(CHILD_FAILED);
	(void)syscall(SYS_execveat, ENGINE_FD, "", argv, env, AT_EMPTY_PATH);
	_exit(CHILD_FAILED);
}

/* As fork(2), which cannot make namespaces. No ids are mapped: the child needs none, and has no
 * rights after exec. */
static pid_t clone_child(bool namespaces)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (namespaces)
		args.flags =
			CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC;
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

static int wait_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return neg_errno();
	return status;
}

/* What the child wrote to stderr, up to a bound. Reading goes on behind it, so that the child
 * never waits for us. */
static void read_words(int fd, char ret[static ERROR_MAX])
{
	char rest[512];
	size_t len = 0;
	ssize_t n;

	do {
		bool full = len == ERROR_MAX - 1;

		n = full ? read(fd, rest, sizeof rest) : read(fd, ret + len, ERROR_MAX - 1 - len);
		if (n > 0 && !full)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	ret[len] = '\0';
}

/* The engine's one error line without its prefix and line end, escaped: part of it can be the
 * module's. */
static void set_words(struct err *e, char *words)
{
	static const char prefix[] = "wasmrun: error: ";
	char text[ERROR_MAX];

	if (strncmp(words, prefix, strlen(prefix)) == 0)
		words += strlen(prefix);
	words[strcspn(words, "\n")] = '\0';
	(void)log_escape(text, sizeof text, words, strlen(words));
	err_set(e, 0, "%s", text[0] ? text : "the compiler failed without a word");
}

static int judge(int status, char *words, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(e, 0,
			       "the compiler was ended by signal %d (%s); it may have needed more "
			       "memory, time or threads than it is allowed",
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == CHILD_FAILED)
		return err_set(e, 0, "the compiler could not be started");
	set_words(e, words);
	return WEXITSTATUS(status) == EXIT_CANNOT_RUN ? err_exit(e, EXIT_CANNOT_RUN, -EINVAL)
						      : -EINVAL;
}

/* One try. 1 if the namespaces are not to be had. */
static int run_child(struct child *c, struct err *e)
{
	char words[ERROR_MAX];
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "make a pipe");
	c->error_read_fd = ends[0];
	c->error_fd = fcntl(ends[1], F_DUPFD_CLOEXEC, SAFE_FD);
	(void)fd_close(ends[1]);
	pid = c->error_fd < 0 ? -1 : clone_child(c->namespaces);
	if (pid == 0)
		child_main(c);
	c->error_fd = fd_close(c->error_fd);
	if (pid < 0) {
		status = neg_errno();
		(void)fd_close(ends[0]);
		return c->namespaces ? 1 : err_set(e, -status, "start the compiler");
	}
	read_words(ends[0], words);
	(void)fd_close(ends[0]);
	status = wait_child(pid);
	if (status < 0)
		return err_set(e, -status, "wait for the compiler");
	if (c->namespaces && WIFEXITED(status) && WEXITSTATUS(status) == CHILD_NO_NAMESPACES)
		return 1;
	return judge(status, words, e);
}

static int dup_safe(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, SAFE_FD);
}

int compiler_run(const char *engine, int module_fd, int out_fd, struct err *e)
{
	AUTO_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int null_error = errno;
	AUTO_CLOSE int null_fd = dup_safe(null);
	AUTO_CLOSE int in_fd = dup_safe(module_fd);
	AUTO_CLOSE int out_copy_fd = dup_safe(out_fd);
	AUTO_CLOSE int engine_fd = open(engine, O_PATH | O_CLOEXEC);
	AUTO_CLOSE int engine_safe_fd = -EBADF;
	struct child c;
	int r;

	if (engine_fd < 0)
		return err_set(e, errno, "open the engine '%s'", engine);
	if (null < 0)
		return err_set(e, null_error, "open '/dev/null'");
	engine_safe_fd = dup_safe(engine_fd);
	if (null_fd < 0 || in_fd < 0 || out_copy_fd < 0 || engine_safe_fd < 0)
		return err_set(e, EMFILE, "prepare the compiler's descriptors");

	c = (struct child){
		.engine_fd = engine_safe_fd,
		.in_fd = in_fd,
		.out_fd = out_copy_fd,
		.null_fd = null_fd,
		.namespaces = true,
	};
	r = filter_build_compiler(&c.filter, ENGINE_FD, e);
	if (r == 0)
		r = run_child(&c, e);
	if (r > 0) {
		log_verbose("compiling without namespaces of its own: this user may not make them");
		c.namespaces = false;
		r = run_child(&c, e);
	}
	filter_deinit(&c.filter);
	return r;
}
