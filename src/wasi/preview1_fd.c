/* The calls on a descriptor, but for sockets and waiting. */
#include "wasi/preview1_calls.h"

#include <errno.h>
#include <fcntl.h>

#include "base/own.h"
#include "wasi/codec.h"
#include "wasi/dir.h"
#include "wasi/errno.h"
#include "wasi/file.h"
#include "wasi/preview1.h"
#include "wasi/preview1_stat.h"

enum { PRESTAT_TAG_SOCKET = 1 }; /* ours: the witx knows 0 only */

static uint32_t p1_fd_advise(struct sys *s, struct gmem mem, const uint64_t *args)
{
	static const int advices[] = {
		POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
		POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE,
	};
	uint32_t advice = (uint32_t)args[3];
	struct desc *d;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	if (r == 0 && advice >= ARRAY_LEN(advices))
		r = -EINVAL;
	if (r == 0)
		r = file_advise(d, args[1], args[2], advices[advice]);
	return errno_to_guest(r);
}

static uint32_t p1_fd_allocate(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : file_allocate(d, args[1], args[2]));
}

static uint32_t p1_fd_close(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return errno_to_guest(table_close(&s->table, (uint32_t)args[0]));
}

static uint32_t p1_fd_renumber(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return errno_to_guest(table_renumber(&s->table, (uint32_t)args[0], (uint32_t)args[1]));
}

static uint32_t p1_fd_datasync(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : file_datasync(d));
}

static uint32_t p1_fd_sync(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : file_sync(d));
}

static uint32_t p1_fd_fdstat_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], PREVIEW1_FDSTAT_SIZE);
	struct desc *d;
	int flags;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = ret ? file_flags(d, &flags) : -EFAULT;
	if (r == 0)
		preview1_fdstat_store(ret, d, flags);
	return errno_to_guest(r);
}

static uint32_t p1_fd_fdstat_set_flags(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int flags;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = preview1_fdflags_load((uint32_t)args[1], &flags);
	if (r == 0)
		r = file_set_flags(d, flags);
	return errno_to_guest(r);
}

/* Rights are not kept, so they cannot be given up (Wasmtime says the same). */
static uint32_t p1_fd_fdstat_set_rights(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	return r < 0 ? errno_to_guest(r) : P1_NOTSUP;
}

static uint32_t filestat_get(struct sys *s, struct gmem mem, const uint64_t *args,
			     const struct filestat_form *form)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], form->size);
	struct desc *d;
	struct stat st;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = ret ? file_stat(d, &st) : -EFAULT;
	if (r == 0)
		form->store(ret, &st, codec_filetype(st.st_mode, d->sock_type));
	return errno_to_guest(r);
}

static uint32_t p1_fd_filestat_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return filestat_get(s, mem, args, &preview1_filestat);
}

uint32_t p0_fd_filestat_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return filestat_get(s, mem, args, &preview0_filestat);
}

static uint32_t p1_fd_filestat_set_size(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct desc *d;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	return errno_to_guest(r < 0 ? r : file_set_size(d, args[1]));
}

static uint32_t p1_fd_filestat_set_times(struct sys *s, struct gmem mem, const uint64_t *args)
{
	struct timespec times[2];
	struct desc *d;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = preview1_times_load(args[1], args[2], (uint32_t)args[3], times);
	if (r == 0)
		r = file_set_times(d, times);
	return errno_to_guest(r);
}

/* The descriptor and the buffers of a call that moves bytes; its first three parameters. */
static int transfer_load(struct sys *s, struct gmem mem, const uint64_t *args, const uint8_t *ret_n,
			 struct desc **ret_d, struct io_bufs *ret_bufs)
{
	int r = codec_desc(s, (uint32_t)args[0], ret_d);

	if (r == 0)
		r = codec_bufs(mem, (uint32_t)args[1], (uint32_t)args[2], ret_bufs);
	return r == 0 && !ret_n ? -EFAULT : r;
}

/* The count of such a call, or its error. */
static uint32_t transfer_store(int r, size_t n, uint8_t *ret_n)
{
	if (r == 0)
		gmem_store32(ret_n, (uint32_t)n); /* the kernel moves less than 2 GiB at once */
	return errno_to_guest(r);
}

