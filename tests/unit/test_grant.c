/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "policy/egress.h"

#include <stdio.h>
#include <string.h>

static struct addr at(const char *ip, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse_ip(ip, &a, NULL), 0);
	addr_set_port(&a, port);
	return a;
}

static struct grant parse(const char *rule)
{
	struct grant g;
	struct err e = { .text = "" };

	if (grant_parse(rule, &g, &e) < 0)
		fail_msg("'%s': %s", rule, e.text);
	return g;
}

static void a_rule_covers_what_it_says_and_nothing_beside(void **state)
{
	static const struct {
		const char *rule, *ip;
		uint16_t port;
		bool covered;
	} rows[] = {
		{ "", "93.184.216.34", 443, true },
		{ "*", "2001:db8::1", 1, true },
		{ "*:443", "2001:db8::1", 443, true },
		{ "*:443", "2001:db8::1", 444, false },
		{ "tcp/192.0.2.7:80", "192.0.2.7", 80, true },
		{ "udp/192.0.2.7:80", "192.0.2.7", 80, false },
		{ "", "127.0.0.1", 80, false },
		{ "", "::1", 80, false },
		{ "", "0.0.0.0", 80, false },
		{ "10.0.0.0/8:5432", "10.255.0.1", 5432, true },
		{ "10.0.0.0/8:5432", "10.255.0.1", 5433, false },
		{ "10.0.0.0/8:5432", "11.0.0.1", 5432, false },
		{ "10.0.0.0/8", "10.1.2.3", 65535, true },
		{ "192.0.2.7", "192.0.2.7", 1, true },
		{ "192.0.2.7", "192.0.2.8", 1, false },
		{ "192.0.2.0/25:8000-8010", "192.0.2.127", 8010, true },
		{ "192.0.2.0/25:8000-8010", "192.0.2.128", 8010, false },
		{ "192.0.2.0/25:8000-8010", "192.0.2.127", 8011, false },
		{ "192.0.2.0/25", "::ffff:192.0.2.5", 80, true },
		{ "0.0.0.0/0", "203.0.113.9", 80, true },
		{ "0.0.0.0/0", "127.0.0.1", 80, false },
		{ "0.0.0.0/0", "::ffff:127.0.0.1", 80, false },
		{ "0.0.0.0/0", "2001:db8::1", 80, false },
		{ "::/0", "2001:db8::1", 80, true },
		{ "::/0", "::1", 80, false },
		{ "[2001:db8::/33]:443", "2001:db8:7fff::1", 443, true },
		{ "[2001:db8::/33]:443", "2001:db8:8000::1", 443, false },
		{ "[2001:db8::1]:443", "2001:db8::1", 443, true },
		{ "2001:db8::1", "2001:db8::1", 7, true },
		{ "127.0.0.1:5432", "127.0.0.1", 5432, true },
		{ "127.0.0.1:5432", "127.0.0.1", 5433, false },
		{ "127.0.0.0/8", "127.1.2.3", 1, true },
		{ "127.0.0.0/4", "127.0.0.1", 1, false },
		{ "[::1]:6379", "::1", 6379, true },
		{ "localhost:6379", "::1", 6379, true },
		{ "localhost:6379", "127.0.0.1", 6379, true },
		{ "localhost:6379", "192.0.2.1", 6379, false },
		{ "example.org", "93.184.216.34", 80, false }, /* only through a lookup */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant g = parse(rows[i].rule);
		struct addr a = at(rows[i].ip, rows[i].port);

		if ((grant_has_port(&g, GRANT_TCP, addr_port(&a)) && grant_allows_addr(&g, &a)) !=
		    rows[i].covered)
			fail_msg("'%s' and %s port %u", rows[i].rule, rows[i].ip, rows[i].port);
	}
}

