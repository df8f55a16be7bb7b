/* UTF-8 to and from the engine's strings, as the WHATWG wants it. */
#pragma once

#include "engine.h"

static inline uint32_t text_unit(const struct text *t, size_t i)
{
	return t->wide ? t->wide[i] : t->narrow[i];
}

/* Whole characters only; a lone surrogate is U+FFFD. *ret_read counts the units that were used. */
size_t utf8_encode(const struct text *t, uint8_t *out, size_t room, size_t *ret_read);
/* How many bytes all of it takes. */
size_t utf8_length(const struct text *t);
/* One character; U+FFFD for a maximal part that is none, which sets *is_bad. */
uint32_t utf8_next(const uint8_t *at, size_t len, size_t *i, bool *is_bad);
/* Likewise for all of the bytes. */
JSValue utf8_decode(JSContext *ctx, const uint8_t *at, size_t len, bool *is_bad);
bool bytes_are_ascii(const uint8_t *at, size_t len);
