#include "engine/run_core.h"

#include "base/alloc.h"
#include "base/own.h"
#include "engine/link.h"
#include "engine/stage.h"
#include "engine/trap.h"
#include "engine/words.h"
#include "wasi/sys.h"

#include <pthread.h>
#include <string.h>
#include <wasmtime.h>

/* Guest code has 32 MiB of it (crate/src/lib.rs); the rest is for our functions below it. */
enum { STACK_SIZE = 64 << 20 };

struct run {
	wasm_engine_t *engine;
	const struct spec *spec;
	struct err *e;
	int exit_code;
	int result;	/* 0 or -errno */
};

/* The exit code of a guest that stopped in the middle. proc_exit unwinds it with a trap of ours. */
static int ended(struct sys *sys, wasm_trap_t *trap)
{
	wasm_message_t text;
	uint32_t code;

	if (sys_exit_status(sys, &code)) {
		wasm_trap_delete(trap);
		return (int)(code & 0xff); /* as exit(3) does */
	}
	wasm_trap_message(trap, &text);
	wasm_trap_delete(trap);
	trap_print(text.data, text.size ? text.size - 1 : 0); /* the last byte is a NUL */
	wasm_byte_vec_delete(&text);
	return EXIT_TRAP;
}

static bool name_is(const wasm_name_t *name, const char *text)
{
	return name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

static bool module_exports(const wasmtime_module_t *module, const char *name)
{
	wasm_exporttype_vec_t exports;
	bool found = false;

	wasmtime_module_exports(module, &exports);
	for (size_t i = 0; i < exports.size; i++)
		found |= name_is(wasm_exporttype_name(exports.data[i]), name);
	wasm_exporttype_vec_delete(&exports);
	return found;
}

static int check_is_command(const wasmtime_module_t *module, struct err *e)
{
	if (module_exports(module, "_start"))
		return 0;
	if (module_exports(module, "_initialize"))
		err_set(e, 0, "the module is a library: it exports '_initialize' to be called into, "
			"but no '_start' to be run");
	else
		err_set(e, 0, "the module is not a program: it exports no '_start'");
	return err_exit(e, EXIT_CANNOT_RUN, -EINVAL);
}

/* Runs an instance's _start. */
static int call_start(wasmtime_context_t *store, const wasmtime_instance_t *instance, struct sys *sys, int *ret_exit,
		      struct err *e)
{
	wasmtime_extern_t start;
	wasmtime_error_t *error;
	wasm_trap_t *trap = NULL;

	if (!wasmtime_instance_export_get(store, instance, "_start", strlen("_start"), &start) ||
	    start.kind != WASMTIME_EXTERN_FUNC)
		return err_exit(e, EXIT_CANNOT_RUN, err_set(e, 0, "the module's '_start' is not a function"));
	error = wasmtime_func_call(store, &start.of.func, NULL, 0, NULL, 0, &trap);
	if (error)
		return err_exit(e, EXIT_CANNOT_RUN, words_set_error(e, "calling the module's '_start'", error));
	*ret_exit = trap ? ended(sys, trap) : EXIT_SUCCESS;
	return 0;
}

static int run_instance(wasmtime_context_t *store, const wasmtime_module_t *module, struct sys *sys, int *ret_exit,
			struct err *e)
{
	AUTO(link_free) struct link *l = NULL;
	wasmtime_instance_t instance;
	const wasmtime_extern_t *imports;
	wasmtime_error_t *error;
	wasm_trap_t *trap = NULL;
	size_t n;
	int r = link_new(store, module, sys, &l, e);

	if (r < 0)
		return r;
	imports = link_imports(l, &n);
	error = wasmtime_instance_new(store, module, imports, n, &instance, &trap);
	if (error)
		return words_set_error(e, "instantiating the module", error);
	stage_finish("instantiated");
	if (trap) { /* of the module's start function */
		*ret_exit = ended(sys, trap);
		return 0;
	}
	return call_start(store, &instance, sys, ret_exit, e);
}

static struct sys_dir *dirs_new(const struct spec *s)
{
	struct sys_dir *dirs = xalloc((s->n_dirs + 1) * sizeof *dirs);

	for (size_t i = 0; i < s->n_dirs; i++)
		dirs[i] = (struct sys_dir){ s->dirs[i].path, s->dirs[i].guest, s->dirs[i].writable };
	return dirs;
}

static int run_module(wasm_engine_t *engine, const wasmtime_module_t *module, const struct spec *s, int *ret_exit,
		      struct err *e)
{
	AUTO_FREE struct sys_dir *dirs = dirs_new(s);
	const struct sys_config config = {
		.args = (const char *const *)s->args,
		.n_args = s->n_args,
		.env = (const char *const *)s->env,
		.n_env = s->n_env,
		.dirs = dirs,
		.n_dirs = s->n_dirs,
	};
	wasmtime_store_t *store;
	struct sys *sys;
	int r = check_is_command(module, e);

	if (r < 0)
		return r;
	r = sys_new(&config, &sys, e);
	if (r < 0)
		return r;
	store = wasmtime_store_new(engine, NULL, NULL);
	r = run_instance(wasmtime_store_context(store), module, sys, ret_exit, e);
	wasmtime_store_delete(store);
	sys_free(sys);
	return r;
}

static void *run_thread(void *arg)
{
	struct run *run = arg;
	wasmtime_module_t *module;
	wasmtime_error_t *error = wasmtime_module_deserialize_file(run->engine, run->spec->module, &module);

	if (error) {
		run->result = words_set_error(run->e, "loading the compiled module", error);
		return NULL;
	}
	stage_reached("module-loaded");
	run->result = run_module(run->engine, module, run->spec, &run->exit_code, run->e);
	wasmtime_module_delete(module);
	return NULL;
}

int run_core(wasm_engine_t *engine, const struct spec *s, int *ret_exit, struct err *e)
{
	struct run run = { .engine = engine, .spec = s, .e = e };
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	(void)pthread_attr_init(&attr); /* cannot fail with glibc */
	r = pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (r == 0)
		r = pthread_create(&thread, &attr, run_thread, &run);
	(void)pthread_attr_destroy(&attr);
	if (r)
		return err_set(e, r, "start the guest's thread");
	(void)pthread_join(thread, NULL); /* it is ours, and joined once */
	if (run.result == 0)
		*ret_exit = run.exit_code;
	return run.result;
}
