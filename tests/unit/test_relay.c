/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/err.h"
#include "base/own.h"
#include "broker/relay.h"

#include <string.h>
#include <sys/socket.h>

enum { BULK = 1 << 20 };

struct ends {
	uv_loop_t loop;
	struct relay relay;
	int left, right; /* the outer ends; the relay has the inner ones */
};

/* Two connected TCP sockets over loopback: the relay's handles are TCP handles. */
static void tcp_pair(int *a, int *b)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof any;
	AUTO_CLOSE int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&any, sizeof any), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&any, &len), 0);
	*a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(*a, (struct sockaddr *)&any, len), 0);
	*b = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(*b >= 0);
}

static int set_up(void **state)
{
	struct ends *t = calloc(1, sizeof *t);
	int left_inner, right_inner;

	assert_non_null(t);
	assert_int_equal(uv_loop_init(&t->loop), 0);
	relay_init(&t->relay, &t->loop);
	tcp_pair(&t->left, &left_inner);
	tcp_pair(&t->right, &right_inner);
	assert_int_equal(relay_add(&t->relay, left_inner, right_inner), 0);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct ends *t = *state;

	relay_stop(&t->relay);
	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&t->loop), 0); /* no handle is left */
	(void)fd_close(t->left);
	(void)fd_close(t->right);
	free(t);
	return 0;
}

/* Lets the loop work until `fd` has `len` bytes for us, then reads them; fewer only at the end of
 * file. */
static size_t read_through(struct ends *t, int fd, char *out, size_t len)
{
	size_t got = 0;

	for (int rounds = 0; got < len && rounds < 100000; rounds++) {
		ssize_t n;

		(void)uv_run(&t->loop, UV_RUN_NOWAIT);
		n = recv(fd, out + got, len - got, MSG_DONTWAIT);
		if (n == 0)
			break;
		if (n > 0)
			got += (size_t)n;
	}
	return got;
}

static void bytes_pass_both_ways(void **state)
{
	struct ends *t = *state;
	char out[8];

	assert_int_equal(send(t->left, "ping", 4, 0), 4);
	assert_int_equal(read_through(t, t->right, out, 4), 4);
	assert_memory_equal(out, "ping", 4);
	assert_int_equal(send(t->right, "pong", 4, 0), 4);
	assert_int_equal(read_through(t, t->left, out, 4), 4);
	assert_memory_equal(out, "pong", 4);
}

static void a_half_closed_connection_still_carries_the_other_way(void **state)
{
	struct ends *t = *state;
	char out[8];

	assert_int_equal(shutdown(t->left, SHUT_WR), 0);
	assert_int_equal(read_through(t, t->right, out, 1), 0); /* the end of file got through */
	assert_int_equal(send(t->right, "late", 4, 0), 4);
	assert_int_equal(read_through(t, t->left, out, 4), 4);
	assert_memory_equal(out, "late", 4);
	assert_int_equal(t->relay.n_pairs, 1);
	assert_int_equal(shutdown(t->right, SHUT_WR), 0);
	assert_int_equal(read_through(t, t->left, out, 1), 0);
	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(t->relay.n_pairs, 0);
}

static void bulk_arrives_whole_and_in_order(void **state)
{
	struct ends *t = *state;
	char *sent = malloc(BULK), *got = malloc(BULK);
	size_t n_sent = 0, n_got = 0;

	for (size_t i = 0; i < BULK; i++)
		sent[i] = (char)(i * 7 + i / 251);
	for (int rounds = 0; n_got < BULK && rounds < 1000000; rounds++) {
		ssize_t n = n_sent < BULK
				    ? send(t->left, sent + n_sent, BULK - n_sent, MSG_DONTWAIT)
				    : 0;

		if (n > 0)
			n_sent += (size_t)n;
		(void)uv_run(&t->loop, UV_RUN_NOWAIT);
		n = recv(t->right, got + n_got, BULK - n_got, MSG_DONTWAIT);
		if (n > 0)
			n_got += (size_t)n;
	}
	assert_int_equal(n_got, BULK);
	assert_memory_equal(sent, got, BULK);
	free(sent);
	free(got);
}

static void a_reset_on_one_side_closes_the_other(void **state)
{
	struct ends *t = *state;
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	char out[8];

	assert_int_equal(setsockopt(t->left, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
	t->left = fd_close(t->left);
	assert_int_equal(read_through(t, t->right, out, 1), 0);
	assert_int_equal(t->relay.n_pairs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_pass_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_half_closed_connection_still_carries_the_other_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bulk_arrives_whole_and_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_reset_on_one_side_closes_the_other, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
