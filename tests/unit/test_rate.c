/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "policy/rate.h"

static unsigned take_all(struct rate *r, uint64_t now_ms)
{
	unsigned n = 0;

	while (n < 100000 && rate_take(r, now_ms))
		n++;
	return n;
}

static void a_seconds_worth_may_come_at_once_and_no_more(void **state)
{
	struct rate r;

	(void)state;
	rate_init(&r, 100 * 1000, 5000);
	assert_int_equal(take_all(&r, 5000), 100);
	assert_int_equal(take_all(&r, 5009), 0);
	assert_int_equal(take_all(&r, 5010), 1);
	assert_int_equal(take_all(&r, 6010), 100);
	assert_int_equal(take_all(&r, 1000000), 100); /* rest gathers no more than that */
}

static void slow_rates_lose_nothing_between_questions(void **state)
{
	struct rate r;
	unsigned n = 0;

	(void)state;
	rate_init(&r, 500, 0); /* one in two seconds */
	for (uint64_t ms = 0; ms <= 20000; ms++)
		n += rate_take(&r, ms);
	assert_int_equal(n, 11);
}

static void no_rate_is_no_bound(void **state)
{
	struct rate r;

	(void)state;
	rate_init(&r, 0, 0);
	assert_int_equal(take_all(&r, 0), 100000);
}

static void the_largest_rate_and_gap_do_not_overflow(void **state)
{
	struct rate r;

	(void)state;
	rate_init(&r, 1000000000, 0);
	assert_true(rate_take(&r, UINT64_MAX));
	assert_int_equal(take_all(&r, UINT64_MAX), 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seconds_worth_may_come_at_once_and_no_more),
		cmocka_unit_test(slow_rates_lose_nothing_between_questions),
		cmocka_unit_test(no_rate_is_no_bound),
		cmocka_unit_test(the_largest_rate_and_gap_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
