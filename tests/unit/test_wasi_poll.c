/* poll_oneoff: its rules one by one, and the user's stdin and stdout. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "test_wasi_guest.h"

enum { SUBS = BUF2, EVENTS = OUT, MS = 1000000 };

/* Subscription `i`; its userdata is 100 + i. */
static void sub_clock(struct guest *g, uint32_t i, uint32_t clock, uint64_t ns, bool absolute)
{
	uint32_t at = SUBS + i * 48;

	memset(gmem_view(g->mem, at, 48), 0, 48);
	put64(g, at, 100 + i);
	put32(g, at + 16, clock);
	put64(g, at + 24, ns);
	put32(g, at + 40, absolute ? P1_CLOCK_ABSTIME : 0);
}

static void sub_fd(struct guest *g, uint32_t i, uint8_t tag, uint32_t fd)
{
	uint32_t at = SUBS + i * 48;

	memset(gmem_view(g->mem, at, 48), 0, 48);
	put64(g, at, 100 + i);
	*gmem_view(g->mem, at + 8, 1) = tag;
	put32(g, at + 16, fd);
}

/* Polls `n` subscriptions and returns how many events there are. */
static uint32_t poll_n(struct guest *g, uint32_t n)
{
	assert_int_equal(CALL(g, "poll_oneoff", SUBS, EVENTS, n, RET3), P1_SUCCESS);
	return get32(g, RET3);
}

struct event {
	uint64_t userdata;
	uint16_t error;
	uint8_t type;
	uint64_t n_bytes;
	uint16_t flags;
};

static struct event event_at(struct guest *g, uint32_t i)
{
	const uint8_t *p = gmem_view(g->mem, EVENTS + i * 32, 32);

	return (struct event){ gmem_load64(p), gmem_load16(p + 8), p[10], gmem_load64(p + 16),
			       gmem_load16(p + 24) };
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void nothing_to_wait_for_is_invalid(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "poll_oneoff", SUBS, EVENTS, 0, RET3), P1_INVAL);
	sub_fd(g, 0, 3, WORK); /* no such tag */
	assert_int_equal(CALL(g, "poll_oneoff", SUBS, EVENTS, 1, RET3), P1_INVAL);
	assert_int_equal(CALL(g, "poll_oneoff", SUBS, EVENTS, UINT32_MAX, RET3), P1_FAULT);
}

static void a_bad_descriptor_is_its_own_events_error(void **state)
{
	struct guest *g = *state;
	uint32_t file = must_open(g, WORK, "file", 0, READ);

	sub_fd(g, 0, P1_EVENT_READ, 99);
	sub_fd(g, 1, P1_EVENT_READ, file);
	sub_clock(g, 2, 9, 0, false);
	sub_clock(g, 3, P1_CLOCK_THREAD_CPU, 0, false);
	sub_clock(g, 4, P1_CLOCK_MONOTONIC, 60000 * (uint64_t)MS, false);
	assert_int_equal(poll_n(g, 5), 4);
	assert_int_equal(event_at(g, 0).userdata, 100);
	assert_int_equal(event_at(g, 0).error, P1_BADF);
	assert_int_equal(event_at(g, 0).type, P1_EVENT_READ);
	assert_int_equal(event_at(g, 1).error, P1_SUCCESS);
	assert_int_equal(event_at(g, 2).error, P1_INVAL);
	assert_int_equal(event_at(g, 3).error, P1_NOTSUP);
}

static void a_file_is_always_ready_with_what_is_left_of_it(void **state)
{
	struct guest *g = *state;
	uint32_t file = must_open(g, WORK, "file", 0, READ | WRITE);

	assert_int_equal(read_buf(g, file, 3), P1_SUCCESS);
	sub_fd(g, 0, P1_EVENT_READ, file);
	sub_fd(g, 1, P1_EVENT_WRITE, file);
	assert_int_equal(poll_n(g, 2), 2);
	assert_int_equal(event_at(g, 0).n_bytes, 7);
	assert_int_equal(event_at(g, 1).type, P1_EVENT_WRITE);
	assert_int_equal(event_at(g, 1).userdata, 101);
}

