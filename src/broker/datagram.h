/* Datagrams of a published UDP port: from whom, and back, from the address that was written to. */
#pragma once

#include "base/addr.h"

#include <sys/types.h>

/* Who writes, to which of our addresses. Compared as bytes: unused ones are zero. */
struct datagram_route {
	struct addr client;
	struct in6_addr local; /* of a wildcard port: where it arrived; else zero */
	uint32_t interface;    /* IPv6: where it arrived, for link-local addresses */
	uint32_t port;	       /* the caller's own */
};

/* Has the kernel say where datagrams arrive, if `bound` is a wildcard. 0 or -errno. */
int datagram_ask_for_local(int fd, const struct addr *bound);
/* The length of a datagram, or -errno; -EAGAIN when there is none. */
ssize_t datagram_receive(int fd, void *bytes, size_t size, struct datagram_route *ret);
/* May be lost, as datagrams are. */
void datagram_answer(int fd, const struct datagram_route *route, const void *bytes, size_t len);
