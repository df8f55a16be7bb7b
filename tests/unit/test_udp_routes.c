/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "process/udp_routes.h"

#include <stdio.h>
#include <string.h>

static void each_grant_of_udp_is_a_route(void **state)
{
	static const struct {
		const char *rule, *routes; /* "NETWORK/LEN:FIRST-LAST " each */
	} rows[] = {
		{ "192.0.2.1:53", "" },
		{ "tcp/*", "" },
		{ "udp/192.0.2.1:53", "192.0.2.1/32:53-53 " },
		{ "udp/10.0.0.0/8", "10.0.0.0/8:1-65535 " },
		{ "udp/[2001:db8::/32]:1-2", "2001:db8::/32:1-2 " },
		{ "udp/a.example:443", "0.0.0.0/0:443-443 ::/0:443-443 " },
		{ "udp/*.example", "0.0.0.0/0:1-65535 ::/0:1-65535 " },
		{ "udp/localhost:8125", "127.0.0.1/32:8125-8125 ::1/128:8125-8125 " },
		{ "*", "0.0.0.0/0:1-65535 ::/0:1-65535 " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct grant_set set = { 0 };
		AUTO_FREE struct udp_route *routes = NULL;
		char text[200] = "", ip[ADDR_TEXT_MAX];
		size_t n;

		assert_int_equal(grant_set_allow(&set, rows[i].rule, NULL), 0);
		udp_routes_make(&set, &routes, &n);
		for (size_t k = 0; k < n; k++) {
			size_t len = strlen(text);

			(void)snprintf(text + len, sizeof text - len, "%s/%u:%u-%u ",
				       addr_format_ip(&routes[k].network, ip), routes[k].prefix_len,
				       routes[k].first_port, routes[k].last_port);
		}
		assert_string_equal(text, rows[i].routes);
		grant_set_deinit(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_grant_of_udp_is_a_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
