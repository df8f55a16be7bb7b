/* The guest is always the same component, an interpreter. The project is its "/", Python's library
 * and the packages that the project requires are folders beneath /python:
 *
 *	runtime/library				/python
 *	<cache>/python/<hash>/packages		/python/site-packages
 *
 * The hash covers what says which packages these are, and the program that installs them. The
 * folder `packages` has its name once it is complete, and `bytecode` is there when the guest's
 * interpreter has compiled it. A lock on the folder keeps two starts apart while pip runs.
 */
#include "lang/python.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/own.h"
#include "lang/entry.h"
#include "lang/folder.h"
#include "lang/tool.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	REQUIREMENTS_SIZE_MAX = 4 << 20,
	REQUIREMENTS_DEPTH_MAX = 8, /* files that include files */
	HASH_LEN = 16,		    /* bytes of it that name the folder */
};

static const char requirements_name[] = "requirements.txt";
static const char pyproject_name[] = "pyproject.toml";
/* Python takes them from the system. Nothing in them is anybody's own. */
static const char time_zones[] = "/usr/share/zoneinfo";

/* What the configuration says. */
static int take_entry(const struct project *project, struct program *p, struct err *e)
{
	static const char *const options[] = { [PYTHON_MODULE] = "-m", [PYTHON_APP] = "--app" };
	enum python_entry kind;
	int r = entry_parse_python(project->entry, &kind, e);

	if (r < 0)
		return r;
	if (kind == PYTHON_FILE && !folder_has_file(project->path, project->entry))
		return entry_refuse(project->entry, "a file that is there", e);
	if (options[kind])
		program_add_word(p, options[kind]);
	p->script = xstrdup(project->entry);
	program_add_word(p, p->script);
	return 0;
}

/* Do the user's words say it, as python's own do: "-m MODULE"? */
static bool is_entry_given(char *const *args, size_t n_args)
{
	static const char *const options[] = { "-m", "-c", "--app" };

	for (size_t i = 0; n_args > 0 && i < ARRAY_LEN(options); i++)
		if (strcmp(args[0], options[i]) == 0)
			return true;
	return false;
}

static int find_entry(const char *folder, size_t n_args, struct program *p, struct err *e)
{
	static const char *const entries[] = { "app.py", "main.py", "server.py", "__main__.py" };

	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		if (folder_has_file(folder, entries[i])) {
			program_add_word(p, entries[i]);
			return 0;
		}
	}
	if (folder_has_file(folder, "manage.py")) {
		program_add_word(p, "manage.py");
		if (n_args == 0) {
			program_add_word(p, "runserver");
			program_add_word(p, "--noreload");
		}
		return 0;
	}
	if (folder_has_file(folder, pyproject_name)) {
		program_add_word(p, "--project-script");
		return 0;
	}
	return err_set(e, 0,
		       "the project has no app.py, main.py, server.py, __main__.py or manage.py; "
		       "name what to run behind '--', as in '-- -m MODULE', or as [project] "
		       "entry in .wasmrun.toml");
}

static int choose_entry(const struct project *project, char *const *args, size_t n_args,
			struct program *p, struct err *e)
{
	if (is_entry_given(args, n_args))
		return 0;
	return project->entry ? take_entry(project, p, e) : find_entry(project->path, n_args, p, e);
}

char *python_included_file(const char *line, size_t len)
{
	static const char *const options[] = { "--requirement", "--constraint", "-r", "-c" };

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		size_t start = strlen(options[i]), end;
		bool is_long = options[i][1] == '-';

		if (len <= start || memcmp(line, options[i], start) != 0)
			continue;
		if (is_long && line[start] != ' ' && line[start] != '\t' && line[start] != '=')
			continue;
		while (start < len && strchr(" \t=", line[start]))
			start++;
		for (end = start; end < len && !strchr(" \t\r", line[end]); end++)
			;
		return end > start ? xstrndup(line + start, end - start) : NULL;
	}
	return NULL;
}

static int hash_file(struct sha256_ctx *sha, const char *path, struct buf *ret, struct err *e)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? neg_errno() : buf_read_fd(ret, fd);
	uint64_t len = ret->len;

	if (r < 0)
		return err_set(e, -r, "read '%s'", path);
	sha256_update(sha, sizeof len, (const uint8_t *)&len);
	sha256_update(sha, ret->len, ret->bytes);
	return 0;
}

/* A requirements file, and those that it includes, which are named from its own folder. */
static int hash_requirements(struct sha256_ctx *sha, const char *path, int depth, struct err *e)
{
	AUTO_FREE char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	struct buf content;
	int r;

	if (depth > REQUIREMENTS_DEPTH_MAX)
		return err_set(e, 0, "'%s' is included too deeply", path);
	buf_init(&content, REQUIREMENTS_SIZE_MAX);
	r = hash_file(sha, path, &content, e);
	for (size_t at = 0; r == 0 && at < content.len;) {
		const char *line = (const char *)content.bytes + at;
		const char *newline = memchr(line, '\n', content.len - at);
		size_t len = newline ? (size_t)(newline - line) : content.len - at;
		AUTO_FREE char *name = python_included_file(line, len);

		if (name && !strstr(name, "://")) {
			AUTO_FREE char *included =
				name[0] == '/' ? xstrdup(name) : xprintf("%s/%s", folder, name);

			r = hash_requirements(sha, included, depth + 1, e);
		}
		at += len + 1;
	}
	buf_deinit(&content);
	return r;
}

