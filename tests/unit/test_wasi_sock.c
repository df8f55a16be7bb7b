/* Sockets over 127.0.0.1, through preview1's and WasmEdge's calls. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "test_wasi_guest.h"

static uint32_t peer_port(struct guest *g, uint32_t fd)
{
	LOOPBACK(g);
	assert_int_equal(CALL(g, "sock_getpeeraddr", fd, ADDR, RET), P1_SUCCESS);
	return get32(g, RET);
}

/* The IPv4 address that the last address call left in the storage form. */
static uint32_t stored_inet4(struct guest *g)
{
	const uint8_t *p = gmem_view(g->mem, ADDR_BUF, 128);

	assert_int_equal(gmem_load16(p), INET4);
	return (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
}

static void a_connection_carries_bytes_both_ways(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;

	must_pair(g, &server, &client);
	assert_int_equal(write_text(g, client, "ping"), P1_SUCCESS);
	assert_reads(g, server, "ping");
	put_iov(g, 0, BUF2, put_text(g, BUF2, "pong"));
	assert_int_equal(CALL(g, "sock_send", server, IOVS, 1, 0, RET2), P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 4);
	put_iov(g, 0, BUF, 100);
	assert_int_equal(CALL(g, "sock_recv", client, IOVS, 1, P1_RECV_PEEK, RET2, RET3),
			 P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 4);
	assert_reads(g, client, "pong");
	assert_int_equal(CALL(g, "sock_shutdown", client, P1_SHUT_WR), P1_SUCCESS);
	assert_reads(g, server, "");
	assert_int_equal(CALL(g, "fd_close", client), P1_SUCCESS);
	assert_int_equal(write_text(g, server, "x"), P1_SUCCESS);
}

static void writing_to_a_closed_connection_is_epipe_and_no_signal(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;

	must_pair(g, &server, &client);
	assert_int_equal(CALL(g, "sock_shutdown", client, P1_SHUT_WR), P1_SUCCESS);
	assert_int_equal(write_text(g, client, "x"), P1_PIPE);
}

static void reading_nothing_from_a_stream_does_not_wait(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;

	must_pair(g, &server, &client);
	put_iov(g, 0, BUF, 0);
	assert_int_equal(CALL(g, "fd_read", server, IOVS, 0, RET2), P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 0);
	assert_int_equal(CALL(g, "sock_recv", server, IOVS, 1, 0, RET2, RET3), P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 0);
}

static void flags_that_are_not_defined_are_invalid(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;

	must_pair(g, &server, &client);
	put_iov(g, 0, BUF, 4);
	assert_int_equal(CALL(g, "sock_recv", server, IOVS, 1, 4, RET2, RET3), P1_INVAL);
	assert_int_equal(CALL(g, "sock_send", server, IOVS, 1, 1, RET2), P1_INVAL);
	assert_int_equal(CALL(g, "sock_shutdown", server, 0), P1_INVAL);
	assert_int_equal(CALL(g, "sock_shutdown", server, 4), P1_INVAL);
	assert_int_equal(CALL(g, "sock_accept", server, P1_FD_APPEND, RET), P1_INVAL);
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", server, P1_FD_APPEND), P1_INVAL);
	assert_int_equal(CALL(g, "sock_accept", server, 0, RET), P1_INVAL); /* it does not listen */
}

static void nonblocking_sockets_say_again(void **state)
{
	struct guest *g = *state;
	uint32_t port;
	uint32_t listener = must_listen(g, &port);
	uint32_t client;

	assert_int_equal(CALL(g, "fd_fdstat_set_flags", listener, P1_FD_NONBLOCK), P1_SUCCESS);
	assert_int_equal(CALL(g, "sock_accept", listener, 0, RET), P1_AGAIN);
	client = must_connect(g, port);
	assert_int_equal(CALL(g, "sock_accept", listener, P1_FD_NONBLOCK, RET), P1_SUCCESS);
	assert_int_equal(read_buf(g, get32(g, RET), 10), P1_AGAIN);
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", client, P1_FD_NONBLOCK), P1_SUCCESS);
	assert_int_equal(read_buf(g, client, 10), P1_AGAIN);
	/* An accepted socket does not inherit the flag. */
	client = must_connect(g, port);
	assert_int_equal(CALL(g, "sock_accept", listener, 0, RET), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_fdstat_get", get32(g, RET), OUT), P1_SUCCESS);
	assert_int_equal(gmem_load16(gmem_view(g->mem, OUT + 2, 2)), 0);
}

static void sockets_are_told_as_sockets(void **state)
{
	struct guest *g = *state;
	uint32_t tcp = must_socket(g, STREAM);
	uint32_t udp = must_socket(g, DGRAM);
	uint64_t rights;

	assert_int_equal(CALL(g, "fd_fdstat_get", tcp, OUT), P1_SUCCESS);
	assert_int_equal(*gmem_view(g->mem, OUT, 1), P1_TYPE_SOCKET_STREAM);
	rights = get64(g, OUT + 8);
	assert_true(rights & P1_RIGHT_FD_READ && rights & P1_RIGHT_FD_WRITE);
	assert_true(rights & P1_RIGHT_SOCK_ACCEPT && rights & P1_RIGHT_POLL);
	assert_false(rights & (P1_RIGHT_FD_SEEK | P1_RIGHT_FD_TELL));
	assert_int_equal(CALL(g, "fd_fdstat_get", udp, OUT), P1_SUCCESS);
	assert_int_equal(*gmem_view(g->mem, OUT, 1), P1_TYPE_SOCKET_DGRAM);
	assert_int_equal(CALL(g, "fd_filestat_get", udp, OUT), P1_SUCCESS);
	assert_int_equal(*gmem_view(g->mem, OUT + 16, 1), P1_TYPE_SOCKET_DGRAM);
	assert_int_equal(CALL(g, "fd_prestat_get", tcp, OUT), P1_BADF);
	put_iov(g, 0, BUF, 4);
	assert_int_equal(CALL(g, "fd_pread", tcp, IOVS, 1, 0, RET), P1_SPIPE);
	assert_int_equal(CALL(g, "fd_sync", tcp), P1_INVAL);
}

static void only_families_and_types_that_there_are_can_be_opened(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "sock_open", 0, STREAM, RET), P1_AFNOSUPPORT);
	assert_int_equal(CALL(g, "sock_open", 4, STREAM, RET), P1_AFNOSUPPORT);
	assert_int_equal(CALL(g, "sock_open", 3, STREAM, RET), P1_SUCCESS);
	assert_int_equal(CALL(g, "sock_open", INET4, 0, RET), P1_INVAL);
	assert_int_equal(CALL(g, "sock_open", INET4, 3, RET), P1_INVAL);
	assert_int_equal(CALL(g, "sock_open", INET6, STREAM, RET), P1_SUCCESS);
}

