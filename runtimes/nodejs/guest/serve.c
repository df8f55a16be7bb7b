/* Connections that exchange.c serves: reading from them, the callback that a read is, and their
 * time to idle, which is a number here where Node would set and clear a timer for each request.
 */
#include "serve.h"

#include <errno.h>
#include <math.h>
#include <sys/socket.h>

#include "engine.h"
#include "exchange.h"
#include "kit.h"
#include "parser.h"
#include "respond.h"

enum { READ_SIZE = 65536 };

static struct parser attached = { .connection = { .next = &attached, .previous = &attached } };
static double now_ms, idle_check_ms = INFINITY;

void serve_forget(struct parser *p)
{
	struct connection *c = &p->connection;

	if (!c->is_attached)
		return;
	c->next->connection.previous = c->previous;
	c->previous->connection.next = c->next;
	*c = (struct connection){ 0 };
}

static void attach(struct parser *p, JSValueConst object)
{
	struct connection *c = &p->connection;

	if (c->is_attached)
		return;
	c->is_attached = true;
	c->object = object;
	c->next = attached.connection.next;
	c->previous = &attached;
	c->next->connection.previous = p;
	attached.connection.next = p;
}

/* attachExchange(parser) */
static JSValue attach_parser(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, argv[0]);

	if (!p)
		return JS_EXCEPTION;
	attach(p, argv[0]);
	return JS_UNDEFINED;
}

static JSValue detach_parser(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct parser *p = parser_of(ctx, argv[0]);

	if (!p)
		return JS_EXCEPTION;
	serve_forget(p);
	return JS_UNDEFINED;
}

static void count(JSContext *ctx, JSValueConst handle, JSAtom name, size_t n)
{
	double before = kit_number(ctx, handle, name, 0);

	kit_set(ctx, handle, name, JS_NewInt64(ctx, (int64_t)before + (int64_t)n));
}

void serve_count_written(JSContext *ctx, JSValueConst handle, size_t n)
{
	count(ctx, handle, kit.name.bytesWritten, n);
}

static void enter(JSContext *ctx, JSValueConst handle)
{
	double id = kit_number(ctx, handle, kit.name.asyncId, 0);
	double trigger = kit_number(ctx, handle, kit.name.triggerId, 0);

	kit.id_stack[0] = kit.ids[kit.execution_id];
	kit.id_stack[1] = kit.ids[kit.trigger_id];
	kit.hook_fields[kit.stack_length] = 1;
	kit.ids[kit.execution_id] = id;
	kit.ids[kit.trigger_id] = trigger;
	JS_SetPropertyUint32(ctx, kit.object.resources, 0, JS_DupValue(ctx, handle));
}

static void leave(JSContext *ctx)
{
	kit.ids[kit.execution_id] = kit.id_stack[0];
	kit.ids[kit.trigger_id] = kit.id_stack[1];
	kit.hook_fields[kit.stack_length] = 0;
	JS_SetProperty(ctx, kit.object.resources, kit.name.length, JS_NewInt32(ctx, 0));
}

bool serve_has_no_timeout(JSValueConst socket)
{
	return kit_is_null(socket, kit.name.timeout) || kit_is_int(socket, kit.name.timeout, 0);
}

/* What Node does with the result of a run; nothing if there was nothing but exchanges of ours. */
static JSValue after_run(struct parser *p, JSValueConst parser, JSValue parsed, const char *at,
			 size_t n)
{
	JSContext *ctx = p->ctx;
	JSValueConst socket = kit_get(parser, kit.name.socket);
	JSValue r;

	if (p->connection.is_plain && JS_IsNumber(parsed) &&
	    (serve_has_no_timeout(socket) || p->connection.idle_until_ms != 0))
		return JS_UNDEFINED;
	p->run_at = at;
	p->run_len = n;
	r = JS_Call(ctx, kit.object.on_execute, parser, 1, (JSValueConst *)&parsed);
	p->run_at = NULL;
	JS_FreeValue(ctx, parsed);
	return r;
}

/* A callback of the loop, as loop.call() does it in boot/loop.js. */
static void feed(struct parser *p, JSValueConst parser, JSValueConst handle, const char *at,
		 size_t n)
{
	JSContext *ctx = p->ctx;
	JSValue before = engine_swap_context(ctx, kit_get(handle, kit.name.frame)), r;

	enter(ctx, handle);
	kit.loop[0]++;
	p->connection.is_plain = true;
	if (p->connection.idle_until_ms != 0) /* as Node refreshes its timer at each read */
		p->connection.idle_until_ms = now_ms + p->connection.idle_ms;
	r = parser_run(p, parser, at, n);
	if (!JS_IsException(r))
		r = after_run(p, parser, r, at, n);
	if (JS_IsException(r)) {
		JSValue error = JS_GetException(ctx);

		kit.loop[0]--;
		JS_FreeValue(ctx, JS_Call(ctx, kit.object.uncaught, JS_UNDEFINED, 1,
					  (JSValueConst *)&error));
		kit.loop[0]++;
		JS_FreeValue(ctx, error);
	} else {
		JS_FreeValue(ctx, r);
	}
	if (kit.hook_fields[kit.stack_length] == 1)
		leave(ctx);
	JS_FreeValue(ctx, engine_swap_context(ctx, before));
	JS_FreeValue(ctx, before);
	kit.loop[0]--;
}

