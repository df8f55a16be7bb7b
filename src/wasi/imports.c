#include "wasi/imports.h"

#include <string.h>

#include "base/own.h"
#include "wasi/native.h"
#include "wasi/preview1.h"
#include "wasi/preview1_calls.h"
#include "wasi/wamr.h"
#include "wasi/wasmedge.h"

/* Each table ends in a row without a name. The order is that of import_next(); a new table goes
 * last, since the saved inputs of fuzz_wasi_call choose a call by its place. */
static const struct import *const tables[] = {
	preview1_process_imports, preview1_fd_imports,	 preview1_path_imports,
	preview1_poll_imports,	  preview1_sock_imports, wasmedge_imports,
	wasmedge1_imports,	  preview0_imports,	 wamr_imports,
	wamr_option_imports,	  native_imports,
};

uint32_t import_refused(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return P1_NOSYS;
}

static bool is_in_module(const struct import *im, const char *module)
{
	unsigned apart = DIALECT_UNSTABLE | DIALECT_WASMRUN;

	return (im->dialects & DIALECT_UNSTABLE && strcmp(module, "wasi_unstable") == 0) ||
	       (im->dialects & DIALECT_WASMRUN && strcmp(module, "wasmrun_net") == 0) ||
	       (im->dialects & ~apart && strcmp(module, "wasi_snapshot_preview1") == 0);
}

const struct import *import_next(const char *module, const char *name, const struct import *prev)
{
	bool started = !prev;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		for (const struct import *im = tables[i]; im->name; im++) {
			if (started && (!name || strcmp(name, im->name) == 0) &&
			    (!module || is_in_module(im, module)))
				return im;
			started = started || im == prev;
		}
	}
	return NULL;
}

const struct import *import_find(const char *module, const char *name, const char *params,
				 const char *results)
{
	const struct import *im = NULL;

	while ((im = import_next(module, name, im))) {
		if (strcmp(params, im->params) == 0 && strcmp(results, im->results) == 0)
			return im;
	}
	return NULL;
}
