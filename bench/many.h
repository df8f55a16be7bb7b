/* Many connections at once, each of which asks again as soon as it has its answer. */
#pragma once

#include "client.h"

enum { MANY_MAX = 1000 };

/* 64 bytes that come back. */
void many_messages(const struct target *t);

/* GET /, whose answer is checked to be a whole 200; on the same connection unless the server ends
 * it. */
void many_requests(const struct target *t);
