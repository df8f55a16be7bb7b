/* A request and its response, served in C as long as nobody looks.
 *
 * Node's JavaScript for a request that has no body, and a response that is sent in one piece, is
 * some 300 steps through streams, tick queues and timers whose result is known in advance. What a
 * program can see of it is done here in one go: the same objects, of the same classes, with the
 * same properties (copies of a pair that Node made when the runtime was built), and the same values
 * in them after each step. As soon as something is not as it is in the common case (a listener, a
 * method that was replaced, a second request on the way, a body, a tick that is due), Node's own
 * code goes on from the objects as they are.
 *
 *	exchange_begin		parserOnHeadersComplete, parserOnIncoming, emit('request')
 *	exchange_complete	parserOnMessageComplete and the tick that follows
 *	exchange_end (respond.c) OutgoingMessage.end
 *	exchange_finish		'finish', resOnFinish, and what dumping an empty request comes to
 *
 * 'finish' is due in the first tick after end(). Between the two, Node would run what is left of
 * the callback, so it is kept in `due` until the callback has returned.
 */
#include "exchange.h"

#include <math.h>
#include <string.h>

#include "engine.h"
#include "headers.h"
#include "kit.h"
#include "parser.h"
#include "respond.h"
#include "serve.h"

enum { DUE_MAX = 64 };

static JSValue due[DUE_MAX]; /* responses whose 'finish' is due */

int32_t *exchange_due(void)
{
	return &kit.loop[1]; /* boot/loop.js looks at it */
}

/* diagnostics_channel gives a channel that somebody listens to another prototype. */
static bool are_channels_active(JSContext *ctx)
{
	bool any = false;

	for (uint32_t i = 0; i < kit_length(kit.object.channels); i++) {
		JSValue channel = JS_GetPropertyUint32(ctx, kit.object.channels, i);
		JSValue prototype = JS_GetPrototype(ctx, channel);

		any |= !kit_same(prototype, kit.object.inactive_channel);
		JS_FreeValue(ctx, prototype);
		JS_FreeValue(ctx, channel);
	}
	return any;
}

static JSValueConst state_of(JSValueConst parser)
{
	int n;
	const JSValue *args = engine_bound(kit_get(parser, kit.name.onIncoming), &n);

	return args && n == 3 ? args[2] : JS_UNDEFINED;
}

static bool is_name(const struct parser *p, struct piece piece, const char *name)
{
	size_t len = strlen(name);

	return piece.len == len && strncasecmp(p->store + piece.at, name, len) == 0;
}

/* Has the request what every one has, and nothing that is more than a request? */
static bool is_head_plain(const struct parser *p)
{
	bool has_host = false;

	if (p->http.type != HTTP_REQUEST || p->have_flushed || p->http.upgrade ||
	    p->http.method == HTTP_CONNECT || p->http.http_major != 1 || p->http.http_minor != 1 ||
	    !llhttp_should_keep_alive(&p->http))
		return false;
	for (int i = 0; i < p->n_fields; i++) {
		has_host |= is_name(p, p->fields[i], "host");
		if (is_name(p, p->fields[i], "expect"))
			return false;
	}
	return has_host;
}

static bool is_server_plain(JSValueConst server)
{
	return kit_is_int(server, kit.name.timeout, 0) &&
	       kit_is_int(server, kit.name.maxRequestsPerSocket, 0);
}

static bool is_socket_plain(JSValueConst socket)
{
	JSValueConst events = kit_get(socket, kit.name._events);
	JSValueConst state = kit_get(socket, kit.name._writableState);

	return kit_is_null(socket, kit.name._httpMessage) &&
	       kit_is_false(socket, kit.name._paused) &&
	       kit_is_null(events, kit.name.newListener) &&
	       kit_is_null(events, kit.name.removeListener) &&
	       kit_is_int(state, kit.symbol.kState, kit.state_idle) &&
	       kit_is_int(state, kit.name.pendingcb, 0);
}

/* The socket's 'close' listeners with the one that belongs to a response, and without it. Node
 * makes the pair when it serves the first request. */
