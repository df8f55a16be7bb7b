/* Sockets and waiting, through sdk/: TCP, UDP, Unix-domain sockets, poll().
 *
 * Sockets never block. An address is what a user writes ("127.0.0.1", "::1", a path) and a port; a
 * call gives a number of at least 0 or a negative errno of Linux's.
 */
#include "native.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 65536, POLL_MAX = 8192 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un path;
	struct sockaddr_storage storage;
};

static JSValue result(JSContext *ctx, int64_t r)
{
	return r < 0 ? errno_value(ctx, errno) : JS_NewInt64(ctx, r);
}

static int int_get(JSContext *ctx, JSValueConst value)
{
	int32_t n = 0;

	JS_ToInt32(ctx, &n, value);
	return n;
}

/* The length of the address, 0 with errno if the words are none. A port of -1 means a path. */
static socklen_t address_parse(const char *words, int port, union address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (port < 0) {
		if (strlen(words) >= sizeof ret->path.sun_path)
			return errno = ENAMETOOLONG, 0;
		ret->path.sun_family = AF_UNIX;
		strncpy(ret->path.sun_path, words, sizeof ret->path.sun_path - 1);
		return sizeof ret->path;
	}
	if (inet_pton(AF_INET, words, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons((uint16_t)port);
		return sizeof ret->v4;
	}
	if (inet_pton(AF_INET6, words, &ret->v6.sin6_addr) == 1) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons((uint16_t)port);
		return sizeof ret->v6;
	}
	return errno = EINVAL, 0;
}

static socklen_t address_get(JSContext *ctx, JSValueConst words, JSValueConst port,
			     union address *ret)
{
	const char *s = JS_ToCString(ctx, words);
	socklen_t len = s ? address_parse(s, int_get(ctx, port), ret) : 0;

	JS_FreeCString(ctx, s);
	return len;
}

/* [address, port, family] */
static JSValue address_value(JSContext *ctx, const union address *a)
{
	JSValue r = JS_NewArray(ctx);
	char words[INET6_ADDRSTRLEN + sizeof a->path.sun_path] = "";
	int port = 0, family = 0;

	if (a->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a->v4.sin_addr, words, sizeof words);
		port = ntohs(a->v4.sin_port);
		family = 4;
	} else if (a->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, words, sizeof words);
		port = ntohs(a->v6.sin6_port);
		family = 6;
	} else if (a->any.sa_family == AF_UNIX) {
		strncpy(words, a->path.sun_path, sizeof a->path.sun_path);
	}
	JS_SetPropertyUint32(ctx, r, 0, JS_NewString(ctx, words));
	JS_SetPropertyUint32(ctx, r, 1, JS_NewInt32(ctx, port));
	JS_SetPropertyUint32(ctx, r, 2, JS_NewInt32(ctx, family));
	return r;
}

