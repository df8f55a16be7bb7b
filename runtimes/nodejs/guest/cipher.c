/* AES, through Mbed TLS, and scrypt over its PBKDF2.
 *
 * Mbed TLS wants whole blocks of GCM in all calls but the last, so the rest of a block waits here
 * until more comes or the end; what update() gives may be shorter than in Node, and final() longer.
 */
#include "native.h"
#include "ro_mix.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/cipher.h>
#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>

enum { BLOCK = 16 };

struct cipher {
	mbedtls_cipher_context_t ctx;
	uint8_t rest[BLOCK];
	size_t n_rest;
	bool has_started; /* of GCM: the data that is only authenticated is through */
};

static JSClassID class_id;

static void cipher_finalize(JSRuntime *rt, JSValueConst self)
{
	struct cipher *c = JS_GetOpaque(self, class_id);

	if (!c)
		return;
	mbedtls_cipher_free(&c->ctx);
	js_free_rt(rt, c);
}

static bool is_gcm(const struct cipher *c)
{
	return mbedtls_cipher_get_cipher_mode(&c->ctx) == MBEDTLS_MODE_GCM;
}

/* cipher(name in capitals, encrypts, key, iv): an object; 1 no such cipher, 2 bad key, 3 bad iv */
static JSValue cipher_new(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const char *name = JS_ToCString(ctx, argv[0]);
	const mbedtls_cipher_info_t *info = name ? mbedtls_cipher_info_from_string(name) : NULL;
	bool encrypts = JS_ToBool(ctx, argv[1]);
	struct bytes key, iv;
	struct cipher *c;
	JSValue object;

	JS_FreeCString(ctx, name);
	if (!info)
		return JS_NewInt32(ctx, 1);
	if (!bytes_get(ctx, argv[2], &key) || !bytes_get(ctx, argv[3], &iv))
		return JS_EXCEPTION;
	if (key.len * 8 != info->key_bitlen)
		return JS_NewInt32(ctx, 2);
	if (info->mode == MBEDTLS_MODE_GCM ? iv.len == 0 : iv.len != info->iv_size)
		return JS_NewInt32(ctx, 3);
	object = JS_NewObjectClass(ctx, class_id);
	c = js_mallocz(ctx, sizeof *c);
	if (!c || JS_IsException(object))
		return JS_EXCEPTION;
	JS_SetOpaque(object, c);
	mbedtls_cipher_init(&c->ctx);
	if (mbedtls_cipher_setup(&c->ctx, info) != 0 ||
	    mbedtls_cipher_setkey(&c->ctx, key.at, (int)key.len * 8,
				  encrypts ? MBEDTLS_ENCRYPT : MBEDTLS_DECRYPT) != 0 ||
	    (iv.len && mbedtls_cipher_set_iv(&c->ctx, iv.at, iv.len) != 0) ||
	    mbedtls_cipher_reset(&c->ctx) != 0)
		return JS_NewInt32(ctx, 3);
	return object;
}

static int start(struct cipher *c)
{
	if (c->has_started || !is_gcm(c))
		return 0;
	c->has_started = true;
	return mbedtls_cipher_update_ad(&c->ctx, NULL, 0);
}

static JSValue cipher_padding(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct cipher *c = JS_GetOpaque2(ctx, argv[0], class_id);

	if (!c)
		return JS_EXCEPTION;
	(void)mbedtls_cipher_set_padding_mode(
		&c->ctx, JS_ToBool(ctx, argv[1]) ? MBEDTLS_PADDING_PKCS7
						 : MBEDTLS_PADDING_NONE); /* only CBC has one */
	return JS_UNDEFINED;
}