static bool listen_to_close(JSContext *ctx, JSValueConst parser, JSValueConst socket)
{
	JSValueConst events = kit_get(socket, kit.name._events),
		     pair = kit_get(parser, kit.name.closePair);
	JSValue first;
	bool r;

	if (JS_IsUndefined(pair) || kit_length(pair) != 2)
		return false;
	first = JS_GetPropertyUint32(ctx, pair, 0);
	r = kit_same(first, kit_get(events, kit.name.close));
	JS_FreeValue(ctx, first);
	if (r)
		kit_set(ctx, events, kit.name.close, JS_DupValue(ctx, pair));
	return r;
}

static bool is_listening_to_close(JSValueConst parser, JSValueConst socket)
{
	JSValueConst pair = kit_get(parser, kit.name.closePair);

	return kit_same(pair, kit_get(kit_get(socket, kit.name._events), kit.name.close)) &&
	       kit_length(pair) == 2;
}

static void stop_listening_to_close(JSContext *ctx, JSValueConst parser, JSValueConst socket)
{
	JSValue first = JS_GetPropertyUint32(ctx, kit_get(parser, kit.name.closePair), 0);

	kit_set(ctx, kit_get(socket, kit.name._events), kit.name.close, first);
}

static JSValue request_new(const struct parser *p, JSValueConst socket)
{
	JSContext *ctx = p->ctx;
	JSValue req = engine_clone(ctx, kit.object.request_template);
	JSValue state = engine_clone(ctx, kit.object.request_state), raw = parser_headers(p);

	kit_set(ctx, state, kit.name.buffer, JS_NewArray(ctx));
	kit_set(ctx, state, kit.name.pipes, JS_NewArray(ctx));
	kit_set(ctx, req, kit.name._readableState, state);
	kit_set(ctx, req, kit.name._events, engine_clone(ctx, kit.object.request_events));
	kit_set(ctx, req, kit.name.socket, JS_DupValue(ctx, socket));
	kit_set(ctx, req, kit.name.client, JS_DupValue(ctx, socket));
	kit_set(ctx, req, kit.symbol.kHeaders, headers_of(p, req, raw));
	kit_set(ctx, req, kit.name.rawHeaders, raw);
	kit_set(ctx, req, kit.symbol.kHeadersCount, JS_NewInt32(ctx, 2 * p->n_values));
	kit_set(ctx, req, kit.name.rawTrailers, JS_NewArray(ctx));
	kit_set(ctx, req, kit.name.url, parser_text(p, p->url));
	kit_set(ctx, req, kit.name.method,
		JS_GetPropertyUint32(ctx, kit.object.methods, p->http.method));
	return req;
}

static JSValue response_new(struct parser *p, JSValueConst req, JSValueConst socket,
			    JSValueConst server, JSValueConst connection_state)
{
	JSContext *ctx = p->ctx;
	JSValue res = engine_clone(ctx, kit.object.response_template);
	JSValue events = engine_clone(ctx, kit.object.response_events);
	JSValue pending = engine_clone(ctx, kit.object.pending_template);
	JSValue finish = engine_clone(ctx, kit.object.finish_template);
	JSValueConst given[5] = { req, res, socket, connection_state, server };
	int n;
	JSValue *args = engine_bound(pending, &n);

	/* The templates are bound to null, once each. */
	args[0] = JS_DupValue(ctx, socket);
	args[1] = JS_DupValue(ctx, connection_state);
	args = engine_bound(finish, &n);
	for (int i = 0; i < n; i++)
		args[i] = JS_DupValue(ctx, given[i]);
	p->connection.finish = kit_object(finish);
	kit_set(ctx, events, kit.name.finish, finish);
	kit_set(ctx, res, kit.name._events, events);
	kit_set(ctx, res, kit.name._onPendingData, pending);
	kit_set(ctx, res, kit.name.outputData, JS_NewArray(ctx));
	kit_set(ctx, res, kit.symbol.kChunkedBuffer, JS_NewArray(ctx));
	kit_set(ctx, res, kit.symbol.kSocket, JS_DupValue(ctx, socket));
	kit_set(ctx, res, kit.name.req, JS_DupValue(ctx, req));
	kit_set(ctx, res, kit.name._keepAliveTimeout,
		JS_DupValue(ctx, kit_get(server, kit.name.keepAliveTimeout)));
	kit_set(ctx, res, kit.name._maxRequestsPerSocket, JS_NewInt32(ctx, 0));
	if (p->http.method == HTTP_HEAD)
		kit_set(ctx, res, kit.name._hasBody, JS_FALSE);
	return res;
}

