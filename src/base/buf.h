/* A byte buffer that grows up to a maximum fixed when it is made. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *bytes; /* owned; NULL while empty */
	size_t len;
	size_t cap;
	size_t max;
};

void buf_init(struct buf *b, size_t max);
void buf_deinit(struct buf *b);
/* -ENOSPC past the maximum; nothing is written then. */
int buf_add(struct buf *b, const void *bytes, size_t len);
/* The string and its NUL. */
int buf_add_str(struct buf *b, const char *s);
/* Reads from `fd` to its end. -EFBIG past the maximum. */
int buf_read_fd(struct buf *b, int fd);
/* Writes all of it, to a descriptor that blocks. */
int fd_write_all(int fd, const void *bytes, size_t len);
