/* What holds for every call: bad descriptors and bad pointers; and the calls about the process. */
#include <time.h>

#include "test_wasi_guest.h"

/* A call that succeeds, and which of its arguments are pointers to how many bytes. */
struct good_call {
	const char *name;
	uint64_t args[9];
	size_t n_args;
	struct {
		int arg;
		uint32_t size;
	} ptrs[4];
};

/* What prepare() puts under these numbers. */
enum { FILE_FD = 5, LISTENER = 6, CLIENT = 7, SERVER = 8, UDP = 9 };

enum { HINTS = OUT + 4096 }; /* of sock_getaddrinfo, and what it fills in */

/* In this order: each leaves what the next needs. Paths: PATH is "file", PATH2 is "new". */
static const struct good_call good_calls[] = {
	{ "args_get", { RET, BUF }, 2, { { 0, 8 }, { 1, 9 } } },
	{ "args_sizes_get", { RET, RET2 }, 2, { { 0, 4 }, { 1, 4 } } },
	{ "environ_get", { RET, BUF }, 2, { { 0, 8 }, { 1, 12 } } },
	{ "environ_sizes_get", { RET, RET2 }, 2, { { 0, 4 }, { 1, 4 } } },
	{ "clock_res_get", { 0, RET }, 2, { { 1, 8 } } },
	{ "clock_time_get", { 1, 0, RET }, 3, { { 2, 8 } } },
	{ "fd_fdstat_get", { WORK, RET }, 2, { { 1, 24 } } },
	{ "fd_filestat_get", { WORK, RET }, 2, { { 1, 64 } } },
	{ "fd_pread", { FILE_FD, IOVS, 1, 0, RET }, 5, { { 1, 8 }, { 4, 4 } } },
	{ "fd_prestat_get", { WORK, RET }, 2, { { 1, 8 } } },
	{ "fd_prestat_dir_name", { WORK, BUF, 1 }, 3, { { 1, 1 } } },
	{ "fd_pwrite", { FILE_FD, IOVS, 1, 0, RET }, 5, { { 1, 8 }, { 4, 4 } } },
	{ "fd_read", { FILE_FD, IOVS, 1, RET }, 4, { { 1, 8 }, { 3, 4 } } },
	{ "fd_readdir", { WORK, BUF, 256, 0, RET }, 5, { { 1, 256 }, { 4, 4 } } },
	{ "fd_seek", { FILE_FD, 0, 0, RET }, 4, { { 3, 8 } } },
	{ "fd_tell", { FILE_FD, RET }, 2, { { 1, 8 } } },
	{ "fd_write", { FILE_FD, IOVS, 1, RET }, 4, { { 1, 8 }, { 3, 4 } } },
	{ "path_create_directory", { WORK, PATH2, 3 }, 3, { { 1, 3 } } },
	{ "path_remove_directory", { WORK, PATH2, 3 }, 3, { { 1, 3 } } },
	{ "path_filestat_get", { WORK, 0, PATH, 4, RET }, 5, { { 2, 4 }, { 4, 64 } } },
	{ "path_filestat_set_times", { WORK, 0, PATH, 4, 1, 1, 5 }, 7, { { 2, 4 } } },
	{ "path_link", { WORK, 0, PATH, 4, WORK, PATH2, 3 }, 7, { { 2, 4 }, { 5, 3 } } },
	{ "path_unlink_file", { WORK, PATH2, 3 }, 3, { { 1, 3 } } },
	{ "path_symlink", { PATH, 4, WORK, PATH2, 3 }, 5, { { 0, 4 }, { 3, 3 } } },
	{ "path_readlink", { WORK, PATH2, 3, BUF, 8, RET }, 6, { { 1, 3 }, { 3, 8 }, { 5, 4 } } },
	{ "path_rename", { WORK, PATH, 4, WORK, PATH2, 3 }, 6, { { 1, 4 }, { 4, 3 } } },
	{ "path_open", { WORK, 0, PATH2, 3, 0, READ, 0, 0, RET }, 9, { { 2, 3 }, { 8, 4 } } },
	{ "poll_oneoff", { BUF2, OUT, 1, RET }, 4, { { 0, 48 }, { 1, 32 }, { 3, 4 } } },
	{ "random_get", { BUF, 16 }, 2, { { 0, 16 } } },
	{ "sock_open", { 1, 2, RET }, 3, { { 2, 4 } } },
	{ "sock_bind", { UDP, ADDR, 0 }, 3, { { 1, 8 } } },
	{ "sock_getlocaladdr", { UDP, ADDR, RET }, 3, { { 1, 8 }, { 2, 4 } } },
	{ "sock_send_to", { UDP, IOVS, 1, ADDR, 9, 0, RET }, 7, { { 1, 8 }, { 3, 8 }, { 6, 4 } } },
	{ "sock_connect", { UDP, ADDR, 9 }, 3, { { 1, 8 } } },
	{ "sock_getpeeraddr", { UDP, ADDR, RET }, 3, { { 1, 8 }, { 2, 4 } } },
	{ "sock_getsockopt", { UDP, 0, 1, RET, 4 }, 5, { { 3, 4 } } },
	{ "sock_setsockopt", { UDP, 0, 0, RET, 4 }, 5, { { 3, 4 } } },
	{ "sock_send", { CLIENT, IOVS, 1, 0, RET }, 5, { { 1, 8 }, { 4, 4 } } },
	{ "sock_recv", { SERVER, IOVS, 1, 0, RET, RET2 }, 6, { { 1, 8 }, { 4, 4 }, { 5, 2 } } },
	{ "sock_send", { CLIENT, IOVS, 1, 0, RET }, 5, { { 1, 8 }, { 4, 4 } } },
	{ "sock_recv_from",
	  { SERVER, IOVS, 1, ADDR, 0, RET, RET2, RET3 },
	  8,
	  { { 3, 8 }, { 5, 4 }, { 6, 4 }, { 7, 2 } } },
	{ "sock_accept", { LISTENER, 0, RET }, 3, { { 2, 4 } } },
	{ "sock_getaddrinfo",
	  { PATH, 0, PATH, 0, HINTS, RET3 + 32, 1, RET2 },
	  8,
	  { { 4, 28 }, { 5, 4 }, { 7, 4 } } },
};