static void clocks_wait_and_no_longer(void **state)
{
	struct guest *g = *state;
	static const uint32_t clocks[] = { P1_CLOCK_REALTIME, P1_CLOCK_MONOTONIC };
	static const clockid_t linux_clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned absolute = 0; absolute < 2; absolute++) {
			uint64_t start = now_ns(CLOCK_MONOTONIC);
			uint64_t ns = 20 * MS;

			if (absolute)
				ns += now_ns(linux_clocks[i]);
			sub_clock(g, 0, clocks[i], ns, absolute);
			sub_clock(g, 1, P1_CLOCK_MONOTONIC, 60000 * (uint64_t)MS, false);
			assert_int_equal(poll_n(g, 2), 1);
			assert_int_equal(event_at(g, 0).userdata, 100);
			assert_int_equal(event_at(g, 0).type, P1_EVENT_CLOCK);
			assert_true(now_ns(CLOCK_MONOTONIC) - start >= 19 * MS);
			assert_true(now_ns(CLOCK_MONOTONIC) - start < 20000 * (uint64_t)MS);
		}
	}
}

static void a_time_that_has_passed_is_due_at_once(void **state)
{
	struct guest *g = *state;

	sub_clock(g, 0, P1_CLOCK_REALTIME, 1, true);
	sub_clock(g, 1, P1_CLOCK_MONOTONIC, 1, true);
	sub_clock(g, 2, P1_CLOCK_MONOTONIC, 0, false);
	sub_clock(g, 3, P1_CLOCK_MONOTONIC, UINT64_MAX, false);
	sub_clock(g, 4, P1_CLOCK_REALTIME, UINT64_MAX, true);
	assert_int_equal(poll_n(g, 5), 3);
}

/* Go's scheduler asks "what is ready now" with a timeout of 0 as the first subscription. */
static void a_due_clock_does_not_hide_what_is_ready(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;

	must_pair(g, &server, &client);
	assert_int_equal(write_text(g, client, "hello"), P1_SUCCESS);
	sub_clock(g, 0, P1_CLOCK_MONOTONIC, 0, false);
	sub_fd(g, 1, P1_EVENT_READ, server);
	sub_fd(g, 2, P1_EVENT_READ, client);
	sub_fd(g, 3, P1_EVENT_WRITE, server);
	assert_int_equal(poll_n(g, 4), 3);
	assert_int_equal(event_at(g, 0).userdata, 100);
	assert_int_equal(event_at(g, 1).userdata, 101);
	assert_int_equal(event_at(g, 1).n_bytes, 5);
	assert_int_equal(event_at(g, 2).userdata, 103);
}

static void a_half_closed_peer_is_readable_but_not_hung_up(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;

	must_pair(g, &server, &client);
	assert_int_equal(CALL(g, "sock_shutdown", client, P1_SHUT_WR), P1_SUCCESS);
	sub_fd(g, 0, P1_EVENT_READ, server);
	sub_fd(g, 1, P1_EVENT_WRITE, server);
	assert_int_equal(poll_n(g, 2), 2);
	assert_int_equal(event_at(g, 0).flags, 0);
	assert_int_equal(event_at(g, 1).flags, 0);
	assert_int_equal(CALL(g, "sock_shutdown", server, P1_SHUT_WR), P1_SUCCESS);
	sub_fd(g, 0, P1_EVENT_READ, server);
	assert_int_equal(poll_n(g, 1), 1);
	assert_int_equal(event_at(g, 0).flags, P1_EVENT_HANGUP);
}

