/* The report of a trap, which quotes names out of the guest. */
#include "engine/trap.h"

#include "base/alloc.h"
#include "base/own.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "wasmrun: error: the guest trapped\n"

/* What trap_print() writes to stderr for these words. */
static void printed(const char *text, size_t len, char *ret, size_t size)
{
	AUTO_CLOSE int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	int ends[2];
	ssize_t n;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 256 * 1024) >= 0); /* or a long report waits */
	assert_int_equal(fflush(stderr), 0);
	assert_true(dup3(ends[1], STDERR_FILENO, O_CLOEXEC) >= 0);
	trap_print(text, len);
	assert_int_equal(fflush(stderr), 0);
	assert_true(dup3(saved, STDERR_FILENO, O_CLOEXEC) >= 0);
	(void)fd_close(ends[1]);
	n = read(ends[0], ret, size - 1);
	(void)fd_close(ends[0]);
	assert_true(n >= 0);
	ret[n] = '\0';
}

static void assert_printed(const char *text, size_t len, const char *expected)
{
	char seen[512];

	printed(text, len, seen, sizeof seen);
	assert_string_equal(seen, expected);
}

static void words_are_printed_as_they_are(void **state)
{
	assert_printed("at:\n    0: f", 12, HEAD "at:\n    0: f\n");
	assert_printed("gr\xc3\xbc\xc3\x9f", 6, HEAD "gr\xc3\xbc\xc3\x9f\n");
}

static void control_characters_are_shown_as_numbers(void **state)
{
	assert_printed("a\x1b[2J\rb", 7, HEAD "a\\x1b[2J\\x0db\n");
	assert_printed("\x7f\0x", 3, HEAD "\\x7f\\x00x\n");
	assert_printed("\xc2\x9b"
		       "31m",
		       5, HEAD "\\xc2\\x9b31m\n");
}

static void line_ends_and_the_nul_behind_the_words_are_dropped(void **state)
{
	assert_printed("f\n\n\0", 4, HEAD "f\n");
	assert_printed("", 0, HEAD "\n");
}

static void a_report_is_cut_at_64_kib(void **state)
{
	AUTO_FREE char *name = xalloc(100000);
	AUTO_FREE char *seen = xalloc(70000);
	size_t len;

	memset(name, 'n', 100000);
	printed(name, 100000, seen, 70000);
	len = strlen(seen);
	assert_int_equal(len, strlen(HEAD) + 65536 + strlen("...\n"));
	assert_string_equal(seen + len - 5, "n...\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_printed_as_they_are),
		cmocka_unit_test(control_characters_are_shown_as_numbers),
		cmocka_unit_test(a_report_is_cut_at_64_kib),
		cmocka_unit_test(line_ends_and_the_nul_behind_the_words_are_dropped),
	};

	return cmocka_run_group_tests_name("trap", tests, NULL, NULL);
}
