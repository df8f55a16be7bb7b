/* What the Rust crate adds to Wasmtime's C API. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasm.h>

/* An engine with the one configuration that modules are compiled and run with; the caller frees it
 * with wasm_engine_delete(). NULL on failure, and words in `ret_text`. */
wasm_engine_t *wasmrun_engine_new(wasm_byte_vec_t *ret_text);

/* Bounds the guest of a store, which lives as long as the process, as memory_max below does. */
void wasmrun_store_limit(struct wasmtime_store *store, size_t max, void (*reached)(void));

typedef struct wasmrun_dir {
	const char *path;
	const char *guest; /* the name that the guest sees */
	bool writable;
} wasmrun_dir_t;

typedef struct wasmrun_command {
	const char *path; /* of the compiled component */
	const char *const *args;
	size_t n_args;
	const char *const *env; /* "NAME=VALUE" */
	size_t n_env;
	const wasmrun_dir_t *dirs;
	size_t n_dirs;
	size_t memory_max; /* bytes of all memories and tables together, or 0 for no bound */
	void (*memory_reached)(void);	    /* told when the guest is refused more */
	void (*reached)(const char *stage); /* "module-loaded", then "instantiated" */
	void (*has_wasi_sockets)(void);	    /* told if the guest's sockets are not wasmrun:net's */
	int (*signal_catch)(int signal, bool is_caught); /* 0 is success */
	struct sys *sys; /* for wasmrun:net and wasmrun:guest: src/wasi/linux_sock.h */
} wasmrun_command_t;

typedef enum wasmrun_outcome {
	WASMRUN_EXITED,	    /* *ret_exit is the guest's exit code */
	WASMRUN_TRAPPED,    /* the rest come with words in `ret_text` */
	WASMRUN_CANNOT_RUN, /* the component asks for something that is not there */
	WASMRUN_FAILED,	    /* our own failure */
} wasmrun_outcome_t;

/* Runs a wasi:cli/command component of WASI 0.2 or 0.3 to its end, on the calling thread, with this
 * process's standard streams. The words are the caller's to free with wasm_byte_vec_delete(). */
wasmrun_outcome_t wasmrun_component_run(const wasm_engine_t *engine,
					const wasmrun_command_t *command, int32_t *ret_exit,
					wasm_byte_vec_t *ret_text);
