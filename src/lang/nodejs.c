#include "lang/nodejs.h"

#include "base/alloc.h"
#include "base/own.h"
#include "lang/npm.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beside the program, in the order of preference: a build folder, and a copy. */
static const char *const beside[] = { "../runtimes/nodejs/nodejs.wasm", "nodejs.wasm" };

static int find_beside(char **ret, struct err *e)
{
	AUTO_FREE char *program = realpath("/proc/self/exe", NULL);

	if (!program)
		return err_set(e, errno, "read '/proc/self/exe'");
	*strrchr(program, '/') = 0;
	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		AUTO_FREE char *path = xprintf("%s/%s", program, beside[i]);

		if (access(path, R_OK) == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
	}
	return 0;
}

static int find_runtime(char **ret, struct err *e)
{
	const char *chosen = getenv("WASMRUN_NODEJS");
	char *found = NULL;
	int r;

	if (chosen && chosen[0]) {
		*ret = xstrdup(chosen);
		return 0;
	}
	r = find_beside(&found, e);
	if (r < 0)
		return r;
	if (!found && access(WASMRUN_LIBEXECDIR "/nodejs.wasm", R_OK) < 0)
		return err_set(
			e, 0,
			"wasmrun was built without its Node.js runtime (-Dnodejs=enabled), and "
			"WASMRUN_NODEJS names none");
	*ret = found ? found : xstrdup(WASMRUN_LIBEXECDIR "/nodejs.wasm");
	return 0;
}

static int cannot_run(struct err *e, int r)
{
	return err_exit(e, EXIT_CANNOT_RUN, r);
}

/* *ret is NULL if there is no package.json. */
static int read_package(const char *folder, json_t **ret, struct err *e)
{
	AUTO_FREE char *path = xprintf("%s/package.json", folder);
	json_error_t where;

	*ret = NULL;
	if (access(path, F_OK) < 0)
		return 0;
	*ret = json_load_file(path, JSON_DECODE_ANY, &where);
	if (!*ret)
		return err_set(e, 0, "'%s', line %d, column %d: %s", path, where.line, where.column,
			       where.text);
	return 0;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Would Node find a script under this path? NULL, or the path; the caller frees it. */
static char *find_script(const char *folder, const char *name)
{
	static const char *const ends[] = { "", ".js", ".json", "/index.js" };

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		AUTO_FREE char *path = xprintf("%s/%s%s", folder, name, ends[i]);

		if (is_file(path))
			return TAKE_PTR(path);
	}
	return NULL;
}

/* The FILE of "node FILE"; NULL if the command is anything more. The caller frees it. */
static char *file_of_start(const char *command)
{
	const char *file;

	if (!command || strncmp(command, "node ", 5) != 0)
		return NULL;
	file = command + 5 + strspn(command + 5, " ");
	if (!file[0] || file[0] == '-' || strpbrk(file, " \t&|;<>$`\"'\\*?()"))
		return NULL;
	return xstrdup(file);
}

static char *find_entry(const char *folder, const json_t *package)
{
	static const char *const usual[] = { "index.js", "server.js", "app.js" };
	const json_t *scripts = json_object_get(package, "scripts");
	const char *main_file = json_string_value(json_object_get(package, "main"));
	AUTO_FREE char *start = file_of_start(json_string_value(json_object_get(scripts, "start")));
	char *found = start ? find_script(folder, start) : NULL;

	if (!found && main_file)
		found = find_script(folder, main_file);
	for (size_t i = 0; i < ARRAY_LEN(usual) && !found; i++)
		found = find_script(folder, usual[i]);
	return found;
}

/* The packages may be in a folder above, as in a workspace. */
static bool has_node_modules(const char *folder)
{
	AUTO_FREE char *at = xstrdup(folder);

	for (;;) {
		AUTO_FREE char *path = xprintf("%s/node_modules", at);
		char *slash = strrchr(at, '/');

		if (access(path, F_OK) == 0)
			return true;
		if (!slash)
			return false;
		*slash = 0;
	}
}

static int check_package(const char *folder, const json_t *package, char **ret, struct err *e)
{
	if (json_object_size(json_object_get(package, "dependencies")) > 0 &&
	    !has_node_modules(folder))
		return err_set(e, 0,
			       "the packages of '%s' are not installed: run 'npm install' in it, "
			       "or add --install",
			       folder);
	*ret = find_entry(folder, package);
	if (!*ret)
		return err_set(e, 0,
			       "'%s' has no script to start: no \"start\": \"node FILE\" and no "
			       "\"main\" in a package.json, no index.js, server.js or app.js",
			       folder);
	return 0;
}

int nodejs_entry(const char *folder, char **ret, struct err *e)
{
	json_t *package;
	int r = read_package(folder, &package, e);

	if (r < 0)
		return cannot_run(e, r);
	r = check_package(folder, package, ret, e);
	json_decref(package);
	return r < 0 ? cannot_run(e, r) : 0;
}

int nodejs_build(const char *folder, bool install, struct program *ret, struct err *e)
{
	int r = find_runtime(&ret->module, e);

	if (r == 0 && install)
		r = npm_install(folder, e);
	if (r == 0)
		r = nodejs_entry(folder, &ret->script, e);
	if (r < 0)
		return r;
	ret->name = xstrdup("nodejs");
	ret->words[ret->n_words++] = folder; /* where it runs */
	ret->words[ret->n_words++] = ret->script;
	return 0;
}