static uint32_t p1_fd_read(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[3], 4);
	struct io_bufs bufs;
	struct desc *d;
	size_t n = 0;
	int r = transfer_load(s, mem, args, ret_n, &d, &bufs);

	if (r == 0)
		r = io_read(d, &bufs, &n);
	return transfer_store(r, n, ret_n);
}

static uint32_t p1_fd_write(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[3], 4);
	struct io_bufs bufs;
	struct desc *d;
	size_t n = 0;
	int r = transfer_load(s, mem, args, ret_n, &d, &bufs);

	if (r == 0)
		r = io_write(d, &bufs, &n);
	return transfer_store(r, n, ret_n);
}

static uint32_t p1_fd_pread(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[4], 4);
	struct io_bufs bufs;
	struct desc *d;
	size_t n = 0;
	int r = transfer_load(s, mem, args, ret_n, &d, &bufs);

	if (r == 0)
		r = io_read_at(d, &bufs, args[3], &n);
	return transfer_store(r, n, ret_n);
}

static uint32_t p1_fd_pwrite(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[4], 4);
	struct io_bufs bufs;
	struct desc *d;
	size_t n = 0;
	int r = transfer_load(s, mem, args, ret_n, &d, &bufs);

	if (r == 0)
		r = io_write_at(d, &bufs, args[3], &n);
	return transfer_store(r, n, ret_n);
}

/* Libraries walk the descriptors from 3 up and stop at EBADF (wasi-libc, Go), so whatever is not a
 * granted directory says that. A listener in front of the directories must not end the walk: it has
 * a tag that the walkers do not know, which they skip. prestat: tag u8@0 (0: directory),
 * name_len u32@4. */
static uint32_t p1_fd_prestat_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], 8);
	const struct desc *d = table_get(&s->table, (uint32_t)args[0]);

	if (!d || (!d->preopen && !d->precedes_dirs))
		return P1_BADF;
	if (!ret)
		return P1_FAULT;
	memset(ret, 0, 8);
	if (d->preopen)
		gmem_store32(ret + 4, (uint32_t)strlen(d->preopen));
	else
		ret[0] = PRESTAT_TAG_SOCKET;
	return P1_SUCCESS;
}

static uint32_t p1_fd_prestat_dir_name(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t size = (uint32_t)args[2];
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], size);
	const struct desc *d = table_get(&s->table, (uint32_t)args[0]);

	if (!d)
		return P1_BADF;
	if (!d->preopen)
		return P1_NOTDIR;
	if (!ret)
		return P1_FAULT;
	if (strlen(d->preopen) > size)
		return P1_NAMETOOLONG;
	memcpy(ret, d->preopen, strlen(d->preopen));
	return P1_SUCCESS;
}

/* dirent: next u64@0, ino u64@8, namlen u32@16, type u8@20, then the name. */
static void dirent_store(uint8_t p[PREVIEW1_DIRENT_SIZE], const struct dir_entry *e)
{
	memset(p, 0, PREVIEW1_DIRENT_SIZE);
	gmem_store64(p, e->next);
	gmem_store64(p + 8, e->ino);
	gmem_store32(p + 16, (uint32_t)e->name_len);
	p[20] = codec_filetype(e->type, 0);
}

/* As much of the bytes as there is room for; returns how much that was. */
static uint32_t put(uint8_t *buf, uint32_t room, const void *bytes, size_t len)
{
	uint32_t n = len < room ? (uint32_t)len : room;

	memcpy(buf, bytes, n);
	return n;
}

/* Fills the buffer to its last byte while there are entries, cutting the last one; a library
 * takes a full buffer as "ask again from the last whole entry's cookie". */
