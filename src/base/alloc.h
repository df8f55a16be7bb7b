/* Host allocations of sizes that we choose: they abort when memory is out.
 * A size that a guest, a peer or a file chose is bounded first and goes through malloc. */
#pragma once

#include <stddef.h>

void *xalloc(size_t size);    /* zeroed; never NULL; the caller frees */
char *xstrdup(const char *s); /* NULL gives NULL; the caller frees */
char *xstrndup(const char *s, size_t len);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Makes room for one more element in a vector of `n` whose capacity is *cap; may move it. */
void *xgrow(void *vec, size_t n, size_t *cap, size_t elem_size);
