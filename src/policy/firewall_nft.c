#include "policy/firewall_nft.h"

#include "base/alloc.h"
#include "base/own.h"

#include <stdio.h>
#include <string.h>

static int add(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

static const char *protocol_match(const struct firewall_rule *r)
{
	switch (r->protocol) {
	case FIREWALL_TCP:
		return "meta l4proto tcp ";
	case FIREWALL_UDP:
		return "meta l4proto udp ";
	case FIREWALL_ICMP:
		return "meta l4proto { icmp, ipv6-icmp } ";
	default:
		return r->first_port ? "meta l4proto { tcp, udp } " : "";
	}
}

static int add_rule(struct buf *b, const struct firewall_rule *r, size_t i)
{
	static const char *const actions[] = {
		[FIREWALL_ACCEPT] = "accept", [FIREWALL_DROP] = "drop", [FIREWALL_REJECT] = "reject"
	};
	char ip[ADDR_TEXT_MAX];
	AUTO_FREE char *address = xstrdup(""), *ports = xstrdup(""), *line = NULL;

	if (r->network.len) {
		free(address);
		address = xprintf("%s %s %s/%u ", r->network.sa.sa_family == AF_INET ? "ip" : "ip6",
				  r->direction == FIREWALL_IN ? "saddr" : "daddr",
				  addr_format_ip(&r->network, ip), r->prefix_len);
	}
	if (r->first_port) {
		free(ports);
		ports = xprintf("th dport %u-%u ", r->first_port, r->last_port);
	}
	line = xprintf("add rule inet wasmrun %s %s%s%scounter name rule%zu %s\n",
		       r->direction == FIREWALL_IN ? "input" : "output", protocol_match(r), address,
		       ports, i + 1, actions[r->action]);
	return add(b, line);
}

static int add_chain(struct buf *b, const char *name)
{
	/* Behind the mark: the rules speak of the first packet of a flow. */
	AUTO_FREE char *text =
		xprintf("add chain inet wasmrun %s { type filter hook %s priority filter; policy "
			"accept; }\n"
			"add rule inet wasmrun %s meta mark %#x accept\n"
			"add rule inet wasmrun %s ct state established,related accept\n",
			name, name, name, FIREWALL_MARK, name);

	return add(b, text);
}

int firewall_to_nft(const struct firewall *f, struct buf *ret)
{
	int r = add(ret, "add table inet wasmrun\n");

	for (size_t i = 0; i < f->n && r == 0; i++) {
		AUTO_FREE char *counter = xprintf("add counter inet wasmrun rule%zu\n", i + 1);

		r = add(ret, counter);
	}
	if (r == 0)
		r = add_chain(ret, "input");
	if (r == 0)
		r = add_chain(ret, "output");
	for (size_t i = 0; i < f->n && r == 0; i++)
		r = add_rule(ret, &f->rules[i], i);
	return r < 0 ? r : buf_add(ret, "", 1);
}

void firewall_read_counters(const char *text, const struct firewall *f,
			    struct firewall_tally *tally)
{
	for (const char *c = strstr(text, "counter rule"); c; c = strstr(c + 1, "counter rule")) {
		unsigned number;
		unsigned long long packets;

		if (sscanf(c, "counter rule%u { packets %llu", &number, &packets) == 2 &&
		    number >= 1 && number <= f->n)
			tally->counts[number - 1] += packets;
	}
}
