/* Go projects: go builds them for wasip1. */
#pragma once

#include "base/err.h"

/* Builds the package in `folder`, or in the folder `package` of it unless that is NULL, into
 * wasmrun's cache folder; see project_build(). */
int go_build(const char *folder, const char *package, char **ret, struct err *e);
