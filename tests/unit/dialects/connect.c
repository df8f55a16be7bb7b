/* Accepting and connecting. */
#include "behaviour.h"

static uint32_t accept_connection(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 4, &port);
	uint32_t fd;

	(void)connected(t, 4, port);
	return do_accept(t, listener, &fd);
}

static uint32_t accept_inet6(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 6, &port);
	uint32_t fd;

	(void)connected(t, 6, port);
	return do_accept(t, listener, &fd);
}

static uint32_t accept_gives_the_lowest_number(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 4, &port);
	uint32_t hole = opened(t, 4, SOCK_DGRAM);
	uint32_t fd, r;

	(void)connected(t, 4, port);
	assert_int_equal(do_close(t, hole), P1_SUCCESS);
	r = do_accept(t, listener, &fd);
	assert_int_equal(fd, hole);
	return r;
}

static uint32_t accept_nobody(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 4, &port);
	uint32_t fd;

	set_nonblocking(t, listener);
	return do_accept(t, listener, &fd);
}

static uint32_t accept_times_out(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 4, &port);
	uint32_t fd;

	assert_int_equal(do_set(t, listener, OPT_RCVTIMEO, 20), P1_SUCCESS);
	return do_accept(t, listener, &fd);
}

static uint32_t accept_does_not_inherit_nonblock(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 4, &port);
	uint32_t fd;

	set_nonblocking(t, listener);
	(void)connected(t, 4, port);
	assert_int_equal(do_accept(t, listener, &fd), P1_SUCCESS);
	assert_int_equal(DO(t, "fd_fdstat_get", "ii", fd, OUT), P1_SUCCESS);
	assert_int_equal(gmem_load16(gmem_view(t->g->mem, OUT + 2, 2)), 0);
	return P1_SUCCESS;
}

static uint32_t accept_nonblocking(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = listening(t, 4, &port);

	(void)connected(t, 4, port);
	assert_int_equal(DO(t, "sock_accept", "iii", listener, P1_FD_NONBLOCK, RET), P1_SUCCESS);
	return do_recv(t, get32(t->g, RET), 1, 0);
}

static uint32_t accept_unknown_flag(const struct talker *t)
{
	uint32_t port;

	return DO(t, "sock_accept", "iii", listening(t, 4, &port), P1_FD_APPEND, RET);
}

static uint32_t accept_not_listening(const struct talker *t)
{
	uint32_t fd;

	return do_accept(t, opened(t, 4, SOCK_STREAM), &fd);
}

static uint32_t accept_udp(const struct talker *t)
{
	uint32_t fd;

	return do_accept(t, opened(t, 4, SOCK_DGRAM), &fd);
}

static uint32_t accept_file(const struct talker *t)
{
	uint32_t fd;

	return do_accept(t, must_open(t->g, WORK, "file", 0, READ), &fd);
}

static uint32_t accept_no_descriptor(const struct talker *t)
{
	uint32_t fd;

	return do_accept(t, 999, &fd);
}

static uint32_t connect_refused(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = bound(t, 4, SOCK_STREAM, &port);

	assert_int_equal(do_close(t, fd), P1_SUCCESS);
	return do_connect(t, opened(t, 4, SOCK_STREAM), "127.0.0.1", port);
}

static uint32_t connect_twice(const struct talker *t)
{
	uint32_t port;

	(void)listening(t, 4, &port);
	return do_connect(t, connected(t, 4, port), "127.0.0.1", port);
}

static uint32_t connect_listener(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = listening(t, 4, &port);

	return do_connect(t, fd, "127.0.0.1", port);
}

static uint32_t connect_inet6_from_inet4(const struct talker *t)
{
	return do_connect(t, opened(t, 4, SOCK_STREAM), "::1", 1);
}

static uint32_t connect_nonblocking(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = opened(t, 4, SOCK_STREAM);

	(void)listening(t, 4, &port);
	set_nonblocking(t, fd);
	return do_connect(t, fd, "127.0.0.1", port);
}

/* A full backlog drops what else comes: the connection cannot be made. */
static uint32_t connect_times_out(const struct talker *t)
{
	uint32_t port;
	uint32_t listener = bound(t, 4, SOCK_STREAM, &port);
	uint32_t fd;

	assert_int_equal(do_listen(t, listener, 0), P1_SUCCESS);
	for (int i = 0; i < 2; i++) {
		fd = opened(t, 4, SOCK_STREAM);
		set_nonblocking(t, fd);
		(void)do_connect(t, fd, "127.0.0.1", port);
	}
	fd = opened(t, 4, SOCK_STREAM);
	assert_int_equal(do_set(t, fd, OPT_SNDTIMEO, 20), P1_SUCCESS);
	return do_connect(t, fd, "127.0.0.1", port);
}

