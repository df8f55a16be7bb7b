/* Answers datagrams: "peer" with the sender's address, anything else with itself.
 * datagrams ADDRESS PORT [later]; with "later" it binds once a line has come on stdin. */
#include "show.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

union address {
	struct sockaddr sa;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

static char datagram[65536];

static socklen_t parse(const char *ip, int port, union address *ret)
{
	if (inet_pton(AF_INET, ip, &ret->in4.sin_addr) == 1) {
		ret->in4.sin_family = AF_INET;
		ret->in4.sin_port = htons((in_port_t)port);
		return sizeof ret->in4;
	}
	must("inet_pton", inet_pton(AF_INET6, ip, &ret->in6.sin6_addr) == 1 ? 0 : -1);
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons((in_port_t)port);
	return sizeof ret->in6;
}

static size_t name_peer(const union address *from)
{
	char ip[INET6_ADDRSTRLEN];

	if (from->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &from->in4.sin_addr, ip, sizeof ip);
	else
		inet_ntop(AF_INET6, &from->in6.sin6_addr, ip, sizeof ip);
	return (size_t)snprintf(datagram, sizeof datagram, "%s:%u", ip, ntohs(from->in4.sin_port));
}

int main(int argc, char **argv)
{
	union address local = { 0 }, from;
	socklen_t len = parse(argv[1], atoi(argv[2]), &local);
	int fd = must("socket", socket(local.sa.sa_family, SOCK_DGRAM, 0));

	if (argc > 3) {
		puts("waiting");
		fflush(stdout);
		fgets(datagram, sizeof datagram, stdin);
	}
	must("bind", bind(fd, &local.sa, len));
	puts("ok");
	fflush(stdout);
	for (;;) {
		size_t n;

		len = sizeof from;
		n = (size_t)must("recvfrom",
				 recvfrom(fd, datagram, sizeof datagram, 0, &from.sa, &len));
		if (n == 4 && memcmp(datagram, "peer", n) == 0)
			n = name_peer(&from);
		must("sendto", sendto(fd, datagram, n, 0, &from.sa, len));
	}
}
