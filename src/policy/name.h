/* The name of a process. It becomes a hostname and a part of a namespace's name. Pure. */
#pragma once

#include "base/err.h"

enum { NAME_LEN_MAX = 63 };

/* 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit. */
int name_check(const char *name, struct err *e);
/* A valid name from the last part of a path: lower case, ".wasm" cut off, anything else a '-'.
 * "process" when nothing is left, as for "/". */
void name_from_path(const char *path, char out[NAME_LEN_MAX + 1]);
