/* The peers of accepted connections, for connections that are gone before the guest asks.
 *
 * accept(2) tells the peer's address even if the peer has reset the connection by then;
 * getpeername(2) fails with ENOTCONN. WASI 0.2 has no other way than the latter, and wasi-libc's
 * accept (sources/wasip2_tcp.c, tcp_accept4) aborts when it fails: any client could end any such
 * server. */
#pragma once

#include <sys/socket.h>

/* From now on, getpeername() on an accepted connection falls back to what accept() has told. */
void peers_enable(void);
/* accept() has made `fd`, and told this address. */
void peers_remember(int fd, const struct sockaddr *addr, socklen_t len);
/* `fd` is about to be closed: what was told about it no longer holds. */
void peers_forget(int fd);
