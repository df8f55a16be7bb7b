#include "cli/command.h"

#include "base/log.h"
#include "base/nearest.h"
#include "base/own.h"
#include "cli/help.h"
#include "cli/os.h"
#include "cli/ps.h"
#include "cli/stop.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int help_run(int argc, char **argv, int *ret_exit, struct err *e);

const struct command commands[] = {
	{ "os", "[PROJECT] [OPTION]... [-- ARG...]",
	  "run a WebAssembly program in its own network namespace", os_run },
	{ "ps", "", "list your running processes", ps_run },
	{ "stop", "NAME...", "end processes of yours, as SIGTERM does", stop_run },
	{ "logs", "NAME", "show the output of a detached process", NULL },
	{ "inspect", "NAME", "show everything about a process", NULL },
	{ "help", "[COMMAND]", "show the help for a command", help_run },
};
const size_t n_commands = ARRAY_LEN(commands);

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name, struct err *e)
{
	const char *names[ARRAY_LEN(commands)];
	char shown[80], hint[NEAREST_HINT_MAX];

	log_escape(shown, sizeof shown, name, strlen(name));
	for (size_t i = 0; i < n_commands; i++)
		names[i] = commands[i].name;
	if (name[0] != '-' && access(name, F_OK) == 0)
		(void)err_set(e, 0, "unknown command '%s'; to run it: wasmrun os %s", shown, shown);
	else
		(void)err_set(e, 0, "unknown %s '%s'%s", name[0] == '-' ? "option" : "command",
			      shown, nearest_hint(hint, name, names, n_commands));
	return COMMAND_USAGE;
}

static int later_command(const struct command *command, struct err *e)
{
	return err_set(e, 0, "'wasmrun %s' is not available in this version yet", command->name);
}

static int help_run(int argc, char **argv, int *ret_exit, struct err *e)
{
	const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;

	if (argc > 1 && !command)
		return unknown_command(argv[1], e);
	if (command && !command->run)
		return later_command(command, e);
	if (command && command->run == os_run)
		help_print_os(stdout);
	else if (command)
		printf("Usage: wasmrun %s%s%s\n\n%s\n", command->name,
		       command->arguments[0] ? " " : "", command->arguments, command->summary);
	else
		help_print_all(stdout);
	*ret_exit = 0;
	return 0;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int command_run(int argc, char **argv, int *ret_exit, struct err *e)
{
	const struct command *command;

	if (argc < 2) {
		(void)err_set(e, 0, "no command is given");
		return COMMAND_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)puts("wasmrun " WASMRUN_VERSION); /* main() checks the stream */
		*ret_exit = 0;
		return 0;
	}
	if (is_help(argv[1]))
		return help_run(1, argv, ret_exit, e);
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1], e);
	if (!command->run)
		return later_command(command, e);
	if (command->run != os_run && argc > 2 && is_help(argv[2]))
		return help_run(2, argv, ret_exit, e);
	return command->run(argc - 1, argv + 1, ret_exit, e);
}

const char *command_help_words(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], "os") == 0 ? "os --help" : "--help";
}
