/* Bytes and strings: the codecs of Buffer.
 *
 * Encodings have Node's numbers. A string is Latin-1 or UTF-16 inside the engine; every codec reads
 * units, not UTF-8.
 */
#include "native.h"

#include <string.h>

#include "engine.h"
#include "utf8.h"

enum encoding { ASCII, UTF8, BASE64, UCS2, LATIN1, HEX, BUFFER, BASE64URL };

bool bytes_get(JSContext *ctx, JSValueConst value, struct bytes *ret)
{
	size_t offset = 0, len = 0, each;
	JSValue buffer;

	if (JS_IsArrayBuffer(value)) {
		ret->at = JS_GetArrayBuffer(ctx, &ret->len, value);
		return ret->at || ret->len == 0;
	}
	if (JS_GetTypedArrayType(value) >= 0) {
		buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &len, &each);
	} else {
		JSValue number;
		int64_t n = 0;

		buffer = JS_GetPropertyStr(ctx, value, "buffer"); /* a DataView */
		number = JS_GetPropertyStr(ctx, value, "byteOffset");
		JS_ToInt64(ctx, &n, number);
		offset = (size_t)n;
		number = JS_GetPropertyStr(ctx, value, "byteLength");
		JS_ToInt64(ctx, &n, number);
		len = (size_t)n;
	}
	if (JS_IsException(buffer))
		return false;
	ret->at = JS_GetArrayBuffer(ctx, &each, buffer);
	JS_FreeValue(ctx, buffer);
	if (!ret->at && len > 0)
		return false;
	if (ret->at)
		ret->at += offset;
	ret->len = len;
	return true;
}

JSValue bytes_new(JSContext *ctx, const void *at, size_t len)
{
	return JS_NewArrayBufferCopy(ctx, at, len);
}

size_t index_get(JSContext *ctx, JSValueConst value, size_t fallback, size_t max)
{
	double d;

	if (JS_IsUndefined(value) || JS_ToFloat64(ctx, &d, value) < 0)
		return fallback;
	if (!(d > 0))
		return 0;
	return d > (double)max ? max : (size_t)d;
}

static JSValue base64_decode_to_text(JSContext *ctx, const uint8_t *at, size_t len, bool is_url)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char url[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *digits = is_url ? url : plain;
	uint8_t *out = js_malloc(ctx, len / 3 * 4 + 5);
	size_t n = 0;
	JSValue r;

	if (!out)
		return JS_EXCEPTION;
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)at[i] << 16 | (left > 1 ? at[i + 1] << 8 : 0) |
			     (left > 2 ? at[i + 2] : 0);

		out[n++] = (uint8_t)digits[v >> 18];
		out[n++] = (uint8_t)digits[v >> 12 & 63];
		if (left > 1)
			out[n++] = (uint8_t)digits[v >> 6 & 63];
		else if (!is_url)
			out[n++] = '=';
		if (left > 2)
			out[n++] = (uint8_t)digits[v & 63];
		else if (!is_url)
			out[n++] = '=';
	}
	r = engine_narrow(ctx, out, n);
	js_free(ctx, out);
	return r;
}

static JSValue hex_to_text(JSContext *ctx, const uint8_t *at, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *out = js_malloc(ctx, len * 2 + 1);
	JSValue r;

	if (!out)
		return JS_EXCEPTION;
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = (uint8_t)digits[at[i] >> 4];
		out[2 * i + 1] = (uint8_t)digits[at[i] & 15];
	}
	r = engine_narrow(ctx, out, len * 2);
	js_free(ctx, out);
	return r;
}

static JSValue ascii_to_text(JSContext *ctx, const uint8_t *at, size_t len)
{
	uint8_t *out = js_malloc(ctx, len + 1);
	JSValue r;

	if (!out)
		return JS_EXCEPTION;
	for (size_t i = 0; i < len; i++)
		out[i] = at[i] & 0x7F;
	r = engine_narrow(ctx, out, len);
	js_free(ctx, out);
	return r;
}

