/* wasmrun os: builds a project, and runs it. */
#pragma once

#include "base/err.h"

/* See struct command. */
int os_run(int argc, char **argv, int *ret_exit, struct err *e);
