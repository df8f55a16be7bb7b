/* Waiting for sockets. */
#include "behaviour.h"

/* One descriptor, and a clock that is due in `ms`. Returns whether the descriptor was among the
 * events; the event is at BUF2. */
static bool poll_one(const struct talker *t, uint32_t fd, uint8_t type, uint32_t ms)
{
	bool old = t->form == FORM_UNSTABLE;
	uint32_t size = old ? 56 : 48;
	struct guest *g = t->g;
	uint8_t *p = gmem_view(g->mem, BUF, 2 * size);
	uint32_t n;

	memset(p, 0, 2 * size);
	gmem_store64(p, 7);
	p[8] = type;
	gmem_store32(p + 16, fd);
	p += size;
	gmem_store64(p, 8);
	gmem_store32(p + (old ? 24 : 16), P1_CLOCK_MONOTONIC);
	gmem_store64(p + (old ? 32 : 24), (uint64_t)ms * 1000000);
	assert_int_equal(DO(t, "poll_oneoff", "iiii", BUF, BUF2, 2, RET), P1_SUCCESS);
	n = get32(g, RET);
	assert_true(n >= 1);
	return get64(g, BUF2) == 7;
}

static uint32_t event_error(const struct talker *t)
{
	return gmem_load16(gmem_view(t->g->mem, BUF2 + 8, 2));
}

static uint32_t poll_readable(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_false(poll_one(t, server, P1_EVENT_READ, 0));
	assert_int_equal(do_send(t, client, "abc"), P1_SUCCESS);
	assert_true(poll_one(t, server, P1_EVENT_READ, 1000));
	assert_int_equal(get64(t->g, BUF2 + 16), 3);
	return event_error(t);
}

static uint32_t poll_times_out(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_false(poll_one(t, server, P1_EVENT_READ, 10));
	return event_error(t);
}

static uint32_t poll_writable(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_true(poll_one(t, server, P1_EVENT_WRITE, 1000));
	return event_error(t);
}

static uint32_t poll_listener(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 4, &port);

	assert_false(poll_one(t, listener, P1_EVENT_READ, 0));
	(void)connected(t, 4, port);
	assert_true(poll_one(t, listener, P1_EVENT_READ, 1000));
	return event_error(t);
}

static uint32_t poll_half_closed_has_no_hangup(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_int_equal(do_shutdown(t, client, P1_SHUT_WR), P1_SUCCESS);
	assert_true(poll_one(t, server, P1_EVENT_READ, 1000));
	assert_int_equal(gmem_load16(gmem_view(t->g->mem, BUF2 + 24, 2)), 0);
	return event_error(t);
}

static uint32_t poll_closed_has_hangup(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_int_equal(do_shutdown(t, server, P1_SHUT_WR), P1_SUCCESS);
	assert_int_equal(do_close(t, client), P1_SUCCESS);
	assert_true(poll_one(t, server, P1_EVENT_READ, 1000));
	assert_int_equal(gmem_load16(gmem_view(t->g->mem, BUF2 + 24, 2)), P1_EVENT_HANGUP);
	return event_error(t);
}

static uint32_t poll_no_descriptor(const struct talker *t)
{
	assert_true(poll_one(t, 999, P1_EVENT_READ, 1000));
	return event_error(t);
}

static uint32_t poll_connected(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = opened(t, 4, SOCK_STREAM);

	(void)listening(t, 4, &port);
	set_nonblocking(t, fd);
	assert_int_equal(do_connect(t, fd, "127.0.0.1", port), P1_INPROGRESS);
	assert_true(poll_one(t, fd, P1_EVENT_WRITE, 1000));
	return event_error(t);
}

static uint32_t poll_datagram(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = bound(t, 4, SOCK_DGRAM, &port);

	assert_false(poll_one(t, fd, P1_EVENT_READ, 0));
	assert_int_equal(do_send_to(t, opened(t, 4, SOCK_DGRAM), "x", "127.0.0.1", port),
			 P1_SUCCESS);
	assert_true(poll_one(t, fd, P1_EVENT_READ, 1000));
	return event_error(t);
}

static uint32_t poll_nothing(const struct talker *t)
{
	return DO(t, "poll_oneoff", "iiii", BUF, BUF2, 0, RET);
}

const struct behaviour poll_behaviours[] = {
	{ "bytes wake a poll, which counts them", RECV, poll_readable, OK },
	{ "a poll ends with its clock", RECV, poll_times_out, OK },
	{ "a connection is writable", RECV, poll_writable, OK },
	{ "a client wakes a listener's poll", ACCEPT, poll_listener, OK },
	{ "a half-closed connection is readable without hangup", RECV,
	  poll_half_closed_has_no_hangup, OK },
	{ "a closed connection is readable with hangup", RECV, poll_closed_has_hangup, OK },
	{ "polling nothing open is EBADF in its event", RECV, poll_no_descriptor, P1_BADF },
	{ "a finished connect is writable", OPEN, poll_connected, OK },
	{ "a datagram wakes a poll", FROM, poll_datagram, OK },
	{ "polling for nothing is EINVAL", RECV, poll_nothing, P1_INVAL },
	{ 0 },
};
