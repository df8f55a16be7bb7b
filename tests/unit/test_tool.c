/* Running build tools: /bin/sh in their place. */
#include "lang/tool.h"

#include "base/alloc.h"
#include "base/own.h"
#include "base/signals.h"
#include "lang/cargo.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static char *folder; /* of the running test */
static char *fifo;   /* in it, if the test makes it */

static int set_up(void **state)
{
	folder = xstrdup("/tmp/test_tool.XXXXXX");
	fifo = mkdtemp(folder) ? xprintf("%s/fifo", folder) : NULL;
	return fifo ? 0 : -1;
}

static int tear_down(void **state)
{
	int r;

	(void)unlink(fifo);
	r = rmdir(folder);
	free(fifo);
	free(folder);
	return r;
}

static int run_shell(const char *script, struct buf *out, struct err *e)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	static const char *const env[] = { "TOOL_TEST=1", "HOME=/other", NULL };
	const struct tool tool = {
		.argv = argv,
		.folder = folder,
		.env = env,
		.how_to_install = "it is part of Unix",
		.is_noise = cargo_line_is_noise,
		.out = out,
	};

	return tool_run(&tool, e);
}

static void a_tools_output_is_taken(void **state)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_int_equal(run_shell("read line; echo \"$line|$TOOL_TEST|$HOME|$PWD\"", &out, NULL),
			 0);
	assert_int_equal(buf_add(&out, "", 1), 0);
	{
		AUTO_FREE char *expected = xprintf("|1|/other|%s\n", folder);

		assert_string_equal((char *)out.bytes, expected);
	}
	buf_deinit(&out);
	assert_int_equal(run_shell("head -c 300000 /dev/zero", &out, NULL), 0);
	assert_int_equal(out.len, 300000);
	buf_deinit(&out);
}

static void too_much_output_ends_the_tool(void **state)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, 1000);
	assert_true(run_shell("cat /dev/zero", &out, &e) < 0);
	assert_string_equal(e.text, "'sh' wrote more than 1000 bytes");
	buf_deinit(&out);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_tool_that_fails_is_a_condition(void **state)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(run_shell("exit 101", &out, &e), TOOL_FAILED);
	assert_true(run_shell("kill -9 $$", &out, &e) < 0);
	assert_string_equal(e.text, "'sh' was ended by signal 9");
	buf_deinit(&out);
}

static void a_missing_tool_is_named_with_its_remedy(void **state)
{
	static const char *const argv[] = { "no-such-tool-anywhere", NULL };
	const struct tool tool = { .argv = argv, .folder = folder, .how_to_install = "install it" };
	struct err e = { 0 };

	assert_true(tool_run(&tool, &e) < 0);
	assert_string_equal(e.text, "'no-such-tool-anywhere' is not there: install it");
}

/* The daemon holds the tool's pipes; it is told to end through a fifo afterwards. */
static void a_daemon_left_behind_is_not_waited_for(void **state)
{
	AUTO_CLOSE int fd = -EBADF;
	struct buf out;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	buf_init(&out, 1000);
	assert_int_equal(run_shell("cat fifo & echo done", &out, NULL), 0);
	assert_memory_equal(out.bytes, "done\n", 5);
	buf_deinit(&out);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
}

static void assert_signal_ends_the_build(int signal)
{
	AUTO_FREE char *script = xprintf("trap 'echo ended; exit 1' %d; kill -%d %d; "
					 "while :; do echo Finished >&2; done",
					 signal, signal, (int)getpid());
	sigset_t before, after;
	struct err e = { 0 };
	struct buf out;

	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	buf_init(&out, 1000);
	assert_true(run_shell(script, &out, &e) < 0);
	assert_string_equal(e.text, "'sh' was interrupted");
	assert_int_equal(e.exit_code, 128 + signal);
	assert_memory_equal(out.bytes, "ended\n", 6);
	buf_deinit(&out);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	assert_int_equal(sigismember(&before, signal), sigismember(&after, signal));
}

/* Also while the tool floods its standard error. */
static void a_signal_goes_to_the_tool_and_ends_the_build(void **state)
{
	for (size_t i = 0; i < ENDING_SIGNALS; i++)
		assert_signal_ends_the_build(ending_signals[i]);
}

/* Two processes that the tool leaves behind hold the fifo open, until they are ended. */
static void an_interrupted_tool_leaves_nothing_running(void **state)
{
	AUTO_FREE char *script = xprintf("(exec 3>fifo; (yes >&3) & yes >&3) & read line <fifo; "
					 "kill -TERM %d; kill $$",
					 (int)getpid());
	AUTO_CLOSE int fd = -EBADF;
	struct err e = { 0 };
	struct buf out;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	buf_init(&out, 1000);
	assert_true(run_shell(script, &out, &e) < 0);
	buf_deinit(&out);
	assert_int_equal(e.exit_code, 128 + SIGTERM);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	{
		char chunk[65536];

		/* No writer is left: what is in the fifo comes, and then its end. */
		while (read(fd, chunk, sizeof chunk) > 0)
			;
		assert_int_equal(read(fd, chunk, sizeof chunk), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_tools_output_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_much_output_ends_the_tool, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_tool_that_fails_is_a_condition, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_missing_tool_is_named_with_its_remedy, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_daemon_left_behind_is_not_waited_for, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_signal_goes_to_the_tool_and_ends_the_build,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_interrupted_tool_leaves_nothing_running, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
