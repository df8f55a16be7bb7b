/* The calls that name a file beneath a directory. */
#include "wasi/preview1_calls.h"

#include <errno.h>

#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/fs.h"
#include "wasi/preview1.h"
#include "wasi/preview1_stat.h"

/* The directory and the path of a call. */
static int dir_and_path(struct sys *s, struct gmem mem, uint64_t fd, uint64_t ptr, uint64_t len,
			struct desc **ret_dir, char ret_path[PATH_MAX])
{
	int r = codec_dir(s, (uint32_t)fd, ret_dir);

	return r < 0 ? r : codec_path(mem, (uint32_t)ptr, (uint32_t)len, ret_path);
}

static int follow_load(uint64_t lookupflags, bool *ret)
{
	if ((uint32_t)lookupflags & ~(uint32_t)P1_LOOKUP_FOLLOW)
		return -EINVAL;
	*ret = lookupflags & P1_LOOKUP_FOLLOW;
	return 0;
}

static uint32_t p1_path_create_directory(struct sys *s, struct gmem mem, const uint64_t *args)
{
	char path[PATH_MAX];
	struct desc *dir;
	int r = dir_and_path(s, mem, args[0], args[1], args[2], &dir, path);

	return errno_to_guest(r < 0 ? r : fs_mkdir(dir, path));
}

static uint32_t p1_path_remove_directory(struct sys *s, struct gmem mem, const uint64_t *args)
{
	char path[PATH_MAX];
	struct desc *dir;
	int r = dir_and_path(s, mem, args[0], args[1], args[2], &dir, path);

	return errno_to_guest(r < 0 ? r : fs_rmdir(dir, path));
}

static uint32_t p1_path_unlink_file(struct sys *s, struct gmem mem, const uint64_t *args)
{
	char path[PATH_MAX];
	struct desc *dir;
	int r = dir_and_path(s, mem, args[0], args[1], args[2], &dir, path);

	return errno_to_guest(r < 0 ? r : fs_unlink(dir, path));
}

static uint32_t filestat_get(struct sys *s, struct gmem mem, const uint64_t *args,
			     const struct filestat_form *form)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[4], form->size);
	char path[PATH_MAX];
	struct desc *dir;
	struct stat st;
	bool follow;
	int r = dir_and_path(s, mem, args[0], args[2], args[3], &dir, path);

	if (r == 0)
		r = follow_load(args[1], &follow);
	if (r == 0)
		r = ret ? fs_stat(dir, path, follow, &st) : -EFAULT;
	if (r == 0)
		form->store(ret, &st, codec_filetype(st.st_mode, 0));
	return errno_to_guest(r);
}

static uint32_t p1_path_filestat_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return filestat_get(s, mem, args, &preview1_filestat);
}

uint32_t p0_path_filestat_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return filestat_get(s, mem, args, &preview0_filestat);
}

static uint32_t p1_path_filestat_set_times(struct sys *s, struct gmem mem, const uint64_t *args)
{
	char path[PATH_MAX];
	struct timespec times[2];
	struct desc *dir;
	bool follow;
	int r = dir_and_path(s, mem, args[0], args[2], args[3], &dir, path);

	if (r == 0)
		r = follow_load(args[1], &follow);
	if (r == 0)
		r = preview1_times_load(args[4], args[5], (uint32_t)args[6], times);
	if (r == 0)
		r = fs_set_times(dir, path, follow, times);
	return errno_to_guest(r);
}

/* Following the source's last link is refused as in Wasmtime: Linux can do that safely only with a
 * capability that the engine has not (linkat(2), AT_EMPTY_PATH). */
static uint32_t p1_path_link(struct sys *s, struct gmem mem, const uint64_t *args)
{
	char old_path[PATH_MAX];
	char new_path[PATH_MAX];
	struct desc *old_dir;
	struct desc *new_dir;
	int r = dir_and_path(s, mem, args[0], args[2], args[3], &old_dir, old_path);

	if (r == 0)
		r = dir_and_path(s, mem, args[4], args[5], args[6], &new_dir, new_path);
	if (r == 0 && (uint32_t)args[1] != 0)
		r = -EINVAL;
	if (r == 0)
		r = fs_link(old_dir, old_path, new_dir, new_path);
	return errno_to_guest(r);
}

