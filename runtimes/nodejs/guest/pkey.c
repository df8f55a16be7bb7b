/* Public and private keys, RSA and EC, through Mbed TLS.
 *
 * Keys come and go as DER or PEM; boot/pkey.js knows the containers, the curves' names and JWK. A
 * call that fails gives a negative number of Mbed TLS's.
 */
#include "pkey.h"

#include <string.h>
#include <unistd.h>

#include <mbedtls/ecdh.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/rsa.h>

enum { DER_SIZE = 16384, PADDING_PKCS1 = 1, PADDING_OAEP = 4, PADDING_PSS = 6 };
enum { SALT_IS_DIGEST = -1, SALT_IS_LONGEST = -2 };

static JSClassID class_id;

int random_fill(void *unused, unsigned char *at, size_t len)
{
	enum { STEP = 256 }; /* as much as getentropy() gives at once */

	for (size_t i = 0; i < len; i += STEP)
		if (getentropy(at + i, len - i < STEP ? len - i : STEP) != 0)
			return MBEDTLS_ERR_RSA_RNG_FAILED;
	return 0;
}

static void key_finalize(JSRuntime *rt, JSValueConst self)
{
	mbedtls_pk_context *key = JS_GetOpaque(self, class_id);

	if (!key)
		return;
	mbedtls_pk_free(key);
	js_free_rt(rt, key);
}

static JSValue key_object(JSContext *ctx, mbedtls_pk_context **ret)
{
	JSValue object = JS_NewObjectClass(ctx, class_id);
	mbedtls_pk_context *key = js_mallocz(ctx, sizeof *key);

	if (!key || JS_IsException(object))
		return JS_EXCEPTION;
	mbedtls_pk_init(key);
	JS_SetOpaque(object, key);
	*ret = key;
	return object;
}

static JSValue object_or(JSContext *ctx, JSValue object, int r)
{
	if (r == 0)
		return object;
	JS_FreeValue(ctx, object);
	return JS_NewInt32(ctx, r);
}

static const mbedtls_md_info_t *digest_get(JSContext *ctx, JSValueConst value)
{
	const char *name = JS_ToCString(ctx, value);
	const mbedtls_md_info_t *info = name ? mbedtls_md_info_from_string(name) : NULL;

	JS_FreeCString(ctx, name);
	return info;
}

/* NULL, without an exception, if it is another kind of key. */
static mbedtls_rsa_context *rsa_of(mbedtls_pk_context *key)
{
	return mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA ? mbedtls_pk_rsa(*key) : NULL;
}

static mbedtls_ecp_keypair *ec_of(mbedtls_pk_context *key)
{
	return mbedtls_pk_get_type(key) == MBEDTLS_PK_ECKEY ? mbedtls_pk_ec(*key) : NULL;
}

/* parse(bytes, is private, passphrase or undefined); PEM with its zero byte */
static JSValue key_parse(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes b, passphrase = { 0 };
	mbedtls_pk_context *key;
	JSValue object;

	if (!bytes_get(ctx, argv[0], &b) ||
	    (!JS_IsUndefined(argv[2]) && !bytes_get(ctx, argv[2], &passphrase)))
		return JS_EXCEPTION;
	object = key_object(ctx, &key);
	if (JS_IsException(object))
		return object;
	return object_or(
		ctx, object,
		JS_ToBool(ctx, argv[1])
			? mbedtls_pk_parse_key(key, b.at, b.len, passphrase.at, passphrase.len)
			: mbedtls_pk_parse_public_key(key, b.at, b.len));
}

/* der(key, is private): SubjectPublicKeyInfo, or what PKCS#1 or SEC 1 say for a private key */
static JSValue key_der(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	static uint8_t at[DER_SIZE]; /* written from its end */
	mbedtls_pk_context *key = JS_GetOpaque2(ctx, argv[0], class_id);
	JSValue value;
	int n;

	if (!key)
		return JS_EXCEPTION;
	n = JS_ToBool(ctx, argv[1]) ? mbedtls_pk_write_key_der(key, at, sizeof at)
				    : mbedtls_pk_write_pubkey_der(key, at, sizeof at);
	value = n < 0 ? JS_NewInt32(ctx, n) : bytes_new(ctx, at + sizeof at - n, (size_t)n);
	memset(at, 0, sizeof at);
	return value;
}

/* generateRSA(bits, exponent) */
static JSValue key_generate_rsa(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	size_t bits = index_get(ctx, argv[0], 0, MBEDTLS_MPI_MAX_BITS);
	size_t exponent = index_get(ctx, argv[1], 65537, INT32_MAX);
	mbedtls_pk_context *key;
	JSValue object = key_object(ctx, &key);
	int r;

	if (JS_IsException(object))
		return object;
	r = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
	if (r == 0)
		r = mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key), random_fill, NULL, (unsigned)bits,
					(int)exponent);
	return object_or(ctx, object, r);
}

