/* Node.js projects: run by a runtime that is a guest itself, built from runtimes/nodejs/. */
#pragma once

#include "base/err.h"
#include "lang/program.h"

#include <stdbool.h>

/* Fills in the runtime ($WASMRUN_NODEJS, else where the build has it, else where it is installed),
 * the script to start and the words before the user's. `folder` is borrowed for the program's
 * life. `install`: has npm install its packages first (npm.h). */
int nodejs_build(const char *folder, bool install, struct program *ret, struct err *e);

/* The script to start in `folder`, as an absolute path that Node resolves (it may lack ".js"); the
 * caller frees it. What package.json says comes first: "scripts.start" when that is plain "node
 * FILE", then "main"; then index.js, server.js and app.js. Refuses a project whose packages are not
 * installed. Exit code 126 in `e`. */
int nodejs_entry(const char *folder, char **ret, struct err *e);
