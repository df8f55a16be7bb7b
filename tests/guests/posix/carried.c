/* carried ADDRESS PORT: sets options on a socket, each on one of its own and then all of them on
 * one, connects, and says what is left of them. */
#include "show.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct option {
	int level, name, value;
	const char *text;
} options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, 1, "keep alive" },
	{ SOL_SOCKET, SO_OOBINLINE, 1, "inline" },
	{ SOL_SOCKET, SO_RCVBUF, 50000, "receive buffer" },
	{ SOL_SOCKET, SO_SNDBUF, 40000, "send buffer" },
	{ SOL_SOCKET, SO_RCVLOWAT, 7, "low water" },
	{ SOL_SOCKET, SO_PRIORITY, 3, "priority" },
	{ IPPROTO_TCP, TCP_NODELAY, 1, "no delay" },
	{ IPPROTO_TCP, TCP_CORK, 1, "cork" },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 33, "idle" },
	{ IPPROTO_TCP, TCP_KEEPINTVL, 22, "interval" },
	{ IPPROTO_TCP, TCP_KEEPCNT, 11, "count" },
	{ IPPROTO_TCP, TCP_SYNCNT, 2, "syn" },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 12345, "user timeout" },
	{ IPPROTO_IP, IP_TOS, 0x10, "tos" },
	{ IPPROTO_IP, IP_TTL, 12, "ttl" },
};
enum { N_OPTIONS = sizeof options / sizeof options[0] };

static int connect_with(size_t first, size_t end, const struct sockaddr_in *to)
{
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));

	for (size_t i = first; i < end; i++)
		show(options[i].text, setsockopt(fd, options[i].level, options[i].name,
						 &options[i].value, sizeof options[i].value));
	must("connect", connect(fd, (const struct sockaddr *)to, sizeof *to));
	for (size_t i = 0; i < N_OPTIONS; i++) {
		int value = -1;
		socklen_t len = sizeof value;

		must("getsockopt", getsockopt(fd, options[i].level, options[i].name, &value, &len));
		/* The buffers of a connection grow by themselves, unless they were set. */
		if ((options[i].name != SO_RCVBUF && options[i].name != SO_SNDBUF) ||
		    (i >= first && i < end))
			printf("  %s %d\n", options[i].text, value);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons((unsigned short)atoi(argv[2]));
	close(connect_with(0, 0, &to));
	for (size_t i = 0; i < N_OPTIONS; i++)
		close(connect_with(i, i + 1, &to));
	close(connect_with(0, N_OPTIONS, &to));
	return 0;
}
