/* Sets options, reads them back, and says how long the values are. */
#include "show.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct option {
	int family, type, level, name;
	const char *text;
	int value; /* to set; READ_ONLY not to */
};

enum { READ_ONLY = -1000 };

#define OPTION(family, type, level, name, value)                                                   \
	{                                                                                          \
		AF_##family, SOCK_##type, level, name, #family " " #type " " #name, value          \
	}

static const struct option options[] = {
	OPTION(INET, STREAM, SOL_SOCKET, SO_REUSEADDR, 1),
	OPTION(INET, STREAM, SOL_SOCKET, SO_REUSEPORT, 1),
	OPTION(INET, STREAM, SOL_SOCKET, SO_KEEPALIVE, 1),
	OPTION(INET, STREAM, SOL_SOCKET, SO_OOBINLINE, 1),
	OPTION(INET, STREAM, SOL_SOCKET, SO_DONTROUTE, 1),
	OPTION(INET, STREAM, SOL_SOCKET, SO_RCVLOWAT, 7),
	OPTION(INET, STREAM, SOL_SOCKET, SO_SNDBUF, 40000),
	OPTION(INET, STREAM, SOL_SOCKET, SO_RCVBUF, 50000),
	OPTION(INET, STREAM, SOL_SOCKET, SO_RCVBUF, 1),
	OPTION(INET, STREAM, SOL_SOCKET, SO_PRIORITY, 3),
	OPTION(INET, STREAM, SOL_SOCKET, SO_ERROR, READ_ONLY),
	OPTION(INET, STREAM, SOL_SOCKET, SO_ACCEPTCONN, READ_ONLY),
	OPTION(INET, STREAM, SOL_SOCKET, SO_PROTOCOL, READ_ONLY),
	OPTION(INET, DGRAM, SOL_SOCKET, SO_BROADCAST, 1),
	OPTION(INET, DGRAM, SOL_SOCKET, SO_PROTOCOL, READ_ONLY),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_NODELAY, 1),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_CORK, 1),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPIDLE, 33),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPINTVL, 22),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPCNT, 11),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_USER_TIMEOUT, 12345),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1),
	OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPIDLE, 0),
	OPTION(INET, STREAM, IPPROTO_IP, IP_TTL, 12),
	OPTION(INET, STREAM, IPPROTO_IP, IP_TTL, 999),
	OPTION(INET, STREAM, IPPROTO_IP, IP_TOS, 0x10),
	OPTION(INET, DGRAM, IPPROTO_IP, IP_MULTICAST_TTL, 5),
	OPTION(INET, DGRAM, IPPROTO_IP, IP_MULTICAST_LOOP, 0),
	OPTION(INET, DGRAM, IPPROTO_IP, 250, 1),
	OPTION(INET, DGRAM, SOL_SOCKET, 250, 1),
	OPTION(INET6, STREAM, IPPROTO_IPV6, IPV6_V6ONLY, 1),
	OPTION(INET6, STREAM, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9),
	OPTION(INET6, STREAM, IPPROTO_IPV6, IPV6_TCLASS, 32),
	OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 8),
	OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0),
	OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_DONTFRAG, 1),
	OPTION(UNIX, STREAM, SOL_SOCKET, SO_SNDBUF, 40000),
	OPTION(UNIX, STREAM, IPPROTO_TCP, TCP_NODELAY, 1),
};

static void show_option(const struct option *o)
{
	int fd = must("socket", socket(o->family, o->type, 0));
	int value[4] = { -1, -1, -1, -1 };
	socklen_t len = sizeof value;

	printf("%s = %d\n", o->text, o->value);
	if (o->value != READ_ONLY)
		show("  set", setsockopt(fd, o->level, o->name, &o->value, sizeof o->value));
	if (show("  get", getsockopt(fd, o->level, o->name, value, &len)) == 0)
		printf("  %d, length %u\n", value[0], (unsigned)len);
	close(fd);
}

static void show_structures(void)
{
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	struct linger linger = { 1, 5 };
	struct timeval time = { 2, 500000 };
	unsigned char narrow = 77;
	socklen_t len = sizeof linger;

	show("linger", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
	linger = (struct linger){ 0, 0 };
	show("linger", getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	printf("%d %d, length %u\n", linger.l_onoff, linger.l_linger, (unsigned)len);
	show("too short", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
	show("timeout", setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
	time = (struct timeval){ 0, 0 };
	len = sizeof time;
	show("timeout", getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &len));
	printf("%lld.%06lld, length is its size: %d\n", (long long)time.tv_sec,
	       (long long)time.tv_usec, len == sizeof time);
	time.tv_usec = 2000000;
	show("no such time", setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
	len = sizeof narrow;
	show("one byte", setsockopt(fd, IPPROTO_IP, IP_TTL, &narrow, sizeof narrow));
	narrow = 0;
	show("one byte", getsockopt(fd, IPPROTO_IP, IP_TTL, &narrow, &len));
	printf("%d, length %u\n", narrow, (unsigned)len);
	show("one byte of four", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &narrow, 1));
	close(fd);
}

static void show_kinds(void)
{
	static const int families[] = { AF_INET, AF_INET6, AF_UNIX };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

	for (int i = 0; i < 6; i++) {
		int fd = must("socket", socket(families[i / 2], types[i % 2], 0));
		int family = -1, type = -1;
		socklen_t len = sizeof family;

		show("domain", getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len));
		show("type", getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len));
		printf("right: %d\n", family == families[i / 2] && type == types[i % 2]);
		close(fd);
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		show_option(&options[i]);
	show_structures();
	show_kinds();
	return 0;
}
