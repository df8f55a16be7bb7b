#include "process/landlock.h"

#include "base/err.h"
#include "base/own.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>

/* The rights by the version of the interface that brought them; older headers lack the last. */
enum {
	VERSION_MIN = 2,
	READ_FILE = LANDLOCK_ACCESS_FS_READ_FILE,
	EXECUTE = LANDLOCK_ACCESS_FS_EXECUTE,
	READ_DIRECTORY = READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	ALL_OF_2 = (1 << 14) - 1,    /* up to LANDLOCK_ACCESS_FS_REFER */
	TRUNCATE_OF_3 = 1 << 14,     /* LANDLOCK_ACCESS_FS_TRUNCATE */
	IOCTL_DEVICE_OF_5 = 1 << 15, /* LANDLOCK_ACCESS_FS_IOCTL_DEV */
	/* Never given: nothing here makes or opens a device. */
	DEVICES = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | IOCTL_DEVICE_OF_5,
};

static long get_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool landlock_is_available(void)
{
	return get_version() >= VERSION_MIN;
}

static int allow(int rules_fd, int file_fd, uint64_t rights)
{
	const struct landlock_path_beneath_attr beneath = { .allowed_access = rights,
							    .parent_fd = file_fd };

	if (syscall(SYS_landlock_add_rule, rules_fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		return neg_errno();
	return 0;
}

static int allow_path(int rules_fd, const char *path, uint64_t rights)
{
	AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);

	return fd < 0 ? neg_errno() : allow(rules_fd, fd, rights);
}

int landlock_enter(const struct root *root, int exec_fd)
{
	struct landlock_ruleset_attr handled = { .handled_access_fs = ALL_OF_2 };
	AUTO_CLOSE int rules_fd = -EBADF;
	long version = get_version();
	char path[32];
	int r;

	if (version < VERSION_MIN)
		return 0;
	if (version >= 3)
		handled.handled_access_fs |= TRUNCATE_OF_3;
	if (version >= 5)
		handled.handled_access_fs |= IOCTL_DEVICE_OF_5;
	rules_fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	if (rules_fd < 0)
		return neg_errno();
	r = allow(rules_fd, exec_fd, READ_FILE | EXECUTE);
	if (r == 0)
		r = allow_path(rules_fd, ROOT_MODULE, READ_FILE);
	for (size_t i = 0; r == 0 && i < root->n_dirs; i++) {
		uint64_t all = handled.handled_access_fs & ~(uint64_t)(DEVICES | EXECUTE);

		(void)snprintf(path, sizeof path, ROOT_DIR_FORMAT, i);
		r = allow_path(rules_fd, path, root->dirs[i].writable ? all : READ_DIRECTORY);
	}
	if (r == 0 && syscall(SYS_landlock_restrict_self, rules_fd, 0) < 0)
		r = neg_errno();
	return r;
}
