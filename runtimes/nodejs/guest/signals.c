/* The host's signals, through sdk/: sys.signals. */
#include "native.h"

#include <errno.h>
#include <unistd.h>
#include <wasmrun/signal.h>

/* open(): a descriptor to poll, or a negative errno */
static JSValue signals_open(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int fd = wasmrun_signal_open();

	return fd < 0 ? errno_value(ctx, errno) : JS_NewInt32(ctx, fd);
}

/* catch(number, is caught): 0 or a negative errno */
static JSValue signals_catch(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int32_t number = 0;

	JS_ToInt32(ctx, &number, argv[0]);
	if (wasmrun_signal_catch(number, JS_ToBool(ctx, argv[1])) < 0)
		return errno_value(ctx, errno);
	return JS_NewInt32(ctx, 0);
}

/* next(descriptor): the number of the next signal, or a negative errno; waits for one */
static JSValue signals_next(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int32_t fd = -1;
	uint8_t number;

	JS_ToInt32(ctx, &fd, argv[0]);
	if (read(fd, &number, 1) != 1)
		return errno_value(ctx, errno);
	return JS_NewInt32(ctx, number);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("open", 0, signals_open),
	JS_CFUNC_DEF("catch", 2, signals_catch),
	JS_CFUNC_DEF("next", 1, signals_next),
};

void signals_add(JSContext *ctx, JSValueConst target)
{
	JSValue signals = JS_NewObject(ctx);

	JS_SetPropertyFunctionList(ctx, signals, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "signals", signals);
}
