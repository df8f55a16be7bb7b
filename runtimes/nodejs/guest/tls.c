/* TLS 1.2, through Mbed TLS: a session turns bytes of the connection into bytes of the program and
 * back.
 *
 * It touches no socket. feed() takes what came from the peer; handshake(), read() and write() go as
 * far as that reaches; take() gives what is to be sent. boot/tls.js moves the bytes.
 *
 * A context holds certificates and keys, for any number of sessions; it lives until the last of
 * them is gone. Certificates are verified in each handshake, but only boot/tls.js (and Node's
 * library) draw the conclusion, from flags().
 */
#include "pkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_internal.h>
#include <mbedtls/x509_crt.h>

enum {
	N_SUITES = 32,
	N_PROTOCOLS = 16,
	PROTOCOL_SIZE = 256,
	READ_SIZE = 16384,
	RECORDS_MAX = 1 << 26
};

struct context {
	size_t n_users;
	mbedtls_x509_crt own, trusted;
	mbedtls_pk_context key;
	bool trusts_roots, has_own, has_key;
	int suites[N_SUITES + 1];
};

struct buffer {
	uint8_t *at;
	size_t begin, end, size;
};

struct session {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	struct context *context;
	struct buffer in, out;
	char names[N_PROTOCOLS][PROTOCOL_SIZE];
	const char *protocols[N_PROTOCOLS + 1];
};

static JSClassID context_class, session_class;

/* Node's own list, parsed when the first context trusts it. */
static mbedtls_x509_crt roots;

static bool buffer_add(struct buffer *b, const uint8_t *at, size_t len)
{
	if (b->begin > 0) {
		memmove(b->at, b->at + b->begin, b->end - b->begin);
		b->end -= b->begin;
		b->begin = 0;
	}
	if (b->end + len > b->size) {
		size_t size = (b->end + len) * 2;
		uint8_t *grown = size < RECORDS_MAX ? realloc(b->at, size) : NULL;

		if (!grown)
			return false;
		b->at = grown;
		b->size = size;
	}
	memcpy(b->at + b->end, at, len);
	b->end += len;
	return true;
}

static void context_free(struct context *c)
{
	if (!c || --c->n_users > 0)
		return;
	mbedtls_x509_crt_free(&c->own);
	mbedtls_x509_crt_free(&c->trusted);
	mbedtls_pk_free(&c->key);
	free(c);
}

static void context_finalize(JSRuntime *rt, JSValueConst self)
{
	context_free(JS_GetOpaque(self, context_class));
}

static JSValue context_new(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSValue object = JS_NewObjectClass(ctx, context_class);
	struct context *c = calloc(1, sizeof *c);

	if (!c || JS_IsException(object)) {
		free(c);
		return JS_ThrowOutOfMemory(ctx);
	}
	c->n_users = 1;
	mbedtls_x509_crt_init(&c->own);
	mbedtls_x509_crt_init(&c->trusted);
	mbedtls_pk_init(&c->key);
	JS_SetOpaque(object, c);
	return object;
}

/* PEM is to end in a zero byte, which counts; DER is not. JavaScript sees to it. */
static int parse(JSContext *ctx, JSValueConst value, mbedtls_x509_crt *into)
{
	struct bytes b;

	if (!bytes_get(ctx, value, &b)) {
		JS_FreeValue(ctx, JS_GetException(ctx));
		return MBEDTLS_ERR_X509_BAD_INPUT_DATA;
	}
	return mbedtls_x509_crt_parse(into, b.at, b.len);
}

/* certificate(context, bytes) -> 0, or how it failed; of more, the first is ours and the others
 * are sent along */
static JSValue context_certificate(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);
	int r;

	if (!c)
		return JS_EXCEPTION;
	r = parse(ctx, argv[1], &c->own);
	c->has_own |= r == 0;
	return JS_NewInt32(ctx, r);
}

/* key(context, bytes, passphrase bytes or undefined) -> 0, or how it failed: 1 if it is not the
 * certificate's */
