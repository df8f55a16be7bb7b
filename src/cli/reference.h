/* The reference pages, made from the tables that parse. Part of the build, not of wasmrun. */
#pragma once

#include <stdio.h>

/* Failed writes are seen by whoever flushes the stream. */
void reference_print_cli(FILE *out);	       /* docs/cli.md */
void reference_print_configuration(FILE *out); /* docs/configuration.md */
void reference_print_man(FILE *out);	       /* docs/man/wasmrun.1 */