/* authenticate(cipher, bytes): of GCM, before anything else -> whether it could */
static JSValue cipher_authenticate(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct cipher *c = JS_GetOpaque2(ctx, argv[0], class_id);
	struct bytes b;

	if (!c || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	if (c->has_started || !is_gcm(c))
		return JS_FALSE;
	c->has_started = true;
	return JS_NewBool(ctx, mbedtls_cipher_update_ad(&c->ctx, b.at, b.len) == 0);
}

static size_t run(struct cipher *c, const uint8_t *at, size_t len, uint8_t *out)
{
	size_t n = 0;

	if (len && mbedtls_cipher_update(&c->ctx, at, len, out, &n) != 0)
		return 0;
	return n;
}

/* Through ECB, and through GCM, only whole blocks go. */
static size_t run_blocks(struct cipher *c, const uint8_t *at, size_t len, uint8_t *out)
{
	bool is_ecb = mbedtls_cipher_get_cipher_mode(&c->ctx) == MBEDTLS_MODE_ECB;
	size_t n = 0, take;

	for (; len > 0; at += take, len -= take) {
		take = BLOCK - c->n_rest < len ? BLOCK - c->n_rest : len;
		if (c->n_rest == 0 && len >= BLOCK && !is_ecb) {
			take = len / BLOCK * BLOCK;
			n += run(c, at, take, out + n);
			continue;
		}
		memcpy(c->rest + c->n_rest, at, take);
		c->n_rest += take;
		if (c->n_rest == BLOCK) {
			n += run(c, c->rest, BLOCK, out + n);
			c->n_rest = 0;
		}
	}
	return n;
}

/* update(cipher, bytes) -> ArrayBuffer */
static JSValue cipher_update(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct cipher *c = JS_GetOpaque2(ctx, argv[0], class_id);
	struct bytes b;
	uint8_t *out;
	size_t n;
	JSValue r;

	if (!c || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	out = js_malloc(ctx, b.len + 2 * BLOCK);
	if (!out)
		return JS_EXCEPTION;
	(void)start(c); /* it can only fail out of order */
	n = mbedtls_cipher_get_cipher_mode(&c->ctx) == MBEDTLS_MODE_CBC
		    ? run(c, b.at, b.len, out)
		    : run_blocks(c, b.at, b.len, out);
	r = bytes_new(ctx, out, n);
	js_free(ctx, out);
	return r;
}

/* finish(cipher) -> ArrayBuffer, or null if the last block is none */
static JSValue cipher_finish(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct cipher *c = JS_GetOpaque2(ctx, argv[0], class_id);
	uint8_t out[2 * BLOCK];
	size_t n, more = 0;

	if (!c)
		return JS_EXCEPTION;
	(void)start(c); /* it can only fail out of order */
	if (c->n_rest && mbedtls_cipher_get_cipher_mode(&c->ctx) == MBEDTLS_MODE_ECB)
		return JS_NULL;
	n = run(c, c->rest, c->n_rest, out);
	if (mbedtls_cipher_finish(&c->ctx, out + n, &more) != 0)
		return JS_NULL;
	return bytes_new(ctx, out, n + more);
}

/* tag(cipher, size) after finish(), when it encrypts; tag(cipher, bytes) -> whether it is the right
 * one */
static JSValue cipher_tag(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct cipher *c = JS_GetOpaque2(ctx, argv[0], class_id);
	uint8_t tag[BLOCK];
	struct bytes b;
	size_t size;

	if (!c)
		return JS_EXCEPTION;
	if (JS_IsNumber(argv[1])) {
		size = index_get(ctx, argv[1], BLOCK, BLOCK);
		return mbedtls_cipher_write_tag(&c->ctx, tag, size) == 0 ? bytes_new(ctx, tag, size)
									 : JS_NULL;
	}
	if (!bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	return JS_NewBool(ctx, mbedtls_cipher_check_tag(&c->ctx, b.at, b.len) == 0);
}

static bool pbkdf2(const struct bytes *password, const uint8_t *salt, size_t salt_len, uint8_t *out,
		   size_t len)
{
	mbedtls_md_context_t md;
	int r;

	mbedtls_md_init(&md);
	r = mbedtls_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1);
	if (r == 0)
		r = mbedtls_pkcs5_pbkdf2_hmac(&md, password->at, password->len, salt, salt_len, 1,
					      len, out);
	mbedtls_md_free(&md);
	return r == 0;
}

/* scrypt(password, salt, N, r, p, Uint8Array to fill) -> whether it could (RFC 7914) */
static JSValue scrypt(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes password, salt, out;
	size_t n = index_get(ctx, argv[2], 0, 1 << 24), r = index_get(ctx, argv[3], 0, 1 << 10);
	size_t p = index_get(ctx, argv[4], 0, 1 << 10), len = 128 * r;
	uint32_t *b, *v;
	bool is_done;

	if (!bytes_get(ctx, argv[0], &password) || !bytes_get(ctx, argv[1], &salt) ||
	    !bytes_get(ctx, argv[5], &out))
		return JS_EXCEPTION;
	if (n < 2 || (n & (n - 1)) || r == 0 || p == 0 || n > ((size_t)1 << 30) / len)
		return JS_FALSE;
	b = js_malloc(ctx, len * p);
	v = js_malloc(ctx, len * (n + 1));
	is_done = b && v && pbkdf2(&password, salt.at, salt.len, (uint8_t *)b, len * p);
	for (size_t i = 0; i < p && is_done; i++)
		ro_mix(b + i * len / 4, v, n, r);
	is_done = is_done && pbkdf2(&password, (const uint8_t *)b, len * p, out.at, out.len);
	js_free(ctx, b);
	js_free(ctx, v);
	return JS_NewBool(ctx, is_done);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("open", 4, cipher_new),
	JS_CFUNC_DEF("padding", 2, cipher_padding),
	JS_CFUNC_DEF("authenticate", 2, cipher_authenticate),
	JS_CFUNC_DEF("update", 2, cipher_update),
	JS_CFUNC_DEF("finish", 1, cipher_finish),
	JS_CFUNC_DEF("tag", 2, cipher_tag),
	JS_CFUNC_DEF("scrypt", 6, scrypt),
};

void cipher_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef class = { "Cipher", .finalizer = cipher_finalize };
	JSValue cipher = JS_NewObject(ctx);

	JS_NewClassID(JS_GetRuntime(ctx), &class_id);
	JS_NewClass(JS_GetRuntime(ctx), class_id, &class);
	JS_SetClassProto(ctx, class_id, JS_NewObject(ctx));
	JS_SetPropertyFunctionList(ctx, cipher, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "cipher", cipher);
}
