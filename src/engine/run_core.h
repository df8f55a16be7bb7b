/* Runs a core module: WASI preview1 and its socket dialects, on our own host functions. */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

#include <wasm.h>

/* Runs the guest to its end; *ret_exit is the exit code. A trap is printed here and is an exit
 * code like others. */
int run_core(wasm_engine_t *engine, const struct spec *s, int *ret_exit, struct err *e);