static uint32_t p1_fd_readdir(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t size = (uint32_t)args[2];
	uint8_t *buf = gmem_view(mem, (uint32_t)args[1], size);
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[4], 4);
	struct dir_reader reader;
	struct dir_entry e;
	struct desc *d;
	uint32_t used = 0;
	int r = codec_dir(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = buf && ret_n ? dir_open(&reader, d, args[3], size) : -EFAULT;
	if (r != 0)
		return errno_to_guest(r);
	while (used < size && (r = dir_next(&reader, &e)) > 0) {
		uint8_t head[PREVIEW1_DIRENT_SIZE];

		dirent_store(head, &e);
		used += put(buf + used, size - used, head, sizeof head);
		used += put(buf + used, size - used, e.name, e.name_len);
	}
	if (r < 0)
		return errno_to_guest(r);
	gmem_store32(ret_n, used);
	return P1_SUCCESS;
}

enum { WHENCES = 3 };

static uint32_t seek(struct sys *s, struct gmem mem, const uint64_t *args,
		     const int whences[WHENCES])
{
	uint32_t whence = (uint32_t)args[2];
	uint8_t *ret = gmem_view(mem, (uint32_t)args[3], 8);
	struct desc *d;
	uint64_t at;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	if (r == 0 && whence >= WHENCES)
		r = -EINVAL;
	if (r == 0)
		r = ret ? file_seek(d, (int64_t)args[1], whences[whence], &at) : -EFAULT;
	if (r == 0)
		gmem_store64(ret, at);
	return errno_to_guest(r);
}

static uint32_t p1_fd_seek(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return seek(s, mem, args, (const int[WHENCES]){ SEEK_SET, SEEK_CUR, SEEK_END });
}

uint32_t p0_fd_seek(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return seek(s, mem, args, (const int[WHENCES]){ SEEK_CUR, SEEK_END, SEEK_SET });
}

static uint32_t p1_fd_tell(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], 8);
	struct desc *d;
	uint64_t at;
	int r = codec_desc(s, (uint32_t)args[0], &d);

	if (r == 0)
		r = ret ? file_seek(d, 0, SEEK_CUR, &at) : -EFAULT;
	if (r == 0)
		gmem_store64(ret, at);
	return errno_to_guest(r);
}

const struct import preview1_fd_imports[] = {
	PREVIEW_ROW(fd_advise, "iIIi", "i", "fd offset len advice"),
	PREVIEW_ROW(fd_allocate, "iII", "i", "fd offset len"),
	PREVIEW_ROW(fd_close, "i", "i", "fd"),
	PREVIEW_ROW(fd_datasync, "i", "i", "fd"),
	PREVIEW_ROW(fd_fdstat_get, "ii", "i", "fd ret_fdstat"),
	PREVIEW_ROW(fd_fdstat_set_flags, "ii", "i", "fd fdflags"),
	PREVIEW_ROW(fd_fdstat_set_rights, "iII", "i", "fd rights_base rights_inheriting"),
	PREVIEW1_ROW(fd_filestat_get, "ii", "i", "fd ret_filestat"),
	PREVIEW_ROW(fd_filestat_set_size, "iI", "i", "fd size"),
	PREVIEW_ROW(fd_filestat_set_times, "iIIi", "i", "fd atim mtim fstflags"),
	PREVIEW_ROW(fd_pread, "iiiIi", "i", "fd iovs n_iovs offset ret_n"),
	PREVIEW_ROW(fd_prestat_get, "ii", "i", "fd ret_prestat"),
	PREVIEW_ROW(fd_prestat_dir_name, "iii", "i", "fd name name_len"),
	PREVIEW_ROW(fd_pwrite, "iiiIi", "i", "fd iovs n_iovs offset ret_n"),
	PREVIEW_ROW(fd_read, "iiii", "i", "fd iovs n_iovs ret_n"),
	PREVIEW_ROW(fd_readdir, "iiiIi", "i", "fd buf buf_len cookie ret_n"),
	PREVIEW_ROW(fd_renumber, "ii", "i", "fd to"),
	PREVIEW1_ROW(fd_seek, "iIii", "i", "fd offset whence ret_offset"),
	PREVIEW_ROW(fd_sync, "i", "i", "fd"),
	PREVIEW_ROW(fd_tell, "ii", "i", "fd ret_offset"),
	PREVIEW_ROW(fd_write, "iiii", "i", "fd iovs n_iovs ret_n"),
	{ 0 },
};
