#include "lang/nodejs.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "lang/entry.h"
#include "lang/folder.h"
#include "lang/npm.h"
#include "lang/start_command.h"

#include <assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int find_runtime(char **ret, struct err *e)
{
	const char *chosen = getenv("WASMRUN_NODEJS");
	char *found = chosen && chosen[0] ? xstrdup(chosen)
					  : folder_find_file("nodejs/nodejs.wasm", "nodejs.wasm");

	if (!found)
		return err_set(
			e, 0,
			"wasmrun was built without its Node.js runtime (-Dnodejs=enabled), and "
			"WASMRUN_NODEJS names none");
	*ret = found;
	return 0;
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

enum { NOT_PLAIN = 1 };

/* What "npm start" would run. NOT_PLAIN if that is more than Node. */
static int take_start(const char *folder, const char *command, struct program *p, struct err *e)
{
	struct start_command s;
	char shown[200];

	static_assert((int)PROGRAM_WORDS_MAX > (int)START_WORDS_MAX, "and the folder");
	static_assert((int)PROGRAM_ENV_MAX >= (int)START_ENV_MAX, "each variable of a command");
	if (!start_command_parse(command, &s))
		return NOT_PLAIN;
	p->script = find_script(folder, s.words[s.script]);
	if (!p->script) {
		log_escape(shown, sizeof shown, s.words[s.script], strlen(s.words[s.script]));
		start_command_deinit(&s);
		return err_set(e, 0,
			       "\"start\" in package.json runs '%s', which is not there: perhaps "
			       "'npm run build' makes it",
			       shown);
	}
	for (size_t i = 0; i < s.n_words; i++)
		program_add_word(p, i == s.script ? p->script : s.words[i]);
	for (size_t i = 0; i < s.n_env; i++)
		p->env[p->n_env++] = s.env[i];
	p->text = s.text;
	return 0;
}

static void take_usual(const char *folder, const json_t *package, struct program *p)
{
	static const char *const usual[] = { "index.js", "server.js", "app.js" };
	const char *main_file = json_string_value(json_object_get(package, "main"));

	if (main_file)
		p->script = find_script(folder, main_file);
	for (size_t i = 0; i < ARRAY_LEN(usual) && !p->script; i++)
		p->script = find_script(folder, usual[i]);
	if (p->script)
		program_add_word(p, p->script);
}

static int take_found(const char *folder, const json_t *package, struct program *p, struct err *e)
{
	const json_t *scripts = json_object_get(package, "scripts");
	const char *command = json_string_value(json_object_get(scripts, "start"));
	int r = take_start(folder, command, p, e);

	if (r != NOT_PLAIN)
		return r;
	take_usual(folder, package, p);
	if (!p->script)
		return err_set(e, 0,
			       "'%s' has no script to start: no \"start\": \"node FILE\" and no "
			       "\"main\" in a package.json, no index.js, server.js or app.js",
			       folder);
	if (command)
		log_line("running '%s': what \"start\" in package.json says is not a plain "
			 "'node FILE'",
			 p->script);
	return 0;
}

/* Of the folder itself, or of one above, as in a workspace. NULL if there is none; the caller frees
 * it. */
static char *find_node_modules(const char *folder)
{
	AUTO_FREE char *at = xstrdup(folder);

	for (;;) {
		AUTO_FREE char *path = xprintf("%s/node_modules", at);
		char *slash = strrchr(at, '/');

		if (access(path, F_OK) == 0)
			return TAKE_PTR(path);
		if (!slash)
			return NULL;
		*slash = 0;
	}
}

/* The guest has the project's folder anyway. */
static int take_packages(const char *folder, const json_t *package, struct program *p,
			 struct err *e)
{
	AUTO_FREE char *found = NULL;
	size_t len = strlen(folder);

	if (json_object_size(json_object_get(package, "dependencies")) == 0)
		return 0;
	found = find_node_modules(folder);
	if (!found)
		return err_set(e, 0,
			       "the packages of '%s' are not installed: run 'npm install' in it, "
			       "or add --install",
			       folder);
	if (strncmp(found, folder, len) == 0 && found[len] == '/')
		return 0;
	p->dirs[p->n_dirs++] = (struct program_dir){ found, found };
	(void)TAKE_PTR(found);
	return 0;
}

/* The script that the user named, else the configuration's, else the package's. */
static int take_script(const struct project *project, const json_t *package, struct program *p,
		       struct err *e)
{
	if (!project->script && !project->entry)
		return take_found(project->path, package, p, e);
	if (project->script)
		p->script = xstrdup(project->script);
	else if (entry_is_inside(project->entry))
		p->script = find_script(project->path, project->entry);
	if (!p->script)
		return entry_refuse(project->entry, "a script in the project that is there", e);
	program_add_word(p, p->script);
	return 0;
}

static int take_package(const struct project *project, struct program *p, struct err *e)
{
	json_t *package;
	int r = read_package(project->path, &package, e);

	if (r < 0)
		return r;
	r = take_packages(project->path, package, p, e);
	if (r == 0)
		r = take_script(project, package, p, e);
	json_decref(package);
	return r;
}

int nodejs_build(const struct project *project, struct program *ret, struct err *e)
{
	struct program p = { 0 };
	int r = find_runtime(&p.module, e);

	program_add_word(&p, project->path); /* where it runs */
	if (r == 0 && project->install)
		r = npm_install(project->path, e);
	if (r == 0) {
		r = take_package(project, &p, e);
		if (r < 0)
			r = err_exit(e, EXIT_CANNOT_RUN, r);
	}
	if (r < 0) {
		program_deinit(&p);
		return r;
	}
	p.compiled = folder_find_compiled("nodejs");
	p.name = xstrdup("nodejs");
	*ret = p;
	return 0;
}
