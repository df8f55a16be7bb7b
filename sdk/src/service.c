#include "service.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

/* RFC 6335's registry, cut down to what programs ask for. */
static const struct service services[] = {
	{ "echo", 7, SERVICE_TCP | SERVICE_UDP },
	{ "discard", 9, SERVICE_TCP | SERVICE_UDP },
	{ "daytime", 13, SERVICE_TCP },
	{ "ftp", 21, SERVICE_TCP },
	{ "ssh", 22, SERVICE_TCP },
	{ "telnet", 23, SERVICE_TCP },
	{ "smtp", 25, SERVICE_TCP },
	{ "time", 37, SERVICE_TCP | SERVICE_UDP },
	{ "whois", 43, SERVICE_TCP },
	{ "domain", 53, SERVICE_TCP | SERVICE_UDP },
	{ "tftp", 69, SERVICE_UDP },
	{ "finger", 79, SERVICE_TCP },
	{ "http", 80, SERVICE_TCP },
	{ "pop3", 110, SERVICE_TCP },
	{ "nntp", 119, SERVICE_TCP },
	{ "ntp", 123, SERVICE_UDP },
	{ "imap2", 143, SERVICE_TCP },
	{ "snmp", 161, SERVICE_TCP | SERVICE_UDP },
	{ "irc", 194, SERVICE_TCP | SERVICE_UDP },
	{ "ldap", 389, SERVICE_TCP | SERVICE_UDP },
	{ "https", 443, SERVICE_TCP | SERVICE_UDP },
	{ "syslog", 514, SERVICE_UDP },
	{ "submission", 587, SERVICE_TCP },
	{ "ldaps", 636, SERVICE_TCP | SERVICE_UDP },
	{ "rsync", 873, SERVICE_TCP },
	{ "imaps", 993, SERVICE_TCP },
	{ "pop3s", 995, SERVICE_TCP },
	{ "socks", 1080, SERVICE_TCP },
	{ "mysql", 3306, SERVICE_TCP },
	{ "mdns", 5353, SERVICE_UDP },
	{ "postgresql", 5432, SERVICE_TCP },
	{ "redis", 6379, SERVICE_TCP },
	{ "http-alt", 8080, SERVICE_TCP | SERVICE_UDP },
};

enum { N_SERVICES = sizeof services / sizeof services[0] };

const struct service *service_by_name(const char *name, int protocols)
{
	for (size_t i = 0; i < N_SERVICES; i++) {
		if (services[i].protocols & protocols && strcmp(services[i].name, name) == 0)
			return &services[i];
	}
	return NULL;
}

const struct service *service_by_port(uint16_t port, int protocols)
{
	for (size_t i = 0; i < N_SERVICES; i++) {
		if (services[i].protocols & protocols && services[i].port == port)
			return &services[i];
	}
	return NULL;
}

/* 0 for a protocol without services. */
static int protocols_of(const char *protocol)
{
	if (!protocol)
		return SERVICE_TCP | SERVICE_UDP;
	return strcmp(protocol, "tcp") == 0   ? SERVICE_TCP
	       : strcmp(protocol, "udp") == 0 ? SERVICE_UDP
					      : 0;
}

static struct servent *servent_of(const struct service *s, int protocols)
{
	static char *no_aliases[] = { NULL };
	static struct servent answer;

	if (!s)
		return NULL;
	answer = (struct servent){
		.s_name = (char *)s->name,
		.s_aliases = no_aliases,
		.s_port = htons(s->port),
		.s_proto = s->protocols & protocols & SERVICE_TCP ? "tcp" : "udp",
	};
	return &answer;
}

struct servent *getservbyname(const char *name, const char *protocol)
{
	int protocols = protocols_of(protocol);

	return servent_of(service_by_name(name, protocols), protocols);
}

struct servent *getservbyport(int port, const char *protocol)
{
	int protocols = protocols_of(protocol);

	return servent_of(service_by_port(ntohs((uint16_t)port), protocols), protocols);
}

struct protoent *getprotobyname(const char *name)
{
	static char *no_aliases[] = { NULL };
	static struct protoent protocols[] = {
		{ "ip", no_aliases, IPPROTO_IP },     { "icmp", no_aliases, IPPROTO_ICMP },
		{ "tcp", no_aliases, IPPROTO_TCP },   { "udp", no_aliases, IPPROTO_UDP },
		{ "ipv6", no_aliases, IPPROTO_IPV6 },
	};

	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		if (strcmp(protocols[i].p_name, name) == 0)
			return &protocols[i];
	}
	return NULL;
}
