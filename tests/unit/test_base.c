/* The small modules of src/base: numbers, buffers, errors, log lines, nearest words. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/num.h"
#include "base/own.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_number_is_digits_and_nothing_else(void **state)
{
	static const char *const bad[] = {
		"",
		" 1",
		"1 ",
		"+1",
		"-1",
		"0x10",
		"1.0",
		"1e3",
		"18446744073709551616",
		"99999999999999999999",
	};
	uint64_t v = 7;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(num_parse_u64(bad[i], UINT64_MAX, &v));
	assert_int_equal(v, 7);
	assert_true(num_parse_u64("18446744073709551615", UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(num_parse_u64("007", UINT64_MAX, &v));
	assert_int_equal(v, 7);
}

static void a_number_above_its_maximum_is_refused(void **state)
{
	uint64_t v;
	uint16_t small;

	assert_true(num_parse_u64("10", 10, &v));
	assert_false(num_parse_u64("11", 10, &v));
	assert_true(num_parse_u16("65535", &small));
	assert_int_equal(small, 65535);
	assert_false(num_parse_u16("65536", &small));
}

static void a_buffer_grows_to_its_maximum_and_no_further(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_add(&b, "0123456789", 10), 0);
	assert_int_equal(buf_add(&b, "x", 1), -ENOSPC);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(b.len, 1000);
	assert_memory_equal(b.bytes + 990, "0123456789", 10);
	buf_deinit(&b);
	assert_null(b.bytes);
	assert_int_equal(b.max, 1000);
}

static void a_string_is_added_with_its_nul(void **state)
{
	struct buf b;

	buf_init(&b, 3);
	assert_int_equal(buf_add_str(&b, "abc"), -ENOSPC);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_add_str(&b, "ab"), 0);
	assert_memory_equal(b.bytes, "ab", 3);
	buf_deinit(&b);
}

static void a_descriptor_is_read_to_its_end_or_the_maximum(void **state)
{
	int fds[2];
	struct buf b;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "hello", 5), 5);
	(void)fd_close(fds[1]);
	buf_init(&b, 4);
	assert_int_equal(buf_read_fd(&b, fds[0]), -EFBIG);
	buf_deinit(&b);
	(void)fd_close(fds[0]);

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "hello", 5), 5);
	(void)fd_close(fds[1]);
	buf_init(&b, 5);
	assert_int_equal(buf_read_fd(&b, fds[0]), 0);
	assert_memory_equal(b.bytes, "hello", 5);
	buf_deinit(&b);
	(void)fd_close(fds[0]);
}

static void an_error_reads_from_the_outside_in(void **state)
{
	struct err e = { 0 };

	assert_int_equal(err_set(&e, EACCES, "bind '%s'", "127.0.0.1:80"), -EACCES);
	err_wrap(&e, "starting '%s'", "web");
	assert_string_equal(e.text, "starting 'web': bind '127.0.0.1:80': Permission denied");
	assert_int_equal(err_set(&e, 0, "no number for this"), -EINVAL);
	assert_string_equal(e.text, "no number for this");
	assert_int_equal(err_exit(&e, EXIT_NOT_FOUND, -ENOENT), -ENOENT);
	assert_int_equal(e.exit_code, 127);
}

static void an_error_without_a_place_for_words_keeps_its_number(void **state)
{
	assert_int_equal(err_set(NULL, ENOENT, "open"), -ENOENT);
	assert_int_equal(err_set(NULL, 0, "open"), -EINVAL);
	err_wrap(NULL, "outer");
	assert_int_equal(err_exit(NULL, EXIT_WASMRUN, -EIO), -EIO);
}

static void a_long_error_is_cut_and_ends(void **state)
{
	char long_text[3000];
	struct err e = { 0 };

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = 0;
	(void)err_set(&e, EIO, "%s", long_text);
	err_wrap(&e, "%s", long_text);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

static void foreign_bytes_are_escaped(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{ "plain text.", "plain text." },
		{ "it's", "it\\x27s" },
		{ "a\\b", "a\\x5cb" },
		{ "\033[31m", "\\x1b[31m" },
		{ "line\n", "line\\x0a" },
		{ "\177", "\\x7f" },
		{ "gr\303\274n", "gr\303\274n" },		/* U+00FC */
		{ "\302\233", "\\xc2\\x9b" },			/* U+009B, a terminal's CSI */
		{ "\377\376", "\\xff\\xfe" },			/* no UTF-8 */
		{ "\300\200", "\\xc0\\x80" },			/* overlong */
		{ "\355\240\200", "\\xed\\xa0\\x80" },		/* a surrogate */
		{ "\360\237\230\200", "\360\237\230\200" },	/* U+1F600 */
		{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80" }, /* above U+10FFFF */
		{ "\342\202", "\\xe2\\x82" },			/* cut off */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[64];

		assert_string_equal(
			log_escape(out, sizeof out, cases[i].bytes, strlen(cases[i].bytes)),
			cases[i].text);
	}
}

static void long_foreign_bytes_are_cut(void **state)
{
	char out[8];

	assert_string_equal(log_escape(out, sizeof out, "0123456789", 10), "0123...");
	assert_string_equal(log_escape(out, sizeof out, "\1\2\3", 3), "\\x01...");
	assert_string_equal(log_escape(out, sizeof out, "", 0), "");
}

static void the_distance_counts_edits(void **state)
{
	assert_int_equal(nearest_distance("", ""), 0);
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("abc", ""), 3);
	assert_int_equal(nearest_distance("forwards", "forwards"), 0);
	assert_int_equal(nearest_distance("forward", "forwards"), 1);
	assert_int_equal(nearest_distance("fowrards", "forwards"), 1);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_true(
		nearest_distance(
			"a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") ==
		SIZE_MAX);
}

static void a_word_that_is_far_from_all_has_no_nearest(void **state)
{
	static const char *const words[] = { "isolation", "forwards", "os" };
	char hint[NEAREST_HINT_MAX];

	assert_string_equal(nearest_word("isolaton", words, 3), "isolation");
	assert_string_equal(nearest_word("so", words, 3), "os");
	assert_null(nearest_word("isobars", words, 3));
	assert_null(nearest_word("", words, 2));
	assert_string_equal(nearest_hint(hint, "forwrads", words, 3), ", did you mean 'forwards'?");
	assert_string_equal(nearest_hint(hint, "zebra", words, 3), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_digits_and_nothing_else),
		cmocka_unit_test(a_number_above_its_maximum_is_refused),
		cmocka_unit_test(a_buffer_grows_to_its_maximum_and_no_further),
		cmocka_unit_test(a_string_is_added_with_its_nul),
		cmocka_unit_test(a_descriptor_is_read_to_its_end_or_the_maximum),
		cmocka_unit_test(an_error_reads_from_the_outside_in),
		cmocka_unit_test(an_error_without_a_place_for_words_keeps_its_number),
		cmocka_unit_test(a_long_error_is_cut_and_ends),
		cmocka_unit_test(foreign_bytes_are_escaped),
		cmocka_unit_test(long_foreign_bytes_are_cut),
		cmocka_unit_test(the_distance_counts_edits),
		cmocka_unit_test(a_word_that_is_far_from_all_has_no_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
