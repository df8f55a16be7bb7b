/* What the user writes: forwards, names, directories, variables, firewall rules. */
#include "base/own.h"
#include "policy/dir.h"
#include "policy/env.h"
#include "policy/firewall.h"
#include "policy/forward.h"
#include "policy/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_forward_is_parsed(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t guest;
	} cases[] = {
		{ "8080:3000", "127.0.0.1:8080", 3000 },
		{ "8080:3000/tcp", "127.0.0.1:8080", 3000 },
		{ "1:65535", "127.0.0.1:1", 65535 },
		{ "0.0.0.0:8443:3443", "0.0.0.0:8443", 3443 },
		{ "[::]:80:80", "[::]:80", 80 },
		{ "[::1]:80:81", "[::1]:80", 81 },
		{ "[fe80::1%2]:80:81", "[fe80::1%2]:80", 81 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct forward f;
		char out[ADDR_TEXT_MAX];

		assert_int_equal(forward_parse(cases[i].text, &f, NULL), 0);
		assert_string_equal(addr_format(&f.host, out), cases[i].host);
		assert_int_equal(f.guest_port, cases[i].guest);
	}
}

static void a_forward_may_be_of_udp_or_of_a_unix_socket(void **state)
{
	static const struct {
		const char *text, *host;
		enum forward_kind kind;
		uint16_t guest;
	} cases[] = {
		{ "5353:53/udp", "127.0.0.1:5353/udp", FORWARD_UDP, 53 },
		{ "[::]:5353:53/udp", "[::]:5353/udp", FORWARD_UDP, 53 },
		{ "8080:80/tcp", "127.0.0.1:8080", FORWARD_TCP, 80 },
		{ "unix:/run/app.sock:3000", "unix:/run/app.sock", FORWARD_UNIX, 3000 },
		{ "unix:/run/a:b/c d:3000", "unix:/run/a:b/c d", FORWARD_UNIX, 3000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct forward f;
		char out[FORWARD_TEXT_MAX];

		assert_int_equal(forward_parse(cases[i].text, &f, NULL), 0);
		assert_string_equal(forward_format_host(&f, out), cases[i].host);
		assert_int_equal(f.kind, cases[i].kind);
		assert_int_equal(f.guest_port, cases[i].guest);
	}
}

static void a_unix_path_fits_a_socket_address(void **state)
{
	char text[256];
	struct forward f;
	struct err e = { 0 };

	(void)snprintf(text, sizeof text, "unix:/%0106d:1", 0);
	assert_int_equal(forward_parse(text, &f, NULL), 0);
	(void)snprintf(text, sizeof text, "unix:/%0107d:1", 0);
	assert_true(forward_parse(text, &f, &e) < 0);
	assert_non_null(strstr(e.text, "has at most 107 bytes"));
}

static void a_malformed_forward_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "forward '': expected HOST_PORT:GUEST_PORT" },
		{ "8080", "forward '8080': expected HOST_PORT:GUEST_PORT" },
		{ ":", "forward ':': guest port '' is not a number from 1 to 65535" },
		{ "80:", "forward '80:': guest port '' is not a number from 1 to 65535" },
		{ ":80", "forward ':80': host port '' is not a number from 1 to 65535" },
		{ "0:80", "forward '0:80': host port '0' is not a number from 1 to 65535" },
		{ "80:0", "forward '80:0': guest port '0' is not a number from 1 to 65535" },
		{ "65536:1",
		  "forward '65536:1': host port '65536' is not a number from 1 to 65535" },
		{ "80-90:80",
		  "forward '80-90:80': host port '80-90' is not a number from 1 to 65535" },
		{ ":80:80", "forward ':80:80': host address '' is not an IPv4 or IPv6 address" },
		{ "localhost:80:80", "forward 'localhost:80:80': host address 'localhost' is not "
				     "an IPv4 or IPv6 address" },
		{ "::1:80:80", "forward '::1:80:80': an IPv6 address goes in brackets: '[::1]'" },
		{ "[::1]:80",
		  "forward '[::1]:80': host port '[::1]' is not a number from 1 to 65535" },
		{ "[::1]", "forward '[::1]': expected HOST_PORT:GUEST_PORT" },
		{ "[::ffff:10.0.0.1]:80:80",
		  "forward '[::ffff:10.0.0.1]:80:80': write the host address "
		  "'[::ffff:10.0.0.1]' as an IPv4 address" },
		{ "53:53/", "forward '53:53/': unknown protocol '', expected tcp or udp" },
		{ "53:53/tcp/udp",
		  "forward '53:53/tcp/udp': guest port '53/tcp' is not a number from 1 to 65535" },
		{ "0:53/udp", "forward '0:53/udp': host port '0' is not a number from 1 to 65535" },
		{ "unix:", "forward 'unix:': expected unix:PATH:GUEST_PORT" },
		{ "unix:/run/app.sock",
		  "forward 'unix:/run/app.sock': expected unix:PATH:GUEST_PORT" },
		{ "unix::80", "forward 'unix::80': the path of a Unix socket must be absolute: "
			      "unix:/run/app.sock:3000" },
		{ "unix:app.sock:80",
		  "forward 'unix:app.sock:80': the path of a Unix socket must be absolute: "
		  "unix:/run/app.sock:3000" },
		{ "unix:/run/:80", "forward 'unix:/run/:80': the path of a Unix socket ends with "
				   "its name, not with '/'" },
		{ "unix:/a\n:80", "forward 'unix:/a\\x0a:80': the path of a Unix socket holds a "
				  "control character" },
		{ "unix:/run/app.sock:0",
		  "forward 'unix:/run/app.sock:0': guest port '0' is not a number from 1 to "
		  "65535" },
		{ "unix:/run/app.sock:80/udp",
		  "forward 'unix:/run/app.sock:80/udp': guest port '80/udp' is not a number from "
		  "1 to 65535" },
		{ "\n:1", "forward '\\x0a:1': host port '\\x0a' is not a number from 1 to 65535" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct forward f;
		struct err e = { 0 };

		assert_true(forward_parse(cases[i].text, &f, &e) < 0);
		assert_string_equal(e.text, cases[i].error);
	}
}

