/* OutgoingMessage.end() for a response that is sent in one piece.
 *
 * What is not as in the common case is left to Node's own end(), which then finds everything as it
 * was: nothing is changed before it is sure that the response can be sent here.
 */
#include "respond.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "engine.h"
#include "exchange.h"
#include "kit.h"
#include "parser.h"
#include "serve.h"

enum { STATUS_MIN = 200, STATUS_MAX = 999, DATE_SIZE = 48, WHOLE_MAX = 1 << 20 };

/* The bytes of a response: header and body, in one buffer that is kept. */
static struct {
	char *at;
	size_t len, cap;
	bool has_failed; /* it is not one for us */
} out;

static char date[DATE_SIZE];
static time_t date_second;
static bool is_date_old = true;

void respond_new_second(void)
{
	is_date_old = true;
}

static void put(const void *at, size_t len)
{
	if (out.len + len > out.cap) {
		size_t cap = (out.len + len) * 2 + 1024;
		char *more = realloc(out.at, cap);

		if (!more) {
			out.has_failed = true;
			return;
		}
		out.at = more;
		out.cap = cap;
	}
	memcpy(out.at + out.len, at, len);
	out.len += len;
}

static void put_words(const char *words)
{
	put(words, strlen(words));
}

/* Text of a header. Node sends one that is not ASCII in the encoding of the body. */
static void put_ascii(JSContext *ctx, JSValueConst text)
{
	struct text t;

	if (!engine_text(ctx, text, &t)) {
		JS_FreeValue(ctx, JS_GetException(ctx));
		out.has_failed = true;
		return;
	}
	out.has_failed |= t.wide != NULL;
	for (size_t i = 0; t.narrow && i < t.len; i++)
		out.has_failed |= t.narrow[i] >= 0x80;
	if (t.narrow)
		put(t.narrow, t.len);
	engine_text_free(ctx, &t);
}

static void put_date(void)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct timespec now;
	struct tm t;

	if (is_date_old) {
		clock_gettime(CLOCK_REALTIME, &now);
		is_date_old = false;
		if (now.tv_sec != date_second) {
			date_second = now.tv_sec;
			gmtime_r(&now.tv_sec, &t);
			(void)snprintf(date, sizeof date,
				       "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
				       days[t.tm_wday], t.tm_mday, months[t.tm_mon],
				       t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
		}
	}
	put_words(date);
}

/* What the headers that the program has set say about the message. */
struct head {
	bool has_length, has_date;
	JSValue length; /* as it was set */
};

static void put_header(JSContext *ctx, JSAtom key, JSValueConst entry, struct head *head)
{
	static const char *const special[] = { "connection", "transfer-encoding",
					       "expect",     "trailer",
					       "keep-alive", "content-disposition",
					       "set-cookie" };
	JSValue name = JS_GetPropertyUint32(ctx, entry, 0),
		value = JS_GetPropertyUint32(ctx, entry, 1);
	const char *word = JS_AtomToCString(ctx, key);

	for (size_t i = 0; word && i < sizeof special / sizeof *special; i++)
		out.has_failed |= strcmp(word, special[i]) == 0;
	out.has_failed |= !word || JS_IsObject(value);
	if (!out.has_failed) {
		put_ascii(ctx, name);
		put_words(": ");
		if (JS_IsString(value)) {
			put_ascii(ctx, value);
		} else {
			JSValue text = JS_ToString(ctx, value);

			put_ascii(ctx, text);
			JS_FreeValue(ctx, text);
		}
		put_words("\r\n");
		head->has_date |= strcmp(word, "date") == 0;
		if (strcmp(word, "content-length") == 0) {
			head->has_length = true;
			head->length = value;
			value = JS_UNDEFINED;
		}
	}
	JS_FreeCString(ctx, word);
	JS_FreeValue(ctx, value);
	JS_FreeValue(ctx, name);
}

