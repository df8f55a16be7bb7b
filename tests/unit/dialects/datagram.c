/* Datagrams over UDP. */
#include "behaviour.h"

static uint32_t datagram_tells_its_source(const struct talker *t)
{
	uint32_t to, from;
	uint32_t receiver = bound(t, 4, SOCK_DGRAM, &to);
	uint32_t sender = bound(t, 4, SOCK_DGRAM, &from);
	struct where source;
	uint32_t r;

	assert_int_equal(do_send_to(t, sender, "hello", "127.0.0.1", to), P1_SUCCESS);
	r = do_recv_from(t, receiver, 100, 0, &source);
	assert_bytes(t, "hello");
	assert_string_equal(source.text, "127.0.0.1");
	assert_int_equal(source.port, from);
	return r;
}

static uint32_t datagram_source_is_peeked(const struct talker *t)
{
	uint32_t to;
	uint32_t receiver = bound(t, 4, SOCK_DGRAM, &to);
	uint32_t sender = opened(t, 4, SOCK_DGRAM);
	struct where source;
	uint32_t r;

	assert_int_equal(do_send_to(t, sender, "once", "127.0.0.1", to), P1_SUCCESS);
	assert_int_equal(do_recv_from(t, receiver, 10, P1_RECV_PEEK, &source), P1_SUCCESS);
	r = do_recv_from(t, receiver, 10, 0, &source);
	assert_bytes(t, "once");
	return r;
}

static uint32_t datagram_inet6(const struct talker *t)
{
	uint32_t to;
	uint32_t receiver = bound(t, 6, SOCK_DGRAM, &to);
	struct where source;
	uint32_t r;

	assert_int_equal(do_send_to(t, opened(t, 6, SOCK_DGRAM), "six", "::1", to), P1_SUCCESS);
	r = do_recv_from(t, receiver, 10, 0, &source);
	assert_bytes(t, "six");
	return r;
}

static uint32_t datagram_empty(const struct talker *t)
{
	uint32_t to;
	uint32_t receiver = bound(t, 4, SOCK_DGRAM, &to);
	struct where source;
	uint32_t r;

	assert_int_equal(do_send_to(t, opened(t, 4, SOCK_DGRAM), "", "127.0.0.1", to), P1_SUCCESS);
	r = do_recv_from(t, receiver, 10, 0, &source);
	assert_bytes(t, "");
	return r;
}

static uint32_t datagram_truncated(const struct talker *t)
{
	uint32_t to;
	uint32_t receiver = bound(t, 4, SOCK_DGRAM, &to);
	uint32_t sender = opened(t, 4, SOCK_DGRAM);
	uint32_t r;

	assert_int_equal(do_connect(t, sender, "127.0.0.1", to), P1_SUCCESS);
	assert_int_equal(do_send(t, sender, "longer"), P1_SUCCESS);
	r = do_recv(t, receiver, 4, 0);
	assert_bytes(t, "long");
	assert_int_equal(gmem_load16(gmem_view(t->g->mem, RET3, 2)), P1_RECV_TRUNCATED);
	return r;
}

static uint32_t datagram_whole(const struct talker *t)
{
	uint32_t to;
	uint32_t receiver = bound(t, 4, SOCK_DGRAM, &to);
	uint32_t sender = opened(t, 4, SOCK_DGRAM);
	uint32_t r;

	assert_int_equal(do_connect(t, sender, "127.0.0.1", to), P1_SUCCESS);
	assert_int_equal(do_send(t, sender, "four"), P1_SUCCESS);
	put32(t->g, RET3, 0xeeeeeeee);
	r = do_recv(t, receiver, 4, 0);
	assert_int_equal(get32(t->g, RET3), 0xeeee0000); /* two bytes, not four */
	return r;
}

static uint32_t datagram_too_long(const struct talker *t)
{
	uint32_t to;

	(void)bound(t, 4, SOCK_DGRAM, &to);
	put_where(t, "127.0.0.1", to);
	put_iov(t->g, 0, BUF, 65536);
	return is_wamr(t) ? DO(t, "sock_send_to", "iiiiii", opened(t, 4, SOCK_DGRAM), IOVS, 1, 0,
			       ADDR, RET2)
			  : DO(t, "sock_send_to", "iiiiiii", opened(t, 4, SOCK_DGRAM), IOVS, 1,
			       ADDR, to, 0, RET2);
}

