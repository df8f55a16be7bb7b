/* Runs one of the user's build tools to its end. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A condition: the tool ran, and said why it failed. */
enum { TOOL_FAILED = 1 };

struct tool {
	const char *const *argv;    /* argv[0] is looked up in PATH; ends in NULL */
	const char *folder;	    /* where it runs */
	const char *const *env;	    /* "NAME=VALUE" over the caller's own; ends in NULL */
	const char *how_to_install; /* said when it is not there */
	/* A line of its standard error that need not be shown. NULL: it writes to ours itself. */
	bool (*is_noise)(const char *line, size_t len);
	struct buf *out; /* takes its standard output. NULL: that goes to our standard error */
};

/* The tool reads nothing: its standard input is empty. The signals that end wasmrun
 * (base/signals.h) are passed on to it while it runs; the exit code in `e` is 128 + signal then.
 * TOOL_FAILED has no words. Blocks. */
int tool_run(const struct tool *tool, struct err *e);