static JSValue context_key(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);
	struct bytes b, passphrase = { 0 };
	int r;

	if (!c || !bytes_get(ctx, argv[1], &b) ||
	    (!JS_IsUndefined(argv[2]) && !bytes_get(ctx, argv[2], &passphrase)))
		return JS_EXCEPTION;
	mbedtls_pk_free(&c->key);
	mbedtls_pk_init(&c->key);
	r = mbedtls_pk_parse_key(&c->key, b.at, b.len, passphrase.at, passphrase.len);
	if (r == 0 && c->has_own && mbedtls_pk_check_pair(&c->own.pk, &c->key) != 0)
		r = 1;
	c->has_key = r == 0;
	return JS_NewInt32(ctx, r);
}

static JSValue context_trust(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);

	return c ? JS_NewInt32(ctx, parse(ctx, argv[1], &c->trusted)) : JS_EXCEPTION;
}

/* trustRoots(context, Node's list as PEM, or undefined if it is here already) -> whether it is */
static JSValue context_trust_roots(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);

	if (!c)
		return JS_EXCEPTION;
	if (!JS_IsUndefined(argv[1]))
		(void)parse(ctx, argv[1], &roots); /* one that it cannot read is not trusted */
	c->trusts_roots = true;
	return JS_NewBool(ctx, roots.version != 0);
}

/* suites(context, [number...]): what may be agreed on, the best first */
static JSValue context_suites(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);

	if (!c)
		return JS_EXCEPTION;
	memset(c->suites, 0, sizeof c->suites);
	for (uint32_t i = 0; i < N_SUITES; i++) {
		JSValue one = JS_GetPropertyUint32(ctx, argv[1], i);
		int32_t number = 0;

		JS_ToInt32(ctx, &number, one);
		JS_FreeValue(ctx, one);
		c->suites[i] = number;
	}
	return JS_UNDEFINED;
}

/* all(): [number, name] of each suite that there is, the best first */
static JSValue suites_all(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSValue list = JS_NewArray(ctx);
	uint32_t n = 0;

	for (const int *s = mbedtls_ssl_list_ciphersuites(); *s && n < N_SUITES; s++) {
		JSValue pair = JS_NewArray(ctx);

		JS_SetPropertyUint32(ctx, pair, 0, JS_NewInt32(ctx, *s));
		JS_SetPropertyUint32(ctx, pair, 1,
				     JS_NewString(ctx, mbedtls_ssl_get_ciphersuite_name(*s)));
		JS_SetPropertyUint32(ctx, list, n++, pair);
	}
	return list;
}

static void session_finalize(JSRuntime *rt, JSValueConst self)
{
	struct session *s = JS_GetOpaque(self, session_class);

	if (!s)
		return;
	mbedtls_ssl_free(&s->ssl);
	mbedtls_ssl_config_free(&s->conf);
	context_free(s->context);
	free(s->in.at);
	free(s->out.at);
	free(s);
}

