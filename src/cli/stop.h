/* wasmrun stop: ends processes of the caller's, as a signal to their supervisors does. */
#pragma once

#include "base/err.h"

/* See struct command. */
int stop_run(int argc, char **argv, int *ret_exit, struct err *e);
