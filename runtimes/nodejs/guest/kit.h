/* What exchange.c and respond.c know of Node's library: names of properties, and the objects that
 * boot/exchange.js found when it watched Node serve a request. */
#pragma once

#include "native.h"

/* Properties with these names. */
/* clang-format off */
#define KIT_NAMES(X) \
	X(_closed) X(_contentLength) X(_defaultKeepAlive) X(_dumped) X(_events) \
	X(_eventsCount) X(_expect_continue) X(_finish) X(_hadError) X(_hasBody) X(_header) \
	X(_headerSent) X(_httpMessage) X(_implicitHeader) X(_keepAliveTimeout) X(_last) \
	X(_maxRequestsPerSocket) X(_onPendingData) X(_paused) X(_readableState) \
	X(_removedConnection) X(_removedContLen) X(_removedTE) X(_send) X(_storeHeader) \
	X(_writableState) X(_writeRaw) X(asyncId) X(buffer) X(bytesRead) X(bytesWritten) \
	X(chunkedEncoding) X(client) X(close) X(closePair) X(complete) X(consumer) \
	X(corked) X(destroy) X(destroyed) X(emit) X(end) X(fd) X(finish) X(finished) \
	X(frame) X(incoming) X(keepAliveTimeout) X(keepAliveTimeoutBuffer) \
	X(keepAliveTimeoutSet) X(length) X(maxHeaderPairs) \
	X(maxRequestsOnConnectionReached) X(maxRequestsPerSocket) X(method) X(newListener) \
	X(onIncoming) X(outgoing) X(outputData) X(parser) X(pendingcb) X(pipes) \
	X(prefinish) X(queue) X(rawHeaders) X(rawTrailers) X(readFailure) X(removeListener) \
	X(req) X(request) X(sendDate) X(server) X(shouldKeepAlive) X(socket) X(source) \
	X(statusCode) X(statusMessage) X(strictContentLength) X(timeout) X(triggerId) \
	X(url) X(useChunkedEncodingByDefault) X(write) X(writeHead)
/* clang-format on */

/* Properties whose names are symbols. */
/* clang-format off */
#define KIT_SYMBOLS(X) \
	X(corkedCount) X(kAbortSignalDetached) X(kAbortSignalSocket) X(kCapture) \
	X(kChunkedBuffer) X(kEndCallbacks) X(kErrored) X(kHeaders) X(kHeadersCount) \
	X(kNeedDrain) X(kOutHeaders) X(kRejectNonStandardBodyWrites) X(kSocket) X(kState) \
	X(kWritableFinished) X(shapeMode)
/* clang-format on */

/* Objects. */
/* clang-format off */
#define KIT_OBJECTS(X) \
	X(add_header_line) X(channels) X(clear_incoming) X(emit_method) X(end_method) \
	X(expire) X(finish_method) X(finish_template) X(get_header) X(implicit_header) \
	X(inactive_channel) X(incoming_destroy) X(methods) X(next_tick) X(on_execute) \
	X(on_finish) X(pending_template) X(process) X(request_events) X(request_state) \
	X(request_template) X(resources) X(response_events) X(response_template) X(run_ticks) \
	X(send_method) X(set_header) X(status_codes) X(store_header) X(uncaught) \
	X(write_head) X(write_method) X(write_raw) X(write_rest)
/* clang-format on */

struct kit {
#define X(name) JSAtom name;
	struct {
		KIT_NAMES(X)
		JSAtom set_cookie;
	} name;
	struct {
		KIT_SYMBOLS(X)
	} symbol;
#undef X
#define X(name) JSValue name;
	struct {
		KIT_OBJECTS(X)
	} object;
#undef X
	int32_t state_begin, state_complete, state_end; /* of a request's readable side */
	int32_t state_idle;				/* of a socket's writable side */
	uint32_t *hook_fields;				/* async_hook_fields */
	double *ids;					/* async_id_fields */
	double *id_stack;				/* async_ids_stack */
	uint8_t *ticks;					/* tickInfo */
	uint32_t *observers;				/* performance's observerCounts */
	int32_t *loop; /* shared with boot/loop.js, which says what is in it */
	int n_hook_totals, stack_length, execution_id, trigger_id, http_observer;
	bool is_ready;
};

extern struct kit kit;

void kit_add(JSContext *ctx, JSValueConst target);

/* Is the property, own or inherited, this very object? */
bool kit_is(JSContext *ctx, JSValueConst object, JSAtom name, JSValueConst expected);
bool kit_same(JSValueConst a, JSValueConst b);
/* Own plain properties. */
bool kit_is_true(JSValueConst object, JSAtom name);
bool kit_is_false(JSValueConst object, JSAtom name);
bool kit_is_null(JSValueConst object, JSAtom name); /* or undefined, or not there */
bool kit_is_int(JSValueConst object, JSAtom name, int32_t n);
JSValueConst kit_get(JSValueConst object, JSAtom name); /* undefined if it is not there */
uint32_t kit_length(JSValueConst array);		/* UINT32_MAX if it is none */
void *kit_object(JSValueConst value);			/* to compare; NULL if it is none */
/* `fallback` if it is no finite number of at least 0 */
double kit_number(JSContext *ctx, JSValueConst object, JSAtom name, double fallback);
/* Does an async hook or a performance observer want to see all? */
bool kit_is_watched(void);
/* Takes the value. */
void kit_set(JSContext *ctx, JSValueConst object, JSAtom name, JSValue value);
