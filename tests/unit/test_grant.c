/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "policy/egress.h"

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

		if (grant_covers_addr(&g, &a) != rows[i].covered)
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
		{ "udp/10.0.0.0/8:53", "not available" },
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

static void a_looked_up_address_is_allowed_at_the_ports_of_its_name(void **state)
{
	struct grant grants[] = { parse("*.example.org:443") };
	struct addr to = at("192.0.2.9", 443), other_port = at("192.0.2.9", 80),
		    other = at("192.0.2.10", 443);
	struct egress eg;
	char rule[EGRESS_RULE_MAX];

	(void)state;
	egress_init(&eg, grants, 1);
	assert_true(egress_allows_lookup(&eg, "api.example.org"));
	assert_false(egress_allows_lookup(&eg, "api.example.com"));
	assert_false(egress_allows(&eg, &to));
	egress_pin(&eg, "api.example.org", &to);
	assert_true(egress_allows(&eg, &to));
	assert_false(egress_allows(&eg, &other_port));
	assert_false(egress_allows(&eg, &other));
	assert_string_equal(egress_suggest(&eg, &other_port, rule), "api.example.org:80");
	assert_string_equal(egress_suggest(&eg, &other, rule), "192.0.2.10:443");
	egress_deinit(&eg);
}

static void a_name_that_leads_to_loopback_does_not_lead_to_the_host(void **state)
{
	struct grant grants[] = { parse("evil.example") };
	struct addr to = at("127.0.0.1", 22);
	struct egress eg;

	(void)state;
	egress_init(&eg, grants, 1);
	egress_pin(&eg, "evil.example", &to);
	assert_false(egress_allows(&eg, &to));
	egress_deinit(&eg);
}

static void the_oldest_pin_gives_way(void **state)
{
	struct grant grants[] = { parse("a.example") };
	struct addr first = at("10.0.0.1", 1), last = at("10.1.0.1", 1);
	struct egress eg;

	(void)state;
	egress_init(&eg, grants, 1);
	egress_pin(&eg, "a.example", &first);
	for (unsigned i = 0; i < EGRESS_PINS_MAX; i++) {
		struct addr a = at("10.1.0.0", 1);

		a.in4.sin_addr.s_addr = htonl(ntohl(a.in4.sin_addr.s_addr) + i);
		egress_pin(&eg, "a.example", &a);
	}
	assert_false(egress_allows(&eg, &first));
	assert_true(egress_allows(&eg, &last));
	assert_int_equal(eg.n_pins, EGRESS_PINS_MAX);
	egress_deinit(&eg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_covers_what_it_says_and_nothing_beside),
		cmocka_unit_test(a_rule_of_names_covers_those_names),
		cmocka_unit_test(a_malformed_rule_is_refused_with_a_reason),
		cmocka_unit_test(a_looked_up_address_is_allowed_at_the_ports_of_its_name),
		cmocka_unit_test(a_name_that_leads_to_loopback_does_not_lead_to_the_host),
		cmocka_unit_test(the_oldest_pin_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
