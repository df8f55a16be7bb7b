/* A core module's imports: each becomes one of our host functions, in the module's order. */
#pragma once

#include "base/err.h"
#include "base/own.h"
#include "wasi/sys.h"

#include <wasmtime.h>

/* The functions for one instance, and what they share. */
struct link;

/* Finds a host function for each import of `module` and makes it in the store. `sys` is borrowed
 * for the life of the link. A missing one is named with the type that the module wants and the
 * types that there are: exit code 126. */
int link_new(wasmtime_context_t *store, const wasmtime_module_t *module, struct sys *sys,
	     struct link **ret, struct err *e);
/* To be called when no guest code can run any more. Returns NULL. */
struct link *link_free(struct link *l);
OWN_DEFINE(link_free, struct link)

/* The imports to instantiate with; the link keeps them. */
const wasmtime_extern_t *link_imports(const struct link *l, size_t *ret_n);
