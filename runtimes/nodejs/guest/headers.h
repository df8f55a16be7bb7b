/* The headers of a response and of a request, in the usual case. */
#pragma once

#include "native.h"

struct parser;

void headers_add(JSContext *ctx, JSValueConst target);
/* The object that `req.headers` is, of the message that has just been parsed. */
JSValue headers_of(const struct parser *p, JSValueConst req, JSValueConst raw);