static void put_headers(JSContext *ctx, JSValueConst headers, struct head *head)
{
	JSPropertyEnum *keys;
	uint32_t n;

	if (JS_IsNull(headers))
		return;
	if (JS_GetOwnPropertyNames(ctx, &keys, &n, headers, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
	    0) {
		JS_FreeValue(ctx, JS_GetException(ctx));
		out.has_failed = true;
		return;
	}
	for (uint32_t i = 0; i < n && !out.has_failed; i++)
		put_header(ctx, keys[i].atom, kit_get(headers, keys[i].atom), head);
	JS_FreePropertyEnum(ctx, keys, n);
}

/* Owned. */
static JSValue status_message(JSContext *ctx, JSValueConst res, int32_t status)
{
	JSValue message = JS_GetProperty(ctx, res, kit.name.statusMessage);

	if (JS_ToBool(ctx, message))
		return message;
	JS_FreeValue(ctx, message);
	return JS_GetPropertyUint32(ctx, kit.object.status_codes, (uint32_t)status);
}

static void put_status(JSContext *ctx, int32_t status, JSValueConst message)
{
	char line[16];
	size_t before;

	(void)snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
	put_words(line);
	before = out.len;
	put_ascii(ctx, message);
	for (size_t i = before; i < out.len; i++)
		out.has_failed |= out.at[i] < 0x20 || out.at[i] == 0x7F;
	put_words("\r\n");
}

static void put_keep_alive(JSContext *ctx, JSValueConst res)
{
	double ms = 0;
	char line[48];

	put_words("Connection: keep-alive\r\n");
	if (JS_ToFloat64(ctx, &ms, kit_get(res, kit.name._keepAliveTimeout)) < 0 ||
	    !(ms >= 0 && ms < 1e12))
		out.has_failed = true;
	if (ms == 0)
		return;
	(void)snprintf(line, sizeof line, "Keep-Alive: timeout=%.0f\r\n",
		       (double)(int64_t)(ms / 1000));
	put_words(line);
}

/* Flags of the response that lead to another header. */
static bool is_usual(JSContext *ctx, JSValueConst res)
{
	const JSAtom off[] = { kit.name._removedConnection,
			       kit.name._removedContLen,
			       kit.name._removedTE,
			       kit.name.chunkedEncoding,
			       kit.name._last,
			       kit.name._expect_continue,
			       kit.name.maxRequestsOnConnectionReached,
			       kit.name.strictContentLength,
			       kit.name.finished,
			       kit.name.destroyed,
			       kit.name._headerSent,
			       kit.symbol.kNeedDrain,
			       kit.symbol.kRejectNonStandardBodyWrites };
	const JSAtom on[] = { kit.name.shouldKeepAlive, kit.name.useChunkedEncodingByDefault,
			      kit.name._defaultKeepAlive };
	const struct {
		JSAtom name;
		JSValueConst expected;
	} methods[] = {
		{ kit.name.writeHead, kit.object.write_head },
		{ kit.name._implicitHeader, kit.object.implicit_header },
		{ kit.name._storeHeader, kit.object.store_header },
		{ kit.name._send, kit.object.send_method },
		{ kit.name._writeRaw, kit.object.write_raw },
		{ kit.name._finish, kit.object.finish_method },
	};

	for (size_t i = 0; i < sizeof off / sizeof *off; i++)
		if (!kit_is_false(res, off[i]))
			return false;
	for (size_t i = 0; i < sizeof on / sizeof *on; i++)
		if (!kit_is_true(res, on[i]))
			return false;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (!kit_is(ctx, res, methods[i].name, methods[i].expected))
			return false;
	return kit_is_null(res, kit.name._header) && kit_is_int(res, kit.symbol.corkedCount, 0) &&
	       kit_is_int(kit_get(res, kit.name.outputData), kit.name.length, 0) &&
	       kit_is_null(res, kit.symbol.kEndCallbacks) && kit_is_null(res, kit.symbol.kErrored);
}

/* Of a response that we began, on a socket that waits for nothing; NULL if it is not. */
static struct parser *parser_for(JSContext *ctx, JSValueConst res, JSValueConst socket)
{
	struct parser *p = parser_in(kit_get(socket, kit.name.parser));
	JSValueConst state = kit_get(socket, kit.name._writableState);

	if (!kit.is_ready || !p || p->connection.res != JS_VALUE_GET_PTR(res) ||
	    !kit_same(kit_get(socket, kit.name._httpMessage), res) ||
	    !kit_is_int(state, kit.symbol.kState, kit.state_idle) ||
	    !kit_is_int(state, kit.name.pendingcb, 0) || !kit_is_int(state, kit.name.corked, 0) ||
	    !kit_is(ctx, socket, kit.name.write, kit.object.write_method))
		return NULL;
	return p;
}

struct body {
	const char *text; /* of a string */
	const void *at;
	size_t len;
};

static bool is_well_formed(const struct text *t)
{
	for (size_t i = 0; t->wide && i < t->len; i++) {
		bool is_high = (t->wide[i] & 0xFC00) == 0xD800,
		     is_low = (t->wide[i] & 0xFC00) == 0xDC00;

		if (is_low || (is_high && (i + 1 == t->len || (t->wide[i + 1] & 0xFC00) != 0xDC00)))
			return false;
		i += is_high;
	}
	return true;
}

static bool is_utf8(JSContext *ctx, JSValueConst encoding)
{
	const char *word;
	bool r;

	if (JS_IsUndefined(encoding) || JS_IsNull(encoding))
		return true;
	if (!JS_IsString(encoding))
		return false;
	word = JS_ToCString(ctx, encoding);
	r = word && (strcmp(word, "utf8") == 0 || strcmp(word, "utf-8") == 0);
	JS_FreeCString(ctx, word);
	return r;
}

/* False if it is none that is sent here. */
static bool body_init(JSContext *ctx, JSValueConst chunk, JSValueConst encoding, struct body *ret)
{
	struct text t;
	struct bytes b;
	bool is_text = JS_IsString(chunk);

	*ret = (struct body){ 0 };
	if (JS_IsNull(chunk) || JS_IsUndefined(chunk))
		return true;
	if (!is_text && JS_GetTypedArrayType(chunk) != JS_TYPED_ARRAY_UINT8)
		return false;
	if (!is_text && bytes_get(ctx, chunk, &b)) {
		ret->at = b.at;
		ret->len = b.len;
		return b.len > 0 && b.len <= WHOLE_MAX;
	}
	if (!is_text || !is_utf8(ctx, encoding) || !engine_text(ctx, chunk, &t))
		return false;
	if (t.len <= WHOLE_MAX / 3 && is_well_formed(&t))
		ret->text = JS_ToCStringLen(ctx, &ret->len, chunk);
	ret->at = ret->text;
	engine_text_free(ctx, &t);
	return ret->text != NULL;
}

static void body_deinit(JSContext *ctx, struct body *body)
{
	JS_FreeCString(ctx, body->text);
}

/* What writeHead() and _storeHeader() leave in the response. */
static void keep_head(JSContext *ctx, JSValueConst res, int32_t status, JSValueConst message,
		      const struct head *head, size_t body_len, bool has_body)
{
	double length = (double)body_len;

	if (head->has_length)
		(void)JS_ToFloat64(ctx, &length, head->length);
	kit_set(ctx, res, kit.name._contentLength, JS_NewNumber(ctx, length));
	kit_set(ctx, res, kit.name.statusMessage, JS_DupValue(ctx, message));
	kit_set(ctx, res, kit.name.statusCode, JS_NewInt32(ctx, status));
	if (!has_body)
		kit_set(ctx, res, kit.name._hasBody, JS_FALSE);
	kit_set(ctx, res, kit.name._header, engine_narrow(ctx, (const uint8_t *)out.at, out.len));
	kit_set(ctx, res, kit.name._headerSent, JS_TRUE);
	kit_set(ctx, res, kit.name.finished, JS_TRUE);
}

/* The whole response to `out`; false, with the response as it was, if it is not a usual one. */
static bool compose(JSContext *ctx, JSValueConst res, const struct body *body)
{
	JSValue code = JS_GetProperty(ctx, res, kit.name.statusCode), message;
	struct head head = { .length = JS_UNDEFINED };
	bool is_int = JS_VALUE_GET_TAG(code) == JS_TAG_INT, has_body;
	int32_t status = is_int ? JS_VALUE_GET_INT(code) : 0;
	char line[48];

	JS_FreeValue(ctx, code);
	if (status < STATUS_MIN || status > STATUS_MAX)
		return false;
	out.len = 0;
	out.has_failed = false;
	has_body = status != 204 && status != 304 && kit_is_true(res, kit.name._hasBody);
	message = status_message(ctx, res, status);
	if (!JS_IsString(message)) {
		JS_FreeValue(ctx, message);
		return false;
	}
	put_status(ctx, status, message);
	put_headers(ctx, kit_get(res, kit.symbol.kOutHeaders), &head);
	if (kit_is_true(res, kit.name.sendDate) && !head.has_date)
		put_date();
	put_keep_alive(ctx, res);
	if (!head.has_length && has_body) {
		(void)snprintf(line, sizeof line, "Content-Length: %zu\r\n", body->len);
		put_words(line);
	}
	put_words("\r\n");
	if (!out.has_failed)
		keep_head(ctx, res, status, message, &head, body->len, has_body);
	if (has_body)
		put(body->at, body->len);
	JS_FreeValue(ctx, head.length);
	JS_FreeValue(ctx, message);
	return !out.has_failed;
}

/* 0, or -1 with an exception. What the socket does not take, and what it thinks wrong, is for
 * Node. */
static int transmit(JSContext *ctx, JSValueConst res, JSValueConst socket, JSValueConst handle)
{
	ssize_t n = send(JS_VALUE_GET_INT(kit_get(handle, kit.name.fd)), out.at, out.len, 0);
	JSValueConst args[5] = { res, socket, JS_UNDEFINED, handle, JS_UNDEFINED };
	JSValue r, rest, failure;

	if (n > 0)
		serve_count_written(ctx, handle, (size_t)n);
	if (n == (ssize_t)out.len) {
		exchange_ended(ctx, res);
		return 0;
	}
	failure = n < 0 && errno != EAGAIN ? errno_value(ctx, errno) : JS_NewInt32(ctx, 0);
	n = n < 0 ? 0 : n;
	rest = bytes_new(ctx, out.at + n, out.len - (size_t)n);
	args[2] = rest;
	args[4] = failure;
	r = JS_Call(ctx, kit.object.write_rest, JS_UNDEFINED, 5, args);
	JS_FreeValue(ctx, rest);
	JS_FreeValue(ctx, r);
	return JS_IsException(r) ? -1 : 0;
}

/* As _finish() does. 0, or -1 with an exception. */
static int tell_prefinish(JSContext *ctx, JSValueConst res)
{
	JSValue word, r;

	if (kit_is_int(res, kit.name._eventsCount, 1) &&
	    kit_is(ctx, res, kit.name.emit, kit.object.emit_method))
		return 0;
	word = JS_AtomToString(ctx, kit.name.prefinish);
	r = JS_Invoke(ctx, res, kit.name.emit, 1, (JSValueConst *)&word);
	JS_FreeValue(ctx, word);
	JS_FreeValue(ctx, r);
	return JS_IsException(r) ? -1 : 0;
}

/* 1: it is not for us. */
static int end_here(JSContext *ctx, JSValueConst res, JSValueConst chunk, JSValueConst encoding)
{
	JSValueConst socket = kit_get(res, kit.symbol.kSocket);
	struct parser *p = parser_for(ctx, res, socket);
	JSValueConst handle =
		p ? kit_get(kit_get(socket, kit.name.parser), kit.name.source) : JS_UNDEFINED;
	JSValueConst fd = kit_get(handle, kit.name.fd);
	struct body body;
	int r = 1;

	if (!p || JS_VALUE_GET_TAG(fd) != JS_TAG_INT || JS_VALUE_GET_INT(fd) < 0 ||
	    !kit_is_int(kit_get(handle, kit.name.queue), kit.name.length, 0) ||
	    !serve_has_no_timeout(socket) || !is_usual(ctx, res))
		return 1;
	if (body_init(ctx, chunk, encoding, &body) && compose(ctx, res, &body)) {
		p->connection.is_ended = true;
		r = transmit(ctx, res, socket, handle);
		if (r == 0)
			r = tell_prefinish(ctx, res);
	}
	body_deinit(ctx, &body);
	return r;
}

/* end(chunk, encoding, callback) */
static JSValue respond_end(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int r = 1;

	if (JS_IsObject(self) && argc <= 2)
		r = end_here(ctx, self, argv[0], argv[1]);
	else if (JS_IsObject(self) && argc == 3 && JS_IsUndefined(argv[2]))
		r = end_here(ctx, self, argv[0], argv[1]);
	if (r > 0)
		return JS_Call(ctx, kit.object.end_method, self, argc, argv);
	return r < 0 ? JS_EXCEPTION : JS_DupValue(ctx, self);
}

void respond_add(JSContext *ctx, JSValueConst target)
{
	JS_SetPropertyStr(ctx, target, "endResponse", JS_NewCFunction(ctx, respond_end, "end", 3));
}