static void addresses_come_in_three_lengths(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_socket(g, STREAM);

	LOOPBACK(g);
	put32(g, ADDR + 4, 5);
	assert_int_equal(CALL(g, "sock_bind", fd, ADDR, 0), P1_INVAL);
	put32(g, ADDR + 4, 128);
	assert_int_equal(CALL(g, "sock_bind", fd, ADDR, 65536), P1_INVAL);
	gmem_store16(gmem_view(g->mem, ADDR_BUF, 2), 3);
	assert_int_equal(CALL(g, "sock_bind", fd, ADDR, 0), P1_AFNOSUPPORT);
	memcpy(gmem_view(g->mem, ADDR_BUF, 4), "\x7f\0\0\1", 4);
	put32(g, ADDR + 4, 4);
	assert_int_equal(CALL(g, "sock_bind", fd, ADDR, 0), P1_SUCCESS);
	memset(gmem_view(g->mem, ADDR_BUF, 16), 0xee, 16);
	assert_int_equal(CALL(g, "sock_getlocaladdr", fd, ADDR, RET), P1_SUCCESS);
	assert_memory_equal(gmem_view(g->mem, ADDR_BUF, 4), "\x7f\0\0\1", 4);
	assert_int_equal(*gmem_view(g->mem, ADDR_BUF + 4, 1), 0xee);
	assert_true(get32(g, RET) > 0);
	put32(g, ADDR, MEM_SIZE - 100);
	put32(g, ADDR + 4, 128);
	assert_int_equal(CALL(g, "sock_getlocaladdr", fd, ADDR, RET), P1_FAULT);
}

