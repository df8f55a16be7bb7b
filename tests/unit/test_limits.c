/* Limits and restart policies, as the user writes them. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "policy/limits.h"
#include "policy/restart.h"

static void a_limit_is_parsed_and_shown(void **state)
{
	static const struct {
		enum limit limit;
		const char *text;
		uint64_t value;
		const char *shown;
	} cases[] = {
		{ LIMIT_MEMORY, "268435456", 268435456, "256 MiB of memory" },
		{ LIMIT_MEMORY, "256m", 268435456, "256 MiB of memory" },
		{ LIMIT_MEMORY, "1G", 1073741824, "1 GiB of memory" },
		{ LIMIT_MEMORY, "7000000b", 7000000, "7000000 bytes of memory" },
		{ LIMIT_DISK, "64kB", 65536, "64 KiB of disk" },
		{ LIMIT_DISK, "1500KiB", 1536000, "1500 KiB of disk" },
		{ LIMIT_CPUS, "1", 1000, "1 CPUs" },
		{ LIMIT_CPUS, "0.5", 500, "0.5 CPUs" },
		{ LIMIT_CPUS, "1.2559", 1255, "1.255 CPUs" },
		{ LIMIT_PROCESSES, "64", 64, "64 processes and threads" },
		{ LIMIT_DESCRIPTORS, "1024", 1024, "1024 descriptors" },
		{ LIMIT_CONNECTIONS, "1", 1, "1 connections" },
		{ LIMIT_TIMEOUT, "30", 30000, "30 s" },
		{ LIMIT_TIMEOUT, "250ms", 250, "0.25 s" },
		{ LIMIT_TIMEOUT, "2m", 120000, "120 s" },
		{ LIMIT_TIMEOUT, "1h", 3600000, "3600 s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct limits l = { { 0 } };
		char shown[LIMIT_TEXT_MAX];

		assert_int_equal(limits_set(&l, cases[i].limit, cases[i].text, NULL), 0);
		assert_int_equal(l.values[cases[i].limit], cases[i].value);
		assert_string_equal(limit_format(cases[i].limit, cases[i].value, shown),
				    cases[i].shown);
	}
}

static void a_malformed_limit_is_refused_with_the_reason(void **state)
{
	static const struct {
		enum limit limit;
		const char *text, *error;
	} cases[] = {
		{ LIMIT_MEMORY, "", "limit '' of memory: expected a size such as 256m" },
		{ LIMIT_MEMORY, "m", "limit 'm' of memory: expected a size such as 256m" },
		{ LIMIT_MEMORY, "-1", "limit '-1' of memory: expected a size such as 256m" },
		{ LIMIT_MEMORY, "1.5g", "limit '1.5g' of memory: expected a size such as 256m" },
		{ LIMIT_MEMORY, "1mx", "limit '1mx' of memory: expected a size such as 256m" },
		{ LIMIT_MEMORY, "1m", "limit '1m' of memory: at least 6 MiB of memory are needed" },
		{ LIMIT_MEMORY, "16777216t",
		  "limit '16777216t' of memory: expected a size such as 256m" },
		{ LIMIT_MEMORY, "9223372036854775808",
		  "limit '9223372036854775808' of memory: too large" },
		{ LIMIT_CPUS, "0", "limit '0' of cpus: at least 0.01 CPUs are needed" },
		{ LIMIT_CPUS, "1.", "limit '1.' of cpus: expected a number of CPUs such as 0.5" },
		{ LIMIT_CPUS, ".5", "limit '.5' of cpus: expected a number of CPUs such as 0.5" },
		{ LIMIT_CPUS, "inf", "limit 'inf' of cpus: expected a number of CPUs such as 0.5" },
		{ LIMIT_PROCESSES, "many", "limit 'many' of processes: expected a whole number" },
		{ LIMIT_DESCRIPTORS, "3",
		  "limit '3' of descriptors: at least 16 descriptors are needed" },
		{ LIMIT_TIMEOUT, "0s", "limit '0s' of timeout: at least 0.001 s are needed" },
		{ LIMIT_TIMEOUT, "1d", "limit '1d' of timeout: expected a time such as 30s" },
		{ LIMIT_TIMEOUT, "\n", "limit '\\x0a' of timeout: expected a time such as 30s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct limits l = { { 0 } };
		struct err e = { .text = "" };

		assert_int_equal(limits_set(&l, cases[i].limit, cases[i].text, &e), -EINVAL);
		assert_string_equal(e.text, cases[i].error);
		assert_int_equal(l.values[cases[i].limit], 0);
	}
}

static void limits_that_are_set_win(void **state)
{
	struct limits l = { .values = { [LIMIT_DISK] = 1 } };
	const struct limits under = { .values = { [LIMIT_DISK] = 2, [LIMIT_CPUS] = 3 } };

	limits_merge(&l, &under);
	assert_int_equal(l.values[LIMIT_DISK], 1);
	assert_int_equal(l.values[LIMIT_CPUS], 3);
}

static void a_restart_policy_is_parsed(void **state)
{
	static const struct {
		const char *text;
		enum restart_when when;
		uint64_t n_max;
	} cases[] = {
		{ "no", RESTART_NO, 0 },
		{ "always", RESTART_ALWAYS, 0 },
		{ "on-failure", RESTART_ON_FAILURE, 0 },
		{ "on-failure:5", RESTART_ON_FAILURE, 5 },
	};
	static const char *const wrong[] = {
		"",	    "on-failure:",    "on-failure:-1",	       "on-failures",
		"always:5", "unless-stopped", "on-failure:99999999999"
	};
	struct restart r;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(restart_parse(cases[i].text, &r, NULL), 0);
		assert_int_equal(r.when, cases[i].when);
		assert_int_equal(r.n_max, cases[i].n_max);
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(restart_parse(wrong[i], &r, NULL), -EINVAL);
}

static void restarts_back_off_until_a_run_is_steady(void **state)
{
	static const uint64_t delays_ms[] = { 100,  200,   400,	  800,	 1600,	3200,
					      6400, 12800, 25600, 51200, 60000, 60000 };
	struct restart r = { .when = RESTART_ALWAYS };

	for (size_t i = 0; i < ARRAY_LEN(delays_ms); i++) {
		assert_true(restart_next(&r, 0, 9999));
		assert_int_equal(r.delay_ms, delays_ms[i]);
	}
	assert_true(restart_next(&r, 0, 10000));
	assert_int_equal(r.delay_ms, 100);
}

static void on_failure_wants_a_failure_and_counts(void **state)
{
	struct restart r = { .when = RESTART_ON_FAILURE, .n_max = 2 };

	assert_false(restart_next(&r, 0, 0));
	assert_true(restart_next(&r, 1, 0));
	assert_true(restart_next(&r, 137, 0));
	assert_false(restart_next(&r, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_is_parsed_and_shown),
		cmocka_unit_test(a_malformed_limit_is_refused_with_the_reason),
		cmocka_unit_test(limits_that_are_set_win),
		cmocka_unit_test(a_restart_policy_is_parsed),
		cmocka_unit_test(restarts_back_off_until_a_run_is_steady),
		cmocka_unit_test(on_failure_wants_a_failure_and_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
