/* Part of engine.c: realms, other globals in the same heap, for vm contexts. */
#pragma once

static JSClassID realm_class_id;

static void realm_finalize(JSRuntime *rt, JSValueConst self)
{
	JSContext *realm = JS_GetOpaque(self, realm_class_id);

	if (realm)
		JS_FreeContext(realm);
}

static JSValue realm_new(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSContext *realm = JS_NewContext(ctx->rt);
	JSValue object;

	if (!realm)
		return JS_ThrowOutOfMemory(ctx);
	realm->error_prepare_stack = js_dup(ctx->error_prepare_stack);
	object = JS_NewObjectClass(ctx, realm_class_id);
	if (JS_IsException(object))
		JS_FreeContext(realm);
	else
		JS_SetOpaque(object, realm);
	return object;
}

static JSValue realm_global(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSContext *realm = JS_GetOpaque2(ctx, argv[0], realm_class_id);

	return realm ? js_dup(realm->global_obj) : JS_EXCEPTION;
}

/* realmScript(realm, source, file name) */
static JSValue realm_script(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSContext *realm = JS_GetOpaque2(ctx, argv[0], realm_class_id);
	size_t len;
	const char *source = JS_ToCStringLen(ctx, &len, argv[1]),
		   *name = JS_ToCString(ctx, argv[2]);
	JSValue r = JS_EXCEPTION;

	if (realm && source && name)
		r = JS_Eval(realm, source, len, name, JS_EVAL_TYPE_GLOBAL);
	JS_FreeCString(ctx, source);
	JS_FreeCString(ctx, name);
	return r;
}