static int add(struct forward **forwards, size_t *n, const char *text, struct err *e)
{
	struct forward f;

	assert_int_equal(forward_parse(text, &f, NULL), 0);
	return forward_add(forwards, n, &f, e);
}

static void a_host_port_cannot_be_forwarded_twice(void **state)
{
	AUTO_FREE struct forward *forwards = NULL;
	struct err e = { 0 };
	size_t n = 0;

	assert_int_equal(add(&forwards, &n, "80:1", &e), 0);
	assert_true(add(&forwards, &n, "80:2", &e) < 0);
	assert_string_equal(e.text,
			    "host port 80 is forwarded twice: '127.0.0.1:80' and '127.0.0.1:80'");
	assert_true(add(&forwards, &n, "0.0.0.0:80:2", &e) < 0);
	assert_int_equal(add(&forwards, &n, "127.0.0.2:80:2", &e), 0);
	assert_int_equal(add(&forwards, &n, "[::]:80:2", &e), 0);
	assert_true(add(&forwards, &n, "[::1]:80:2", &e) < 0);
	assert_int_equal(add(&forwards, &n, "81:1", &e), 0);
	assert_int_equal(n, 4);
}

static void tcp_and_udp_have_ports_of_their_own(void **state)
{
	AUTO_FREE struct forward *forwards = NULL;
	struct err e = { 0 };
	size_t n = 0;

	assert_int_equal(add(&forwards, &n, "53:53", NULL), 0);
	assert_int_equal(add(&forwards, &n, "53:53/udp", NULL), 0);
	assert_true(add(&forwards, &n, "0.0.0.0:53:54/udp", &e) < 0);
	assert_string_equal(e.text, "host port 53 is forwarded twice: '127.0.0.1:53/udp' and "
				    "'0.0.0.0:53/udp'");
	assert_int_equal(add(&forwards, &n, "unix:/run/a:53", NULL), 0);
	assert_int_equal(add(&forwards, &n, "unix:/run/b:53", NULL), 0);
	assert_true(add(&forwards, &n, "unix:/run/a:54", &e) < 0);
	assert_string_equal(e.text, "'unix:/run/a' is forwarded twice");
}

static void forwards_have_a_bound(void **state)
{
	AUTO_FREE struct forward *forwards = NULL;
	struct err e = { 0 };
	struct forward f;
	size_t n = 0;

	assert_int_equal(forward_parse("1:1", &f, NULL), 0);
	for (int i = 0; i < 256; i++) {
		addr_set_port(&f.host, (uint16_t)(1000 + i));
		assert_int_equal(forward_add(&forwards, &n, &f, NULL), 0);
	}
	addr_set_port(&f.host, 1);
	assert_true(forward_add(&forwards, &n, &f, &e) < 0);
	assert_string_equal(e.text, "more than 256 forwards");
}

static void an_upper_forward_goes_over_a_lower_one_of_its_host_port(void **state)
{
	AUTO_FREE struct forward *upper = NULL, *lower = NULL;
	size_t n_upper = 0, n_lower = 0;
	char out[ADDR_TEXT_MAX];

	assert_int_equal(add(&upper, &n_upper, "0.0.0.0:80:1", NULL), 0);
	assert_int_equal(add(&lower, &n_lower, "80:2", NULL), 0);
	assert_int_equal(add(&lower, &n_lower, "81:3", NULL), 0);
	assert_int_equal(forward_merge(&upper, &n_upper, lower, n_lower, NULL), 0);
	assert_int_equal(n_upper, 2);
	assert_string_equal(addr_format(&upper[0].host, out), "0.0.0.0:80");
	assert_string_equal(addr_format(&upper[1].host, out), "127.0.0.1:81");
}

