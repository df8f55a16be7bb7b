/* The runtime's main: an engine, the object `sys`, and boot/main.js, which does the rest. */
#include "native.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"

extern char **environ;

/* wasmrun gives the guest 32 MiB of WebAssembly's own stack; this much of ours stays well within.
 */
enum { JS_STACK_SIZE = 4 << 20 };

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

int main(int argc, char **argv)
{
	JSRuntime *rt = JS_NewRuntime();
	JSContext *ctx = rt ? JS_NewContext(rt) : NULL;
	JSValue sys, boot, args[2], r;

	if (!ctx)
		return 125;
	JS_SetMaxStackSize(rt, JS_STACK_SIZE);
	JS_SetGCThreshold(rt, 4 << 20);
	sys = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, sys, "argv", list_of(ctx, argv));
	JS_SetPropertyStr(ctx, sys, "env", list_of(ctx, environ));
	engine_add(ctx, sys);
	brotli_add(ctx, sys);
	bytes_add(ctx, sys);
	cipher_add(ctx, sys);
	crypto_add(ctx, sys);
	files_add(ctx, sys);
	http_add(ctx, sys);
	modules_add(ctx, sys);
	sockets_add(ctx, sys);
	url_add(ctx, sys);
	zlib_add(ctx, sys);

	args[0] = JS_NewString(ctx, "boot/main");
	boot = JS_GetPropertyStr(ctx, sys, "builtin");
	r = JS_Call(ctx, boot, sys, 1, (JSValueConst *)args);
	if (JS_IsException(r))
		return report(ctx);
	args[0] = sys;
	args[1] = JS_NewObject(ctx);
	r = JS_Call(ctx, r, JS_UNDEFINED, 2, (JSValueConst *)args);
	if (JS_IsException(r))
		return report(ctx);
	return 0;
}
