/* Listing a directory in pieces, from any entry on.
 *
 * The kernel's own d_off (getdents64(2)) is the cookie of the entry behind, so
 * nothing is kept between two calls and entries that come or go do not shift
 * the others. "." and ".." are listed as the kernel does.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wasi/table.h"

struct dir_entry {
	const char *name; /* in the reader's buffer, good until the next call */
	size_t name_len;
	uint64_t ino;
	uint64_t next; /* the cookie of the entry behind this one */
	mode_t type;   /* S_IFMT bits, 0 if the file system does not say */
};

struct dir_reader {
	int fd;	     /* borrowed */
	size_t want; /* how much to ask of the kernel at once */
	size_t len;
	size_t at;
	_Alignas(8) char bytes[16384];
};

/* `size_hint` is how many bytes the caller can take. Cookie 0 is the start. -EINVAL for a cookie
 * that the file system never gave, if it can tell; -ENOTDIR. */
int dir_open(struct dir_reader *r, const struct desc *d, uint64_t cookie, size_t size_hint);
/* 1 and an entry, 0 at the end, -errno. */
int dir_next(struct dir_reader *r, struct dir_entry *ret);
