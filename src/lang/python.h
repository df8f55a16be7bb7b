/* Python projects: they run on wasmrun's Python, and pip installs what they require. */
#pragma once

#include "base/err.h"
#include "lang/program.h"
#include "lang/project.h"

/* Finds out what of the project to run, and has its requirements installed; see project_build().
 * `ret` is written on success only. */
int python_build(const struct project *project, char *const *args, size_t n_args,
		 struct program *ret, struct err *e);

/* The file that a line of a requirements.txt includes, as "-r base.txt" does; NULL if it includes
 * none. `line` need not end in NUL. The caller frees it. Pure. */
char *python_included_file(const char *line, size_t len);
