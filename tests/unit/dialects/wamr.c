/* WAMR's own options and calls. */
#include "behaviour.h"

/* One byte is written where a guest's bool is. */
static uint32_t wamr_flag(const struct talker *t, int family, int type, const char *what,
			  uint32_t value)
{
	uint32_t fd = opened(t, family, type);
	char set[64], get[64];
	uint32_t r;

	(void)snprintf(set, sizeof set, "sock_set_%s", what);
	(void)snprintf(get, sizeof get, "sock_get_%s", what);
	assert_int_equal(DO(t, set, "ii", fd, value), P1_SUCCESS);
	put32(t->g, OUT, 0xeeeeeeee);
	r = DO(t, get, "ii", fd, OUT);
	assert_int_equal(get32(t->g, OUT), 0xeeeeee00 | value);
	return r;
}

static uint32_t wamr_reuse_port(const struct talker *t)
{
	return wamr_flag(t, 4, SOCK_STREAM, "reuse_port", 1);
}

static uint32_t wamr_ipv6_only(const struct talker *t)
{
	return wamr_flag(t, 6, SOCK_STREAM, "ipv6_only", 1);
}

static uint32_t wamr_ipv6_only_on_ipv4(const struct talker *t)
{
	return DO(t, "sock_set_ipv6_only", "ii", opened(t, 4, SOCK_STREAM), 1);
}

static uint32_t wamr_ttl(const struct talker *t)
{
	return wamr_flag(t, 4, SOCK_STREAM, "ip_ttl", 33);
}

static uint32_t wamr_ttl6(const struct talker *t)
{
	return wamr_flag(t, 6, SOCK_STREAM, "ip_ttl", 44);
}

static uint32_t wamr_multicast_ttl(const struct talker *t)
{
	return wamr_flag(t, 4, SOCK_DGRAM, "ip_multicast_ttl", 5);
}

static uint32_t wamr_multicast_ttl6(const struct talker *t)
{
	return wamr_flag(t, 6, SOCK_DGRAM, "ip_multicast_ttl", 6);
}

static uint32_t wamr_fastopen(const struct talker *t)
{
	return wamr_flag(t, 4, SOCK_STREAM, "tcp_fastopen_connect", 1);
}

static uint32_t wamr_quick_ack(const struct talker *t)
{
	return wamr_flag(t, 4, SOCK_STREAM, "tcp_quick_ack", 1);
}

static uint32_t wamr_seconds(const struct talker *t, const char *set, const char *get)
{
	uint32_t fd = opened(t, 4, SOCK_STREAM);
	uint32_t r;

	assert_int_equal(DO(t, set, "ii", fd, 17), P1_SUCCESS);
	r = DO(t, get, "ii", fd, OUT);
	assert_int_equal(get32(t->g, OUT), 17);
	return r;
}

static uint32_t wamr_keep_idle(const struct talker *t)
{
	return wamr_seconds(t, "sock_set_tcp_keep_idle", "sock_get_tcp_keep_idle");
}

static uint32_t wamr_keep_intvl(const struct talker *t)
{
	return wamr_seconds(t, "sock_set_tcp_keep_intvl", "sock_get_tcp_keep_intvl");
}

static uint32_t wamr_loop(const struct talker *t, int family)
{
	uint32_t fd = opened(t, family, SOCK_DGRAM);
	uint32_t r;

	assert_int_equal(DO(t, "sock_set_ip_multicast_loop", "iii", fd, family == 6, 0),
			 P1_SUCCESS);
	put32(t->g, OUT, 0xeeeeeeee);
	r = DO(t, "sock_get_ip_multicast_loop", "iii", fd, family == 6, OUT);
	assert_int_equal(get32(t->g, OUT), 0xeeeeee00);
	return r;
}

static uint32_t wamr_loop4(const struct talker *t)
{
	return wamr_loop(t, 4);
}

static uint32_t wamr_loop6(const struct talker *t)
{
	return wamr_loop(t, 6);
}

/* IPv4's interface is an address as it stands in memory. */
static uint32_t wamr_membership(const struct talker *t, const char *call, uint32_t fd)
{
	put_where(t, "224.0.0.123", 0);
	return DO(t, call, "iii", fd, ADDR, htonl(INADDR_LOOPBACK));
}

