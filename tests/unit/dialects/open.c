/* Opening, binding and listening. */
#include "behaviour.h"

static uint32_t open_tcp4(const struct talker *t)
{
	uint32_t fd;

	return do_open(t, 4, SOCK_STREAM, &fd);
}

static uint32_t open_udp6(const struct talker *t)
{
	uint32_t fd;

	return do_open(t, 6, SOCK_DGRAM, &fd);
}

static uint32_t open_unknown_family(const struct talker *t)
{
	return is_wamr(t) ? DO(t, "sock_open", "iiii", UINT32_MAX, 2, 1, RET)
			  : DO(t, "sock_open", "iii", 0, 2, RET);
}

static uint32_t open_unknown_type(const struct talker *t)
{
	return is_wamr(t) ? DO(t, "sock_open", "iiii", UINT32_MAX, 0, UINT32_MAX, RET)
			  : DO(t, "sock_open", "iii", 1, 3, RET);
}

static uint32_t open_tells_type(const struct talker *t)
{
	uint32_t r;

	r = DO(t, "fd_fdstat_get", "ii", opened(t, 4, SOCK_DGRAM), OUT);
	assert_int_equal(*gmem_view(t->g->mem, OUT, 1), P1_TYPE_SOCKET_DGRAM);
	return r;
}

static uint32_t bind_port_0(const struct talker *t)
{
	uint32_t port;

	(void)bound(t, 4, SOCK_STREAM, &port);
	return P1_SUCCESS;
}

static uint32_t bind_inet6(const struct talker *t)
{
	uint32_t fd = opened(t, 6, SOCK_STREAM);
	struct where at;
	uint32_t r = do_bind(t, fd, "::1", 0);

	assert_int_equal(do_name(t, false, fd, &at), P1_SUCCESS);
	assert_string_equal(at.text, "::1");
	return r;
}

static uint32_t bind_twice(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = bound(t, 4, SOCK_STREAM, &port);

	return do_bind(t, fd, "127.0.0.1", 0);
}

static uint32_t bind_port_in_use(const struct talker *t)
{
	uint32_t port;

	(void)listening(t, 4, &port);
	return do_bind(t, opened(t, 4, SOCK_STREAM), "127.0.0.1", port);
}

static uint32_t bind_foreign_address(const struct talker *t)
{
	return do_bind(t, opened(t, 4, SOCK_STREAM), "203.0.113.1", 0);
}

static uint32_t bind_inet6_on_inet4(const struct talker *t)
{
	return do_bind(t, opened(t, 4, SOCK_STREAM), "::1", 0);
}

static uint32_t bind_port_too_large(const struct talker *t)
{
	return do_bind(t, opened(t, 4, SOCK_STREAM), "127.0.0.1", 65536);
}

static uint32_t bind_closed(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_STREAM);

	assert_int_equal(do_close(t, fd), P1_SUCCESS);
	return do_bind(t, fd, "127.0.0.1", 0);
}

static uint32_t bind_file(const struct talker *t)
{
	return do_bind(t, must_open(t->g, WORK, "file", 0, READ), "127.0.0.1", 0);
}

static uint32_t both_families_share_a_port(const struct talker *t)
{
	uint32_t fd = opened(t, 6, SOCK_STREAM);
	uint32_t port;

	if (is_wamr(t))
		assert_int_equal(DO(t, "sock_set_ipv6_only", "ii", fd, 0), P1_SUCCESS);
	assert_int_equal(do_bind(t, fd, "::", 0), P1_SUCCESS);
	assert_int_equal(do_listen(t, fd, 4), P1_SUCCESS);
	struct where at;

	assert_int_equal(do_name(t, false, fd, &at), P1_SUCCESS);
	port = at.port;
	(void)connected(t, 4, port);
	assert_int_equal(do_accept(t, fd, &fd), P1_SUCCESS);
	assert_int_equal(do_name(t, true, fd, &at), P1_SUCCESS);
	assert_string_equal(at.text, "::ffff:127.0.0.1");
	return P1_SUCCESS;
}

static uint32_t listen_unbound(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_STREAM);
	struct where at;
	uint32_t r = do_listen(t, fd, 4);

	assert_int_equal(do_name(t, false, fd, &at), P1_SUCCESS);
	assert_int_not_equal(at.port, 0);
	return r;
}

static uint32_t listen_twice(const struct talker *t)
{
	uint32_t port;

	return do_listen(t, listening(t, 4, &port), 1);
}

static uint32_t listen_udp(const struct talker *t)
{
	return do_listen(t, opened(t, 4, SOCK_DGRAM), 4);
}

static uint32_t listen_connected(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	return do_listen(t, client, 4);
}

static uint32_t listen_file(const struct talker *t)
{
	return do_listen(t, must_open(t->g, WORK, "file", 0, READ), 4);
}

const struct behaviour open_behaviours[] = {
	{ "a TCP socket over IPv4 opens", OPEN, open_tcp4, OK },
	{ "a UDP socket over IPv6 opens", OPEN, open_udp6, OK },
	{ "another family is EAFNOSUPPORT", OPEN, open_unknown_family, P1_AFNOSUPPORT },
	{ "another type is EINVAL", OPEN, open_unknown_type, P1_INVAL },
	{ "fdstat tells a datagram socket", OPEN, open_tells_type, OK },
	{ "binding port 0 takes a free one", OPEN, bind_port_0, OK },
	{ "an IPv6 address is told as bound", OPEN, bind_inet6, OK },
	{ "binding twice is EINVAL", OPEN, bind_twice, P1_INVAL },
	{ "a port in use is EADDRINUSE", OPEN, bind_port_in_use, P1_ADDRINUSE },
	{ "an address of elsewhere is EADDRNOTAVAIL", OPEN, bind_foreign_address, P1_ADDRNOTAVAIL },
	{ "an IPv6 address on IPv4 is EAFNOSUPPORT", OPEN, bind_inet6_on_inet4, P1_AFNOSUPPORT },
	{ "a port above 65535 is EINVAL", OPEN | EDGE, bind_port_too_large, P1_INVAL },
	{ "binding a closed socket is EBADF", OPEN, bind_closed, P1_BADF },
	{ "binding a file is ENOTSOCK", OPEN, bind_file, P1_NOTSOCK },
	{ "a listener on :: serves IPv4 too", OPEN, both_families_share_a_port, OK },
	{ "listening unbound takes a free port", OPEN, listen_unbound, OK },
	{ "listening twice is fine", OPEN, listen_twice, OK },
	{ "listening on UDP is ENOTSUP", OPEN, listen_udp, P1_NOTSUP },
	{ "listening on a connection is EINVAL", OPEN, listen_connected, P1_INVAL },
	{ "listening on a file is ENOTSOCK", OPEN, listen_file, P1_NOTSOCK },
	{ 0 },
};
