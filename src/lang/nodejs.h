/* Node.js projects: run by a runtime that is a guest itself, built from runtimes/nodejs/. */
#pragma once

#include "base/err.h"
#include "lang/program.h"
#include "lang/project.h"

/* Fills in the runtime ($WASMRUN_NODEJS, else where the build has it, else where it is installed),
 * the script to start and the words before the user's. The script is the one that the user named,
 * else the configuration's entry, else what package.json says: "scripts.start" if that is plain
 * Node, with its options and variables, else "main"; else index.js, server.js or app.js. Has npm
 * install the packages first if the user wants that (npm.h), and refuses a project that lacks
 * them. Borrows the project's path for the program's life. Exit code 126 in `e`. */
int nodejs_build(const struct project *project, struct program *ret, struct err *e);