static uint32_t wamr_multicast_arrives(const struct talker *t)
{
	uint32_t port;
	uint32_t fd = opened(t, 4, SOCK_DGRAM);
	uint32_t sender = opened(t, 4, SOCK_DGRAM);
	struct where at;

	assert_int_equal(do_bind(t, fd, "0.0.0.0", 0), P1_SUCCESS);
	assert_int_equal(do_name(t, false, fd, &at), P1_SUCCESS);
	port = at.port;
	assert_int_equal(wamr_membership(t, "sock_set_ip_add_membership", fd), P1_SUCCESS);
	/* Joining on the sender as well is how it learns of a way out: a bound address is one. */
	assert_int_equal(do_bind(t, sender, "127.0.0.1", 0), P1_SUCCESS);
	assert_int_equal(do_send_to(t, sender, "group", "224.0.0.123", port), P1_SUCCESS);
	assert_int_equal(do_set(t, fd, OPT_RCVTIMEO, 1000), P1_SUCCESS);
	assert_int_equal(do_recv(t, fd, 10, 0), P1_SUCCESS);
	assert_bytes(t, "group");
	return P1_SUCCESS;
}

static uint32_t wamr_join_twice(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_DGRAM);

	assert_int_equal(wamr_membership(t, "sock_set_ip_add_membership", fd), P1_SUCCESS);
	return wamr_membership(t, "sock_set_ip_add_membership", fd);
}

static uint32_t wamr_join_and_leave(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_DGRAM);

	assert_int_equal(wamr_membership(t, "sock_set_ip_add_membership", fd), P1_SUCCESS);
	return wamr_membership(t, "sock_set_ip_drop_membership", fd);
}

static uint32_t wamr_leave_unjoined(const struct talker *t)
{
	return wamr_membership(t, "sock_set_ip_drop_membership", opened(t, 4, SOCK_DGRAM));
}

static uint32_t wamr_join_no_group(const struct talker *t)
{
	put_where(t, "127.0.0.1", 0);
	return DO(t, "sock_set_ip_add_membership", "iii", opened(t, 4, SOCK_DGRAM), ADDR, 0);
}

static uint32_t wamr_join6(const struct talker *t)
{
	put_where(t, "ff02::1234", 0);
	return DO(t, "sock_set_ip_add_membership", "iii", opened(t, 6, SOCK_DGRAM), ADDR, 1);
}

static uint32_t wamr_unknown_kind(const struct talker *t)
{
	put_where(t, "127.0.0.1", 0);
	put32(t->g, ADDR, 2);
	return DO(t, "sock_bind", "ii", opened(t, 4, SOCK_STREAM), ADDR);
}

static uint32_t wamr_close(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_STREAM);

	assert_int_equal(DO(t, "sock_close", "i", fd), P1_SUCCESS);
	return DO(t, "sock_close", "i", fd);
}

static uint32_t wamr_close_file(const struct talker *t)
{
	return DO(t, "sock_close", "i", must_open(t->g, WORK, "file", 0, READ));
}

const struct behaviour wamr_behaviours[] = {
	{ "reuse_port is one byte", WAMR, wamr_reuse_port, OK },
	{ "ipv6_only is one byte", WAMR, wamr_ipv6_only, OK },
	{ "ipv6_only on IPv4 is ENOPROTOOPT", WAMR, wamr_ipv6_only_on_ipv4, P1_NOPROTOOPT },
	{ "ip_ttl is one byte", WAMR, wamr_ttl, OK },
	{ "ip_ttl is the hop limit of IPv6", WAMR, wamr_ttl6, OK },
	{ "ip_multicast_ttl is one byte", WAMR, wamr_multicast_ttl, OK },
	{ "ip_multicast_ttl is the hop limit of IPv6", WAMR, wamr_multicast_ttl6, OK },
	{ "tcp_fastopen_connect is one byte", WAMR, wamr_fastopen, OK },
	{ "tcp_quick_ack is one byte", WAMR, wamr_quick_ack, OK },
	{ "tcp_keep_idle is read as set", WAMR, wamr_keep_idle, OK },
	{ "tcp_keep_intvl is read as set", WAMR, wamr_keep_intvl, OK },
	{ "multicast looping is switched off over IPv4", WAMR, wamr_loop4, OK },
	{ "multicast looping is switched off over IPv6", WAMR, wamr_loop6, OK },
	{ "a datagram to a group arrives", WAMR, wamr_multicast_arrives, OK },
	{ "joining a group twice is EADDRINUSE", WAMR, wamr_join_twice, P1_ADDRINUSE },
	{ "a group is left", WAMR, wamr_join_and_leave, OK },
	{ "leaving what was not joined is EADDRNOTAVAIL", WAMR, wamr_leave_unjoined,
	  P1_ADDRNOTAVAIL },
	{ "joining what is no group is EINVAL", WAMR, wamr_join_no_group, P1_INVAL },
	{ "a group of IPv6 is joined by interface number", WAMR, wamr_join6, OK },
	{ "another kind of address is EPROTONOSUPPORT", WAMR, wamr_unknown_kind,
	  P1_PROTONOSUPPORT },
	{ "sock_close closes", WAMR, wamr_close, P1_BADF },
	{ "sock_close of a file is ENOTSOCK", WAMR, wamr_close_file, P1_NOTSOCK },
	{ 0 },
};
