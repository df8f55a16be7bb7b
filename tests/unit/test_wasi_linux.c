/* Linux's calls for components. The paths of Unix sockets are tested with the dialects. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "wasi/linux_wait.h"

#include "test_wasi_guest.h"

static const int64_t patience_us = 5000000;

static const struct sockaddr_in loopback = {
	.sin_family = AF_INET,
	.sin_addr.s_addr = 0x0100007f, /* 127.0.0.1 in the order of the wire */
};

static uint32_t must_be_open(struct guest *g, uint32_t family, uint32_t type)
{
	int32_t fd = linux_open(g->sys, family, type, 0);

	assert_true(fd >= LINUX_FD_FIRST);
	return (uint32_t)fd;
}

/* A listener and its address. */
static uint32_t must_be_listening(struct guest *g, struct sockaddr_in *ret)
{
	uint32_t fd = must_be_open(g, AF_INET, SOCK_STREAM);
	struct linux_bytes name = { (uint8_t *)ret, sizeof *ret, 0 };

	assert_int_equal(linux_bind(g->sys, fd, (const uint8_t *)&loopback, sizeof loopback), 0);
	assert_int_equal(linux_listen(g->sys, fd, 5), 0);
	assert_int_equal(linux_own_name(g->sys, fd, &name), 0);
	assert_int_equal(name.len, sizeof *ret);
	return fd;
}

static int32_t receive(struct guest *g, uint32_t fd, uint32_t flags, int64_t wait_us, char *ret,
		       size_t size)
{
	struct linux_bytes bytes = { (uint8_t *)ret, size - 1, 0 };
	uint32_t got_flags;
	int32_t n = linux_receive(g->sys, fd, flags, wait_us, &bytes, &got_flags, NULL);

	ret[bytes.len] = '\0';
	return n;
}

static void must_send(struct guest *g, uint32_t fd, const char *text)
{
	assert_int_equal(linux_send(g->sys, fd, (const uint8_t *)text, strlen(text), 0, NULL, 0, 0),
			 strlen(text));
}

static void a_connection_carries_bytes(void **state)
{
	struct guest *g = *state;
	struct sockaddr_in address, peer;
	struct linux_bytes peer_name = { (uint8_t *)&peer, sizeof peer, 0 };
	uint32_t listener = must_be_listening(g, &address);
	uint32_t client = must_be_open(g, AF_INET, SOCK_STREAM);
	char text[16];
	int32_t server;

	assert_int_equal(linux_accept(g->sys, listener, 0, &peer_name), -P1_AGAIN);
	assert_int_equal(
		linux_connect(g->sys, client, (uint8_t *)&address, sizeof address, patience_us), 0);
	server = linux_accept(g->sys, listener, patience_us, &peer_name);
	assert_true(server > 0);
	assert_int_equal(peer_name.len, sizeof peer);
	assert_int_equal(peer.sin_addr.s_addr, loopback.sin_addr.s_addr);

	assert_int_equal(receive(g, (uint32_t)server, 0, 0, text, sizeof text), -P1_AGAIN);
	assert_int_equal(receive(g, (uint32_t)server, 0, 1000, text, sizeof text), -P1_AGAIN);
	must_send(g, client, "bytes");
	assert_int_equal(receive(g, (uint32_t)server, MSG_PEEK, -1, text, 3), 2);
	assert_string_equal(text, "by");
	assert_int_equal(receive(g, (uint32_t)server, 0, -1, text, sizeof text), 5);
	assert_string_equal(text, "bytes");
	assert_int_equal(linux_shutdown(g->sys, client, SHUT_WR), 0);
	assert_int_equal(receive(g, (uint32_t)server, 0, -1, text, sizeof text), 0);
}

static void a_refused_connection_is_told_at_once_or_later(void **state)
{
	struct guest *g = *state;
	struct sockaddr_in address;
	uint32_t listener = must_be_listening(g, &address);
	uint32_t client = must_be_open(g, AF_INET, SOCK_STREAM);

	assert_int_equal(linux_close(g->sys, listener), 0);
	assert_int_equal(linux_connect(g->sys, client, (uint8_t *)&address, sizeof address, -1),
			 -P1_CONNREFUSED);
}

