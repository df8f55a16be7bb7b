/* From names to addresses and back, without asking anybody else. */
#include "show.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct question {
	const char *node, *service;
	int flags, family, type;
};

static const struct question questions[] = {
	{ "127.0.0.1", "80", 0, AF_UNSPEC, SOCK_STREAM },
	{ "127.0.0.1", "80", 0, AF_INET, SOCK_DGRAM },
	{ "127.1", "80", 0, AF_INET, SOCK_STREAM },
	{ "::1", "8080", 0, AF_UNSPEC, SOCK_STREAM },
	{ "::ffff:1.2.3.4", "1", 0, AF_INET6, SOCK_STREAM },
	{ "fe80::1%lo", "1", AI_NUMERICHOST, AF_INET6, SOCK_STREAM },
	{ "fe80::1%7", "1", AI_NUMERICHOST, AF_INET6, SOCK_STREAM },
	{ "192.0.2.7", "http", AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM },
	{ "192.0.2.7", "https", AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM },
	{ "192.0.2.7", "ntp", AI_NUMERICHOST, AF_UNSPEC, SOCK_DGRAM },
	{ "192.0.2.7", "domain", AI_NUMERICHOST | AI_CANONNAME, AF_UNSPEC, SOCK_DGRAM },
	{ NULL, "80", AI_PASSIVE, AF_UNSPEC, SOCK_STREAM },
	{ NULL, "80", AI_PASSIVE, AF_INET6, SOCK_STREAM },
	{ NULL, "80", 0, AF_UNSPEC, SOCK_STREAM },
	{ NULL, "80", 0, AF_INET, SOCK_DGRAM },
	{ "127.0.0.1", NULL, 0, AF_UNSPEC, SOCK_STREAM },
	{ "127.0.0.1", "80", AI_V4MAPPED, AF_INET6, SOCK_STREAM },
	{ "localhost", "80", 0, AF_INET, SOCK_STREAM },
	/* What fails. */
	{ NULL, NULL, 0, AF_UNSPEC, SOCK_STREAM },
	{ "127.0.0.1", "80", 0, AF_INET6, SOCK_STREAM },
	{ "::1", "80", 0, AF_INET, SOCK_STREAM },
	{ "not a literal", "80", AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM },
	{ "127.0.0.1", "http", AI_NUMERICSERV, AF_UNSPEC, SOCK_STREAM },
	{ "127.0.0.1", "no-such-service", 0, AF_UNSPEC, SOCK_STREAM },
	{ "127.0.0.1", "80", 0, 99, SOCK_STREAM },
	{ "127.0.0.1", "80", 0, AF_UNSPEC, 99 },
	{ "127.0.0.1", "80", 1 << 28, AF_UNSPEC, SOCK_STREAM },
	{ NULL, "80", AI_CANONNAME, AF_UNSPEC, SOCK_STREAM },
	{ "", "80", 0, AF_UNSPEC, SOCK_STREAM },
};

static void show_entry(const struct addrinfo *a)
{
	char host[NI_MAXHOST], service[NI_MAXSERV];
	int r = getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, service, sizeof service,
			    NI_NUMERICHOST | NI_NUMERICSERV);

	printf("  %s %s, protocol %d, length %u: %s %s%s%s\n",
	       a->ai_family == AF_INET6 ? "ipv6" : "ipv4",
	       a->ai_socktype == SOCK_STREAM ? "stream" : "datagram", a->ai_protocol,
	       (unsigned)a->ai_addrlen, r ? gai_strerror(r) : host, r ? "" : service,
	       a->ai_canonname ? ", named " : "", a->ai_canonname ? a->ai_canonname : "");
}

static void ask(const struct question *q)
{
	struct addrinfo hints = { .ai_flags = q->flags,
				  .ai_family = q->family,
				  .ai_socktype = q->type };
	struct addrinfo *list;
	int r = getaddrinfo(q->node, q->service, &hints, &list);

	printf("%s %s\n", q->node ? q->node : "-", q->service ? q->service : "-");
	if (r) {
		printf("  %s\n", gai_strerror(r));
		return;
	}
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		show_entry(a);
	freeaddrinfo(list);
}

static void show_name(const char *address, int port, int flags)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET,
				   .sin_port = htons((in_port_t)port),
				   .sin_addr.s_addr = inet_addr(address) };
	char host[64], service[32];
	int r = getnameinfo((struct sockaddr *)&in4, sizeof in4, host, sizeof host, service,
			    sizeof service, flags);

	printf("%s %d: %s %s\n", address, port, r ? gai_strerror(r) : host, r ? "" : service);
	r = getnameinfo((struct sockaddr *)&in4, sizeof in4, host, 4, NULL, 0, NI_NUMERICHOST);
	printf("into 4 bytes: %s\n", r == EAI_OVERFLOW ? "too small" : "?");
}

static void show_old_functions(void)
{
	struct hostent *h = gethostbyname("127.0.0.1");
	struct servent *s = getservbyname("http", "tcp");
	struct protoent *p = getprotobyname("udp");
	struct in_addr a;

	if (h)
		printf("%s: length %d, %s\n", h->h_name, h->h_length,
		       inet_ntoa(*(struct in_addr *)h->h_addr_list[0]));
	printf("http: %d over %s\n", s ? ntohs((uint16_t)s->s_port) : -1, s ? s->s_proto : "?");
	s = getservbyport(htons(123), "udp");
	printf("port 123: %s\n", s ? s->s_name : "?");
	printf("no such service: %s\n", getservbyname("no-such-service", NULL) ? "?" : "none");
	printf("udp: %d\n", p ? p->p_proto : -1);
	printf("inet_addr: %08x %08x\n", ntohl(inet_addr("10.1.2.3")), ntohl(inet_addr("no")));
	printf("inet_aton: %d %d\n", inet_aton("0x7f.1", &a), inet_aton("1.2.3.4.5", &a));
}

int main(void)
{
	printf("lo: %s\n", if_nametoindex("lo") ? "yes" : "no");
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
		ask(&questions[i]);
	show_name("192.0.2.1", 22, NI_NUMERICHOST);
	show_name("192.0.2.1", 22, NI_NUMERICHOST | NI_NUMERICSERV);
	show_name("192.0.2.1", 123, NI_NUMERICHOST | NI_DGRAM);
	show_name("127.0.0.1", 49, NI_NUMERICSERV);
	show_old_functions();
	return 0;
}