/* emit('request', req, res); -1 if it threw. */
static int tell_program(JSContext *ctx, JSValueConst server, JSValueConst req, JSValueConst res)
{
	JSValueConst listener = kit_get(kit_get(server, kit.name._events), kit.name.request);
	JSValue r, args[3] = { JS_UNDEFINED, JS_DupValue(ctx, req), JS_DupValue(ctx, res) };

	if (JS_IsFunction(ctx, listener) && kit_is_false(server, kit.symbol.kCapture) &&
	    kit_is(ctx, server, kit.name.emit, kit.object.emit_method)) {
		JSValue held = JS_DupValue(ctx, listener);

		r = JS_Call(ctx, held, server, 2, (JSValueConst *)args + 1);
		JS_FreeValue(ctx, held);
	} else {
		args[0] = JS_AtomToString(ctx, kit.name.request);
		r = JS_Invoke(ctx, server, kit.name.emit, 3, (JSValueConst *)args);
	}
	for (int i = 0; i < 3; i++)
		JS_FreeValue(ctx, args[i]);
	if (JS_IsException(r))
		return -1;
	JS_FreeValue(ctx, r);
	return 0;
}

static bool can_begin(struct parser *p, JSValueConst socket, JSValueConst server,
		      JSValueConst state)
{
	JSValueConst incoming = kit_get(state, kit.name.incoming);

	return p->connection.is_attached && is_head_plain(p) && is_socket_plain(socket) &&
	       is_server_plain(server) && kit_length(incoming) == 0 &&
	       kit_length(kit_get(state, kit.name.outgoing)) == 0 && !kit_is_watched() &&
	       kit_is_int(p->self, kit.name.maxHeaderPairs, 2000) && !are_channels_active(p->ctx);
}

/* Ends the connection's time to idle, which is no timer of Node's; false if it has one. */
static bool stop_idling(struct parser *p, JSValueConst socket, JSValueConst state)
{
	if (kit_is_false(state, kit.name.keepAliveTimeoutSet))
		return true;
	if (p->connection.idle_until_ms == 0 ||
	    !kit_is_int(socket, kit.name.timeout, p->connection.idle_ms))
		return false;
	p->connection.idle_until_ms = 0;
	kit_set(p->ctx, socket, kit.name.timeout, JS_NewInt32(p->ctx, 0));
	kit_set(p->ctx, state, kit.name.keepAliveTimeoutSet, JS_FALSE);
	return true;
}

static int node_serves(struct parser *p)
{
	p->connection.req = p->connection.res = p->connection.finish = NULL;
	p->connection.is_plain = p->connection.is_ended = false;
	p->connection.idle_until_ms = 0;
	return 1;
}

int exchange_begin(struct parser *p)
{
	JSContext *ctx = p->ctx;
	JSValueConst socket = kit_get(p->self, kit.name.socket);
	JSValueConst server = kit_get(socket, kit.name.server), state = state_of(p->self);
	JSValue req, res;
	int r;

	if (!can_begin(p, socket, server, state) || !stop_idling(p, socket, state) ||
	    !listen_to_close(ctx, p->self, socket))
		return node_serves(p);
	req = request_new(p, socket);
	res = response_new(p, req, socket, server, state);
	p->connection.req = kit_object(req);
	p->connection.res = kit_object(res);
	p->connection.is_ended = false;
	JS_SetPropertyUint32(ctx, kit_get(state, kit.name.incoming), 0, JS_DupValue(ctx, req));
	kit_set(ctx, socket, kit.name._httpMessage, JS_DupValue(ctx, res));
	kit_set(ctx, p->self, kit.name.incoming, JS_DupValue(ctx, req));
	r = tell_program(ctx, server, req, res);
	JS_FreeValue(ctx, req);
	JS_FreeValue(ctx, res);
	return r;
}

