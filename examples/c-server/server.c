/* An HTTP server in plain POSIX C: one thread, poll(), IPv6 and IPv4 on one socket. The same file
 * builds natively with `cc server.c`. */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 100, HEAD_MAX = 4096 };

struct client {
	char head[HEAD_MAX];
	size_t len;
};

static struct pollfd fds[1 + CLIENTS_MAX]; /* the listener first */
static struct client clients[1 + CLIENTS_MAX];
static nfds_t n_fds = 1;

static int make_listener(int port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons((in_port_t)port) };
	int on = 1, off = 0;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof any) < 0 || listen(fd, SOMAXCONN) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		perror("listen");
		exit(1);
	}
	return fd;
}

static void accept_client(void)
{
	int fd = accept(fds[0].fd, NULL, NULL);

	if (fd < 0)
		return;
	if (n_fds > CLIENTS_MAX || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		close(fd);
		return;
	}
	clients[n_fds].len = 0;
	fds[n_fds++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void answer(int fd)
{
	static const char body[] = "Hello from C on wasmrun\n";
	char text[256];
	int len = snprintf(text, sizeof text,
			   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			   "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
			   sizeof body - 1, body);

	/* A new connection's buffer takes these few bytes at once. */
	if (send(fd, text, (size_t)len, MSG_NOSIGNAL) < 0)
		perror("send");
}

/* Returns 1 when the connection is done with. */
static int serve(int fd, struct client *c)
{
	ssize_t n = recv(fd, c->head + c->len, HEAD_MAX - 1 - c->len, 0);

	if (n <= 0)
		return 1;
	c->len += (size_t)n;
	c->head[c->len] = '\0';
	if (!strstr(c->head, "\r\n\r\n"))
		return c->len == HEAD_MAX - 1;
	answer(fd);
	return 1;
}

int main(void)
{
	fds[0] = (struct pollfd){ .fd = make_listener(8080), .events = POLLIN };
	for (;;) {
		if (poll(fds, n_fds, -1) < 0) {
			perror("poll");
			return 1;
		}
		for (nfds_t i = n_fds; i-- > 1;) {
			if (!fds[i].revents || !serve(fds[i].fd, &clients[i]))
				continue;
			close(fds[i].fd);
			fds[i] = fds[--n_fds];
			clients[i] = clients[n_fds];
		}
		if (fds[0].revents)
			accept_client();
	}
}
