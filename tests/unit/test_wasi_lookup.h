/* A name server for guests without a supervisor. It knows literal addresses, no node at all, and:
 *	host.test	192.0.2.7 and 2001:db8::7
 *	many.test	70 addresses, of which it can tell 64
 *	denied.test	refused
 *	later.test	not now
 */
#pragma once

#include <netdb.h>
#include <string.h>

#include "base/addr.h"
#include "base/num.h"
#include "wasi/sys.h"

static inline void fake_add(struct sys_lookup *l, const char *ip, uint16_t port)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW };
	struct addr a;

	(void)addr_parse_ip(ip, &a, NULL); /* literals only */
	if (l->family != AF_UNSPEC && l->family != a.sa.sa_family)
		return;
	addr_set_port(&a, port);
	for (size_t i = 0; i < 3 && l->n < SYS_LOOKUP_MAX; i++) {
		if (l->socktype && l->socktype != types[i])
			continue;
		l->results[l->n].addr = a;
		l->results[l->n++].socktype = types[i];
	}
}

static inline int fake_find(struct sys_lookup *l, uint16_t port)
{
	struct addr a;

	if (!*l->node) {
		fake_add(l, l->flags & AI_PASSIVE ? "0.0.0.0" : "127.0.0.1", port);
		fake_add(l, l->flags & AI_PASSIVE ? "::" : "::1", port);
	} else if (addr_parse_ip(l->node, &a, NULL) == 0) {
		fake_add(l, l->node, port);
		return l->n ? 0 : EAI_ADDRFAMILY;
	} else if (strcmp(l->node, "host.test") == 0) {
		fake_add(l, "192.0.2.7", port);
		fake_add(l, "2001:db8::7", port);
		if (l->flags & AI_CANONNAME)
			memcpy(l->canonical, "canonical.test", sizeof "canonical.test");
	} else if (strcmp(l->node, "many.test") == 0) {
		for (int i = 0; i < 70; i++)
			fake_add(l, "192.0.2.9", port);
	} else if (strcmp(l->node, "later.test") == 0) {
		return EAI_AGAIN;
	} else if (strcmp(l->node, "denied.test") == 0) {
		l->sys_errno = EACCES;
		return EAI_SYSTEM;
	}
	return l->n ? 0 : EAI_NONAME;
}

static inline void fake_lookup(struct sys_lookup *l)
{
	uint16_t port = 0;

	if (strcmp(l->service, "http") == 0)
		port = 80;
	else if (*l->service && !num_parse_u16(l->service, &port))
		l->error = EAI_SERVICE;
	if (!l->error)
		l->error = fake_find(l, port);
}