static void an_ipv6_address_needs_room(void **state)
{
	struct guest *g = *state;
	uint32_t fd;

	assert_int_equal(CALL(g, "sock_open", INET6, STREAM, RET), P1_SUCCESS);
	fd = get32(g, RET);
	put32(g, ADDR, ADDR_BUF);
	put32(g, ADDR + 4, 4);
	assert_int_equal(CALL(g, "sock_getlocaladdr", fd, ADDR, RET), P1_INVAL);
	put32(g, ADDR + 4, 128);
	assert_int_equal(CALL(g, "sock_getlocaladdr", fd, ADDR, RET), P1_SUCCESS);
	assert_int_equal(gmem_load16(gmem_view(g->mem, ADDR_BUF, 2)), INET6);
}

static void both_ends_know_their_addresses(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;
	uint32_t port;

	must_pair(g, &server, &client);
	port = local_port(g, server);
	assert_int_equal(stored_inet4(g), 0x7f000001);
	assert_int_equal(peer_port(g, client), port);
	assert_int_equal(stored_inet4(g), 0x7f000001);
	assert_int_equal(peer_port(g, server), local_port(g, client));
	assert_int_equal(CALL(g, "sock_getpeeraddr", must_socket(g, STREAM), LOOPBACK(g), RET),
			 P1_NOTCONN);
}

/* What the supervisor does to a listener: another one takes its number. */
static void exchange_listener(uint16_t guest_port, int *ret_host_fd, uint16_t *ret_host_port)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in4;
	int host = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in found;

	assert_int_equal(bind(host, (struct sockaddr *)&in4, sizeof in4), 0);
	assert_int_equal(listen(host, 16), 0);
	assert_int_equal(getsockname(host, (struct sockaddr *)&in4, &len), 0);
	for (int fd = 3; fd < 1000; fd++) {
		len = sizeof found;
		if (fd == host || getsockname(fd, (struct sockaddr *)&found, &len) < 0 ||
		    ntohs(found.sin_port) != guest_port)
			continue;
		assert_int_equal(dup3(host, fd, O_CLOEXEC), fd);
		*ret_host_fd = host;
		*ret_host_port = ntohs(in4.sin_port);
		return;
	}
	fail_msg("no listener on port %u", guest_port);
}

static void a_listener_keeps_the_guests_address_when_it_is_exchanged(void **state)
{
	struct guest *g = *state;
	uint32_t port;
	uint32_t listener = must_listen(g, &port);
	uint16_t host_port;
	uint32_t accepted;
	int host;

	exchange_listener((uint16_t)port, &host, &host_port);
	assert_int_not_equal(port, host_port);
	assert_int_equal(local_port(g, listener), port);
	assert_int_equal(stored_inet4(g), 0x7f000001);
	(void)must_connect(g, host_port);
	assert_int_equal(CALL(g, "sock_accept", listener, 0, RET), P1_SUCCESS);
	accepted = get32(g, RET);
	assert_int_equal(local_port(g, accepted), port);
	/* A second listen() must not take the host's address for the guest's. */
	assert_int_equal(CALL(g, "sock_listen", listener, 5), P1_SUCCESS);
	assert_int_equal(local_port(g, listener), port);
	close(host);
}

static void a_wildcard_listener_tells_the_connections_own_address(void **state)
{
	struct guest *g = *state;
	uint32_t listener = must_socket(g, STREAM);
	uint16_t host_port;
	uint32_t port;
	int host;

	assert_int_equal(CALL(g, "sock_bind", listener, put_inet4(g, 0, 0, 0, 0), 0), P1_SUCCESS);
	assert_int_equal(CALL(g, "sock_listen", listener, 16), P1_SUCCESS);
	port = local_port(g, listener);
	assert_int_equal(stored_inet4(g), 0);
	exchange_listener((uint16_t)port, &host, &host_port);
	(void)must_connect(g, host_port);
	assert_int_equal(CALL(g, "sock_accept", listener, 0, RET), P1_SUCCESS);
	assert_int_equal(local_port(g, get32(g, RET)), port);
	assert_int_equal(stored_inet4(g), 0x7f000001);
	close(host);
}

