/* Every function that a guest may import, by module, name and exact type.
 *
 * One name can have several types, because the socket dialects grew apart
 * inside one module (wasi_snapshot_preview1). The type of each imported
 * function tells the dialect, function by function: real guests mix them. A
 * dialect is a file with a table of its own over the same core, and one line
 * in imports.c. docs/wasi-sockets.md is made from these tables.
 */
#pragma once

#include "wasi/gmem.h"
#include "wasi/sys.h"

/* Whose function it is; one can be several's. */
enum dialect {
	DIALECT_PREVIEW1 = 1,
	DIALECT_UNSTABLE = 2, /* the older module, wasi_unstable ("preview0") */
	DIALECT_WASMEDGE1 = 4,
	DIALECT_WASMEDGE2 = 8,
	DIALECT_WAMR = 16,
	DIALECT_WASMRUN = 32, /* our own module, wasmrun_net */
	DIALECT_WASMEDGE = DIALECT_WASMEDGE1 | DIALECT_WASMEDGE2,
};

/* One call by the guest. `args` holds one value a parameter, an i32 zero-extended. Returns the i32
 * result (an errno of the dialect, 0 is success); a function without results returns 0. */
typedef uint32_t import_call(struct sys *s, struct gmem mem, const uint64_t *args);

struct import {
	const char *name;
	const char *params;  /* one letter a parameter: 'i' is i32, 'I' is i64 */
	const char *results; /* likewise: "i" or "" */
	const char *args;    /* what the parameters are, in order, separated by blanks */
	unsigned dialects;   /* enum dialect; they tell the module as well */
	import_call *call;
	const char *note; /* what a reader of the reference should know; or NULL */
};

enum { IMPORT_PARAMS_MAX = 9 }; /* of any function in the tables */

/* A function that is there so that the guest starts, and only says ENOSYS. */
import_call import_refused;

/* The function of exactly this type, or NULL. */
const struct import *import_find(const char *module, const char *name, const char *params,
				 const char *results);
/* Walks the tables in a fixed order: the first match behind `prev` (NULL to begin), NULL at the
 * end. A NULL `module` or `name` matches all; with both it lists the types that are there. */
const struct import *import_next(const char *module, const char *name, const struct import *prev);
