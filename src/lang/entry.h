/* What of a project is run, as its configuration says it ([project] entry): pure. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Whether it is a path that stays in the project's folder, and no tool could take it for an option.
 */
bool entry_is_inside(const char *entry);
/* The error for all others, and for what is not there. */
int entry_refuse(const char *entry, const char *expected, struct err *e);

enum python_entry { PYTHON_FILE, PYTHON_MODULE, PYTHON_APP };

/* "src/main.py", "package.module", or "package.module:attribute". */
int entry_parse_python(const char *entry, enum python_entry *ret, struct err *e);
