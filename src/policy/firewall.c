#include "policy/firewall.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/num.h"
#include "base/own.h"
#include "policy/special.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const directions[] = { [FIREWALL_IN] = "in", [FIREWALL_OUT] = "out" };
static const char *const protocols[] = { [FIREWALL_ANY] = "any",
					 [FIREWALL_TCP] = "tcp",
					 [FIREWALL_UDP] = "udp",
					 [FIREWALL_ICMP] = "icmp" };
static const char *const actions[] = {
	[FIREWALL_ACCEPT] = "accept", [FIREWALL_DROP] = "drop", [FIREWALL_REJECT] = "reject"
};
static_assert(ARRAY_LEN(directions) == FIREWALL_DIRECTION_COUNT, "one word each");
static_assert(ARRAY_LEN(protocols) == FIREWALL_PROTOCOL_COUNT, "one word each");
static_assert(ARRAY_LEN(actions) == FIREWALL_ACTION_COUNT, "one word each");

static bool has_ports(enum firewall_protocol p)
{
	return p == FIREWALL_TCP || p == FIREWALL_UDP;
}

static bool fits(const struct firewall_rule *r, const struct firewall_flow *flow)
{
	struct addr peer;

	if (r->direction != flow->direction)
		return false;
	if (r->protocol != FIREWALL_ANY && r->protocol != flow->protocol)
		return false;
	if (r->first_port &&
	    (!has_ports(flow->protocol) || flow->port < r->first_port || flow->port > r->last_port))
		return false;
	if (!r->network.len)
		return true;
	if (!flow->peer)
		return false;
	peer = special_unmapped(flow->peer); /* what is on the wire is IPv4 */
	return addr_is_in(&peer, &r->network, r->prefix_len);
}

size_t firewall_find(const struct firewall *f, const struct firewall_flow *flow)
{
	size_t i = 0;

	while (i < f->n && !fits(&f->rules[i], flow))
		i++;
	return i;
}

enum firewall_action firewall_judge(const struct firewall *f, const struct firewall_flow *flow,
				    struct firewall_tally *tally)
{
	size_t i = f ? firewall_find(f, flow) : 0;

	if (!f || i == f->n)
		return FIREWALL_ACCEPT;
	tally->counts[i]++;
	return f->rules[i].action;
}

/* The index of `text` among `words`, or -EINVAL. */
static int parse_word(const char *text, const char *const *words, size_t n, const char *what,
		      struct err *e)
{
	char shown[80], hint[NEAREST_HINT_MAX];

	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0)
			return (int)i;
	log_escape(shown, sizeof shown, text, strlen(text));
	return err_set(e, 0, "unknown %s '%s'%s", what, shown, nearest_hint(hint, text, words, n));
}

int firewall_parse_direction(const char *text, enum firewall_direction *ret, struct err *e)
{
	int r = parse_word(text, directions, ARRAY_LEN(directions), "direction", e);

	if (r >= 0)
		*ret = (enum firewall_direction)r;
	return r < 0 ? r : 0;
}

int firewall_parse_protocol(const char *text, enum firewall_protocol *ret, struct err *e)
{
	int r = parse_word(text, protocols, ARRAY_LEN(protocols), "protocol", e);

	if (r >= 0)
		*ret = (enum firewall_protocol)r;
	return r < 0 ? r : 0;
}

int firewall_parse_action(const char *text, enum firewall_action *ret, struct err *e)
{
	int r = parse_word(text, actions, ARRAY_LEN(actions), "action", e);

	if (r >= 0)
		*ret = (enum firewall_action)r;
	return r < 0 ? r : 0;
}

static int parse_prefix_len(const char *text, unsigned max, unsigned *ret)
{
	uint64_t len = max;

	if (text && !num_parse_u64(text, max, &len))
		return -EINVAL;
	*ret = (unsigned)len;
	return 0;
}

int firewall_parse_address(const char *text, struct firewall_rule *r, struct err *e)
{
	const char *slash = strchr(text, '/');
	AUTO_FREE char *ip = xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
	struct addr a, start;
	unsigned prefix_len;
	char shown[80], net[ADDR_TEXT_MAX];

	log_escape(shown, sizeof shown, text, strlen(text));
	if (addr_parse_ip(ip, &a, NULL) < 0 ||
	    parse_prefix_len(slash ? slash + 1 : NULL, a.sa.sa_family == AF_INET ? 32 : 128,
			     &prefix_len) < 0)
		return err_set(e, 0, "'%s' is not an address or a network (ADDRESS/LENGTH)", shown);
	if (a.sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a.in6.sin6_addr))
		return err_set(e, 0, "write '%s' as an IPv4 address", shown);
	if (a.sa.sa_family == AF_INET6 && a.in6.sin6_scope_id)
		return err_set(e, 0, "'%s' names an interface, which a rule cannot", shown);
	start = addr_masked(&a, prefix_len);
	if (!addr_equal(&start, &a))
		return err_set(e, 0, "'%s' has bits behind its prefix; the network is '%s/%u'",
			       shown, addr_format_ip(&start, net), prefix_len);
	r->network = a;
	r->prefix_len = prefix_len;
	return 0;
}

int firewall_parse_ports(const char *text, struct firewall_rule *r, struct err *e)
{
	const char *dash = strchr(text, '-');
	AUTO_FREE char *first = xstrndup(text, dash ? (size_t)(dash - text) : strlen(text));
	uint16_t low, high;
	char shown[80];

	log_escape(shown, sizeof shown, text, strlen(text));
	if (!num_parse_u16(first, &low) || low == 0 ||
	    !num_parse_u16(dash ? dash + 1 : first, &high) || high < low)
		return err_set(e, 0, "'%s' is not a port from 1 to 65535, or FIRST-LAST", shown);
	r->first_port = low;
	r->last_port = high;
	return 0;
}

int firewall_parse_name(const char *text, struct firewall_rule *r, struct err *e)
{
	size_t len = strlen(text);
	char shown[80];

	log_escape(shown, sizeof shown, text, len);
	if (len == 0 || len >= sizeof r->name ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != len)
		return err_set(
			e, 0,
			"'%s' is not the name of a rule: 1 to %zu letters, digits, '-' and '_'",
			shown, sizeof r->name - 1);
	memcpy(r->name, text, len + 1);
	return 0;
}

int firewall_add(struct firewall *f, const struct firewall_rule *r, struct err *e)
{
	if (r->first_port && r->protocol == FIREWALL_ICMP)
		return err_set(e, 0, "icmp has no ports");
	if (f->n == FIREWALL_RULES_MAX)
		return err_set(e, 0, "more than %d firewall rules", FIREWALL_RULES_MAX);
	if (!f->rules)
		f->rules = xalloc(FIREWALL_RULES_MAX * sizeof *f->rules);
	f->rules[f->n++] = *r;
	return 0;
}

void firewall_deinit(struct firewall *f)
{
	free(f->rules);
	*f = (struct firewall){ 0 };
}

const char *firewall_rule_title(const struct firewall *f, size_t i, char out[64])
{
	const char *name = f->rules[i].name;

	(void)snprintf(out, 64, name[0] ? "rule %zu (%s)" : "rule %zu", i + 1, name);
	return out;
}
