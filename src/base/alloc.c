#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *alloc_or_abort(void *p)
{
	if (!p)
		abort();
	return p;
}

void *xalloc(size_t size)
{
	return alloc_or_abort(calloc(1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return s ? alloc_or_abort(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
	return alloc_or_abort(strndup(s, len));
}

char *xprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&s, fmt, ap);
	va_end(ap);
	return alloc_or_abort(r < 0 ? NULL : s);
}

void *xgrow(void *vec, size_t n, size_t *cap, size_t elem_size)
{
	if (n < *cap)
		return vec;
	*cap = *cap ? *cap * 2 : 8;
	return alloc_or_abort(reallocarray(vec, *cap, elem_size));
}
