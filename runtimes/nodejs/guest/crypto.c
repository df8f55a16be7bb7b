/* Hashes, HMAC and derived keys, through Mbed TLS; random bytes from the host.
 *
 * A running hash is an object of the class Digest; JavaScript gives the key of an HMAC when it
 * makes one.
 */
#include "native.h"

#include <string.h>
#include <unistd.h>

#include <mbedtls/hkdf.h>
#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>

static JSClassID class_id;

static const struct digest_name {
	const char *name;
	mbedtls_md_type_t type;
} names[] = {
	{ "md5", MBEDTLS_MD_MD5 },
	{ "sha1", MBEDTLS_MD_SHA1 },
	{ "sha224", MBEDTLS_MD_SHA224 },
	{ "sha256", MBEDTLS_MD_SHA256 },
	{ "sha384", MBEDTLS_MD_SHA384 },
	{ "sha512", MBEDTLS_MD_SHA512 },
	{ "ripemd160", MBEDTLS_MD_RIPEMD160 },
};

/* NULL if we have no such hash; the names are lower case without a dash. */
static const mbedtls_md_info_t *find(JSContext *ctx, JSValueConst value)
{
	const char *name = JS_ToCString(ctx, value);
	const mbedtls_md_info_t *found = NULL;

	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].name, name) == 0)
			found = mbedtls_md_info_from_type(names[i].type);
	JS_FreeCString(ctx, name);
	return found;
}

struct digest {
	mbedtls_md_context_t md;
	bool has_key;
};

/* digest(name, key or undefined): an object to update; null if there is no such hash */
static JSValue digest_new(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const mbedtls_md_info_t *info = find(ctx, argv[0]);
	bool has_key = argc > 1 && !JS_IsUndefined(argv[1]);
	struct bytes key = { 0 };
	struct digest *d;
	JSValue object;

	if (!info)
		return JS_NULL;
	if (has_key && !bytes_get(ctx, argv[1], &key))
		return JS_EXCEPTION;
	object = JS_NewObjectClass(ctx, class_id);
	d = js_mallocz(ctx, sizeof *d);
	if (!d || JS_IsException(object))
		return JS_EXCEPTION;
	mbedtls_md_init(&d->md);
	d->has_key = has_key;
	JS_SetOpaque(object, d);
	if (mbedtls_md_setup(&d->md, info, has_key) != 0)
		return JS_ThrowOutOfMemory(ctx);
	if (has_key)
		mbedtls_md_hmac_starts(&d->md, key.at, key.len);
	else
		mbedtls_md_starts(&d->md);
	return object;
}

static void digest_finalize(JSRuntime *rt, JSValueConst self)
{
	struct digest *d = JS_GetOpaque(self, class_id);

	if (!d)
		return;
	mbedtls_md_free(&d->md);
	js_free_rt(rt, d);
}

