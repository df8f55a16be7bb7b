/* Connections that exchange.c serves: reading, and their time to idle. */
#pragma once

#include "native.h"

struct parser;

void serve_add(JSContext *ctx, JSValueConst target);
/* A parser that is no connection's any more. */
void serve_forget(struct parser *p);

/* Reads from a handle that an attached parser consumes, and serves. 1: done; 0: it is not for us;
 * -1: the loop itself threw, which it never should. */
int serve_ready(JSContext *ctx, JSValueConst handle);
void serve_count_written(JSContext *ctx, JSValueConst handle, size_t n);

/* Its timer, if it has one, would have to be refreshed. */
bool serve_has_no_timeout(JSValueConst socket);
void serve_begin_idling(struct parser *p, int ms);
/* `timeout_ms` (-1: for ever) or less, if a connection's time to idle ends before. */
int serve_timeout(int timeout_ms);
/* Reads the clocks: it is after waiting. */
void serve_wake(void);
/* Ends the connections that were idle for too long; -1 with an exception. */
int serve_expire(JSContext *ctx);
