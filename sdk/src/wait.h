/* What poll() and select() are made of. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WAIT_FOR_EVER UINT64_MAX

struct pollfd;
struct timespec;

/* As poll(2). */
int wait_for_fds(struct pollfd *fds, size_t n, uint64_t timeout_ns);
/* NULL is for ever. -1 with EINVAL for a time that is none. */
int wait_time(const struct timespec *timeout, uint64_t *ret_ns);