/* generateEC(Mbed TLS's name of the curve) */
static JSValue key_generate_ec(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const char *name = JS_ToCString(ctx, argv[0]);
	const mbedtls_ecp_curve_info *curve = name ? mbedtls_ecp_curve_info_from_name(name) : NULL;
	mbedtls_pk_context *key;
	JSValue object = key_object(ctx, &key);
	int r;

	JS_FreeCString(ctx, name);
	if (JS_IsException(object))
		return object;
	r = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
	if (r == 0)
		r = curve ? mbedtls_ecp_gen_key(curve->grp_id, mbedtls_pk_ec(*key), random_fill,
						NULL)
			  : MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
	return object_or(ctx, object, r);
}

/* How long the salt of a signature is; less than 0 if the key is too short for any. */
static int salt_len(const mbedtls_rsa_context *rsa, size_t hash_len, int wanted)
{
	if (wanted == SALT_IS_DIGEST)
		return (int)hash_len;
	if (wanted != SALT_IS_LONGEST)
		return wanted;
	return (int)((mbedtls_mpi_bitlen(&rsa->N) - 1 + 7) / 8) - (int)hash_len - 2;
}

/* sign(key, padding, digest's name in capitals, its bytes, salt length) -> ArrayBuffer */
static JSValue key_sign(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	mbedtls_pk_context *key = JS_GetOpaque2(ctx, argv[0], class_id);
	const mbedtls_md_info_t *md = digest_get(ctx, argv[2]);
	uint8_t out[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
	int32_t padding = 0, salt = 0;
	mbedtls_rsa_context *rsa;
	struct bytes hash;
	size_t len = 0;
	int r;

	if (!key || !bytes_get(ctx, argv[3], &hash))
		return JS_EXCEPTION;
	JS_ToInt32(ctx, &padding, argv[1]);
	JS_ToInt32(ctx, &salt, argv[4]);
	if (!md || hash.len != mbedtls_md_get_size(md))
		return JS_NewInt32(ctx, MBEDTLS_ERR_PK_BAD_INPUT_DATA);
	rsa = rsa_of(key);
	if (rsa && padding == PADDING_PSS) {
		mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, (int)mbedtls_md_get_type(md));
		len = mbedtls_rsa_get_len(rsa);
		r = mbedtls_rsa_rsassa_pss_sign_ext(rsa, random_fill, NULL, mbedtls_md_get_type(md),
						    (unsigned)hash.len, hash.at,
						    salt_len(rsa, hash.len, salt), out);
		mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, 0);
	} else {
		r = mbedtls_pk_sign(key, mbedtls_md_get_type(md), hash.at, hash.len, out, &len,
				    random_fill, NULL);
	}
	return r == 0 ? bytes_new(ctx, out, len) : JS_NewInt32(ctx, r);
}

/* verify(key, padding, digest's name in capitals, its bytes, salt length, signature) -> whether it
 * fits */
static JSValue key_verify(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	mbedtls_pk_context *key = JS_GetOpaque2(ctx, argv[0], class_id);
	const mbedtls_md_info_t *md = digest_get(ctx, argv[2]);
	int32_t padding = 0, salt = 0;
	struct bytes hash, signature;
	mbedtls_rsa_context *rsa;
	int r;

	if (!key || !bytes_get(ctx, argv[3], &hash) || !bytes_get(ctx, argv[5], &signature))
		return JS_EXCEPTION;
	JS_ToInt32(ctx, &padding, argv[1]);
	JS_ToInt32(ctx, &salt, argv[4]);
	if (!md || hash.len != mbedtls_md_get_size(md))
		return JS_FALSE;
	rsa = rsa_of(key);
	if (!rsa || padding != PADDING_PSS)
		return JS_NewBool(ctx,
				  mbedtls_pk_verify(key, mbedtls_md_get_type(md), hash.at, hash.len,
						    signature.at, signature.len) == 0);
	if (signature.len != mbedtls_rsa_get_len(rsa))
		return JS_FALSE;
	mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, (int)mbedtls_md_get_type(md));
	r = mbedtls_rsa_rsassa_pss_verify_ext(
		rsa, random_fill, NULL, MBEDTLS_RSA_PUBLIC, mbedtls_md_get_type(md),
		(unsigned)hash.len, hash.at, mbedtls_md_get_type(md),
		salt == SALT_IS_LONGEST ? MBEDTLS_RSA_SALT_LEN_ANY : salt_len(rsa, hash.len, salt),
		signature.at);
	mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, 0);
	return JS_NewBool(ctx, r == 0);
}

static int rsa_encrypt(mbedtls_rsa_context *rsa, int padding, int mode, const struct bytes *label,
		       const struct bytes *in, uint8_t *out)
{
	if (padding == PADDING_OAEP)
		return mbedtls_rsa_rsaes_oaep_encrypt(rsa, random_fill, NULL, mode, label->at,
						      label->len, in->len, in->at, out);
	return mbedtls_rsa_rsaes_pkcs1_v15_encrypt(rsa, random_fill, NULL, mode, in->len, in->at,
						   out);
}