static uint32_t p1_path_rename(struct sys *s, struct gmem mem, const uint64_t *args)
{
	char old_path[PATH_MAX];
	char new_path[PATH_MAX];
	struct desc *old_dir;
	struct desc *new_dir;
	int r = dir_and_path(s, mem, args[0], args[1], args[2], &old_dir, old_path);

	if (r == 0)
		r = dir_and_path(s, mem, args[3], args[4], args[5], &new_dir, new_path);
	if (r == 0)
		r = fs_rename(old_dir, old_path, new_dir, new_path);
	return errno_to_guest(r);
}

static uint32_t p1_path_symlink(struct sys *s, struct gmem mem, const uint64_t *args)
{
	char target[PATH_MAX];
	char path[PATH_MAX];
	struct desc *dir;
	int r = dir_and_path(s, mem, args[2], args[3], args[4], &dir, path);

	if (r == 0)
		r = codec_path(mem, (uint32_t)args[0], (uint32_t)args[1], target);
	if (r == 0)
		r = fs_symlink(target, dir, path);
	return errno_to_guest(r);
}

static uint32_t p1_path_readlink(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t size = (uint32_t)args[4];
	uint8_t *buf = gmem_view(mem, (uint32_t)args[3], size);
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[5], 4);
	char path[PATH_MAX];
	struct desc *dir;
	size_t len;
	int r = dir_and_path(s, mem, args[0], args[1], args[2], &dir, path);

	if (r == 0)
		r = buf && ret_n ? fs_readlink(dir, path, (char *)buf, size, &len) : -EFAULT;
	if (r == 0)
		gmem_store32(ret_n, (uint32_t)len);
	return errno_to_guest(r);
}

/* Rights ask for reading and writing; the others are not kept (preview1_stat.c). */
static int open_load(uint64_t oflags, uint64_t rights, uint64_t fdflags, struct fs_open *ret)
{
	uint32_t o = (uint32_t)oflags;

	if (o & ~(uint32_t)P1_O_ALL)
		return -EINVAL;
	ret->create = o & P1_O_CREAT;
	ret->exclusive = o & P1_O_EXCL;
	ret->truncate = o & P1_O_TRUNC;
	ret->directory = o & P1_O_DIRECTORY;
	ret->read = rights & (P1_RIGHT_FD_READ | P1_RIGHT_FD_READDIR);
	ret->write = rights & P1_RIGHT_FD_WRITE;
	return preview1_fdflags_load((uint32_t)fdflags, &ret->flags);
}

static uint32_t p1_path_open(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[8], 4);
	char path[PATH_MAX];
	struct fs_open how = { 0 };
	struct desc *dir;
	struct desc opened;
	int r = dir_and_path(s, mem, args[0], args[2], args[3], &dir, path);

	if (r == 0)
		r = follow_load(args[1], &how.follow);
	if (r == 0)
		r = open_load(args[4], args[5], args[7], &how);
	if (r == 0)
		r = ret ? fs_open(dir, path, &how, &opened) : -EFAULT;
	if (r == 0)
		r = codec_add(s, &opened, ret);
	return errno_to_guest(r);
}

const struct import preview1_path_imports[] = {
	PREVIEW_ROW(path_create_directory, "iii", "i", "fd path path_len"),
	PREVIEW1_ROW(path_filestat_get, "iiiii", "i", "fd lookupflags path path_len ret_filestat"),
	PREVIEW_ROW(path_filestat_set_times, "iiiiIIi", "i",
		    "fd lookupflags path path_len atim mtim fstflags"),
	PREVIEW_ROW(path_link, "iiiiiii", "i",
		    "old_fd lookupflags old_path old_len new_fd new_path new_len"),
	PREVIEW_ROW(path_open, "iiiiiIIii", "i",
		    "fd lookupflags path path_len oflags rights_base rights_inheriting fdflags "
		    "ret_fd"),
	PREVIEW_ROW(path_readlink, "iiiiii", "i", "fd path path_len buf buf_len ret_n"),
	PREVIEW_ROW(path_remove_directory, "iii", "i", "fd path path_len"),
	PREVIEW_ROW(path_rename, "iiiiii", "i", "old_fd old_path old_len new_fd new_path new_len"),
	PREVIEW_ROW(path_symlink, "iiiii", "i", "target target_len fd path path_len"),
	PREVIEW_ROW(path_unlink_file, "iii", "i", "fd path path_len"),
	{ 0 },
};
