/* Rust projects: cargo builds them for wasm32-wasip2. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct cargo_program {
	char *name;
	char *path; /* of the module */
};

struct cargo_programs {
	struct cargo_program *items; /* owned */
	size_t n;
	size_t cap;
};

/* Builds the project in `folder`; see project_build(). Its only program, or the default one, unless
 * `program` names one. */
int cargo_build(const char *folder, const char *program, char **ret, struct err *e);

/* From what "cargo build --message-format=json" wrote: the programs that it built. Pure. */
void cargo_read_programs(const char *text, size_t len, struct cargo_programs *ret);
void cargo_programs_deinit(struct cargo_programs *p);
/* From what "cargo metadata" wrote: the default-run of the package whose manifest is `manifest`;
 * NULL if it has none. The caller frees it. Pure. */
char *cargo_read_default_run(const char *text, size_t len, const char *manifest);
/* "Finished ..." is what cargo says when there was nothing to do. Pure. */
bool cargo_line_is_noise(const char *line, size_t len);
