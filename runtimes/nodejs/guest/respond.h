/* OutgoingMessage.end() for a response that is sent in one piece. */
#pragma once

#include "native.h"

void respond_add(JSContext *ctx, JSValueConst target);
/* The Date header is made anew when it is asked for next. */
void respond_new_second(void);
