/* What --help shows, made from the tables of commands and options. */
#pragma once

#include <stdio.h>

/* Failed writes are seen by whoever flushes the stream. */
void help_print_all(FILE *out);
void help_print_os(FILE *out);
/* "os [PROJECT] [OPTION]... [-- ARG...]" */
extern const char help_os_usage[];
/* A few sentences on what "wasmrun os" does; paragraphs are divided by "\n\n". */
extern const char help_os_text[];
