/* Unix-domain sockets as WasmEdge's second form has them, some under the names that end in _v2.
 *	unix WRITABLE READONLY	checks all of it in a directory of each kind
 *	unix reach PATH		connects a stream and sends a datagram there, and tells both results
 */
#include "check.h"

enum { UNIX = 3, DGRAM = 1, STREAM = 2, ACCES = 2, ROFS = 69, NOENT = 44, REFUSED = 14, LOOP = 32 };

int sock_open(int family, int type, int *ret_fd) IMPORT("sock_open_v2");
int sock_bind(int fd, const struct vec *addr, int port) IMPORT("sock_bind_v2");
int sock_listen(int fd, int backlog) IMPORT("sock_listen_v2");
int sock_accept(int fd, int flags, int *ret_fd) IMPORT("sock_accept_v2");
int sock_connect(int fd, const struct vec *addr, int port) IMPORT("sock_connect");
int sock_recv(int fd, const struct vec *iov, int n, int flags, uint32_t *ret_n, uint16_t *ret_flags)
	IMPORT("sock_recv_v2");
int sock_send(int fd, const struct vec *iov, int n, int flags, uint32_t *ret_n) IMPORT("sock_send");
int sock_recv_from(int fd, const struct vec *iov, int n, struct vec *addr, int flags,
		   uint32_t *port, uint32_t *ret_n, uint16_t *ret_flags)
	IMPORT("sock_recv_from_v2");
int sock_send_to(int fd, const struct vec *iov, int n, const struct vec *addr, int port, int flags,
		 uint32_t *ret_n) IMPORT("sock_send_to_v2");
int sock_getlocaladdr(int fd, struct vec *addr, uint32_t *port) IMPORT("sock_getlocaladdr");
int sock_getpeeraddr(int fd, struct vec *addr, uint32_t *port) IMPORT("sock_getpeeraddr_v2");

static uint8_t storage[128];
static struct vec place = { storage, sizeof(storage) };

static const struct vec *at(const char *path)
{
	memset(storage, 0, sizeof(storage));
	storage[0] = UNIX;
	memcpy(storage + 2, path, strnlen(path, 126));
	return &place;
}

static const char *told(void)
{
	return (const char *)storage + 2;
}

static int opened(int type)
{
	int fd = -1;

	OK(sock_open(UNIX, type, &fd));
	return fd;
}

static void streams(const char *path)
{
	int listener = opened(STREAM), client = opened(STREAM), server = -1;
	struct vec out = { "ping", 4 };
	char bytes[10] = "";
	struct vec in = { bytes, sizeof(bytes) };
	uint32_t n = 0, port = 1;
	uint16_t flags;

	OK(sock_bind(listener, at(path), 0));
	OK(sock_listen(listener, 4));
	OK(sock_connect(client, at(path), 0));
	OK(sock_accept(listener, 0, &server));
	OK(sock_send(client, &out, 1, 0, &n));
	OK(sock_recv(server, &in, 1, 0, &n, &flags));
	IS(n, 4);
	OK(sock_getlocaladdr(server, &place, &port));
	IS(strcmp(told(), path), 0);
	IS(port, 0);
	OK(sock_getpeeraddr(client, &place, &port));
	IS(strcmp(told(), path), 0);
}

static void datagrams(const char *from, const char *to)
{
	int sender = opened(DGRAM), receiver = opened(DGRAM);
	struct vec out = { "datagram", 8 };
	char bytes[4];
	struct vec in = { bytes, sizeof(bytes) };
	uint32_t n = 0, port = 1;
	uint16_t flags = 0;

	OK(sock_bind(sender, at(from), 0));
	OK(sock_bind(receiver, at(to), 0));
	OK(sock_send_to(sender, &out, 1, at(to), 0, 0, &n));
	OK(sock_recv_from(receiver, &in, 1, &place, 0, &port, &n, &flags));
	IS(n, 4);
	IS(flags, 1); /* it was cut */
	IS(strcmp(told(), from), 0);
}

static void refusals(const char *writable, const char *read_only)
{
	char path[120];

	snprintf(path, sizeof(path), "%s/sock", read_only);
	IS(sock_bind(opened(STREAM), at(path), 0), ROFS);
	IS(sock_connect(opened(STREAM), at(path), 0), ACCES);
	snprintf(path, sizeof(path), "%s/absent", writable);
	IS(sock_connect(opened(STREAM), at(path), 0), NOENT);
	snprintf(path, sizeof(path), "%s/file", writable);
	fclose(fopen(path, "w"));
	IS(sock_connect(opened(STREAM), at(path), 0), REFUSED);
	IS(sock_connect(opened(STREAM), at("@nobody"), 0), REFUSED);
}

static int reach(const char *path)
{
	struct vec out = { "datagram", 8 };
	uint32_t n;

	printf("connect %d\n", sock_connect(opened(STREAM), at(path), 0));
	printf("send %d\n", sock_send_to(opened(DGRAM), &out, 1, at(path), 0, 0, &n));
	return 0;
}

int main(int argc, char **argv)
{
	char one[120], two[120];

	if (argc != 3)
		return 2;
	if (strcmp(argv[1], "reach") == 0)
		return reach(argv[2]);
	snprintf(one, sizeof(one), "%s/one", argv[1]);
	streams(one);
	streams("@abstract");
	snprintf(one, sizeof(one), "%s/from", argv[1]);
	snprintf(two, sizeof(two), "%s/to", argv[1]);
	datagrams(one, two);
	datagrams("@from", "@to");
	refusals(argv[1], argv[2]);
	return report();
}