static void a_duplicate_outlives_the_first(void **state)
{
	struct guest *g = *state;
	char text[16];
	int32_t second;
	int32_t first = linux_pair(g->sys, AF_UNIX, SOCK_STREAM, &second);
	int32_t copy = linux_duplicate(g->sys, (uint32_t)first);

	assert_int_not_equal(copy, first);
	assert_int_equal(linux_close(g->sys, (uint32_t)first), 0);
	must_send(g, (uint32_t)copy, "copy");
	assert_int_equal(receive(g, (uint32_t)second, 0, 0, text, sizeof text), 4);
	assert_int_equal(linux_close(g->sys, (uint32_t)copy), 0);
	assert_int_equal(receive(g, (uint32_t)second, 0, 0, text, sizeof text), 0);
}

static void all_that_was_asked_for_is_waited_for(void **state)
{
	struct guest *g = *state;
	char text[16];
	int32_t second;
	int32_t first = linux_pair(g->sys, AF_UNIX, SOCK_STREAM, &second);

	must_send(g, (uint32_t)first, "ab");
	must_send(g, (uint32_t)first, "cd");
	assert_int_equal(receive(g, (uint32_t)second, MSG_WAITALL, -1, text, 5), 4);
	assert_string_equal(text, "abcd");
	must_send(g, (uint32_t)first, "ef");
	assert_int_equal(receive(g, (uint32_t)second, MSG_WAITALL, 1000, text, 5), 2);
}

static void a_pipe_has_two_ends(void **state)
{
	struct guest *g = *state;
	char text[16];
	int32_t writing;
	int32_t reading = linux_pipe(g->sys, &writing);

	must_send(g, (uint32_t)writing, "piped");
	assert_int_equal(receive(g, (uint32_t)reading, 0, 0, text, sizeof text), 5);
	assert_int_equal(receive(g, (uint32_t)writing, 0, 0, text, sizeof text), -P1_BADF);
	assert_int_equal(linux_shutdown(g->sys, (uint32_t)reading, SHUT_RD), -P1_NOTSOCK);
	assert_int_equal(linux_close(g->sys, (uint32_t)writing), 0);
	assert_int_equal(receive(g, (uint32_t)reading, 0, -1, text, sizeof text), 0);
}

static void only_options_of_the_list_pass(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_be_open(g, AF_INET, SOCK_STREAM);
	uint32_t datagrams = must_be_open(g, AF_INET, SOCK_DGRAM);
	const struct ip_mreq group = { { htonl(0xe00000fb) }, loopback.sin_addr };
	int one = 1;
	int value = 0;
	struct linux_bytes got = { (uint8_t *)&value, sizeof value, 0 };

	assert_int_equal(
		linux_set_option(g->sys, fd, IPPROTO_TCP, TCP_NODELAY, (uint8_t *)&one, sizeof one),
		0);
	assert_int_equal(linux_get_option(g->sys, fd, IPPROTO_TCP, TCP_NODELAY, &got), 0);
	assert_int_equal(value, 1);
	assert_int_equal(linux_get_option(g->sys, fd, SOL_SOCKET, SO_PEERCRED, &got),
			 -P1_NOPROTOOPT);
	assert_int_equal(
		linux_set_option(g->sys, fd, SOL_SOCKET, SO_MARK, (uint8_t *)&one, sizeof one),
		-P1_NOPROTOOPT);
	assert_int_equal(linux_set_option(g->sys, fd, IPPROTO_IP, IP_ADD_MEMBERSHIP,
					  (const uint8_t *)&group, sizeof group),
			 -P1_NOPROTOOPT);
	assert_int_equal(linux_set_option(g->sys, datagrams, IPPROTO_IP, IP_ADD_MEMBERSHIP,
					  (const uint8_t *)&group, sizeof group),
			 0);
}

static void families_and_types_that_are_not_ours_are_refused(void **state)
{
	static const struct {
		uint32_t family, type, protocol;
		int32_t error;
	} cases[] = {
		{ AF_NETLINK, SOCK_RAW, 0, P1_AFNOSUPPORT },
		{ AF_PACKET, SOCK_RAW, 0, P1_AFNOSUPPORT },
		{ AF_VSOCK, SOCK_STREAM, 0, P1_AFNOSUPPORT },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP, P1_PROTONOSUPPORT },
		{ AF_INET, SOCK_STREAM, IPPROTO_UDP, P1_PROTONOSUPPORT },
		{ AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0, P1_INVAL },
		{ AF_INET, SOCK_SEQPACKET, 0, P1_PROTONOSUPPORT },
	};
	struct guest *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			linux_open(g->sys, cases[i].family, cases[i].type, cases[i].protocol),
			-cases[i].error);
}

