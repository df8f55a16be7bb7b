/* The subcommands of wasmrun: one table, which makes dispatch, --help and the references. */
#pragma once

#include "base/err.h"

#include <stddef.h>

/* A condition: the command line itself is wrong; the words are in `e`. */
enum { COMMAND_USAGE = 1 };

struct command {
	const char *name;
	const char *arguments; /* as the help shows them, or "" */
	const char *summary;
	/* NULL: refused by name until a later version brings it. argv[0] is the subcommand's name.
	 * Returns 0 with the exit code of the command, COMMAND_USAGE, or -errno with words. */
	int (*run)(int argc, char **argv, int *ret_exit, struct err *e);
};

extern const struct command commands[];
extern const size_t n_commands;

/* Runs what the whole command line asks for; returns as `run` above. */
int command_run(int argc, char **argv, int *ret_exit, struct err *e);
/* The words behind "wasmrun" that show the help for this command line. */
const char *command_help_words(int argc, char **argv);
