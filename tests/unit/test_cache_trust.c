/* Which compiled modules are run: only whole ones that nobody else could have written. */
#include "base/alloc.h"
#include "base/own.h"
#include "cache_place.h"
#include "process/cache.h"
#include "process/shipped.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

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

/* Where the module that came with wasmrun lies in a test: a folder of its own in the place. */
struct shipped {
	char *dir;
	char *path;
};

/* Ships what the engine makes of the module. The cache is empty then. */
static void ship(const struct place *p, struct shipped *ret)
{
	AUTO_FREE char *compiled = NULL;
	AUTO_CLOSE int fd = -EBADF;

	ret->dir = xprintf("%s/shipped", p->dir);
	ret->path = xprintf("%s/runtime.cwasm", ret->dir);
	WRITE_MODULE(p, CORE "c a runtime");
	assert_true(get(p, &compiled));
	fd = open(compiled, O_RDONLY | O_CLOEXEC);
	assert_int_equal(mkdir(ret->dir, 0755), 0);
	assert_int_equal(shipped_write(fd, strrchr(compiled, '/') + 1, ret->path, NULL), 0);
	remove_files(p->cache);
}

static void unship(struct shipped *s)
{
	remove_files(s->dir);
	free(s->path);
	free(s->dir);
}

static void what_came_with_wasmrun_is_used_where_it_lies(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *path = NULL;
	char content[64];
	struct shipped s;

	ship(p, &s);
	assert_false(get_shipped(p, s.path, &path));
	assert_string_equal(path, s.path);
	assert_int_equal(count_files(p->cache), 0);
	assert_true(read_bytes(path, content, sizeof content) == sizeof content);
	assert_memory_equal(content, CORE "c a runtime", 19);
	unship(&s);
}

static void what_came_with_wasmrun_is_not_used_for_another_module(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *path = NULL;
	struct shipped s;

	ship(p, &s);
	WRITE_MODULE(p, CORE "c another");
	assert_true(get_shipped(p, s.path, &path));
	assert_string_not_equal(path, s.path);
	unship(&s);
}

static void what_came_with_wasmrun_is_not_used_for_another_machine(void **state)
{
	const struct place *p = *state;
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int fd = -EBADF;
	char key[CACHE_KEY_MAX];
	struct shipped s;

	ship(p, &s);
	assert_true(get(p, &path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	memcpy(key, strrchr(path, '/') + 1, sizeof key);
	key[2 * SHA256_DIGEST_SIZE + 1] ^= 1; /* the first digit of engine and CPU */
	assert_int_equal(shipped_write(fd, key, s.path, NULL), 0);
	remove_files(p->cache);
	free(TAKE_PTR(path));
	assert_true(get_shipped(p, s.path, &path));
	unship(&s);
}

static void open_file_to_others(const char *path)
{
	assert_int_equal(chmod(path, 0646), 0);
}

static void open_folder_to_others(const char *path)
{
	AUTO_FREE char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	assert_int_equal(chmod(folder, 0775), 0);
}

static void open_grandparent_to_others(const char *path)
{
	AUTO_FREE char *folder = xprintf("%.*s/..", (int)(strrchr(path, '/') - path), path);

	assert_int_equal(chmod(folder, 0777), 0);
}

static void remove_it(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void give_folder_away(const char *path)
{
	AUTO_FREE char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	assert_int_equal(chown(folder, 1, 1), 0);
}

/* Asserts that the damage makes a compiler necessary, which it was not before. */
static void assert_not_used_after(const struct place *p, damage_fn *damage)
{
	AUTO_FREE char *before = NULL, *after = NULL;
	struct shipped s;

	ship(p, &s);
	assert_false(get_shipped(p, s.path, &before));
	damage(s.path);
	assert_true(get_shipped(p, s.path, &after));
	assert_string_not_equal(after, s.path);
	unship(&s);
	remove_files(p->cache);
	assert_int_equal(chmod(p->dir, 0700), 0);
}

static void what_came_with_wasmrun_is_not_used_if_it_is_not_to_be_trusted(void **state)
{
	static damage_fn *const damages[] = {
		flip_first_byte,
		flip_last_byte,
		cut_one_byte,
		empty,
		fill_with_garbage,
		replace_by_symlink,
		replace_by_fifo,
		remove_it,
		open_file_to_others,
		open_folder_to_others,
		open_grandparent_to_others,
	};

	for (size_t i = 0; i < ARRAY_LEN(damages); i++)
		assert_not_used_after(*state, damages[i]);
}

static void what_came_with_wasmrun_is_not_used_if_it_is_another_users(void **state)
{
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_not_used_after(*state, give_away);
	assert_not_used_after(*state, give_folder_away);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(the_folder_and_the_file_are_the_users_alone),
		CACHE_TEST(a_damaged_file_is_compiled_again),
		CACHE_TEST(a_file_that_was_checked_is_checked_again_once_it_changes),
		CACHE_TEST(a_file_of_another_user_is_compiled_again),
		CACHE_TEST(a_folder_that_others_may_write_to_is_refused),
		CACHE_TEST(a_folder_of_another_user_is_refused),
		CACHE_TEST(what_came_with_wasmrun_is_used_where_it_lies),
		CACHE_TEST(what_came_with_wasmrun_is_not_used_for_another_module),
		CACHE_TEST(what_came_with_wasmrun_is_not_used_for_another_machine),
		CACHE_TEST(what_came_with_wasmrun_is_not_used_if_it_is_not_to_be_trusted),
		CACHE_TEST(what_came_with_wasmrun_is_not_used_if_it_is_another_users),
	};

	return cmocka_run_group_tests_name("cache_trust", tests, NULL, NULL);
}