static int send_out(void *p, const unsigned char *at, size_t len)
{
	struct session *s = p;

	return buffer_add(&s->out, at, len) ? (int)len : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

static int receive_in(void *p, unsigned char *at, size_t len)
{
	struct session *s = p;
	size_t n = s->in.end - s->in.begin;

	if (n == 0)
		return MBEDTLS_ERR_SSL_WANT_READ;
	if (n > len)
		n = len;
	memcpy(at, s->in.at + s->in.begin, n);
	s->in.begin += n;
	return (int)n;
}

static void protocols_set(JSContext *ctx, struct session *s, JSValueConst list)
{
	size_t n = 0;

	for (uint32_t i = 0; i < N_PROTOCOLS; i++) {
		JSValue one = JS_GetPropertyUint32(ctx, list, i);
		const char *name = JS_IsString(one) ? JS_ToCString(ctx, one) : NULL;

		if (name && *name && strlen(name) < PROTOCOL_SIZE) {
			(void)snprintf(s->names[n], PROTOCOL_SIZE, "%s", name); /* it fits */
			s->protocols[n] = s->names[n];
			n++;
		}
		JS_FreeCString(ctx, name);
		JS_FreeValue(ctx, one);
	}
	if (n > 0)
		(void)mbedtls_ssl_conf_alpn_protocols(&s->conf, s->protocols);
}

static int session_setup(struct session *s, bool is_server, bool asks_certificate)
{
	struct context *c = s->context;
	int r = mbedtls_ssl_config_defaults(
		&s->conf, is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
		MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

	if (r != 0)
		return r;
	/* Whether an unverified peer is refused is decided above, with Node's words. */
	mbedtls_ssl_conf_authmode(&s->conf, asks_certificate ? MBEDTLS_SSL_VERIFY_OPTIONAL
							     : MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_rng(&s->conf, random_fill, NULL);
	mbedtls_ssl_conf_ca_chain(&s->conf, c->trusts_roots ? &roots : &c->trusted, NULL);
	if (c->suites[0])
		mbedtls_ssl_conf_ciphersuites(&s->conf, c->suites);
	if (c->has_own && c->has_key)
		r = mbedtls_ssl_conf_own_cert(&s->conf, &c->own, &c->key);
	return r != 0 ? r : mbedtls_ssl_setup(&s->ssl, &s->conf);
}

/* open(context, is server, asks for a certificate, host name or undefined, [protocol...]) */
static JSValue session_new(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);
	JSValue object = JS_NewObjectClass(ctx, session_class);
	struct session *s = calloc(1, sizeof *s);
	const char *host = JS_IsString(argv[3]) ? JS_ToCString(ctx, argv[3]) : NULL;
	int r = -1;

	if (!c || !s || JS_IsException(object)) {
		free(s);
		return c ? JS_ThrowOutOfMemory(ctx) : JS_EXCEPTION;
	}
	mbedtls_ssl_init(&s->ssl);
	mbedtls_ssl_config_init(&s->conf);
	s->context = c;
	c->n_users++;
	JS_SetOpaque(object, s);
	protocols_set(ctx, s, argv[4]);
	r = session_setup(s, JS_ToBool(ctx, argv[1]), JS_ToBool(ctx, argv[2]));
	if (r == 0)
		r = mbedtls_ssl_set_hostname(&s->ssl, host && *host ? host : NULL);
	mbedtls_ssl_set_bio(&s->ssl, s, send_out, receive_in, NULL);
	JS_FreeCString(ctx, host);
	if (r == 0)
		return object;
	JS_FreeValue(ctx, object);
	return JS_ThrowInternalError(ctx, "Mbed TLS cannot begin: -0x%x", (unsigned)-r);
}

/* feed(session, bytes) -> whether there was room */
static JSValue session_feed(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);
	struct bytes b;

	if (!s || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	return JS_NewBool(ctx, buffer_add(&s->in, b.at, b.len));
}

/* take(session): an ArrayBuffer to send, undefined if there is none */
static JSValue session_take(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);
	size_t begin, end;

	if (!s)
		return JS_EXCEPTION;
	begin = s->out.begin;
	end = s->out.end;
	s->out.begin = s->out.end = 0;
	return end > begin ? bytes_new(ctx, s->out.at + begin, end - begin) : JS_UNDEFINED;
}

/* handshake(session) -> 0 done, 1 waiting for the peer, less: how it failed */
static JSValue session_handshake(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);
	int r;

	if (!s)
		return JS_EXCEPTION;
	r = mbedtls_ssl_handshake(&s->ssl);
	return JS_NewInt32(ctx, r == MBEDTLS_ERR_SSL_WANT_READ ? 1 : r);
}

/* read(session): an ArrayBuffer; 1 waiting for the peer, 0 its end, less: how it failed */
static JSValue session_read(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	static uint8_t at[READ_SIZE];
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);
	int r;

	if (!s)
		return JS_EXCEPTION;
	r = mbedtls_ssl_read(&s->ssl, at, sizeof at);
	if (r > 0)
		return bytes_new(ctx, at, (size_t)r);
	if (r == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		r = 0;
	return JS_NewInt32(ctx, r == MBEDTLS_ERR_SSL_WANT_READ ? 1 : r);
}

/* write(session, bytes) -> 0, or how it failed */
static JSValue session_write(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);
	struct bytes b;
	int n;

	if (!s || !bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	for (size_t at = 0; at < b.len; at += (size_t)n) {
		n = mbedtls_ssl_write(&s->ssl, b.at + at, b.len - at);
		if (n < 0)
			return JS_NewInt32(ctx, n);
	}
	return JS_NewInt32(ctx, 0);
}

/* end(session): what is written is all */
static JSValue session_end(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);

	return s ? JS_NewInt32(ctx, mbedtls_ssl_close_notify(&s->ssl)) : JS_EXCEPTION;
}

/* The number of the alert that the peer sent last, when a call failed for one. */
static JSValue session_alert(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);

	return s ? JS_NewInt32(ctx, s->ssl.in_msg ? s->ssl.in_msg[1] : 0) : JS_EXCEPTION;
}

