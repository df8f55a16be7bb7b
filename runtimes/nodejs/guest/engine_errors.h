/* Part of engine.c: the stack of an error.
 *
 * QuickJS formats a stack when the error is made. Node, as V8, does it when somebody looks. So the
 * engine is given a hook that only hands the call sites back; they are kept in the error, and
 * boot/errors.js has the accessor that formats them.
 */
#pragma once

/* The accessor that every error has as its own property "stack", as in V8. */
static JSValue stack_get, stack_set;

static JSValue error_set_sites(JSContext *ctx, JSValueConst error, JSValueConst sites)
{
	set_value(ctx, &JS_VALUE_GET_OBJ(error)->u.object_data, js_dup(sites));
	JS_DefineProperty(ctx, error, JS_ATOM_stack, JS_UNDEFINED, stack_get, stack_set,
			  JS_PROP_HAS_GET | JS_PROP_HAS_SET | JS_PROP_HAS_CONFIGURABLE |
				  JS_PROP_CONFIGURABLE | JS_PROP_HAS_ENUMERABLE);
	return JS_UNDEFINED;
}

static bool is_error(JSValueConst value)
{
	return JS_VALUE_GET_TAG(value) == JS_TAG_OBJECT &&
	       JS_VALUE_GET_OBJ(value)->class_id == JS_CLASS_ERROR;
}

/* The engine's hook: what it returns is kept as the stack, if the error has none by then. */
static JSValue keep_sites(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	if (can_store_error_stack(argv[0]))
		error_set_sites(ctx, argv[0], argv[1]);
	return js_dup(argv[1]);
}

/* errorData(error) reads what is kept as the stack of a real error, errorData(error, value) writes
 * it. */
static JSValue error_data(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	if (!is_error(argv[0]))
		return JS_UNDEFINED;
	if (argc > 1)
		set_value(ctx, &JS_VALUE_GET_OBJ(argv[0])->u.object_data, js_dup(argv[1]));
	return js_dup(JS_VALUE_GET_OBJ(argv[0])->u.object_data);
}

/* errorSites(error, sites): as if it had been made here */
static JSValue error_sites(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return is_error(argv[0]) ? error_set_sites(ctx, argv[0], argv[1]) : JS_UNDEFINED;
}

/* stackAccessor(get, set) */
static JSValue stack_accessor(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	stack_get = js_dup(argv[0]);
	stack_set = js_dup(argv[1]);
	return JS_UNDEFINED;
}
