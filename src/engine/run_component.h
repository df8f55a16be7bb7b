/* Runs a component: WASI 0.2 and 0.3, by way of the Rust crate. */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

#include <wasm.h>

/* Runs the guest to its end on this thread; *ret_exit is the exit code. A trap is printed here
 * and is an exit code like others. */
int run_component(wasm_engine_t *engine, const struct spec *s, int *ret_exit, struct err *e);
