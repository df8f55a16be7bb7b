/* Compiling: the files of the blob, scripts, CommonJS wrappers, and ES modules with QuickJS's own
 * loader.
 *
 * The loader asks JavaScript, which asks Node's resolver:
 *	sys.esmResolve(base, specifier, attributes) -> URL
 *	sys.esmLoad(url, url, attributes)	-> source text, or an array of export names
 *	sys.esmValues(url)	-> object with their values, when it is evaluated
 *	sys.esmMeta(import.meta, url)
 */
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"

extern const uint8_t blob[];

static JSValue sys;

static uint32_t number_at(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* NULL if there is none of this name. */
static const uint8_t *blob_find(const char *name, size_t *ret_len)
{
	for (const uint8_t *at = blob;;) {
		uint32_t name_len = number_at(at), len = number_at(at + 4);

		if (name_len == 0)
			return NULL;
		at += 8;
		if (strlen(name) == name_len && memcmp(at, name, name_len) == 0) {
			*ret_len = len;
			return at + name_len;
		}
		at += name_len + len;
	}
}

/* builtin(name): the function that a file of the blob is; undefined if there is none */
static JSValue builtin(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const char *name = JS_ToCString(ctx, argv[0]);
	const uint8_t *at;
	size_t len;
	JSValue code;

	if (!name)
		return JS_EXCEPTION;
	at = blob_find(name, &len);
	JS_FreeCString(ctx, name);
	if (!at)
		return JS_UNDEFINED;
	code = JS_ReadObject(ctx, at, len, JS_READ_OBJ_BYTECODE);
	return JS_IsException(code) ? code : JS_EvalFunction(ctx, code);
}

/* blobText(name): a file that is not compiled */
static JSValue blob_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const char *name = JS_ToCString(ctx, argv[0]);
	size_t len = 0;
	const uint8_t *at = name ? blob_find(name, &len) : NULL;

	JS_FreeCString(ctx, name);
	return at ? JS_NewStringLen(ctx, (const char *)at, len) : JS_UNDEFINED;
}

/* script(source, file name, flags): bit 0 only compiles, bit 1 compiles as a module, for its syntax
 * errors */
static JSValue script(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	size_t len;
	int32_t flags = 0;
	const char *source = JS_ToCStringLen(ctx, &len, argv[0]),
		   *name = JS_ToCString(ctx, argv[1]);
	JSValue r = JS_EXCEPTION;

	JS_ToInt32(ctx, &flags, argv[2]);
	if (source && name)
		r = JS_Eval(ctx, source, len, name,
			    (flags & 2 ? JS_EVAL_TYPE_MODULE : JS_EVAL_TYPE_GLOBAL) |
				    (flags & 1 ? JS_EVAL_FLAG_COMPILE_ONLY : 0));
	JS_FreeCString(ctx, source);
	JS_FreeCString(ctx, name);
	if (!(flags & 1) || JS_IsException(r))
		return r;
	if (!(flags & 2))
		JS_FreeValue(ctx, r);
	return JS_UNDEFINED;
}

/* The URL of a module, for the engine to keep; NULL with an exception. */
static char *normalize(JSContext *ctx, const char *base, const char *specifier,
		       JSValueConst attributes, void *opaque)
{
	JSValue function = JS_GetPropertyStr(ctx, sys, "esmResolve"), r;
	JSValue args[3] = { JS_NewString(ctx, base), JS_NewString(ctx, specifier),
			    JS_DupValue(ctx, attributes) };
	const char *url = NULL;
	char *copy = NULL;

	r = JS_Call(ctx, function, JS_UNDEFINED, 3, (JSValueConst *)args);
	JS_FreeValue(ctx, function);
	for (int i = 0; i < 3; i++)
		JS_FreeValue(ctx, args[i]);
	if (!JS_IsException(r))
		url = JS_ToCString(ctx, r);
	if (url)
		copy = js_strdup(ctx, url);
	JS_FreeCString(ctx, url);
	JS_FreeValue(ctx, r);
	return copy;
}

static JSValue call_with_url(JSContext *ctx, const char *function_name, JSValueConst first,
			     const char *url, JSValueConst attributes)
{
	JSValue function = JS_GetPropertyStr(ctx, sys, function_name),
		name = JS_NewString(ctx, url), r;
	JSValueConst args[3] = { JS_IsUndefined(first) ? name : first, name, attributes };

	r = JS_Call(ctx, function, JS_UNDEFINED, 3, args);
	JS_FreeValue(ctx, function);
	JS_FreeValue(ctx, name);
	return r;
}

