/* WAMR's lib-socket: 52 functions beside preview1's, in the same module.
 *
 * Source: WAMR's guest library (core/iwasm/libraries/lib-socket) and its host
 * (libc_wasi_wrapper.c). Families, types and addresses have the dialect's own
 * form; errors are preview1's. What only WAMR's host does is left out: its
 * shutdown ignores the direction, it resets connections on close, and it
 * refuses empty datagrams.
 */
#pragma once

#include "wasi/imports.h"
#include "wasi/sock.h"

/* They end in a row without a name. sock_accept, sock_recv, sock_send, sock_shutdown and
 * sock_listen stand in other dialects' tables: they are the same. */
extern const struct import wamr_imports[];
extern const struct import wamr_option_imports[];

enum wamr_family {
	WAMR_INET4 = 0,
	WAMR_INET6 = 1,
	WAMR_UNSPEC = 2, /* in hints only */
};

enum wamr_type {
	WAMR_DGRAM = 0,
	WAMR_STREAM = 1,
	WAMR_ANY = -1, /* in hints only */
};

/* An address to bind, connect or send to. -EFAULT, -EPROTONOSUPPORT for another kind. */
int wamr_addr_load(struct gmem mem, uint32_t ptr, struct sock_addr *ret);
/* An address without a port. */
int wamr_ip_load(struct gmem mem, uint32_t ptr, struct sock_addr *ret);

enum { WAMR_ADDR_SIZE = 24 };

/* -EAFNOSUPPORT for what is no internet address; nothing is written then. */
int wamr_addr_store(uint8_t p[WAMR_ADDR_SIZE], const struct sock_addr *a);
