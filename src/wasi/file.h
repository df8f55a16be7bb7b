/* What can be done with an open descriptor besides reading and writing it. -errno on failure. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "wasi/table.h"

/* Fills in kind, type, readable, writable and seekable for a descriptor that d->fd holds. */
int file_adopt(struct desc *d);

int file_stat(const struct desc *d, struct stat *ret);
/* O_APPEND, O_NONBLOCK, O_DSYNC, O_SYNC as open(2) names them. Asked from the kernel each time:
 * listen() may have put another object behind the number. */
int file_flags(const struct desc *d, int *ret_flags);
/* Only O_APPEND and O_NONBLOCK can change (fcntl(2)), of a shared descriptor or a socket only
 * O_NONBLOCK; -EINVAL if another would. */
int file_set_flags(struct desc *d, int flags);
int file_set_size(const struct desc *d, uint64_t size);
/* UTIME_NOW and UTIME_OMIT as in utimensat(2). -EROFS beneath a read-only directory. */
int file_set_times(const struct desc *d, const struct timespec times[2]);
int file_sync(const struct desc *d);
int file_datasync(const struct desc *d);
int file_advise(const struct desc *d, uint64_t offset, uint64_t len, int advice);
int file_allocate(const struct desc *d, uint64_t offset, uint64_t len);
/* `whence` as in lseek(2). -ESPIPE where there is no position, -EBADF for a directory, whose
 * position is its cookie. */
int file_seek(const struct desc *d, int64_t offset, int whence, uint64_t *ret_offset);
