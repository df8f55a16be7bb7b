#include "policy/grant.h"

#include "base/log.h"
#include "base/num.h"
#include "policy/special.h"

#include <string.h>
#include <strings.h>

enum { PORT_MAX = 65535 };

int grant_normalize_name(const char *name, char out[GRANT_NAME_MAX])
{
	size_t len = strlen(name), label = 0;

	if (len && name[len - 1] == '.')
		len--;
	if (len == 0 || len >= GRANT_NAME_MAX || name[len - 1] == '.')
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		/* What resolvers take: letters, digits, '-' and, in the wild, '_'; no empty label
		 * (RFC 1123). */
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		      c == '.'))
			return -EINVAL;
		label = c == '.' ? 0 : label + 1;
		if (label > 63 || (c == '.' && (i == 0 || name[i - 1] == '.')))
			return -EINVAL;
		out[i] = c;
	}
	out[len] = 0;
	return 0;
}

static int parse_ports(const char *text, struct grant *g, struct err *e)
{
	char first[8] = "";
	const char *dash = strchr(text, '-');
	const char *last = dash ? dash + 1 : text;
	size_t len = dash ? (size_t)(dash - text) : strlen(text);
	char shown[32];

	if (len < sizeof first) {
		memcpy(first, text, len);
		if (num_parse_u16(first, &g->first_port) && num_parse_u16(last, &g->last_port) &&
		    g->first_port > 0 && g->first_port <= g->last_port)
			return 0;
	}
	log_escape(shown, sizeof shown, text, strlen(text));
	return err_set(e, 0, "'%s' is neither a port (1 to 65535) nor a range of them (8000-8100)",
		       shown);
}

static int parse_prefix_len(const char *text, struct grant *g, struct err *e)
{
	uint64_t max = g->network.sa.sa_family == AF_INET ? 32 : 128, len;
	char shown[32];

	if (num_parse_u64(text, max, &len)) {
		g->prefix_len = (unsigned)len;
		return 0;
	}
	log_escape(shown, sizeof shown, text, strlen(text));
	return err_set(e, 0, "'%s' is not a prefix length from 0 to %u", shown, (unsigned)max);
}

/* Takes "ADDRESS[/LEN]". 1: it is no address. */
static int parse_network(char *text, struct grant *g, struct err *e)
{
	char *slash = strchr(text, '/');

	if (slash)
		*slash = 0;
	if (addr_parse_ip(text, &g->network, NULL) < 0) {
		if (slash)
			*slash = '/';
		return 1;
	}
	g->kind = GRANT_NETWORK;
	g->prefix_len = g->network.sa.sa_family == AF_INET ? 32 : 128;
	return slash ? parse_prefix_len(slash + 1, g, e) : 0;
}

static int parse_host(char *text, struct grant *g, struct err *e)
{
	bool below = strncmp(text, "*.", 2) == 0;
	char shown[80];
	int r;

	if (strcmp(text, "*") == 0) {
		g->kind = GRANT_EVERYTHING;
		return 0;
	}
	r = below ? 1 : parse_network(text, g, e);
	if (r <= 0)
		return r;
	g->kind = below ? GRANT_DOMAIN : GRANT_NAME;
	if (grant_normalize_name(below ? text + 2 : text, g->name) == 0)
		return 0;
	log_escape(shown, sizeof shown, text, strlen(text));
	return err_set(e, 0, "'%s' is not a host name, an address or a network", shown);
}

/* Cuts "HOST:PORTS" or "[HOST]:PORTS" in two. *ret_ports is NULL without ports. */
static int cut(char *text, char **ret_host, char **ret_ports, struct err *e)
{
	char *colon = strchr(text, ':');

	*ret_host = text;
	*ret_ports = NULL;
	if (text[0] == '[') {
		char *end = strchr(text, ']');

		if (!end || (end[1] && end[1] != ':'))
			return err_set(e, 0,
				       "an IPv6 address goes in brackets: '[2001:db8::1]:443'");
		*end = 0;
		*ret_host = text + 1;
		*ret_ports = end[1] ? end + 2 : NULL;
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = 0;
		*ret_ports = colon + 1;
	} /* else more than one colon: an IPv6 address without ports */
	return 0;
}

