/* An echo server for many connections at once: non-blocking sockets and poll().
 * echo [ADDRESS [PORT]]; 127.0.0.1 8080 unless given. */
#include "wasmedge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512, CHUNK = 65536 };

struct conn {
	uint8_t pending[CHUNK];
	size_t at, end; /* what is read and not yet written back */
};

static struct pollfd polled[1 + CONNECTIONS_MAX]; /* the listener, then the connections */
static struct conn *conns[1 + CONNECTIONS_MAX];
static nfds_t n_polled;

static int fail(const char *what, int number)
{
	fprintf(stderr, "echo: %s: %d\n", what, number);
	return 1;
}

static int listen_on(const char *address, int port)
{
	struct edge_storage s;
	int fd, r = sock_open(edge_from_text(&s, address), TYPE_STREAM, &fd);

	if (!r)
		r = sock_bind(fd, &s.addr, port);
	if (!r)
		r = sock_listen(fd, CONNECTIONS_MAX);
	if (!r && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		r = errno;
	return r ? -r : fd;
}

static void accept_all(void)
{
	int fd;

	while (n_polled <= CONNECTIONS_MAX && !sock_accept(polled[0].fd, 0, &fd)) {
		struct conn *c = calloc(1, sizeof(*c));

		if (!c || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
			free(c);
			(void)close(fd);
			return;
		}
		conns[n_polled] = c;
		polled[n_polled++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
}

/* Reads when there is nothing to write, writes otherwise; false at the connection's end. */
static bool serve(struct pollfd *p, struct conn *c)
{
	ssize_t n;

	if (c->at == c->end) {
		n = read(p->fd, c->pending, sizeof(c->pending));
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		c->at = 0;
		c->end = (size_t)n;
	}
	n = write(p->fd, c->pending + c->at, c->end - c->at);
	if (n < 0 && errno != EAGAIN)
		return false;
	c->at += n > 0 ? (size_t)n : 0;
	p->events = c->at < c->end ? POLLOUT : POLLIN;
	return true;
}

static void forget(nfds_t i)
{
	(void)close(polled[i].fd);
	free(conns[i]);
	polled[i] = polled[--n_polled];
	conns[i] = conns[n_polled];
}

int main(int argc, char **argv)
{
	int fd = listen_on(argc > 1 ? argv[1] : "127.0.0.1", argc > 2 ? atoi(argv[2]) : 8080);

	if (fd < 0)
		return fail("listen", -fd);
	polled[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	n_polled = 1;
	for (;;) {
		if (poll(polled, n_polled, -1) < 0)
			return fail("poll", errno);
		for (nfds_t i = n_polled - 1; i > 0; i--)
			if (polled[i].revents && !serve(&polled[i], conns[i]))
				forget(i);
		if (polled[0].revents)
			accept_all();
	}
}
