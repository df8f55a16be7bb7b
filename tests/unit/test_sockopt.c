/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "broker/sockopt.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

static int tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static int get(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static void set(int fd, int level, int name, int value)
{
	assert_int_equal(setsockopt(fd, level, name, &value, sizeof value), 0);
}

static void what_the_owner_has_set_is_carried_over(void **state)
{
	AUTO_CLOSE int from = tcp();
	AUTO_CLOSE int pristine = tcp();
	AUTO_CLOSE int to = tcp();
	struct sockopt_baseline untouched;
	char congestion[16] = "";
	struct timeval tv = { .tv_sec = 3 }, got = { .tv_sec = 0 };
	socklen_t len = sizeof got;

	(void)state;
	set(from, IPPROTO_TCP, TCP_NODELAY, 1);
	set(from, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(from, IPPROTO_TCP, TCP_KEEPIDLE, 77);
	set(from, SOL_SOCKET, SO_RCVBUF, 50000);
	assert_int_equal(setsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv), 0);
	assert_int_equal(fcntl(from, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(setsockopt(from, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
	sockopt_read(pristine, &untouched);
	sockopt_copy(from, CONNECT_OPTIONS_ALL, &untouched, to);
	sockopt_copy_blocking(from, to);
	assert_true(get(to, IPPROTO_TCP, TCP_NODELAY) != 0);
	assert_int_equal(get(to, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(get(to, IPPROTO_TCP, TCP_KEEPIDLE), 77);
	assert_int_equal(get(to, SOL_SOCKET, SO_RCVBUF), get(from, SOL_SOCKET, SO_RCVBUF));
	assert_int_equal(getsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0);
	assert_int_equal(got.tv_sec, 3);
	assert_true(fcntl(to, F_GETFL) & O_NONBLOCK);
	len = sizeof congestion;
	assert_int_equal(getsockopt(to, IPPROTO_TCP, TCP_CONGESTION, congestion, &len), 0);
	assert_string_equal(congestion, "reno");
}

static void what_nobody_has_set_is_left_as_the_host_has_it(void **state)
{
	AUTO_CLOSE int from = tcp();
	AUTO_CLOSE int pristine = tcp();
	AUTO_CLOSE int to = tcp();
	struct sockopt_baseline untouched;

	(void)state;
	set(to, IPPROTO_TCP, TCP_KEEPIDLE, 55); /* stands for a host whose default is another */
	sockopt_read(pristine, &untouched);
	sockopt_copy(from, CONNECT_OPTIONS_ALL, &untouched, to);
	sockopt_copy_blocking(from, to);
	assert_int_equal(get(to, IPPROTO_TCP, TCP_KEEPIDLE), 55);
	assert_int_equal(get(to, IPPROTO_TCP, TCP_NODELAY), 0);
	assert_false(fcntl(to, F_GETFL) & O_NONBLOCK);
}

static void only_the_options_that_are_named_are_carried_over(void **state)
{
	AUTO_CLOSE int from = tcp();
	AUTO_CLOSE int pristine = tcp();
	AUTO_CLOSE int to = tcp();
	struct sockopt_baseline untouched;

	(void)state;
	set(from, IPPROTO_TCP, TCP_NODELAY, 1);
	set(from, SOL_SOCKET, SO_KEEPALIVE, 1);
	sockopt_read(pristine, &untouched);
	sockopt_copy(from, connect_option_bit(IPPROTO_TCP, TCP_NODELAY), &untouched, to);
	assert_true(get(to, IPPROTO_TCP, TCP_NODELAY) != 0);
	assert_int_equal(get(to, SOL_SOCKET, SO_KEEPALIVE), 0);
}

static void a_word_says_which_options_and_nothing_else_is_one(void **state)
{
	uint32_t two = connect_option_bit(IPPROTO_TCP, TCP_NODELAY) |
		       connect_option_bit(IPPROTO_TCP, TCP_CONGESTION);

	(void)state;
	assert_int_equal(connect_option_bit(SOL_SOCKET, SO_REUSEADDR), 0);
	assert_true(connect_is_word(connect_word(0)));
	assert_int_equal(connect_word_options(connect_word(0)), 0);
	assert_int_equal(connect_word_options(connect_word(two)), two);
	assert_false(connect_is_word(0));
	assert_false(connect_is_word(two));
	assert_false(connect_is_word(UINT64_MAX));
	assert_false(connect_is_word(connect_word(0) | UINT32_C(1) << CONNECT_OPTION_COUNT));
	assert_int_equal(connect_word_options(0), CONNECT_OPTIONS_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_options_that_are_named_are_carried_over),
		cmocka_unit_test(a_word_says_which_options_and_nothing_else_is_one),
		cmocka_unit_test(what_the_owner_has_set_is_carried_over),
		cmocka_unit_test(what_nobody_has_set_is_left_as_the_host_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
