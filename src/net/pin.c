#include "net/pin.h"

#include "base/own.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char pin_dir[] = "/run/netns";

int pin_open_dir(int *ret_dir_fd, struct err *e)
{
	int fd;

	if (mkdir(pin_dir, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "making '%s'", pin_dir);
	fd = open(pin_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "opening '%s'", pin_dir);
	if (faccessat(fd, ".", W_OK, AT_EACCESS) < 0 && errno == EACCES) {
		(void)fd_close(fd);
		return 1;
	}
	*ret_dir_fd = fd;
	return 0;
}

int pin_create(int dir_fd, const char *name, const char *pid)
{
	char target[64], found[8] = "";

	(void)snprintf(target, sizeof target, "/proc/%s/ns/net", pid);
	for (int attempt = 0; attempt < 2; attempt++) {
		if (symlinkat(target, dir_fd, name) == 0)
			return 0;
		if (errno != EEXIST)
			return neg_errno();
		if (readlinkat(dir_fd, name, found, sizeof found - 1) < 0 ||
		    strncmp(found, "/proc/", strlen("/proc/")) != 0)
			return -EEXIST;
		pin_remove(dir_fd, name);
	}
	return -EEXIST;
}

void pin_remove(int dir_fd, const char *name)
{
	(void)unlinkat(dir_fd, name, 0); /* already gone is as good */
}

void pin_remove_of(const char *name, pid_t pid)
{
	AUTO_CLOSE int dir_fd = open(pin_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char target[64], found[64] = "";

	(void)snprintf(target, sizeof target, "/proc/%d/ns/net", (int)pid);
	if (dir_fd >= 0 && readlinkat(dir_fd, name, found, sizeof found - 1) > 0 &&
	    strcmp(found, target) == 0)
		pin_remove(dir_fd, name);
}
