#include "utf8.h"

/* Decodes one character from a string; a lone surrogate is U+FFFD. */
static uint32_t next_character(const struct text *t, size_t *i)
{
	uint32_t c = text_unit(t, (*i)++);

	if ((c & 0xF800) != 0xD800)
		return c;
	if (c < 0xDC00 && *i < t->len) {
		uint32_t low = text_unit(t, *i);

		if ((low & 0xFC00) == 0xDC00) {
			(*i)++;
			return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
		}
	}
	return 0xFFFD;
}

static size_t utf8_size(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static void utf8_put(uint8_t *out, uint32_t c, size_t size)
{
	static const uint8_t lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

	for (size_t i = size; i-- > 1; c >>= 6)
		out[i] = 0x80 | (c & 0x3F);
	out[0] = (uint8_t)(size == 1 ? c : lead[size] | c);
}

size_t utf8_encode(const struct text *t, uint8_t *out, size_t room, size_t *ret_read)
{
	size_t i = 0, n = 0;

	while (i < t->len) {
		size_t before = i;
		uint32_t c = next_character(t, &i);
		size_t size = utf8_size(c);

		if (n + size > room) {
			i = before;
			break;
		}
		utf8_put(out + n, c, size);
		n += size;
	}
	*ret_read = i;
	return n;
}

size_t utf8_length(const struct text *t)
{
	size_t i = 0, n = 0;

	while (i < t->len)
		n += utf8_size(next_character(t, &i));
	return n;
}

uint32_t utf8_next(const uint8_t *at, size_t len, size_t *i, bool *is_bad)
{
	uint8_t b = at[(*i)++], low = 0x80, high = 0xBF;
	uint32_t c;
	int more;

	if (b < 0x80)
		return b;
	if (b >= 0xC2 && b <= 0xDF)
		more = 1, c = b & 0x1F;
	else if ((b & 0xF0) == 0xE0)
		more = 2, c = b & 0x0F;
	else if (b >= 0xF0 && b <= 0xF4)
		more = 3, c = b & 0x07;
	else
		return *is_bad = true, 0xFFFD;
	if (b == 0xE0)
		low = 0xA0;
	else if (b == 0xED)
		high = 0x9F;
	else if (b == 0xF0)
		low = 0x90;
	else if (b == 0xF4)
		high = 0x8F;
	for (; more > 0; more--, low = 0x80, high = 0xBF) {
		if (*i >= len || at[*i] < low || at[*i] > high)
			return *is_bad = true, 0xFFFD;
		c = c << 6 | (at[(*i)++] & 0x3F);
	}
	return c;
}

bool bytes_are_ascii(const uint8_t *at, size_t len)
{
	uint8_t all = 0;

	for (size_t i = 0; i < len; i++)
		all |= at[i];
	return all < 0x80;
}

JSValue utf8_decode(JSContext *ctx, const uint8_t *at, size_t len, bool *is_bad)
{
	size_t i = 0, n = 0;
	uint16_t *units;
	JSValue r;

	if (bytes_are_ascii(at, len))
		return engine_narrow(ctx, at, len);
	units = js_malloc(ctx, len * sizeof *units);
	if (!units)
		return JS_EXCEPTION;
	while (i < len) {
		uint32_t c = utf8_next(at, len, &i, is_bad);

		if (c >= 0x10000) {
			units[n++] = (uint16_t)(0xD800 + ((c - 0x10000) >> 10));
			c = 0xDC00 + ((c - 0x10000) & 0x3FF);
		}
		units[n++] = (uint16_t)c;
	}
	r = engine_wide(ctx, units, n);
	js_free(ctx, units);
	return r;
}
