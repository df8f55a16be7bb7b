/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "broker/throttle.h"

#include <fcntl.h>
#include <sys/socket.h>

static int make_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

/* As in the broker: added, and then ours is closed while the guest's stays. */
static int begin(struct throttle *t)
{
	int fd = make_socket(), guests = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	throttle_add(t, fd);
	(void)close(fd);
	return guests;
}

static void what_its_last_holder_has_closed_makes_room(void **state)
{
	const struct limits limits = { .values = { [LIMIT_OUTGOING] = 2 } };
	struct throttle t;
	int first, second, third, copy;

	(void)state;
	assert_int_equal(throttle_init(&t, &limits), 0);
	assert_null(throttle_refuse_connection(&t));
	first = begin(&t);
	assert_null(throttle_refuse_connection(&t));
	second = begin(&t);
	assert_string_equal(throttle_refuse_connection(&t),
			    "2 connections out are open; raise it with --outgoing");
	copy = fcntl(first, F_DUPFD_CLOEXEC, 0);
	(void)close(first);
	assert_non_null(throttle_refuse_connection(&t));
	(void)close(copy);
	assert_null(throttle_refuse_connection(&t));
	third = begin(&t);
	assert_non_null(throttle_refuse_connection(&t));
	(void)close(second);
	(void)close(third);
	throttle_deinit(&t);
}

static void the_rate_is_told_by_its_option(void **state)
{
	const struct limits limits = { .values = { [LIMIT_CONNECT_RATE] = 1000 } };
	struct throttle t;

	(void)state;
	assert_int_equal(throttle_init(&t, &limits), 0);
	assert_null(throttle_refuse_flow(&t));
	assert_string_equal(throttle_refuse_connection(&t),
			    "more than 1 connects a second; raise it with --connect-rate");
	throttle_deinit(&t);
}

static void without_limits_nothing_is_refused(void **state)
{
	const struct limits limits = { .values = { 0 } };
	struct throttle t;

	(void)state;
	assert_int_equal(throttle_init(&t, &limits), 0);
	for (int i = 0; i < 1000; i++) {
		int fd = begin(&t);

		assert_null(throttle_refuse_connection(&t));
		(void)close(fd);
	}
	throttle_deinit(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_its_last_holder_has_closed_makes_room),
		cmocka_unit_test(the_rate_is_told_by_its_option),
		cmocka_unit_test(without_limits_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
