/* `wasmrun-engine run`: one guest, from its specification to its exit code. */
#pragma once

#include "base/err.h"

/* Reads the specification from SPEC_FD, tells the stages on SPEC_STATUS_FD, closes both before
 * the guest runs. Blocks until the guest has ended; *ret_exit is its exit code. */
int run_guest(int *ret_exit, struct err *e);
