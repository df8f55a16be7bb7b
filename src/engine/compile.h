/* `wasmrun-engine compile`: a module to what the engine can map. */
#pragma once

#include "base/err.h"

enum {
	COMPILE_IN_FD = 3,  /* read-only: the module */
	COMPILE_OUT_FD = 4, /* where the compiled module is written */
	COMPILE_IN_MAX = 1 << 30,
};

/* Reads a core module or a component from COMPILE_IN_FD to its end and writes the compiled one. */
int compile_module(struct err *e);