static void unix_names_lie_beneath_the_granted_folders(void **state)
{
	struct guest *g = *state;
	uint32_t server = must_be_open(g, AF_UNIX, SOCK_STREAM);
	uint32_t client = must_be_open(g, AF_UNIX, SOCK_STREAM);
	static const char in_work[] = "\1\0/s";
	static const char in_ro[] = "\1\0/ro/s";
	uint8_t name[32];
	struct linux_bytes got = { name, sizeof name, 0 };

	assert_int_equal(linux_bind(g->sys, server, (const uint8_t *)in_ro, 7), -P1_ROFS);
	assert_int_equal(linux_bind(g->sys, server, (const uint8_t *)in_work, 4), 0);
	assert_int_equal(linux_listen(g->sys, server, 1), 0);
	assert_int_equal(linux_connect(g->sys, client, (const uint8_t *)in_work, 4, -1), 0);
	assert_int_equal(linux_peer_name(g->sys, client, &got), 0);
	assert_int_equal(got.len, 4);
	assert_memory_equal(name, in_work, 4);
}

static void poll_tells_which_and_what(void **state)
{
	struct guest *g = *state;
	int32_t second;
	int32_t first = linux_pair(g->sys, AF_UNIX, SOCK_STREAM, &second);
	struct linux_pollfd fds[] = {
		{ (uint32_t)first, POLLIN, 0 },
		{ (uint32_t)second, POLLIN, 0 },
	};

	assert_int_equal(linux_poll(g->sys, fds, 2, 1000), 0);
	must_send(g, (uint32_t)first, "x");
	assert_int_equal(linux_poll(g->sys, fds, 2, -1), 1);
	assert_int_equal(fds[0].number, second);
	assert_int_equal(fds[0].revents, POLLIN);
	fds[0] = (struct linux_pollfd){ 9, POLLIN, 0 };
	assert_int_equal(linux_poll(g->sys, fds, 1, -1), 1);
	assert_int_equal(fds[0].revents, POLLNVAL);
}

static void epoll_tells_the_guests_numbers(void **state)
{
	struct guest *g = *state;
	int32_t second;
	int32_t first = linux_pair(g->sys, AF_UNIX, SOCK_STREAM, &second);
	uint32_t epoll = (uint32_t)linux_epoll_open(g->sys);
	struct linux_event events[4];

	assert_int_equal(
		linux_epoll_control(g->sys, epoll, EPOLL_CTL_ADD, (uint32_t)second, EPOLLIN), 0);
	assert_int_equal(linux_epoll_wait(g->sys, epoll, events, 4, 1000), 0);
	must_send(g, (uint32_t)first, "x");
	assert_int_equal(linux_epoll_wait(g->sys, epoll, events, 4, -1), 1);
	assert_int_equal(events[0].number, second);
	assert_int_equal(events[0].events, EPOLLIN);
	assert_int_equal(linux_epoll_control(g->sys, epoll, EPOLL_CTL_ADD, 12345, EPOLLIN),
			 -P1_BADF);
	assert_int_equal(linux_epoll_wait(g->sys, (uint32_t)first, events, 4, 0), -P1_INVAL);
}

static void numbers_below_ours_cannot_be_closed(void **state)
{
	static const uint32_t numbers[] = { 0, 2, WORK, RO, 65535, 65536 + TABLE_MAX, UINT32_MAX };
	struct guest *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		assert_int_equal(linux_close(g->sys, numbers[i]), -P1_BADF);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_connection_carries_bytes),
		TEST(a_refused_connection_is_told_at_once_or_later),
		TEST(a_duplicate_outlives_the_first),
		TEST(all_that_was_asked_for_is_waited_for),
		TEST(a_pipe_has_two_ends),
		TEST(only_options_of_the_list_pass),
		TEST(families_and_types_that_are_not_ours_are_refused),
		TEST(unix_names_lie_beneath_the_granted_folders),
		TEST(poll_tells_which_and_what),
		TEST(epoll_tells_the_guests_numbers),
		TEST(numbers_below_ours_cannot_be_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
