/* The compile cache, with tests/unit/fake_engine.c in the engine's place. */
#include "process/cache.h"

#include "base/alloc.h"
#include "base/own.h"
#include "cache_place.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

enum { WAIT_MAX_MS = 10000 };

static void a_module_is_compiled_once(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *first = NULL, *second = NULL;
	char compiled[64];

	WRITE_MODULE(p, CORE "c one");
	assert_true(get(p, &first));
	assert_false(get(p, &second));
	assert_string_equal(first, second);
	assert_true(read_bytes(first, compiled, sizeof compiled) > 13);
	assert_memory_equal(compiled, CORE "c one", 13);
	assert_int_equal(count_files(p->cache), 1);
}

static void a_changed_module_is_compiled_anew(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *first = NULL, *second = NULL;

	WRITE_MODULE(p, CORE "c one");
	assert_true(get(p, &first));
	WRITE_MODULE(p, CORE "c two");
	assert_true(get(p, &second));
	assert_string_not_equal(first, second);
}

static void the_header_tells_a_component_from_a_core_module(void **state)
{
	const struct place *p = *state;
	struct cache_module m;

	WRITE_MODULE(p, CORE "c");
	assert_int_equal(cache_module_get(p->wasm, NULL, &m, NULL), 0);
	assert_int_equal(m.kind, SPEC_CORE);
	cache_module_deinit(&m);
	WRITE_MODULE(p, COMPONENT "c");
	assert_int_equal(cache_module_get(p->wasm, NULL, &m, NULL), 0);
	assert_int_equal(m.kind, SPEC_COMPONENT);
	cache_module_deinit(&m);
}

static void a_folder_that_cannot_be_made_is_an_error(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *below_file = xprintf("%s/deeper", p->wasm);

	WRITE_MODULE(p, CORE "c");
	assert_int_equal(setenv("WASMRUN_CACHE_DIR", below_file, 1), 0);
	assert_refused(p->wasm, 0, "make the cache folder");
}

static void an_engine_that_is_missing_is_an_error(void **state)
{
	const struct place *p = *state;

	WRITE_MODULE(p, CORE "c");
	assert_int_equal(setenv("WASMRUN_ENGINE", "/nowhere/wasmrun-engine", 1), 0);
	assert_refused(p->wasm, 0, "open the engine '/nowhere/wasmrun-engine'");
	assert_int_equal(count_files(p->cache), 0);
}

static void an_invalid_module_ends_with_126_and_the_engines_words(void **state)
{
	const struct place *p = *state;

	WRITE_MODULE(p, CORE "i");
	assert_refused(p->wasm, EXIT_CANNOT_RUN, "not a valid module: \\x1b[31munexpected end");
	assert_int_equal(count_files(p->cache), 0);
}

static void a_compiler_that_fails_or_dies_leaves_nothing(void **state)
{
	const struct place *p = *state;

	WRITE_MODULE(p, CORE "?");
	assert_refused(p->wasm, 0, "out of ideas");
	WRITE_MODULE(p, CORE "k");
	assert_refused(p->wasm, 0, "ended by signal 4");
	assert_int_equal(count_files(p->cache), 0);
}

static void what_is_not_a_module_ends_with_126(void **state)
{
	const struct place *p = *state;

	WRITE_MODULE(p, "(module)");
	assert_refused(p->wasm, EXIT_CANNOT_RUN, "not a WebAssembly module");
	WRITE_MODULE(p, "\0asm");
	assert_refused(p->wasm, EXIT_CANNOT_RUN, "not a WebAssembly module");
	WRITE_MODULE(p, "");
	assert_refused(p->wasm, EXIT_CANNOT_RUN, "not a WebAssembly module");
	assert_refused(p->dir, EXIT_CANNOT_RUN, "is not a file");
	assert_int_equal(unlink(p->wasm), 0);
	assert_int_equal(mkfifo(p->wasm, 0600), 0);
	assert_refused(p->wasm, EXIT_CANNOT_RUN, "is not a file");
}

