#include "process/udp_routes.h"

#include "base/alloc.h"
#include "base/own.h"

#include <string.h>

static struct addr ip(const char *text)
{
	struct addr a = { .len = 0 };

	(void)addr_parse_ip(text, &a, NULL); /* our own constants */
	return a;
}

/* One grant is two routes at most, one for each family. Returns how many. */
static size_t routes_of(const struct grant *g, struct udp_route ret[2])
{
	bool at_loopback = g->kind == GRANT_NAME && strcmp(g->name, "localhost") == 0;

	ret[0] = (struct udp_route){ .first_port = g->first_port, .last_port = g->last_port };
	ret[1] = ret[0];
	if (g->kind == GRANT_NETWORK) {
		ret[0].network = g->network;
		ret[0].prefix_len = g->prefix_len;
		return 1;
	}
	ret[0].network = ip(at_loopback ? "127.0.0.1" : "0.0.0.0");
	ret[1].network = ip(at_loopback ? "::1" : "::");
	ret[0].prefix_len = at_loopback ? 32 : 0;
	ret[1].prefix_len = at_loopback ? 128 : 0;
	return 2;
}

void udp_routes_make(const struct grant_set *grants, struct udp_route **ret, size_t *ret_n)
{
	struct udp_route *routes = xalloc((2 * grants->allowed.n + 1) * sizeof *routes);
	size_t n = 0;

	for (size_t i = 0; i < grants->allowed.n; i++) {
		const struct grant *g = &grants->allowed.items[i];
		struct udp_route of_grant[2];
		size_t n_of_grant;

		if (!(g->protocols & GRANT_UDP))
			continue;
		n_of_grant = routes_of(g, of_grant);
		memcpy(routes + n, of_grant, n_of_grant * sizeof *routes);
		n += n_of_grant;
	}
	*ret = routes;
	*ret_n = n;
}
