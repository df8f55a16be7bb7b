#include "process/root.h"

#include "base/err.h"
#include "base/own.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* glibc 2.36's <sys/mount.h> has the calls, but clashes with <linux/mount.h>; these are uapi
 * values. */
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif

static int root_fail(struct root *root, const char *step)
{
	int r = neg_errno();

	root->failed = step;
	return r;
}

/* A recursive clone: the mounts below a directory belong to what the user shared. */
static int clone_mount(const char *path)
{
	return open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

int root_open_sources(struct root *root)
{
	root->module_fd = clone_mount(root->module);
	if (root->module_fd < 0)
		return root_fail(root, root->module);
	for (size_t i = 0; i < root->n_dirs; i++) {
		struct root_dir *dir = &root->dirs[i];

		dir->mount_fd = -EBADF;
		if (!dir->host)
			continue;
		dir->mount_fd = clone_mount(dir->host);
		if (dir->mount_fd < 0)
			return root_fail(root, dir->host);
	}
	return 0;
}

/* Attaches a detached mount at `path`, with `attrs` and without the rights that nothing here needs.
 */
static int attach(int *mount_fd, const char *path, uint64_t attrs)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | attrs };

	if (mount_setattr(*mount_fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0)
		return neg_errno();
	if (move_mount(*mount_fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return neg_errno();
	*mount_fd = fd_close(*mount_fd);
	return 0;
}

static int attach_module(struct root *root)
{
	/* mknod() is not allowed here, but a plain file is a mount point as good as any. */
	AUTO_CLOSE int fd = open("module", O_CREAT | O_WRONLY | O_CLOEXEC, 0400);

	if (fd < 0)
		return neg_errno();
	/* Not NOEXEC: the engine maps the module's code from it. */
	return attach(&root->module_fd, "module", MOUNT_ATTR_RDONLY);
}

static int mount_private(const char *path, uint64_t size_max)
{
	char options[48] = "mode=0777";

	if (size_max)
		(void)snprintf(options, sizeof options, "mode=0777,size=%" PRIu64, size_max);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0)
		return neg_errno();
	return 0;
}

static int attach_dir(struct root_dir *dir, size_t i)
{
	char path[32];

	(void)snprintf(path, sizeof path, "." ROOT_DIR_FORMAT, i);
	if (mkdir(path, 0755) < 0)
		return neg_errno();
	if (dir->host)
		return attach(&dir->mount_fd, path,
			      MOUNT_ATTR_NOEXEC | (dir->writable ? 0 : MOUNT_ATTR_RDONLY));
	return mount_private(path, dir->size_max);
}

/* pivot_root(".", "."), then unmount what is now below: pivot_root(2), NOTES. */
static int leave_host_tree(void)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return neg_errno();
	if (umount2(".", MNT_DETACH) < 0)
		return neg_errno();
	if (chdir("/") < 0)
		return neg_errno();
	return 0;
}

int root_enter(struct root *root)
{
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return root_fail(root, "making the mounts private");
	/* Any directory does as the place; /proc is on every machine that can run this. */
	if (mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0755,size=64k") < 0)
		return root_fail(root, "mounting the private root");
	if (chdir("/proc") < 0 || mkdir("dir", 0755) < 0)
		return root_fail(root, "filling the private root");
	r = attach_module(root);
	if (r < 0) {
		root->failed = root->module;
		return r;
	}
	for (size_t i = 0; i < root->n_dirs; i++) {
		r = attach_dir(&root->dirs[i], i);
		if (r < 0) {
			root->failed =
				root->dirs[i].host ? root->dirs[i].host : "private directory";
			return r;
		}
	}
	r = leave_host_tree();
	if (r < 0) {
		root->failed = "entering the private root";
		return r;
	}
	if (mount(NULL, "/", NULL,
		  MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return root_fail(root, "making the private root read-only");
	return 0;
}