/* What the packages depend on, as the name of a folder. */
static int hash_project(const char *folder, const char *installer, const char *requirements,
			char ret[2 * HASH_LEN + 1], struct err *e)
{
	AUTO_FREE char *path = xprintf("%s/%s", folder, requirements);
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	struct buf program;
	int r;

	sha256_init(&sha);
	buf_init(&program, REQUIREMENTS_SIZE_MAX);
	r = hash_file(&sha, installer, &program, e);
	buf_deinit(&program);
	if (r == 0)
		r = hash_requirements(&sha, path, 0, e);
	if (r < 0)
		return r;
	sha256_digest(&sha, sizeof digest, digest);
	for (size_t i = 0; i < HASH_LEN; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", (unsigned int)digest[i]);
	return 0;
}

static int remove_folder(const char *path, struct err *e)
{
	const char *const argv[] = { "rm", "-rf", "--", path, NULL };
	const struct tool tool = { .argv = argv,
				   .folder = "/",
				   .how_to_install = "it is in coreutils" };
	int r = access(path, F_OK) < 0 ? 0 : tool_run(&tool, e);

	return r == TOOL_FAILED ? err_set(e, 0, "remove '%s'", path) : r;
}

/* Into "<cache>/new", which gets its name when it is complete. */
static int run_installer(const char *folder, const char *installer, const char *cache,
			 const char *packages, struct err *e)
{
	AUTO_FREE char *new_packages = xprintf("%s/new", cache);
	const char *const argv[] = { "python3", installer, folder, new_packages, NULL };
	const struct tool tool = {
		.argv = argv,
		.folder = folder,
		.how_to_install = "installing what the project requires needs Python and pip",
	};
	int r = remove_folder(new_packages, e);

	if (r == 0)
		r = tool_run(&tool, e);
	if (r == TOOL_FAILED)
		return err_set(e, 0, "what the project requires could not be installed");
	if (r < 0)
		return r;
	return rename(new_packages, packages) < 0 ? err_set(e, errno, "create '%s'", packages) : 0;
}

/* Has the interpreter compile the packages, once: compiling takes longer than anything else at a
 * start, and no guest that runs the project's own code may write where others read. */
static void plan_preparation(struct program *p, const char *cache)
{
	static const char *const words[] = { "-m", "_wasmrun.compile" };

	p->prepared = xprintf("%s/bytecode", cache);
	if (access(p->prepared, F_OK) == 0)
		return;
	memcpy(p->preparation, words, sizeof words);
	p->n_preparation = ARRAY_LEN(words);
}

static int install(const char *folder, const char *runtime, struct program *p, struct err *e)
{
	const char *requirements =
		folder_has_file(folder, requirements_name) ? requirements_name : pyproject_name;
	AUTO_FREE char *installer = xprintf("%s/install", runtime);
	AUTO_FREE char *cache = NULL;
	AUTO_FREE char *packages = NULL;
	AUTO_CLOSE int lock = -EBADF;
	char hash[2 * HASH_LEN + 1];
	int r;

	if (!folder_has_file(folder, requirements))
		return 0;
	r = hash_project(folder, installer, requirements, hash, e);
	if (r == 0)
		r = folder_open_cache("python", hash, &cache, e);
	if (r == 0)
		r = folder_lock(cache, &lock, e);
	if (r < 0)
		return r;
	packages = xprintf("%s/packages", cache);
	if (access(packages, F_OK) < 0)
		r = run_installer(folder, installer, cache, packages, e);
	if (r < 0)
		return r;
	plan_preparation(p, cache);
	p->dirs[p->n_dirs++] = (struct program_dir){ TAKE_PTR(packages), "/python/site-packages" };
	return 0;
}

static int fill(const struct project *project, char *const *args, size_t n_args, struct program *p,
		struct err *e)
{
	AUTO_FREE char *runtime = NULL;
	int r = choose_entry(project, args, n_args, p, e);

	if (r == 0)
		r = folder_find_runtime("python", &runtime, e);
	if (r < 0)
		return r;
	p->name = xstrdup("python");
	p->module = xprintf("%s/runner.wasm", runtime);
	p->compiled = folder_find_compiled("python");
	p->dirs[p->n_dirs++] = (struct program_dir){ xprintf("%s/library", runtime), "/python" };
	if (access(time_zones, R_OK) == 0)
		p->dirs[p->n_dirs++] = (struct program_dir){ xstrdup(time_zones), time_zones };
	return install(project->path, runtime, p, e);
}

int python_build(const struct project *project, char *const *args, size_t n_args,
		 struct program *ret, struct err *e)
{
	struct program program = { 0 };
	int r = fill(project, args, n_args, &program, e);

	if (r < 0) {
		program_deinit(&program);
		return r;
	}
	*ret = program;
	return 0;
}
