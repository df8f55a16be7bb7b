/* Writes one reference page to standard output: gendocs cli|configuration|man */
#include "cli/reference.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	void (*print)(FILE *out);
} pages[] = {
	{ "cli", reference_print_cli },
	{ "configuration", reference_print_configuration },
	{ "man", reference_print_man },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof pages / sizeof pages[0]; i++) {
		if (strcmp(pages[i].name, argv[1]) != 0)
			continue;
		pages[i].print(stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	(void)fputs("usage: gendocs cli|configuration|man\n", stderr); /* nobody else to tell */
	return 2;
}
