/* HTTPParser: llhttp, calling back into Node's _http_common.js.
 *
 * A message's header bytes are gathered in one growing store, so a message may come in any pieces.
 * Callbacks are the elements 0 to 4 of the parser object, as in Node. One that throws ends
 * execute(), which throws on.
 */
#include "parser.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "exchange.h"
#include "serve.h"

enum callback { ON_MESSAGE_BEGIN, ON_HEADERS, ON_HEADERS_COMPLETE, ON_BODY, ON_MESSAGE_COMPLETE };
enum { HEADER_SIZE_DEFAULT = 16384 };

static JSClassID class_id;
static JSValue buffer_prototype;

struct parser *parser_of(JSContext *ctx, JSValueConst self)
{
	return JS_GetOpaque2(ctx, self, class_id);
}

struct parser *parser_in(JSValueConst value)
{
	return JS_GetOpaque(value, class_id);
}

double parser_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool store(struct parser *p, const char *at, size_t len)
{
	if (p->len + len > p->cap) {
		size_t cap = (p->len + len) * 2 + 512;
		char *more = js_realloc(p->ctx, p->store, cap);

		if (!more)
			return false;
		p->store = more;
		p->cap = cap;
	}
	memcpy(p->store + p->len, at, len);
	p->len += len;
	return true;
}

static void reset_message(struct parser *p)
{
	p->len = 0;
	p->url = p->status = (struct piece){ 0, 0 };
	p->n_fields = p->n_values = 0;
}

JSValue parser_text(const struct parser *p, struct piece piece)
{
	return engine_narrow(p->ctx, (const uint8_t *)p->store + piece.at, piece.len);
}

JSValue parser_headers(const struct parser *p)
{
	JSValue list = JS_NewArray(p->ctx);
	uint32_t n = 0;

	for (int i = 0; i < p->n_values; i++) {
		struct piece value = p->values[i];

		while (value.len && strchr(" \t", p->store[value.at + value.len - 1]))
			value.len--;
		JS_SetPropertyUint32(p->ctx, list, n++, parser_text(p, p->fields[i]));
		JS_SetPropertyUint32(p->ctx, list, n++, parser_text(p, value));
	}
	return list;
}

/* Calls an element of the parser object. -1: it threw. Nothing to call counts as 0. Takes the
 * arguments. */
static int call(struct parser *p, enum callback which, int argc, JSValue *argv)
{
	JSValue function = JS_GetPropertyUint32(p->ctx, p->self, which), r = JS_UNDEFINED;
	int32_t code = 0;

	if (JS_IsFunction(p->ctx, function))
		r = JS_Call(p->ctx, function, p->self, argc, (JSValueConst *)argv);
	JS_FreeValue(p->ctx, function);
	for (int i = 0; i < argc; i++)
		JS_FreeValue(p->ctx, argv[i]);
	if (JS_IsException(r) || (!JS_IsUndefined(r) && JS_ToInt32(p->ctx, &code, r) < 0)) {
		p->has_failed = true;
		llhttp_set_error_reason(&p->http, "HPE_JS_EXCEPTION:JS Exception");
		return -1;
	}
	JS_FreeValue(p->ctx, r);
	return code;
}

/* Hands over the headers so far: there are more than fit, or trailers. */
static int flush(struct parser *p)
{
	JSValue argv[2] = { parser_headers(p), parser_text(p, p->url) };

	reset_message(p);
	p->have_flushed = true;
	return call(p, ON_HEADERS, 2, argv);
}

static int track(struct parser *p, size_t len)
{
	p->header_size += len;
	if (p->header_size < p->header_size_max)
		return 0;
	llhttp_set_error_reason(&p->http, "HPE_HEADER_OVERFLOW:Header overflow");
	return HPE_USER;
}

static int on_message_begin(llhttp_t *http)
{
	struct parser *p = (struct parser *)http;

	reset_message(p);
	p->header_size = 0;
	p->have_flushed = p->headers_completed = false;
	p->message_start_ms = parser_now_ms();
	return call(p, ON_MESSAGE_BEGIN, 0, NULL);
}

