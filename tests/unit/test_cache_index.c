/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "process/cache_index.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct fingerprint print = { .header = "\0asm", .sha256 = { 1, 2, 3 } };

struct world {
	char path[64];
	struct cache_dir dir;
	int old_fd; /* a file that has not changed for longer than it takes to run this */
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	(void)snprintf(w->path, sizeof w->path, "/tmp/wasmrun-index-XXXXXX");
	assert_non_null(mkdtemp(w->path));
	w->dir.fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->dir.path = w->path;
	w->old_fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	assert_true(w->dir.fd >= 0 && w->old_fd >= 0);
	*state = w;
	return 0;
}

/* Calls `act` with each file of the folder. */
static int for_each_file(struct world *w, int (*act)(int dir_fd, const char *name))
{
	DIR *dir = opendir(w->path);
	int n = 0;

	for (struct dirent *d = readdir(dir); d; d = readdir(dir))
		if (d->d_name[0] != '.' && act(w->dir.fd, d->d_name) == 0)
			n++;
	(void)closedir(dir);
	return n;
}

static int remove_file(int dir_fd, const char *name)
{
	return unlinkat(dir_fd, name, 0);
}

static int tear_down(void **state)
{
	struct world *w = *state;

	(void)for_each_file(w, remove_file);
	(void)fd_close(w->old_fd);
	(void)fd_close(w->dir.fd);
	(void)rmdir(w->path);
	free(w);
	return 0;
}

static void a_file_that_has_not_changed_is_remembered(void **state)
{
	struct world *w = *state;
	struct fingerprint got = { .header = "" };

	assert_false(cache_index_find(&w->dir, w->old_fd, &got));
	cache_index_store(&w->dir, w->old_fd, &print);
	assert_true(cache_index_find(&w->dir, w->old_fd, &got));
	assert_memory_equal(&got, &print, sizeof print);
}

static void a_file_that_has_just_changed_is_not(void **state)
{
	struct world *w = *state;
	AUTO_CLOSE int fd = openat(w->dir.fd, "module", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	struct fingerprint got;

	cache_index_store(&w->dir, fd, &print);
	assert_false(cache_index_find(&w->dir, fd, &got));
}

static int damage(int dir_fd, const char *name)
{
	AUTO_CLOSE int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);

	return pwrite(fd, "x", 1, 17) == 1 ? 0 : -1;
}

static void a_damaged_memory_is_none(void **state)
{
	struct world *w = *state;
	struct fingerprint got;

	cache_index_store(&w->dir, w->old_fd, &print);
	assert_int_equal(for_each_file(w, damage), 1);
	assert_false(cache_index_find(&w->dir, w->old_fd, &got));
}

static int rename_to_other(int dir_fd, const char *name)
{
	struct stat st;
	char other[64];
	AUTO_CLOSE int fd = open("/bin/ls", O_RDONLY | O_CLOEXEC);

	assert_int_equal(fstat(fd, &st), 0);
	(void)snprintf(other, sizeof other, "index-%llx-%llx", (unsigned long long)st.st_dev,
		       (unsigned long long)st.st_ino);
	return renameat(dir_fd, name, dir_fd, other);
}

static void the_memory_of_one_file_does_not_do_for_another(void **state)
{
	struct world *w = *state;
	AUTO_CLOSE int other = open("/bin/ls", O_RDONLY | O_CLOEXEC);
	struct fingerprint got;

	cache_index_store(&w->dir, w->old_fd, &print);
	assert_int_equal(for_each_file(w, rename_to_other), 1);
	assert_false(cache_index_find(&w->dir, other, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_that_has_not_changed_is_remembered, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_has_just_changed_is_not, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_memory_is_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_memory_of_one_file_does_not_do_for_another,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
