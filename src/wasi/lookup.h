/* Name lookups, for the codecs: copies the guest's strings and asks whoever answers. */
#pragma once

#include "wasi/gmem.h"
#include "wasi/state.h"

enum { LOOKUP_TEXT_MAX = 256 }; /* of a node or a service, NUL included */

struct lookup_text {
	char bytes[LOOKUP_TEXT_MAX];
};

/* What is longer than any name, or has a NUL inside, becomes a name that nobody has; here and
 * below. */
void lookup_text_set(const uint8_t *p, size_t len, struct lookup_text *ret);
/* A string of `len` bytes, of which the last may be a NUL. False if it is not in memory. */
bool lookup_text_load(struct gmem mem, uint32_t ptr, uint32_t len, struct lookup_text *ret);
/* A string that ends in a NUL. */
bool lookup_cstring_load(struct gmem mem, uint32_t ptr, struct lookup_text *ret);

/* Fills in the answer; without anybody to ask it is EAI_SYSTEM with ENOSYS. */
void lookup_run(struct sys *s, struct sys_lookup *l);
