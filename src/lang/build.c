#include "lang/project.h"

#include "base/alloc.h"
#include "lang/cargo.h"
#include "lang/go.h"
#include "lang/nodejs.h"

int project_build(const struct project *p, char **ret, struct err *e)
{
	int r;

	if (p->language == LANGUAGE_WASM) {
		*ret = xstrdup(p->module);
		return 0;
	}
	if (p->language == LANGUAGE_NODEJS)
		return nodejs_runtime(ret, e);
	r = p->language == LANGUAGE_RUST ? cargo_build(p->path, ret, e) : go_build(p->path, ret, e);
	if (r < 0) {
		err_wrap(e, "building '%s'", p->path);
		if (e && !e->exit_code)
			e->exit_code = EXIT_CANNOT_RUN;
	}
	return r;
}
