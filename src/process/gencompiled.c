/* Compiles a language runtime while wasmrun is built: gencompiled MODULE OUT. See shipped.h.
 * The engine and the cache are those of the environment. */
#include "base/own.h"
#include "process/cache.h"
#include "process/shipped.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int ship(const char *compiled, const char *out, struct err *e)
{
	AUTO_CLOSE int fd = open(compiled, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "open '%s'", compiled);
	return shipped_write(fd, strrchr(compiled, '/') + 1, out, e);
}

static int compile(const char *module, const char *out, struct err *e)
{
	struct cache_module m;
	int r = cache_module_get(module, NULL, &m, e);

	if (r == 0) {
		r = ship(m.path, out, e);
		cache_module_deinit(&m);
	}
	return r;
}

int main(int argc, char **argv)
{
	struct err e = { .text = "" };

	if (argc != 3) {
		(void)fputs("usage: gencompiled MODULE OUT\n", stderr);
		return 2;
	}
	if (compile(argv[1], argv[2], &e) == 0)
		return 0;
	(void)fprintf(stderr, "gencompiled: error: %s\n", e.text);
	return 1;
}
