/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "broker/hostport.h"

#include <string.h>

/* A loopback address with a port that was free a moment ago. */
static struct addr free_port(const char *ip)
{
	struct addr a;
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;
	AUTO_CLOSE int fd = -EBADF;

	assert_int_equal(addr_parse_ip(ip, &a, NULL), 0);
	fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, &a.sa, a.len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	assert_int_equal(addr_from_sockaddr(&ss, len, &a), 0);
	return a;
}

/* 0, or the errno of a connect. */
static int try_connect(const struct addr *a)
{
	AUTO_CLOSE int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, &a->sa, a->len) < 0 ? errno : 0;
}

static void a_reserved_port_refuses_and_a_listening_one_accepts(void **state)
{
	struct addr a = free_port("127.0.0.1");
	AUTO_CLOSE int reserved = -EBADF;
	AUTO_CLOSE int listener = -EBADF;
	struct err e = { .text = "" };

	(void)state;
	assert_int_equal(hostport_reserve(&a, &reserved, &e), 0);
	assert_int_equal(try_connect(&a), ECONNREFUSED);
	assert_int_equal(hostport_bind(reserved, &a, a.sa.sa_family, &listener), 0);
	assert_int_equal(try_connect(&a), ECONNREFUSED);
	assert_int_equal(hostport_listen(reserved, listener, 8), 0);
	assert_int_equal(try_connect(&a), 0);
}

static void closing_the_listener_refuses_and_a_new_one_accepts_again(void **state)
{
	struct addr a = free_port("::1");
	AUTO_CLOSE int reserved = -EBADF;
	AUTO_CLOSE int second = -EBADF;
	int first = -EBADF;

	(void)state;
	assert_int_equal(hostport_reserve(&a, &reserved, NULL), 0);
	assert_int_equal(hostport_bind(reserved, &a, a.sa.sa_family, &first), 0);
	assert_int_equal(hostport_listen(reserved, first, 8), 0);
	assert_int_equal(try_connect(&a), 0);
	first = fd_close(first);
	assert_int_equal(try_connect(&a), ECONNREFUSED);
	assert_int_equal(hostport_bind(reserved, &a, a.sa.sa_family, &second), 0);
	assert_int_equal(hostport_listen(reserved, second, 8), 0);
	assert_int_equal(try_connect(&a), 0);
}

static void a_listener_that_was_shut_down_can_listen_again(void **state)
{
	struct addr a = free_port("127.0.0.1");
	AUTO_CLOSE int reserved = -EBADF;
	AUTO_CLOSE int listener = -EBADF;

	(void)state;
	assert_int_equal(hostport_reserve(&a, &reserved, NULL), 0);
	assert_int_equal(hostport_bind(reserved, &a, a.sa.sa_family, &listener), 0);
	assert_int_equal(hostport_listen(reserved, listener, 8), 0);
	assert_int_equal(shutdown(listener, SHUT_RDWR), 0);
	assert_int_equal(try_connect(&a), ECONNREFUSED);
	assert_int_equal(hostport_listen(reserved, listener, 8), 0);
	assert_int_equal(try_connect(&a), 0);
}

static void an_ipv4_port_can_be_listened_on_by_an_ipv6_socket(void **state)
{
	struct addr a = free_port("127.0.0.1");
	AUTO_CLOSE int reserved = -EBADF;
	AUTO_CLOSE int listener = -EBADF;
	AUTO_CLOSE int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 peer;
	socklen_t len = sizeof peer;
	int server;

	(void)state;
	assert_int_equal(hostport_reserve(&a, &reserved, NULL), 0);
	assert_int_equal(hostport_bind(reserved, &a, AF_INET6, &listener), 0);
	assert_int_equal(hostport_listen(reserved, listener, 8), 0);
	assert_int_equal(connect(client, &a.sa, a.len), 0);
	server = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);
	assert_true(server >= 0);
	assert_int_equal(peer.sin6_family, AF_INET6);
	assert_true(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
	(void)fd_close(server);
}

static void nobody_else_gets_a_reserved_port(void **state)
{
	struct addr a = free_port("127.0.0.1");
	AUTO_CLOSE int reserved = -EBADF;
	AUTO_CLOSE int listener = -EBADF;
	AUTO_CLOSE int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err e = { .text = "" };
	int again = -EBADF, on = 1;

	(void)state;
	assert_int_equal(hostport_reserve(&a, &reserved, NULL), 0);
	assert_true(hostport_reserve(&a, &again, &e) < 0);
	assert_non_null(strstr(e.text, "is in use"));
	/* Not with SO_REUSEADDR, listening or not yet, either. */
	assert_int_equal(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
	assert_true(bind(other, &a.sa, a.len) < 0 || listen(other, 1) < 0);
	/* The owner still can. */
	assert_int_equal(hostport_bind(reserved, &a, a.sa.sa_family, &listener), 0);
	assert_int_equal(hostport_listen(reserved, listener, 8), 0);
}

static void a_port_that_is_listened_on_cannot_be_reserved(void **state)
{
	struct addr a = free_port("127.0.0.1");
	AUTO_CLOSE int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err e = { .text = "" };
	int reserved = -EBADF, on = 1;

	(void)state;
	assert_int_equal(setsockopt(taken, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
	assert_int_equal(bind(taken, &a.sa, a.len), 0);
	assert_int_equal(listen(taken, 1), 0);
	assert_true(hostport_reserve(&a, &reserved, &e) < 0);
	assert_non_null(strstr(e.text, "is in use"));
	assert_int_equal(reserved, -EBADF);
}

static void a_port_can_be_reserved_while_old_connections_linger(void **state)
{
	struct addr a = free_port("127.0.0.1");
	AUTO_CLOSE int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_CLOSE int again = -EBADF;
	int reserved = -EBADF, listener = -EBADF, server;

	(void)state;
	assert_int_equal(hostport_reserve(&a, &reserved, NULL), 0);
	assert_int_equal(hostport_bind(reserved, &a, a.sa.sa_family, &listener), 0);
	assert_int_equal(hostport_listen(reserved, listener, 8), 0);
	assert_int_equal(connect(client, &a.sa, a.len), 0);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(server >= 0);
	/* The server closes first: its end stays in FIN-WAIT and then TIME-WAIT. */
	(void)fd_close(server);
	(void)fd_close(listener);
	(void)fd_close(reserved);
	assert_int_equal(hostport_reserve(&a, &again, NULL), 0);
}

static void an_address_of_another_host_is_explained(void **state)
{
	struct addr a;
	struct err e = { .text = "" };
	int fd = -EBADF;

	(void)state;
	assert_int_equal(addr_parse_ip("192.0.2.1", &a, NULL), 0);
	addr_set_port(&a, 8080);
	assert_true(hostport_reserve(&a, &fd, &e) < 0);
	assert_non_null(strstr(e.text, "not an address of this host"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reserved_port_refuses_and_a_listening_one_accepts),
		cmocka_unit_test(closing_the_listener_refuses_and_a_new_one_accepts_again),
		cmocka_unit_test(a_listener_that_was_shut_down_can_listen_again),
		cmocka_unit_test(an_ipv4_port_can_be_listened_on_by_an_ipv6_socket),
		cmocka_unit_test(nobody_else_gets_a_reserved_port),
		cmocka_unit_test(a_port_that_is_listened_on_cannot_be_reserved),
		cmocka_unit_test(a_port_can_be_reserved_while_old_connections_linger),
		cmocka_unit_test(an_address_of_another_host_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
