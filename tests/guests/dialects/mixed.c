/* The imports of the crate wasmedge_wasi_socket 0.5: accepting and addresses in WasmEdge's first
 * form, receiving in its second, and the wait under its own name. */
#include "check.h"

#include <unistd.h>

enum {
	INET4 = 1,
	DGRAM = 1,
	STREAM = 2,
	AGAIN = 6,
	REFUSED = 14,
	IN_PROGRESS = 26,
	OPTION_ERROR = 2,
	OPTION_RCVTIMEO = 11,
	OPTION_SNDTIMEO = 12,
};

int sock_open(int family, int type, int *ret_fd) IMPORT("sock_open");
int sock_bind(int fd, const struct vec *addr, int port) IMPORT("sock_bind");
int sock_listen(int fd, int backlog) IMPORT("sock_listen");
int sock_accept(int fd, int *ret_fd) IMPORT("sock_accept");
int sock_connect(int fd, const struct vec *addr, int port) IMPORT("sock_connect");
int sock_getlocaladdr(int fd, struct vec *addr, uint32_t *type, uint32_t *port)
	IMPORT("sock_getlocaladdr");
int sock_getpeeraddr(int fd, struct vec *addr, uint32_t *type, uint32_t *port)
	IMPORT("sock_getpeeraddr");
int sock_recv_from(int fd, const struct vec *iov, int n, struct vec *addr, int flags,
		   uint32_t *port, uint32_t *ret_n, uint16_t *ret_flags) IMPORT("sock_recv_from");
int sock_send_to(int fd, const struct vec *iov, int n, const struct vec *addr, int port, int flags,
		 uint32_t *ret_n) IMPORT("sock_send_to");
int sock_getsockopt(int fd, int level, int name, void *value, uint32_t *len)
	IMPORT("sock_getsockopt");
int sock_setsockopt(int fd, int level, int name, const void *value, uint32_t len)
	IMPORT("sock_setsockopt");
int epoll_oneoff(const void *subscriptions, void *events, int n, uint32_t *ret_n)
	IMPORT("epoll_oneoff");

static uint8_t octets[4] = { 127, 0, 0, 1 };
static const struct vec loopback = { octets, sizeof(octets) };

static int opened(int type)
{
	int fd = -1;

	OK(sock_open(INET4, type, &fd));
	return fd;
}

static uint32_t port_of(int fd)
{
	uint8_t bytes[16] = { 0 };
	struct vec place = { bytes, sizeof(bytes) };
	uint32_t type = 0, port = 0;

	OK(sock_getlocaladdr(fd, &place, &type, &port));
	IS(type, 4); /* the version of IP */
	IS(memcmp(bytes, octets, 4), 0);
	return port;
}

static void wait_readable(int fd)
{
	const uint64_t sub[6] = { 7, 1, (uint64_t)fd }; /* userdata, tag: reading, what */
	uint64_t event[4] = { 0 };
	uint32_t n = 0;

	OK(epoll_oneoff(sub, event, 1, &n));
	IS(n, 1);
	IS(event[0], 7);
}

static void streams(void)
{
	int listener = opened(STREAM), client = opened(STREAM), server = -1;
	uint8_t bytes[16] = { 0 };
	struct vec place = { bytes, sizeof(bytes) };
	uint32_t port, type, peer_port;

	OK(sock_bind(listener, &loopback, 0));
	OK(sock_listen(listener, 4));
	port = port_of(listener);
	OK(sock_connect(client, &loopback, (int)port));
	wait_readable(listener);
	OK(sock_accept(listener, &server));
	IS(write(client, "ping", 4), 4);
	wait_readable(server);
	IS(read(server, bytes, sizeof(bytes)), 4);
	memset(bytes, 0, sizeof(bytes));
	OK(sock_getpeeraddr(client, &place, &type, &peer_port));
	IS(peer_port, port);
}

static void datagrams(void)
{
	int sender = opened(DGRAM), receiver = opened(DGRAM);
	struct vec out = { "hello", 5 };
	char bytes[10];
	struct vec in = { bytes, sizeof(bytes) };
	uint8_t storage[128] = { 0 };
	struct vec place = { storage, sizeof(storage) };
	uint32_t n = 0, port = 0;
	uint16_t flags = 0;

	OK(sock_bind(sender, &loopback, 0));
	OK(sock_bind(receiver, &loopback, 0));
	OK(sock_send_to(sender, &out, 1, &loopback, (int)port_of(receiver), 0, &n));
	OK(sock_recv_from(receiver, &in, 1, &place, 0, &port, &n, &flags));
	IS(n, 5);
	IS(port, port_of(sender));
	IS(storage[0], INET4);
	IS(memcmp(storage + 2, octets, 4), 0);
}

static void errors(void)
{
	int fd = opened(STREAM), error = -1;
	uint32_t len = sizeof(error);

	IS(sock_connect(fd, &loopback, 1), REFUSED);
	OK(sock_getsockopt(fd, 0, OPTION_ERROR, &error, &len));
	IS(error, 0); /* the call has told it */
	IS(len, 4);
}

/* A full backlog drops what else comes, so a connection cannot be made. */
static void timeouts(void)
{
	const int64_t time[2] = { 0, 50000 };
	int listener = opened(STREAM), fd = -1;
	uint32_t port;

	OK(sock_bind(listener, &loopback, 0));
	OK(sock_listen(listener, 0));
	port = port_of(listener);
	OK(sock_connect(opened(STREAM), &loopback, (int)port));
	fd = opened(STREAM);
	OK(sock_setsockopt(fd, 0, OPTION_SNDTIMEO, time, sizeof(time)));
	IS(sock_connect(fd, &loopback, (int)port), IN_PROGRESS);
	OK(sock_accept(listener, &fd));
	OK(sock_setsockopt(listener, 0, OPTION_RCVTIMEO, time, sizeof(time)));
	while ((fd = sock_accept(listener, &fd)) == 0)
		; /* those that got through after all */
	IS(fd, AGAIN);
}

int main(void)
{
	timeouts();
	streams();
	datagrams();
	errors();
	return report();
}
