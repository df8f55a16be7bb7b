/* Which changes of a project count. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/alloc.h"
#include "base/own.h"
#include "process/watch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
	char folder[64];
	struct watch *watch;
};

static void in_folder(const struct fixture *f, const char *name, char ret[static 256])
{
	(void)snprintf(ret, 256, "%s/%s", f->folder, name);
}

static void write_file(const struct fixture *f, const char *name)
{
	AUTO_CLOSE int fd = -EBADF;
	char path[256];

	in_folder(f, name, path);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
}

static void make_folder(const struct fixture *f, const char *name)
{
	char path[256];

	in_folder(f, name, path);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
	struct fixture *f = xalloc(sizeof *f);
	static const char *const folders[] = { "src", "src/deep", "node_modules", "target",
					       ".git" };

	(void)snprintf(f->folder, sizeof f->folder, "/tmp/wasmrun-watch-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		make_folder(f, folders[i]);
	write_file(f, "src/old.rs");
	assert_int_equal(watch_open(f->folder, &f->watch, NULL), 0);
	*state = f;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)watch_close(f->watch);
	assert_int_equal(nftw(f->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

static void a_change_of_a_source_counts_and_is_named(void **state)
{
	static const char *const names[] = { "app.py", "src/old.rs", "src/deep/new.js",
					     ".wasmrun.toml", "a b.html" };
	struct fixture *f = *state;
	char name[WATCH_NAME_MAX];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *slash = strrchr(names[i], '/');

		assert_false(watch_take(f->watch, name));
		write_file(f, names[i]);
		assert_true(watch_take(f->watch, name));
		assert_string_equal(name, slash ? slash + 1 : names[i]);
	}
}

static void what_tools_and_guests_write_does_not_count(void **state)
{
	static const char *const names[] = {
		"node_modules/a.js", "target/a.rs", ".git/index",  "Cargo.lock", "server.log",
		"data.sqlite3",	     "app.py~",	    ".app.py.swp", ".#app.py",	 "#app.py#",
	};
	struct fixture *f = *state;
	char name[WATCH_NAME_MAX];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		write_file(f, names[i]);
		assert_false(watch_take(f->watch, name));
	}
}

static void removing_and_renaming_count(void **state)
{
	struct fixture *f = *state;
	char name[WATCH_NAME_MAX], from[256], to[256];

	in_folder(f, "src/old.rs", from);
	in_folder(f, "src/new.rs", to);
	assert_int_equal(rename(from, to), 0);
	assert_true(watch_take(f->watch, name));
	assert_int_equal(unlink(to), 0);
	assert_true(watch_take(f->watch, name));
}

static void a_folder_that_comes_later_is_watched(void **state)
{
	struct fixture *f = *state;
	char name[WATCH_NAME_MAX];

	make_folder(f, "later");
	assert_true(watch_take(f->watch, name)); /* files could have been in it */
	make_folder(f, "later/below");
	assert_true(watch_take(f->watch, name));
	write_file(f, "later/below/a.go");
	assert_true(watch_take(f->watch, name));
	assert_string_equal(name, "a.go");
	make_folder(f, "later/node_modules");
	assert_false(watch_take(f->watch, name));
}

static void rename_folder(const struct fixture *f, const char *from, const char *to)
{
	char from_path[256], to_path[256];

	in_folder(f, from, from_path);
	in_folder(f, to, to_path);
	assert_int_equal(rename(from_path, to_path), 0);
}

static void a_renamed_folder_is_watched_under_its_new_name(void **state)
{
	struct fixture *f = *state;
	char name[WATCH_NAME_MAX];

	rename_folder(f, "src", "lib");
	assert_true(watch_take(f->watch, name));
	make_folder(f, "lib/deep/more");
	assert_true(watch_take(f->watch, name));
	write_file(f, "lib/deep/more/a.go");
	assert_true(watch_take(f->watch, name));
	assert_string_equal(name, "a.go");
	rename_folder(f, "lib", "target/lib");
	assert_true(watch_take(f->watch, name));
	write_file(f, "target/lib/deep/b.go");
	assert_false(watch_take(f->watch, name));
}

static void of_a_file_only_that_file_counts(void **state)
{
	struct fixture *f = *state;
	struct watch *watch;
	char name[WATCH_NAME_MAX], path[256];

	in_folder(f, "src/old.rs", path);
	assert_int_equal(watch_open(path, &watch, NULL), 0);
	write_file(f, "src/other.rs");
	assert_false(watch_take(watch, name));
	write_file(f, "src/old.rs");
	assert_true(watch_take(watch, name));
	(void)watch_close(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_change_of_a_source_counts_and_is_named, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_tools_and_guests_write_does_not_count, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(removing_and_renaming_count, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_folder_that_comes_later_is_watched, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_renamed_folder_is_watched_under_its_new_name,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_a_file_only_that_file_counts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
