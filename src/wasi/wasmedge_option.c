/* WasmEdge's socket options: what each is on Linux, and how its value is laid out. */
#include "wasi/wasmedge.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include "base/own.h"
#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/preview1.h"
#include "wasi/raw_option.h"
#include "wasi/sock.h"

enum form {
	FORM_INT,      /* i32 */
	FORM_BUF_SIZE, /* i32; Linux tells twice what was set, guests expect what they set */
	FORM_ERROR,    /* i32, one of preview1's errors */
	FORM_TYPE,     /* i32, an enum wasmedge_type */
	FORM_LINGER,   /* {i32 on, i32 seconds} */
	FORM_TIME,     /* {i64 seconds, i64 microseconds} */
	FORM_DEVICE,   /* a name of up to 15 bytes; read with its NUL, set with one or without */
	FORM_RAW,      /* Linux's bytes */
	FORM_COUNT
};

struct option {
	uint32_t level;
	uint32_t name;
	int linux_level;
	int linux_name;
	enum form form;
};

/* Level 0 is the socket. wasi-go and stealthrocket/net also know level 6, TCP. */
static const struct option options[] = {
	{ 0, 0, SOL_SOCKET, SO_REUSEADDR, FORM_INT },
	{ 0, 1, SOL_SOCKET, SO_TYPE, FORM_TYPE },
	{ 0, 2, SOL_SOCKET, SO_ERROR, FORM_ERROR },
	{ 0, 3, SOL_SOCKET, SO_DONTROUTE, FORM_INT },
	{ 0, 4, SOL_SOCKET, SO_BROADCAST, FORM_INT },
	{ 0, 5, SOL_SOCKET, SO_SNDBUF, FORM_BUF_SIZE },
	{ 0, 6, SOL_SOCKET, SO_RCVBUF, FORM_BUF_SIZE },
	{ 0, 7, SOL_SOCKET, SO_KEEPALIVE, FORM_INT },
	{ 0, 8, SOL_SOCKET, SO_OOBINLINE, FORM_INT },
	{ 0, 9, SOL_SOCKET, SO_LINGER, FORM_LINGER },
	{ 0, 10, SOL_SOCKET, SO_RCVLOWAT, FORM_INT },
	{ 0, 11, SOL_SOCKET, SO_RCVTIMEO, FORM_TIME },
	{ 0, 12, SOL_SOCKET, SO_SNDTIMEO, FORM_TIME },
	{ 0, 13, SOL_SOCKET, SO_ACCEPTCONN, FORM_INT },
	{ 0, 14, SOL_SOCKET, SO_BINDTODEVICE, FORM_DEVICE },
	{ 6, 15, IPPROTO_TCP, TCP_NODELAY, FORM_INT },
};

static const uint32_t form_sizes[] = {
	[FORM_INT] = 4,	   [FORM_BUF_SIZE] = 4, [FORM_ERROR] = 4,  [FORM_TYPE] = 4,
	[FORM_LINGER] = 8, [FORM_TIME] = 16,	[FORM_DEVICE] = 0, [FORM_RAW] = 0,
};
static_assert(ARRAY_LEN(form_sizes) == FORM_COUNT, "one size a form");

/* A value on its way between the guest and Linux. */
union value {
	int number;
	struct linger linger;
	struct timeval time;
	char device[IFNAMSIZ];
	uint8_t raw[RAW_VALUE_MAX];
};
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw values are as the guest wrote them");

static int option_find(uint32_t level, uint32_t name, const struct desc *d, struct option *ret)
{
	if (raw_option_is(level)) {
		int linux_level = (int)(level - RAW_LEVEL);

		if (!raw_option_is_allowed(linux_level, (int)name, d->sock_type))
			return -ENOPROTOOPT;
		*ret = (struct option){ level, name, linux_level, (int)name, FORM_RAW };
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (options[i].level == level && options[i].name == name) {
			*ret = options[i];
			return 0;
		}
	}
	return -EINVAL;
}

static uint32_t type_of(int linux_type)
{
	return linux_type == SOCK_DGRAM	   ? WASMEDGE_DGRAM
	       : linux_type == SOCK_STREAM ? WASMEDGE_STREAM
					   : WASMEDGE_ANY;
}

