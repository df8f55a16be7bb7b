/* "scripts.start" of a package.json, if Node is all that it starts: pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { START_ENV_MAX = 8, START_WORDS_MAX = 16 };

struct start_command {
	char *text;			/* owned; all others point into it */
	const char *env[START_ENV_MAX]; /* NAME=VALUE */
	size_t n_env;
	const char *words[START_WORDS_MAX]; /* behind "node": options, the script, its arguments */
	size_t n_words;
	size_t script; /* which of the words it is */
};

/* Understands "[cross-env] [NAME=VALUE]... node|nodemon [OPTION]... FILE [ARGUMENT]...". False if
 * the command is NULL or anything else, such as one that needs a shell. */
bool start_command_parse(const char *command, struct start_command *ret);
void start_command_deinit(struct start_command *s);
