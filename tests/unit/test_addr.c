#include "base/addr.h"

#include "base/own.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct addr parse(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_ip(text, &a, NULL), 0);
	return a;
}

static void an_address_is_printed_as_it_was_parsed(void **state)
{
	static const char *const texts[][2] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "::1", "::1" },
		{ "[::1]", "::1" },
		{ "::", "::" },
		{ "2001:DB8::0:1", "2001:db8::1" },
		{ "fe80::1%7", "fe80::1%7" },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%4294967295",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295" },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct addr a = parse(texts[i][0]);
		char out[ADDR_TEXT_MAX];

		assert_int_equal(addr_port(&a), 0);
		assert_string_equal(addr_format_ip(&a, out), texts[i][1]);
	}
}

static void what_is_no_literal_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"localhost",
		"127.0.0.1:80",
		"127.0.0",
		"256.0.0.1",
		"0127.0.0.1",
		" 1.2.3.4",
		"1.2.3.4 ",
		"[127.0.0.1]",
		"[::1",
		"::1]",
		"[]",
		"[[::1]]",
		"::1%",
		"::1%lo",
		"::1%4294967296",
		"::1%-1",
		":::",
		"1:2:3:4:5:6:7:8:9",
		"fe80::1%1%2",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct addr a;
		struct err e = { 0 };

		assert_true(addr_parse_ip(texts[i], &a, &e) < 0);
		assert_string_equal(e.text, "not an IPv4 or IPv6 address");
	}
}

static void the_port_is_printed_behind_the_address(void **state)
{
	struct addr a = parse("10.0.0.1"), b = parse("fe80::1%2");
	char out[ADDR_TEXT_MAX];

	addr_set_port(&a, 65535);
	addr_set_port(&b, 80);
	assert_string_equal(addr_format(&a, out), "10.0.0.1:65535");
	assert_string_equal(addr_format(&b, out), "[fe80::1%2]:80");
	assert_int_equal(a.in4.sin_port, htons(65535));
	assert_int_equal(addr_port(&b), 80);
}

static void the_longest_address_fits(void **state)
{
	struct addr a = parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295");
	char out[ADDR_TEXT_MAX];

	addr_set_port(&a, 65535);
	assert_string_equal(addr_format(&a, out),
			    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
}

static void loopback_and_wildcard_are_told(void **state)
{
	static const struct {
		const char *text;
		bool is_loopback, is_wildcard;
	} cases[] = {
		{ "127.0.0.1", true, false },
		{ "127.255.255.254", true, false },
		{ "128.0.0.1", false, false },
		{ "0.0.0.0", false, true },
		{ "0.0.0.1", false, false },
		{ "::1", true, false },
		{ "::", false, true },
		{ "::2", false, false },
		{ "::ffff:127.9.9.9", true, false },
		{ "::ffff:0.0.0.0", false, true },
		{ "::ffff:10.0.0.1", false, false },
		{ "::127.0.0.1", false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct addr a = parse(cases[i].text);

		assert_int_equal(addr_is_loopback(&a), cases[i].is_loopback);
		assert_int_equal(addr_is_wildcard(&a), cases[i].is_wildcard);
	}
}

static void addresses_are_equal_with_their_port_and_scope_only(void **state)
{
	struct addr a = parse("::1"), b = parse("::1"), c = parse("::1%3");
	struct addr d = parse("127.0.0.1"), f = parse("127.0.0.1"), g = parse("::ffff:127.0.0.1");

	assert_true(addr_equal(&a, &b));
	assert_true(addr_equal(&d, &f));
	addr_set_port(&b, 1);
	addr_set_port(&f, 1);
	assert_false(addr_equal(&a, &b));
	assert_false(addr_equal(&d, &f));
	assert_false(addr_equal(&a, &c));
	assert_false(addr_equal(&d, &g));
}

static void a_wildcard_is_reached_at_loopback(void **state)
{
	static const char *const texts[][2] = {
		{ "0.0.0.0", "127.0.0.1:80" },
		{ "::", "[::1]:80" },
		{ "::ffff:0.0.0.0", "[::ffff:127.0.0.1]:80" },
		{ "10.0.0.1", "10.0.0.1:80" },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct addr a = parse(texts[i][0]), to;
		char out[ADDR_TEXT_MAX];

		addr_set_port(&a, 80);
		to = addr_reachable(&a);
		assert_string_equal(addr_format(&to, out), texts[i][1]);
	}
}

static void a_socket_address_of_the_kernel_is_taken(void **state)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_scope_id = 5 };
	struct addr a;
	char out[ADDR_TEXT_MAX];

	assert_int_equal(addr_from_sockaddr(&in4, sizeof in4, &a), 0);
	assert_string_equal(addr_format(&a, out), "0.0.0.0:80");
	assert_int_equal(addr_from_sockaddr(&in6, sizeof in6, &a), 0);
	assert_string_equal(addr_format(&a, out), "[::%5]:0");
	/* The kernel takes an address that ends before its scope. */
	assert_int_equal(addr_from_sockaddr(&in6, 24, &a), 0);
	assert_string_equal(addr_format(&a, out), "[::]:0");
	assert_int_equal(a.len, sizeof in6);
}

static void a_short_or_foreign_socket_address_is_refused(void **state)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr un = { .sa_family = AF_UNIX };
	struct addr a;

	assert_int_equal(addr_from_sockaddr(&in4, 15, &a), -EINVAL);
	assert_int_equal(addr_from_sockaddr(&in4, 1, &a), -EINVAL);
	assert_int_equal(addr_from_sockaddr(&in4, 0, &a), -EINVAL);
	assert_int_equal(addr_from_sockaddr(&in6, 23, &a), -EINVAL);
	assert_int_equal(addr_from_sockaddr(&un, sizeof un, &a), -EAFNOSUPPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_printed_as_it_was_parsed),
		cmocka_unit_test(what_is_no_literal_address_is_refused),
		cmocka_unit_test(the_port_is_printed_behind_the_address),
		cmocka_unit_test(the_longest_address_fits),
		cmocka_unit_test(loopback_and_wildcard_are_told),
		cmocka_unit_test(addresses_are_equal_with_their_port_and_scope_only),
		cmocka_unit_test(a_wildcard_is_reached_at_loopback),
		cmocka_unit_test(a_socket_address_of_the_kernel_is_taken),
		cmocka_unit_test(a_short_or_foreign_socket_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
