/* Two UDP sockets on command (command.h), through WasmEdge's functions. */
#include "command.h"
#include "wasmedge.h"

#include <poll.h>
#include <unistd.h>

enum { SOCKETS = 2, DATAGRAM_MAX = 65507, WAIT_MS = 5000 };

struct vec {
	void *bytes;
	uint32_t len;
};

int sock_recv_from(int fd, const struct vec *iov, int n, struct edge_addr *a, int flags,
		   uint32_t *port, uint32_t *ret_n, uint16_t *ret_flags) IMPORT("sock_recv_from");
int sock_send_to(int fd, const struct vec *iov, int n, const struct edge_addr *a, int port,
		 int flags, uint32_t *ret_n) IMPORT("sock_send_to");

static int sockets[SOCKETS] = { -1, -1 };
static int *current = sockets;
static char bytes[DATAGRAM_MAX + 1];

static int bind_to(const char *address, int port)
{
	struct edge_storage s;

	(void)edge_from_text(&s, address);
	return sock_bind(*current, &s.addr, port);
}

static int connect_to(const char *address, int port)
{
	struct edge_storage s;

	(void)edge_from_text(&s, address);
	return sock_connect(*current, &s.addr, port);
}

static int open_for(const char *address)
{
	struct edge_storage s;

	if (*current >= 0)
		(void)close(*current);
	return sock_open(edge_from_text(&s, address), TYPE_DGRAM, current);
}

static int send_to(const char *address, int port, const void *content, size_t len)
{
	struct vec out = { (void *)content, (uint32_t)len };
	struct edge_storage s;
	uint32_t n;

	(void)edge_from_text(&s, address);
	return sock_send_to(*current, &out, 1, &s.addr, port, 0, &n);
}

/* A datagram of `len` bytes, whose content shows if some are lost. */
static int send_large(const char *address, int port, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)('a' + i % 23);
	return send_to(address, port, bytes, len);
}

static bool is_large(size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != (char)('a' + i % 23))
			return false;
	return true;
}

/* "ok FROM TEXT", or "ok FROM LENGTH" for what send_large() has sent. */
static void answer_received(void)
{
	struct vec in = { bytes, DATAGRAM_MAX };
	struct pollfd p = { .fd = *current, .events = POLLIN };
	struct edge_storage s = { .addr = { NULL, STORAGE_SIZE } };
	uint32_t port, n = 0;
	char from[64], text[1200];
	uint16_t flags;
	int r;

	s.addr.bytes = s.bytes;
	if (poll(&p, 1, WAIT_MS) != 1) {
		answer_errno(__WASI_ERRNO_TIMEDOUT);
		return;
	}
	r = sock_recv_from(*current, &in, 1, &s.addr, 0, &port, &n, &flags);
	if (r) {
		answer_errno(r);
		return;
	}
	bytes[n] = '\0';
	(void)edge_to_text(&s, port, from);
	if (n > 1000)
		(void)snprintf(text, sizeof(text), "%s %u %s", from, n,
			       is_large(n) ? "whole" : "damaged");
	else
		(void)snprintf(text, sizeof(text), "%s %s", from, bytes);
	answer_ok(text);
}

static void answer_local(void)
{
	struct edge_storage s = { .addr = { NULL, STORAGE_SIZE } };
	uint32_t port = 0;
	char text[64];
	int r;

	s.addr.bytes = s.bytes;
	r = sock_getlocaladdr(*current, &s.addr, &port);
	if (r)
		answer_errno(r);
	else
		answer_ok(edge_to_text(&s, port, text));
}

int main(void)
{
	struct command c;

	while (command_next(&c)) {
		char **w = c.words;
		int port = atoi(w[2]);

		if (!strcmp(w[0], "use")) {
			current = &sockets[atoi(w[1]) % SOCKETS];
			answer_errno(0);
		} else if (!strcmp(w[0], "open")) {
			answer_errno(open_for(w[1]));
		} else if (!strcmp(w[0], "bind")) {
			answer_errno(bind_to(w[1], port));
		} else if (!strcmp(w[0], "connect")) {
			answer_errno(connect_to(w[1], port));
		} else if (!strcmp(w[0], "sendto")) {
			answer_errno(send_to(w[1], port, w[3], strlen(w[3])));
		} else if (!strcmp(w[0], "sendlarge")) {
			answer_errno(send_large(w[1], port, (size_t)atoi(w[3])));
		} else if (!strcmp(w[0], "send")) {
			answer_errno(write(*current, w[1], strlen(w[1])) < 0 ? errno : 0);
		} else if (!strcmp(w[0], "recv")) {
			answer_received();
		} else if (!strcmp(w[0], "local")) {
			answer_local();
		} else {
			answer_ok("what?");
		}
	}
	return 0;
}