/* socket(family 4, 6 or 1 for a path; is_datagram) */
static JSValue sock_socket(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int family = int_get(ctx, argv[0]), on = 1, fd;
	bool is_datagram = JS_ToBool(ctx, argv[1]);

	family = family == 6 ? AF_INET6 : family == 4 ? AF_INET : AF_UNIX;
	fd = socket(family, (is_datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
	if (fd >= 0 && family != AF_UNIX && !is_datagram) {
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* as libuv does */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	}
	return result(ctx, fd);
}

static JSValue sock_bind(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	union address a;
	socklen_t len = address_get(ctx, argv[1], argv[2], &a);

	return result(ctx, len ? bind(int_get(ctx, argv[0]), &a.any, len) : -1);
}

static JSValue sock_listen(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return result(ctx, listen(int_get(ctx, argv[0]), int_get(ctx, argv[1])));
}

/* 0 when it is connected, 1 when it will be: wait for it to become writable, then ask for the
 * error. */
static JSValue sock_connect(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	union address a;
	socklen_t len = address_get(ctx, argv[1], argv[2], &a);
	int r = len ? connect(int_get(ctx, argv[0]), &a.any, len) : -1;

	if (r < 0 && len && (errno == EINPROGRESS || errno == EAGAIN))
		return JS_NewInt32(ctx, 1);
	return result(ctx, r);
}

static JSValue sock_error(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int code = 0;
	socklen_t len = sizeof code;

	if (getsockopt(int_get(ctx, argv[0]), SOL_SOCKET, SO_ERROR, &code, &len) < 0)
		return errno_value(ctx, errno);
	return code ? errno_value(ctx, code) : JS_NewInt32(ctx, 0);
}

static JSValue sock_accept(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return result(ctx, accept4(int_get(ctx, argv[0]), NULL, NULL, SOCK_NONBLOCK));
}

/* recv(fd): an ArrayBuffer, empty at the end; or a negative errno */
static JSValue sock_recv(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	static uint8_t at[READ_SIZE];
	ssize_t n = recv(int_get(ctx, argv[0]), at, sizeof at, 0);

	return n < 0 ? errno_value(ctx, errno) : bytes_new(ctx, at, (size_t)n);
}

/* send(fd, bytes, offset) */
static JSValue sock_send(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct bytes b;
	size_t offset;

	if (!bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	offset = index_get(ctx, argv[2], 0, b.len);
	return result(ctx, send(int_get(ctx, argv[0]), b.at + offset, b.len - offset, 0));
}

/* recvFrom(fd): [ArrayBuffer, address, port, family] */
static JSValue sock_recv_from(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	static uint8_t at[READ_SIZE];
	union address a = { 0 };
	socklen_t len = sizeof a;
	ssize_t n = recvfrom(int_get(ctx, argv[0]), at, sizeof at, 0, &a.any, &len);
	JSValue r;

	if (n < 0)
		return errno_value(ctx, errno);
	r = address_value(ctx, &a);
	JS_SetPropertyUint32(ctx, r, 3, bytes_new(ctx, at, (size_t)n));
	return r;
}

/* sendTo(fd, bytes, address, port) */
static JSValue sock_send_to(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	union address a;
	struct bytes b;
	socklen_t len;

	if (!bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	if (JS_IsUndefined(argv[2]))
		return result(ctx, send(int_get(ctx, argv[0]), b.at, b.len, 0));
	len = address_get(ctx, argv[2], argv[3], &a);
	return result(ctx, len ? sendto(int_get(ctx, argv[0]), b.at, b.len, 0, &a.any, len) : -1);
}

static JSValue sock_shutdown(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return result(ctx, shutdown(int_get(ctx, argv[0]), SHUT_WR));
}

static JSValue sock_name(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv,
			 int is_peer)
{
	union address a = { 0 };
	socklen_t len = sizeof a;
	int fd = int_get(ctx, argv[0]);
	int r = is_peer ? getpeername(fd, &a.any, &len) : getsockname(fd, &a.any, &len);

	return r < 0 ? errno_value(ctx, errno) : address_value(ctx, &a);
}

/* The options that Node can set, by our own numbers: option(fd, which, value) */
static const struct option {
	int level, name;
} options[] = {
	{ IPPROTO_TCP, TCP_NODELAY },
	{ SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_BROADCAST },
	{ SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_SNDBUF },
	{ IPPROTO_IPV6, IPV6_V6ONLY },
	{ SOL_SOCKET, SO_REUSEADDR },
	{ IPPROTO_IP, IP_TTL },
	{ IPPROTO_IP, IP_MULTICAST_TTL },
	{ IPPROTO_IP, IP_MULTICAST_LOOP },
	{ IPPROTO_IP, IP_TOS },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP },
	{ IPPROTO_IPV6, IPV6_TCLASS },
};

static JSValue sock_option(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	size_t which = index_get(ctx, argv[1], 0, sizeof options / sizeof *options - 1);
	int value = int_get(ctx, argv[2]);

	return result(ctx, setsockopt(int_get(ctx, argv[0]), options[which].level,
				      options[which].name, &value, sizeof value));
}

static JSValue sock_option_get(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	size_t which = index_get(ctx, argv[1], 0, sizeof options / sizeof *options - 1);
	int value = 0, r;
	socklen_t len = sizeof value;

	r = getsockopt(int_get(ctx, argv[0]), options[which].level, options[which].name, &value,
		       &len);
	return r < 0 ? errno_value(ctx, errno) : JS_NewInt32(ctx, value);
}

/* poll(Int32Array of fd, events pairs, n, milliseconds or -1): events are replaced by what
 * happened. */
static JSValue sock_poll(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	static struct pollfd polled[POLL_MAX];
	struct bytes pairs;
	int32_t *at;
	size_t n;
	int r;

	if (!bytes_get(ctx, argv[0], &pairs))
		return JS_EXCEPTION;
	at = (int32_t *)pairs.at;
	n = index_get(ctx, argv[1], 0, pairs.len / 8 < POLL_MAX ? pairs.len / 8 : POLL_MAX);
	for (size_t i = 0; i < n; i++)
		polled[i] = (struct pollfd){ .fd = at[2 * i],
					     .events = (short)((at[2 * i + 1] & 1 ? POLLIN : 0) |
							       (at[2 * i + 1] & 2 ? POLLOUT : 0)) };
	r = poll(polled, (nfds_t)n, int_get(ctx, argv[2]));
	for (size_t i = 0; i < n; i++) {
		int e = r > 0 ? polled[i].revents : 0;

		at[2 * i + 1] = (e & (POLLIN | POLLHUP | POLLERR | POLLNVAL) ? 1 : 0) |
				(e & (POLLOUT | POLLHUP | POLLERR | POLLNVAL) ? 2 : 0);
	}
	return result(ctx, r);
}

static JSValue sock_sleep(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int ms = int_get(ctx, argv[0]);
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
	return JS_UNDEFINED;
}

/* lookup(name, family 0, 4 or 6, numeric only): [address...], or a negative EAI_... number */
static JSValue sock_lookup(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int family = int_get(ctx, argv[1]), r;
	const struct addrinfo hints = {
		.ai_family = family == 4   ? AF_INET
			     : family == 6 ? AF_INET6
					   : AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	const char *name = JS_ToCString(ctx, argv[0]);
	struct addrinfo *found = NULL;
	uint32_t n = 0;
	JSValue list;

	if (!name)
		return JS_EXCEPTION;
	r = getaddrinfo(name, NULL, &hints, &found);
	JS_FreeCString(ctx, name);
	if (r != 0)
		return JS_NewInt32(ctx, r < 0 ? r : -r);
	list = JS_NewArray(ctx);
	for (const struct addrinfo *a = found; a; a = a->ai_next) {
		char words[INET6_ADDRSTRLEN];
		const void *bytes =
			a->ai_family == AF_INET
				? (const void *)&((const struct sockaddr_in *)a->ai_addr)->sin_addr
				: (const void *)&((const struct sockaddr_in6 *)a->ai_addr)
					  ->sin6_addr;

		if (inet_ntop(a->ai_family, bytes, words, sizeof words))
			JS_SetPropertyUint32(ctx, list, n++, JS_NewString(ctx, words));
	}
	freeaddrinfo(found);
	return list;
}

static JSValue sock_hostname(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	char name[256] = "";

	if (gethostname(name, sizeof name) < 0)
		return errno_value(ctx, errno);
	return JS_NewString(ctx, name);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("socket", 2, sock_socket),
	JS_CFUNC_DEF("bind", 3, sock_bind),
	JS_CFUNC_DEF("listen", 2, sock_listen),
	JS_CFUNC_DEF("connect", 3, sock_connect),
	JS_CFUNC_DEF("error", 1, sock_error),
	JS_CFUNC_DEF("accept", 1, sock_accept),
	JS_CFUNC_DEF("recv", 1, sock_recv),
	JS_CFUNC_DEF("send", 3, sock_send),
	JS_CFUNC_DEF("recvFrom", 1, sock_recv_from),
	JS_CFUNC_DEF("sendTo", 4, sock_send_to),
	JS_CFUNC_DEF("shutdown", 1, sock_shutdown),
	JS_CFUNC_MAGIC_DEF("localName", 1, sock_name, 0),
	JS_CFUNC_MAGIC_DEF("peerName", 1, sock_name, 1),
	JS_CFUNC_DEF("option", 3, sock_option),
	JS_CFUNC_DEF("optionGet", 2, sock_option_get),
	JS_CFUNC_DEF("poll", 3, sock_poll),
	JS_CFUNC_DEF("sleep", 1, sock_sleep),
	JS_CFUNC_DEF("lookup", 2, sock_lookup),
	JS_CFUNC_DEF("hostname", 0, sock_hostname),
};

void sockets_add(JSContext *ctx, JSValueConst target)
{
	JSValue sockets = JS_NewObject(ctx);

	JS_SetPropertyFunctionList(ctx, sockets, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "sockets", sockets);
}
