/* Sends to groups and hears itself, on the loopback interface: multicast 4|6. */
#include "show.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void show_in4(int fd)
{
	struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	struct ip_mreq group = { { inet_addr("239.1.2.3") }, loopback };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = group.imr_multiaddr };
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct in_addr chosen = { 0 };
	socklen_t len = sizeof own;
	unsigned char ttl = 0, loop = 0;
	char buf[16];

	must("bind", bind(fd, (struct sockaddr *)&own, sizeof own));
	must("getsockname", getsockname(fd, (struct sockaddr *)&own, &len));
	to.sin_port = own.sin_port;
	show("join", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
	show("join twice", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
	show("interface", setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback));
	len = sizeof chosen;
	show("chosen", getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &chosen, &len));
	printf("%s, length %u\n", inet_ntoa(chosen), (unsigned)len);
	len = sizeof ttl;
	show("ttl", getsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, &len));
	printf("%d, length %u\n", ttl, (unsigned)len);
	ttl = 7;
	show("ttl", setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl));
	show("send", sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to));
	show("recv", recv(fd, buf, sizeof buf, 0));
	show("loop off", setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop));
	show("send", sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to));
	show("recv", recv(fd, buf, sizeof buf, 0));
	show("leave", setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
	show("leave twice", setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
}

static void show_in6(int fd)
{
	unsigned lo = if_nametoindex("lo");
	struct ipv6_mreq group = { .ipv6mr_interface = lo };
	struct sockaddr_in6 own = { .sin6_family = AF_INET6 };
	struct sockaddr_in6 to = own, from = own;
	socklen_t len = sizeof own;
	int hops = 3, chosen = -1, only = 1;
	char buf[16];

	inet_pton(AF_INET6, "ff02::1234", &group.ipv6mr_multiaddr);
	show("v6only", setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only));
	must("bind", bind(fd, (struct sockaddr *)&own, sizeof own));
	must("getsockname", getsockname(fd, (struct sockaddr *)&own, &len));
	to.sin6_addr = group.ipv6mr_multiaddr;
	to.sin6_port = own.sin6_port;
	show("join", setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group));
	show("hops", setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops));
	to.sin6_scope_id = lo;
	show("send to a scope", sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to));
	len = sizeof from;
	show("recv", recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len));
	printf("from the same port: %s\n", from.sin6_port == own.sin6_port ? "yes" : "no");
	show("interface", setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &lo, sizeof lo));
	len = sizeof chosen;
	show("chosen", getsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &chosen, &len));
	printf("loopback: %s\n", (unsigned)chosen == lo ? "yes" : "no");
	to.sin6_scope_id = 0;
	show("send", sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to));
	show("recv", recv(fd, buf, sizeof buf, 0));
	show("leave", setsockopt(fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &group, sizeof group));
}

int main(int argc, char **argv)
{
	int family = argc > 1 && strcmp(argv[1], "6") == 0 ? AF_INET6 : AF_INET;
	struct timeval tenth = { .tv_usec = 300000 };
	int fd = must("socket", socket(family, SOCK_DGRAM, 0));

	must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth));
	if (family == AF_INET)
		show_in4(fd);
	else
		show_in6(fd);
	return 0;
}
