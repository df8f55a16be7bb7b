/* Hands the command line to its subcommand, and prints what went wrong. */
#include "base/log.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdnoreturn.h>
#include <unistd.h>

/* exit() would wait for libuv's threads, and one may be with a resolver that does not answer. */
static noreturn void leave(int code)
{
	_exit(code);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	int exit_code = 0;
	int r = command_run(argc, argv, &exit_code, &e);

	if (r == 0 && fflush(stdout) == 0)
		leave(exit_code);
	if (r == 0)
		r = err_set(&e, errno, "write to standard output");
	log_error("%s", e.text);
	if (r == COMMAND_USAGE)
		log_line("try 'wasmrun %s'", command_help_words(argc, argv));
	leave(e.exit_code ? e.exit_code : EXIT_WASMRUN);
}
