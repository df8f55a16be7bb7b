/* A client and a server in one, as WAMR's lib-socket has them. */
#include "check.h"

#include <unistd.h>

enum { INET4 = 0, INET6 = 1, DGRAM = 0, STREAM = 1, REFUSED = 14 };

struct ip4_addr {
	uint32_t kind;
	uint8_t octets[4];
	uint16_t port;
	uint8_t rest[14];
};

struct ip6_addr {
	uint32_t kind;
	uint16_t groups[8];
	uint16_t port, rest;
};

union addr {
	struct ip4_addr v4;
	struct ip6_addr v6;
};

struct hints {
	int32_t type, family;
	uint8_t enabled;
};

struct info {
	union addr addr;
	int32_t type;
};

_Static_assert(sizeof(union addr) == 24 && sizeof(struct info) == 28, "WAMR's layouts");

int sock_open(int pool, int family, int type, int *ret_fd) IMPORT("sock_open");
int sock_bind(int fd, const union addr *a) IMPORT("sock_bind");
int sock_listen(int fd, int backlog) IMPORT("sock_listen");
int sock_accept(int fd, int flags, int *ret_fd) IMPORT("sock_accept");
int sock_connect(int fd, const union addr *a) IMPORT("sock_connect");
int sock_addr_local(int fd, union addr *a) IMPORT("sock_addr_local");
int sock_addr_remote(int fd, union addr *a) IMPORT("sock_addr_remote");
int sock_addr_resolve(const char *node, const char *service, const struct hints *hints,
		      struct info *infos, uint32_t room, uint32_t *ret_n)
	IMPORT("sock_addr_resolve");
int sock_recv_from(int fd, const struct vec *iov, int n, int flags, union addr *from,
		   uint32_t *ret_n) IMPORT("sock_recv_from");
int sock_send_to(int fd, const struct vec *iov, int n, int flags, const union addr *to,
		 uint32_t *ret_n) IMPORT("sock_send_to");
int sock_set_tcp_no_delay(int fd, int on) IMPORT("sock_set_tcp_no_delay");
int sock_get_tcp_no_delay(int fd, bool *ret) IMPORT("sock_get_tcp_no_delay");
int sock_set_recv_timeout(int fd, uint64_t us) IMPORT("sock_set_recv_timeout");
int sock_get_recv_timeout(int fd, uint64_t *ret_us) IMPORT("sock_get_recv_timeout");

static union addr loopback(int family, uint16_t port)
{
	union addr a = { 0 };

	if (family == INET6)
		a.v6 = (struct ip6_addr){ INET6, { 0, 0, 0, 0, 0, 0, 0, 1 }, port, 0 };
	else
		a.v4 = (struct ip4_addr){ INET4, { 127, 0, 0, 1 }, port, { 0 } };
	return a;
}

static int opened(int family, int type)
{
	int fd = -1;

	OK(sock_open(-1, family, type, &fd));
	return fd;
}

static void streams(int family)
{
	int listener = opened(family, STREAM), client = opened(family, STREAM), server = -1;
	union addr a = loopback(family, 0), peer;
	uint16_t port;
	char bytes[4];

	OK(sock_bind(listener, &a));
	OK(sock_listen(listener, 4));
	OK(sock_addr_local(listener, &a));
	port = family == INET6 ? a.v6.port : a.v4.port;
	IS(port != 0, true);
	OK(sock_connect(client, &a));
	OK(sock_accept(listener, 0, &server));
	IS(write(client, "ping", 4), 4);
	IS(read(server, bytes, sizeof(bytes)), 4);
	IS(memcmp(bytes, "ping", 4), 0);
	OK(sock_addr_remote(client, &peer));
	IS(memcmp(&peer, &a, sizeof(a)), 0);
	(void)close(listener);
	IS(sock_connect(opened(family, STREAM), &a), REFUSED);
}

static void datagrams(void)
{
	int sender = opened(INET4, DGRAM), receiver = opened(INET4, DGRAM);
	union addr to = loopback(INET4, 0), from = loopback(INET4, 0), source;
	struct vec out = { "hello", 5 };
	char bytes[10];
	struct vec in = { bytes, sizeof(bytes) };
	uint32_t n = 0;

	OK(sock_bind(receiver, &to));
	OK(sock_bind(sender, &from));
	OK(sock_addr_local(receiver, &to));
	OK(sock_addr_local(sender, &from));
	OK(sock_send_to(sender, &out, 1, 0, &to, &n));
	OK(sock_recv_from(receiver, &in, 1, 0, &source, &n));
	IS(n, 5);
	IS(memcmp(&source, &from, sizeof(from)), 0);
}

static void options(void)
{
	int fd = opened(INET4, STREAM);
	uint64_t us = 0;
	bool on = false;

	OK(sock_set_tcp_no_delay(fd, 1));
	OK(sock_get_tcp_no_delay(fd, &on));
	IS(on, true);
	OK(sock_set_recv_timeout(fd, 1500000));
	OK(sock_get_recv_timeout(fd, &us));
	IS(us, 1500000);
}

static void lookups(void)
{
	const struct hints hints = { STREAM, INET4, 1 };
	struct info infos[2];
	uint32_t n = 0;

	OK(sock_addr_resolve("localhost", "http", &hints, infos, 2, &n));
	IS(n > 0, true);
	IS(infos[0].addr.v4.octets[0], 127);
	IS(infos[0].addr.v4.port, 80);
	IS(infos[0].type, STREAM);
	IS(sock_addr_resolve("example.com", "", &hints, infos, 2, &n), 2); /* not granted */
}

int main(void)
{
	streams(INET4);
	streams(INET6);
	datagrams();
	options();
	lookups();
	return report();
}
