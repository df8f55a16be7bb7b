/* getnameinfo(). There is no lookup from an address to a name, so all but loopback are told as
 * numbers (POSIX allows it), and NI_NAMEREQD fails for them. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "service.h"

struct endpoint {
	const void *octets;
	uint32_t scope_id;
	uint16_t port;
	bool loopback;
};

static int endpoint_of(const struct sockaddr *address, socklen_t len, struct endpoint *ret)
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

	if (len < sizeof address->sa_family)
		return EAI_FAMILY;
	if (address->sa_family == AF_INET && len >= sizeof *in4) {
		*ret = (struct endpoint){ &in4->sin_addr, 0, ntohs(in4->sin_port),
					  in4->sin_addr.s_addr == htonl(INADDR_LOOPBACK) };
		return 0;
	}
	if (address->sa_family == AF_INET6 && len >= sizeof *in6) {
		*ret = (struct endpoint){ &in6->sin6_addr, in6->sin6_scope_id,
					  ntohs(in6->sin6_port),
					  IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) };
		return 0;
	}
	return EAI_FAMILY;
}

/* Behind the address; by name only in programs that use if_indextoname() themselves. */
static void print_scope(uint32_t scope_id, char *out, size_t size)
{
	extern __typeof__(if_indextoname) if_indextoname __attribute__((weak));
	char name[IF_NAMESIZE];

	if (if_indextoname && if_indextoname(scope_id, name))
		(void)snprintf(out, size, "%%%s", name);
	else
		(void)snprintf(out, size, "%%%u", scope_id);
}

static int print_host(int family, const struct endpoint *e, int flags, char *out, size_t size)
{
	char text[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
	size_t len;

	if (e->loopback && !(flags & NI_NUMERICHOST))
		return (size_t)snprintf(out, size, "localhost") < size ? 0 : EAI_OVERFLOW;
	if (flags & NI_NAMEREQD)
		return EAI_NONAME;
	if (!inet_ntop(family, e->octets, text, sizeof text))
		return EAI_FAIL;
	len = strlen(text);
	if (e->scope_id)
		print_scope(e->scope_id, text + len, sizeof text - len);
	return (size_t)snprintf(out, size, "%s", text) < size ? 0 : EAI_OVERFLOW;
}

static int print_service(const struct endpoint *e, int flags, char *out, size_t size)
{
	int protocols = flags & NI_DGRAM ? SERVICE_UDP : SERVICE_TCP;
	const struct service *known =
		flags & NI_NUMERICSERV ? NULL : service_by_port(e->port, protocols);
	int len =
		known ? snprintf(out, size, "%s", known->name) : snprintf(out, size, "%u", e->port);

	return (size_t)len < size ? 0 : EAI_OVERFLOW;
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t address_len, char *restrict host,
		socklen_t host_size, char *restrict service, socklen_t service_size, int flags)
{
	bool wants_host = host && host_size;
	bool wants_service = service && service_size;
	struct endpoint e;
	int error = endpoint_of(address, address_len, &e);

	if (error)
		return error;
	if (!wants_host && !wants_service)
		return EAI_NONAME;
	if (wants_host)
		error = print_host(address->sa_family, &e, flags, host, host_size);
	if (!error && wants_service)
		error = print_service(&e, flags, service, service_size);
	return error;
}
