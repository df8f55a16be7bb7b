/* Sockets: the operations that every dialect's calls reduce to, with Linux's own types.
 *
 * Below us a seccomp filter may turn listen() and connect() into requests to
 * the supervisor, which puts another socket behind the same number. This layer
 * makes plain system calls and needs to know one thing of it: after listen(),
 * getsockname() may tell an address of the host's, so the guest's own is
 * recorded before (struct desc, `local`). -errno on failure; calls may block.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "wasi/io.h"
#include "wasi/table.h"
#include "wasi/unix.h"

/* Where a socket is bound, connected or sends to. */
struct sock_addr {
	int family; /* AF_INET or AF_INET6: `ip`; AF_UNIX: `name`; AF_UNSPEC: nothing is known */
	union {
		struct addr ip;
		struct unix_name name;
	};
};

/* `ret` owns its descriptor, here and in sock_accept(). AF_INET, AF_INET6 and AF_UNIX only. The
 * type may have SOCK_NONBLOCK with it, here and below. */
int sock_open(int family, int type, struct desc *ret);
/* Two Unix sockets that are connected to each other. */
int sock_pair(int type, struct desc ret[2]);
/* Names of Unix sockets are found through the table (wasi/unix.h), here and below. */
int sock_bind(struct table *t, struct desc *d, const struct sock_addr *a);
/* Binds to the wildcard address and a free port first if the guest did not bind. */
int sock_listen(struct desc *d, int backlog);
/* A blocking call that a signal interrupts is waited for to its end. */
int sock_connect(struct table *t, struct desc *d, const struct sock_addr *a);
/* `ret_peer` and the table may be NULL. The peer is told also if it has gone already. */
int sock_accept(struct table *t, const struct desc *listener, bool nonblock, struct desc *ret,
		struct sock_addr *ret_peer);
int sock_shutdown(const struct desc *d, int how);

/* `flags` are recvmsg(2)'s. `ret_truncated` and `ret_from` may be NULL, the table too
 * without `ret_from`; a stream's peer is told as the source. Reading no bytes from a stream reads
 * none and does not wait. */
int sock_recv(struct table *t, const struct desc *d, const struct io_bufs *bufs, int flags,
	      size_t *ret_n, bool *ret_truncated, struct sock_addr *ret_from);
/* To the connected peer if `to` is NULL; the table may be NULL then. `flags` are sendmsg(2)'s. */
int sock_send(struct table *t, const struct desc *d, const struct io_bufs *bufs, int flags,
	      const struct sock_addr *to, size_t *ret_n);

/* What the guest should take for its own address, and for its peer's. An IPv4 address of an IPv6
 * socket is told as ::ffff:a.b.c.d, also where the supervisor exchanged the socket. */
int sock_local(struct table *t, const struct desc *d, struct sock_addr *ret);
int sock_peer(struct table *t, const struct desc *d, struct sock_addr *ret);

int sock_get_option(const struct desc *d, int level, int name, void *value, socklen_t *len);
int sock_set_option(const struct desc *d, int level, int name, const void *value, socklen_t len);