static void a_missing_module_ends_with_127(void **state)
{
	const struct place *p = *state;

	assert_refused(p->wasm, EXIT_NOT_FOUND, "No such file");
}

static void what_killed_runs_left_goes_after_a_day(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *old = xprintf("%s/new-old", p->cache);
	AUTO_FREE char *fresh = xprintf("%s/new-fresh", p->cache);
	AUTO_FREE char *path = NULL;
	struct timespec times[2] = { { .tv_sec = time(NULL) - 25 * 60 * 60 },
				     { .tv_sec = time(NULL) - 25 * 60 * 60 } };

	assert_int_equal(mkdir(p->cache, 0700), 0);
	write_bytes(old, "x", 1);
	write_bytes(fresh, "x", 1);
	assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
	WRITE_MODULE(p, CORE "c");
	assert_true(get(p, &path));
	assert_int_equal(access(old, F_OK), -1);
	assert_int_equal(access(fresh, F_OK), 0);
}

/* Whether this user may make the namespaces that the compiler runs in. */
static bool namespaces_allowed(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) == 0 ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void the_compiler_runs_in_a_sandbox(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *path = NULL;
	char seen[256] = "";
	const char *expected = "env=0 fds=0 open=ENOSYS pid=1";

	WRITE_MODULE(p, CORE "d");
	assert_true(get(p, &path));
	(void)read_bytes(path, seen, sizeof seen); /* the rest of it stays zero */
	if (!namespaces_allowed())
		expected = "env=0 fds=0 open=ENOSYS";
	assert_memory_equal(seen, expected, strlen(expected));
}

/* A pidfd of the caller's child, once that is the engine; or -EBADF in time. */
static int open_compiler(pid_t caller)
{
	for (int ms = 0; ms < WAIT_MAX_MS; ms++) {
		char path[64], name[32] = "";
		int child = 0;
		FILE *f;

		(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", caller, caller);
		f = fopen(path, "re");
		assert_non_null(f);
		(void)!fscanf(f, "%d", &child);
		(void)fclose(f);
		(void)snprintf(path, sizeof path, "/proc/%d/comm", child);
		f = fopen(path, "re");
		if (f) {
			(void)!fscanf(f, "%31s", name);
			(void)fclose(f);
		}
		if (strcmp(name, "fake-engine") == 0)
			return (int)syscall(SYS_pidfd_open, child, 0);
		(void)poll(NULL, 0, 1);
	}
	return -EBADF;
}

static void killing_the_caller_kills_the_compiler(void **state)
{
	const struct place *p = *state;
	struct pollfd compiler = { .events = POLLIN };
	pid_t pid;
	int status;

	WRITE_MODULE(p, CORE "h");
	pid = fork();
	if (pid == 0) {
		struct cache_module m;

		(void)cache_module_get(p->wasm, NULL, &m, NULL);
		_exit(0);
	}
	compiler.fd = open_compiler(pid);
	assert_true(compiler.fd >= 0);
	assert_int_equal(poll(&compiler, 1, 100), 0); /* it does not end by itself */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(poll(&compiler, 1, WAIT_MAX_MS), 1);
	(void)fd_close(compiler.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(a_module_is_compiled_once),
		CACHE_TEST(a_changed_module_is_compiled_anew),
		CACHE_TEST(the_header_tells_a_component_from_a_core_module),
		CACHE_TEST(a_folder_that_cannot_be_made_is_an_error),
		CACHE_TEST(an_engine_that_is_missing_is_an_error),
		CACHE_TEST(an_invalid_module_ends_with_126_and_the_engines_words),
		CACHE_TEST(a_compiler_that_fails_or_dies_leaves_nothing),
		CACHE_TEST(what_is_not_a_module_ends_with_126),
		CACHE_TEST(a_missing_module_ends_with_127),
		CACHE_TEST(what_killed_runs_left_goes_after_a_day),
		CACHE_TEST(the_compiler_runs_in_a_sandbox),
		CACHE_TEST(killing_the_caller_kills_the_compiler),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
