#include "broker/hostport.h"

#include "base/own.h"

#include <stdbool.h>
#include <string.h>

static int set_reuse(int fd, bool enabled)
{
	int value = enabled;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value) < 0 ? neg_errno() : 0;
}

static struct addr mapped(const struct addr *in4)
{
	struct addr out = { .in6 = { .sin6_family = AF_INET6, .sin6_port = in4->in4.sin_port },
			    .len = sizeof out.in6 };

	out.in6.sin6_addr.s6_addr[10] = out.in6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&out.in6.sin6_addr.s6_addr[12], &in4->in4.sin_addr, sizeof in4->in4.sin_addr);
	return out;
}

static int open_bound(const struct addr *host, int family, bool reuse, int *ret_fd)
{
	struct addr to = host->sa.sa_family == AF_INET && family == AF_INET6 ? mapped(host) : *host;
	AUTO_CLOSE int fd = socket(to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int only = host->sa.sa_family == AF_INET6, r;

	if (fd < 0)
		return neg_errno();
	r = set_reuse(fd, reuse);
	if (r < 0)
		return r;
	/* A forward of [::] is IPv6 alone, so that one of 0.0.0.0 can stand beside it. */
	if (to.sa.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) < 0)
		return neg_errno();
	if (bind(fd, &to.sa, to.len) < 0)
		return neg_errno();
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* With SO_REUSEADDR, bind() lets two sockets in; only listen() then tells whether the port is ours.
 * For that moment it is open: a client that hits it is reset. */
static int reserve_beside_lingering(const struct addr *host, int *ret_fd)
{
	AUTO_CLOSE int fd = -EBADF;
	int r = open_bound(host, host->sa.sa_family, true, &fd);

	if (r < 0)
		return r;
	if (listen(fd, 1) < 0)
		return neg_errno();
	if (shutdown(fd, SHUT_RDWR) < 0)
		return neg_errno();
	/* Only now: connections that linger have the option, and want it of us. */
	r = set_reuse(fd, false);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int reserve(const struct addr *host, int *ret_fd)
{
	int r = open_bound(host, host->sa.sa_family, false, ret_fd);

	/* Somebody listens there, or connections of an earlier process linger. */
	return r == -EADDRINUSE ? reserve_beside_lingering(host, ret_fd) : r;
}

static int explain(const struct addr *host, const char *protocol, int r, struct err *e)
{
	char text[ADDR_TEXT_MAX];

	if (r == -EADDRINUSE)
		return err_set(e, 0,
			       "%sport %u of the host is in use (%s); stop what listens there, or "
			       "forward another port",
			       protocol, addr_port(host), addr_format(host, text));
	if (r == -EACCES)
		return err_set(e, 0,
			       "%sport %u of the host needs privilege (%s); forward a port from "
			       "1024 up, or lower the sysctl net.ipv4.ip_unprivileged_port_start",
			       protocol, addr_port(host), addr_format(host, text));
	if (r == -EADDRNOTAVAIL)
		return err_set(e, 0,
			       "'%s' is not an address of this host; forward from one of its own",
			       addr_format_ip(host, text));
	if (r < 0)
		return err_set(e, -r, "reserving %s on the host", addr_format(host, text));
	return 0;
}

int hostport_reserve(const struct addr *host, int *ret_fd, struct err *e)
{
	return explain(host, "", reserve(host, ret_fd), e);
}

/* Without SO_REUSEADDR: two such sockets would share the port's datagrams. */
static int open_udp(const struct addr *host, int *ret_fd)
{
	AUTO_CLOSE int fd = socket(host->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int only = 1;

	if (fd < 0)
		return neg_errno();
	if (host->sa.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) < 0)
		return neg_errno();
	if (bind(fd, &host->sa, host->len) < 0)
		return neg_errno();
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int hostport_open_udp(const struct addr *host, int *ret_fd, struct err *e)
{
	return explain(host, "UDP ", open_udp(host, ret_fd), e);
}

int hostport_bind(int reserve_fd, const struct addr *host, int family, int *ret_fd)
{
	int r = set_reuse(reserve_fd, true);

	if (r < 0)
		return r;
	r = open_bound(host, family, true, ret_fd);
	(void)set_reuse(reserve_fd, false); /* cannot fail where setting it did not */
	return r;
}

int hostport_listen(int reserve_fd, int listener_fd, int backlog)
{
	int r = set_reuse(reserve_fd, true);

	if (r < 0)
		return r;
	r = listen(listener_fd, backlog) < 0 ? neg_errno() : 0;
	(void)set_reuse(reserve_fd, false);
	return r;
}