static void listening_without_bind_takes_a_free_port(void **state)
{
	struct guest *g = *state;
	uint32_t listener = must_socket(g, STREAM);
	uint32_t port;

	assert_int_equal(CALL(g, "sock_listen", listener, 16), P1_SUCCESS);
	port = local_port(g, listener);
	assert_true(port > 0);
	(void)must_connect(g, port);
	assert_int_equal(CALL(g, "sock_accept", listener, 0, RET), P1_SUCCESS);
}

static void an_ipv4_client_of_an_ipv6_listener_is_mapped(void **state)
{
	struct guest *g = *state;
	uint32_t listener;
	uint32_t port;
	uint16_t host_port;
	int host;

	assert_int_equal(CALL(g, "sock_open", INET6, STREAM, RET), P1_SUCCESS);
	listener = get32(g, RET);
	assert_int_equal(CALL(g, "sock_listen", listener, 16), P1_SUCCESS);
	port = local_port(g, listener);
	exchange_listener((uint16_t)port, &host, &host_port); /* by one of IPv4 */
	(void)must_connect(g, host_port);
	assert_int_equal(CALL(g, "sock_accept", listener, 0, RET), P1_SUCCESS);
	(void)peer_port(g, get32(g, RET));
	assert_int_equal(gmem_load16(gmem_view(g->mem, ADDR_BUF, 2)), INET6);
	assert_memory_equal(gmem_view(g->mem, ADDR_BUF + 2, 16),
			    "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
	close(host);
}

static void datagrams_carry_their_senders_address(void **state)
{
	struct guest *g = *state;
	uint32_t a = must_socket(g, DGRAM);
	uint32_t b = must_socket(g, DGRAM);
	uint32_t port;

	assert_int_equal(CALL(g, "sock_bind", a, LOOPBACK(g), 0), P1_SUCCESS);
	assert_int_equal(CALL(g, "sock_bind", b, LOOPBACK(g), 0), P1_SUCCESS);
	port = local_port(g, b);
	put_iov(g, 0, BUF2, put_text(g, BUF2, "datagram"));
	assert_int_equal(CALL(g, "sock_send_to", a, IOVS, 1, LOOPBACK(g), port, 0, RET),
			 P1_SUCCESS);
	put_iov(g, 0, BUF, 4);
	put32(g, ADDR_BUF + 2, 0);
	assert_int_equal(CALL(g, "sock_recv_from", b, IOVS, 1, ADDR, 0, RET, RET2, RET3),
			 P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 4);
	assert_int_equal(gmem_load16(gmem_view(g->mem, RET3, 2)), P1_RECV_TRUNCATED);
	assert_int_equal(stored_inet4(g), 0x7f000001);
	port = get32(g, RET);
	assert_int_equal(port, local_port(g, a));
}

static void a_streams_source_is_its_peer(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;
	uint32_t port;

	must_pair(g, &server, &client);
	assert_int_equal(write_text(g, client, "abc"), P1_SUCCESS);
	put_iov(g, 0, BUF, 10);
	assert_int_equal(
		CALL(g, "sock_recv_from", server, IOVS, 1, LOOPBACK(g), 0, RET, RET2, RET3),
		P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 3);
	port = get32(g, RET);
	assert_int_equal(port, local_port(g, client));
}

static void set_then_get(struct guest *g, uint32_t fd, uint32_t level, uint32_t name, uint32_t v)
{
	put32(g, RET, v);
	assert_int_equal(CALL(g, "sock_setsockopt", fd, level, name, RET, 4), P1_SUCCESS);
	put32(g, RET, 0xeeeeeeee);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, level, name, RET, 4), P1_SUCCESS);
	assert_int_equal(get32(g, RET), v);
}

