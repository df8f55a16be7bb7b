#include "lang/project.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/own.h"
#include "lang/folder.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const languages[] = {
	[LANGUAGE_WASM] = "wasm",     [LANGUAGE_RUST] = "rust",	    [LANGUAGE_GO] = "go",
	[LANGUAGE_NODEJS] = "nodejs", [LANGUAGE_PYTHON] = "python",
};
static_assert(ARRAY_LEN(languages) == LANGUAGE_COUNT, "a row for each language");

/* What tells a language, in order of precedence: what a compiled language needs comes before what
 * such a project may have beside it. */
static const struct marker {
	const char *file;
	enum language language;
} markers[] = {
	{ "Cargo.toml", LANGUAGE_RUST },	 { "go.mod", LANGUAGE_GO },
	{ "package.json", LANGUAGE_NODEJS },	 { "pyproject.toml", LANGUAGE_PYTHON },
	{ "requirements.txt", LANGUAGE_PYTHON }, { "app.py", LANGUAGE_PYTHON },
	{ "main.py", LANGUAGE_PYTHON },		 { "server.py", LANGUAGE_PYTHON },
	{ "manage.py", LANGUAGE_PYTHON },	 { "__main__.py", LANGUAGE_PYTHON },
	{ "index.js", LANGUAGE_NODEJS },	 { "server.js", LANGUAGE_NODEJS },
	{ "app.js", LANGUAGE_NODEJS },
};

const char *language_name(enum language language)
{
	return languages[language];
}

int language_parse(const char *name, enum language *ret, struct err *e)
{
	const char *names[LANGUAGE_COUNT];
	char shown[80], hint[NEAREST_HINT_MAX];

	for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
		names[i] = languages[i];
		if (strcmp(names[i], name) != 0)
			continue;
		*ret = (enum language)i;
		return 0;
	}
	log_escape(shown, sizeof shown, name, strlen(name));
	nearest_hint(hint, name, names, LANGUAGE_COUNT);
	return err_set(e, 0, "unknown language '%s'%s", shown,
		       hint[0] ? hint : ", expected rust, go, nodejs, python or wasm");
}

static int cannot_run(struct err *e, const char *path, const char *why)
{
	(void)err_set(e, 0, "'%s' %s", path, why);
	return err_exit(e, EXIT_CANNOT_RUN, -ENOEXEC);
}

/* A module or a component begins with the same four bytes. */
static int has_wasm_magic(const char *path, bool *ret, struct err *e)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[4];
	ssize_t n;

	if (fd < 0)
		return err_exit(e, EXIT_CANNOT_RUN, err_set(e, errno, "open '%s'", path));
	n = read(fd, head, sizeof head);
	if (n < 0)
		return err_exit(e, EXIT_CANNOT_RUN, err_set(e, errno, "read '%s'", path));
	*ret = n == sizeof head && memcmp(head, "\0asm", sizeof head) == 0;
	return 0;
}

static bool has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), n = strlen(ending);

	return len > n && strcmp(name + len - n, ending) == 0;
}

static bool is_script_name(const char *name)
{
	return has_ending(name, ".js") || has_ending(name, ".mjs") || has_ending(name, ".cjs");
}

/* Of the script's owner: others may have put one into a folder like /tmp. */
static bool has_package_of(const char *folder, const struct stat *script)
{
	AUTO_FREE char *package = xprintf("%s/package.json", folder);
	struct stat st;

	return stat(package, &st) == 0 && st.st_uid == script->st_uid;
}

/* The folder that a script is run in: the nearest one with a package.json, which has its packages,
 * else its own. The guest can read what is in it, so a stray package.json in the user's home or in
 * "/" does not count. The caller frees it. */
static char *folder_of_script(const char *path, const struct stat *script)
{
	const char *home = getenv("HOME");
	AUTO_FREE char *at = xstrdup(path);

	for (;;) {
		*strrchr(at, '/') = 0;
		if (!at[0] || (home && strcmp(at, home) == 0))
			return xstrndup(path, (size_t)(strrchr(path, '/') - path));
		if (has_package_of(at, script))
			return TAKE_PTR(at);
	}
}

static void open_script(struct project *p, const struct stat *script)
{
	p->script = p->path;
	p->path = folder_of_script(p->script, script);
	p->is_folder = true;
	p->language = LANGUAGE_NODEJS;
	p->evidence = "its name";
}

static int open_file(struct project *p, const struct stat *st, const enum language *chosen,
		     struct err *e)
{
	bool is_wasm;
	int r = has_wasm_magic(p->path, &is_wasm, e);

