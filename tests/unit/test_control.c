/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/err.h"
#include "base/own.h"
#include "process/control.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static void pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
}

static void a_message_arrives_with_its_descriptors_close_on_exec(void **state)
{
	int fds[2], pipe_fds[2];
	struct control_msg sent = { .type = CONTROL_READY,
				    .value = -5,
				    .text = "name",
				    .n_fds = 2 },
			   got;
	char byte = 0;

	(void)state;
	pair(fds);
	assert_int_equal(pipe2(pipe_fds, 0), 0);
	sent.fds[0] = pipe_fds[0];
	sent.fds[1] = pipe_fds[1];
	assert_int_equal(control_send(fds[0], &sent), 0);
	assert_int_equal(control_recv(fds[1], &got), 0);
	assert_int_equal(got.type, CONTROL_READY);
	assert_int_equal(got.value, -5);
	assert_string_equal(got.text, "name");
	assert_int_equal(got.n_fds, 2);
	assert_true(fcntl(got.fds[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(got.fds[1], "x", 1), 1);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	control_close_fds(&got);
	for (int i = 0; i < 2; i++) {
		(void)fd_close(fds[i]);
		(void)fd_close(pipe_fds[i]);
	}
}

static void a_closed_end_is_told_from_a_damaged_message(void **state)
{
	struct control_msg got;
	int fds[2];

	(void)state;
	pair(fds);
	assert_int_equal(send(fds[0], "short", 5, 0), 5);
	assert_int_equal(control_recv(fds[1], &got), -EBADMSG);
	(void)fd_close(fds[0]);
	assert_int_equal(control_recv(fds[1], &got), -EPIPE);
	(void)fd_close(fds[1]);
}

static void a_text_without_an_end_is_ended(void **state)
{
	struct control_msg sent = { .type = CONTROL_FAILED }, got;
	int fds[2];

	(void)state;
	memset(sent.text, 'x', sizeof sent.text);
	pair(fds);
	assert_int_equal(control_send(fds[0], &sent), 0);
	assert_int_equal(control_recv(fds[1], &got), 0);
	assert_int_equal(strlen(got.text), sizeof got.text - 1);
	(void)fd_close(fds[0]);
	(void)fd_close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_with_its_descriptors_close_on_exec),
		cmocka_unit_test(a_closed_end_is_told_from_a_damaged_message),
		cmocka_unit_test(a_text_without_an_end_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
