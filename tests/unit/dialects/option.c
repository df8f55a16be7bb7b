/* Options. */
#include "behaviour.h"

static uint32_t round_trip(const struct talker *t, int type, enum opt o, uint32_t value)
{
	uint32_t fd = opened(t, 4, type);
	uint32_t got = 0;
	uint32_t r;

	assert_int_equal(do_set(t, fd, o, value), P1_SUCCESS);
	r = do_get(t, fd, o, &got);
	assert_int_equal(got, value);
	return r;
}

static uint32_t option_reuseaddr(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_REUSEADDR, 1);
}

static uint32_t option_broadcast(const struct talker *t)
{
	return round_trip(t, SOCK_DGRAM, OPT_BROADCAST, 1);
}

static uint32_t option_keepalive(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_KEEPALIVE, 1);
}

static uint32_t option_sndbuf(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_SNDBUF, 30000);
}

static uint32_t option_rcvbuf(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_RCVBUF, 30000);
}

static uint32_t option_nodelay(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_NODELAY, 1);
}

static uint32_t option_linger(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_LINGER, 7);
}

static uint32_t option_rcvtimeo(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_RCVTIMEO, 2500);
}

static uint32_t option_sndtimeo(const struct talker *t)
{
	return round_trip(t, SOCK_STREAM, OPT_SNDTIMEO, 2500);
}

static uint32_t option_nodelay_on_udp(const struct talker *t)
{
	return do_set(t, opened(t, 4, SOCK_DGRAM), OPT_NODELAY, 1);
}

static uint32_t option_of_a_file(const struct talker *t)
{
	return do_set(t, must_open(t->g, WORK, "file", 0, READ), OPT_KEEPALIVE, 1);
}

static uint32_t option_of_no_descriptor(const struct talker *t)
{
	uint32_t value;

	return do_get(t, 999, OPT_KEEPALIVE, &value);
}

static uint32_t edge_get(const struct talker *t, uint32_t fd, uint32_t name)
{
	put32(t->g, RET3, 4);
	put32(t->g, OUT, 0xeeeeeeee);
	return DO(t, "sock_getsockopt", "iiiii", fd, 0, name, OUT, RET3);
}

static uint32_t edge_error_is_wasis(const struct talker *t)
{
	uint32_t port;
	uint32_t gone = bound(t, 4, SOCK_STREAM, &port);
	uint32_t fd = opened(t, 4, SOCK_STREAM);
	uint32_t r;

	assert_int_equal(do_close(t, gone), P1_SUCCESS);
	set_nonblocking(t, fd);
	(void)do_connect(t, fd, "127.0.0.1", port);
	r = edge_get(t, fd, 2);
	assert_int_equal(get32(t->g, OUT), P1_CONNREFUSED);
	assert_int_equal(edge_get(t, fd, 2), P1_SUCCESS);
	assert_int_equal(get32(t->g, OUT), P1_SUCCESS); /* once */
	return r;
}

static uint32_t edge_type(const struct talker *t)
{
	uint32_t r = edge_get(t, opened(t, 4, SOCK_DGRAM), 1);

	assert_int_equal(get32(t->g, OUT), 1);
	return r;
}

static uint32_t edge_acceptconn(const struct talker *t)
{
	uint32_t port;
	uint32_t r = edge_get(t, listening(t, 4, &port), 13);

	assert_int_equal(get32(t->g, OUT), 1);
	return r;
}

static uint32_t edge_set_read_only(const struct talker *t)
{
	return DO(t, "sock_setsockopt", "iiiii", opened(t, 4, SOCK_STREAM), 0, 13, OUT, 4);
}

static uint32_t edge_unknown_option(const struct talker *t)
{
	return edge_get(t, opened(t, 4, SOCK_STREAM), 15);
}

static uint32_t edge_rcvlowat(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_STREAM);
	uint32_t r;

	put32(t->g, OUT, 7);
	assert_int_equal(DO(t, "sock_setsockopt", "iiiii", fd, 0, 10, OUT, 4), P1_SUCCESS);
	r = edge_get(t, fd, 10);
	assert_int_equal(get32(t->g, OUT), 7);
	return r;
}

static uint32_t edge_no_such_device(const struct talker *t)
{
	return DO(t, "sock_setsockopt", "iiiii", opened(t, 4, SOCK_STREAM), 0, 14, BUF,
		  put_text(t->g, BUF, "wasmrun-none"));
}

const struct behaviour option_behaviours[] = {
	{ "SO_REUSEADDR is read as set", OPEN, option_reuseaddr, OK },
	{ "SO_BROADCAST is read as set", OPEN, option_broadcast, OK },
	{ "SO_KEEPALIVE is read as set", OPEN, option_keepalive, OK },
	{ "SO_SNDBUF is read as set, not doubled", OPEN, option_sndbuf, OK },
	{ "SO_RCVBUF is read as set, not doubled", OPEN, option_rcvbuf, OK },
	{ "TCP_NODELAY is read as set", OPEN, option_nodelay, OK },
	{ "SO_LINGER is read as set", OPEN, option_linger, OK },
	{ "SO_RCVTIMEO is read as set", OPEN, option_rcvtimeo, OK },
	{ "SO_SNDTIMEO is read as set", OPEN, option_sndtimeo, OK },
	{ "TCP_NODELAY on UDP is ENOPROTOOPT", OPEN, option_nodelay_on_udp, P1_NOPROTOOPT },
	{ "an option of a file is ENOTSOCK", OPEN, option_of_a_file, P1_NOTSOCK },
	{ "an option of nothing is EBADF", OPEN, option_of_no_descriptor, P1_BADF },
	{ "SO_ERROR is WASI's number, once", EDGE, edge_error_is_wasis, OK },
	{ "SO_TYPE is the dialect's number", EDGE, edge_type, OK },
	{ "SO_ACCEPTCONN tells a listener", EDGE, edge_acceptconn, OK },
	{ "SO_ACCEPTCONN cannot be set", EDGE, edge_set_read_only, P1_NOPROTOOPT },
	{ "another option is EINVAL", EDGE, edge_unknown_option, P1_INVAL },
	{ "SO_RCVLOWAT is read as set", EDGE, edge_rcvlowat, OK },
	{ "binding to no device is ENODEV", EDGE, edge_no_such_device, P1_NODEV },
	{ 0 },
};