static JSValue digest_update(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct digest *d = JS_GetOpaque2(ctx, argv[0], class_id);
	struct bytes b;

	if (!d || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	if (d->has_key)
		mbedtls_md_hmac_update(&d->md, b.at, b.len);
	else
		mbedtls_md_update(&d->md, b.at, b.len);
	return JS_UNDEFINED;
}

static JSValue digest_finish(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct digest *d = JS_GetOpaque2(ctx, argv[0], class_id);
	uint8_t out[MBEDTLS_MD_MAX_SIZE];

	if (!d)
		return JS_EXCEPTION;
	if (d->has_key)
		mbedtls_md_hmac_finish(&d->md, out);
	else
		mbedtls_md_finish(&d->md, out);
	return bytes_new(ctx, out, mbedtls_md_get_size(d->md.md_info));
}

/* A hash that goes on from here; one with a key cannot be copied. */
static JSValue digest_copy(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct digest *from = JS_GetOpaque2(ctx, argv[0], class_id), *d;
	JSValue object;

	if (!from)
		return JS_EXCEPTION;
	object = JS_NewObjectClass(ctx, class_id);
	d = js_mallocz(ctx, sizeof *d);
	if (!d || JS_IsException(object))
		return JS_EXCEPTION;
	mbedtls_md_init(&d->md);
	JS_SetOpaque(object, d);
	if (mbedtls_md_setup(&d->md, from->md.md_info, 0) != 0 ||
	    mbedtls_md_clone(&d->md, &from->md) != 0)
		return JS_ThrowOutOfMemory(ctx);
	return object;
}

static JSValue digest_size(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const mbedtls_md_info_t *info = find(ctx, argv[0]);

	return info ? JS_NewInt32(ctx, mbedtls_md_get_size(info)) : JS_UNDEFINED;
}

/* pbkdf2(name, password, salt, iterations, Uint8Array to fill) -> whether it could */
static JSValue pbkdf2(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const mbedtls_md_info_t *info = find(ctx, argv[0]);
	struct bytes password, salt, out;
	uint32_t iterations = 0;
	mbedtls_md_context_t md;
	int r;

	if (!bytes_get(ctx, argv[1], &password) || !bytes_get(ctx, argv[2], &salt) ||
	    !bytes_get(ctx, argv[4], &out))
		return JS_EXCEPTION;
	JS_ToUint32(ctx, &iterations, argv[3]);
	mbedtls_md_init(&md);
	r = info ? mbedtls_md_setup(&md, info, 1) : -1;
	if (r == 0)
		r = mbedtls_pkcs5_pbkdf2_hmac(&md, password.at, password.len, salt.at, salt.len,
					      iterations, out.len, out.at);
	mbedtls_md_free(&md);
	return JS_NewBool(ctx, r == 0);
}

/* hkdf(name, key, salt, info, Uint8Array to fill) -> whether it could */
static JSValue hkdf(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const mbedtls_md_info_t *md = find(ctx, argv[0]);
	struct bytes key, salt, info, out;

	if (!bytes_get(ctx, argv[1], &key) || !bytes_get(ctx, argv[2], &salt) ||
	    !bytes_get(ctx, argv[3], &info) || !bytes_get(ctx, argv[4], &out))
		return JS_EXCEPTION;
	return JS_NewBool(ctx, md && mbedtls_hkdf(md, salt.at, salt.len, key.at, key.len, info.at,
						  info.len, out.at, out.len) == 0);
}

static JSValue random_bytes(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	enum { STEP = 256 }; /* as much as getentropy() gives at once */
	struct bytes b;

	if (!bytes_get(ctx, argv[0], &b))
		return JS_EXCEPTION;
	for (size_t i = 0; i < b.len; i += STEP)
		if (getentropy(b.at + i, b.len - i < STEP ? b.len - i : STEP) != 0)
			return JS_ThrowInternalError(ctx, "the host gives no random bytes");
	return JS_UNDEFINED;
}

/* Takes the same time wherever the difference is. */
static JSValue is_equal(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes a, b;
	volatile uint8_t difference = 0;

	if (!bytes_get(ctx, argv[0], &a) || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	for (size_t i = 0; i < a.len && i < b.len; i++)
		difference |= a.at[i] ^ b.at[i];
	return JS_NewBool(ctx, a.len == b.len && difference == 0);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("digest", 2, digest_new),
	JS_CFUNC_DEF("update", 2, digest_update),
	JS_CFUNC_DEF("finish", 1, digest_finish),
	JS_CFUNC_DEF("copy", 1, digest_copy),
	JS_CFUNC_DEF("size", 1, digest_size),
	JS_CFUNC_DEF("pbkdf2", 5, pbkdf2),
	JS_CFUNC_DEF("hkdf", 5, hkdf),
	JS_CFUNC_DEF("randomFill", 1, random_bytes),
	JS_CFUNC_DEF("isEqual", 2, is_equal),
};

void crypto_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef class = { "Digest", .finalizer = digest_finalize };
	JSValue crypto = JS_NewObject(ctx);

	JS_NewClassID(JS_GetRuntime(ctx), &class_id);
	JS_NewClass(JS_GetRuntime(ctx), class_id, &class);
	JS_SetClassProto(ctx, class_id, JS_NewObject(ctx));
	JS_SetPropertyFunctionList(ctx, crypto, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "crypto", crypto);
}
