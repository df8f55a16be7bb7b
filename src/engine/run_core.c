#include "engine/run_core.h"

#include "base/own.h"
#include "engine/bounds.h"
#include "engine/link.h"
#include "engine/stage.h"
#include "engine/system.h"
#include "engine/trap.h"
#include "engine/words.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <wasmrun_wasmtime.h>
#include <wasmtime.h>

/* Guest code has 32 MiB of it (crate/src/lib.rs); the rest is for our functions below it. */
enum { STACK_SIZE = 64 << 20 };

struct run {
	wasm_engine_t *engine;
	const struct spec *spec;
	struct err *e;
	int exit_code;
	int result; /* 0 or -errno */
};

/* How a call into the guest ended; at most one is set. A trap of Wasmtime's own kind comes as
 * `trap`, everything else, our own trap for proc_exit and an uncaught exception included, as
 * `error`. */
struct outcome {
	wasmtime_error_t *error;
	wasm_trap_t *trap;
};

static void outcome_deinit(struct outcome *o)
{
	if (o->error)
		wasmtime_error_delete(o->error);
	if (o->trap)
		wasm_trap_delete(o->trap);
}

/* The exit code of a guest that ran, and was stopped if the outcome says so. */
static int exit_code(const struct sys *sys, const struct outcome *o)
{
	wasm_byte_vec_t text;
	uint32_t code;

	if (sys_exit_status(sys, &code))
		return (int)(code & 0xff); /* as exit(3) does */
	if (!o->error && !o->trap)
		return EXIT_SUCCESS;
	if (o->trap)
		wasm_trap_message(o->trap, &text);
	else
		wasmtime_error_message(o->error, &text);
	trap_print(text.data, text.size);
	wasm_byte_vec_delete(&text);
	return EXIT_TRAP;
}

static bool name_is(const wasm_name_t *name, const char *text)
{
	return name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

/* The export's type, or NULL; it lives as long as `exports`. */
static const wasm_externtype_t *find_export(const wasm_exporttype_vec_t *exports, const char *name)
{
	for (size_t i = 0; i < exports->size; i++)
		if (name_is(wasm_exporttype_name(exports->data[i]), name))
			return wasm_exporttype_type(exports->data[i]);
	return NULL;
}

static bool is_plain_function(const wasm_externtype_t *type)
{
	const wasm_functype_t *func = wasm_externtype_as_functype_const(type);

	return func && wasm_functype_params(func)->size == 0 &&
	       wasm_functype_results(func)->size == 0;
}

static int check_is_command(const wasmtime_module_t *module, struct err *e)
{
	const wasm_externtype_t *start;
	wasm_exporttype_vec_t exports;
	int r = 0;

	wasmtime_module_exports(module, &exports);
	start = find_export(&exports, "_start");
	if (start && !is_plain_function(start))
		r = err_set(e, 0,
			    "the module is not a program: its '_start' is not a function without "
			    "parameters");
	else if (!start && find_export(&exports, "_initialize"))
		r = err_set(e, 0,
			    "the module is a library: it exports '_initialize' to be called into, "
			    "but no '_start' to be run");
	else if (!start)
		r = err_set(e, 0, "the module is not a program: it exports no '_start'");
	wasm_exporttype_vec_delete(&exports);
	return r < 0 ? err_exit(e, EXIT_CANNOT_RUN, r) : 0;
}

static int call_start(wasmtime_context_t *store, const wasmtime_instance_t *instance,
		      const struct sys *sys)
{
	struct outcome o = { NULL, NULL };
	wasmtime_extern_t start;
	bool found =
		wasmtime_instance_export_get(store, instance, "_start", strlen("_start"), &start);
	int code;

	assert(found && start.kind == WASMTIME_EXTERN_FUNC); /* check_is_command has seen it */
	o.error = wasmtime_func_call(store, &start.of.func, NULL, 0, NULL, 0, &o.trap);
	code = exit_code(sys, &o);
	outcome_deinit(&o);
	return code;
}

/* Instantiates, which runs the module's start function if it has one, and runs _start. */
static int run_instance(wasmtime_context_t *store, const wasmtime_module_t *module, struct sys *sys,
			int *ret_exit, struct err *e)
{
	AUTO(link_free) struct link *l = NULL;
	struct outcome o = { NULL, NULL };
	const wasmtime_extern_t *imports;
	wasmtime_instance_t instance;
	uint32_t code;
	size_t n;
	int r = link_new(store, module, sys, &l, e);

	if (r < 0)
		return r;
	imports = link_imports(l, &n);
	o.error = wasmtime_instance_new(store, module, imports, n, &instance, &o.trap);
	if (o.error && !sys_exit_status(sys, &code))
		return err_exit(e, EXIT_CANNOT_RUN,
				words_set_error(e, "instantiating the module", o.error));
	if (o.error || o.trap) {
		*ret_exit = exit_code(sys, &o);
		outcome_deinit(&o);
		return 0;
	}
	stage_reached("instantiated");
	*ret_exit = call_start(store, &instance, sys);
	return 0;
}

static int run_module(wasm_engine_t *engine, const wasmtime_module_t *module, const struct spec *s,
		      int *ret_exit, struct err *e)
{
	struct system system;
	wasmtime_store_t *store;
	int r = check_is_command(module, e);

	if (r < 0)
		return r;
	r = system_init(&system, s, e);
	if (r < 0)
		return r;
	store = wasmtime_store_new(engine, NULL, NULL);
	if (s->memory_max)
		wasmrun_store_limit(store, s->memory_max, bounds_memory_reached);
	r = run_instance(wasmtime_store_context(store), module, system.sys, ret_exit, e);
	wasmtime_store_delete(store);
	system_deinit(&system);
	return r;
}

static void *run_thread(void *arg)
{
	struct run *run = arg;
	wasmtime_module_t *module;
	wasmtime_error_t *error =
		wasmtime_module_deserialize_file(run->engine, run->spec->module, &module);

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
