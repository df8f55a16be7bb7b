/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "broker/lookup.h"
#include "spec/lookup.h"

#include <pthread.h>
#include <string.h>

/* The engine's half runs in a thread of its own, since it waits for each answer. */
struct asking {
	int fd;
	struct lookup_request request;
	struct lookup_reply reply;
	int result;
};

static void *ask(void *ctx)
{
	struct asking *a = ctx;

	a->result = lookup_ask(a->fd, &a->request, &a->reply);
	(void)shutdown(a->fd, SHUT_RDWR); /* the server's loop ends by this */
	return NULL;
}

/* Asks a server that has these grants for one name. */
static struct asking ask_server(const char *rule, const char *node, const char *service,
				struct egress *eg)
{
	struct asking a = { .request = { .family = AF_UNSPEC, .socktype = SOCK_STREAM } };
	static struct grant_set grants;
	struct report report = { .process = "test", .egress = eg };
	struct lookup_server *server = NULL;
	pthread_t thread;
	uv_loop_t loop;
	int fds[2];

	grant_set_deinit(&grants);
	if (rule)
		assert_int_equal(grant_set_allow(&grants, rule, NULL), 0);
	egress_init(eg, &grants);
	memcpy(a.request.node, node, strlen(node));
	memcpy(a.request.service, service, strlen(service));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	a.fd = fds[0];
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(lookup_server_new(&loop, fds[1], eg, &report, &server), 0);
	assert_int_equal(pthread_create(&thread, NULL, ask, &a), 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(pthread_join(thread, NULL), 0);
	lookup_server_stop(server);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	(void)fd_close(fds[0]);
	return a;
}

static void a_literal_address_needs_no_grant(void **state)
{
	char text[ADDR_TEXT_MAX];
	struct egress eg;
	struct asking a = ask_server(NULL, "192.0.2.7", "443", &eg);

	(void)state;
	assert_int_equal(a.result, 0);
	assert_int_equal(a.reply.error, 0);
	assert_int_equal(a.reply.n_results, 1);
	assert_string_equal(addr_format(&a.reply.results[0].addr, text), "192.0.2.7:443");
	assert_int_equal(eg.n_pins, 0);
	egress_deinit(&eg);
}

static void localhost_needs_no_grant(void **state)
{
	struct egress eg;
	struct asking a = ask_server(NULL, "LocalHost.", "80", &eg);

	(void)state;
	assert_int_equal(a.reply.error, 0);
	assert_true(a.reply.n_results > 0);
	assert_true(addr_is_loopback(&a.reply.results[0].addr));
	assert_int_equal(addr_port(&a.reply.results[0].addr), 80);
	egress_deinit(&eg);
}

static void the_own_host_name_needs_no_grant(void **state)
{
	struct egress eg;
	struct asking a = ask_server("example.org:443", "Test", "80", &eg);

	(void)state;
	assert_int_equal(a.reply.error, 0);
	assert_true(a.reply.n_results > 0);
	assert_true(addr_is_loopback(&a.reply.results[0].addr));
	egress_deinit(&eg);
}

static void a_name_without_a_grant_is_refused_with_eacces(void **state)
{
	struct egress eg;
	struct asking a = ask_server("example.org:443", "example.com", "443", &eg);

	(void)state;
	assert_int_equal(a.result, 0);
	assert_int_equal(a.reply.error, EAI_SYSTEM);
	assert_int_equal(a.reply.sys_errno, EACCES);
	egress_deinit(&eg);
}

/* "test.invalid" cannot exist (RFC 6761): what counts is that it was asked for. */
static void a_name_with_a_grant_is_looked_up(void **state)
{
	struct egress eg;
	struct asking a = ask_server("*.invalid", "test.invalid", "", &eg);

	(void)state;
	assert_int_equal(a.result, 0);
	assert_true(a.reply.error != 0 && a.reply.error != EAI_SYSTEM);
	egress_deinit(&eg);
}

static void a_service_that_does_not_exist_is_told(void **state)
{
	struct egress eg;
	struct asking a = ask_server(NULL, "127.0.0.1", "no-such-service", &eg);

	(void)state;
	assert_int_equal(a.reply.error, EAI_SERVICE);
	egress_deinit(&eg);
}

static void a_request_that_lookup_ask_cannot_have_sent_is_refused(void **state)
{
	struct lookup_request good = { .family = AF_INET, .socktype = SOCK_STREAM, .node = "a" }, r,
			      got;

	(void)state;
	assert_int_equal(lookup_decode_request(&good, sizeof good, &got), 0);
	assert_string_equal(got.node, "a");
	assert_int_equal(lookup_decode_request(&good, sizeof good - 1, &got), -EINVAL);
	r = good;
	memset(r.node, 'x', sizeof r.node);
	assert_int_equal(lookup_decode_request(&r, sizeof r, &got), -EINVAL);
	r = good;
	memset(r.service, 'x', sizeof r.service);
	assert_int_equal(lookup_decode_request(&r, sizeof r, &got), -EINVAL);
	r = good;
	r.family = AF_UNIX;
	assert_int_equal(lookup_decode_request(&r, sizeof r, &got), -EINVAL);
	r = good;
	r.socktype = SOCK_RAW;
	assert_int_equal(lookup_decode_request(&r, sizeof r, &got), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_literal_address_needs_no_grant),
		cmocka_unit_test(localhost_needs_no_grant),
		cmocka_unit_test(the_own_host_name_needs_no_grant),
		cmocka_unit_test(a_name_without_a_grant_is_refused_with_eacces),
		cmocka_unit_test(a_name_with_a_grant_is_looked_up),
		cmocka_unit_test(a_service_that_does_not_exist_is_told),
		cmocka_unit_test(a_request_that_lookup_ask_cannot_have_sent_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
