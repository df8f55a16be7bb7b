/* Properties and objects of Node's library: kit.h. */
#include "kit.h"

#include <math.h>
#include <string.h>

#include "engine.h"

struct kit kit;

bool kit_same(JSValueConst a, JSValueConst b)
{
	return JS_VALUE_GET_TAG(a) == JS_TAG_OBJECT && JS_VALUE_GET_TAG(b) == JS_TAG_OBJECT &&
	       JS_VALUE_GET_PTR(a) == JS_VALUE_GET_PTR(b);
}

bool kit_is(JSContext *ctx, JSValueConst object, JSAtom name, JSValueConst expected)
{
	JSValue value = JS_GetProperty(ctx, object, name);
	bool r = kit_same(value, expected);

	JS_FreeValue(ctx, value);
	return r;
}

JSValueConst kit_get(JSValueConst object, JSAtom name)
{
	const JSValue *slot = engine_slot(object, name);

	return slot ? *slot : JS_UNDEFINED;
}

void *kit_object(JSValueConst value)
{
	return JS_VALUE_GET_TAG(value) == JS_TAG_OBJECT ? JS_VALUE_GET_PTR(value) : NULL;
}

uint32_t kit_length(JSValueConst array)
{
	JSValueConst n = kit_get(array, kit.name.length);

	return JS_VALUE_GET_TAG(n) == JS_TAG_INT ? (uint32_t)JS_VALUE_GET_INT(n) : UINT32_MAX;
}

bool kit_is_watched(void)
{
	uint32_t any = 0;

	for (int i = 0; i < kit.n_hook_totals; i++)
		any |= kit.hook_fields[i];
	return any || kit.observers[kit.http_observer];
}

double kit_number(JSContext *ctx, JSValueConst object, JSAtom name, double fallback)
{
	JSValueConst value = kit_get(object, name);
	double n;

	if (!JS_IsNumber(value) || JS_ToFloat64(ctx, &n, value) < 0 || !isfinite(n) || n < 0)
		return fallback;
	return n;
}

static bool is_bool(JSValueConst object, JSAtom name, int expected)
{
	const JSValue *slot = engine_slot(object, name);

	return slot && JS_VALUE_GET_TAG(*slot) == JS_TAG_BOOL &&
	       JS_VALUE_GET_BOOL(*slot) == expected;
}

bool kit_is_true(JSValueConst object, JSAtom name)
{
	return is_bool(object, name, 1);
}

bool kit_is_false(JSValueConst object, JSAtom name)
{
	return is_bool(object, name, 0);
}

bool kit_is_null(JSValueConst object, JSAtom name)
{
	JSValueConst value = kit_get(object, name);

	return JS_IsNull(value) || JS_IsUndefined(value);
}

bool kit_is_int(JSValueConst object, JSAtom name, int32_t n)
{
	JSValueConst value = kit_get(object, name);

	return JS_VALUE_GET_TAG(value) == JS_TAG_INT && JS_VALUE_GET_INT(value) == n;
}

void kit_set(JSContext *ctx, JSValueConst object, JSAtom name, JSValue value)
{
	JSValue *slot = engine_slot(object, name), before;

	if (!slot) {
		JS_SetProperty(ctx, object, name, value);
		return;
	}
	before = *slot;
	*slot = value;
	JS_FreeValue(ctx, before);
}

static int32_t number_of(JSContext *ctx, JSValueConst parts, const char *name)
{
	JSValue value = JS_GetPropertyStr(ctx, parts, name);
	int32_t n = 0;

	JS_ToInt32(ctx, &n, value);
	JS_FreeValue(ctx, value);
	return n;
}

/* Node never moves these arrays. */
static void *memory_of(JSContext *ctx, JSValueConst parts, const char *name)
{
	JSValue value = JS_GetPropertyStr(ctx, parts, name);
	struct bytes b = { 0 };

	(void)bytes_get(ctx, value, &b);
	JS_FreeValue(ctx, value);
	return b.at;
}

static JSAtom symbol_of(JSContext *ctx, JSValueConst parts, const char *name)
{
	JSValue value = JS_GetPropertyStr(ctx, parts, name);
	JSAtom atom = JS_ValueToAtom(ctx, value);

	JS_FreeValue(ctx, value);
	return atom;
}

static bool is_complete(JSContext *ctx)
{
#define X(name)                                                                                    \
	if (JS_IsUndefined(kit.object.name)) {                                                     \
		JS_ThrowInternalError(ctx, "Node's library has no %s where it is expected",        \
				      #name);                                                      \
		return false;                                                                      \
	}
	KIT_OBJECTS(X)
#undef X
	return true;
}

/* exchangeKit(parts): what boot/exchange.js has found */
static JSValue kit_give(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSValueConst parts = argv[0];

#define X(n) kit.symbol.n = symbol_of(ctx, parts, #n);
	KIT_SYMBOLS(X)
#undef X
#define X(n) kit.object.n = JS_GetPropertyStr(ctx, parts, #n);
	KIT_OBJECTS(X)
#undef X
	if (!is_complete(ctx))
		return JS_EXCEPTION;
	kit.state_begin = number_of(ctx, parts, "state_begin");
	kit.state_complete = number_of(ctx, parts, "state_complete");
	kit.state_end = number_of(ctx, parts, "state_end");
	kit.state_idle = number_of(ctx, parts, "state_idle");
	kit.n_hook_totals = number_of(ctx, parts, "n_hook_totals");
	kit.stack_length = number_of(ctx, parts, "stack_length");
	kit.execution_id = number_of(ctx, parts, "execution_id");
	kit.trigger_id = number_of(ctx, parts, "trigger_id");
	kit.http_observer = number_of(ctx, parts, "http_observer");
	kit.hook_fields = memory_of(ctx, parts, "hook_fields");
	kit.ids = memory_of(ctx, parts, "ids");
	kit.id_stack = memory_of(ctx, parts, "id_stack");
	kit.ticks = memory_of(ctx, parts, "ticks");
	kit.observers = memory_of(ctx, parts, "observers");
	kit.loop = memory_of(ctx, parts, "loop");
	kit.is_ready = kit.hook_fields && kit.ids && kit.id_stack && kit.ticks && kit.observers &&
		       kit.loop;
	return JS_NewBool(ctx, kit.is_ready);
}

void kit_add(JSContext *ctx, JSValueConst target)
{
#define X(n) kit.name.n = JS_NewAtom(ctx, #n);
	KIT_NAMES(X)
#undef X
	kit.name.set_cookie = JS_NewAtom(ctx, "set-cookie");
	JS_SetPropertyStr(ctx, target, "exchangeKit", JS_NewCFunction(ctx, kit_give, "", 1));
}