static void a_connection_that_failed_is_ready_without_an_error(void **state)
{
	struct guest *g = *state;
	uint32_t port;
	uint32_t listener = must_listen(g, &port);
	uint32_t fd = must_socket(g, STREAM);
	uint32_t r;

	assert_int_equal(CALL(g, "fd_close", listener), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", fd, P1_FD_NONBLOCK), P1_SUCCESS);
	r = CALL(g, "sock_connect", fd, LOOPBACK(g), port);
	assert_true(r == P1_INPROGRESS || r == P1_CONNREFUSED);
	sub_fd(g, 0, P1_EVENT_WRITE, fd);
	assert_int_equal(poll_n(g, 1), 1);
	assert_int_equal(event_at(g, 0).error, P1_SUCCESS);
	if (r == P1_INPROGRESS) {
		assert_int_equal(CALL(g, "sock_getsockopt", fd, 0, 2, RET, 4), P1_SUCCESS);
		assert_int_equal(get32(g, RET), P1_CONNREFUSED);
	}
}

static void subscriptions_of_one_descriptor_count_once(void **state)
{
	struct guest *g = *state;
	uint32_t server;
	uint32_t client;
	struct rlimit old;
	struct rlimit low;
	uint32_t n = 1000; /* memory of the test guest has room for so many */

	must_pair(g, &server, &client);
	assert_int_equal(write_text(g, client, "x"), P1_SUCCESS);
	for (uint32_t i = 0; i < n; i++)
		sub_fd(g, i, i % 2 ? P1_EVENT_READ : P1_EVENT_WRITE, server);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = (struct rlimit){ 64, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(poll_n(g, n), n);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(event_at(g, i).userdata, 100 + i);
}

static void as_many_as_the_bound_and_no_more(void **state)
{
	struct guest *g = *state;
	struct gmem small = g->mem;
	const uint64_t big_size = (uint64_t)65537 * 80 + BUF2;
	uint8_t *big = calloc(1, big_size);
	uint32_t r;

	assert_non_null(big);
	g->mem = (struct gmem){ big, big_size };
	for (uint32_t i = 0; i < 65537; i++)
		sub_clock(g, i, P1_CLOCK_MONOTONIC, 0, false);
	r = CALL(g, "poll_oneoff", SUBS, SUBS + 65537 * 48, 65537, RET3);
	assert_int_equal(r, P1_INVAL);
	r = CALL(g, "poll_oneoff", SUBS, SUBS + 65537 * 48, 65536, RET3);
	assert_int_equal(r, P1_SUCCESS);
	assert_int_equal(get32(g, RET3), 65536);
	g->mem = small;
	free(big);
}

static void on_alarm(int sig)
{
}

/* One SIGALRM in 5 ms, which interrupts the system call that is waiting then. */
static void alarm_soon(void)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval soon = { .it_value = { .tv_usec = 5000 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
}

static void a_signal_to_the_host_does_not_end_a_wait(void **state)
{
	struct guest *g = *state;
	uint64_t start = now_ns(CLOCK_MONOTONIC);
	uint32_t server;
	uint32_t client;

	alarm_soon();
	sub_clock(g, 0, P1_CLOCK_MONOTONIC, 30 * MS, false);
	assert_int_equal(poll_n(g, 1), 1);
	assert_true(now_ns(CLOCK_MONOTONIC) - start >= 30 * MS);
	must_pair(g, &server, &client);
	put64(g, OUT, 0);
	put64(g, OUT + 8, 30000);
	assert_int_equal(CALL(g, "sock_setsockopt", server, 0, 11, OUT, 16), P1_SUCCESS);
	alarm_soon();
	assert_int_equal(read_buf(g, server, 10), P1_AGAIN); /* SO_RCVTIMEO, not INTR */
}

/* Makes `fd` the process's 0 and gives the guest a fresh start with it. Returns the old 0. */
static int with_stdin(struct guest *g, int fd)
{
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);

	if (fd < 0)
		close(0);
	else
		assert_int_equal(dup2(fd, 0), 0);
	sys_free(g->sys);
	g->sys = NULL;
	assert_int_equal(sys_new(&g->config, &g->sys, NULL), 0);
	return saved;
}

static void restore_stdin(int saved)
{
	if (saved < 0) {
		close(0);
		return;
	}
	assert_int_equal(dup2(saved, 0), 0);
	close(saved);
}

static void nonblocking_stdin_leaves_the_users_terminal_alone(void **state)
{
	struct guest *g = *state;
	int fds[2];
	int saved;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	saved = with_stdin(g, fds[0]);
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", 0, P1_FD_NONBLOCK), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_fdstat_get", 0, RET), P1_SUCCESS);
	assert_int_equal(gmem_load16(gmem_view(g->mem, RET + 2, 2)), P1_FD_NONBLOCK);
	assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(read_buf(g, 0, 10), P1_AGAIN);
	assert_int_equal(write(fds[1], "in", 2), 2);
	assert_reads(g, 0, "in");
	close(fds[1]);
	assert_reads(g, 0, "");
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", 0, P1_FD_APPEND), P1_INVAL);
	restore_stdin(saved);
	close(fds[0]);
}

