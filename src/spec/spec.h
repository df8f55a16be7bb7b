/* The run specification: what the supervisor tells the engine to run.
 *
 * The supervisor encodes it into a sealed memfd and hands that to the engine as
 * descriptor SPEC_FD; the engine decodes it before it touches the module. It is
 * the whole contract between the two programs, next to the descriptors below.
 * Paths are paths in the engine's own mount namespace.
 *
 * Encoding: a sequence of NUL-ended strings, "key" "value" in turns, ended by "end" "".
 * The first pair is "wasmrun-spec" "1".
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "spec/tcplisten.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SPEC_FD = 3, /* read-only: the encoded specification */
	SPEC_STATUS_FD =
		4, /* write end of a pipe: "name nanoseconds\n" for each stage (CLOCK_MONOTONIC) */
	SPEC_LOOKUP_FD = 5, /* one end of a SOCK_SEQPACKET pair: name lookups (lookup.h) */
	SPEC_SIGNAL_FD = 6, /* read end of a pipe: a byte for each signal, its number */
	SPEC_SIZE_MAX = 4 << 20,
	SPEC_ITEMS_MAX = 65536, /* of each of args, env, dirs, listeners */
};

enum spec_kind {
	SPEC_CORE,	/* a core module: wasip1 and its socket dialects */
	SPEC_COMPONENT, /* a component: wasip2, wasip3 */
	SPEC_KIND_COUNT
};

struct spec_dir {
	char *path;  /* where it is mounted for the engine */
	char *guest; /* the name that the guest sees */
	bool writable;
};

struct spec {
	enum spec_kind kind;
	char *module; /* path of the compiled module */
	char **args;  /* argv of the guest, args[0] its name */
	size_t n_args;
	char **env; /* "NAME=VALUE" */
	size_t n_env;
	struct spec_dir *dirs; /* in the order of the guest's descriptors, from 3 up */
	size_t n_dirs;
	struct tcplisten *listeners; /* what the guest finds open */
	size_t n_listeners;
	uint64_t memory_max;	  /* bytes of the guest's memories and tables; 0: no bound */
	uint64_t connections_max; /* accepted and open at once; 0: no bound */
};

void spec_init(struct spec *s);
void spec_deinit(struct spec *s);

/* All strings are copied. */
void spec_add_arg(struct spec *s, const char *arg);
void spec_add_env(struct spec *s, const char *assignment);
void spec_add_dir(struct spec *s, const char *path, const char *guest, bool writable);
void spec_add_listener(struct spec *s, const struct tcplisten *l);

/* Appends the encoding to `b`. -ENOSPC if it is larger than the buffer may become. */
int spec_encode(const struct spec *s, struct buf *b);

/* `s` is initialised by this call and is empty after a failure. Bytes are foreign: every bound is
 * checked, and a byte sequence that spec_encode() cannot have made is refused. */
int spec_decode(struct spec *s, const uint8_t *bytes, size_t len, struct err *e);
