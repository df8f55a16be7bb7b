/* wasmrun ps: the caller's running processes. */
#pragma once

#include "base/err.h"

/* See struct command. */
int ps_run(int argc, char **argv, int *ret_exit, struct err *e);
