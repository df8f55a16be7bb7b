/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/err.h"
#include "base/own.h"
#include "broker/udp.h"

#include <string.h>
#include <sys/socket.h>

enum { DIALS_MAX = UDP_PEERS_MAX + 1 };

struct fixture {
	uv_loop_t loop;
	struct forward forward;
	struct udp *udp;
	int guest;	 /* the "guest's" socket, or -EBADF */
	bool dials_wait; /* answers are kept back */
	struct {
		broker_dialled_fn *dialled;
		void *ctx;
	} waiting[DIALS_MAX];
	size_t n_waiting;
};

static int bound_socket(struct addr *ret)
{
	socklen_t len = sizeof ret->in4;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(addr_parse_ip("127.0.0.1", ret, NULL), 0);
	assert_int_equal(bind(fd, &ret->sa, ret->len), 0);
	assert_int_equal(getsockname(fd, &ret->sa, &len), 0);
	return fd;
}

static int client_of(const struct fixture *t)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(connect(fd, &t->forward.host.sa, t->forward.host.len), 0);
	return fd;
}

static void dial(void *dial_ctx, int family, int type, broker_dialled_fn *dialled, void *ctx)
{
	struct fixture *t = dial_ctx;

	assert_int_equal(type, SOCK_DGRAM);
	if (!t->dials_wait) {
		dialled(ctx, socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
		return;
	}
	assert_true(t->n_waiting < DIALS_MAX);
	t->waiting[t->n_waiting].dialled = dialled;
	t->waiting[t->n_waiting++].ctx = ctx;
}

static void answer_dials(struct fixture *t)
{
	for (size_t i = 0; i < t->n_waiting; i++)
		t->waiting[i].dialled(t->waiting[i].ctx,
				      socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	t->n_waiting = 0;
}

static int set_up(void **state)
{
	struct fixture *t = calloc(1, sizeof *t);
	struct broker_config config = {
		.loop = &t->loop, .name = "test", .dial = dial, .dial_ctx = t
	};
	struct addr guest;
	int fd;

	assert_int_equal(uv_loop_init(&t->loop), 0);
	t->guest = bound_socket(&guest);
	fd = bound_socket(&t->forward.host); /* a port that is free a moment later */
	(void)fd_close(fd);
	t->forward.kind = FORWARD_UDP;
	t->forward.guest_port = addr_port(&guest);
	config.forwards = &t->forward;
	config.n_forwards = 1;
	assert_int_equal(udp_new(&config, &t->udp, NULL), 0);
	assert_int_equal(udp_start(t->udp, NULL), 0);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *t = *state;

	udp_stop(t->udp);
	answer_dials(t);
	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&t->loop), 0); /* no handle is left */
	(void)udp_free(t->udp);
	(void)fd_close(t->guest);
	free(t);
	return 0;
}

static void run(struct fixture *t)
{
	for (int i = 0; i < 8; i++)
		(void)uv_run(&t->loop, UV_RUN_NOWAIT);
}

/* The datagrams that wait at `fd`. */
static size_t count(int fd)
{
	char bytes[64];
	size_t n = 0;

	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) >= 0)
		n++;
	return n;
}

static void an_idle_peer_goes_and_a_used_one_stays(void **state)
{
	struct fixture *t = *state;
	AUTO_CLOSE int client = client_of(t);
	uint64_t now;

	assert_int_equal(send(client, "x", 1, 0), 1);
	run(t);
	now = uv_now(&t->loop);
	udp_expire(t->udp, now + UDP_IDLE_MS - 1000);
	assert_int_equal(udp_n_peers(t->udp), 1);
	udp_expire(t->udp, now + UDP_IDLE_MS);
	assert_int_equal(udp_n_peers(t->udp), 0);
}

static void the_table_is_bounded(void **state)
{
	struct fixture *t = *state;

	t->dials_wait = true;
	for (uint32_t i = 0; i <= UDP_PEERS_MAX; i++) {
		AUTO_CLOSE int client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		struct sockaddr_in own = { .sin_family = AF_INET,
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK + i) };

		/* An address of its own: a port would be used again. */
		assert_int_equal(bind(client, (struct sockaddr *)&own, sizeof own), 0);
		assert_int_equal(
			sendto(client, "x", 1, 0, &t->forward.host.sa, t->forward.host.len), 1);
		run(t);
	}
	assert_int_equal(udp_n_peers(t->udp), UDP_PEERS_MAX);
	answer_dials(t); /* the first one's too, which has been put out meanwhile */
	assert_int_equal(udp_n_peers(t->udp), UDP_PEERS_MAX);
}

static void a_few_datagrams_are_kept_while_the_socket_is_asked_for(void **state)
{
	struct fixture *t = *state;
	AUTO_CLOSE int client = client_of(t);

	t->dials_wait = true;
	for (int i = 0; i < 20; i++)
		assert_int_equal(send(client, "x", 1, 0), 1);
	run(t);
	assert_int_equal(t->n_waiting, 1);
	assert_int_equal(count(t->guest), 0);
	answer_dials(t);
	assert_int_equal(count(t->guest), 8);
}

static void a_client_hears_nothing_that_the_guest_has_not_said(void **state)
{
	struct fixture *t = *state;
	AUTO_CLOSE int client = client_of(t);

	for (int i = 0; i < 5; i++)
		assert_int_equal(send(client, "x", 1, 0), 1);
	run(t);
	assert_int_equal(count(t->guest), 5);
	assert_int_equal(count(client), 0);
}

static void a_refusal_does_not_end_the_peer(void **state)
{
	struct fixture *t = *state;
	AUTO_CLOSE int client = client_of(t);
	struct addr guest;

	(void)addr_parse_ip("127.0.0.1", &guest, NULL);
	addr_set_port(&guest, t->forward.guest_port);
	t->guest = fd_close(t->guest);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(send(client, "lost", 4, 0), 4);
		run(t);
	}
	assert_int_equal(udp_n_peers(t->udp), 1);
	t->guest = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(t->guest, &guest.sa, guest.len), 0);
	assert_int_equal(send(client, "x", 1, 0), 1);
	run(t);
	assert_int_equal(count(t->guest), 1);
}

static void an_answer_finds_its_client(void **state)
{
	struct fixture *t = *state;
	AUTO_CLOSE int asked = client_of(t);
	AUTO_CLOSE int other = client_of(t);
	struct sockaddr_in from;
	socklen_t len = sizeof from;
	char byte;

	assert_int_equal(send(other, "o", 1, 0), 1);
	run(t);
	assert_int_equal(count(t->guest), 1);
	assert_int_equal(send(asked, "a", 1, 0), 1);
	run(t);
	assert_int_equal(recvfrom(t->guest, &byte, 1, 0, (struct sockaddr *)&from, &len), 1);
	assert_int_equal(sendto(t->guest, "r", 1, 0, (struct sockaddr *)&from, len), 1);
	run(t);
	assert_int_equal(count(asked), 1);
	assert_int_equal(count(other), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(an_idle_peer_goes_and_a_used_one_stays),
		CASE(the_table_is_bounded),
		CASE(a_few_datagrams_are_kept_while_the_socket_is_asked_for),
		CASE(a_client_hears_nothing_that_the_guest_has_not_said),
		CASE(a_refusal_does_not_end_the_peer),
		CASE(an_answer_finds_its_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
