#include "policy/firewall_bpf.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

enum { PASS = 0xffffffff, DROP = 0 }; /* how much of the packet the socket gets */

struct program {
	struct sock_filter *code;
	size_t n;
};

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	assert(p->n < FIREWALL_BPF_MAX);
	p->code[p->n++] = (struct sock_filter){ .code = code, .jt = jt, .jf = jf, .k = k };
}

static uint32_t verdict(enum firewall_action action)
{
	return action == FIREWALL_ACCEPT ? (uint32_t)PASS : (uint32_t)DROP;
}

static uint32_t word_of(const struct addr *a, unsigned i)
{
	uint32_t word;

	if (a->sa.sa_family == AF_INET)
		return ntohl(a->in4.sin_addr.s_addr);
	memcpy(&word, &a->in6.sin6_addr.s6_addr[i * 4], sizeof word);
	return ntohl(word);
}

/* Loads the source address: from the network header into M[0], M[1], ... */
static void load_source(struct program *p, unsigned offset, unsigned n_words)
{
	for (unsigned i = 0; i < n_words; i++) {
		add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + offset + i * 4, 0, 0);
		add(p, BPF_ST, i, 0, 0);
	}
}

/* "If the address is in the rule's network, return its verdict." */
static void add_rule(struct program *p, const struct firewall_rule *r)
{
	unsigned n_words = (r->prefix_len + 31) / 32;

	for (unsigned i = 0; i < n_words; i++) {
		unsigned n_bits = r->prefix_len - i * 32;
		unsigned left =
			n_words - 1 - i; /* words behind this one, of three or two instructions */
		uint32_t mask = n_bits >= 32 ? 0xffffffff : ~(0xffffffffU >> n_bits);
		bool last_is_masked = r->prefix_len % 32 != 0;
		uint8_t skip = (uint8_t)(left * 2 + (left && last_is_masked) + 1);

		add(p, BPF_LD | BPF_MEM, i, 0, 0);
		if (n_bits < 32)
			add(p, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
		add(p, BPF_JMP | BPF_JEQ | BPF_K, word_of(&r->network, i) & mask, 0, skip);
	}
	add(p, BPF_RET | BPF_K, verdict(r->action), 0, 0);
}

static bool concerns(const struct firewall_rule *r, enum firewall_protocol protocol, uint16_t port)
{
	return r->direction == FIREWALL_IN &&
	       (r->protocol == FIREWALL_ANY || r->protocol == protocol) &&
	       (!r->first_port || (port >= r->first_port && port <= r->last_port));
}

/* The rules for packets of one family, down to a verdict. */
static void add_family(struct program *p, const struct firewall *f, enum firewall_protocol protocol,
		       uint16_t port, int family)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct firewall_rule *r = &f->rules[i];

		if (!concerns(r, protocol, port) ||
		    (r->network.len && r->network.sa.sa_family != family))
			continue;
		add_rule(p, r);
		if (!r->network.len)
			return; /* it fits everything */
	}
	add(p, BPF_RET | BPF_K, PASS, 0, 0);
}

static bool drops_any(const struct firewall *f, enum firewall_protocol protocol, uint16_t port)
{
	for (size_t i = 0; f && i < f->n; i++)
		if (concerns(&f->rules[i], protocol, port) && f->rules[i].action != FIREWALL_ACCEPT)
			return true;
	return false;
}

size_t firewall_to_bpf(const struct firewall *f, enum firewall_protocol protocol, uint16_t port,
		       struct sock_filter ret[FIREWALL_BPF_MAX])
{
	struct program p = { .code = ret };
	size_t jump;

	if (!drops_any(f, protocol, port))
		return 0;
	add(&p, BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF, 0, 0);
	add(&p, BPF_ALU | BPF_RSH | BPF_K, 4, 0, 0);
	add(&p, BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0); /* the IP version */
	jump = p.n;
	add(&p, BPF_JMP | BPF_JA, 0, 0, 0);
	load_source(&p, 12, 1);
	add_family(&p, f, protocol, port, AF_INET);
	p.code[jump].k = (uint32_t)(p.n - jump - 1);
	load_source(&p, 8, 4);
	add_family(&p, f, protocol, port, AF_INET6);
	return p.n;
}
