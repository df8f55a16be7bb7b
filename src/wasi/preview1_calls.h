/* The calls of wasi_snapshot_preview1: 46 functions, by subject. Their meaning is that of
 * wasi_snapshot_preview1.witx; where it leaves room, Wasmtime's and Linux's behaviour decide, in
 * this order, and the reason stands at the place.
 *
 * wasi_unstable, the snapshot before it, has the same functions but for sock_accept. Four of them
 * have the same type and another meaning: preview0.c. */
#pragma once

#include "wasi/imports.h"

/* Tables that end in a row without a name. */
extern const struct import preview1_process_imports[];
extern const struct import preview1_fd_imports[];
extern const struct import preview1_path_imports[];
extern const struct import preview1_poll_imports[];
extern const struct import preview1_sock_imports[];
extern const struct import preview0_imports[];

/* wasi_unstable's four: the order of whence, filestat's layout, and subscription's. */
import_call p0_fd_seek;
import_call p0_fd_filestat_get;
import_call p0_path_filestat_get;
import_call p0_poll_oneoff;

/* Those that a dialect has under another name as well. */
import_call p1_poll_oneoff;
import_call p1_sock_accept;
import_call p1_sock_recv;
import_call p1_sock_send;

/* A function of both snapshots. */
#define PREVIEW_ROW(name, params, results, args)                                                   \
	{                                                                                          \
#name, params, results, args, DIALECT_PREVIEW1 | DIALECT_UNSTABLE, p1_##name       \
	}
/* A function that wasi_unstable does not have, or has in another form. */
#define PREVIEW1_ROW(name, params, results, args)                                                  \
	{                                                                                          \
#name, params, results, args, DIALECT_PREVIEW1, p1_##name                          \
	}
