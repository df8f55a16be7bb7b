#include "lang/cargo.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/own.h"
#include "lang/tool.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CARGO_OUTPUT_MAX = 64 << 20,
	PROGRAMS_MAX = 1024,
};

static const char how_to_install[] =
	"install Rust from https://rustup.rs, then run 'rustup target add "
	"wasm32-wasip2'";

void cargo_programs_deinit(struct cargo_programs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].name);
		free(p->items[i].path);
	}
	free(p->items);
	*p = (struct cargo_programs){ 0 };
}

static bool is_program(const json_t *target)
{
	const json_t *kinds = json_object_get(target, "kind");

	for (size_t i = 0; i < json_array_size(kinds); i++) {
		const char *kind = json_string_value(json_array_get(kinds, i));

		if (kind && strcmp(kind, "bin") == 0)
			return true;
	}
	return false;
}

static void read_message(const json_t *message, struct cargo_programs *p)
{
	const char *reason = json_string_value(json_object_get(message, "reason"));
	const json_t *target = json_object_get(message, "target");
	const char *name = json_string_value(json_object_get(target, "name"));
	const char *path = json_string_value(json_object_get(message, "executable"));

	if (!reason || strcmp(reason, "compiler-artifact") != 0 || !is_program(target))
		return;
	if (!name || !path || p->n == PROGRAMS_MAX)
		return;
	p->items = xgrow(p->items, p->n, &p->cap, sizeof *p->items);
	p->items[p->n++] = (struct cargo_program){ xstrdup(name), xstrdup(path) };
}

/* One JSON object a line. Lines of another kind are not cargo's: a build script may print. */
void cargo_read_programs(const char *text, size_t len, struct cargo_programs *ret)
{
	*ret = (struct cargo_programs){ 0 };
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;
		json_t *message = json_loadb(text, n, 0, NULL);

		read_message(message, ret);
		json_decref(message);
		n += newline ? 1 : 0;
		text += n;
		len -= n;
	}
}

char *cargo_read_default_run(const char *text, size_t len, const char *manifest)
{
	json_t *root = json_loadb(text, len, 0, NULL);
	const json_t *packages = json_object_get(root, "packages");
	char *found = NULL;

	for (size_t i = 0; !found && i < json_array_size(packages); i++) {
		const json_t *package = json_array_get(packages, i);
		const char *path = json_string_value(json_object_get(package, "manifest_path"));

		if (path && strcmp(path, manifest) == 0)
			found = xstrdup(json_string_value(json_object_get(package, "default_run")));
	}
	json_decref(root);
	return found;
}

/* The word may stand between colour codes. */
bool cargo_line_is_noise(const char *line, size_t len)
{
	static const char word[] = "Finished";
	size_t i = 0;

	while (i < len) {
		if (line[i] == ' ') {
			i++;
		} else if (line[i] == '\033') {
			while (i < len && line[i] != 'm')
				i++;
			i++;
		} else {
			break;
		}
	}
	return i < len && len - i >= sizeof word - 1 &&
	       memcmp(line + i, word, sizeof word - 1) == 0;
}

static int run_cargo(const char *folder, const char *const *argv, bool is_quiet, struct buf *out,
		     struct err *e)
{
	/* Its output goes through a pipe, so that it could not know that it ends on a terminal. */
	const char *const env[] = { isatty(STDERR_FILENO) ? "CARGO_TERM_COLOR=always" : NULL,
				    NULL };
	const struct tool tool = {
		.argv = argv,
		.folder = folder,
		.env = getenv("CARGO_TERM_COLOR") ? NULL : env,
		.how_to_install = how_to_install,
		.is_noise = is_quiet ? cargo_line_is_noise : NULL,
		.out = out,
	};

	return tool_run(&tool, e);
}

/* NULL in *ret if the package does not say. */
static int ask_default_run(const char *folder, char **ret, struct err *e)
{
	static const char *const argv[] = { "cargo", "metadata", "--no-deps", "--format-version=1",
					    NULL };
	AUTO_FREE char *manifest = xprintf("%s/Cargo.toml", folder);
	struct buf out;
	int r;

	buf_init(&out, CARGO_OUTPUT_MAX);
	r = run_cargo(folder, argv, false, &out, e);
	if (r == TOOL_FAILED)
		r = err_set(e, 0, "'cargo metadata' failed in '%s'", folder);
	else if (r == 0)
		*ret = cargo_read_default_run((const char *)out.bytes, out.len, manifest);
	buf_deinit(&out);
	return r;
}

static int several_programs(const struct cargo_programs *p, struct err *e)
{
	char names[256] = "";

	for (size_t i = 0; i < p->n; i++) {
		size_t len = strlen(names);

		(void)snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "",
			       p->items[i].name);
	}
	return err_set(e, 0,
		       "the project has several programs (%s): name one as default-run in "
		       "Cargo.toml or as [project] entry in .wasmrun.toml, or run a module "
		       "itself, such as '%s'",
		       names, p->items[0].path);
}

static int choose_program(const char *folder, const struct cargo_programs *p, char **ret,
			  struct err *e)
{
	AUTO_FREE char *chosen = NULL;
	int r;

	if (p->n == 0)
		return err_set(e, 0,
			       "the project has no program: it needs src/main.rs or a [[bin]]");
	if (p->n == 1) {
		*ret = xstrdup(p->items[0].path);
		return 0;
	}
	r = ask_default_run(folder, &chosen, e);
	if (r < 0)
		return r;
	for (size_t i = 0; chosen && i < p->n; i++) {
		if (strcmp(p->items[i].name, chosen) != 0)
			continue;
		*ret = xstrdup(p->items[i].path);
		return 0;
	}
	return several_programs(p, e);
}

int cargo_build(const char *folder, const char *program, char **ret, struct err *e)
{
	/* A program of the configuration's may be of any package of the workspace. */
	AUTO_FREE char *bin = program ? xprintf("--bin=%s", program) : NULL;
	const char *const argv[] = { "cargo",
				     "build",
				     "--release",
				     "--target=wasm32-wasip2",
				     "--message-format=json-render-diagnostics",
				     bin ? "--workspace" : NULL,
				     bin,
				     NULL };
	struct cargo_programs programs;
	struct buf out;
	int r;

	buf_init(&out, CARGO_OUTPUT_MAX);
	r = run_cargo(folder, argv, true, &out, e);
	if (r == TOOL_FAILED) {
		r = err_set(e, 0, "'cargo build --release --target=wasm32-wasip2%s%s' failed",
			    bin ? " --workspace " : "", bin ? bin : "");
	} else if (r == 0) {
		cargo_read_programs((const char *)out.bytes, out.len, &programs);
		r = choose_program(folder, &programs, ret, e);
		cargo_programs_deinit(&programs);
	}
	buf_deinit(&out);
	return r;
}
