/* The WasmEdge socket extension, in both of its forms.
 *
 * Its functions live in module wasi_snapshot_preview1 beside preview1's own. Sources: WasmEdge's
 * host (lib/host/wasi), stealthrocket's wasi-go and net v0.2.1, and the crate
 * wasmedge_wasi_socket, whose 0.5 mixes both forms. They differ in details that no type tells; the
 * code says at each place which one is followed. Families, types and options have the dialect's own
 * numbers. Errors are preview1's, and 77 to 87 are results of sock_getaddrinfo.
 *
 * Every function takes every form of an address, 4, 16 or 128 bytes, whatever its name: WasmEdge
 * itself takes 128 bytes only under the names that end in _v2.
 */
#pragma once

#include "wasi/imports.h"
#include "wasi/sock.h"

/* They end in a row without a name. */
extern const struct import wasmedge_imports[];	/* the second form, and what both share */
extern const struct import wasmedge1_imports[]; /* what only the first form has; other names */

enum wasmedge_family {
	WASMEDGE_UNSPEC = 0,
	WASMEDGE_INET4 = 1,
	WASMEDGE_INET6 = 2,
	WASMEDGE_UNIX = 3,
};

enum wasmedge_type {
	WASMEDGE_ANY = 0,
	WASMEDGE_DGRAM = 1,
	WASMEDGE_STREAM = 2,
};

/* A guest's place for an address: {buf u32@0, buf_len u32@4} and, apart from it, a port. */
struct wasmedge_place {
	uint8_t *buf;  /* a view */
	uint32_t len;  /* 4: IPv4, 16: IPv6, 128: family u16@0 and the address@2 */
	uint8_t *port; /* u32 in host order */
};

/* The address to bind, connect or send to. -EFAULT; -EINVAL for a length that is none of the
 * three or a port above 65535; -EAFNOSUPPORT for another family. */
int wasmedge_addr_load(struct gmem mem, uint32_t addr, uint32_t port, struct sock_addr *ret);
/* -EFAULT, or -EINVAL for a length that is none of the three. */
int wasmedge_place_view(struct gmem mem, uint32_t addr, uint32_t port, struct wasmedge_place *ret);
/* -EINVAL, and nothing is written, if the address does not fit; -EAFNOSUPPORT for a Unix name
 * where the place has no family. */
int wasmedge_place_store(const struct wasmedge_place *p, const struct sock_addr *a);
/* What both forms of sock_recv_from do: args[0] to args[4] are fd, iovs, n_iovs, addr and riflags,
 * rets[0] and rets[1] the guest's ret_n and ret_roflags, `port` its place for a port. The source is
 * left for the caller to store in `ret_place`; its family is AF_UNSPEC if it is unknown. */
int wasmedge_recv_from(struct sys *s, struct gmem mem, const uint64_t *args, uint32_t port,
		       const uint64_t *rets, struct wasmedge_place *ret_place,
		       struct sock_addr *ret_from);

/* Calls that stand in the other table too, or have a file of their own. */
import_call wasmedge_sock_open;
import_call wasmedge_sock_bind;
import_call wasmedge_sock_connect;
import_call wasmedge_sock_listen;
import_call wasmedge_sock_getlocaladdr;
import_call wasmedge_sock_getpeeraddr;
import_call wasmedge_sock_recv_from;
import_call wasmedge_sock_send_to;
import_call wasmedge_sock_getsockopt;
import_call wasmedge_sock_setsockopt;
import_call wasmedge_sock_getaddrinfo;
