/* Name lookups of the guest, asked of the supervisor (spec/lookup.h). */
#pragma once

#include "spec/lookup.h"

/* Blocks until the answer is there; threads take turns. -errno if the supervisor cannot be asked.
 */
int resolve(const struct lookup_request *request, struct lookup_reply *ret);
