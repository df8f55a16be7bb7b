/* Go projects: go builds them for wasip1. */
#pragma once

#include "base/err.h"

/* Builds the package in `folder`, into wasmrun's cache folder; see project_build(). */
int go_build(const char *folder, char **ret, struct err *e);
