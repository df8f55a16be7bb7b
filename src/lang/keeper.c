#include "lang/keeper.h"

#include "base/own.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { PATH_LEN = 64 };

static void kill_tree(pid_t pid);

/* Each thread lists the children that it has made. */
static void kill_children_of(pid_t pid, const char *thread)
{
	char path[PATH_LEN];
	FILE *list;
	int child;

	if (snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, thread) >= PATH_LEN)
		return;
	list = fopen(path, "re");
	while (list && fscanf(list, "%d", &child) == 1)
		kill_tree(child);
	if (list)
		(void)fclose(list);
}

/* Stopped first, so that it makes no more children while they are looked for. */
static void kill_tree(pid_t pid)
{
	char path[PATH_LEN];
	const struct dirent *thread;
	DIR *threads;

	(void)kill(pid, SIGSTOP);
	(void)snprintf(path, sizeof path, "/proc/%d/task", pid);
	threads = opendir(path);
	while (threads && (thread = readdir(threads)))
		if (thread->d_name[0] != '.')
			kill_children_of(pid, thread->d_name);
	if (threads)
		(void)closedir(threads);
	(void)kill(pid, SIGKILL);
}

/* Signals stay blocked: Ctrl-C is for the tool. */
static noreturn void keep(int fd, pid_t tool)
{
	sigset_t all;
	char byte;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)prctl(PR_SET_NAME, "wasmrun-keeper", 0, 0, 0);
	if (dup2(fd, STDIN_FILENO) < 0 || close_range(STDOUT_FILENO, ~0U, 0) < 0)
		_exit(1);
	if (read(STDIN_FILENO, &byte, 1) == 0)
		kill_tree(tool);
	_exit(0);
}

int keeper_start(struct keeper *ret, pid_t tool, struct err *e)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_set(e, errno, "socketpair");
	ret->pid = fork();
	if (ret->pid == 0)
		keep(fds[0], tool);
	(void)fd_close(fds[0]);
	ret->fd = fds[1];
	if (ret->pid < 0) {
		*ret = (struct keeper){ .fd = fd_close(ret->fd) };
		return err_set(e, errno, "fork");
	}
	return 0;
}

void keeper_stop(struct keeper *k)
{
	if (!k->pid)
		return;
	/* It may be gone, with the tool's other orphans: then nothing is left to tell. */
	(void)send(k->fd, "", 1, MSG_NOSIGNAL);
	k->fd = fd_close(k->fd);
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
	k->pid = 0;
}