static bool is_untouched(JSValueConst req, int32_t state)
{
	return !engine_slot(req, kit.name._eventsCount) &&
	       kit_is_int(kit_get(req, kit.name._readableState), kit.symbol.kState, state);
}

bool exchange_complete(struct parser *p)
{
	JSContext *ctx = p->ctx;
	JSValueConst req, socket;

	if (!p->connection.req)
		return false;
	req = kit_get(p->self, kit.name.incoming);
	socket = kit_get(p->self, kit.name.socket);
	if (kit_object(req) != p->connection.req || !is_untouched(req, kit.state_begin) ||
	    p->n_fields || kit.ticks[0] || !kit_is_false(socket, kit.name._paused)) {
		p->connection.is_plain = false;
		return false;
	}
	kit_set(ctx, req, kit.name.complete, JS_TRUE);
	kit_set(ctx, kit_get(req, kit.name._readableState), kit.symbol.kState,
		JS_NewInt32(ctx, kit.state_complete));
	return true;
}

/* Nobody will see how, so all that 'finish' leads to is done at once. */
static bool can_finish(struct parser *p, JSValueConst parser, JSValueConst res, JSValueConst socket,
		       JSValueConst state)
{
	JSContext *ctx = p->ctx;
	JSValueConst events = kit_get(res, kit.name._events), req = kit_get(res, kit.name.req);
	JSValueConst incoming = kit_get(state, kit.name.incoming);
	JSValue first;
	bool is_first;

	if (!p->connection.is_attached || kit_object(res) != p->connection.res ||
	    kit_object(req) != p->connection.req || !p->connection.is_ended || kit.ticks[0] ||
	    kit_is_watched() || are_channels_active(ctx) || kit_length(incoming) != 1 ||
	    kit_length(kit_get(state, kit.name.outgoing)) != 0)
		return false;
	first = JS_GetPropertyUint32(ctx, incoming, 0);
	is_first = kit_same(first, req);
	JS_FreeValue(ctx, first);
	return is_first && kit_object(kit_get(events, kit.name.finish)) == p->connection.finish &&
	       kit_is_int(res, kit.name._eventsCount, 1) && kit_is_false(res, kit.name._last) &&
	       kit_is_null(res, kit.symbol.kEndCallbacks) &&
	       kit_is_null(res, kit.symbol.kErrored) && kit_is_false(res, kit.name.destroyed) &&
	       kit_is_true(req, kit.name.complete) && is_untouched(req, kit.state_complete) &&
	       kit_is_null(req, kit.symbol.kAbortSignalSocket) &&
	       kit_same(kit_get(parser, kit.name.incoming), req) &&
	       kit_same(kit_get(socket, kit.name._httpMessage), res) &&
	       kit_is_false(socket, kit.name._hadError) &&
	       kit_is_int(kit_get(socket, kit.name._writableState), kit.symbol.kState,
			  kit.state_idle) &&
	       is_listening_to_close(parser, socket) &&
	       kit_is(ctx, res, kit.name.emit, kit.object.emit_method) &&
	       kit_is(ctx, req, kit.name.emit, kit.object.emit_method) &&
	       kit_is(ctx, req, kit.name.destroy, kit.object.incoming_destroy);
}

static void begin_idling(struct parser *p, JSValueConst server, JSValueConst socket,
			 JSValueConst state)
{
	JSContext *ctx = p->ctx;
	double timeout = kit_number(ctx, server, kit.name.keepAliveTimeout, 0);
	double ms = timeout + kit_number(ctx, server, kit.name.keepAliveTimeoutBuffer, 1000);

	if (timeout == 0)
		return;
	serve_begin_idling(p, (int)fmin(ms, INT32_MAX));
	kit_set(ctx, socket, kit.name.timeout, JS_NewInt32(ctx, p->connection.idle_ms));
	kit_set(ctx, state, kit.name.keepAliveTimeoutSet, JS_TRUE);
}

/* The listener stays with the response, as Node leaves it; what it held would be a cycle. */
static void unbind(JSContext *ctx, JSValueConst finish)
{
	int n;
	JSValue *args = engine_bound(finish, &n);

	for (int i = 0; i < n; i++) {
		JSValue held = args[i];

		args[i] = JS_UNDEFINED;
		JS_FreeValue(ctx, held);
	}
}

