/* One socket guest that speaks any dialect: what each calls a thing, behind one set of words.
 *
 * Ports and addresses go in and out as text and numbers; each function makes one call of the
 * dialect under test by its exact type. Where a dialect has no call (preview1 opens nothing), the
 * fixture uses WasmEdge's second form, and the case's `needs` keeps it from being the one that is
 * judged.
 */
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../test_wasi_guest.h"
#include "base/alloc.h"

enum need {
	ACCEPT = 1,   /* accepts */
	ACCEPT3 = 2,  /* ... and can ask for a non-blocking connection */
	OPEN = 4,     /* opens, binds, listens, connects, tells addresses */
	FROM = 8,     /* tells where a datagram came from and chooses where it goes */
	UNIX = 16,    /* Unix-domain sockets */
	EDGE = 32,    /* WasmEdge's options */
	WAMR = 64,    /* WAMR's options */
	LOOKUP = 128, /* looks names up */
	RECV = 256,   /* preview1's recv, send, shutdown, poll: all have them */
};

enum form {
	FORM_PREVIEW1,
	FORM_UNSTABLE,
	FORM_EDGE1,
	FORM_EDGE05, /* the crate's mixture */
	FORM_EDGE2,
	FORM_EDGE_V2, /* the names that end in _v2 */
	FORM_WAMR,
	FORM_COUNT
};

static const struct {
	const char *name;
	unsigned can;
} forms[] = {
	[FORM_PREVIEW1] = { "preview1", RECV | ACCEPT | ACCEPT3 },
	[FORM_UNSTABLE] = { "wasi_unstable", RECV },
	[FORM_EDGE1] = { "WasmEdge 1", RECV | ACCEPT | OPEN | FROM | EDGE | LOOKUP },
	[FORM_EDGE05] = { "WasmEdge crate 0.5", RECV | ACCEPT | OPEN | FROM | EDGE | LOOKUP },
	[FORM_EDGE2] = { "WasmEdge 2",
			 RECV | ACCEPT | ACCEPT3 | OPEN | FROM | UNIX | EDGE | LOOKUP },
	[FORM_EDGE_V2] = { "WasmEdge _v2", RECV | ACCEPT | ACCEPT3 | OPEN | FROM | UNIX | EDGE },
	[FORM_WAMR] = { "WAMR", RECV | ACCEPT | ACCEPT3 | OPEN | FROM | WAMR | LOOKUP },
};
_Static_assert(ARRAY_LEN(forms) == FORM_COUNT, "a row a form");

struct talker {
	struct guest *g;
	enum form form;
};

static inline bool is_wamr(const struct talker *t)
{
	return t->form == FORM_WAMR;
}

/* 4-parameter addresses and bare octets. */
static inline bool is_edge1(const struct talker *t)
{
	return t->form == FORM_EDGE1 || t->form == FORM_EDGE05;
}

static inline uint32_t call_exact(const struct talker *t, const char *name, const char *params,
				  const uint64_t *args)
{
	static const char *const plain[] = { "sock_getsockopt", "sock_setsockopt" };
	const char *module = t->form == FORM_UNSTABLE ? "wasi_unstable" : "wasi_snapshot_preview1";
	const struct import *im = NULL;
	bool is_plain = t->form != FORM_EDGE_V2;

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		is_plain = is_plain || strcmp(name, plain[i]) == 0;
	if (!is_plain) {
		AUTO_FREE char *v2 = xprintf("%s_v2", name);

		im = import_find(module, v2, params, "i");
	}
	if (!im)
		im = import_find(module, name, params, "i");
	if (!im && t->form == FORM_UNSTABLE) /* the fixture's */
		im = import_find("wasi_snapshot_preview1", name, params, "i");
	if (!im)
		fail_msg("no import '%s' (%s)", name, params);
	return im->call(t->g->sys, t->g->mem, args);
}

#define DO(t, name, params, ...) call_exact(t, name, params, (const uint64_t[]){ __VA_ARGS__ })

