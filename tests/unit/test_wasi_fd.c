/* The calls on open files and directories, and the descriptor table. */
#include "test_wasi_guest.h"

static void reading_and_writing_move_the_position(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ | WRITE);

	put_iov(g, 0, BUF, 2);
	put_iov(g, 1, BUF + 100, 3);
	assert_int_equal(CALL(g, "fd_read", fd, IOVS, 2, RET2), P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 5);
	assert_memory_equal(gmem_view(g->mem, BUF, 2), "01", 2);
	assert_memory_equal(gmem_view(g->mem, BUF + 100, 3), "234", 3);
	assert_int_equal(write_text(g, fd, "xyz"), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_tell", fd, RET), P1_SUCCESS);
	assert_int_equal(get64(g, RET), 8);
	assert_int_equal(CALL(g, "fd_seek", fd, (uint64_t)-3, 1, RET), P1_SUCCESS);
	assert_reads(g, fd, "xyz89");
	assert_reads(g, fd, "");
}

static void pread_and_pwrite_do_not_move_the_position(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ | WRITE);

	put_iov(g, 0, BUF, 2);
	assert_int_equal(CALL(g, "fd_pread", fd, IOVS, 1, 8, RET2), P1_SUCCESS);
	assert_memory_equal(gmem_view(g->mem, BUF, 2), "89", 2);
	assert_int_equal(CALL(g, "fd_pwrite", fd, IOVS, 1, 0, RET2), P1_SUCCESS);
	assert_reads(g, fd, "8923456789");
	assert_int_equal(CALL(g, "fd_pread", fd, IOVS, 1, UINT64_MAX, RET2), P1_INVAL);
	assert_int_equal(CALL(g, "fd_pwrite", fd, IOVS, 1, UINT64_MAX, RET2), P1_INVAL);
}

static void rights_decide_about_reading_and_writing(void **state)
{
	struct guest *g = *state;
	uint32_t reader = must_open(g, WORK, "file", 0, READ);
	uint32_t writer = must_open(g, WORK, "file", 0, WRITE);
	uint32_t neither = must_open(g, WORK, "file", 0, 0);

	assert_int_equal(read_buf(g, reader, 4), P1_SUCCESS);
	assert_int_equal(write_text(g, writer, "a"), P1_SUCCESS);
	assert_int_equal(write_text(g, reader, "a"), P1_BADF);
	assert_int_equal(read_buf(g, writer, 4), P1_BADF);
	assert_int_equal(read_buf(g, neither, 4), P1_BADF);
	assert_int_equal(write_text(g, neither, "a"), P1_BADF);
	put_iov(g, 0, BUF, 1);
	assert_int_equal(CALL(g, "fd_pread", writer, IOVS, 1, 0, RET2), P1_BADF);
	assert_int_equal(CALL(g, "fd_pwrite", reader, IOVS, 1, 0, RET2), P1_BADF);
	assert_int_equal(CALL(g, "fd_filestat_set_size", reader, 1), P1_INVAL);
	assert_int_equal(CALL(g, "fd_allocate", reader, 0, 100), P1_BADF);
}

static void fdstat_tells_the_rights_that_libraries_read(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ);
	uint64_t rights;

	assert_int_equal(CALL(g, "fd_fdstat_get", fd, RET), P1_SUCCESS);
	rights = get64(g, RET + 8);
	assert_int_equal(*gmem_view(g->mem, RET, 1), P1_TYPE_FILE);
	assert_true(rights & P1_RIGHT_FD_READ);
	assert_false(rights & P1_RIGHT_FD_WRITE);
	assert_true(rights & P1_RIGHT_FD_SEEK);
	assert_int_equal(CALL(g, "fd_fdstat_get", WORK, RET), P1_SUCCESS);
	assert_int_equal(*gmem_view(g->mem, RET, 1), P1_TYPE_DIR);
	assert_true(get64(g, RET + 8) & P1_RIGHT_PATH_OPEN);
	assert_true(get64(g, RET + 16) & P1_RIGHT_FD_WRITE);
}

