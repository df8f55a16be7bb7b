/* The C half of the runtime: each file adds its functions to the object `sys`, which boot/ builds
 * Node's bindings on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/* The bytes of an ArrayBuffer or of a view of one; they stay the object's. */
struct bytes {
	uint8_t *at;
	size_t len;
};

/* False, with an exception, if `value` has no bytes. */
bool bytes_get(JSContext *ctx, JSValueConst value, struct bytes *ret);
/* A new ArrayBuffer with a copy. */
JSValue bytes_new(JSContext *ctx, const void *at, size_t len);

/* `value` as an integer from 0 to `max`; `fallback` if it is undefined, the nearest bound if it
 * lies outside. */
size_t index_get(JSContext *ctx, JSValueConst value, size_t fallback, size_t max);

/* How a call that failed looks to JavaScript: a negative errno, with Linux's number. */
JSValue errno_value(JSContext *ctx, int wasi_errno);

void brotli_add(JSContext *ctx, JSValueConst target);
void bytes_add(JSContext *ctx, JSValueConst target);
void cipher_add(JSContext *ctx, JSValueConst target);
void crypto_add(JSContext *ctx, JSValueConst target);
void exchange_add(JSContext *ctx, JSValueConst target);
void files_add(JSContext *ctx, JSValueConst target);
void http_add(JSContext *ctx, JSValueConst target);
void loop_add(JSContext *ctx, JSValueConst target);
void modules_add(JSContext *ctx, JSValueConst target);
void search_add(JSContext *ctx, JSValueConst target);
void multicast_add(JSContext *ctx, JSValueConst target);
void pkey_add(JSContext *ctx, JSValueConst target);
void response_add(JSContext *ctx, JSValueConst target);
void signals_add(JSContext *ctx, JSValueConst target);
void sockets_add(JSContext *ctx, JSValueConst target);
void tls_add(JSContext *ctx, JSValueConst target);
void url_add(JSContext *ctx, JSValueConst target);
void zlib_add(JSContext *ctx, JSValueConst target);
