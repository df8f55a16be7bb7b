/* Streams of Brotli's format. boot/zlib.js has Node's classes over them. */
#include "native.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <string.h>

struct stream {
	BrotliEncoderState *encoder; /* one of the two is there */
	BrotliDecoderState *decoder;
};

static JSClassID class_id;

static void stream_close(struct stream *s)
{
	if (s->encoder)
		BrotliEncoderDestroyInstance(s->encoder);
	if (s->decoder)
		BrotliDecoderDestroyInstance(s->decoder);
	*s = (struct stream){ 0 };
}

static void stream_finalize(JSRuntime *rt, JSValueConst self)
{
	struct stream *s = JS_GetOpaque(self, class_id);

	if (!s)
		return;
	stream_close(s);
	js_free_rt(rt, s);
}

/* open(is an encoder) */
static JSValue stream_open(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = js_mallocz(ctx, sizeof *s);
	JSValue object = JS_NewObjectClass(ctx, class_id);

	if (!s || JS_IsException(object))
		return JS_EXCEPTION;
	JS_SetOpaque(object, s);
	if (JS_ToBool(ctx, argv[0]))
		s->encoder = BrotliEncoderCreateInstance(NULL, NULL, NULL);
	else
		s->decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	return s->encoder || s->decoder ? object : JS_ThrowOutOfMemory(ctx);
}

/* parameter(stream, which, value) -> whether it is one */
static JSValue stream_parameter(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);
	uint32_t which = 0, value = 0;

	if (!s || JS_ToUint32(ctx, &which, argv[1]) < 0 || JS_ToUint32(ctx, &value, argv[2]) < 0)
		return JS_EXCEPTION;
	if (s->encoder)
		return JS_NewBool(ctx, BrotliEncoderSetParameter(
					       s->encoder, (BrotliEncoderParameter)which, value));
	return JS_NewBool(
		ctx, s->decoder && BrotliDecoderSetParameter(s->decoder,
							     (BrotliDecoderParameter)which, value));
}

/* The name of an error, or NULL. */
static const char *run(struct stream *s, uint32_t operation, size_t *n_in, const uint8_t **in,
		       size_t *n_out, uint8_t **out)
{
	if (s->encoder)
		return BrotliEncoderCompressStream(s->encoder, (BrotliEncoderOperation)operation,
						   n_in, in, n_out, out, NULL)
			       ? NULL
			       : "_COMPRESSION_FAILED";
	if (!s->decoder)
		return "_CLOSED";
	if (BrotliDecoderDecompressStream(s->decoder, n_in, in, n_out, out, NULL) !=
	    BROTLI_DECODER_RESULT_ERROR)
		return NULL;
	return BrotliDecoderErrorString(BrotliDecoderGetErrorCode(s->decoder));
}

/* step(stream, operation, in or null, offset, length, out, offset, length, Int32Array [is
 * unfinished, out left, in left]) -> the name of an error, or undefined */
static JSValue stream_step(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);
	struct bytes in = { 0 }, out, result;
	uint32_t operation = 0;
	size_t n_in, n_out, in_at, out_at;
	const uint8_t *next_in;
	uint8_t *next_out;
	const char *error;
	int32_t answer[3];

	if (!s || !bytes_get(ctx, argv[5], &out) || !bytes_get(ctx, argv[8], &result))
		return JS_EXCEPTION;
	if (!JS_IsNull(argv[2]) && !bytes_get(ctx, argv[2], &in))
		return JS_EXCEPTION;
	JS_ToUint32(ctx, &operation, argv[1]);
	in_at = index_get(ctx, argv[3], 0, in.len);
	n_in = index_get(ctx, argv[4], 0, in.len - in_at);
	out_at = index_get(ctx, argv[6], 0, out.len);
	n_out = index_get(ctx, argv[7], 0, out.len - out_at);
	next_in = in.at + in_at;
	next_out = out.at + out_at;
	error = run(s, operation, &n_in, &next_in, &n_out, &next_out);
	answer[0] = s->decoder && !BrotliDecoderIsFinished(s->decoder);
	answer[1] = (int32_t)n_out;
	answer[2] = (int32_t)n_in;
	memcpy(result.at, answer, sizeof answer);
	return error ? JS_NewString(ctx, error) : JS_UNDEFINED;
}

static JSValue stream_end(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stream *s = JS_GetOpaque2(ctx, argv[0], class_id);

	if (!s)
		return JS_EXCEPTION;
	stream_close(s);
	return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("open", 1, stream_open),
	JS_CFUNC_DEF("parameter", 3, stream_parameter),
	JS_CFUNC_DEF("step", 9, stream_step),
	JS_CFUNC_DEF("end", 1, stream_end),
};

void brotli_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef class = { "BrotliStream", .finalizer = stream_finalize };
	JSValue brotli = JS_NewObject(ctx);

	JS_NewClassID(JS_GetRuntime(ctx), &class_id);
	JS_NewClass(JS_GetRuntime(ctx), class_id, &class);
	JS_SetClassProto(ctx, class_id, JS_NewObject(ctx));
	JS_SetPropertyFunctionList(ctx, brotli, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "brotli", brotli);
}
