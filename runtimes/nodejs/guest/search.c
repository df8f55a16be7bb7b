/* Searching, comparing, copying, filling and swapping bytes, for Buffer. */
#include "native.h"

#include <string.h>

static int compare_bytes(const struct bytes *a, const struct bytes *b)
{
	size_t least = a->len < b->len ? a->len : b->len;
	int r = least ? memcmp(a->at, b->at, least) : 0;

	if (r == 0)
		r = a->len < b->len ? -1 : a->len > b->len;
	return r < 0 ? -1 : r > 0;
}

static JSValue compare(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes a, b;

	if (!bytes_get(ctx, argv[0], &a) || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	return JS_NewInt32(ctx, compare_bytes(&a, &b));
}

/* compareOffset(source, target, targetStart, sourceStart, targetLength, sourceLength) */
static JSValue compare_offset(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes a, b;
	size_t at;

	if (!bytes_get(ctx, argv[0], &a) || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	at = index_get(ctx, argv[3], 0, a.len);
	a = (struct bytes){ a.at + at, index_get(ctx, argv[5], 0, a.len - at) };
	at = index_get(ctx, argv[2], 0, b.len);
	b = (struct bytes){ b.at + at, index_get(ctx, argv[4], 0, b.len - at) };
	return JS_NewInt32(ctx, compare_bytes(&a, &b));
}

/* copy(source, target, targetStart, sourceStart, n) */
static JSValue copy(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes from, to;
	size_t at, start, n;

	if (!bytes_get(ctx, argv[0], &from) || !bytes_get(ctx, argv[1], &to))
		return JS_EXCEPTION;
	at = index_get(ctx, argv[2], 0, to.len);
	start = index_get(ctx, argv[3], 0, from.len);
	n = index_get(ctx, argv[4], 0, from.len - start);
	if (n > to.len - at)
		n = to.len - at;
	if (n)
		memmove(to.at + at, from.at + start, n);
	return JS_NewInt64(ctx, (int64_t)n);
}

/* fillBytes(buffer, pattern, start, end) */
static JSValue fill(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes b, pattern;
	size_t start, end;

	if (!bytes_get(ctx, argv[0], &b) || !bytes_get(ctx, argv[1], &pattern))
		return JS_EXCEPTION;
	start = index_get(ctx, argv[2], 0, b.len);
	end = index_get(ctx, argv[3], b.len, b.len);
	for (size_t i = start, j = 0; i < end && pattern.len; i++) {
		b.at[i] = pattern.at[j];
		if (++j == pattern.len)
			j = 0;
	}
	return JS_UNDEFINED;
}

static bool matches(const struct bytes *b, size_t at, const struct bytes *needle)
{
	return b->at[at] == needle->at[0] && memcmp(b->at + at, needle->at, needle->len) == 0;
}

/* indexOf(buffer, needle, from, forward, step): the place of the needle, or -1. `from` lies within.
 */
static JSValue index_of(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes b, needle;
	bool forward = JS_ToBool(ctx, argv[3]);
	size_t from, step, last;

	if (!bytes_get(ctx, argv[0], &b) || !bytes_get(ctx, argv[1], &needle))
		return JS_EXCEPTION;
	step = index_get(ctx, argv[4], 1, 2);
	if (needle.len == 0 || needle.len > b.len)
		return JS_NewInt32(ctx, -1);
	last = b.len - needle.len;
	from = index_get(ctx, argv[2], 0, b.len);
	if (!forward && from > last)
		from = last;
	for (size_t at = from; at <= last; at += forward ? step : -step) {
		if (matches(&b, at, &needle))
			return JS_NewInt64(ctx, (int64_t)at);
		if (!forward && at < step)
			break;
	}
	return JS_NewInt32(ctx, -1);
}

static JSValue swap(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int size)
{
	struct bytes b;

	if (!bytes_get(ctx, argv[0], &b))
		return JS_EXCEPTION;
	for (size_t i = 0; i + (size_t)size <= b.len; i += (size_t)size)
		for (int j = 0; j < size / 2; j++) {
			uint8_t kept = b.at[i + (size_t)j];

			b.at[i + (size_t)j] = b.at[i + (size_t)(size - 1 - j)];
			b.at[i + (size_t)(size - 1 - j)] = kept;
		}
	return JS_DupValue(ctx, argv[0]);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("compare", 2, compare),
	JS_CFUNC_DEF("compareOffset", 6, compare_offset),
	JS_CFUNC_DEF("copy", 5, copy),
	JS_CFUNC_DEF("fillBytes", 4, fill),
	JS_CFUNC_DEF("indexOf", 5, index_of),
	JS_CFUNC_MAGIC_DEF("swap16", 1, swap, 2),
	JS_CFUNC_MAGIC_DEF("swap32", 1, swap, 4),
	JS_CFUNC_MAGIC_DEF("swap64", 1, swap, 8),
};

void search_add(JSContext *ctx, JSValueConst target)
{
	JS_SetPropertyFunctionList(ctx, target, functions, sizeof functions / sizeof *functions);
}
