/* URLs, through ada, which is what Node uses too. */
#include "native.h"

#include <ada_c.h>
#include <string.h>

#include "engine.h"

/* Node's numbers of what update() changes. */
enum part { PROTOCOL, HOST, HOSTNAME, PORT, USERNAME, PASSWORD, PATHNAME, SEARCH, HASH, HREF };

struct words {
	const char *at;
	size_t len;
};

/* A lone surrogate becomes U+FFFD, which JS_ToCStringLen() would keep: JavaScript has done that
 * before. */
static bool words_get(JSContext *ctx, JSValueConst value, struct words *ret)
{
	ret->at = JS_ToCStringLen(ctx, &ret->len, value);
	return ret->at;
}

static ada_url parse(JSContext *ctx, JSValueConst input, JSValueConst base)
{
	struct words in, against;
	ada_url url = NULL;

	if (!words_get(ctx, input, &in))
		return NULL;
	if (JS_IsUndefined(base)) {
		url = ada_parse(in.at, in.len);
	} else if (words_get(ctx, base, &against)) {
		url = ada_parse_with_base(in.at, in.len, against.at, against.len);
		JS_FreeCString(ctx, against.at);
	}
	JS_FreeCString(ctx, in.at);
	return url;
}

/* Fills the Uint32Array(9) that Node reads the parts' places from, and gives the URL. Frees it. */
static JSValue url_value(JSContext *ctx, ada_url url, JSValueConst components)
{
	const ada_url_components *c;
	struct bytes out;
	ada_string href;
	JSValue r;

	if (!url || !ada_is_valid(url)) {
		if (url)
			ada_free(url);
		return JS_UNDEFINED;
	}
	if (!bytes_get(ctx, components, &out)) {
		ada_free(url);
		return JS_EXCEPTION;
	}
	c = ada_get_components(url);
	href = ada_get_href(url);
	const uint32_t places[9] = { c->protocol_end, c->username_end, c->host_start,
				     c->host_end,     c->port,	       c->pathname_start,
				     c->search_start, c->hash_start,   ada_get_scheme_type(url) };

	memcpy(out.at, places, sizeof places < out.len ? sizeof places : out.len);
	r = JS_NewStringLen(ctx, href.data, href.length);
	ada_free(url);
	return r;
}

/* parse(input, base or undefined, components): the URL, or undefined if it is none */
static JSValue url_parse(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return url_value(ctx, parse(ctx, argv[0], argv[1]), argv[2]);
}

static JSValue url_can_parse(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	ada_url url = parse(ctx, argv[0], argc > 1 ? argv[1] : JS_UNDEFINED);
	bool is_valid = url && ada_is_valid(url);

	if (url)
		ada_free(url);
	return JS_NewBool(ctx, is_valid);
}

static bool update(ada_url url, enum part part, struct words w)
{
	switch (part) {
	case PROTOCOL:
		return ada_set_protocol(url, w.at, w.len);
	case HOST:
		return ada_set_host(url, w.at, w.len);
	case HOSTNAME:
		return ada_set_hostname(url, w.at, w.len);
	case PORT:
		return ada_set_port(url, w.at, w.len);
	case USERNAME:
		return ada_set_username(url, w.at, w.len);
	case PASSWORD:
		return ada_set_password(url, w.at, w.len);
	case PATHNAME:
		return ada_set_pathname(url, w.at, w.len);
	case SEARCH:
		ada_set_search(url, w.at, w.len);
		return true;
	case HASH:
		ada_set_hash(url, w.at, w.len);
		return true;
	default:
		return ada_set_href(url, w.at, w.len);
	}
}

/* update(href, part, value, components): the new URL, or false */
static JSValue url_update(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	ada_url url = parse(ctx, argv[0], JS_UNDEFINED);
	struct words w;
	int32_t part = 0;
	bool is_done;

	JS_ToInt32(ctx, &part, argv[1]);
	if (!url || !words_get(ctx, argv[2], &w))
		return JS_EXCEPTION;
	is_done = ada_is_valid(url) && update(url, (enum part)part, w);
	JS_FreeCString(ctx, w.at);
	if (is_done)
		return url_value(ctx, url, argv[3]);
	ada_free(url);
	return JS_FALSE;
}

static JSValue url_domain(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv,
			  int to_unicode)
{
	ada_owned_string s;
	struct words w;
	JSValue r;

	if (!words_get(ctx, argv[0], &w))
		return JS_EXCEPTION;
	s = to_unicode ? ada_idna_to_unicode(w.at, w.len) : ada_idna_to_ascii(w.at, w.len);
	JS_FreeCString(ctx, w.at);
	r = JS_NewStringLen(ctx, s.data ? s.data : "", s.length);
	ada_free_owned_string(s);
	return r;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("parse", 3, url_parse),
	JS_CFUNC_DEF("canParse", 2, url_can_parse),
	JS_CFUNC_DEF("update", 4, url_update),
	JS_CFUNC_MAGIC_DEF("domainToASCII", 1, url_domain, 0),
	JS_CFUNC_MAGIC_DEF("domainToUnicode", 1, url_domain, 1),
};

void url_add(JSContext *ctx, JSValueConst target)
{
	JSValue url = JS_NewObject(ctx);

	JS_SetPropertyFunctionList(ctx, url, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "url", url);
}
