#include "lang/project.h"

#include "base/alloc.h"
#include "lang/cargo.h"
#include "lang/entry.h"
#include "lang/go.h"
#include "lang/nodejs.h"
#include "lang/python.h"

#include <string.h>

/* The module's name without ".wasm". */
static char *name_of(const char *module)
{
	const char *slash = strrchr(module, '/');
	const char *start = slash ? slash + 1 : module;
	size_t len = strlen(start);

	if (len > 5 && strcmp(start + len - 5, ".wasm") == 0)
		len -= 5;
	return xstrndup(start, len);
}

int project_build(const struct project *p, char *const *args, size_t n_args, struct program *ret,
		  struct err *e)
{
	struct program program = { 0 };
	int r = 0;

	if (p->language == LANGUAGE_WASM && p->entry)
		r = entry_refuse(p->entry, "none, for there is only the module", e);
	else if (p->language == LANGUAGE_WASM)
		program.module = xstrdup(p->module);
	else if (p->language == LANGUAGE_RUST)
		r = cargo_build(p->path, p->entry, &program.module, e);
	else if (p->language == LANGUAGE_GO)
		r = go_build(p->path, p->entry, &program.module, e);
	else if (p->language == LANGUAGE_NODEJS)
		r = nodejs_build(p, &program, e);
	else
		r = python_build(p, args, n_args, &program, e);
	if (r < 0) {
		err_wrap(e, "building '%s'", p->path);
		if (e && !e->exit_code)
			e->exit_code = EXIT_CANNOT_RUN;
		return r;
	}
	if (!program.name)
		program.name = name_of(program.module);
	*ret = program;
	return 0;
}
