/* wasmrun-engine: compiles a module, or runs one guest. Started by wasmrun, in a sandbox, with
 * everything that it needs in open descriptors; see spec/spec.h and engine/compile.h. */
#include "base/err.h"
#include "base/log.h"
#include "engine/compile.h"
#include "engine/run.h"

#include "spec/engine_key.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
	log_error("usage: wasmrun-engine compile | run | --version-key");
	return EXIT_WASMRUN;
}

static int fail(const struct err *e)
{
	log_error("%s", e->text);
	return e->exit_code ? e->exit_code : EXIT_WASMRUN;
}

/* A guest that writes to a closed pipe or socket gets an error, as every language expects. */
static void ignore_sigpipe(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &ignore, NULL); /* cannot fail for this signal */
}

int main(int argc, char **argv)
{
	struct err e = { .text = "" };
	int code = EXIT_SUCCESS;

	if (argc != 2)
		return usage();
	(void)clearenv(); /* the Rust libraries would listen to it, and nothing is meant for them */
	ignore_sigpipe();
	if (strcmp(argv[1], "run") == 0)
		return run_guest(&code, &e) < 0 ? fail(&e) : code;
	if (strcmp(argv[1], "compile") == 0)
		return compile_module(&e) < 0 ? fail(&e) : EXIT_SUCCESS;
	if (strcmp(argv[1], "--version-key") == 0)
		return puts(ENGINE_KEY) < 0 ? EXIT_WASMRUN : EXIT_SUCCESS;
	return usage();
}
