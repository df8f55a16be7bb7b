/* The state folder: what a user's running processes know of each other. Only the user may write
 * there, or somebody else could take names away. */
#pragma once

#include "base/err.h"

/* Root's is /run/wasmrun. Everybody else's, and that of a root who does not own /run, is wasmrun in
 * the first of $XDG_RUNTIME_DIR and /run/user/UID that is the caller's own, and /tmp/wasmrun-UID
 * where neither is. Made with mode 0700 if it is not there; refused if it is not the caller's, or
 * if others may write to it. *ret_fd is the caller's. */
int state_dir_open(int *ret_fd, struct err *e);