/* Where a socket is: "127.0.0.1", "::1", a path, "@abstract". */
struct where {
	char text[160];
	uint32_t port;
};

enum { STORAGE = 128 };

static inline void put_storage(struct guest *g, const char *text, uint8_t *p)
{
	memset(p, 0, STORAGE);
	if (inet_pton(AF_INET, text, p + 2) == 1) {
		gmem_store16(p, 1);
	} else if (inet_pton(AF_INET6, text, p + 2) == 1) {
		gmem_store16(p, 2);
	} else {
		gmem_store16(p, 3);
		memcpy(p + 2, text, strnlen(text, STORAGE - 2));
	}
}

/* Puts an address at ADDR, as the dialect lays it out. */
static inline void put_where(const struct talker *t, const char *text, uint32_t port)
{
	struct guest *g = t->g;
	uint8_t *p = gmem_view(g->mem, ADDR_BUF, STORAGE);
	uint8_t octets[16];
	bool is_6 = strchr(text, ':') != NULL;

	if (is_wamr(t)) {
		p = gmem_view(g->mem, ADDR, 24);
		memset(p, 0, 24);
		assert_int_equal(inet_pton(is_6 ? AF_INET6 : AF_INET, text, octets), 1);
		gmem_store32(p, is_6);
		for (int i = 0; i < 16; i++)
			p[4 + i] = is_6 ? octets[i ^ 1] : i < 4 ? octets[i] : 0;
		gmem_store16(p + (is_6 ? 20 : 8), (uint16_t)port);
		return;
	}
	put32(g, ADDR, ADDR_BUF);
	put_storage(g, text, p);
	put32(g, ADDR + 4, is_edge1(t) ? is_6 ? 16 : 4 : STORAGE);
	if (is_edge1(t))
		memmove(p, p + 2, 16);
}

static inline void get_storage(const uint8_t *p, struct where *ret)
{
	switch (gmem_load16(p)) {
	case 1:
		assert_non_null(inet_ntop(AF_INET, p + 2, ret->text, sizeof ret->text));
		break;
	case 2:
		assert_non_null(inet_ntop(AF_INET6, p + 2, ret->text, sizeof ret->text));
		break;
	case 3:
		(void)snprintf(ret->text, sizeof ret->text, "%.126s", (const char *)p + 2);
		break;
	default:
		fail_msg("family %u", gmem_load16(p));
	}
}

static inline void get_wamr(const uint8_t *p, struct where *ret)
{
	bool is_6 = gmem_load32(p) == 1;
	uint8_t octets[16];

	for (int i = 0; i < 16; i++)
		octets[i] = is_6 ? p[4 + (i ^ 1)] : p[4 + i];
	assert_non_null(inet_ntop(is_6 ? AF_INET6 : AF_INET, octets, ret->text, sizeof ret->text));
	ret->port = gmem_load16(p + (is_6 ? 20 : 8));
}

/* `family` is 4, 6, or 1 for Unix; `type` is SOCK_STREAM or SOCK_DGRAM. */
static inline uint32_t do_open(const struct talker *t, int family, int type, uint32_t *ret_fd)
{
	bool is_stream = type == SOCK_STREAM;
	uint32_t r;

	if (is_wamr(t))
		r = DO(t, "sock_open", "iiii", UINT32_MAX, family == 6, is_stream, RET);
	else
		r = DO(t, "sock_open", "iii",
		       family == 4   ? 1
		       : family == 6 ? 2
				     : 3,
		       is_stream ? 2 : 1, RET);
	*ret_fd = get32(t->g, RET);
	return r;
}

static inline uint32_t do_bind(const struct talker *t, uint32_t fd, const char *text, uint32_t port)
{
	put_where(t, text, port);
	return is_wamr(t) ? DO(t, "sock_bind", "ii", fd, ADDR)
			  : DO(t, "sock_bind", "iii", fd, ADDR, port);
}