static int append(struct parser *p, struct piece *piece, const char *at, size_t len)
{
	if (piece->len == 0)
		piece->at = p->len;
	if (!store(p, at, len))
		return HPE_USER;
	piece->len += len;
	return track(p, len);
}

static int on_url(llhttp_t *http, const char *at, size_t len)
{
	struct parser *p = (struct parser *)http;

	return append(p, &p->url, at, len);
}

static int on_status(llhttp_t *http, const char *at, size_t len)
{
	struct parser *p = (struct parser *)http;

	return append(p, &p->status, at, len);
}

static int on_field(llhttp_t *http, const char *at, size_t len)
{
	struct parser *p = (struct parser *)http;

	if (p->n_fields == p->n_values) {
		if (p->n_fields == PAIRS_MAX && flush(p) < 0)
			return -1;
		p->fields[p->n_fields++] = (struct piece){ p->len, 0 };
	}
	return append(p, &p->fields[p->n_fields - 1], at, len);
}

static int on_value(llhttp_t *http, const char *at, size_t len)
{
	struct parser *p = (struct parser *)http;

	if (p->n_values != p->n_fields)
		p->values[p->n_values++] = (struct piece){ p->len, 0 };
	return append(p, &p->values[p->n_values - 1], at, len);
}

static int on_headers_complete(llhttp_t *http)
{
	struct parser *p = (struct parser *)http;
	JSContext *ctx = p->ctx;
	bool is_request = http->type == HTTP_REQUEST;
	JSValue argv[9];
	int served;

	p->headers_completed = true;
	p->header_size = 0;
	served = exchange_begin(p);
	if (served <= 0) {
		reset_message(p);
		p->has_failed |= served < 0;
		return served;
	}
	if (p->have_flushed && flush(p) < 0)
		return -1;
	argv[0] = JS_NewInt32(ctx, http->http_major);
	argv[1] = JS_NewInt32(ctx, http->http_minor);
	argv[2] = p->have_flushed ? JS_UNDEFINED : parser_headers(p);
	argv[3] = is_request ? JS_NewInt32(ctx, http->method) : JS_UNDEFINED;
	argv[4] = is_request && !p->have_flushed ? parser_text(p, p->url) : JS_UNDEFINED;
	argv[5] = is_request ? JS_UNDEFINED : JS_NewInt32(ctx, http->status_code);
	argv[6] = is_request ? JS_UNDEFINED : parser_text(p, p->status);
	argv[7] = JS_NewBool(ctx, http->upgrade);
	argv[8] = JS_NewBool(ctx, llhttp_should_keep_alive(http));
	p->n_fields = p->n_values = 0; /* trailers begin anew */
	p->len = 0;
	p->url = p->status = (struct piece){ 0, 0 };
	return call(p, ON_HEADERS_COMPLETE, 9, argv);
}

/* A Buffer with a copy. */
static JSValue buffer_new(JSContext *ctx, const char *at, size_t len)
{
	JSValue bytes = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)at, len);

	if (!JS_IsException(bytes))
		JS_SetPrototype(ctx, bytes, buffer_prototype);
	return bytes;
}

static int on_body(llhttp_t *http, const char *at, size_t len)
{
	struct parser *p = (struct parser *)http;
	JSValue argv[1];

	if (len == 0)
		return 0;
	argv[0] = buffer_new(p->ctx, at, len);
	return call(p, ON_BODY, 1, argv) < 0 ? -1 : 0;
}

static int on_message_complete(llhttp_t *http)
{
	struct parser *p = (struct parser *)http;

	p->message_start_ms = 0;
	if (exchange_complete(p))
		return 0;
	if (p->n_fields && flush(p) < 0)
		return -1;
	return call(p, ON_MESSAGE_COMPLETE, 0, NULL) < 0 ? -1 : 0;
}

static int on_chunk_header(llhttp_t *http)
{
	((struct parser *)http)->header_size = 0;
	return 0;
}