static void nonblocking_stdout_takes_what_a_full_pipe_can(void **state)
{
	struct guest *g = *state;
	int fds[2];
	int saved;
	uint32_t n = 0;
	uint32_t r;

	/* Descriptor 0 plays the part of 1, which cmocka writes to. */
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	saved = with_stdin(g, fds[1]);
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", 0, P1_FD_NONBLOCK), P1_SUCCESS);
	put_iov(g, 0, BUF, 3000);
	put_iov(g, 1, BUF, 30000);
	while ((r = CALL(g, "fd_write", 0, IOVS, 2, RET)) == P1_SUCCESS && n < 1000000) {
		assert_true(get32(g, RET) > 0);
		n += get32(g, RET);
	}
	assert_int_equal(r, P1_AGAIN);
	assert_true(n >= 4096);
	restore_stdin(saved);
	close(fds[0]);
	close(fds[1]);
}

static void stdin_is_told_as_what_it_is(void **state)
{
	struct guest *g = *state;
	int fds[2];
	int saved;
	uint64_t rights;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	saved = with_stdin(g, fds[0]);
	assert_int_equal(CALL(g, "fd_fdstat_get", 0, RET), P1_SUCCESS);
	rights = get64(g, RET + 8);
	assert_int_equal(*gmem_view(g->mem, RET, 1), P1_TYPE_UNKNOWN);
	assert_false(rights & (P1_RIGHT_FD_SEEK | P1_RIGHT_FD_WRITE));
	assert_true(rights & P1_RIGHT_FD_READ);
	restore_stdin(saved);
	close(fds[0]);
	close(fds[1]);
}

static void stdin_that_is_closed_stays_closed(void **state)
{
	struct guest *g = *state;
	int saved = with_stdin(g, -1);

	assert_int_equal(read_buf(g, 0, 1), P1_BADF);
	assert_int_equal(CALL(g, "fd_fdstat_get", 0, RET), P1_BADF);
	/* No file of the guest's gets the process's number 0. */
	assert_true(fcntl(0, F_GETFL) & O_PATH);
	assert_int_equal(must_open(g, WORK, "file", 0, READ), 0);
	assert_reads(g, 0, "0123456789");
	restore_stdin(saved);
}

static void closing_stdin_keeps_the_processs_own(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "fd_close", 2), P1_SUCCESS);
	assert_true(fcntl(2, F_GETFD) >= 0);
	assert_int_equal(write_text(g, 2, "x"), P1_BADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(nothing_to_wait_for_is_invalid),
		GUEST_TEST(a_bad_descriptor_is_its_own_events_error),
		GUEST_TEST(a_file_is_always_ready_with_what_is_left_of_it),
		GUEST_TEST(clocks_wait_and_no_longer),
		GUEST_TEST(a_time_that_has_passed_is_due_at_once),
		GUEST_TEST(a_due_clock_does_not_hide_what_is_ready),
		GUEST_TEST(a_half_closed_peer_is_readable_but_not_hung_up),
		GUEST_TEST(a_connection_that_failed_is_ready_without_an_error),
		GUEST_TEST(subscriptions_of_one_descriptor_count_once),
		GUEST_TEST(as_many_as_the_bound_and_no_more),
		GUEST_TEST(a_signal_to_the_host_does_not_end_a_wait),
		GUEST_TEST(nonblocking_stdin_leaves_the_users_terminal_alone),
		GUEST_TEST(nonblocking_stdout_takes_what_a_full_pipe_can),
		GUEST_TEST(stdin_is_told_as_what_it_is),
		GUEST_TEST(stdin_that_is_closed_stays_closed),
		GUEST_TEST(closing_stdin_keeps_the_processs_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