static JSValue to_text(JSContext *ctx, enum encoding encoding, const uint8_t *at, size_t len)
{
	bool is_bad = false;
	uint16_t *units;
	JSValue r;

	switch (encoding) {
	case ASCII:
		return ascii_to_text(ctx, at, len);
	case LATIN1:
		return engine_narrow(ctx, at, len);
	case HEX:
		return hex_to_text(ctx, at, len);
	case BASE64:
	case BASE64URL:
		return base64_decode_to_text(ctx, at, len, encoding == BASE64URL);
	case UCS2:
		units = js_malloc(ctx, len + 2); /* `at` may be odd */
		if (!units)
			return JS_EXCEPTION;
		memcpy(units, at, len & ~(size_t)1);
		r = engine_wide(ctx, units, len / 2);
		js_free(ctx, units);
		return r;
	default:
		return utf8_decode(ctx, at, len, &is_bad);
	}
}

/* slice(buffer, start, end) */
static JSValue slice(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int encoding)
{
	struct bytes b;
	size_t start, end;

	if (!bytes_get(ctx, argv[0], &b))
		return JS_EXCEPTION;
	start = argc > 1 ? index_get(ctx, argv[1], 0, b.len) : 0;
	end = argc > 2 ? index_get(ctx, argv[2], b.len, b.len) : b.len;
	return start >= end ? engine_narrow(ctx, b.at, 0)
			    : to_text(ctx, (enum encoding)encoding, b.at + start, end - start);
}

static int base64_digit(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (int)c - 'A';
	if (c >= 'a' && c <= 'z')
		return (int)c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return (int)c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Both alphabets; what is no digit is skipped, as Node does. */
static size_t base64_encode_from(const struct text *t, uint8_t *out, size_t room)
{
	uint32_t bits = 0;
	int have = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->len && text_unit(t, i) != '=' && n < room; i++) {
		int digit = base64_digit(text_unit(t, i));

		if (digit < 0)
			continue;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return n;
}

static int hex_digit(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : -1;
}

static size_t from_text(const struct text *t, enum encoding encoding, uint8_t *out, size_t room)
{
	size_t n = 0, read;

	switch (encoding) {
	case ASCII:
	case LATIN1:
		for (; n < t->len && n < room; n++)
			out[n] = (uint8_t)text_unit(t, n);
		return n;
	case UCS2:
		for (; n / 2 < t->len && n + 1 < room; n += 2) {
			out[n] = (uint8_t)text_unit(t, n / 2);
			out[n + 1] = (uint8_t)(text_unit(t, n / 2) >> 8);
		}
		return n;
	case HEX:
		for (; 2 * n + 1 < t->len && n < room; n++) {
			int high = hex_digit(text_unit(t, 2 * n)),
			    low = hex_digit(text_unit(t, 2 * n + 1));

			if (high < 0 || low < 0)
				break;
			out[n] = (uint8_t)(high << 4 | low);
		}
		return n;
	case BASE64:
	case BASE64URL:
		return base64_encode_from(t, out, room);
	default:
		return utf8_encode(t, out, room, &read);
	}
}

/* write(buffer, string, offset, length) -> bytes written */
static JSValue write_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv,
			  int encoding)
{
	struct bytes b;
	struct text t;
	size_t offset, room, n;

	if (!bytes_get(ctx, argv[0], &b) || !engine_text(ctx, argv[1], &t))
		return JS_EXCEPTION;
	offset = argc > 2 ? index_get(ctx, argv[2], 0, b.len) : 0;
	room = argc > 3 ? index_get(ctx, argv[3], b.len - offset, b.len - offset) : b.len - offset;
	n = from_text(&t, (enum encoding)encoding, b.at + offset, room);
	engine_text_free(ctx, &t);
	return JS_NewInt64(ctx, (int64_t)n);
}

static JSValue byte_length_utf8(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct text t;
	size_t n;

	if (!engine_text(ctx, argv[0], &t))
		return JS_EXCEPTION;
	n = utf8_length(&t);
	engine_text_free(ctx, &t);
	return JS_NewInt64(ctx, (int64_t)n);
}

/* encode(string, encoding) -> ArrayBuffer */
static JSValue encode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct text t;
	int encoding = UTF8;
	uint8_t *out;
	size_t n;
	JSValue r;

	JS_ToInt32(ctx, &encoding, argv[1]);
	if (!engine_text(ctx, argv[0], &t))
		return JS_EXCEPTION;
	n = encoding == UTF8 ? utf8_length(&t) : t.len * 2;
	out = js_malloc(ctx, n + 1);
	if (out)
		n = from_text(&t, (enum encoding)encoding, out, n);
	engine_text_free(ctx, &t);
	r = out ? bytes_new(ctx, out, n) : JS_EXCEPTION;
	js_free(ctx, out);
	return r;
}

