/* What a user points wasmrun at: a module, or a folder with the source of a program. */
#pragma once

#include "base/err.h"
#include "lang/program.h"

#include <stdbool.h>

enum language {
	LANGUAGE_WASM, /* a module that is there already */
	LANGUAGE_RUST,
	LANGUAGE_GO,
	LANGUAGE_NODEJS,
	LANGUAGE_PYTHON,
	LANGUAGE_COUNT
};

struct project {
	enum language language;
	char *path; /* absolute, without symbolic links; owned */
	bool is_folder;
	char *script;	      /* of LANGUAGE_NODEJS: the file in it to run, if the user named one */
	const char *evidence; /* the file that told the language: "Cargo.toml" */
	bool install;	      /* of LANGUAGE_NODEJS: npm is to install its packages first */
	const char *entry;    /* what of it to run, as the configuration says; borrowed, or NULL */
	char *module;	      /* of LANGUAGE_WASM: path of the module; owned, else NULL */
};

const char *language_name(enum language language);
int language_parse(const char *name, enum language *ret, struct err *e);

/* Finds out what `path` is. `chosen`, unless it is NULL, overrides what the folder's files say.
 * A file is a module by its first bytes, whatever its name; a JavaScript file stands for the folder
 * of its package. Exit code 127 in `e` if there is nothing at `path`, 126 if it is neither. */
int project_open(const char *path, const enum language *chosen, struct project *ret, struct err *e);
void project_deinit(struct project *p);

/* Builds the program with the user's own toolchain, or finds its language's runtime, unless the
 * project is a module already. `args` are the user's words for the program. The caller deinits
 * *ret. Blocks; what tools say goes to stderr. Exit code 126 in `e` if it cannot be built,
 * 128 + signal if one of base/signals.h ended the build. */
int project_build(const struct project *p, char *const *args, size_t n_args, struct program *ret,
		  struct err *e);