static void prepare(struct guest *g)
{
	uint32_t port;

	assert_int_equal(must_open(g, WORK, "file", 0, READ | WRITE), FILE_FD);
	assert_int_equal(must_listen(g, &port), LISTENER);
	assert_int_equal(must_connect(g, port), CLIENT);
	assert_int_equal(CALL(g, "sock_accept", LISTENER, 0, RET), P1_SUCCESS);
	assert_int_equal(get32(g, RET), SERVER);
	assert_int_equal(must_socket(g, DGRAM), UDP);
	(void)must_connect(g, port); /* for sock_accept */
	put_iov(g, 0, BUF2, 4);
	put_text(g, PATH, "file");
	put_text(g, PATH2, "new");
	LOOPBACK(g);
	/* poll_oneoff: a file is always ready. */
	memset(gmem_view(g->mem, BUF2, 48), 0, 48);
	gmem_view(g->mem, BUF2 + 8, 1)[0] = P1_EVENT_READ;
	put32(g, BUF2 + 16, FILE_FD);
	/* sock_getaddrinfo: hints ask for a stream over IPv4, one node behind them. */
	memset(gmem_view(g->mem, HINTS, 256), 0, 256);
	gmem_view(g->mem, HINTS + 2, 2)[0] = INET4;
	gmem_view(g->mem, HINTS + 2, 2)[1] = STREAM;
	put32(g, HINTS + 64 + 12, HINTS + 128); /* its sockaddr */
	put32(g, HINTS + 128 + 8, HINTS + 192); /* its data */
}

static uint32_t call_good(struct guest *g, const struct good_call *c, const uint64_t *args)
{
	put32(g, RET3 + 32, HINTS + 64); /* sock_getaddrinfo's list */
	return guest_call(g, c->name, args, c->n_args);
}

