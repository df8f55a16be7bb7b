/* The runtime's start: an engine, the object `sys`, and boot/main.js, which does the rest.
 *
 * It has two halves. The first is the same for all projects: `wizer` runs it when the runtime is
 * built, and writes the memory that it leaves into the module. The second is main(). A module
 * without that memory does both.
 *
 * While the first half runs, all clocks stand at 0, and there are no arguments, no environment and
 * no folders, so that nothing of the machine that builds is in the memory.
 */
#include "native.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#include "engine.h"

extern char **environ;
void __wasm_call_ctors(void);
void __wasm_call_dtors(void);
int __main_void(void);
void __wasilibc_initialize_environ(void);
int __wasilibc_register_preopened_fd(int fd, const char *path);

/* wasmrun gives the guest 32 MiB of WebAssembly's own stack; this much of ours stays well within.
 */
enum { JS_STACK_SIZE = 4 << 20, PREOPEN_SIZE = 4096, GC_THRESHOLD = 4 << 20 };

static JSContext *context;
static JSValue sys;
static JSValue start; /* the second half, a function of boot/main.js */

static JSValue list_of(JSContext *ctx, char **words)
{
	JSValue list = JS_NewArray(ctx);

	for (uint32_t i = 0; words && words[i]; i++)
		JS_SetPropertyUint32(ctx, list, i, JS_NewString(ctx, words[i]));
	return list;
}

/* clock(is monotonic): [seconds, nanoseconds] into a Float64Array */
static JSValue clock_read(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct timespec t;

	if (engine_is_snapshot)
		return JS_NewInt32(ctx, 0);
	clock_gettime(JS_ToBool(ctx, argv[0]) ? CLOCK_MONOTONIC : CLOCK_REALTIME, &t);
	return JS_NewFloat64(ctx, (double)t.tv_sec * 1e9 + (double)t.tv_nsec);
}

static JSValue cpu_time(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct timespec t;

	/* The host may lack the clock: then the time since the start is the nearest thing. */
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) < 0)
		clock_gettime(CLOCK_MONOTONIC, &t);
	return JS_NewFloat64(ctx, (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3);
}

static JSValue process_exit(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int32_t code = 0;

	JS_ToInt32(ctx, &code, argv[0]);
	_Exit(code & 255);
}

static JSValue process_abort(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	abort();
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("clock", 1, clock_read),
	JS_CFUNC_DEF("cpuTime", 0, cpu_time),
	JS_CFUNC_DEF("exit", 1, process_exit),
	JS_CFUNC_DEF("abort", 0, process_abort),
};

static int report(JSContext *ctx)
{
	JSValue e = JS_GetException(ctx), stack = JS_GetPropertyStr(ctx, e, "stack");
	const char *words = JS_ToCString(ctx, e), *where = JS_ToCString(ctx, stack);

	fprintf(stderr, "nodejs: error: the runtime could not start: %s\n%s\n", words ? words : "?",
		where ? where : "");
	return 125;
}

/* The first half; false with an exception. */
static bool boot(void)
{
	JSContext *ctx = context;
	JSValue builtin, main, args[2];

	sys = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
	engine_add(ctx, sys);
	brotli_add(ctx, sys);
	bytes_add(ctx, sys);
	cipher_add(ctx, sys);
	crypto_add(ctx, sys);
	exchange_add(ctx, sys);
	files_add(ctx, sys);
	http_add(ctx, sys);
	loop_add(ctx, sys);
	modules_add(ctx, sys);
	multicast_add(ctx, sys);
	pkey_add(ctx, sys);
	response_add(ctx, sys);
	signals_add(ctx, sys);
	sockets_add(ctx, sys);
	tls_add(ctx, sys);
	url_add(ctx, sys);
	zlib_add(ctx, sys);

	args[0] = JS_NewString(ctx, "boot/main");
	builtin = JS_GetPropertyStr(ctx, sys, "builtin");
	main = JS_Call(ctx, builtin, sys, 1, (JSValueConst *)args);
	JS_FreeValue(ctx, builtin);
	JS_FreeValue(ctx, args[0]);
	if (JS_IsException(main))
		return false;
	args[0] = sys;
	args[1] = JS_NewObject(ctx);
	start = JS_Call(ctx, main, JS_UNDEFINED, 2, (JSValueConst *)args);
	JS_FreeValue(ctx, main);
	JS_FreeValue(ctx, args[1]);
	return !JS_IsException(start);
}

static bool context_open(void)
{
	JSRuntime *rt = JS_NewRuntime();

	context = rt ? JS_NewContext(rt) : NULL;
	if (!context)
		return false;
	JS_SetMaxStackSize(rt, JS_STACK_SIZE);
	JS_SetGCThreshold(rt, GC_THRESHOLD);
	return true;
}

/* wasi-libc asks for what the host mounts at the start of a program; the snapshot's had nothing. */
static void preopens_register(void)
{
	static char name[PREOPEN_SIZE];
	__wasi_prestat_t stat;

	for (int fd = 3; __wasi_fd_prestat_get(fd, &stat) == 0; fd++) {
		size_t len = stat.u.dir.pr_name_len;

		if (stat.tag != __WASI_PREOPENTYPE_DIR || len >= sizeof name ||
		    __wasi_fd_prestat_dir_name(fd, (uint8_t *)name, len) != 0)
			continue;
		name[len] = 0;
		(void)__wasilibc_register_preopened_fd(fd,
						       name); /* without memory it is not found */
	}
}

__attribute__((export_name("wizer.initialize"))) void snapshot_make(void)
{
	__wasm_call_ctors();
	engine_is_snapshot = true;
	if (!context_open())
		abort();
	if (!boot()) {
		(void)report(context);
		abort();
	}
	JS_RunGC(JS_GetRuntime(context));
	engine_keep_all(context);
	engine_is_snapshot = false;
}

/* What `wizer` makes the module's start. */
__attribute__((export_name("wizer.resume"))) void snapshot_resume(void)
{
	int code;

	preopens_register();
	__wasilibc_initialize_environ();
	code = __main_void();
	__wasm_call_dtors();
	__wasi_proc_exit((uint32_t)code);
}

static uint64_t random_number(void)
{
	uint64_t n = 0;

	if (getentropy(&n, sizeof n) != 0)
		abort();
	return n;
}

int main(int argc, char **argv)
{
	JSContext *ctx;
	JSValue r;

	if (!context && !context_open())
		return 125;
	ctx = context;
	JS_UpdateStackTop(JS_GetRuntime(ctx));
	if (!JS_IsFunction(ctx, start) && !boot())
		return report(ctx);
	engine_seed(ctx, random_number());
	JS_SetPropertyStr(ctx, sys, "argv", list_of(ctx, argv));
	JS_SetPropertyStr(ctx, sys, "env", list_of(ctx, environ));
	r = JS_Call(ctx, start, JS_UNDEFINED, 0, NULL);
	return JS_IsException(r) ? report(ctx) : 0;
}
