/* A request and its response, served in C as long as nobody looks: exchange.c. */
#pragma once

#include "native.h"

struct parser;

/* The headers of a request are complete. 1: it is not for us; 0: served; -1: the program threw. */
int exchange_begin(struct parser *p);
/* The message is complete; false if Node has to be told. */
bool exchange_complete(struct parser *p);
/* The response has been sent in one piece: 'finish' is due. */
void exchange_ended(JSContext *ctx, JSValueConst res);
/* How many are due. */
int32_t *exchange_due(void);
/* finishExchanges(): all that are due, as the first of the ticks */
JSValue exchange_finish_all(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv);
