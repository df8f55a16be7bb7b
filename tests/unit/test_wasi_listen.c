/* Listeners that a guest has from the start. */
#include <sys/socket.h>

#include "test_wasi_guest.h"

/* The guest anew, with these. */
static int renew(struct guest *g, const struct sys_listener *listeners, size_t n, struct err *e)
{
	g->sys = sys_free(g->sys);
	g->config.listeners = listeners;
	g->config.n_listeners = n;
	return sys_new(&g->config, &g->sys, e);
}

static struct sys_listener on_loopback(bool before_dirs, bool nonblock)
{
	struct sys_listener l = { .before_dirs = before_dirs, .nonblock = nonblock };

	assert_int_equal(addr_parse_ip("127.0.0.1", &l.addr, NULL), 0);
	return l; /* port 0: a free one */
}

static void a_listener_behind_the_directories_ends_the_walk_over_them(void **state)
{
	struct guest *g = *state;
	const struct sys_listener l = on_loopback(false, false);

	assert_int_equal(renew(g, &l, 1, NULL), 0);
	assert_int_equal(CALL(g, "fd_prestat_get", 3, OUT), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_prestat_get", 4, OUT), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_prestat_get", 5, OUT), P1_BADF);
	(void)must_connect(g, local_port(g, 5));
	assert_int_equal(CALL(g, "sock_accept", 5, 0, RET), P1_SUCCESS);
}

static void a_listener_before_the_directories_is_skipped_by_the_walk(void **state)
{
	struct guest *g = *state;
	const struct sys_listener l = on_loopback(true, false);

	assert_int_equal(renew(g, &l, 1, NULL), 0);
	put32(g, OUT + 4, 99);
	assert_int_equal(CALL(g, "fd_prestat_get", 3, OUT), P1_SUCCESS);
	assert_int_equal(get32(g, OUT), 1); /* a tag that is no directory's */
	assert_int_equal(get32(g, OUT + 4), 0);
	assert_int_equal(CALL(g, "fd_prestat_dir_name", 3, OUT, 0), P1_NOTDIR);
	assert_int_equal(CALL(g, "fd_prestat_get", 4, OUT), P1_SUCCESS);
	assert_int_equal(get32(g, OUT), 0);
	(void)must_connect(g, local_port(g, 3));
	assert_int_equal(CALL(g, "sock_accept", 3, 0, RET), P1_SUCCESS);
	/* What is accepted is no such thing. */
	assert_int_equal(CALL(g, "fd_prestat_get", get32(g, RET), OUT), P1_BADF);
}

static void listeners_keep_their_order_on_both_sides(void **state)
{
	struct guest *g = *state;
	const struct sys_listener all[] = { on_loopback(false, true), on_loopback(true, false),
					    on_loopback(false, false), on_loopback(true, true) };
	static const uint16_t flags[] = { 0, P1_FD_NONBLOCK, 0, 0, P1_FD_NONBLOCK, 0 };

	assert_int_equal(renew(g, all, ARRAY_LEN(all), NULL), 0);
	for (uint32_t i = 0; i < ARRAY_LEN(flags); i++) {
		bool is_dir = i == 2 || i == 3;

		assert_int_equal(CALL(g, "fd_fdstat_get", 3 + i, OUT), P1_SUCCESS);
		assert_int_equal(*gmem_view(g->mem, OUT, 1),
				 is_dir ? P1_TYPE_DIR : P1_TYPE_SOCKET_STREAM);
		assert_int_equal(gmem_load16(gmem_view(g->mem, OUT + 2, 2)), flags[i]);
	}
	assert_int_equal(CALL(g, "sock_accept", 4, 0, RET), P1_AGAIN);
}

static void an_address_of_elsewhere_is_told_and_nothing_is_left_open(void **state)
{
	struct guest *g = *state;
	struct sys_listener all[] = { on_loopback(true, false), on_loopback(false, false) };
	struct err e = { .text = "" };
	int before;
	int after;

	assert_int_equal(addr_parse_ip("203.0.113.1", &all[1].addr, NULL), 0);
	addr_set_port(&all[1].addr, 80);
	g->sys = sys_free(g->sys);
	before = dup(0); /* the lowest free number */
	close(before);
	assert_true(renew(g, all, ARRAY_LEN(all), &e) < 0);
	assert_string_equal(e.text, "listen on '203.0.113.1:80': Cannot assign requested address");
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(a_listener_behind_the_directories_ends_the_walk_over_them),
		GUEST_TEST(a_listener_before_the_directories_is_skipped_by_the_walk),
		GUEST_TEST(listeners_keep_their_order_on_both_sides),
		GUEST_TEST(an_address_of_elsewhere_is_told_and_nothing_is_left_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