static uint32_t datagram_refused(const struct talker *t)
{
	uint32_t port;
	uint32_t gone = bound(t, 4, SOCK_DGRAM, &port);
	uint32_t fd = opened(t, 4, SOCK_DGRAM);

	assert_int_equal(do_close(t, gone), P1_SUCCESS);
	assert_int_equal(do_connect(t, fd, "127.0.0.1", port), P1_SUCCESS);
	assert_int_equal(do_send(t, fd, "x"), P1_SUCCESS);
	return do_recv(t, fd, 1, 0);
}

static uint32_t datagram_to_broadcast(const struct talker *t)
{
	return do_send_to(t, opened(t, 4, SOCK_DGRAM), "x", "127.255.255.255", 9);
}

static uint32_t datagram_to_broadcast_allowed(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_DGRAM);

	assert_int_equal(do_set(t, fd, OPT_BROADCAST, 1), P1_SUCCESS);
	return do_send_to(t, fd, "x", "127.255.255.255", 9);
}

static uint32_t send_to_another_on_a_connected(const struct talker *t)
{
	uint32_t one, two;
	uint32_t receiver = bound(t, 4, SOCK_DGRAM, &two);
	uint32_t fd = opened(t, 4, SOCK_DGRAM);

	(void)bound(t, 4, SOCK_DGRAM, &one);
	assert_int_equal(do_connect(t, fd, "127.0.0.1", one), P1_SUCCESS);
	assert_int_equal(do_send_to(t, fd, "two", "127.0.0.1", two), P1_SUCCESS);
	assert_int_equal(do_recv(t, receiver, 10, 0), P1_SUCCESS);
	assert_bytes(t, "two");
	return P1_SUCCESS;
}

static uint32_t stream_source_is_the_peer(const struct talker *t)
{
	uint32_t server, client;
	struct where source, name;
	uint32_t r;

	paired(t, 4, &server, &client);
	assert_int_equal(do_name(t, false, client, &name), P1_SUCCESS);
	assert_int_equal(do_send(t, client, "abc"), P1_SUCCESS);
	r = do_recv_from(t, server, 10, 0, &source);
	assert_bytes(t, "abc");
	assert_string_equal(source.text, "127.0.0.1");
	assert_int_equal(source.port, name.port);
	return r;
}

static uint32_t recv_from_unknown_flag(const struct talker *t)
{
	struct where source;

	return do_recv_from(t, opened(t, 4, SOCK_DGRAM), 1, 4, &source);
}

static uint32_t recv_from_nothing_there(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = bound(t, 4, SOCK_DGRAM, &port);
	struct where source;

	set_nonblocking(t, fd);
	return do_recv_from(t, fd, 1, 0, &source);
}

const struct behaviour datagram_behaviours[] = {
	{ "a datagram tells its source", FROM, datagram_tells_its_source, OK },
	{ "a peeked datagram stays", FROM, datagram_source_is_peeked, OK },
	{ "a datagram goes over IPv6", FROM, datagram_inet6, OK },
	{ "an empty datagram arrives", FROM, datagram_empty, OK },
	{ "a cut datagram is marked so", RECV, datagram_truncated, OK },
	{ "a whole datagram is not marked, in two bytes", RECV, datagram_whole, OK },
	{ "a datagram of 64 KiB is EMSGSIZE", FROM, datagram_too_long, P1_MSGSIZE },
	{ "a datagram that nobody took is ECONNREFUSED", RECV, datagram_refused, P1_CONNREFUSED },
	{ "broadcasting unasked is EACCES", FROM, datagram_to_broadcast, P1_ACCES },
	{ "broadcasting when asked is fine", FROM, datagram_to_broadcast_allowed, OK },
	{ "a connected UDP socket sends to another", FROM, send_to_another_on_a_connected, OK },
	{ "a stream's source is its peer", FROM, stream_source_is_the_peer, OK },
	{ "receiving from with another flag is EINVAL", FROM, recv_from_unknown_flag, P1_INVAL },
	{ "receiving from nobody without blocking is EAGAIN", FROM, recv_from_nothing_there,
	  P1_AGAIN },
	{ 0 },
};
