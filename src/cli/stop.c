#include "cli/stop.h"

#include "base/log.h"
#include "base/own.h"
#include "cli/command.h"
#include "process/name_claim.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

/* Longer than a supervisor's patience with the guest and with pid 1 (supervise.c). */
enum { PATIENCE_S = 15 };

/* By its whole name, or by the one behind the prefix. */
static int find(const struct named_process *all, size_t n, const char *name,
		const struct named_process **ret, struct err *e)
{
	const struct named_process *found = NULL;
	char shown[80];

	log_escape(shown, sizeof shown, name, strlen(name));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].name, name) == 0) {
			*ret = &all[i];
			return 0;
		}
		if (strcmp(all[i].name + all[i].own_at, name) != 0)
			continue;
		if (found)
			return err_set(e, 0, "'%s' is the name of both '%s' and '%s': say which",
				       shown, found->name, all[i].name);
		found = &all[i];
	}
	if (!found)
		return err_set(e, 0,
			       "no process of yours has the name '%s'; 'wasmrun ps' lists them",
			       shown);
	*ret = found;
	return 0;
}

/* A list that is shared with a container may name processes by numbers of its own. */
static bool is_wasmrun(pid_t pid)
{
	char path[32], comm[16] = "";
	AUTO_CLOSE int fd = -EBADF;

	(void)snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, comm, sizeof comm - 1) > 0 &&
	       strncmp(comm, "wasmrun", strlen("wasmrun")) == 0;
}

static int stop(const struct named_process *p, struct err *e)
{
	AUTO_CLOSE int pidfd = pidfd_open(p->pid, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	int n;

	if (pidfd < 0 && errno == ESRCH)
		return 0; /* it was faster */
	if (pidfd < 0)
		return err_set(e, errno, "stopping '%s'", p->name);
	if (!is_wasmrun(p->pid))
		return err_set(e, 0, "'%s' is not of this pid namespace, so it cannot be stopped",
			       p->name);
	if (pidfd_send_signal(pidfd, SIGTERM, NULL, 0) < 0 && errno != ESRCH)
		return err_set(e, errno, "stopping '%s'", p->name);
	n = poll(&ended, 1, PATIENCE_S * 1000);
	if (n < 0)
		return err_set(e, errno, "waiting for the end of '%s'", p->name);
	return n ? 0 : err_set(e, 0, "'%s' has not ended within %d s", p->name, PATIENCE_S);
}

int stop_run(int argc, char **argv, int *ret_exit, struct err *e)
{
	AUTO_FREE struct named_process *all = NULL;
	size_t n;
	int r;

	if (argc < 2) {
		(void)err_set(e, 0, "no name is given");
		return COMMAND_USAGE;
	}
	r = name_claim_list(&all, &n, e);
	for (int i = 1; r == 0 && i < argc; i++) {
		const struct named_process *p;

		r = find(all, n, argv[i], &p, e);
		if (r == 0)
			r = stop(p, e);
	}
	*ret_exit = 0;
	return r;
}
