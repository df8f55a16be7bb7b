#include "engine/run.h"

#include "base/buf.h"
#include "base/own.h"
#include "engine/connections.h"
#include "engine/run_component.h"
#include "engine/run_core.h"
#include "engine/stage.h"
#include "engine/words.h"
#include "spec/spec.h"

#include <malloc.h>
#include <wasmrun_wasmtime.h>

static int read_spec(struct spec *ret, struct err *e)
{
	struct buf b;
	int r;

	buf_init(&b, SPEC_SIZE_MAX);
	r = buf_read_fd(&b, SPEC_FD);
	if (r < 0)
		err_set(e, -r, "read the run specification");
	else
		r = spec_decode(ret, b.bytes, b.len, e);
	buf_deinit(&b);
	(void)close(SPEC_FD); /* nothing was written to it */
	return r;
}

int run_guest(int *ret_exit, struct err *e)
{
	wasm_byte_vec_t text;
	wasm_engine_t *engine;
	struct spec s;
	int r;

	stage_begin("engine-start");
	/* One heap for all threads: they are few and mostly wait, and every further heap costs
	 * pages. */
	(void)mallopt(M_ARENA_MAX, 1);
	r = read_spec(&s, e);
	if (r < 0)
		return r;
	connections_set_max(s.connections_max);
	engine = wasmrun_engine_new(&text);
	if (!engine)
		r = words_set(e, "creating the engine", &text);
	else if (s.kind == SPEC_COMPONENT)
		r = run_component(engine, &s, ret_exit, e);
	else
		r = run_core(engine, &s, ret_exit, e);
	/* The engine's memory goes with the process, which ends now. */
	spec_deinit(&s);
	return r;
}