static int on_chunk_extension(llhttp_t *http, const char *at, size_t len)
{
	struct parser *p = (struct parser *)http;

	p->header_size += len;
	if (p->header_size < HEADER_SIZE_DEFAULT)
		return 0;
	llhttp_set_error_reason(http, "HPE_CHUNK_EXTENSIONS_OVERFLOW:Chunk extensions overflow");
	return HPE_USER;
}

static const llhttp_settings_t settings = {
	.on_message_begin = on_message_begin,
	.on_url = on_url,
	.on_status = on_status,
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
	.on_chunk_header = on_chunk_header,
	.on_chunk_complete = on_chunk_header,
	.on_chunk_extension_name = on_chunk_extension,
	.on_chunk_extension_value = on_chunk_extension,
};

static JSValue parser_new(JSContext *ctx, JSValueConst target, int argc, JSValueConst *argv)
{
	JSValue prototype = JS_GetPropertyStr(ctx, target, "prototype"), self;
	struct parser *p;

	self = JS_NewObjectProtoClass(ctx, prototype, class_id);
	JS_FreeValue(ctx, prototype);
	if (JS_IsException(self))
		return self;
	p = js_mallocz(ctx, sizeof *p);
	if (!p) {
		JS_FreeValue(ctx, self);
		return JS_EXCEPTION;
	}
	p->ctx = ctx;
	llhttp_init(&p->http, HTTP_REQUEST, &settings);
	JS_SetOpaque(self, p);
	return self;
}

static void parser_finalize(JSRuntime *rt, JSValueConst self)
{
	struct parser *p = JS_GetOpaque(self, class_id);

	if (!p)
		return;
	serve_forget(p);
	js_free_rt(rt, p->store);
	js_free_rt(rt, p);
}

/* setup(type, maxHeaderSize, lenientFlags) */
static JSValue parser_setup(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, self);
	int32_t type = 0, lenient = 0;
	double size = 0;

	if (!p || JS_ToInt32(ctx, &type, argv[0]) < 0)
		return JS_EXCEPTION;
	JS_ToFloat64(ctx, &size, argv[1]);
	JS_ToInt32(ctx, &lenient, argv[2]);
	llhttp_init(&p->http, type == 2 ? HTTP_RESPONSE : HTTP_REQUEST, &settings);
	p->http.lenient_flags = (uint16_t)lenient;
	reset_message(p);
	p->header_size = 0;
	p->header_size_max = size > 0 ? (uint64_t)size : HEADER_SIZE_DEFAULT;
	p->have_flushed = p->has_failed = p->headers_completed = p->is_pause_wanted = false;
	p->message_start_ms = type == 2 ? 0 : parser_now_ms();
	return JS_UNDEFINED;
}

static JSValue parse_error(struct parser *p, llhttp_errno_t code, size_t parsed)
{
	JSContext *ctx = p->ctx;
	const char *reason = llhttp_get_error_reason(&p->http), *colon = NULL;
	JSValue error = JS_NewError(ctx);

	JS_DefinePropertyValueStr(ctx, error, "message", JS_NewString(ctx, "Parse Error"),
				  JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
	if (code == HPE_USER && reason)
		colon = strchr(reason, ':');
	JS_SetPropertyStr(ctx, error, "bytesParsed", JS_NewInt64(ctx, (int64_t)parsed));
	JS_SetPropertyStr(ctx, error, "code",
			  colon ? JS_NewStringLen(ctx, reason, (size_t)(colon - reason))
				: JS_NewString(ctx, llhttp_errno_name(code)));
	JS_SetPropertyStr(ctx, error, "reason",
			  JS_NewString(ctx, colon    ? colon + 1
					    : reason ? reason
						     : ""));
	return error;
}

/* `at` NULL: the connection has ended. */
JSValue parser_run(struct parser *p, JSValueConst self, const char *at, size_t len)
{
	llhttp_errno_t code;
	size_t parsed = len;

	p->self = self;
	p->has_failed = false;
	p->is_running = true;
	code = at ? llhttp_execute(&p->http, at, len) : llhttp_finish(&p->http);
	p->is_running = false;
	if (p->has_failed)
		return JS_EXCEPTION;
	if (code != HPE_OK && at) {
		const char *where = llhttp_get_error_pos(&p->http);

		parsed = where >= at && where <= at + len ? (size_t)(where - at) : 0;
		if (code == HPE_PAUSED_UPGRADE) {
			llhttp_resume_after_upgrade(&p->http);
			code = HPE_OK;
		}
	}
	if (p->is_pause_wanted) {
		p->is_pause_wanted = false;
		llhttp_pause(&p->http);
	}
	if (code != HPE_OK && code != HPE_PAUSED && !p->http.upgrade)
		return parse_error(p, code, parsed);
	return at ? JS_NewInt64(p->ctx, (int64_t)parsed) : JS_UNDEFINED;
}

static JSValue parser_execute(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, self);
	struct bytes b;
	size_t offset, len;

	if (!p || !bytes_get(ctx, argv[0], &b))
		return JS_EXCEPTION;
	offset = index_get(ctx, argv[1], 0, b.len);
	len = index_get(ctx, argv[2], b.len - offset, b.len - offset);
	return parser_run(p, self, len ? (const char *)b.at + offset : "", len);
}

