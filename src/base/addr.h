/* An IP address and a port. Pure: parses, prints and compares; resolves nothing. */
#pragma once

#include "base/err.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	};
	socklen_t len; /* sizeof in4 or sizeof in6; 0 while empty */
};

enum { ADDR_TEXT_MAX = 65 }; /* "[ffff:...:255.255.255.255%4294967295]:65535" and its NUL */

/* "127.0.0.1", "::1", "[::1]": a literal address without a port (0 is stored). No names. */
int addr_parse_ip(const char *text, struct addr *ret, struct err *e);
/* From the bytes of a sockaddr of `len` bytes, as a system call gave or took it.
 * -EAFNOSUPPORT if it is neither INET nor INET6, -EINVAL if it is too short. */
int addr_from_sockaddr(const void *sockaddr, socklen_t len, struct addr *ret);
uint16_t addr_port(const struct addr *a); /* host order */
void addr_set_port(struct addr *a, uint16_t port);
bool addr_is_loopback(const struct addr *a);		     /* 127/8, ::1, ::ffff:127/104 */
bool addr_is_wildcard(const struct addr *a);		     /* 0.0.0.0, ::, ::ffff:0.0.0.0 */
bool addr_equal(const struct addr *a, const struct addr *b); /* address and port */
/* Whether `a` is of the network's family, and in it. */
bool addr_is_in(const struct addr *a, const struct addr *network, unsigned prefix_len);
/* `a` with every bit behind the prefix cleared. */
struct addr addr_masked(const struct addr *a, unsigned prefix_len);
/* "127.0.0.1:80" or "[::1]:80"; returns `out`. */
const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);
const char *addr_format_ip(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* The address that a client on this machine uses to reach a listener on `a`: a wildcard becomes
 * loopback. */
struct addr addr_reachable(const struct addr *a);