static int init_values(JSContext *ctx, JSModuleDef *m)
{
	JSAtom atom = JS_GetModuleName(ctx, m);
	const char *url = JS_AtomToCString(ctx, atom);
	JSValue values = url ? call_with_url(ctx, "esmValues", JS_UNDEFINED, url, JS_UNDEFINED)
			     : JS_EXCEPTION;
	JSPropertyEnum *names = NULL;
	uint32_t n = 0;
	int r = -1;

	JS_FreeCString(ctx, url);
	JS_FreeAtom(ctx, atom);
	if (!JS_IsException(values) &&
	    JS_GetOwnPropertyNames(ctx, &names, &n, values,
				   JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) == 0)
		r = 0;
	for (uint32_t i = 0; i < n && r == 0; i++) {
		const char *name = JS_AtomToCString(ctx, names[i].atom);

		r = name ? JS_SetModuleExport(ctx, m, name,
					      JS_GetProperty(ctx, values, names[i].atom))
			 : -1;
		JS_FreeCString(ctx, name);
	}
	JS_FreePropertyEnum(ctx, names, n);
	JS_FreeValue(ctx, values);
	return r;
}

static JSModuleDef *module_of_values(JSContext *ctx, const char *url, JSValueConst names)
{
	JSModuleDef *m = JS_NewCModule(ctx, url, init_values);
	int64_t n = 0;

	JS_GetLength(ctx, names, &n);
	for (int64_t i = 0; m && i < n; i++) {
		JSValue value = JS_GetPropertyInt64(ctx, names, i);
		const char *name = JS_ToCString(ctx, value);

		if (name)
			JS_AddModuleExport(ctx, m, name);
		JS_FreeCString(ctx, name);
		JS_FreeValue(ctx, value);
	}
	return m;
}

static JSModuleDef *module_of_source(JSContext *ctx, const char *url, JSValueConst source)
{
	size_t len;
	const char *text = JS_ToCStringLen(ctx, &len, source);
	JSValue module, meta;
	JSModuleDef *m;

	if (!text)
		return NULL;
	module = JS_Eval(ctx, text, len, url, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
	JS_FreeCString(ctx, text);
	if (JS_IsException(module))
		return NULL;
	m = JS_VALUE_GET_PTR(module);
	JS_FreeValue(ctx, module); /* the context keeps it */
	meta = JS_GetImportMeta(ctx, m);
	JS_FreeValue(ctx, call_with_url(ctx, "esmMeta", meta, url, JS_UNDEFINED));
	JS_FreeValue(ctx, meta);
	return m;
}

static JSModuleDef *load(JSContext *ctx, const char *url, void *opaque, JSValueConst attributes)
{
	JSValue loaded = call_with_url(ctx, "esmLoad", JS_UNDEFINED, url, attributes);
	JSModuleDef *m = NULL;

	if (JS_IsException(loaded))
		return NULL;
	m = JS_IsString(loaded) ? module_of_source(ctx, url, loaded)
				: module_of_values(ctx, url, loaded);
	JS_FreeValue(ctx, loaded);
	return m;
}

/* importModule(base, specifier): a promise of its namespace */
static JSValue import_module(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const char *base = JS_ToCString(ctx, argv[0]), *specifier = JS_ToCString(ctx, argv[1]);
	JSValue r = base && specifier ? JS_LoadModule(ctx, base, specifier, JS_UNDEFINED)
				      : JS_EXCEPTION;

	JS_FreeCString(ctx, base);
	JS_FreeCString(ctx, specifier);
	return r;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("builtin", 1, builtin),
	JS_CFUNC_DEF("blobText", 1, blob_text),
	JS_CFUNC_DEF("script", 3, script),
	JS_CFUNC_DEF("importModule", 2, import_module),
};

void modules_add(JSContext *ctx, JSValueConst target)
{
	sys = JS_DupValue(ctx, target);
	JS_SetPropertyFunctionList(ctx, target, functions, sizeof functions / sizeof *functions);
	JS_SetModuleLoaderFunc2(JS_GetRuntime(ctx), NULL, load, NULL, NULL);
	JS_SetModuleNormalizeFunc2(JS_GetRuntime(ctx), normalize);
}
