/* The headers of a response and of a request: what Node's setHeader(), getHeader() and `headers` do
 * in the usual case; the rest, and each error, is left to its own code. */
#include "headers.h"

#include <ctype.h>
#include <string.h>

#include "engine.h"
#include "kit.h"
#include "parser.h"

enum { NAME_MAX = 64 };

/* Of an ASCII token, in lower case; JS_ATOM_NULL if it is none, or a long one. */
static JSAtom key_of(JSContext *ctx, const uint8_t *at, size_t len)
{
	char low[NAME_MAX];

	if (len == 0 || len > sizeof low)
		return JS_ATOM_NULL;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum(at[i]) && (at[i] == 0 || !strchr("!#$%&'*+-.^_`|~", at[i])))
			return JS_ATOM_NULL;
		low[i] = (char)tolower(at[i]);
	}
	return JS_NewAtomLen(ctx, low, len);
}

static JSAtom key_of_value(JSContext *ctx, JSValueConst name)
{
	struct text t;
	JSAtom key;

	if (!JS_IsString(name) || !engine_text(ctx, name, &t))
		return JS_ATOM_NULL;
	key = t.narrow ? key_of(ctx, t.narrow, t.len) : JS_ATOM_NULL;
	engine_text_free(ctx, &t);
	return key;
}

/* Numbers are; of strings those that Node's strict rule lets through, which its lenient one does,
 * too. */
static bool is_value_fine(JSContext *ctx, JSValueConst value)
{
	struct text t;
	bool r;

	if (JS_IsNumber(value))
		return true;
	if (!JS_IsString(value) || !engine_text(ctx, value, &t))
		return false;
	r = t.narrow != NULL;
	for (size_t i = 0; r && i < t.len; i++)
		r = t.narrow[i] == '\t' || (t.narrow[i] >= 0x20 && t.narrow[i] != 0x7F);
	engine_text_free(ctx, &t);
	return r;
}

static bool has_place(JSValueConst message)
{
	const JSValue *headers = engine_slot(message, kit.symbol.kOutHeaders);

	return headers && engine_slot(message, kit.name._header) &&
	       kit_is_null(message, kit.name._header);
}

static JSValue set_header(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSAtom key = has_place(self) && is_value_fine(ctx, argv[1]) ? key_of_value(ctx, argv[0])
								    : JS_ATOM_NULL;
	JSValueConst headers;
	JSValue entry;

	if (key == JS_ATOM_NULL)
		return JS_Call(ctx, kit.object.set_header, self, argc, argv);
	if (JS_IsNull(kit_get(self, kit.symbol.kOutHeaders)))
		kit_set(ctx, self, kit.symbol.kOutHeaders, JS_NewObjectProto(ctx, JS_NULL));
	headers = kit_get(self, kit.symbol.kOutHeaders);
	entry = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, entry, 0, JS_DupValue(ctx, argv[0]));
	JS_SetPropertyUint32(ctx, entry, 1, JS_DupValue(ctx, argv[1]));
	JS_SetProperty(ctx, headers, key, entry);
	JS_FreeAtom(ctx, key);
	return JS_DupValue(ctx, self);
}

static JSValue get_header(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const JSValue *headers = engine_slot(self, kit.symbol.kOutHeaders);
	JSAtom key;
	JSValueConst entry;

	if (headers && JS_IsNull(*headers) && JS_IsString(argv[0]))
		return JS_UNDEFINED;
	key = headers && JS_IsObject(*headers) ? key_of_value(ctx, argv[0]) : JS_ATOM_NULL;
	if (key == JS_ATOM_NULL)
		return JS_Call(ctx, kit.object.get_header, self, argc, argv);
	entry = kit_get(*headers, key);
	JS_FreeAtom(ctx, key);
	return JS_IsUndefined(entry) ? JS_UNDEFINED : JS_GetPropertyUint32(ctx, entry, 1);
}

/* One that is there already, and the one that is always a list, are joined by Node's own rules. */
static void add_line(JSContext *ctx, JSValueConst req, JSValueConst headers, JSAtom key,
		     JSValue name, JSValue value)
{
	JSValueConst args[3] = { name, value, headers };

	if (key != JS_ATOM_NULL && key != kit.name.set_cookie && !engine_slot(headers, key)) {
		JS_SetProperty(ctx, headers, key, JS_DupValue(ctx, value));
	} else {
		JS_FreeValue(ctx, JS_Call(ctx, kit.object.add_header_line, req, 3, args));
	}
	JS_FreeAtom(ctx, key);
	JS_FreeValue(ctx, name);
	JS_FreeValue(ctx, value);
}

JSValue headers_of(const struct parser *p, JSValueConst req, JSValueConst raw)
{
	JSContext *ctx = p->ctx;
	JSValue headers = JS_NewObject(ctx);

	for (int i = 0; i < p->n_values; i++) {
		struct piece name = p->fields[i];

		add_line(ctx, req, headers,
			 key_of(ctx, (const uint8_t *)p->store + name.at, name.len),
			 JS_GetPropertyUint32(ctx, raw, 2 * (uint32_t)i),
			 JS_GetPropertyUint32(ctx, raw, 2 * (uint32_t)i + 1));
	}
	return headers;
}

void headers_add(JSContext *ctx, JSValueConst target)
{
	JS_SetPropertyStr(ctx, target, "setHeader",
			  JS_NewCFunction(ctx, set_header, "setHeader", 2));
	JS_SetPropertyStr(ctx, target, "getHeader",
			  JS_NewCFunction(ctx, get_header, "getHeader", 1));
}
