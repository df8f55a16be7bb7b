/* Installs the packages of a Node.js project with the user's own npm. */
#pragma once

#include "base/err.h"

/* `npm ci` where there is a lock file, else `npm install`; nothing if what npm installed last is
 * newer than both. It runs on this machine, with the caller's rights: packages may have scripts.
 * Blocks. Exit code 126 in `e`, or 128 + signal. */
int npm_install(const char *folder, struct err *e);