static inline uint32_t do_connect(const struct talker *t, uint32_t fd, const char *text,
				  uint32_t port)
{
	put_where(t, text, port);
	return is_wamr(t) ? DO(t, "sock_connect", "ii", fd, ADDR)
			  : DO(t, "sock_connect", "iii", fd, ADDR, port);
}

static inline uint32_t do_listen(const struct talker *t, uint32_t fd, uint32_t backlog)
{
	return DO(t, "sock_listen", "ii", fd, backlog);
}

static inline uint32_t do_accept(const struct talker *t, uint32_t fd, uint32_t *ret_fd)
{
	uint32_t r = is_edge1(t) ? DO(t, "sock_accept", "ii", fd, RET)
				 : DO(t, "sock_accept", "iii", fd, 0, RET);

	*ret_fd = get32(t->g, RET);
	return r;
}

static inline uint32_t do_shutdown(const struct talker *t, uint32_t fd, uint32_t how)
{
	return DO(t, "sock_shutdown", "ii", fd, how);
}

static inline uint32_t do_name(const struct talker *t, bool peer, uint32_t fd, struct where *ret)
{
	const char *name = peer ? "sock_getpeeraddr" : "sock_getlocaladdr";
	struct guest *g = t->g;
	uint32_t r;

	*ret = (struct where){ .port = 0 };
	if (is_wamr(t)) {
		r = DO(t, peer ? "sock_addr_remote" : "sock_addr_local", "ii", fd, ADDR);
		if (r == 0)
			get_wamr(gmem_view(g->mem, ADDR, 24), ret);
		return r;
	}
	put32(g, ADDR, ADDR_BUF);
	put32(g, ADDR + 4, is_edge1(t) ? 16 : STORAGE);
	memset(gmem_view(g->mem, ADDR_BUF, STORAGE), 0, STORAGE);
	r = is_edge1(t) ? DO(t, name, "iiii", fd, ADDR, RET2, RET)
			: DO(t, name, "iii", fd, ADDR, RET);
	ret->port = get32(g, RET);
	if (r == 0 && is_edge1(t))
		assert_non_null(inet_ntop(get32(g, RET2) == 4 ? AF_INET : AF_INET6,
					  gmem_view(g->mem, ADDR_BUF, 16), ret->text,
					  sizeof ret->text));
	else if (r == 0)
		get_storage(gmem_view(g->mem, ADDR_BUF, STORAGE), ret);
	return r;
}

/* Into BUF; the count is at RET2, roflags at RET3. */
static inline uint32_t do_recv(const struct talker *t, uint32_t fd, uint32_t len, uint32_t flags)
{
	put_iov(t->g, 0, BUF, len);
	return DO(t, "sock_recv", "iiiiii", fd, IOVS, 1, flags, RET2, RET3);
}

static inline uint32_t do_send(const struct talker *t, uint32_t fd, const char *text)
{
	put_iov(t->g, 0, BUF2, put_text(t->g, BUF2, text));
	return DO(t, "sock_send", "iiiii", fd, IOVS, 1, 0, RET2);
}

static inline uint32_t do_recv_from(const struct talker *t, uint32_t fd, uint32_t len,
				    uint32_t flags, struct where *ret)
{
	struct guest *g = t->g;
	uint8_t *p = gmem_view(g->mem, ADDR_BUF, STORAGE);
	uint32_t r;

	*ret = (struct where){ .port = 0 };
	put_iov(g, 0, BUF, len);
	if (is_wamr(t)) {
		r = DO(t, "sock_recv_from", "iiiiii", fd, IOVS, 1, flags, ADDR, RET2);
		if (r == 0)
			get_wamr(gmem_view(g->mem, ADDR, 24), ret);
		return r;
	}
	put32(g, ADDR, ADDR_BUF);
	memset(p, 0, STORAGE);
	if (t->form == FORM_EDGE1) {
		put32(g, ADDR + 4, 16);
		r = DO(t, "sock_recv_from", "iiiiiii", fd, IOVS, 1, ADDR, flags, RET2, RET3);
		if (r == 0 && gmem_load16(p) == AF_INET) { /* as the crate reads it */
			assert_non_null(inet_ntop(AF_INET, p + 4, ret->text, sizeof ret->text));
			ret->port = gmem_load16(p + 2);
		}
		return r;
	}
	put32(g, ADDR + 4, STORAGE);
	r = DO(t, "sock_recv_from", "iiiiiiii", fd, IOVS, 1, ADDR, flags, RET, RET2, RET3);
	if (r == 0)
		get_storage(p, ret);
	ret->port = get32(g, RET);
	return r;
}

