/* The compile cache, with tests/unit/fake_engine.c in the engine's place. */
#include "process/cache.h"

#include "base/alloc.h"
#include "base/own.h"

#include <dirent.h>
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

#define CORE "\0asm\1\0\0\0"
#define COMPONENT "\0asm\15\0\1\0"

enum { WAIT_MAX_MS = 10000 };

/* One folder a test: the module, and the cache in "cache". */
struct place {
	char *dir;
	char *wasm;
	char *cache;
};

static void write_bytes(const char *path, const void *bytes, size_t len)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
}

/* A module is a header, an order to the fake engine, and any bytes. */
#define WRITE_MODULE(place, text) write_bytes((place)->wasm, text, sizeof(text) - 1)

static size_t read_bytes(const char *path, char *ret, size_t size)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, ret, size);
	assert_true(n >= 0);
	return (size_t)n;
}

static int set_up(void **state)
{
	struct place *p = xalloc(sizeof *p);
	char template[] = "/tmp/wasmrun-test-cache-XXXXXX";

	assert_non_null(mkdtemp(template));
	p->dir = xstrdup(template);
	p->wasm = xprintf("%s/module.wasm", p->dir);
	p->cache = xprintf("%s/cache", p->dir);
	assert_int_equal(setenv("WASMRUN_CACHE_DIR", p->cache, 1), 0);
	assert_int_equal(setenv("WASMRUN_ENGINE", FAKE_ENGINE, 1), 0);
	*state = p;
	return 0;
}

static void remove_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(path);
}

static int tear_down(void **state)
{
	struct place *p = *state;

	remove_files(p->cache);
	remove_files(p->dir);
	free(p->cache);
	free(p->wasm);
	free(p->dir);
	free(p);
	return 0;
}

static int count_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return n;
}

/* Gets the module, which must work, and says whether it was compiled. Its path is the caller's to
 * free. */
static bool get(const struct place *p, char **ret_path)
{
	struct cache_module m = { .path = NULL };
	struct err e = { .text = "" };

	if (cache_module_get(p->wasm, &m, &e) != 0)
		fail_msg("%s", e.text);
	*ret_path = m.path;
	return m.compiled;
}

/* Asserts that the module cannot be had, for a reason that has `words` in it. */
static void assert_refused(const char *wasm, int exit_code, const char *words)
{
	struct cache_module m = { .path = NULL };
	struct err e = { .text = "" };

	assert_true(cache_module_get(wasm, &m, &e) < 0);
	assert_null(m.path);
	assert_int_equal(e.exit_code, exit_code);
	if (!strstr(e.text, words))
		fail_msg("'%s' has no '%s'", e.text, words);
}

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
	assert_int_equal(cache_module_get(p->wasm, &m, NULL), 0);
	assert_int_equal(m.kind, SPEC_CORE);
	cache_module_deinit(&m);
	WRITE_MODULE(p, COMPONENT "c");
	assert_int_equal(cache_module_get(p->wasm, &m, NULL), 0);
	assert_int_equal(m.kind, SPEC_COMPONENT);
	cache_module_deinit(&m);
}