static void finish_request(JSContext *ctx, JSValueConst req)
{
	JSValueConst state = kit_get(req, kit.name._readableState);

	kit_set(ctx, req, kit.name._dumped, JS_TRUE);
	kit_set(ctx, req, kit.symbol.shapeMode, JS_FALSE);
	kit_set(ctx, req, kit.symbol.kAbortSignalDetached, JS_TRUE);
	kit_set(ctx, req, kit.name._eventsCount, JS_NewInt32(ctx, 1));
	kit_set(ctx, kit_get(req, kit.name._events), kit.name.end,
		JS_DupValue(ctx, kit.object.clear_incoming));
	kit_set(ctx, state, kit.symbol.kState, JS_NewInt32(ctx, kit.state_end));
}

static void finish_now(struct parser *p, JSValueConst parser, JSValueConst res, JSValueConst socket,
		       JSValueConst state)
{
	JSContext *ctx = p->ctx;
	JSValueConst server = kit_get(socket, kit.name.server);

	finish_request(ctx, kit_get(res, kit.name.req));
	JS_SetProperty(ctx, kit_get(state, kit.name.incoming), kit.name.length,
		       JS_NewInt32(ctx, 0));
	stop_listening_to_close(ctx, parser, socket);
	begin_idling(p, server, socket, state);
	kit_set(ctx, parser, kit.name.incoming, JS_NULL);
	unbind(ctx, kit_get(kit_get(res, kit.name._events), kit.name.finish));
	kit_set(ctx, res, kit.symbol.kWritableFinished, JS_TRUE);
	kit_set(ctx, res, kit.name.destroyed, JS_TRUE);
	kit_set(ctx, res, kit.name._closed, JS_TRUE);
	kit_set(ctx, socket, kit.name._httpMessage, JS_NULL);
	kit_set(ctx, res, kit.symbol.kSocket, JS_NULL);
	p->connection.req = p->connection.res = p->connection.finish = NULL;
	p->connection.is_ended = false;
}

/* False with an exception: a listener threw. */
static bool finish(JSContext *ctx, JSValueConst res)
{
	JSValueConst socket = kit_get(res, kit.symbol.kSocket),
		     parser = kit_get(socket, kit.name.parser);
	struct parser *p = parser_in(parser);
	JSValue r;

	if (p && can_finish(p, parser, res, socket, state_of(parser))) {
		finish_now(p, parser, res, socket, state_of(parser));
		return true;
	}
	if (p) {
		p->connection.is_plain = false;
		p->connection.req = p->connection.res = p->connection.finish = NULL;
	}
	r = JS_Call(ctx, kit.object.on_finish, JS_UNDEFINED, 1, &res);
	JS_FreeValue(ctx, r);
	return !JS_IsException(r);
}

void exchange_ended(JSContext *ctx, JSValueConst res)
{
	JSValueConst args[2] = { kit.object.on_finish, res };

	/* What is due in a tick before ours comes before it. Async contexts go along with ticks. */
	if (kit.ticks[0] || kit.loop[2] || *exchange_due() == DUE_MAX || engine_has_context())
		JS_FreeValue(ctx, JS_Call(ctx, kit.object.next_tick, kit.object.process, 2, args));
	else
		due[(*exchange_due())++] = JS_DupValue(ctx, res);
}

/* finishExchanges(): of all responses that were ended since; as the first of the ticks */
JSValue exchange_finish_all(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	bool ok = true;

	while (*exchange_due() > 0 && ok) {
		JSValue res = due[0];

		--*exchange_due();
		memmove(due, due + 1, (size_t)*exchange_due() * sizeof *due);
		ok = finish(ctx, res);
		JS_FreeValue(ctx, res);
	}
	return ok ? JS_UNDEFINED : JS_EXCEPTION;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("finishExchanges", 0, exchange_finish_all),
};

void exchange_add(JSContext *ctx, JSValueConst target)
{
	kit_add(ctx, target);
	headers_add(ctx, target);
	respond_add(ctx, target);
	serve_add(ctx, target);
	JS_SetPropertyFunctionList(ctx, target, functions, sizeof functions / sizeof *functions);
}