static void flags_can_be_set_as_far_as_linux_can(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ | WRITE);

	assert_int_equal(CALL(g, "fd_fdstat_set_flags", fd, P1_FD_APPEND | P1_FD_NONBLOCK),
			 P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_fdstat_get", fd, RET), P1_SUCCESS);
	assert_int_equal(gmem_load16(gmem_view(g->mem, RET + 2, 2)), P1_FD_APPEND | P1_FD_NONBLOCK);
	assert_int_equal(write_text(g, fd, "end"), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_seek", fd, 0, 0, RET), P1_SUCCESS);
	assert_reads(g, fd, "0123456789end");
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", fd, P1_FD_SYNC), P1_INVAL);
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", fd, 32), P1_INVAL);
	assert_int_equal(CALL(g, "fd_fdstat_set_flags", fd, 0), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_fdstat_get", fd, RET), P1_SUCCESS);
	assert_int_equal(gmem_load16(gmem_view(g->mem, RET + 2, 2)), 0);
}

static void filestat_tells_what_stat_does(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ | WRITE);
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s/file", g->work);
	assert_int_equal(CALL(g, "fd_filestat_set_size", fd, 1000), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_filestat_set_times", fd, 1500000000, 2000000001, 5),
			 P1_SUCCESS);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(CALL(g, "fd_filestat_get", fd, RET), P1_SUCCESS);
	assert_int_equal(get64(g, RET), st.st_dev);
	assert_int_equal(get64(g, RET + 8), st.st_ino);
	assert_int_equal(*gmem_view(g->mem, RET + 16, 1), P1_TYPE_FILE);
	assert_int_equal(get64(g, RET + 24), 1);
	assert_int_equal(get64(g, RET + 32), 1000);
	assert_int_equal(get64(g, RET + 40), 1500000000);
	assert_int_equal(get64(g, RET + 48), 2000000001);
	/* Neither time: both stay. A time that is given and now at once: no. */
	assert_int_equal(CALL(g, "fd_filestat_set_times", fd, 9, 9, 0), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_filestat_get", fd, RET), P1_SUCCESS);
	assert_int_equal(get64(g, RET + 48), 2000000001);
	assert_int_equal(CALL(g, "fd_filestat_set_times", fd, 9, 9, 3), P1_INVAL);
	assert_int_equal(CALL(g, "fd_filestat_set_times", fd, 9, 9, 16), P1_INVAL);
}

static void allocating_advising_and_syncing_work_on_a_file(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ | WRITE);

	assert_int_equal(CALL(g, "fd_allocate", fd, 0, 5000), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_filestat_get", fd, RET), P1_SUCCESS);
	assert_int_equal(get64(g, RET + 32), 5000);
	assert_int_equal(CALL(g, "fd_allocate", fd, 0, UINT64_MAX), P1_FBIG);
	assert_int_equal(CALL(g, "fd_allocate", fd, INT64_MAX, 1), P1_FBIG);
	assert_int_equal(CALL(g, "fd_filestat_set_size", fd, UINT64_MAX), P1_FBIG);
	assert_int_equal(CALL(g, "fd_advise", fd, 0, 0, 5), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_advise", fd, 0, 0, 6), P1_INVAL);
	assert_int_equal(CALL(g, "fd_advise", fd, UINT64_MAX, 0, 0), P1_INVAL);
	assert_int_equal(CALL(g, "fd_sync", fd), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_datasync", fd), P1_SUCCESS);
}

static void seeking_refuses_what_has_no_position(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ);

	assert_int_equal(CALL(g, "fd_seek", fd, 4, 0, RET), P1_SUCCESS);
	assert_int_equal(get64(g, RET), 4);
	assert_int_equal(CALL(g, "fd_seek", fd, (uint64_t)-1, 2, RET), P1_SUCCESS);
	assert_int_equal(get64(g, RET), 9);
	assert_int_equal(CALL(g, "fd_seek", fd, (uint64_t)-1, 0, RET), P1_INVAL);
	assert_int_equal(CALL(g, "fd_seek", fd, 0, 3, RET), P1_INVAL);
	assert_int_equal(CALL(g, "fd_seek", WORK, 0, 0, RET), P1_BADF);
	assert_int_equal(CALL(g, "fd_tell", must_socket(g, STREAM), RET), P1_SPIPE);
}

static void more_buffers_than_the_kernel_takes_make_a_short_read(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "long", P1_O_CREAT, READ | WRITE);
	const uint32_t iovs = OUT;

	assert_int_equal(CALL(g, "fd_filestat_set_size", fd, 3000), P1_SUCCESS);
	for (uint32_t i = 0; i < 2000; i++) {
		put32(g, iovs + i * 8, BUF);
		put32(g, iovs + i * 8 + 4, 1);
	}
	assert_int_equal(CALL(g, "fd_read", fd, iovs, 2000, RET), P1_SUCCESS);
	assert_int_equal(get32(g, RET), 1024);
	assert_int_equal(CALL(g, "fd_read", fd, iovs, 0, RET), P1_SUCCESS);
	assert_int_equal(get32(g, RET), 0);
	assert_int_equal(CALL(g, "fd_read", fd, iovs, UINT32_MAX, RET), P1_FAULT);
}

static void a_buffer_outside_is_a_fault_before_a_byte_moves(void **state)
{
	struct guest *g = *state;
	uint32_t fd = must_open(g, WORK, "file", 0, READ);

	put_iov(g, 0, BUF, 4);
	put_iov(g, 1, MEM_SIZE - 4, 5);
	assert_int_equal(CALL(g, "fd_read", fd, IOVS, 2, RET2), P1_FAULT);
	put_iov(g, 1, UINT32_MAX, UINT32_MAX);
	assert_int_equal(CALL(g, "fd_read", fd, IOVS, 2, RET2), P1_FAULT);
	assert_reads(g, fd, "0123456789");
}

static void numbers_are_given_out_from_the_lowest_free_one(void **state)
{
	struct guest *g = *state;
	uint32_t a = must_open(g, WORK, "file", 0, READ);
	uint32_t b = must_open(g, WORK, "file", 0, READ);

	assert_int_equal(a, 5);
	assert_int_equal(b, 6);
	assert_int_equal(CALL(g, "fd_close", a), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_close", a), P1_BADF);
	assert_int_equal(must_open(g, WORK, "file", 0, READ), 5);
	assert_int_equal(must_open(g, WORK, "file", 0, READ), 7);
}

static void renumber_moves_a_descriptor_and_closes_the_old(void **state)
{
	struct guest *g = *state;
	uint32_t file = must_open(g, WORK, "file", 0, READ);
	uint32_t other = must_open(g, RO, "file", 0, READ);

	assert_int_equal(CALL(g, "fd_renumber", other, file), P1_SUCCESS);
	assert_reads(g, file, "abc");
	assert_int_equal(read_buf(g, other, 1), P1_BADF);
	assert_int_equal(CALL(g, "fd_renumber", file, file), P1_SUCCESS);
	assert_int_equal(CALL(g, "fd_renumber", file, 77), P1_BADF);
	assert_int_equal(CALL(g, "fd_renumber", 77, file), P1_BADF);
	assert_int_equal(CALL(g, "fd_seek", file, 0, 0, RET), P1_SUCCESS);
	assert_reads(g, file, "abc");
}

static void preopens_are_told_and_then_the_walk_ends(void **state)
{
	struct guest *g = *state;
	uint32_t file = must_open(g, WORK, "file", 0, READ);

	assert_int_equal(CALL(g, "fd_prestat_get", RO, RET), P1_SUCCESS);
	assert_int_equal(get32(g, RET), 0);
	assert_int_equal(get32(g, RET + 4), 3);
	assert_int_equal(CALL(g, "fd_prestat_dir_name", RO, BUF, 3), P1_SUCCESS);
	assert_memory_equal(gmem_view(g->mem, BUF, 3), "/ro", 3);
	assert_int_equal(CALL(g, "fd_prestat_dir_name", RO, BUF, 2), P1_NAMETOOLONG);
	assert_int_equal(CALL(g, "fd_prestat_get", file, RET), P1_BADF);
	assert_int_equal(CALL(g, "fd_prestat_get", file + 1, RET), P1_BADF);
	assert_int_equal(CALL(g, "fd_prestat_dir_name", file, BUF, 3), P1_NOTDIR);
}

/* Lists WORK with a buffer of this size, asking again from the last whole entry; counts the names
 * that begin with "n". */
static unsigned count_listed(struct guest *g, uint32_t size, bool *ret_dots)
{
	uint64_t cookie = 0;
	unsigned n = 0;

	*ret_dots = false;
	for (unsigned calls = 0; calls < 10000; calls++) {
		uint32_t at = 0;
		uint32_t used;

		assert_int_equal(CALL(g, "fd_readdir", WORK, BUF, size, cookie, RET), P1_SUCCESS);
		used = get32(g, RET);
		while (at + 24 <= used && at + 24 + get32(g, BUF + at + 16) <= used) {
			uint32_t len = get32(g, BUF + at + 16);
			const uint8_t *name = gmem_view(g->mem, BUF + at + 24, len);

			cookie = get64(g, BUF + at);
			n += name[0] == 'n';
			*ret_dots = *ret_dots || (len == 2 && memcmp(name, "..", 2) == 0);
			at += 24 + len;
		}
		if (used < size)
			return n;
		assert_true(at > 0); /* else it would never end */
	}
	fail_msg("the listing does not end");
	return 0;
}

static void a_listing_resumes_at_any_entry(void **state)
{
	struct guest *g = *state;
	bool dots;

	for (int i = 0; i < 300; i++) {
		char name[32];

		snprintf(name, sizeof name, "n%0*d", 1 + i % 20, i);
		write_file(g->work, name, "");
	}
	assert_int_equal(count_listed(g, 60, &dots), 300);
	assert_true(dots);
	assert_int_equal(count_listed(g, 500, &dots), 300);
	assert_int_equal(count_listed(g, 40000, &dots), 300);
}

static void a_listing_cuts_the_last_entry_to_fill_the_buffer(void **state)
{
	struct guest *g = *state;

	for (uint32_t size = 0; size < 60; size++) {
		memset(gmem_view(g->mem, BUF, 64), 0xee, 64);
		assert_int_equal(CALL(g, "fd_readdir", WORK, BUF, size, 0, RET), P1_SUCCESS);
		assert_int_equal(get32(g, RET), size);
		assert_int_equal(*gmem_view(g->mem, BUF + size, 1), 0xee);
	}
	assert_int_equal(CALL(g, "fd_readdir", WORK, BUF, 100, UINT64_MAX, RET), P1_INVAL);
}

static void a_full_table_refuses_and_leaks_nothing(void **state)
{
	struct guest *g = *state;
	uint32_t n = 0;
	uint32_t r;
	int before = dup(0);
	int after;

	/* RLIMIT_NOFILE is the nearer bound here. */
	while ((r = open_path(g, WORK, "file", 0, READ)) == P1_SUCCESS)
		n++;
	assert_int_equal(r, P1_MFILE);
	assert_true(n > 10);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(CALL(g, "fd_close", 5 + i), P1_SUCCESS);
	after = dup(0);
	assert_int_equal(after, before + 1);
	close(before);
	close(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(reading_and_writing_move_the_position),
		GUEST_TEST(pread_and_pwrite_do_not_move_the_position),
		GUEST_TEST(rights_decide_about_reading_and_writing),
		GUEST_TEST(fdstat_tells_the_rights_that_libraries_read),
		GUEST_TEST(flags_can_be_set_as_far_as_linux_can),
		GUEST_TEST(filestat_tells_what_stat_does),
		GUEST_TEST(allocating_advising_and_syncing_work_on_a_file),
		GUEST_TEST(seeking_refuses_what_has_no_position),
		GUEST_TEST(more_buffers_than_the_kernel_takes_make_a_short_read),
		GUEST_TEST(a_buffer_outside_is_a_fault_before_a_byte_moves),
		GUEST_TEST(numbers_are_given_out_from_the_lowest_free_one),
		GUEST_TEST(renumber_moves_a_descriptor_and_closes_the_old),
		GUEST_TEST(preopens_are_told_and_then_the_walk_ends),
		GUEST_TEST(a_listing_resumes_at_any_entry),
		GUEST_TEST(a_listing_cuts_the_last_entry_to_fill_the_buffer),
		GUEST_TEST(a_full_table_refuses_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
