/* The guest's system interface (wasi/sys.h), made from its spec. A core module's is all of it; a
 * component has Wasmtime's own, and of this only the sockets of wasmrun:net. */
#pragma once

#include "spec/spec.h"
#include "wasi/sys.h"

struct system {
	struct sys *sys;
	struct sys_dir *dirs;
	struct sys_listener *listeners;
};

/* The spec is borrowed until system_deinit(). -errno with words. */
int system_init(struct system *system, const struct spec *s, struct err *e);
void system_deinit(struct system *system);
