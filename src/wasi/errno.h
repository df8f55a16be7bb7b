/* Linux error numbers in preview1's words. */
#pragma once

#include <stdint.h>

/* `r` is what a core function returned: 0, or -errno. A Linux error that preview1 has no number for
 * becomes its nearest (wasi-libc cannot tell EOPNOTSUPP from ENOTSUP either), at worst IO. */
uint32_t errno_to_guest(int r);
