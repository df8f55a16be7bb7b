/* What a project runs as: a module, the words before the user's own, and folders that the guest
 * needs. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { PROGRAM_WORDS_MAX = 20, PROGRAM_ENV_MAX = 8, PROGRAM_DIRS_MAX = 3 };

struct program_dir {
	char *host;
	const char *guest; /* a literal, or `host` */
};

/* All but literals is owned. */
struct program {
	char *module;	/* path of the .wasm file */
	char *compiled; /* of a runtime that came compiled: path of that, else NULL */
	char *name;	/* the guest's argv[0] */
	char *script;	/* that a runtime starts, or NULL */
	char *text;	/* that words and variables point into, or NULL */
	/* Literals, `script`, pieces of `text`, or the project's path. */
	const char *words[PROGRAM_WORDS_MAX];
	size_t n_words;
	const char *env[PROGRAM_ENV_MAX]; /* NAME=VALUE, unless the user says otherwise */
	size_t n_env;
	struct program_dir dirs[PROGRAM_DIRS_MAX]; /* read-only for the guest */
	size_t n_dirs;
	/* A run that has to come first, once, with these words, without network, and with the last
	 * of the dirs writable. `prepared` is the file to make when it has ended well. */
	const char *preparation[PROGRAM_WORDS_MAX];
	size_t n_preparation;
	char *prepared;
};

/* There must be room for it. */
void program_add_word(struct program *p, const char *word);
void program_deinit(struct program *p);