static uint32_t connect_and_tell_names(const struct talker *t)
{
	uint32_t server, client;
	struct where mine, its;

	paired(t, 4, &server, &client);
	assert_int_equal(do_name(t, false, client, &mine), P1_SUCCESS);
	assert_int_equal(do_name(t, true, server, &its), P1_SUCCESS);
	assert_string_equal(mine.text, "127.0.0.1");
	assert_string_equal(its.text, "127.0.0.1");
	assert_int_equal(mine.port, its.port);
	return P1_SUCCESS;
}

static uint32_t connect_and_tell_names6(const struct talker *t)
{
	uint32_t server, client;
	struct where mine, its;

	paired(t, 6, &server, &client);
	assert_int_equal(do_name(t, true, client, &mine), P1_SUCCESS);
	assert_int_equal(do_name(t, false, server, &its), P1_SUCCESS);
	assert_string_equal(mine.text, "::1");
	assert_string_equal(its.text, "::1");
	assert_int_equal(mine.port, its.port);
	return P1_SUCCESS;
}

static uint32_t peer_unconnected(const struct talker *t)
{
	struct where at;

	return do_name(t, true, opened(t, 4, SOCK_STREAM), &at);
}

static uint32_t local_unbound(const struct talker *t)
{
	struct where at;
	uint32_t r = do_name(t, false, opened(t, 4, SOCK_STREAM), &at);

	assert_string_equal(at.text, "0.0.0.0");
	assert_int_equal(at.port, 0);
	return r;
}

static uint32_t connect_udp(const struct talker *t)
{
	uint32_t port;
	uint32_t receiver = bound(t, 4, SOCK_DGRAM, &port);
	uint32_t sender = opened(t, 4, SOCK_DGRAM);

	assert_int_equal(do_connect(t, sender, "127.0.0.1", port), P1_SUCCESS);
	assert_int_equal(do_send(t, sender, "hello"), P1_SUCCESS);
	assert_int_equal(do_recv(t, receiver, 100, 0), P1_SUCCESS);
	assert_bytes(t, "hello");
	return P1_SUCCESS;
}

const struct behaviour connect_behaviours[] = {
	{ "a connection is accepted", ACCEPT, accept_connection, OK },
	{ "a connection over IPv6 is accepted", ACCEPT, accept_inet6, OK },
	{ "an accepted socket has the lowest free number", ACCEPT, accept_gives_the_lowest_number,
	  OK },
	{ "accepting nobody without blocking is EAGAIN", ACCEPT, accept_nobody, P1_AGAIN },
	{ "accepting ends with the receive timeout", ACCEPT, accept_times_out, P1_AGAIN },
	{ "an accepted socket blocks though its listener does not", ACCEPT,
	  accept_does_not_inherit_nonblock, OK },
	{ "an accepted socket can be asked not to block", ACCEPT3, accept_nonblocking, P1_AGAIN },
	{ "accepting with another flag is EINVAL", ACCEPT3, accept_unknown_flag, P1_INVAL },
	{ "accepting before listening is EINVAL", ACCEPT, accept_not_listening, P1_INVAL },
	{ "accepting on UDP is ENOTSUP", ACCEPT, accept_udp, P1_NOTSUP },
	{ "accepting on a file is ENOTSOCK", ACCEPT, accept_file, P1_NOTSOCK },
	{ "accepting on nothing is EBADF", ACCEPT, accept_no_descriptor, P1_BADF },
	{ "nobody at the port is ECONNREFUSED", OPEN, connect_refused, P1_CONNREFUSED },
	{ "connecting twice is EISCONN", OPEN, connect_twice, P1_ISCONN },
	{ "connecting a listener is EISCONN", OPEN, connect_listener, P1_ISCONN },
	{ "connecting IPv4 to IPv6 is EAFNOSUPPORT", OPEN, connect_inet6_from_inet4,
	  P1_AFNOSUPPORT },
	{ "connecting without blocking is EINPROGRESS", OPEN, connect_nonblocking, P1_INPROGRESS },
	{ "connecting ends with the send timeout", OPEN, connect_times_out, P1_INPROGRESS },
	{ "both ends know their addresses", OPEN, connect_and_tell_names, OK },
	{ "both ends know their IPv6 addresses", OPEN, connect_and_tell_names6, OK },
	{ "the peer of no connection is ENOTCONN", OPEN, peer_unconnected, P1_NOTCONN },
	{ "an unbound socket is at 0.0.0.0:0", OPEN, local_unbound, OK },
	{ "a connected UDP socket sends to its peer", OPEN, connect_udp, OK },
	{ 0 },
};