static void the_folder_and_the_file_are_the_users_alone(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *path = NULL;
	struct stat st;

	WRITE_MODULE(p, CORE "c");
	assert_true(get(p, &path));
	assert_int_equal(stat(p->cache, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

typedef void damage_fn(const char *path);

/* Compiles, damages the file, and asserts that it is made again, and is good then. */
static void assert_heals(const struct place *p, damage_fn *damage)
{
	AUTO_FREE char *path = NULL, *again = NULL, *after = NULL;

	WRITE_MODULE(p, CORE "c and some content");
	assert_true(get(p, &path));
	damage(path);
	assert_true(get(p, &again));
	assert_false(get(p, &after));
	assert_string_equal(path, after);
}

static void flip_first_byte(const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, "\1", 1, 0), 1);
}

static void flip_last_byte(const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t at = lseek(fd, 0, SEEK_END) - 1;
	char last;

	assert_int_equal(pread(fd, &last, 1, at), 1);
	last = (char)~last;
	assert_int_equal(pwrite(fd, &last, 1, at), 1);
}

static void cut_one_byte(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
}

static void empty(const char *path)
{
	assert_int_equal(truncate(path, 0), 0);
}

static void fill_with_garbage(const char *path)
{
	write_bytes(path, "garbage, and nothing that ends in a trailer", 43);
}

static void open_to_others(const char *path)
{
	assert_int_equal(chmod(path, 0644), 0);
}

static void give_second_name(const char *path)
{
	AUTO_FREE char *other = xprintf("%s.other", path);

	assert_int_equal(link(path, other), 0);
}

static void replace_by_symlink(const char *path)
{
	AUTO_FREE char *other = xprintf("%s.other", path);

	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
}

static void replace_by_fifo(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void give_away(const char *path)
{
	assert_int_equal(chown(path, 1, 1), 0);
}

static void a_damaged_file_is_compiled_again(void **state)
{
	static damage_fn *const damages[] = {
		flip_first_byte,   flip_last_byte, cut_one_byte,     empty,
		fill_with_garbage, open_to_others, give_second_name, replace_by_symlink,
		replace_by_fifo,
	};

	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		assert_heals(*state, damages[i]);
		remove_files(((struct place *)*state)->cache);
	}
}

/* Until two seconds after it was written, a file is not remembered. Only time can change that. */
static void wait_until_settled(void)
{
	(void)nanosleep(&(struct timespec){ .tv_sec = 3, .tv_nsec = 100000000 }, NULL);
}

static void write_module_number(const struct place *p, size_t i)
{
	AUTO_FREE char *module = xprintf("xxxxxxxxc %zu", i);

	memcpy(module, CORE, sizeof CORE - 1);
	write_bytes(p->wasm, module, strlen("xxxxxxxxc ") + 1);
}

static void a_file_that_was_checked_is_checked_again_once_it_changes(void **state)
{
	static damage_fn *const damages[] = { flip_first_byte,	 flip_last_byte, cut_one_byte,
					      fill_with_garbage, open_to_others, give_second_name };
	const struct place *p = *state;

	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		AUTO_FREE char *path = NULL;

		write_module_number(p, i);
		assert_true(get(p, &path));
	}
	wait_until_settled();
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		AUTO_FREE char *found = NULL, *remembered = NULL, *again = NULL;
		int n_files = count_files(p->cache);

		write_module_number(p, i);
		assert_false(get(p, &found));
		assert_int_equal(count_files(p->cache), n_files + 1);
		assert_false(get(p, &remembered));
		damages[i](found);
		assert_true(get(p, &again));
	}
}

static void a_file_of_another_user_is_compiled_again(void **state)
{
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_heals(*state, give_away);
}

static void a_folder_that_others_may_write_to_is_refused(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *path = NULL;

	WRITE_MODULE(p, CORE "c");
	assert_int_equal(mkdir(p->cache, 0700), 0);
	assert_int_equal(chmod(p->cache, 0770), 0);
	assert_refused(p->wasm, 0, "chmod 700");
	assert_int_equal(chmod(p->cache, 0700), 0);
	assert_true(get(p, &path));
}

static void a_folder_of_another_user_is_refused(void **state)
{
	const struct place *p = *state;

	if (geteuid() != 0)
		skip(); /* only root can give a folder away */
	WRITE_MODULE(p, CORE "c");
	assert_int_equal(mkdir(p->cache, 0700), 0);
	assert_int_equal(chown(p->cache, 1, 1), 0);
	assert_refused(p->wasm, 0, "belongs to another user");
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

		(void)cache_module_get(p->wasm, &m, NULL);
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

#define CACHE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(a_module_is_compiled_once),
		CACHE_TEST(a_changed_module_is_compiled_anew),
		CACHE_TEST(the_header_tells_a_component_from_a_core_module),
		CACHE_TEST(the_folder_and_the_file_are_the_users_alone),
		CACHE_TEST(a_damaged_file_is_compiled_again),
		CACHE_TEST(a_file_that_was_checked_is_checked_again_once_it_changes),
		CACHE_TEST(a_file_of_another_user_is_compiled_again),
		CACHE_TEST(a_folder_that_others_may_write_to_is_refused),
		CACHE_TEST(a_folder_of_another_user_is_refused),
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
