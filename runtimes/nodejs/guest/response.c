/* llhttp for undici, Node's fetch(): sys.response.
 *
 * undici's own llhttp is a WebAssembly module, which the engine does not run. Its functions are
 * these, with an object for the parser's pointer and with an ArrayBuffer for the module's memory
 * (boot/fetch.js); offsets into that are what the callbacks get.
 */
#include "native.h"

#include <llhttp.h>

struct parser {
	llhttp_t http;
	JSContext *ctx;
	JSValue callbacks;
	/* While it runs: */
	JSValueConst self;
	const char *memory;
	bool has_thrown;
};

static JSClassID class_id;

static struct parser *parser_of(JSContext *ctx, JSValueConst value)
{
	return JS_GetOpaque2(ctx, value, class_id);
}

/* The callback's own answer is llhttp's, so that it can pause. */
static int call(struct parser *p, const char *name, int argc, JSValueConst *argv)
{
	JSValue callback = JS_GetPropertyStr(p->ctx, p->callbacks, name), r;
	int32_t answer = -1;

	r = JS_Call(p->ctx, callback, JS_UNDEFINED, argc, argv);
	JS_FreeValue(p->ctx, callback);
	if (JS_IsException(r))
		p->has_thrown = true;
	else
		JS_ToInt32(p->ctx, &answer, r);
	JS_FreeValue(p->ctx, r);
	return answer;
}

static int call_plain(llhttp_t *http, const char *name)
{
	struct parser *p = (struct parser *)http;

	return call(p, name, 1, &p->self);
}

static int call_span(llhttp_t *http, const char *name, const char *at, size_t len)
{
	struct parser *p = (struct parser *)http;
	JSValueConst argv[] = { p->self, JS_NewInt64(p->ctx, at - p->memory),
				JS_NewInt64(p->ctx, (int64_t)len) };

	return call(p, name, 3, argv);
}

static int on_message_begin(llhttp_t *http)
{
	return call_plain(http, "wasm_on_message_begin");
}

static int on_status(llhttp_t *http, const char *at, size_t len)
{
	return call_span(http, "wasm_on_status", at, len);
}

static int on_header_field(llhttp_t *http, const char *at, size_t len)
{
	return call_span(http, "wasm_on_header_field", at, len);
}

static int on_header_value(llhttp_t *http, const char *at, size_t len)
{
	return call_span(http, "wasm_on_header_value", at, len);
}

static int on_headers_complete(llhttp_t *http)
{
	struct parser *p = (struct parser *)http;
	JSValueConst argv[] = { p->self, JS_NewInt32(p->ctx, http->status_code),
				JS_NewInt32(p->ctx, http->upgrade),
				JS_NewInt32(p->ctx, llhttp_should_keep_alive(http)) };

	return call(p, "wasm_on_headers_complete", 4, argv);
}

static int on_body(llhttp_t *http, const char *at, size_t len)
{
	return call_span(http, "wasm_on_body", at, len);
}

static int on_message_complete(llhttp_t *http)
{
	return call_plain(http, "wasm_on_message_complete");
}

static const llhttp_settings_t settings = {
	.on_message_begin = on_message_begin,
	.on_status = on_status,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

static void parser_finalize(JSRuntime *rt, JSValueConst self)
{
	struct parser *p = JS_GetOpaque(self, class_id);

	if (!p)
		return;
	JS_FreeValueRT(rt, p->callbacks);
	js_free_rt(rt, p);
}

static void parser_mark(JSRuntime *rt, JSValueConst self, JS_MarkFunc *mark)
{
	struct parser *p = JS_GetOpaque(self, class_id);

	if (p)
		JS_MarkValue(rt, p->callbacks, mark);
}

/* alloc(callbacks) */
static JSValue response_alloc(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSValue parser = JS_NewObjectClass(ctx, class_id);
	struct parser *p = JS_IsException(parser) ? NULL : js_mallocz(ctx, sizeof *p);

	if (!p) {
		JS_FreeValue(ctx, parser);
		return JS_EXCEPTION;
	}
	p->ctx = ctx;
	p->callbacks = JS_DupValue(ctx, argv[0]);
	llhttp_init(&p->http, HTTP_RESPONSE, &settings);
	JS_SetOpaque(parser, p);
	return parser;
}

/* execute(parser, memory, at, length): llhttp's errno. Without memory: the end of the input. */
static JSValue response_execute(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, argv[0]);
	struct bytes memory = { NULL, 0 };
	size_t at, len;
	int r;

	if (!p || (!JS_IsUndefined(argv[1]) && !bytes_get(ctx, argv[1], &memory)))
		return JS_EXCEPTION;
	at = index_get(ctx, argv[2], 0, memory.len);
	len = index_get(ctx, argv[3], 0, memory.len - at);
	p->self = argv[0];
	p->memory = (const char *)memory.at;
	p->has_thrown = false;
	r = memory.at ? llhttp_execute(&p->http, p->memory + at, len) : llhttp_finish(&p->http);
	return p->has_thrown ? JS_EXCEPTION : JS_NewInt32(ctx, r);
}

static JSValue response_resume(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, argv[0]);

	if (!p)
		return JS_EXCEPTION;
	llhttp_resume(&p->http);
	return JS_UNDEFINED;
}

/* Where it stopped, in the memory of the last execute(). */
static JSValue response_error_at(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, argv[0]);

	return p ? JS_NewInt64(ctx, llhttp_get_error_pos(&p->http) - p->memory) : JS_EXCEPTION;
}

static JSValue response_error(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, argv[0]);
	const char *reason = p ? llhttp_get_error_reason(&p->http) : NULL;

	return p ? JS_NewString(ctx, reason ? reason : "") : JS_EXCEPTION;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("alloc", 1, response_alloc),   JS_CFUNC_DEF("execute", 4, response_execute),
	JS_CFUNC_DEF("resume", 1, response_resume), JS_CFUNC_DEF("errorAt", 1, response_error_at),
	JS_CFUNC_DEF("error", 1, response_error),
};

void response_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef class = { "ResponseParser", .finalizer = parser_finalize,
					  .gc_mark = parser_mark };
	JSValue response = JS_NewObject(ctx);

	JS_NewClassID(JS_GetRuntime(ctx), &class_id);
	JS_NewClass(JS_GetRuntime(ctx), class_id, &class);
	JS_SetClassProto(ctx, class_id, JS_NewObject(ctx));
	JS_SetPropertyFunctionList(ctx, response, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "response", response);
}
