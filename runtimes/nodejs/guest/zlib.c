/* Streams of zlib's three formats. boot/zlib.js has Node's class over them. */
#include "native.h"

#include <string.h>
#include <zlib.h>

/* Node's numbers of what a stream does. */
enum mode { NONE, DEFLATE, INFLATE, GZIP, GUNZIP, DEFLATERAW, INFLATERAW, UNZIP };

struct stream {
	z_stream z;
	enum mode mode;
	bool is_open;
};

static JSClassID class_id;

static bool is_deflating(enum mode mode)
{
	return mode == DEFLATE || mode == GZIP || mode == DEFLATERAW;
}

static int window_of(enum mode mode, int bits)
{
	switch (mode) {
	case GZIP:
	case GUNZIP:
		return bits + 16;
	case UNZIP:
		return bits + 32;
	case DEFLATERAW:
	case INFLATERAW:
		return -bits;
	default:
		return bits;
	}
}

static void stream_close(struct stream *s)
{
	if (!s->is_open)
		return;
	if (is_deflating(s->mode))
		deflateEnd(&s->z);
	else
		inflateEnd(&s->z);
	s->is_open = false;
}

static void stream_finalize(JSRuntime *rt, JSValueConst self)
{
	struct stream *s = JS_GetOpaque(self, class_id);

	if (!s)
		return;
	stream_close(s);
	js_free_rt(rt, s);
}

static int int_get(JSContext *ctx, JSValueConst value)
{
	int32_t n = 0;

	JS_ToInt32(ctx, &n, value);
	return n;
}

static int set_dictionary(struct stream *s, const struct bytes *d)
{
	return is_deflating(s->mode) ? deflateSetDictionary(&s->z, d->at, d->len)
				     : inflateSetDictionary(&s->z, d->at, d->len);
}

/* open(mode, windowBits, level, memLevel, strategy): a stream, or zlib's error number */
static JSValue stream_open(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int mode = int_get(ctx, argv[0]), window = int_get(ctx, argv[1]), r;
	struct stream *s = js_mallocz(ctx, sizeof *s);
	JSValue object = JS_NewObjectClass(ctx, class_id);

	if (!s || JS_IsException(object))
		return JS_EXCEPTION;
	JS_SetOpaque(object, s);
	s->mode = (enum mode)mode;
	window = window_of(s->mode, window);
	if (is_deflating(s->mode))
		r = deflateInit2(&s->z, int_get(ctx, argv[2]), Z_DEFLATED, window,
				 int_get(ctx, argv[3]), int_get(ctx, argv[4]));
	else
		r = inflateInit2(&s->z, window);
	s->is_open = r == Z_OK;
	if (s->is_open)
		return object;
	JS_FreeValue(ctx, object);
	return JS_NewInt32(ctx, r);
}

/* step(stream, flush, in or null, offset, length, out, offset, length, Int32Array [code, out left,
 * in left]) */
static JSValue stream_step(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);
	struct bytes in = { 0 }, out, result;
	int32_t answer[3];
	size_t offset;

	if (!s || !bytes_get(ctx, argv[5], &out) || !bytes_get(ctx, argv[8], &result))
		return JS_EXCEPTION;
	if (!JS_IsNull(argv[2]) && !bytes_get(ctx, argv[2], &in))
		return JS_EXCEPTION;
	offset = index_get(ctx, argv[3], 0, in.len);
	s->z.next_in = in.at + offset;
	s->z.avail_in = index_get(ctx, argv[4], 0, in.len - offset);
	offset = index_get(ctx, argv[6], 0, out.len);
	s->z.next_out = out.at + offset;
	s->z.avail_out = index_get(ctx, argv[7], 0, out.len - offset);
	if (!s->is_open)
		answer[0] = Z_STREAM_ERROR;
	else if (is_deflating(s->mode))
		answer[0] = deflate(&s->z, int_get(ctx, argv[1]));
	else
		answer[0] = inflate(&s->z, int_get(ctx, argv[1]));
	answer[1] = (int32_t)s->z.avail_out;
	answer[2] = (int32_t)s->z.avail_in;
	memcpy(result.at, answer, sizeof answer);
	return s->z.msg ? JS_NewString(ctx, s->z.msg) : JS_UNDEFINED;
}

static JSValue stream_dictionary(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);
	struct bytes d;

	if (!s || !bytes_get(ctx, argv[1], &d))
		return JS_EXCEPTION;
	return JS_NewInt32(ctx, s->is_open ? set_dictionary(s, &d) : Z_STREAM_ERROR);
}

static JSValue stream_params(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);

	if (!s)
		return JS_EXCEPTION;
	if (!s->is_open || !is_deflating(s->mode))
		return JS_NewInt32(ctx, Z_OK);
	return JS_NewInt32(ctx, deflateParams(&s->z, int_get(ctx, argv[1]), int_get(ctx, argv[2])));
}

static JSValue stream_reset(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);

	if (!s)
		return JS_EXCEPTION;
	if (!s->is_open)
		return JS_NewInt32(ctx, Z_STREAM_ERROR);
	return JS_NewInt32(ctx, is_deflating(s->mode) ? deflateReset(&s->z) : inflateReset(&s->z));
}

static JSValue stream_end(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);

	if (!s)
		return JS_EXCEPTION;
	stream_close(s);
	return JS_UNDEFINED;
}

static JSValue checksum(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes b;
	uint32_t start = 0;

	if (!bytes_get(ctx, argv[0], &b))
		return JS_EXCEPTION;
	JS_ToUint32(ctx, &start, argv[1]);
	return JS_NewUint32(ctx, (uint32_t)crc32(start, b.at, b.len));
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("open", 5, stream_open),
	JS_CFUNC_DEF("step", 9, stream_step),
	JS_CFUNC_DEF("dictionary", 2, stream_dictionary),
	JS_CFUNC_DEF("params", 3, stream_params),
	JS_CFUNC_DEF("reset", 1, stream_reset),
	JS_CFUNC_DEF("end", 1, stream_end),
	JS_CFUNC_DEF("crc32", 2, checksum),
};

void zlib_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef class = { "ZlibStream", .finalizer = stream_finalize };
	JSValue zlib = JS_NewObject(ctx);

	JS_NewClassID(JS_GetRuntime(ctx), &class_id);
	JS_NewClass(JS_GetRuntime(ctx), class_id, &class);
	JS_SetClassProto(ctx, class_id, JS_NewObject(ctx));
	JS_SetPropertyFunctionList(ctx, zlib, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "zlib", zlib);
}