	if (r < 0)
		return r;
	if (!is_wasm && is_script_name(p->path) && (!chosen || *chosen == LANGUAGE_NODEJS)) {
		open_script(p, st);
		return 0;
	}
	if (!is_wasm && has_ending(p->path, ".ts"))
		return cannot_run(e, p->path,
				  "is TypeScript: compile it first, and run the .js file");
	if (!is_wasm)
		return cannot_run(e, p->path, "is neither a WebAssembly module nor a project");
	if (chosen && *chosen != LANGUAGE_WASM)
		return err_set(e, 0, "'%s' is a WebAssembly module, not the folder of a %s project",
			       p->path, language_name(*chosen));
	p->language = LANGUAGE_WASM;
	p->evidence = "its first bytes";
	p->module = xstrdup(p->path);
	return 0;
}

/* The marker that counts: the first one, or the first one of the chosen language. */
static const struct marker *find_marker(const struct project *p, const enum language *chosen)
{
	for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
		if (chosen && markers[i].language != *chosen)
			continue;
		if (folder_has_file(p->path, markers[i].file))
			return &markers[i];
	}
	return NULL;
}

static bool is_wasm_name(const char *name)
{
	return name[0] != '.' && has_ending(name, ".wasm");
}

/* How many .wasm files the folder has (counting stops at 2), and the path of the last one seen. */
static int find_modules(const struct project *p, int *ret_n, char **ret, struct err *e)
{
	DIR *folder = opendir(p->path);
	AUTO_FREE char *found = NULL;
	const struct dirent *entry;
	int n = 0;

	if (!folder)
		return err_exit(e, EXIT_CANNOT_RUN, err_set(e, errno, "open '%s'", p->path));
	while (n < 2 && (entry = readdir(folder))) {
		if (!is_wasm_name(entry->d_name))
			continue;
		n++;
		free(found);
		found = xprintf("%s/%s", p->path, entry->d_name);
	}
	(void)closedir(folder); /* it was only read */
	*ret_n = n;
	*ret = TAKE_PTR(found);
	return 0;
}

static int open_module_folder(struct project *p, const enum language *chosen, struct err *e)
{
	AUTO_FREE char *module = NULL;
	bool is_wasm;
	int n = 0, r = find_modules(p, &n, &module, e);

	if (r < 0)
		return r;
	if (n > 1)
		return cannot_run(e, p->path, "holds several .wasm files: name the one to run");
	if (n == 0 && chosen)
		return cannot_run(e, p->path, "holds no .wasm file");
	if (n == 0)
		return cannot_run(e, p->path,
				  "is not a project: it has no Cargo.toml, go.mod, package.json, "
				  "index.js, .py or .wasm file "
				  "to run");
	r = has_wasm_magic(module, &is_wasm, e);
	if (r < 0)
		return r;
	if (!is_wasm)
		return cannot_run(e, module, "is not a WebAssembly module");
	p->language = LANGUAGE_WASM;
	p->evidence = "its only .wasm file";
	p->module = TAKE_PTR(module);
	return 0;
}

static int open_folder(struct project *p, const enum language *chosen, struct err *e)
{
	bool is_module_chosen = chosen && *chosen == LANGUAGE_WASM;
	const struct marker *marker = is_module_chosen ? NULL : find_marker(p, chosen);
	char why[128];

	/* Any folder will do for Python, whose words may name a module to run. */
	if (!marker && chosen && *chosen == LANGUAGE_PYTHON) {
		p->language = LANGUAGE_PYTHON;
		p->evidence = "--language";
		return 0;
	}
	if (!marker && chosen && !is_module_chosen) {
		(void)snprintf(why, sizeof why, "is not the folder of a %s project",
			       language_name(*chosen));
		return cannot_run(e, p->path, why);
	}
	if (!marker)
		return open_module_folder(p, chosen, e);
	p->language = marker->language;
	p->evidence = marker->file;
	return 0;
}

int project_open(const char *path, const enum language *chosen, struct project *ret, struct err *e)
{
	struct project p = { .path = realpath(path, NULL) };
	struct stat st;
	int r;

	if (!p.path || stat(p.path, &st) < 0) {
		int code = errno;

		r = err_set(e, code, "project '%s'", path);
		free(p.path);
		return err_exit(
			e, code == ENOENT || code == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN, r);
	}
	p.is_folder = S_ISDIR(st.st_mode);
	if (p.is_folder)
		r = open_folder(&p, chosen, e);
	else if (S_ISREG(st.st_mode))
		r = open_file(&p, &st, chosen, e);
	else
		r = cannot_run(e, p.path, "is neither a WebAssembly module nor a project");
	if (r < 0) {
		project_deinit(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void project_deinit(struct project *p)
{
	free(p->path);
	free(p->script);
	free(p->module);
	*p = (struct project){ 0 };
}
