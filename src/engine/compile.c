#include "engine/compile.h"

#include "base/buf.h"
#include "base/own.h"
#include "engine/words.h"

#include <string.h>
#include <wasmrun_wasmtime.h>

/* The first eight bytes: the magic number, then a version and a layer. */
static const uint8_t core_header[8] = "\0asm\1\0\0\0";
static const uint8_t component_header[8] = "\0asm\15\0\1\0";

static bool starts_with(const struct buf *b, const uint8_t header[static 8])
{
	return b->len >= 8 && memcmp(b->bytes, header, 8) == 0;
}

static int invalid(struct err *e, const char *what, wasmtime_error_t *error)
{
	return err_exit(e, EXIT_CANNOT_RUN, words_set_error(e, what, error));
}

static int compile_core(wasm_engine_t *engine, const struct buf *in, wasm_byte_vec_t *ret,
			struct err *e)
{
	wasmtime_module_t *module;
	wasmtime_error_t *error = wasmtime_module_new(engine, in->bytes, in->len, &module);

	if (error)
		return invalid(e, "not a valid module", error);
	error = wasmtime_module_serialize(module, ret);
	wasmtime_module_delete(module);
	return error ? words_set_error(e, "serializing the module", error) : 0;
}

static int compile_component(wasm_engine_t *engine, const struct buf *in, wasm_byte_vec_t *ret,
			     struct err *e)
{
	wasmtime_component_t *component;
	wasmtime_error_t *error = wasmtime_component_new(engine, in->bytes, in->len, &component);

	if (error)
		return invalid(e, "not a valid component", error);
	error = wasmtime_component_serialize(component, ret);
	wasmtime_component_delete(component);
	return error ? words_set_error(e, "serializing the component", error) : 0;
}

static int compile_bytes(const struct buf *in, wasm_byte_vec_t *ret, struct err *e)
{
	wasm_byte_vec_t text;
	wasm_engine_t *engine;
	int r;

	if (!starts_with(in, core_header) && !starts_with(in, component_header))
		return err_exit(e, EXIT_CANNOT_RUN, err_set(e, 0, "not a WebAssembly module"));
	engine = wasmrun_engine_new(&text);
	if (!engine)
		return words_set(e, "creating the engine", &text);
	r = starts_with(in, core_header) ? compile_core(engine, in, ret, e)
					 : compile_component(engine, in, ret, e);
	wasm_engine_delete(engine);
	return r;
}

int compile_module(struct err *e)
{
	wasm_byte_vec_t compiled = { .size = 0, .data = NULL };
	struct buf in;
	int r;

	buf_init(&in, COMPILE_IN_MAX);
	r = buf_read_fd(&in, COMPILE_IN_FD);
	if (r < 0)
		err_set(e, -r, "read the module");
	else
		r = compile_bytes(&in, &compiled, e);
	buf_deinit(&in);
	if (r < 0)
		return r;

	r = fd_write_all(COMPILE_OUT_FD, compiled.data, compiled.size);
	wasm_byte_vec_delete(&compiled);
	return r < 0 ? err_set(e, -r, "write the compiled module") : 0;
}