static void a_rule_of_names_covers_those_names(void **state)
{
	static const struct {
		const char *rule, *name;
		bool covered;
	} rows[] = {
		{ "example.org", "example.org", true },
		{ "example.org", "EXAMPLE.org.", true },
		{ "Example.Org:443", "example.org", true },
		{ "example.org", "www.example.org", false },
		{ "example.org", "badexample.org", false },
		{ "*.example.org", "www.example.org", true },
		{ "*.example.org", "a.b.example.org", true },
		{ "*.example.org", "example.org", false },
		{ "*.example.org", "badexample.org", false },
		{ "*.example.org", ".example.org", false },
		{ "", "anything.example", true },
		{ "10.0.0.0/8", "example.org", false },
		{ "example.org", "example.org/x", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant g = parse(rows[i].rule);

		if (grant_covers_name(&g, rows[i].name) != rows[i].covered)
			fail_msg("'%s' and %s", rows[i].rule, rows[i].name);
	}
}

static void a_malformed_rule_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *rule, *words;
	} rows[] = {
		{ "example.org:", "neither a port" },
		{ "example.org:0", "neither a port" },
		{ "example.org:65536", "neither a port" },
		{ "example.org:90-80", "neither a port" },
		{ "example.org:80-", "neither a port" },
		{ "example.org:http", "neither a port" },
		{ "10.0.0.0/33", "prefix length" },
		{ "10.0.0.0/", "prefix length" },
		{ "[2001:db8::/129]:1", "prefix length" },
		{ "[::1", "in brackets" },
		{ "[::1]443", "in brackets" },
		{ "exa mple.org", "not a host name" },
		{ "a..b", "not a host name" },
		{ "a.example..", "not a host name" },
		{ "*.", "not a host name" },
		{ "*.*.org", "not a host name" },
		{ "udp/", "not a host name" },
		{ "tcp/udp/10.0.0.1", "not a host name" },
		{ "sctp/10.0.0.1", "not a host name" },
		{ "*:0", "neither a port" },
		{ "http://example.org", "neither a port" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { .text = "" };
		struct grant g;
		int r = grant_parse(rows[i].rule, &g, &e);

		if (r >= 0 || !strstr(e.text, rows[i].words))
			fail_msg("'%s': %d '%s'", rows[i].rule, r, e.text);
	}
}

