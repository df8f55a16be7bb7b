#include "net/pin.h"

#include "base/own.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int pin_open_dir(int *ret_dir_fd, struct err *e)
{
	static const char path[] = "/run/netns";
	int fd;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "making '%s'", path);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "opening '%s'", path);
	*ret_dir_fd = fd;
	return 0;
}

int pin_create(int dir_fd, const char *name, const char *pid)
{
	char target[64];
	struct stat st;

	(void)snprintf(target, sizeof target, "/proc/%s/ns/net", pid);
	for (int attempt = 0; attempt < 2; attempt++) {
		if (symlinkat(target, dir_fd, name) == 0)
			return 0;
		if (errno != EEXIST)
			return neg_errno();
		if (fstatat(dir_fd, name, &st, 0) == 0)
			return -EEXIST;
		pin_remove(dir_fd, name); /* dangling: its process is gone */
	}
	return -EEXIST;
}

void pin_remove(int dir_fd, const char *name)
{
	(void)unlinkat(dir_fd, name, 0); /* already gone is as good */
}
