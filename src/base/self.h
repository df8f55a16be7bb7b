/* This program's own file. */
#pragma once

#include "base/err.h"

/* The folder that it lies in. The caller frees *ret. */
int self_folder(char **ret, struct err *e);