static void a_rule_is_of_the_protocols_it_names(void **state)
{
	static const struct {
		const char *rule;
		bool denial;
		enum grant_protocol protocols;
	} rows[] = {
		{ "", false, GRANT_BOTH },
		{ "*", false, GRANT_BOTH },
		{ "tcp/*", false, GRANT_TCP },
		{ "udp/*", false, GRANT_UDP },
		{ "*:53", false, GRANT_TCP },
		{ "udp/*:53", false, GRANT_UDP },
		{ "10.0.0.1:53", false, GRANT_TCP },
		{ "udp/10.0.0.1:53", false, GRANT_UDP },
		{ "*", true, GRANT_BOTH },
		{ "10.0.0.0/8", true, GRANT_BOTH },
		{ "udp/10.0.0.0/8", true, GRANT_UDP },
		{ "tcp/a.example", true, GRANT_TCP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant g;
		int r = rows[i].denial ? grant_parse_denial(rows[i].rule, &g, NULL)
				       : grant_parse(rows[i].rule, &g, NULL);

		assert_int_equal(r, 0);
		if (g.protocols != rows[i].protocols)
			fail_msg("'%s': %d", rows[i].rule, (int)g.protocols);
	}
}

static void a_denial_needs_a_rule(void **state)
{
	struct grant g;

	(void)state;
	assert_true(grant_parse_denial("", &g, NULL) < 0);
}

/* Fills a set from "+RULE" and "-RULE" words. */
static struct grant_set set_of(const char *rules)
{
	struct grant_set s = { 0 };
	char copy[400], *rest = copy;

	(void)snprintf(copy, sizeof copy, "%s", rules);
	for (char *word; (word = strsep(&rest, " "));) {
		struct err e = { .text = "" };
		int r = *word == '-' ? grant_set_deny(&s, word + 1, &e)
				     : grant_set_allow(&s, word + 1, &e);

		if (r < 0)
			fail_msg("'%s': %s", word, e.text);
	}
	return s;
}

static void a_rule_that_denies_wins(void **state)
{
	static const struct {
		const char *rules, *ip;
		uint16_t port;
		enum grant_protocol protocol;
		enum egress_verdict verdict;
	} rows[] = {
		{ "+*", "192.0.2.1", 80, GRANT_TCP, EGRESS_ALLOWED },
		{ "+*", "192.0.2.1", 80, GRANT_UDP, EGRESS_ALLOWED },
		{ "+tcp/*", "192.0.2.1", 80, GRANT_UDP, EGRESS_NO_RULE },
		{ "+* -192.0.2.0/24", "192.0.2.1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "+* -192.0.2.0/24", "192.0.2.1", 80, GRANT_UDP, EGRESS_DENIED },
		{ "+* -udp/192.0.2.0/24", "192.0.2.1", 80, GRANT_UDP, EGRESS_DENIED },
		{ "+* -udp/192.0.2.0/24", "192.0.2.1", 80, GRANT_TCP, EGRESS_ALLOWED },
		{ "+* -192.0.2.0/24:22", "192.0.2.1", 80, GRANT_TCP, EGRESS_ALLOWED },
		{ "+* -192.0.2.0/24:22", "192.0.2.1", 22, GRANT_TCP, EGRESS_DENIED },
		{ "-192.0.2.0/24 +192.0.2.1:80", "192.0.2.1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "+192.0.2.1:80 -*", "192.0.2.1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "+192.0.2.1:80 -*:443", "192.0.2.1", 80, GRANT_TCP, EGRESS_ALLOWED },
		{ "-192.0.2.0/24", "192.0.2.1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "-192.0.2.0/24", "198.51.100.1", 80, GRANT_TCP, EGRESS_NO_RULE },
		/* Whatever stands for a denied IPv4 address is denied. */
		{ "+* -10.0.0.0/8", "::ffff:10.0.0.1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "+* -10.0.0.0/8", "::10.0.0.1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "+* -10.0.0.0/8", "64:ff9b::10.0.0.1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "+* -10.0.0.0/8", "2002:a00:1::1", 80, GRANT_TCP, EGRESS_DENIED },
		{ "+* -10.0.0.0/8", "64:ff9b::11.0.0.1", 80, GRANT_TCP, EGRESS_ALLOWED },
		{ "+* -::ffff:0:0/96", "::ffff:10.0.0.1", 80, GRANT_TCP, EGRESS_DENIED },
		/* The host's loopback; the guest's own is nobody's to deny. */
		{ "+127.0.0.1 -127.0.0.1:22", "127.0.0.1", 22, GRANT_TCP, EGRESS_DENIED },
		{ "+127.0.0.1 -127.0.0.1:22", "127.0.0.1", 23, GRANT_TCP, EGRESS_ALLOWED },
		{ "+127.0.0.1 -0.0.0.0/0", "127.0.0.1", 23, GRANT_TCP, EGRESS_DENIED },
		{ "+127.0.0.1 -*", "127.0.0.1", 23, GRANT_TCP, EGRESS_DENIED },
		{ "+[::1]:1 -localhost", "::1", 1, GRANT_TCP, EGRESS_DENIED },
		{ "+* -127.0.0.0/8", "127.0.0.1", 22, GRANT_TCP, EGRESS_NO_RULE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant_set set = set_of(rows[i].rules);
		struct addr to = at(rows[i].ip, rows[i].port);
		struct egress_answer a;
		struct egress eg;

		egress_init(&eg, &set);
		a = egress_judge(&eg, rows[i].protocol, &to);
		if (a.verdict != rows[i].verdict ||
		    (a.rule == NULL) != (a.verdict == EGRESS_NO_RULE))
			fail_msg("'%s' and %s port %u: %d", rows[i].rules, rows[i].ip, rows[i].port,
				 (int)a.verdict);
		egress_deinit(&eg);
		grant_set_deinit(&set);
	}
}

static void a_denied_name_is_not_looked_up(void **state)
{
	static const struct {
		const char *rules, *name;
		enum egress_verdict verdict;
	} rows[] = {
		{ "+*", "a.example", EGRESS_ALLOWED },
		{ "+udp/a.example:443", "a.example", EGRESS_ALLOWED },
		{ "+a.example", "b.example", EGRESS_NO_RULE },
		{ "+* -a.example", "a.example", EGRESS_DENIED },
		{ "+* -a.example", "A.Example.", EGRESS_DENIED },
		{ "+* -a.example", "www.a.example", EGRESS_ALLOWED },
		{ "+* -*.example", "a.example", EGRESS_DENIED },
		{ "+a.example -*", "a.example", EGRESS_DENIED },
		{ "+a.example -a.example:22", "a.example", EGRESS_ALLOWED },
		{ "+a.example -udp/a.example", "a.example", EGRESS_ALLOWED },
		{ "+a.example -10.0.0.0/8", "a.example", EGRESS_ALLOWED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant_set set = set_of(rows[i].rules);
		struct egress eg;

		egress_init(&eg, &set);
		if (egress_judge_name(&eg, rows[i].name).verdict != rows[i].verdict)
			fail_msg("'%s' and %s", rows[i].rules, rows[i].name);
		egress_deinit(&eg);
		grant_set_deinit(&set);
	}
}

static void a_name_does_not_lead_to_a_special_address_that_no_rule_covers(void **state)
{
	static const struct {
		const char *rules, *ip;
		enum egress_verdict admitted, connected; /* at port 443 */
	} rows[] = {
		{ "+a.example", "192.0.2.1", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+a.example:80", "192.0.2.1", EGRESS_ALLOWED, EGRESS_NO_RULE },
		{ "+a.example", "2001:db8::1", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+a.example", "0.0.0.0", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "10.1.2.3", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "100.64.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "127.0.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "169.254.169.254", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "172.16.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "172.31.255.255", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "172.32.0.1", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+a.example", "192.168.1.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "224.0.0.251", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "255.255.255.255", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "::", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "::1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "::ffff:10.0.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "::ffff:127.0.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "::ffff:192.0.2.1", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+a.example", "::10.0.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "64:ff9b::10.0.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "64:ff9b::127.0.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "64:ff9b::192.0.2.1", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+a.example", "64:ff9b:1::1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "2002:a00:1::1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "2001::1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "fd00::1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "fe80::1%2", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+a.example", "ff02::1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		/* A rule for the address opens it, at that rule's ports. */
		{ "+a.example +10.0.0.0/8", "10.1.2.3", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+a.example +10.0.0.0/8:5432", "10.1.2.3", EGRESS_ALLOWED, EGRESS_NO_RULE },
		{ "+a.example +127.0.0.1:443", "127.0.0.1", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+*.example +fd00::/8", "fd00::1", EGRESS_ALLOWED, EGRESS_ALLOWED },
		/* So does the one for everything, but for loopback. */
		{ "+*", "10.1.2.3", EGRESS_ALLOWED, EGRESS_ALLOWED },
		{ "+*", "127.0.0.1", EGRESS_SPECIAL, EGRESS_NO_RULE },
		{ "+*.example", "10.1.2.3", EGRESS_SPECIAL, EGRESS_NO_RULE },
		/* Denied is denied. */
		{ "+a.example -192.0.2.0/24", "192.0.2.1", EGRESS_DENIED, EGRESS_DENIED },
		{ "+* -10.0.0.0/8", "10.0.0.1", EGRESS_DENIED, EGRESS_DENIED },
		{ "+* -10.0.0.0/8", "64:ff9b::10.0.0.1", EGRESS_DENIED, EGRESS_DENIED },
		{ "+a.example -192.0.2.0/24:443", "192.0.2.1", EGRESS_ALLOWED, EGRESS_DENIED },
		{ "+a.example -a.example:443", "192.0.2.1", EGRESS_ALLOWED, EGRESS_DENIED },
		{ "+a.example -a.example:22", "192.0.2.1", EGRESS_ALLOWED, EGRESS_ALLOWED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant_set set = set_of(rows[i].rules);
		struct addr to = at(rows[i].ip, 443);
		enum egress_verdict admitted, connected;
		struct egress eg;

		egress_init(&eg, &set);
		admitted = egress_admit(&eg, "a.example", &to).verdict;
		connected = egress_judge(&eg, GRANT_TCP, &to).verdict;
		if (admitted != rows[i].admitted || connected != rows[i].connected)
			fail_msg("'%s' and %s: %d %d", rows[i].rules, rows[i].ip, (int)admitted,
				 (int)connected);
		egress_deinit(&eg);
		grant_set_deinit(&set);
	}
}

static void the_rule_suggested_for_an_address_has_the_ports_of_the_name(void **state)
{
	static const struct {
		const char *rule, *ip, *suggested;
	} rows[] = {
		{ "a.example", "10.0.0.1", "10.0.0.1" },
		{ "a.example:443", "10.0.0.1", "10.0.0.1:443" },
		{ "udp/a.example:443", "fd00::1", "udp/[fd00::1]:443" },
		{ "a.example:8000-8010", "fd00::1", "[fd00::1]:8000-8010" },
		{ "*", "127.0.0.1", "127.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant g = parse(rows[i].rule);
		struct addr a = at(rows[i].ip, 0);
		char rule[EGRESS_RULE_MAX];

		assert_string_equal(egress_suggest_special(&g, &a, rule), rows[i].suggested);
	}
}

static void a_looked_up_address_is_allowed_at_the_ports_of_its_name(void **state)
{
	struct grant_set set = set_of("+*.example.org:443");
	struct addr to = at("192.0.2.9", 443), other_port = at("192.0.2.9", 80),
		    other = at("192.0.2.10", 443), mapped = at("::ffff:192.0.2.9", 443);
	struct egress_answer a;
	struct egress eg;
	char rule[EGRESS_RULE_MAX];

	(void)state;
	egress_init(&eg, &set);
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &to).verdict, EGRESS_NO_RULE);
	assert_int_equal(egress_admit(&eg, "API.example.org.", &to).verdict, EGRESS_ALLOWED);
	a = egress_judge(&eg, GRANT_TCP, &to);
	assert_int_equal(a.verdict, EGRESS_ALLOWED);
	assert_string_equal(a.rule->text, "*.example.org:443");
	assert_string_equal(a.name, "api.example.org");
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &mapped).verdict, EGRESS_ALLOWED);
	assert_int_equal(egress_judge(&eg, GRANT_UDP, &to).verdict, EGRESS_NO_RULE);
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &other_port).verdict, EGRESS_NO_RULE);
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &other).verdict, EGRESS_NO_RULE);
	assert_string_equal(egress_suggest(&eg, GRANT_TCP, &other_port, rule),
			    "api.example.org:80");
	assert_string_equal(egress_suggest(&eg, GRANT_UDP, &to, rule), "udp/api.example.org:443");
	assert_string_equal(egress_suggest(&eg, GRANT_TCP, &other, rule), "192.0.2.10:443");
	egress_deinit(&eg);
	grant_set_deinit(&set);
}

static void an_address_that_a_denied_name_shares_is_denied(void **state)
{
	struct grant_set set = set_of("+*.example -evil.example:443");
	struct addr to = at("192.0.2.9", 443);
	struct egress eg;

	(void)state;
	egress_init(&eg, &set);
	(void)egress_admit(&eg, "good.example", &to);
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &to).verdict, EGRESS_ALLOWED);
	(void)egress_admit(&eg, "evil.example", &to);
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &to).verdict, EGRESS_DENIED);
	egress_deinit(&eg);
	grant_set_deinit(&set);
}