/* Cuts "tcp/" or "udp/" off. */
static const char *parse_protocol(const char *text, struct grant *g)
{
	if (strncmp(text, "tcp/", 4) == 0)
		g->protocols = GRANT_TCP;
	else if (strncmp(text, "udp/", 4) == 0)
		g->protocols = GRANT_UDP;
	else
		return text;
	return text + 4;
}

/* `protocols` are those of a rule that names none. */
static int parse(const char *text, enum grant_protocol protocols, struct grant *ret, struct err *e)
{
	char copy[GRANT_TEXT_MAX], *host, *ports;
	struct grant g = { .protocols = protocols, .first_port = 1, .last_port = PORT_MAX };
	int r;

	if (strlen(text) >= sizeof copy)
		return err_set(e, 0, "a rule of more than %zu bytes", sizeof copy - 1);
	memcpy(g.text, text, strlen(text) + 1);
	text = parse_protocol(text, &g);
	memcpy(copy, text, strlen(text) + 1);
	r = cut(copy, &host, &ports, e);
	if (r == 0 && ports)
		r = parse_ports(ports, &g, e);
	if (r == 0)
		r = parse_host(host, &g, e);
	if (r == 0)
		*ret = g;
	return r;
}

int grant_parse(const char *text, struct grant *ret, struct err *e)
{
	bool everything = *text == 0 || strcmp(text, "*") == 0;

	return parse(everything ? "*" : text, everything ? GRANT_BOTH : GRANT_TCP, ret, e);
}

int grant_parse_denial(const char *text, struct grant *ret, struct err *e)
{
	return parse(text, GRANT_BOTH, ret, e);
}

bool grant_has_port(const struct grant *g, enum grant_protocol protocol, uint16_t port)
{
	return (g->protocols & protocol) && port >= g->first_port && port <= g->last_port;
}

bool grant_has_all_ports(const struct grant *g)
{
	return g->protocols == GRANT_BOTH && g->first_port == 1 && g->last_port == PORT_MAX;
}

/* A grant that says loopback means the host's: the guest's own needs none. */
static bool covers_host_loopback(const struct grant *g, const struct addr *a)
{
	if (g->kind == GRANT_NAME)
		return strcmp(g->name, "localhost") == 0;
	return g->kind == GRANT_NETWORK && addr_is_loopback(&g->network) &&
	       g->prefix_len >= (g->network.sa.sa_family == AF_INET ? 8 : 128) &&
	       addr_is_in(a, &g->network, g->prefix_len);
}

bool grant_allows_addr(const struct grant *g, const struct addr *to)
{
	struct addr a = special_unmapped(to);

	if (addr_is_loopback(&a) || addr_is_wildcard(&a))
		return covers_host_loopback(g, &a);
	if (g->kind == GRANT_EVERYTHING)
		return true;
	return g->kind == GRANT_NETWORK && addr_is_in(&a, &g->network, g->prefix_len);
}

static bool denies_plain_addr(const struct grant *g, const struct addr *a)
{
	return g->kind == GRANT_NETWORK ? addr_is_in(a, &g->network, g->prefix_len)
					: addr_is_loopback(a) && covers_host_loopback(g, a);
}

bool grant_denies_addr(const struct grant *g, const struct addr *to)
{
	struct addr ip4;

	if (g->kind == GRANT_EVERYTHING || denies_plain_addr(g, to))
		return true;
	return special_ip4(to, &ip4) && denies_plain_addr(g, &ip4);
}

bool grant_covers_name(const struct grant *g, const char *name)
{
	char normal[GRANT_NAME_MAX];
	size_t len, domain_len;

	if (grant_normalize_name(name, normal) < 0)
		return false;
	if (g->kind == GRANT_EVERYTHING)
		return true;
	if (g->kind == GRANT_NAME)
		return strcmp(g->name, normal) == 0;
	if (g->kind != GRANT_DOMAIN)
		return false;
	len = strlen(normal);
	domain_len = strlen(g->name);
	return len > domain_len + 1 && normal[len - domain_len - 1] == '.' &&
	       strcmp(normal + len - domain_len, g->name) == 0;
}