static void merging_into_nothing_copies(void **state)
{
	AUTO_FREE struct forward *upper = NULL, *lower = NULL;
	size_t n_upper = 0, n_lower = 0;

	assert_int_equal(forward_merge(&upper, &n_upper, NULL, 0, NULL), 0);
	assert_null(upper);
	assert_int_equal(add(&lower, &n_lower, "80:2", NULL), 0);
	assert_int_equal(forward_merge(&upper, &n_upper, lower, n_lower, NULL), 0);
	assert_int_equal(n_upper, 1);
	assert_int_equal(upper[0].guest_port, 2);
}

#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void a_name_is_a_hostname(void **state)
{
	static const char *const good[] = { "a", "0", "web", "web-2", "a--b", X63 };
	static const char *const bad[] = { "",	  "-",	 "-a",	     "a-",    "A",  "a_b",
					   "a.b", "a b", "\303\274", X63 "x", "a\n" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(name_check(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(name_check(bad[i], NULL) < 0);
}

static void a_name_is_made_of_a_path(void **state)
{
	static const char *const cases[][2] = {
		{ "/srv/me/web", "web" },
		{ "/srv/me/web/", "web" },
		{ "/srv/My App.wasm", "my-app" },
		{ "app.wasm", "app" },
		{ ".wasm", "wasm" },
		{ "/", "process" },
		{ "", "process" },
		{ "/x/---", "process" },
		{ "/x/\303\274ber", "ber" },
		{ "/x/a_.b", "a-b" },
		{ "/x/" X63 "yyy", X63 },
		{ "/x/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-y",
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[NAME_LEN_MAX + 1];

		name_from_path(cases[i][0], out);
		assert_string_equal(out, cases[i][1]);
		assert_int_equal(name_check(out, NULL), 0);
	}
}

static void a_directory_is_parsed(void **state)
{
	static const struct {
		const char *text, *host, *guest;
		bool writable;
	} cases[] = {
		{ "/srv/www", "/srv/www", "/srv/www", true },
		{ "/srv/www:ro", "/srv/www", "/srv/www", false },
		{ "/srv/www:/data", "/srv/www", "/data", true },
		{ "/srv/www:/data:ro", "/srv/www", "/data", false },
		{ "/srv/www:/data:rw", "/srv/www", "/data", true },
		{ ".", ".", "/", true },
		{ "data", "data", "/data", true },
		{ "./data//x/./y/", "./data//x/./y/", "/data/x/y", true },
		{ "../up:x", "../up", "/x", true },
		{ "..data", "..data", "/..data", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dir d;

		assert_int_equal(dir_parse(cases[i].text, &d, NULL), 0);
		assert_string_equal(d.host, cases[i].host);
		assert_string_equal(d.guest, cases[i].guest);
		assert_int_equal(d.writable, cases[i].writable);
		dir_deinit(&d);
	}
}

static void a_malformed_directory_is_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "directory '': the folder on the host is missing" },
		{ ":/x", "directory ':/x': the folder on the host is missing" },
		{ ":ro", "directory ':ro': the folder on the host is missing" },
		{ "/x:", "directory '/x:': the guest's name for it is missing" },
		{ "/x::ro", "directory '/x::ro': the guest's name for it is missing" },
		{ "/x:/y:z", "directory '/x:/y:z': expected HOST[:GUEST][:ro]" },
		{ "../x", "directory '../x': say the guest's name for it: HOST:GUEST" },
		{ "/x:/a/../b",
		  "directory '/x:/a/../b': the guest's name for it must not contain '..'" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dir d;
		struct err e = { 0 };

		assert_true(dir_parse(cases[i].text, &d, &e) < 0);
		assert_string_equal(e.text, cases[i].error);
	}
}

static char *look_up(const char *name)
{
	return strcmp(name, "HOME") == 0 ? "/home/me" : NULL;
}

static void variables_are_set_replaced_and_taken_from_the_caller(void **state)
{
	struct env env = { 0 };

	assert_int_equal(env_set(&env, "A=1", look_up, NULL), 0);
	assert_int_equal(env_set(&env, "AB=x=y", look_up, NULL), 0);
	assert_int_equal(env_set(&env, "EMPTY=", look_up, NULL), 0);
	assert_int_equal(env_set(&env, "A=2", look_up, NULL), 0);
	assert_int_equal(env_set(&env, "HOME", look_up, NULL), 0);
	assert_int_equal(env_set(&env, "NOT_SET", look_up, NULL), 0);
	assert_int_equal(env.n, 4);
	assert_string_equal(env.items[0], "A=2");
	assert_string_equal(env.items[1], "AB=x=y");
	assert_string_equal(env.items[2], "EMPTY=");
	assert_string_equal(env.items[3], "HOME=/home/me");
	env_deinit(&env);
}

static void a_variable_needs_a_name(void **state)
{
	struct env env = { 0 };
	struct err e = { 0 };

	assert_true(env_set(&env, "=1", look_up, &e) < 0);
	assert_string_equal(e.text, "environment variable '=1' has no name, expected NAME=VALUE");
	assert_true(env_set(&env, "", look_up, &e) < 0);
	assert_int_equal(env.n, 0);
}

static void a_wrong_firewall_value_is_refused_with_the_reason(void **state)
{
	static const struct {
		int (*parse)(const char *text, struct firewall_rule *r, struct err *e);
		const char *text, *error;
	} bad[] = {
		{ firewall_parse_address, "",
		  "'' is not an address or a network (ADDRESS/LENGTH)" },
		{ firewall_parse_address, "host",
		  "'host' is not an address or a network (ADDRESS/LENGTH)" },
		{ firewall_parse_address, "10.0.0.0/33",
		  "'10.0.0.0/33' is not an address or a network (ADDRESS/LENGTH)" },
		{ firewall_parse_address, "10.0.0.0/",
		  "'10.0.0.0/' is not an address or a network (ADDRESS/LENGTH)" },
		{ firewall_parse_address, "10.0.0.1/8",
		  "'10.0.0.1/8' has bits behind its prefix; the network is '10.0.0.0/8'" },
		{ firewall_parse_address, "fd00::1/64",
		  "'fd00::1/64' has bits behind its prefix; the network is 'fd00::/64'" },
		{ firewall_parse_address, "::ffff:10.0.0.1",
		  "write '::ffff:10.0.0.1' as an IPv4 address" },
		{ firewall_parse_ports, "0", "'0' is not a port from 1 to 65535, or FIRST-LAST" },
		{ firewall_parse_ports, "65536",
		  "'65536' is not a port from 1 to 65535, or FIRST-LAST" },
		{ firewall_parse_ports, "-1", "'-1' is not a port from 1 to 65535, or FIRST-LAST" },
		{ firewall_parse_ports, "9-8",
		  "'9-8' is not a port from 1 to 65535, or FIRST-LAST" },
		{ firewall_parse_ports, "8-", "'8-' is not a port from 1 to 65535, or FIRST-LAST" },
		{ firewall_parse_name, "",
		  "'' is not the name of a rule: 1 to 32 letters, digits, '-' and '_'" },
		{ firewall_parse_name, "a b",
		  "'a b' is not the name of a rule: 1 to 32 letters, digits, '-' and '_'" },
	};
	enum firewall_protocol protocol;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct firewall_rule r = { 0 };
		struct err e = { 0 };

		assert_true(bad[i].parse(bad[i].text, &r, &e) < 0);
		assert_string_equal(e.text, bad[i].error);
	}
	assert_true(firewall_parse_protocol("sctp", &protocol, NULL) < 0);
}

static void icmp_has_no_ports(void **state)
{
	struct firewall_rule r = { .protocol = FIREWALL_ICMP, .first_port = 1, .last_port = 1 };
	struct firewall f = { 0 };
	struct err e = { 0 };

	assert_true(firewall_add(&f, &r, &e) < 0);
	assert_string_equal(e.text, "icmp has no ports");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forward_is_parsed),
		cmocka_unit_test(a_forward_may_be_of_udp_or_of_a_unix_socket),
		cmocka_unit_test(a_unix_path_fits_a_socket_address),
		cmocka_unit_test(tcp_and_udp_have_ports_of_their_own),
		cmocka_unit_test(a_malformed_forward_is_refused_with_the_reason),
		cmocka_unit_test(a_host_port_cannot_be_forwarded_twice),
		cmocka_unit_test(forwards_have_a_bound),
		cmocka_unit_test(an_upper_forward_goes_over_a_lower_one_of_its_host_port),
		cmocka_unit_test(merging_into_nothing_copies),
		cmocka_unit_test(a_name_is_a_hostname),
		cmocka_unit_test(a_name_is_made_of_a_path),
		cmocka_unit_test(a_directory_is_parsed),
		cmocka_unit_test(a_malformed_directory_is_refused),
		cmocka_unit_test(variables_are_set_replaced_and_taken_from_the_caller),
		cmocka_unit_test(a_variable_needs_a_name),
		cmocka_unit_test(a_wrong_firewall_value_is_refused_with_the_reason),
		cmocka_unit_test(icmp_has_no_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
