#include "cli/help.h"

#include "cli/command.h"
#include "cli/options.h"

#include <string.h>

enum { COLUMNS = 80, INDENT = 8 };

const char help_os_usage[] = "os [PROJECT] [OPTION]... [-- ARG...]";

const char help_os_text[] =
	"Runs PROJECT as a WebAssembly process in its own network namespace: the folder of a Rust "
	"or "
	"Go project, which is built with cargo or go (they must be there), or of a Node.js or "
	"Python project, which runs on the interpreter that comes with wasmrun; or a WebAssembly "
	"file, or a folder that holds a single one. It is the current folder unless given."
	"\n\n"
	"The guest reaches nothing but itself, and is reached through its forwards only. A "
	"project's "
	"folder is mounted read-only as the guest's /, unless --dir gives it another one; /tmp is "
	"a "
	"private, empty folder. The words behind '--' are the program's arguments.";

/* Breaks lines at spaces; "\n\n" begins a new paragraph. */
static void print_wrapped(FILE *out, const char *text, int indent)
{
	int column = 0;

	while (*text) {
		int len = (int)strcspn(text, " \n");

		if (column > 0 && column + 1 + len > COLUMNS) {
			fputc('\n', out);
			column = 0;
		}
		column += fprintf(out, "%*s%.*s", column ? 1 : indent, "", len, text);
		text += len;
		if (*text == '\n') {
			fputs("\n\n", out);
			column = 0;
		}
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

static void print_option(FILE *out, const struct option_spec *spec)
{
	fputs("  ", out);
	if (spec->letter)
		fprintf(out, "-%c, ", spec->letter);
	fprintf(out, "--%s", spec->name);
	if (spec->argument)
		fprintf(out, spec->is_argument_optional ? "[=%s]" : " %s", spec->argument);
	fputs(spec->is_repeatable ? " (repeatable)\n" : "\n", out);
	print_wrapped(out, spec->help, INDENT);
}

void help_print_os(FILE *out)
{
	fprintf(out, "Usage: wasmrun %s\n\n", help_os_usage);
	print_wrapped(out, help_os_text, 0);
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < n_option_specs; i++)
		if (!option_specs[i].is_later)
			print_option(out, &option_specs[i]);
	fputs("\nExample: wasmrun os hello -p 8080:3000 --env LEVEL=debug -- --fast\n", out);
}

void help_print_all(FILE *out)
{
	fputs("Usage: wasmrun COMMAND [ARG...]\n\n"
	      "Runs WebAssembly programs, each in its own network namespace, and publishes\n"
	      "their ports.\n\nCommands:\n",
	      out);
	for (size_t i = 0; i < n_commands; i++)
		if (commands[i].run)
			fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\nOptions:\n  --help     show this help\n  --version  show the version\n"
	      "\n'wasmrun help os' shows the options of 'wasmrun os'.\n",
	      out);
}