static inline uint32_t do_send_to(const struct talker *t, uint32_t fd, const char *bytes,
				  const char *text, uint32_t port)
{
	put_where(t, text, port);
	put_iov(t->g, 0, BUF2, put_text(t->g, BUF2, bytes));
	return is_wamr(t) ? DO(t, "sock_send_to", "iiiiii", fd, IOVS, 1, 0, ADDR, RET2)
			  : DO(t, "sock_send_to", "iiiiiii", fd, IOVS, 1, ADDR, port, 0, RET2);
}

static inline uint32_t do_close(const struct talker *t, uint32_t fd)
{
	return DO(t, "fd_close", "i", fd);
}

static inline void set_nonblocking(const struct talker *t, uint32_t fd)
{
	assert_int_equal(DO(t, "fd_fdstat_set_flags", "ii", fd, P1_FD_NONBLOCK), P1_SUCCESS);
}

/* Options that several dialects can name. Times are milliseconds. */
enum opt {
	OPT_REUSEADDR,
	OPT_BROADCAST,
	OPT_KEEPALIVE,
	OPT_SNDBUF,
	OPT_RCVBUF,
	OPT_NODELAY,
	OPT_LINGER,
	OPT_RCVTIMEO,
	OPT_SNDTIMEO,
	OPT_COUNT
};

static const struct {
	uint32_t edge_level, edge_name, edge_len;
	const char *wamr;
	uint32_t wamr_len;
} opts[] = {
	[OPT_REUSEADDR] = { 0, 0, 4, "reuse_addr", 1 },
	[OPT_BROADCAST] = { 0, 4, 4, "broadcast", 1 },
	[OPT_KEEPALIVE] = { 0, 7, 4, "keep_alive", 1 },
	[OPT_SNDBUF] = { 0, 5, 4, "send_buf_size", 4 },
	[OPT_RCVBUF] = { 0, 6, 4, "recv_buf_size", 4 },
	[OPT_NODELAY] = { 6, 15, 4, "tcp_no_delay", 1 },
	[OPT_LINGER] = { 0, 9, 8, "linger", 4 },
	[OPT_RCVTIMEO] = { 0, 11, 16, "recv_timeout", 8 },
	[OPT_SNDTIMEO] = { 0, 12, 16, "send_timeout", 8 },
};
_Static_assert(ARRAY_LEN(opts) == OPT_COUNT, "a row an option");

static inline uint32_t do_set(const struct talker *t, uint32_t fd, enum opt o, uint32_t value)
{
	struct guest *g = t->g;
	char name[64];

	if (is_wamr(t)) {
		(void)snprintf(name, sizeof name, "sock_set_%s", opts[o].wamr);
		if (o == OPT_LINGER)
			return DO(t, name, "iii", fd, 1, value);
		if (o == OPT_RCVTIMEO || o == OPT_SNDTIMEO)
			return DO(t, name, "iI", fd, (uint64_t)value * 1000);
		return DO(t, name, "ii", fd, value);
	}
	memset(gmem_view(g->mem, OUT, 16), 0, 16);
	if (o == OPT_LINGER) {
		put32(g, OUT, 1);
		put32(g, OUT + 4, value);
	} else if (o == OPT_RCVTIMEO || o == OPT_SNDTIMEO) {
		put64(g, OUT, value / 1000);
		put64(g, OUT + 8, (uint64_t)(value % 1000) * 1000);
	} else {
		put32(g, OUT, value);
	}
	return DO(t, "sock_setsockopt", "iiiii", fd, opts[o].edge_level, opts[o].edge_name, OUT,
		  opts[o].edge_len);
}