static int rsa_decrypt(mbedtls_rsa_context *rsa, int padding, int mode, const struct bytes *label,
		       const struct bytes *in, uint8_t *out, size_t *ret_len)
{
	if (in->len != mbedtls_rsa_get_len(rsa))
		return MBEDTLS_ERR_RSA_BAD_INPUT_DATA;
	if (padding == PADDING_OAEP)
		return mbedtls_rsa_rsaes_oaep_decrypt(rsa, random_fill, NULL, mode, label->at,
						      label->len, ret_len, in->at, out,
						      MBEDTLS_MPI_MAX_SIZE);
	return mbedtls_rsa_rsaes_pkcs1_v15_decrypt(rsa, random_fill, NULL, mode, ret_len, in->at,
						   out, MBEDTLS_MPI_MAX_SIZE);
}

/* crypt(key, encrypts, with the private half, padding, digest's name in capitals, label, bytes) ->
 * ArrayBuffer; RSA only */
static JSValue key_crypt(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	static uint8_t out[MBEDTLS_MPI_MAX_SIZE];
	mbedtls_pk_context *key = JS_GetOpaque2(ctx, argv[0], class_id);
	const mbedtls_md_info_t *md = digest_get(ctx, argv[4]);
	int mode = JS_ToBool(ctx, argv[2]) ? MBEDTLS_RSA_PRIVATE : MBEDTLS_RSA_PUBLIC, r;
	mbedtls_rsa_context *rsa;
	struct bytes label, in;
	int32_t padding = 0;
	size_t len;

	if (!key || !bytes_get(ctx, argv[5], &label) || !bytes_get(ctx, argv[6], &in))
		return JS_EXCEPTION;
	JS_ToInt32(ctx, &padding, argv[3]);
	rsa = rsa_of(key);
	if (!rsa || !md || (padding != PADDING_OAEP && padding != PADDING_PKCS1))
		return JS_NewInt32(ctx, MBEDTLS_ERR_RSA_BAD_INPUT_DATA);
	mbedtls_rsa_set_padding(
		rsa, padding == PADDING_OAEP ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15,
		padding == PADDING_OAEP ? (int)mbedtls_md_get_type(md) : 0);
	len = mbedtls_rsa_get_len(rsa);
	r = JS_ToBool(ctx, argv[1]) ? rsa_encrypt(rsa, padding, mode, &label, &in, out)
				    : rsa_decrypt(rsa, padding, mode, &label, &in, out, &len);
	mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, 0);
	return r == 0 ? bytes_new(ctx, out, len) : JS_NewInt32(ctx, r);
}

/* derive(private key, public key): what both sides share, of ECDH */
static JSValue key_derive(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	mbedtls_pk_context *own = JS_GetOpaque2(ctx, argv[0], class_id);
	mbedtls_pk_context *peer = JS_GetOpaque2(ctx, argv[1], class_id);
	mbedtls_ecp_keypair *a, *b;
	uint8_t out[MBEDTLS_ECP_MAX_BYTES];
	mbedtls_mpi z;
	size_t len;
	int r = MBEDTLS_ERR_ECP_BAD_INPUT_DATA;

	if (!own || !peer)
		return JS_EXCEPTION;
	a = ec_of(own);
	b = ec_of(peer);
	if (!a || !b || a->grp.id != b->grp.id)
		return JS_NewInt32(ctx, r);
	mbedtls_mpi_init(&z);
	len = (a->grp.pbits + 7) / 8;
	r = mbedtls_ecp_check_pubkey(&b->grp, &b->Q);
	if (r == 0)
		r = mbedtls_ecdh_compute_shared(&a->grp, &z, &b->Q, &a->d, random_fill, NULL);
	if (r == 0)
		r = mbedtls_mpi_write_binary(&z, out, len);
	mbedtls_mpi_free(&z);
	return r == 0 ? bytes_new(ctx, out, len) : JS_NewInt32(ctx, r);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("parse", 3, key_parse),
	JS_CFUNC_DEF("der", 2, key_der),
	JS_CFUNC_DEF("generateRSA", 2, key_generate_rsa),
	JS_CFUNC_DEF("generateEC", 1, key_generate_ec),
	JS_CFUNC_DEF("sign", 5, key_sign),
	JS_CFUNC_DEF("verify", 6, key_verify),
	JS_CFUNC_DEF("crypt", 7, key_crypt),
	JS_CFUNC_DEF("derive", 2, key_derive),
};

void pkey_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef class = { "Key", .finalizer = key_finalize };
	JSValue pkey = JS_NewObject(ctx);

	JS_NewClassID(JS_GetRuntime(ctx), &class_id);
	JS_NewClass(JS_GetRuntime(ctx), class_id, &class);
	JS_SetClassProto(ctx, class_id, JS_NewObject(ctx));
	JS_SetPropertyFunctionList(ctx, pkey, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "pkey", pkey);
}
