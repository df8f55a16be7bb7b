/* The calls of wasi_snapshot_preview1: 46 functions, by subject. Their meaning is that of
 * wasi_snapshot_preview1.witx; where it leaves room, Wasmtime's and Linux's behaviour decide, in
 * this order, and the reason stands at the place. */
#pragma once

#include "wasi/imports.h"

/* Tables that end in a row without a name. */
extern const struct import preview1_process_imports[];
extern const struct import preview1_fd_imports[];
extern const struct import preview1_path_imports[];
extern const struct import preview1_poll_imports[];
extern const struct import preview1_sock_imports[];

#define PREVIEW1_ROW(name, params, results, args)                                                  \
	{                                                                                          \
		"wasi_snapshot_preview1", #name, params, results, args, "preview1", p1_##name      \
	}
