#include "policy/env.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"

#include <stdlib.h>
#include <string.h>

static bool is_named_as(const char *item, const char *text)
{
	return strncmp(item, text, strcspn(text, "=") + 1) == 0;
}

bool env_has(const struct env *env, const char *text)
{
	for (size_t i = 0; i < env->n; i++)
		if (is_named_as(env->items[i], text))
			return true;
	return false;
}

int env_set(struct env *env, const char *text, char *(*lookup)(const char *name), struct err *e)
{
	size_t name_len = strcspn(text, "=");
	AUTO_FREE char *item = NULL;
	char shown[80];

	if (name_len == 0) {
		log_escape(shown, sizeof shown, text, strlen(text));
		return err_set(e, 0, "environment variable '%s' has no name, expected NAME=VALUE",
			       shown);
	}
	if (text[name_len]) {
		item = xstrdup(text);
	} else {
		const char *value = lookup(text);

		if (!value)
			return 0;
		item = xprintf("%s=%s", text, value);
	}
	for (size_t i = 0; i < env->n; i++) {
		if (!is_named_as(env->items[i], item))
			continue;
		free(env->items[i]);
		env->items[i] = TAKE_PTR(item);
		return 0;
	}
	if (env->n == ENV_MAX)
		return err_set(e, 0, "more than %d environment variables", ENV_MAX);
	env->items = xgrow(env->items, env->n, &env->cap, sizeof *env->items);
	env->items[env->n++] = TAKE_PTR(item);
	return 0;
}

void env_deinit(struct env *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->items[i]);
	free(env->items);
	*env = (struct env){ 0 };
}