static void options_are_read_back_as_set(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_socket(g, STREAM);

	set_then_get(g, fd, 0, 0, 1);	  /* SO_REUSEADDR */
	set_then_get(g, fd, 0, 7, 1);	  /* SO_KEEPALIVE */
	set_then_get(g, fd, 0, 5, 30000); /* SO_SNDBUF: not Linux's double */
	set_then_get(g, fd, 0, 6, 30000); /* SO_RCVBUF */
	set_then_get(g, fd, 6, 15, 1);	  /* TCP_NODELAY */
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 1, RET, 4), P1_SUCCESS);
	assert_int_equal(get32(g, RET), STREAM);
	put32(g, OUT, 1);
	put32(g, OUT + 4, 9);
	assert_int_equal(CALL(g, "sock_setsockopt", fd, 0, 9, OUT, 8), P1_SUCCESS); /* SO_LINGER */
	put64(g, OUT, 0);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 9, OUT, 8), P1_SUCCESS);
	assert_int_equal(get32(g, OUT + 4), 9);
	put64(g, OUT, 2);
	put64(g, OUT + 8, 500000);
	assert_int_equal(CALL(g, "sock_setsockopt", fd, 0, 11, OUT, 16), P1_SUCCESS);
	put64(g, OUT, 0);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 11, OUT, 16), P1_SUCCESS);
	assert_int_equal(get64(g, OUT), 2);
	/* The length may be behind a pointer, which is then told how much came. */
	put32(g, RET3, 64);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 11, OUT, RET3), P1_SUCCESS);
	assert_int_equal(get32(g, RET3), 16);
}

/* Linux counts the NUL, and wasmedge_wasi_socket takes it off again. */
static void the_device_that_a_socket_is_bound_to_is_read_with_its_nul(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_socket(g, STREAM);

	put32(g, RET3, 16);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 14, OUT, RET3), P1_SUCCESS);
	assert_int_equal(get32(g, RET3), 0);

	put_text(g, BUF, "lo");
	assert_int_equal(CALL(g, "sock_setsockopt", fd, 0, 14, BUF, 2), P1_SUCCESS);
	put32(g, RET3, 16);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 14, OUT, RET3), P1_SUCCESS);
	assert_int_equal(get32(g, RET3), 3);
	assert_string_equal(gmem_view(g->mem, OUT, 3), "lo");
}

static void options_that_are_not_there_or_too_short_are_invalid(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_socket(g, STREAM);

	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 99, RET, 4), P1_INVAL);
	assert_int_equal(CALL(g, "sock_setsockopt", fd, 1, 0, RET, 4), P1_INVAL);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 0, RET, 3), P1_INVAL);
	assert_int_equal(CALL(g, "sock_setsockopt", fd, 0, 9, RET, 4), P1_INVAL);
	assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 0, RET, UINT32_MAX), P1_FAULT);
	put_text(g, BUF, "wasmrun-none0"); /* SO_BINDTODEVICE */
	assert_int_equal(CALL(g, "sock_setsockopt", fd, 0, 14, BUF, 13), P1_NODEV);
	memset(gmem_view(g->mem, BUF, 16), 'x', 16);
	assert_int_equal(CALL(g, "sock_setsockopt", fd, 0, 14, BUF, 16), P1_INVAL);
}

enum { NODE = OUT, SOCKADDR = OUT + 64, SA_DATA = OUT + 128, HINTS = OUT + 256, LIST = OUT + 320 };

/* One node whose data may hold what the guest says by `preset`. */
static uint32_t look_up(struct guest *g, const char *node, const char *service, uint32_t preset)
{
	memset(gmem_view(g->mem, OUT, 512), 0, 512);
	gmem_view(g->mem, HINTS, 28)[3] = STREAM;
	put32(g, LIST, NODE);
	put32(g, NODE + 12, SOCKADDR);
	put32(g, SOCKADDR + 4, preset);
	put32(g, SOCKADDR + 8, SA_DATA);
	return CALL(g, "sock_getaddrinfo", PATH_OF(g, node), PATH2_OF(g, service), HINTS, LIST, 1,
		    RET2);
}