/* encodeInto(string, bytes, Uint32Array [units read, bytes written]) */
static JSValue encode_into(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes b, result;
	struct text t;
	size_t read;
	uint32_t pair[2];

	if (!bytes_get(ctx, argv[1], &b) || !bytes_get(ctx, argv[2], &result) ||
	    !engine_text(ctx, argv[0], &t))
		return JS_EXCEPTION;
	pair[1] = (uint32_t)utf8_encode(&t, b.at, b.len, &read);
	pair[0] = (uint32_t)read;
	engine_text_free(ctx, &t);
	memcpy(result.at, pair, sizeof pair);
	return JS_UNDEFINED;
}

/* decodeUtf8(bytes, keeps a byte order mark) -> the string, or null if something in it is not UTF-8
 * and `fatal` */
static JSValue decode_utf8(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	bool is_bad = false;
	struct bytes b;
	JSValue r;

	if (!bytes_get(ctx, argv[0], &b))
		return JS_EXCEPTION;
	if (!JS_ToBool(ctx, argv[1]) && b.len >= 3 && memcmp(b.at, "\xEF\xBB\xBF", 3) == 0)
		b.at += 3, b.len -= 3;
	r = utf8_decode(ctx, b.at, b.len, &is_bad);
	if (!is_bad || !JS_ToBool(ctx, argv[2]))
		return r;
	JS_FreeValue(ctx, r);
	return JS_NULL;
}

static JSValue is_utf8(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	bool is_bad = false;
	struct bytes b;
	size_t i = 0;

	if (!bytes_get(ctx, argv[0], &b))
		return JS_EXCEPTION;
	while (i < b.len && !is_bad)
		(void)utf8_next(b.at, b.len, &i, &is_bad); /* only whether it is one */
	return JS_NewBool(ctx, !is_bad);
}

static JSValue is_ascii_bytes(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes b;

	return bytes_get(ctx, argv[0], &b) ? JS_NewBool(ctx, bytes_are_ascii(b.at, b.len))
					   : JS_EXCEPTION;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_MAGIC_DEF("asciiSlice", 3, slice, ASCII),
	JS_CFUNC_MAGIC_DEF("utf8Slice", 3, slice, UTF8),
	JS_CFUNC_MAGIC_DEF("base64Slice", 3, slice, BASE64),
	JS_CFUNC_MAGIC_DEF("ucs2Slice", 3, slice, UCS2),
	JS_CFUNC_MAGIC_DEF("latin1Slice", 3, slice, LATIN1),
	JS_CFUNC_MAGIC_DEF("hexSlice", 3, slice, HEX),
	JS_CFUNC_MAGIC_DEF("base64urlSlice", 3, slice, BASE64URL),
	JS_CFUNC_MAGIC_DEF("asciiWriteStatic", 4, write_text, ASCII),
	JS_CFUNC_MAGIC_DEF("utf8WriteStatic", 4, write_text, UTF8),
	JS_CFUNC_MAGIC_DEF("base64Write", 4, write_text, BASE64),
	JS_CFUNC_MAGIC_DEF("ucs2Write", 4, write_text, UCS2),
	JS_CFUNC_MAGIC_DEF("latin1WriteStatic", 4, write_text, LATIN1),
	JS_CFUNC_MAGIC_DEF("hexWrite", 4, write_text, HEX),
	JS_CFUNC_MAGIC_DEF("base64urlWrite", 4, write_text, BASE64URL),
	JS_CFUNC_DEF("byteLengthUtf8", 1, byte_length_utf8),
	JS_CFUNC_DEF("encode", 2, encode),
	JS_CFUNC_DEF("encodeInto", 3, encode_into),
	JS_CFUNC_DEF("decodeUtf8", 3, decode_utf8),
	JS_CFUNC_DEF("isUtf8", 1, is_utf8),
	JS_CFUNC_DEF("isAscii", 1, is_ascii_bytes),
};

void bytes_add(JSContext *ctx, JSValueConst target)
{
	JS_SetPropertyFunctionList(ctx, target, functions, sizeof functions / sizeof *functions);
	search_add(ctx, target);
}
