/* One guest's system interface: its arguments, environment and descriptors.
 *
 * Symbols are sys_..., not wasi_...: that prefix belongs to Wasmtime's C API,
 * which the engine links too. One guest, one thread: nothing here is locked,
 * and calls that the guest makes may block for as long as the kernel lets them.
 * Whoever wants a guest to stop ends the process.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sys;

struct sys_dir {
	const char *path;  /* an existing directory, as this process sees it */
	const char *guest; /* the name that the guest sees */
	bool writable;
};

/* A TCP listener that the guest has from the start. */
struct sys_listener {
	struct addr addr;
	bool before_dirs; /* its number is below the directories', not above */
	bool nonblock;
};

enum { SYS_LOOKUP_MAX = 64 };

/* A name lookup: getaddrinfo(3)'s question and answer, in this machine's numbers. */
struct sys_lookup {
	int family;
	int socktype;
	int flags;
	const char *node; /* "" for none */
	const char *service;

	int error;     /* 0, or one of EAI_... */
	int sys_errno; /* of EAI_SYSTEM: EACCES if the guest may not look this name up */
	size_t n;
	struct {
		struct addr addr; /* and port */
		int socktype;
	} results[SYS_LOOKUP_MAX];
	char canonical[256]; /* "" if it was not asked for */
};

/* Everything is borrowed for the life of the `struct sys`. */
struct sys_config {
	const char *const *args;
	size_t n_args;
	const char *const *env; /* "NAME=VALUE" */
	size_t n_env;
	const struct sys_dir *dirs; /* the guest's descriptors from 3 up */
	size_t n_dirs;
	const struct sys_listener *listeners; /* before or behind them, in this order */
	size_t n_listeners;
	int signal_fd; /* read end of a pipe: the numbers of signals that came (signals.h) */
	/* Answers a lookup; may block. NULL: nothing can be looked up. */
	void (*lookup)(struct sys_lookup *l);
};

/* The guest shares this process's descriptors 0 to 2; one that is closed is closed for the guest
 * as well. Opens the directories and listens on the addresses. -errno with words if one cannot be
 * opened or there are too many. */
int sys_new(const struct sys_config *config, struct sys **ret, struct err *e);
/* Closes every descriptor of the guest, but not 0 to 2. Returns NULL. */
struct sys *sys_free(struct sys *s);

/* True once the guest has called proc_exit: the caller unwinds it and must not enter it again. */
bool sys_exit_status(const struct sys *s, uint32_t *ret_code);