static void addresses_that_were_found_are_laid_out_as_the_guest_wants_them(void **state)
{
	struct guest *g = *state;

	assert_int_equal(look_up(g, "192.0.2.7", "8080", 26), P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 1);
	assert_memory_equal(gmem_view(g->mem, SA_DATA, 6), "\x1f\x90\xc0\0\2\7", 6);
	assert_int_equal(*gmem_view(g->mem, SOCKADDR, 1), INET4);
	assert_int_equal(gmem_view(g->mem, NODE, 28)[2], INET4);
	assert_int_equal(gmem_view(g->mem, NODE, 28)[3], STREAM);
	assert_int_equal(get32(g, NODE + 8), 16);
	assert_int_equal(look_up(g, "2001:db8::1", "80", 26), P1_SUCCESS);
	assert_memory_equal(gmem_view(g->mem, SA_DATA, 6), "\0\x50\x20\1\x0d\xb8", 6);
	assert_int_equal(look_up(g, "2001:db8::1", "80", 14), P1_SUCCESS);
	assert_memory_equal(gmem_view(g->mem, SA_DATA, 10), "\0\x50\0\0\0\0\x20\1\x0d\xb8", 10);
	assert_int_equal(look_up(g, "", "80", 26), P1_SUCCESS);
	assert_memory_equal(gmem_view(g->mem, SA_DATA, 6), "\0\x50\x7f\0\0\1", 6);
}

static void names_fail_and_say_how(void **state)
{
	struct guest *g = *state;

	assert_int_equal(look_up(g, "nobody.test", "80", 26), 84);
	assert_int_equal(look_up(g, "later.test", "80", 26), 78);
	assert_int_equal(look_up(g, "denied.test", "80", 26), P1_ACCES);
	assert_int_equal(look_up(g, "192.0.2.7", "no-service", 26), 85);
	assert_int_equal(look_up(g, "192.0.2.7", "65536", 26), 85);
	assert_int_equal(look_up(g, "192.0.2.7", "80", 26), P1_SUCCESS);
	put32(g, NODE + 12, MEM_SIZE - 11);
	assert_int_equal(CALL(g, "sock_getaddrinfo", PATH, 9, PATH2, 2, HINTS, LIST, 1, RET2),
			 P1_FAULT);
	assert_int_equal(CALL(g, "sock_getaddrinfo", PATH, 9, PATH2, 2, HINTS, LIST, 0, RET2), 82);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(a_connection_carries_bytes_both_ways),
		GUEST_TEST(writing_to_a_closed_connection_is_epipe_and_no_signal),
		GUEST_TEST(reading_nothing_from_a_stream_does_not_wait),
		GUEST_TEST(flags_that_are_not_defined_are_invalid),
		GUEST_TEST(nonblocking_sockets_say_again),
		GUEST_TEST(sockets_are_told_as_sockets),
		GUEST_TEST(only_families_and_types_that_there_are_can_be_opened),
		GUEST_TEST(addresses_come_in_three_lengths),
		GUEST_TEST(an_ipv6_address_needs_room),
		GUEST_TEST(both_ends_know_their_addresses),
		GUEST_TEST(a_listener_keeps_the_guests_address_when_it_is_exchanged),
		GUEST_TEST(a_wildcard_listener_tells_the_connections_own_address),
		GUEST_TEST(listening_without_bind_takes_a_free_port),
		GUEST_TEST(an_ipv4_client_of_an_ipv6_listener_is_mapped),
		GUEST_TEST(datagrams_carry_their_senders_address),
		GUEST_TEST(a_streams_source_is_its_peer),
		GUEST_TEST(options_are_read_back_as_set),
		GUEST_TEST(the_device_that_a_socket_is_bound_to_is_read_with_its_nul),
		GUEST_TEST(options_that_are_not_there_or_too_short_are_invalid),
		GUEST_TEST(addresses_that_were_found_are_laid_out_as_the_guest_wants_them),
		GUEST_TEST(names_fail_and_say_how),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
