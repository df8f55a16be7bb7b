/* An echo server for many clients at once: echo poll|select PORT CLIENTS.
 * Ends when that many clients have gone, and says what it has seen. */
#include "show.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 200, CHUNK = 65536 };

struct client {
	char pending[CHUNK];
	size_t at, end; /* what was read and is not yet written back */
};

static struct pollfd fds[1 + CLIENTS_MAX]; /* the listener first */
static struct client *clients[1 + CLIENTS_MAX];
static nfds_t n_fds = 1;
static unsigned long n_bytes, n_gone;

static int make_listener(int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };
	int on = 1;
	int fd = must("socket", socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));

	any.sin_addr.s_addr = htonl(INADDR_ANY);
	must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	must("bind", bind(fd, (struct sockaddr *)&any, sizeof any));
	must("listen", listen(fd, SOMAXCONN));
	return fd;
}

static void accept_all(void)
{
	int fd;

	while (n_fds <= CLIENTS_MAX && (fd = accept(fds[0].fd, NULL, NULL)) >= 0) {
		must("fcntl", fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
		clients[n_fds] = calloc(1, sizeof *clients[0]);
		fds[n_fds++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
}

/* False at the connection's end. */
static int serve(struct pollfd *p, struct client *c)
{
	ssize_t n;

	if (p->events == POLLIN) {
		n = recv(p->fd, c->pending, CHUNK, 0);
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		n_bytes += (unsigned long)n;
		c->at = 0;
		c->end = (size_t)n;
	}
	n = send(p->fd, c->pending + c->at, c->end - c->at, 0);
	if (n < 0 && errno != EAGAIN)
		return 0;
	c->at += n > 0 ? (size_t)n : 0;
	p->events = c->at < c->end ? POLLOUT : POLLIN;
	return 1;
}

static void wait_by_select(void)
{
	fd_set reads, writes;
	int limit = 0;

	FD_ZERO(&reads);
	FD_ZERO(&writes);
	for (nfds_t i = 0; i < n_fds; i++) {
		FD_SET(fds[i].fd, fds[i].events == POLLIN ? &reads : &writes);
		limit = fds[i].fd >= limit ? fds[i].fd + 1 : limit;
	}
	must("select", select(limit, &reads, &writes, NULL, NULL));
	for (nfds_t i = 0; i < n_fds; i++)
		fds[i].revents = FD_ISSET(fds[i].fd, &reads) || FD_ISSET(fds[i].fd, &writes);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	fds[0] = (struct pollfd){ .fd = make_listener(atoi(argv[2])), .events = POLLIN };
	fprintf(stderr, "echo is ready\n");
	while (n_gone < strtoul(argv[3], NULL, 10)) {
		if (strcmp(argv[1], "select") == 0)
			wait_by_select();
		else
			must("poll", poll(fds, n_fds, -1));
		for (nfds_t i = n_fds; i-- > 1;) {
			if (!fds[i].revents || serve(&fds[i], clients[i]))
				continue;
			close(fds[i].fd);
			free(clients[i]);
			fds[i] = fds[--n_fds];
			clients[i] = clients[n_fds];
			n_gone++;
		}
		if (fds[0].revents)
			accept_all();
	}
	printf("%lu clients, %lu bytes\n", n_gone, n_bytes);
	return 0;
}