int serve_ready(JSContext *ctx, JSValueConst handle)
{
	static char at[READ_SIZE];
	JSValue parser = JS_UNDEFINED;
	struct parser *p;
	ssize_t n;
	JSValue r = JS_UNDEFINED;

	if (!kit.is_ready || kit.loop[0] != 0 || kit.hook_fields[kit.stack_length] != 0 ||
	    kit_is_watched())
		return 0;
	p = parser_in(kit_get(handle, kit.name.consumer));
	if (!p || !p->connection.is_attached || p->is_running)
		return 0;
	n = recv(JS_VALUE_GET_INT(kit_get(handle, kit.name.fd)), at, sizeof at, 0);
	if (n < 0 && errno == EAGAIN)
		return 1;
	if (n < 0) /* it is told only once */
		kit_set(ctx, handle, kit.name.readFailure, errno_value(ctx, errno));
	if (n <= 0)
		return 0;
	parser = JS_DupValue(ctx, kit_get(handle, kit.name.consumer));
	count(ctx, handle, kit.name.bytesRead, (size_t)n);
	feed(p, parser, handle, at, (size_t)n);
	JS_FreeValue(ctx, parser);
	if (*exchange_due() > 0)
		r = exchange_finish_all(ctx, JS_UNDEFINED, 0, NULL);
	if (JS_IsException(r) || *exchange_due() > 0 || kit.ticks[0] || kit.ticks[1] ||
	    JS_IsJobPending(JS_GetRuntime(ctx))) {
		JSValue error = JS_IsException(r) ? JS_GetException(ctx) : JS_UNDEFINED;

		r = JS_Call(ctx, kit.object.run_ticks, JS_UNDEFINED, 1, (JSValueConst *)&error);
		JS_FreeValue(ctx, error);
		if (JS_IsException(r))
			return -1;
		JS_FreeValue(ctx, r);
	}
	return 1;
}

int serve_timeout(int timeout_ms)
{
	double left = idle_check_ms - parser_now_ms();

	if (!isfinite(idle_check_ms) || (timeout_ms >= 0 && timeout_ms <= left))
		return timeout_ms;
	return left <= 0 ? 0 : (int)fmin(ceil(left), INT32_MAX);
}

void serve_wake(void)
{
	now_ms = parser_now_ms();
	respond_new_second();
}

void serve_begin_idling(struct parser *p, int ms)
{
	p->connection.idle_ms = ms;
	p->connection.idle_until_ms = now_ms + ms;
	idle_check_ms = fmin(idle_check_ms, p->connection.idle_until_ms);
}

/* The connection whose time has come; remembers when the next one's will. */
static struct parser *next_expired(void)
{
	double next_ms = INFINITY;

	for (struct parser *p = attached.connection.next; p != &attached; p = p->connection.next) {
		if (p->connection.idle_until_ms == 0)
			continue;
		if (p->connection.idle_until_ms <= now_ms)
			return p;
		next_ms = fmin(next_ms, p->connection.idle_until_ms);
	}
	idle_check_ms = next_ms;
	return NULL;
}

int serve_expire(JSContext *ctx)
{
	struct parser *p;

	if (now_ms < idle_check_ms)
		return 0;
	while ((p = next_expired())) {
		JSValue socket = JS_DupValue(ctx, kit_get(p->connection.object, kit.name.socket)),
			r;

		p->connection.idle_until_ms = 0;
		r = JS_UNDEFINED;
		if (kit_is_int(socket, kit.name.timeout,
			       p->connection.idle_ms)) /* else it was set anew */
			r = JS_Call(ctx, kit.object.expire, JS_UNDEFINED, 1,
				    (JSValueConst *)&socket);
		JS_FreeValue(ctx, socket);
		if (JS_IsException(r))
			return -1;
		JS_FreeValue(ctx, r);
	}
	return 0;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("attachExchange", 1, attach_parser),
	JS_CFUNC_DEF("detachExchange", 1, detach_parser),
};

void serve_add(JSContext *ctx, JSValueConst target)
{
	JS_SetPropertyFunctionList(ctx, target, functions, sizeof functions / sizeof *functions);
}
