/* Node.js projects: run by a runtime that is a guest itself, built from runtimes/nodejs/. */
#pragma once

#include "base/err.h"

/* The path of the runtime: $WASMRUN_NODEJS, else where the build has it, else where it is
 * installed. The caller frees it. */
int nodejs_runtime(char **ret, struct err *e);

/* The script to start in `folder`, as an absolute path that Node resolves (it may lack ".js"); the
 * caller frees it. What package.json says comes first: "scripts.start" when that is plain "node
 * FILE", then "main"; then index.js, server.js and app.js. Refuses a project whose packages are not
 * installed. Exit code 126 in `e`. */
int nodejs_entry(const char *folder, char **ret, struct err *e);