/* Returns how many bytes it wrote, at most `len`. */
static uint32_t value_store(uint8_t *p, uint32_t len, enum form form, const union value *v,
			    socklen_t linux_len)
{
	switch (form) {
	case FORM_BUF_SIZE:
		gmem_store32(p, (uint32_t)v->number / 2);
		return 4;
	case FORM_ERROR:
		gmem_store32(p, errno_to_guest(-v->number));
		return 4;
	case FORM_TYPE:
		gmem_store32(p, type_of(v->number));
		return 4;
	case FORM_LINGER:
		gmem_store32(p, (uint32_t)v->linger.l_onoff);
		gmem_store32(p + 4, (uint32_t)v->linger.l_linger);
		return 8;
	case FORM_TIME:
		gmem_store64(p, (uint64_t)v->time.tv_sec);
		gmem_store64(p + 8, (uint64_t)v->time.tv_usec);
		return 16;
	case FORM_DEVICE:
	case FORM_RAW:
		len = len < linux_len ? len : linux_len;
		memcpy(p, v->raw, len);
		return len;
	default:
		gmem_store32(p, (uint32_t)v->number);
		return 4;
	}
}

/* Returns the length of Linux's value, or -EINVAL. */
static int value_load(const uint8_t *p, uint32_t len, enum form form, union value *ret)
{
	*ret = (union value){ .raw = { 0 } };
	switch (form) {
	case FORM_LINGER:
		ret->linger.l_onoff = (int)gmem_load32(p);
		ret->linger.l_linger = (int)gmem_load32(p + 4);
		return sizeof ret->linger;
	case FORM_TIME:
		ret->time.tv_sec = (time_t)gmem_load64(p);
		ret->time.tv_usec = (suseconds_t)gmem_load64(p + 8);
		return sizeof ret->time;
	case FORM_DEVICE:
		len = (uint32_t)strnlen((const char *)p, len);
		if (len >= sizeof ret->device)
			return -EINVAL;
		memcpy(ret->device, p, len);
		return (int)len;
	case FORM_RAW:
		if (len > sizeof ret->raw)
			return -EINVAL;
		memcpy(ret->raw, p, len);
		return (int)len;
	default:
		ret->number = (int)gmem_load32(p);
		return sizeof ret->number;
	}
}

/* The fifth parameter is the length to wasi-go and stealthrocket/net, and a pointer to the
 * length to WasmEdge, its crate and its C library, under the same type. No toolchain puts
 * anything below address 128, and no value is longer: the number itself tells. */
enum { LEN_BY_VALUE_MAX = 128 };

uint32_t wasmedge_sock_getsockopt(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t len = (uint32_t)args[4];
	uint8_t *len_ptr = NULL;
	union value v = { .raw = { 0 } };
	socklen_t linux_len = sizeof v;
	struct option o = { 0 };
	uint8_t *p;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r < 0)
		return errno_to_guest(r);
	r = option_find((uint32_t)args[1], (uint32_t)args[2], d, &o);
	if (r < 0)
		return errno_to_guest(r);
	if (len > LEN_BY_VALUE_MAX) {
		len_ptr = gmem_view(mem, len, 4);
		if (!len_ptr)
			return P1_FAULT;
		len = gmem_load32(len_ptr);
	}
	p = gmem_view(mem, (uint32_t)args[3], len);
	if (!p)
		return P1_FAULT;
	if (len < form_sizes[o.form])
		return P1_INVAL;
	r = sock_get_option(d, o.linux_level, o.linux_name, &v, &linux_len);
	if (r < 0)
		return errno_to_guest(r);
	len = value_store(p, len, o.form, &v, linux_len);
	if (len_ptr)
		gmem_store32(len_ptr, len);
	return P1_SUCCESS;
}

uint32_t wasmedge_sock_setsockopt(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t len = (uint32_t)args[4];
	struct option o = { 0 };
	union value v;
	const uint8_t *p;
	struct desc *d;
	int r = codec_sock(s, (uint32_t)args[0], &d);

	if (r < 0)
		return errno_to_guest(r);
	r = option_find((uint32_t)args[1], (uint32_t)args[2], d, &o);
	if (r < 0)
		return errno_to_guest(r);
	if (len > LEN_BY_VALUE_MAX)
		len = 4; /* an old C library passes a pointer here too, for an int */
	p = gmem_view(mem, (uint32_t)args[3], len);
	if (!p)
		return P1_FAULT;
	if (len < form_sizes[o.form])
		return P1_INVAL;
	r = value_load(p, len, o.form, &v);
	if (r >= 0)
		r = sock_set_option(d, o.linux_level, o.linux_name, &v, (socklen_t)r);
	return errno_to_guest(r);
}
