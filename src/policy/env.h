/* The guest's environment: what the user names, and nothing else. Pure. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct env {
	char **items; /* "NAME=VALUE"; owned */
	size_t n;
	size_t cap;
};

enum { ENV_MAX = 4096 }; /* variables of one process */

/* "NAME=VALUE" sets, and replaces an earlier one of that name. "NAME" takes the value from `lookup`
 * (getenv, outside of tests) and sets nothing when it answers NULL, as docker does. */
int env_set(struct env *env, const char *text, char *(*lookup)(const char *name), struct err *e);
/* Whether a variable is set that has the name in "NAME=VALUE". */
bool env_has(const struct env *env, const char *text);
void env_deinit(struct env *env);
