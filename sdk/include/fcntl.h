/* wasi-libc's <fcntl.h>, with BSD's name for O_NONBLOCK. */
#ifndef WASMRUN_FCNTL_H
#define WASMRUN_FCNTL_H

#include_next <fcntl.h>

#define O_NDELAY O_NONBLOCK

#endif
