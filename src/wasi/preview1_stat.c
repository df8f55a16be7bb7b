#include "wasi/preview1_stat.h"

#include <errno.h>
#include <fcntl.h>

#include "wasi/clock.h"
#include "wasi/codec.h"
#include "wasi/preview1.h"

/* Nothing of the rights is enforced but reading and writing, as in Wasmtime. They are told
 * because libraries read them: wasi-libc's F_GETFL makes O_RDONLY, O_WRONLY, O_RDWR of them, and
 * its isatty() is "a character device without SEEK and TELL". */
enum {
	RIGHTS_FILE = P1_RIGHT_FD_DATASYNC | P1_RIGHT_FD_SET_FLAGS | P1_RIGHT_FD_SYNC |
		      P1_RIGHT_FD_ADVISE | P1_RIGHT_FD_ALLOCATE | P1_RIGHT_FD_STAT |
		      P1_RIGHT_FD_SET_SIZE | P1_RIGHT_FD_SET_TIMES | P1_RIGHT_POLL,
	RIGHTS_SEEK = P1_RIGHT_FD_SEEK | P1_RIGHT_FD_TELL,
	RIGHTS_DIR = P1_RIGHT_FD_SET_FLAGS | P1_RIGHT_FD_SYNC | P1_RIGHT_FD_DATASYNC |
		     P1_RIGHT_PATH_MKDIR | P1_RIGHT_PATH_CREATE | P1_RIGHT_PATH_LINK_SOURCE |
		     P1_RIGHT_PATH_LINK_TARGET | P1_RIGHT_PATH_OPEN | P1_RIGHT_FD_READDIR |
		     P1_RIGHT_PATH_READLINK | P1_RIGHT_PATH_RENAME_SOURCE |
		     P1_RIGHT_PATH_RENAME_TARGET | P1_RIGHT_PATH_STAT | P1_RIGHT_PATH_SET_SIZE |
		     P1_RIGHT_PATH_SET_TIMES | P1_RIGHT_FD_STAT | P1_RIGHT_FD_SET_TIMES |
		     P1_RIGHT_PATH_SYMLINK | P1_RIGHT_PATH_RMDIR | P1_RIGHT_PATH_UNLINK,
	RIGHTS_DIR_INHERITING =
		RIGHTS_DIR | RIGHTS_FILE | RIGHTS_SEEK | P1_RIGHT_FD_READ | P1_RIGHT_FD_WRITE,
	RIGHTS_SOCKET = P1_RIGHT_FD_SET_FLAGS | P1_RIGHT_FD_STAT | P1_RIGHT_POLL |
			P1_RIGHT_SOCK_SHUTDOWN | P1_RIGHT_SOCK_ACCEPT,
};

static uint64_t rights_of(const struct desc *d)
{
	uint64_t rights = d->kind == DESC_SOCKET ? RIGHTS_SOCKET : RIGHTS_FILE;

	if (d->kind == DESC_DIR)
		return RIGHTS_DIR;
	if (d->readable)
		rights |= P1_RIGHT_FD_READ;
	if (d->writable)
		rights |= P1_RIGHT_FD_WRITE;
	if (d->seekable)
		rights |= RIGHTS_SEEK;
	return rights;
}

uint16_t preview1_fdflags(int flags)
{
	uint16_t fdflags = 0;

	if (flags & O_APPEND)
		fdflags |= P1_FD_APPEND;
	if (flags & O_NONBLOCK)
		fdflags |= P1_FD_NONBLOCK;
	if ((flags & O_SYNC) == O_SYNC)
		fdflags |= P1_FD_SYNC;
	else if (flags & O_DSYNC)
		fdflags |= P1_FD_DSYNC;
	return fdflags;
}

int preview1_fdflags_load(uint32_t fdflags, int *ret_flags)
{
	int flags = 0;

	if (fdflags & ~(uint32_t)P1_FD_ALL)
		return -EINVAL;
	if (fdflags & P1_FD_APPEND)
		flags |= O_APPEND;
	if (fdflags & P1_FD_NONBLOCK)
		flags |= O_NONBLOCK;
	if (fdflags & P1_FD_DSYNC)
		flags |= O_DSYNC;
	if (fdflags & (P1_FD_RSYNC | P1_FD_SYNC))
		flags |= O_SYNC; /* Linux has O_RSYNC as another name of it */
	*ret_flags = flags;
	return 0;
}

void preview1_fdstat_store(uint8_t *p, const struct desc *d, int flags)
{
	uint64_t rights = rights_of(d);

	memset(p, 0, PREVIEW1_FDSTAT_SIZE);
	p[0] = codec_filetype(d->type, d->sock_type);
	gmem_store16(p + 2, preview1_fdflags(flags));
	gmem_store64(p + 8, rights);
	gmem_store64(p + 16, d->kind == DESC_DIR ? RIGHTS_DIR_INHERITING : rights);
}

enum {
	FILESTAT_SIZE = 64,
	FILESTAT0_SIZE = 56,
};

/* dev u64@0, ino u64@8, filetype u8@16, nlink u64@24, size u64@32, atim@40, mtim@48, ctim@56. */
static void filestat_store(uint8_t *p, const struct stat *st, uint8_t filetype)
{
	memset(p, 0, FILESTAT_SIZE);
	gmem_store64(p, st->st_dev);
	gmem_store64(p + 8, st->st_ino);
	p[16] = filetype;
	gmem_store64(p + 24, st->st_nlink);
	gmem_store64(p + 32, (uint64_t)st->st_size);
	gmem_store64(p + 40, clock_to_ns(st->st_atim));
	gmem_store64(p + 48, clock_to_ns(st->st_mtim));
	gmem_store64(p + 56, clock_to_ns(st->st_ctim));
}

/* dev u64@0, ino u64@8, filetype u8@16, nlink u32@20, size u64@24, atim@32, mtim@40, ctim@48. */
static void filestat0_store(uint8_t *p, const struct stat *st, uint8_t filetype)
{
	memset(p, 0, FILESTAT0_SIZE);
	gmem_store64(p, st->st_dev);
	gmem_store64(p + 8, st->st_ino);
	p[16] = filetype;
	gmem_store32(p + 20, (uint32_t)st->st_nlink);
	gmem_store64(p + 24, (uint64_t)st->st_size);
	gmem_store64(p + 32, clock_to_ns(st->st_atim));
	gmem_store64(p + 40, clock_to_ns(st->st_mtim));
	gmem_store64(p + 48, clock_to_ns(st->st_ctim));
}

const struct filestat_form preview1_filestat = { FILESTAT_SIZE, filestat_store };
const struct filestat_form preview0_filestat = { FILESTAT0_SIZE, filestat0_store };

static int time_load(uint64_t ns, bool given, bool now, struct timespec *ret)
{
	if (given && now)
		return -EINVAL;
	if (given)
		*ret = clock_from_ns(ns);
	else
		*ret = (struct timespec){ .tv_nsec = now ? UTIME_NOW : UTIME_OMIT };
	return 0;
}

int preview1_times_load(uint64_t atim, uint64_t mtim, uint32_t fstflags, struct timespec ret[2])
{
	int r;

	if (fstflags & ~(uint32_t)P1_SET_ALL)
		return -EINVAL;
	r = time_load(atim, fstflags & P1_SET_ATIM, fstflags & P1_SET_ATIM_NOW, &ret[0]);
	if (r < 0)
		return r;
	return time_load(mtim, fstflags & P1_SET_MTIM, fstflags & P1_SET_MTIM_NOW, &ret[1]);
}