static JSValue parser_finish(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, self);

	return p ? parser_run(p, self, NULL, 0) : JS_EXCEPTION;
}

static JSValue parser_pause(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv,
			    int is_pause)
{
	struct parser *p = parser_of(ctx, self);

	if (!p)
		return JS_EXCEPTION;
	if (p->is_running)
		p->is_pause_wanted = is_pause;
	else if (is_pause)
		llhttp_pause(&p->http);
	else
		llhttp_resume(&p->http);
	return JS_UNDEFINED;
}

/* timing() -> [milliseconds since a message began, or 0; whether its headers are complete] */
static JSValue parser_timing(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const struct parser *p = parser_of(ctx, self);
	JSValue r;

	if (!p)
		return JS_EXCEPTION;
	r = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, r, 0,
			     JS_NewFloat64(ctx, p->message_start_ms > 0
							? parser_now_ms() - p->message_start_ms
							: 0));
	JS_SetPropertyUint32(ctx, r, 1, JS_NewBool(ctx, p->headers_completed));
	return r;
}

/* currentBytes(): what has been parsed last, while Node looks at the result; or undefined */
static JSValue parser_current(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const struct parser *p = parser_of(ctx, self);

	if (!p)
		return JS_EXCEPTION;
	return p->run_at ? buffer_new(ctx, p->run_at, p->run_len) : JS_UNDEFINED;
}

static JSValue set_buffer_prototype(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JS_FreeValue(ctx, buffer_prototype);
	buffer_prototype = JS_DupValue(ctx, argv[0]);
	return JS_UNDEFINED;
}

static const JSCFunctionListEntry methods[] = {
	JS_CFUNC_DEF("setup", 3, parser_setup),
	JS_CFUNC_DEF("execute", 3, parser_execute),
	JS_CFUNC_DEF("finish", 0, parser_finish),
	JS_CFUNC_MAGIC_DEF("pause", 0, parser_pause, 1),
	JS_CFUNC_MAGIC_DEF("resume", 0, parser_pause, 0),
	JS_CFUNC_DEF("timing", 0, parser_timing),
	JS_CFUNC_DEF("currentBytes", 0, parser_current),
};

void http_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef class = { "HTTPParser", .finalizer = parser_finalize };
	JSValue prototype = JS_NewObject(ctx), constructor;

	buffer_prototype = JS_NULL;
	JS_NewClassID(JS_GetRuntime(ctx), &class_id);
	JS_NewClass(JS_GetRuntime(ctx), class_id, &class);
	JS_SetPropertyFunctionList(ctx, prototype, methods, sizeof methods / sizeof *methods);
	constructor = JS_NewCFunction2(ctx, parser_new, "HTTPParser", 0, JS_CFUNC_constructor, 0);
	JS_SetConstructor(ctx, constructor, prototype);
	JS_SetClassProto(ctx, class_id, prototype);
	JS_SetPropertyStr(ctx, target, "HTTPParser", constructor);
	JS_SetPropertyStr(ctx, target, "setBufferPrototype",
			  JS_NewCFunction(ctx, set_buffer_prototype, "", 1));
}