static void a_pointer_outside_is_a_fault_and_changes_nothing(void **state)
{
	struct guest *g = *state;

	prepare(g);
	for (size_t i = 0; i < ARRAY_LEN(good_calls); i++) {
		const struct good_call *c = &good_calls[i];
		uint32_t r;

		for (size_t k = 0; k < ARRAY_LEN(c->ptrs) && c->ptrs[k].size; k++) {
			const uint32_t bad[] = { MEM_SIZE - c->ptrs[k].size + 1, MEM_SIZE,
						 UINT32_MAX };

			for (size_t b = 0; b < ARRAY_LEN(bad); b++) {
				uint64_t args[9];

				memcpy(args, c->args, sizeof args);
				args[c->ptrs[k].arg] = bad[b];
				r = call_good(g, c, args);
				if (r != P1_FAULT)
					fail_msg("%s, argument %d at 0x%x: %u", c->name,
						 c->ptrs[k].arg, bad[b], r);
			}
		}
		r = call_good(g, c, c->args);
		if (r != P1_SUCCESS)
			fail_msg("%s with good pointers: %u", c->name, r);
	}
}

static void a_result_may_end_where_the_memory_ends(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "clock_time_get", 1, 0, MEM_SIZE - 8), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_filestat_get", WORK, MEM_SIZE - 64), P1_SUCCESS);
	assert_int_equal(CALL(g, "random_get", MEM_SIZE, 0), P1_SUCCESS);
}

/* Tables tell which arguments are descriptors by their names. */
static void a_number_without_a_descriptor_is_badf(void **state)
{
	struct guest *g = *state;
	size_t n = 0;

	put_iov(g, 0, BUF, 4);
	put_text(g, PATH, "file");
	LOOPBACK(g);
	for (const struct import *im = import_next(NULL, NULL, NULL); im;
	     im = import_next(NULL, NULL, im)) {
		const uint32_t bad[] = { 99, 32767, 32768, UINT32_MAX };

		if (strncmp(im->args, "fd", 2) != 0 && strncmp(im->args, "old_fd", 6) != 0)
			continue;
		if (!*im->results)
			continue; /* it cannot say so */
		for (size_t b = 0; b < ARRAY_LEN(bad); b++) {
			const uint64_t args[9] = { bad[b] };
			uint32_t r = im->call(g->sys, g->mem, args);

			if (r != P1_BADF)
				fail_msg("%s of %u: %u", im->name, bad[b], r);
		}
		n++;
	}
	/* fd_* and path_* but symlink, and wasi_unstable's; sock_* of preview1, WasmEdge, WAMR */
	assert_int_equal(n, 21 + 9 + 3 + 4 + 23 + 45);
}

static void a_file_is_no_directory_and_no_socket(void **state)
{
	struct guest *g = *state;
	uint32_t file = must_open(g, WORK, "file", 0, READ);

	put_iov(g, 0, BUF, 4);
	assert_int_equal(open_path(g, file, "x", 0, READ), P1_NOTDIR);
	assert_int_equal(CALL(g, "fd_readdir", file, BUF, 100, 0, RET), P1_NOTDIR);
	assert_int_equal(CALL(g, "sock_accept", file, 0, RET), P1_NOTSOCK);
	assert_int_equal(CALL(g, "sock_recv", file, IOVS, 1, 0, RET, RET2), P1_NOTSOCK);
	assert_int_equal(CALL(g, "sock_send", file, IOVS, 1, 0, RET), P1_NOTSOCK);
	assert_int_equal(CALL(g, "sock_shutdown", file, 3), P1_NOTSOCK);
	assert_int_equal(CALL(g, "sock_listen", file, 1), P1_NOTSOCK);
}

static void arguments_and_environment_are_laid_out_as_strings(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "args_sizes_get", RET, RET2), P1_SUCCESS);
	assert_int_equal(get32(g, RET), 2);
	assert_int_equal(get32(g, RET2), 9);
	assert_int_equal(CALL(g, "args_get", RET, BUF), P1_SUCCESS);
	assert_int_equal(get32(g, RET), BUF);
	assert_int_equal(get32(g, RET + 4), BUF + 5);
	assert_memory_equal(gmem_view(g->mem, BUF, 9), "prog\0one", 9);
	assert_int_equal(CALL(g, "environ_sizes_get", RET, RET2), P1_SUCCESS);
	assert_int_equal(get32(g, RET), 2);
	assert_int_equal(get32(g, RET2), 12);
	assert_int_equal(CALL(g, "environ_get", RET, BUF), P1_SUCCESS);
	assert_int_equal(get32(g, RET + 4), BUF + 4);
	assert_memory_equal(gmem_view(g->mem, BUF, 12), "A=1\0LONG=23", 12);
}