static void the_oldest_pin_gives_way(void **state)
{
	struct grant_set set = set_of("+a.example");
	struct addr first = at("192.0.2.1", 1), last = at("11.1.0.1", 1);
	struct egress eg;

	(void)state;
	egress_init(&eg, &set);
	(void)egress_admit(&eg, "a.example", &first);
	for (unsigned i = 0; i < EGRESS_PINS_MAX; i++) {
		struct addr a = at("11.1.0.0", 1);

		a.in4.sin_addr.s_addr = htonl(ntohl(a.in4.sin_addr.s_addr) + i);
		(void)egress_admit(&eg, "a.example", &a);
	}
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &first).verdict, EGRESS_NO_RULE);
	assert_int_equal(egress_judge(&eg, GRANT_TCP, &last).verdict, EGRESS_ALLOWED);
	assert_int_equal(eg.n_pins, EGRESS_PINS_MAX);
	egress_deinit(&eg);
	grant_set_deinit(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_covers_what_it_says_and_nothing_beside),
		cmocka_unit_test(a_rule_of_names_covers_those_names),
		cmocka_unit_test(a_malformed_rule_is_refused_with_a_reason),
		cmocka_unit_test(a_rule_is_of_the_protocols_it_names),
		cmocka_unit_test(a_denial_needs_a_rule),
		cmocka_unit_test(a_rule_that_denies_wins),
		cmocka_unit_test(a_denied_name_is_not_looked_up),
		cmocka_unit_test(a_name_does_not_lead_to_a_special_address_that_no_rule_covers),
		cmocka_unit_test(the_rule_suggested_for_an_address_has_the_ports_of_the_name),
		cmocka_unit_test(a_looked_up_address_is_allowed_at_the_ports_of_its_name),
		cmocka_unit_test(an_address_that_a_denied_name_shares_is_denied),
		cmocka_unit_test(the_oldest_pin_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
