/* wasi-libc's <unistd.h>, with gethostname(). */
#ifndef WASMRUN_UNISTD_H
#define WASMRUN_UNISTD_H

#include_next <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

int gethostname(char *name, size_t size);

#ifdef __cplusplus
}
#endif

#endif
