/* wasi-libc's <poll.h>, and the events that it leaves out, which never come. */
#ifndef WASMRUN_POLL_H
#define WASMRUN_POLL_H

#include_next <poll.h>

#define POLLPRI 0x0004
#define POLLRDBAND 0x0008
#define POLLWRBAND 0x0010
#ifdef _GNU_SOURCE
#define POLLRDHUP 0x0020
#endif

#endif
