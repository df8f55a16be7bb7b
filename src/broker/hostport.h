/* A published port on the host: reserved for as long as the process lives, listening only while the
 * guest does.
 *
 * Two sockets share it. The reservation is bound, does not listen, and stays with the supervisor:
 * the port is nobody else's, and connections to it are refused. The listener is made when the guest
 * listens and handed over whole, so that the guest's close() is the end of it, and clients are
 * refused from then on.
 *
 * How Linux lets two sockets have one port (inet_csk_bind_conflict): both have SO_REUSEADDR and
 * neither listens at the time of bind() or listen(). The reservation gets the option for those two
 * calls only, so that nobody else can come in between.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

/* *ret_fd is the caller's. A port in use is an error with words. */
int hostport_reserve(const struct addr *host, int *ret_fd, struct err *e);
/* A socket of `family` bound to the reserved port, not listening yet; *ret_fd is the caller's. With
 * AF_INET6 and an IPv4 address it is bound to ::ffff:a.b.c.d: the same clients, with addresses that
 * an IPv6 socket's owner knows. */
int hostport_bind(int reserve_fd, const struct addr *host, int family, int *ret_fd);
/* Makes it listen, or listen again. */
int hostport_listen(int reserve_fd, int listener_fd, int backlog);
/* A UDP socket bound to it, for as long as the process lives; *ret_fd is the caller's. A port in
 * use is an error with words. */
int hostport_open_udp(const struct addr *host, int *ret_fd, struct err *e);