/* Checks, too, that the value's neighbours are left alone. */
static inline uint32_t do_get(const struct talker *t, uint32_t fd, enum opt o, uint32_t *ret)
{
	struct guest *g = t->g;
	uint8_t *p = gmem_view(g->mem, OUT, 32);
	uint32_t len = is_wamr(t) ? opts[o].wamr_len : opts[o].edge_len;
	char name[64];
	uint32_t r;

	memset(p, 0xee, 32);
	if (is_wamr(t)) {
		(void)snprintf(name, sizeof name, "sock_get_%s", opts[o].wamr);
		r = o == OPT_LINGER ? DO(t, name, "iii", fd, RET, OUT) : DO(t, name, "ii", fd, OUT);
	} else {
		/* The first form passes a pointer to the length, the second the length. */
		put32(g, RET3, len);
		r = DO(t, "sock_getsockopt", "iiiii", fd, opts[o].edge_level, opts[o].edge_name,
		       OUT, is_edge1(t) ? RET3 : len);
	}
	if (r)
		return r;
	assert_int_equal(p[len], 0xee);
	if (o == OPT_RCVTIMEO || o == OPT_SNDTIMEO)
		*ret = is_wamr(t) ? (uint32_t)(get64(g, OUT) / 1000)
				  : (uint32_t)(get64(g, OUT) * 1000 + get64(g, OUT + 8) / 1000);
	else if (o == OPT_LINGER && !is_wamr(t))
		*ret = get32(g, OUT + 4);
	else
		*ret = len == 1 ? p[0] : get32(g, OUT);
	return r;
}

/* What must work for the case to mean anything. */
static inline uint32_t opened(const struct talker *t, int family, int type)
{
	uint32_t fd;

	assert_int_equal(do_open(t, family, type, &fd), P1_SUCCESS);
	return fd;
}

static inline uint32_t bound(const struct talker *t, int family, int type, uint32_t *ret_port)
{
	uint32_t fd = opened(t, family, type);
	struct where at;

	assert_int_equal(do_bind(t, fd, family == 6 ? "::1" : "127.0.0.1", 0), P1_SUCCESS);
	assert_int_equal(do_name(t, false, fd, &at), P1_SUCCESS);
	assert_int_not_equal(at.port, 0);
	*ret_port = at.port;
	return fd;
}

static inline uint32_t listening(const struct talker *t, int family, uint32_t *ret_port)
{
	uint32_t fd = bound(t, family, SOCK_STREAM, ret_port);

	assert_int_equal(do_listen(t, fd, 16), P1_SUCCESS);
	return fd;
}

static inline uint32_t connected(const struct talker *t, int family, uint32_t port)
{
	uint32_t fd = opened(t, family, SOCK_STREAM);

	assert_int_equal(do_connect(t, fd, family == 6 ? "::1" : "127.0.0.1", port), P1_SUCCESS);
	return fd;
}

static inline void paired(const struct talker *t, int family, uint32_t *ret_server,
			  uint32_t *ret_client)
{
	uint32_t port;
	uint32_t listener = listening(t, family, &port);

	*ret_client = connected(t, family, port);
	assert_int_equal(do_accept(t, listener, ret_server), P1_SUCCESS);
	assert_int_equal(do_close(t, listener), P1_SUCCESS);
}

static inline void assert_bytes(const struct talker *t, const char *text)
{
	assert_int_equal(get32(t->g, RET2), strlen(text));
	assert_memory_equal(gmem_view(t->g->mem, BUF, strlen(text)), text, strlen(text));
}

/* A network of our own where that is permitted: free ports, both families, multicast. */
static inline bool enter_network(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;
	bool up;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &ifr) == 0;
	close(fd);
	return up;
}