static void put(JSContext *ctx, JSValueConst object, const char *name, const char *words)
{
	JS_SetPropertyStr(ctx, object, name, words ? JS_NewString(ctx, words) : JS_UNDEFINED);
}

/* details(session): { suite, protocol, flags, chain: [ArrayBuffer...] } after the handshake */
static JSValue session_details(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct session *s = JS_GetOpaque2(ctx, argv[0], session_class);
	JSValue r, chain;
	uint32_t n = 0;

	if (!s)
		return JS_EXCEPTION;
	r = JS_NewObject(ctx);
	chain = JS_NewArray(ctx);
	put(ctx, r, "suite", mbedtls_ssl_get_ciphersuite(&s->ssl));
	put(ctx, r, "protocol", mbedtls_ssl_get_alpn_protocol(&s->ssl));
	JS_SetPropertyStr(ctx, r, "flags",
			  JS_NewUint32(ctx, mbedtls_ssl_get_verify_result(&s->ssl)));
	for (const mbedtls_x509_crt *c = mbedtls_ssl_get_peer_cert(&s->ssl); c; c = c->next)
		JS_SetPropertyUint32(ctx, chain, n++, bytes_new(ctx, c->raw.p, c->raw.len));
	JS_SetPropertyStr(ctx, r, "chain", chain);
	return r;
}

/* own(context, index): an own certificate as an ArrayBuffer, undefined behind the last */
static JSValue context_own(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);
	const mbedtls_x509_crt *one;

	if (!c)
		return JS_EXCEPTION;
	one = &c->own;
	for (size_t i = index_get(ctx, argv[1], 0, 64); one && i > 0; i--)
		one = one->next;
	return one && one->raw.p ? bytes_new(ctx, one->raw.p, one->raw.len) : JS_UNDEFINED;
}

/* trusted(context, DER of a subject): the certificate of that name, if it is trusted */
static JSValue context_trusted(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct context *c = JS_GetOpaque2(ctx, argv[0], context_class);
	struct bytes name;

	if (!c || !bytes_get(ctx, argv[1], &name))
		return JS_EXCEPTION;
	for (const mbedtls_x509_crt *one = c->trusts_roots ? &roots : &c->trusted; one;
	     one = one->next)
		if (one->raw.p && one->subject_raw.len == name.len &&
		    memcmp(one->subject_raw.p, name.at, name.len) == 0)
			return bytes_new(ctx, one->raw.p, one->raw.len);
	return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("context", 0, context_new),
	JS_CFUNC_DEF("certificate", 2, context_certificate),
	JS_CFUNC_DEF("key", 3, context_key),
	JS_CFUNC_DEF("trust", 2, context_trust),
	JS_CFUNC_DEF("trustRoots", 2, context_trust_roots),
	JS_CFUNC_DEF("suites", 2, context_suites),
	JS_CFUNC_DEF("allSuites", 0, suites_all),
	JS_CFUNC_DEF("own", 2, context_own),
	JS_CFUNC_DEF("trusted", 2, context_trusted),
	JS_CFUNC_DEF("open", 5, session_new),
	JS_CFUNC_DEF("feed", 2, session_feed),
	JS_CFUNC_DEF("take", 1, session_take),
	JS_CFUNC_DEF("handshake", 1, session_handshake),
	JS_CFUNC_DEF("read", 1, session_read),
	JS_CFUNC_DEF("write", 2, session_write),
	JS_CFUNC_DEF("end", 1, session_end),
	JS_CFUNC_DEF("alert", 1, session_alert),
	JS_CFUNC_DEF("details", 1, session_details),
};

static void class_add(JSContext *ctx, JSClassID *id, const JSClassDef *class)
{
	JS_NewClassID(JS_GetRuntime(ctx), id);
	JS_NewClass(JS_GetRuntime(ctx), *id, class);
	JS_SetClassProto(ctx, *id, JS_NewObject(ctx));
}

void tls_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef context_def = { "TLSContext", .finalizer = context_finalize };
	static const JSClassDef session_def = { "TLSSession", .finalizer = session_finalize };
	JSValue tls = JS_NewObject(ctx);

	class_add(ctx, &context_class, &context_def);
	class_add(ctx, &session_class, &session_def);
	JS_SetPropertyFunctionList(ctx, tls, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "tls", tls);
}
