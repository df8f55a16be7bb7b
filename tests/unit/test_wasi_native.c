/* wasmrun's own module wasmrun_net, and what the SDK for C passes through WasmEdge's calls. */
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "wasi/raw_option.h"

#include "test_wasi_guest.h"

enum { UNIX = 3 }; /* the dialect's number */

static void a_pair_is_two_connected_sockets(void **state)
{
	static const uint32_t types[] = { STREAM, DGRAM };
	struct guest *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		assert_int_equal(CALL(g, "sock_pair", UNIX, types[i], RET), P1_SUCCESS);
		assert_int_not_equal(get32(g, RET), get32(g, RET + 4));
		assert_int_equal(write_text(g, get32(g, RET), "ping"), P1_SUCCESS);
		assert_reads(g, get32(g, RET + 4), "ping");
	}
}

static void a_pair_of_another_family_or_type_or_outside_is_refused(void **state)
{
	static const struct {
		uint32_t family, type, ret, error;
	} cases[] = {
		{ 1, STREAM, RET, P1_AFNOSUPPORT },
		{ UNIX, 0, RET, P1_INVAL },
		{ UNIX, 3, RET, P1_INVAL },
		{ UNIX, STREAM, MEM_SIZE - 7, P1_FAULT },
	};
	struct guest *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(CALL(g, "sock_pair", cases[i].family, cases[i].type, cases[i].ret),
				 cases[i].error);
}

static void interfaces_are_those_of_the_namespace_in_order(void **state)
{
	struct guest *g = *state;
	struct if_nameindex *list = if_nameindex();
	uint32_t after = 0;
	uint32_t r;
	bool found_lo = false;

	assert_non_null(list);
	while ((r = CALL(g, "interface_next", after, RET, BUF)) == P1_SUCCESS) {
		const char *name = (const char *)gmem_view(g->mem, BUF, IF_NAMESIZE);

		assert_true(get32(g, RET) > after);
		after = get32(g, RET);
		assert_int_equal(if_nametoindex(name), after);
		found_lo = found_lo || strcmp(name, "lo") == 0;
	}
	assert_int_equal(r, P1_NOENT);
	assert_true(found_lo);
	if_freenameindex(list);
	assert_int_equal(CALL(g, "interface_next", UINT32_MAX, RET, BUF), P1_NOENT);
	assert_int_equal(CALL(g, "interface_next", 0, RET, MEM_SIZE - 15), P1_FAULT);
}

static void the_hostname_is_the_namespaces(void **state)
{
	struct guest *g = *state;
	struct utsname u;
	size_t len;

	assert_int_equal(uname(&u), 0);
	len = strlen(u.nodename);
	assert_int_equal(CALL(g, "hostname", BUF, 255, RET), P1_SUCCESS);
	assert_int_equal(get32(g, RET), len);
	assert_memory_equal(gmem_view(g->mem, BUF, len), u.nodename, len);
	assert_int_equal(CALL(g, "hostname", BUF, len - 1, RET), P1_NAMETOOLONG);
	assert_int_equal(CALL(g, "hostname", BUF, 255, MEM_SIZE - 3), P1_FAULT);
}

static uint32_t raw_set(struct guest *g, uint32_t fd, int level, int name, uint32_t value)
{
	put32(g, BUF, value);
	return CALL(g, "sock_setsockopt", fd, RAW_LEVEL + (uint32_t)level, (uint32_t)name, BUF, 4);
}

static uint32_t raw_get(struct guest *g, uint32_t fd, int level, int name)
{
	put32(g, BUF, 0xdeadbeef);
	put32(g, RET3, 128);
	return CALL(g, "sock_getsockopt", fd, RAW_LEVEL + (uint32_t)level, (uint32_t)name, BUF,
		    RET3);
}

static uint32_t open_socket(struct guest *g, uint32_t family, uint32_t type)
{
	assert_int_equal(CALL(g, "sock_open", family, type, RET), P1_SUCCESS);
	return get32(g, RET);
}

static void a_raw_option_is_linuxs(void **state)
{
	struct guest *g = *state;
	uint32_t fd = open_socket(g, 1, STREAM);

	assert_int_equal(raw_set(g, fd, IPPROTO_IP, IP_TTL, 33), P1_SUCCESS);
	assert_int_equal(raw_get(g, fd, IPPROTO_IP, IP_TTL), P1_SUCCESS);
	assert_int_equal(get32(g, BUF), 33);
	assert_int_equal(get32(g, RET3), 4);
	assert_int_equal(raw_get(g, fd, SOL_SOCKET, SO_DOMAIN), P1_SUCCESS);
	assert_int_equal(get32(g, BUF), AF_INET);
}

static void a_raw_option_that_is_not_on_the_list_is_refused(void **state)
{
	struct guest *g = *state;
	uint32_t fd = open_socket(g, 1, STREAM);

	assert_int_equal(raw_set(g, fd, IPPROTO_TCP, TCP_REPAIR, 1), P1_NOPROTOOPT);
	assert_int_equal(raw_get(g, fd, IPPROTO_TCP, TCP_INFO), P1_NOPROTOOPT);
	assert_int_equal(raw_set(g, fd, SOL_SOCKET, SO_MARK, 1), P1_NOPROTOOPT);
	assert_int_equal(raw_get(g, fd, SOL_SOCKET, SO_PEERCRED), P1_NOPROTOOPT);
}

