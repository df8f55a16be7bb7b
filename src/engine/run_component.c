#include "engine/run_component.h"

#include "base/alloc.h"
#include "base/own.h"
#include "engine/bounds.h"
#include "engine/connections.h"
#include "engine/nodelay.h"
#include "engine/options.h"
#include "engine/stage.h"
#include "engine/system.h"
#include "engine/trap.h"
#include "engine/words.h"
#include "wasi/signals.h"

#include <string.h>
#include <wasmrun_wasmtime.h>

static wasmrun_dir_t *dirs_new(const struct spec *s)
{
	wasmrun_dir_t *dirs = xalloc((s->n_dirs + 1) * sizeof *dirs);

	for (size_t i = 0; i < s->n_dirs; i++)
		dirs[i] = (wasmrun_dir_t){ s->dirs[i].path, s->dirs[i].guest, s->dirs[i].writable };
	return dirs;
}

static void expect_wasi_sockets(void)
{
	connections_keep_peers();
	options_have_wasi_sockets();
}

int run_component(wasm_engine_t *engine, const struct spec *s, int *ret_exit, struct err *e)
{
	AUTO_FREE wasmrun_dir_t *dirs = dirs_new(s);
	struct system system;
	wasmrun_command_t command = {
		.path = s->module,
		.args = (const char *const *)s->args,
		.n_args = s->n_args,
		.env = (const char *const *)s->env,
		.n_env = s->n_env,
		.dirs = dirs,
		.n_dirs = s->n_dirs,
		.memory_max = s->memory_max,
		.memory_reached = bounds_memory_reached,
		.reached = stage_reached,
		.has_wasi_sockets = expect_wasi_sockets,
		.signal_catch = signals_catch,
	};
	wasmrun_outcome_t outcome;
	wasm_byte_vec_t text;
	int32_t code = 0;
	int r = system_init(&system, s, e);

	if (r < 0)
		return r;
	command.sys = system.sys;
	nodelay_set_enabled(true);
	outcome = wasmrun_component_run(engine, &command, &code, &text);
	system_deinit(&system);
	switch (outcome) {
	case WASMRUN_EXITED:
		*ret_exit = code & 0xff;
		return 0;
	case WASMRUN_TRAPPED:
		trap_print(text.data, text.size);
		wasm_byte_vec_delete(&text);
		*ret_exit = EXIT_TRAP;
		return 0;
	case WASMRUN_CANNOT_RUN:
		return err_exit(e, EXIT_CANNOT_RUN,
				words_set(e, "the component cannot be run", &text));
	case WASMRUN_FAILED:
		break;
	}
	return words_set(e, "running the component", &text);
}
