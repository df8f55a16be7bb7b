/* A rule's values: whatever parses is in bounds. And rules as a socket filter: run here by an
 * interpreter of the few instructions used, it decides on any address as firewall_judge() does. */
#include "policy/firewall.h"

#include "base/alloc.h"
#include "base/own.h"
#include "policy/firewall_bpf.h"
#include "policy/firewall_nft.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

enum { RULE_LEN = 20, PEER_LEN = 17, PORT = 3000 };

static struct addr addr_of(bool is_ip6, const uint8_t *bytes)
{
	struct addr a = { .len = 0 };

	(void)addr_parse_ip(is_ip6 ? "::" : "0.0.0.0", &a, NULL);
	if (is_ip6)
		memcpy(&a.in6.sin6_addr, bytes, sizeof a.in6.sin6_addr);
	else
		memcpy(&a.in4.sin_addr, bytes, sizeof a.in4.sin_addr);
	return a;
}

/* From bytes, so that addresses come near each other. */
static struct firewall_rule rule_of(const uint8_t *b)
{
	struct firewall_rule r = {
		.direction = b[0] & 1,
		.protocol = (b[0] >> 1) % FIREWALL_PROTOCOL_COUNT,
		.action = (b[1] >> 2) % FIREWALL_ACTION_COUNT,
	};
	bool is_ip6 = b[1] & 1;

	if (b[1] & 2) {
		r.prefix_len = b[2] % (is_ip6 ? 129 : 33);
		r.network = addr_of(is_ip6, b + 4);
		r.network = addr_masked(&r.network, r.prefix_len);
	}
	if (b[3] && r.protocol != FIREWALL_ICMP) {
		r.first_port = b[3] & 1 ? PORT : PORT - 1;
		r.last_port = b[3] & 2 ? PORT - 1 : PORT;
		if (r.last_port < r.first_port)
			r.last_port = r.first_port;
	}
	return r;
}

static uint32_t load(const uint8_t *header, size_t header_len, uint32_t offset, size_t size)
{
	uint32_t at = offset - (uint32_t)SKF_NET_OFF, word = 0;

	assert(at + size <= header_len);
	for (size_t i = 0; i < size; i++)
		word = word << 8 | header[at + i];
	return word;
}

/* bpf(4), as far as firewall_to_bpf() goes. */
static uint32_t interpret(const struct sock_filter *code, size_t n, const uint8_t *header,
			  size_t header_len)
{
	uint32_t a = 0, memory[BPF_MEMWORDS] = { 0 };

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *f = &code[pc];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = load(header, header_len, f->k, 4);
			break;
		case BPF_LD | BPF_B | BPF_ABS:
			a = load(header, header_len, f->k, 1);
			break;
		case BPF_LD | BPF_MEM:
			a = memory[f->k];
			break;
		case BPF_ST:
			memory[f->k] = a;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= f->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == f->k ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			assert(!"an instruction that the interpreter does not know");
		}
	}
	assert(!"the program ends without a verdict");
	return 0;
}

static void compare(const struct firewall *f, enum firewall_protocol protocol, const uint8_t *peer)
{
	struct sock_filter code[FIREWALL_BPF_MAX];
	struct firewall_tally tally = { 0 };
	uint8_t header[40] = { 0 };
	bool is_ip6 = peer[0] & 1;
	struct addr from = addr_of(is_ip6, peer + 1);
	struct firewall_flow flow = { FIREWALL_IN, protocol, &from, PORT };
	size_t n = firewall_to_bpf(f, protocol, PORT, code);
	bool passes;

	if (is_ip6 && IN6_IS_ADDR_V4MAPPED(&from.in6.sin6_addr))
		return; /* never on the wire */
	header[0] = is_ip6 ? 0x60 : 0x45;
	memcpy(header + (is_ip6 ? 8 : 12), peer + 1, is_ip6 ? 16 : 4);
	passes = n == 0 || interpret(code, n, header, is_ip6 ? 40 : 20) == 0xffffffff;
	assert(passes == (firewall_judge(f, &flow, &tally) == FIREWALL_ACCEPT));
}

static void check_rules(const uint8_t *bytes, size_t len)
{
	struct firewall f = { 0 };
	struct buf text;

	buf_init(&text, FIREWALL_TEXT_MAX);
	for (; len >= RULE_LEN + PEER_LEN && f.n < FIREWALL_RULES_MAX; len -= RULE_LEN) {
		struct firewall_rule r = rule_of(bytes);

		assert(firewall_add(&f, &r, NULL) == 0);
		bytes += RULE_LEN;
	}
	if (len >= PEER_LEN) {
		compare(&f, FIREWALL_TCP, bytes);
		compare(&f, FIREWALL_UDP, bytes);
	}
	assert(firewall_to_nft(&f, &text) == 0);
	buf_deinit(&text);
	firewall_deinit(&f);
}

static void check_texts(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	struct firewall_rule r = { 0 };
	struct firewall f = { .n = 0 };
	struct firewall_tally tally = { 0 };
	struct err e = { 0 };

	if (firewall_parse_address(text, &r, &e) == 0)
		assert(r.prefix_len <= (r.network.sa.sa_family == AF_INET ? 32 : 128));
	else
		assert(e.text[0]);
	if (firewall_parse_ports(text, &r, NULL) == 0)
		assert(r.first_port >= 1 && r.first_port <= r.last_port);
	if (firewall_parse_name(text, &r, NULL) == 0)
		assert(strlen(r.name) > 0);
	firewall_read_counters(text, &f, &tally);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len > 0 && bytes[0] == 't')
		check_texts(bytes + 1, len - 1);
	else if (len > 0)
		check_rules(bytes + 1, len - 1);
	return 0;
}