/* A stream socket can be the host's. */
static void groups_are_for_datagrams_only(void **state)
{
	struct guest *g = *state;
	uint32_t stream = open_socket(g, 1, STREAM);
	uint32_t datagrams = open_socket(g, 1, DGRAM);

	assert_int_equal(raw_set(g, stream, IPPROTO_IP, IP_MULTICAST_IF, 0), P1_NOPROTOOPT);
	assert_int_equal(raw_set(g, stream, IPPROTO_IP, IP_ADD_MEMBERSHIP, 0), P1_NOPROTOOPT);
	assert_int_equal(raw_set(g, datagrams, IPPROTO_IP, IP_MULTICAST_IF, 0), P1_SUCCESS);
}

static void a_raw_value_that_is_too_long_is_refused(void **state)
{
	struct guest *g = *state;
	uint32_t fd = open_socket(g, 1, DGRAM);

	assert_int_equal(CALL(g, "sock_setsockopt", fd, RAW_LEVEL + IPPROTO_IP, IP_TTL, BUF,
			      RAW_VALUE_MAX + 1),
			 P1_INVAL);
	assert_int_equal(
		CALL(g, "sock_setsockopt", fd, RAW_LEVEL + IPPROTO_IP, IP_TTL, MEM_SIZE - 3, 4),
		P1_FAULT);
}

/* The kernel wants a scope for a link-local address, and an interface of that number. */
static void an_ipv6_address_carries_its_scope(void **state)
{
	static const uint8_t link_local[] = { 0xfe, 0x80, [15] = 1 };
	struct guest *g = *state;
	uint32_t fd = open_socket(g, INET6, DGRAM);
	uint8_t *p = gmem_view(g->mem, BUF, 128);

	put32(g, RET2, BUF);
	put32(g, RET2 + 4, 128);
	memset(p, 0, 128);
	gmem_store16(p, INET6);
	memcpy(p + 2, link_local, sizeof link_local);
	memset(p + 20, 0xff, 4); /* not marked as a scope */
	assert_int_equal(CALL(g, "sock_bind", fd, RET2, 0), P1_INVAL);
	gmem_store16(p + 18, 1);
	gmem_store32(p + 20, 0x7fffffff);
	assert_int_equal(CALL(g, "sock_bind", fd, RET2, 0), P1_NODEV);
	gmem_store32(p + 20, if_nametoindex("lo"));
	assert_int_equal(CALL(g, "sock_bind", fd, RET2, 0), P1_ADDRNOTAVAIL);
}

static void signals_are_bytes_of_the_supervisors_pipe(void **state)
{
	struct guest *g = *state;
	struct err e = { .text = "" };
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	g->config.signal_fd = ends[0];
	sys_free(g->sys);
	assert_int_equal(sys_new(&g->config, &g->sys, &e), 0);
	assert_int_equal(CALL(g, "signal_open", RET), P1_SUCCESS);
	assert_int_equal(write(ends[1], "\x0f", 1), 1);
	assert_reads(g, get32(g, RET), "\x0f");
	assert_int_equal(CALL(g, "signal_open", MEM_SIZE - 3), P1_FAULT);
	close(ends[0]);
	close(ends[1]);
}

static bool is_ignored(int number)
{
	struct sigaction now;

	assert_int_equal(sigaction(number, NULL, &now), 0);
	return now.sa_handler == SIG_IGN;
}

static void a_caught_signal_does_not_end_the_process(void **state)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct guest *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
		assert_int_equal(CALL(g, "signal_catch", caught[i], 1), P1_SUCCESS);
		assert_true(is_ignored(caught[i]));
		assert_int_equal(CALL(g, "signal_catch", caught[i], 0), P1_SUCCESS);
		assert_false(is_ignored(caught[i]));
	}
	assert_int_equal(CALL(g, "signal_catch", SIGSEGV, 1), P1_INVAL);
	assert_int_equal(CALL(g, "signal_catch", SIGKILL, 1), P1_INVAL);
	assert_int_equal(CALL(g, "signal_catch", UINT32_MAX, 1), P1_INVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(a_pair_is_two_connected_sockets),
		GUEST_TEST(a_pair_of_another_family_or_type_or_outside_is_refused),
		GUEST_TEST(interfaces_are_those_of_the_namespace_in_order),
		GUEST_TEST(the_hostname_is_the_namespaces),
		GUEST_TEST(a_raw_option_is_linuxs),
		GUEST_TEST(a_raw_option_that_is_not_on_the_list_is_refused),
		GUEST_TEST(groups_are_for_datagrams_only),
		GUEST_TEST(a_raw_value_that_is_too_long_is_refused),
		GUEST_TEST(an_ipv6_address_carries_its_scope),
		GUEST_TEST(signals_are_bytes_of_the_supervisors_pipe),
		GUEST_TEST(a_caught_signal_does_not_end_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
