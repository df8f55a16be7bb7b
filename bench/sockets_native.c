#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pollfd watched[WATCHED_MAX];
static size_t n_watched;

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

int datagram_open(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int datagram_bind(int fd, uint16_t *ret_port)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof address;

	if (bind(fd, (const struct sockaddr *)&address, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return -1;
	*ret_port = ntohs(address.sin_port);
	return 0;
}

ssize_t datagram_send(int fd, const void *bytes, size_t len, uint16_t port)
{
	const struct sockaddr_in to = loopback(port);

	return sendto(fd, bytes, len, 0, (const struct sockaddr *)&to, sizeof to);
}

ssize_t datagram_receive(int fd, void *bytes, size_t len, uint16_t *ret_from)
{
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	ssize_t n = recvfrom(fd, bytes, len, 0, (struct sockaddr *)&from, &from_len);

	if (n >= 0)
		*ret_from = ntohs(from.sin_port);
	return n;
}

int watch_init(const int *fds, size_t n)
{
	if (n > WATCHED_MAX) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		watched[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	n_watched = n;
	return 0;
}

int watch_wait(size_t *ret_index)
{
	int n = ppoll(watched, n_watched, NULL, NULL);

	for (size_t i = 0; n > 0 && i < n_watched; i++) {
		if (watched[i].revents)
			*ret_index = i;
	}
	return n;
}

int stream_connect(uint16_t port)
{
	const struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}