static void clocks_tell_the_hosts_time(void **state)
{
	struct guest *g = *state;
	struct timespec before;
	struct timespec after;
	uint64_t ns;

	clock_gettime(CLOCK_REALTIME, &before);
	assert_int_equal(CALL(g, "clock_time_get", P1_CLOCK_REALTIME, 0, RET), P1_SUCCESS);
	clock_gettime(CLOCK_REALTIME, &after);
	ns = get64(g, RET);
	assert_true(ns >= (uint64_t)before.tv_sec * 1000000000 + (uint64_t)before.tv_nsec);
	assert_true(ns <= (uint64_t)after.tv_sec * 1000000000 + (uint64_t)after.tv_nsec);
	for (uint32_t id = 0; id < 4; id++) {
		assert_int_equal(CALL(g, "clock_time_get", id, 0, RET), P1_SUCCESS);
		assert_int_equal(CALL(g, "clock_res_get", id, RET), P1_SUCCESS);
		assert_true(get64(g, RET) > 0);
	}
	assert_int_equal(CALL(g, "clock_time_get", 4, 0, RET), P1_INVAL);
	assert_int_equal(CALL(g, "clock_res_get", 4, RET), P1_INVAL);
}

static void random_get_fills_exactly_its_buffer(void **state)
{
	struct guest *g = *state;
	static const uint8_t zeros[512];

	memset(gmem_view(g->mem, BUF, 1024), 0, 1024);
	assert_int_equal(CALL(g, "random_get", BUF + 256, 512), P1_SUCCESS);
	assert_memory_equal(gmem_view(g->mem, BUF, 256), zeros, 256);
	assert_memory_equal(gmem_view(g->mem, BUF + 768, 256), zeros, 256);
	assert_memory_not_equal(gmem_view(g->mem, BUF + 256, 512), zeros, 512);
}

static void proc_exit_is_remembered_with_its_code(void **state)
{
	struct guest *g = *state;
	uint32_t code = 7;

	assert_false(sys_exit_status(g->sys, &code));
	assert_int_equal(code, 7);
	CALL(g, "proc_exit", 42);
	assert_true(sys_exit_status(g->sys, &code));
	assert_int_equal(code, 42);
}

static void what_is_not_implemented_says_so(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "proc_raise", 1), P1_NOSYS);
	assert_int_equal(CALL(g, "fd_fdstat_set_rights", WORK, 0, 0), P1_NOTSUP);
	assert_int_equal(guest_call(g, "sched_yield", NULL, 0), P1_SUCCESS);
}

static void a_directory_that_is_not_there_fails_with_words(void **state)
{
	const struct sys_dir dir = { "/nonexistent/wasmrun", "/", true };
	const struct sys_config config = { .dirs = &dir, .n_dirs = 1 };
	struct sys *s = NULL;
	struct err e = { .text = "" };

	assert_int_equal(sys_new(&config, &s, &e), -ENOENT);
	assert_null(s);
	assert_string_equal(e.text,
			    "open directory '/nonexistent/wasmrun': No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(a_pointer_outside_is_a_fault_and_changes_nothing),
		GUEST_TEST(a_result_may_end_where_the_memory_ends),
		GUEST_TEST(a_number_without_a_descriptor_is_badf),
		GUEST_TEST(a_file_is_no_directory_and_no_socket),
		GUEST_TEST(arguments_and_environment_are_laid_out_as_strings),
		GUEST_TEST(clocks_tell_the_hosts_time),
		GUEST_TEST(random_get_fills_exactly_its_buffer),
		GUEST_TEST(proc_exit_is_remembered_with_its_code),
		GUEST_TEST(what_is_not_implemented_says_so),
		cmocka_unit_test(a_directory_that_is_not_there_fails_with_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
