/* Paths: what works beneath a directory, and that nothing gets out of it. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "test_wasi_guest.h"

static uint32_t stat_path(struct guest *g, uint32_t dir, uint32_t lookup, const char *path)
{
	return CALL(g, "path_filestat_get", dir, lookup, PATH_OF(g, path), RET);
}

static void files_and_directories_come_and_go(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "path_create_directory", WORK, PATH_OF(g, "d")), P1_SUCCESS);
	assert_int_equal(CALL(g, "path_create_directory", WORK, PATH_OF(g, "d")), P1_EXIST);
	assert_int_equal(CALL(g, "path_create_directory", WORK, PATH_OF(g, "d/e/")), P1_SUCCESS);
	assert_int_equal(write_text(g, must_open(g, WORK, "d/e/f", P1_O_CREAT, WRITE), "hi"),
			 P1_SUCCESS);
	assert_int_equal(CALL(g, "path_remove_directory", WORK, PATH_OF(g, "d/e")), P1_NOTEMPTY);
	assert_int_equal(
		CALL(g, "path_rename", WORK, PATH_OF(g, "d/e/f"), WORK, PATH2_OF(g, "moved")),
		P1_SUCCESS);
	assert_int_equal(CALL(g, "path_remove_directory", WORK, PATH_OF(g, "d/e/")), P1_SUCCESS);
	assert_reads(g, must_open(g, WORK, "d/../moved", 0, READ), "hi");
	assert_int_equal(CALL(g, "path_unlink_file", WORK, PATH_OF(g, "moved")), P1_SUCCESS);
	assert_int_equal(stat_path(g, WORK, 0, "moved"), P1_NOENT);
	assert_int_equal(CALL(g, "path_unlink_file", WORK, PATH_OF(g, "d")), P1_ISDIR);
	assert_int_equal(CALL(g, "path_remove_directory", WORK, PATH_OF(g, "file")), P1_NOTDIR);
}

static void open_flags_mean_what_they_say(void **state)
{
	struct guest *g = *state;
	const uint32_t create_new = P1_O_CREAT | P1_O_EXCL;

	assert_int_equal(open_path(g, WORK, "none", 0, READ), P1_NOENT);
	assert_int_equal(open_path(g, WORK, "file", create_new, WRITE), P1_EXIST);
	assert_int_equal(open_path(g, WORK, "new", create_new, WRITE), P1_SUCCESS);
	assert_int_equal(open_path(g, WORK, "file", P1_O_DIRECTORY, READ), P1_NOTDIR);
	assert_int_equal(open_path(g, WORK, ".", P1_O_DIRECTORY, READ | WRITE), P1_SUCCESS);
	assert_int_equal(open_path(g, WORK, ".", 0, WRITE), P1_ISDIR);
	assert_int_equal(open_path(g, WORK, "d", P1_O_DIRECTORY | P1_O_CREAT, READ), P1_INVAL);
	assert_int_equal(open_path(g, WORK, "file", 16, READ), P1_INVAL);
	assert_int_equal(CALL(g, "path_open", WORK, 2, PATH_OF(g, "file"), 0, READ, 0, 0, RET),
			 P1_INVAL);
	assert_int_equal(CALL(g, "path_open", WORK, 0, PATH_OF(g, "file"), 0, READ, 0, 32, RET),
			 P1_INVAL);
	assert_reads(g, must_open(g, WORK, "file", 0, READ), "0123456789");
	assert_reads(g, must_open(g, WORK, "file", P1_O_TRUNC, READ | WRITE), "");
}

static void strings_that_are_no_paths_are_refused(void **state)
{
	struct guest *g = *state;

	memset(gmem_view(g->mem, PATH, 4200), 'a', 4200);
	assert_int_equal(CALL(g, "path_filestat_get", WORK, 0, PATH, 4095, RET), P1_NAMETOOLONG);
	assert_int_equal(CALL(g, "path_filestat_get", WORK, 0, PATH, 4096, RET), P1_NAMETOOLONG);
	assert_int_equal(CALL(g, "path_filestat_get", WORK, 0, PATH, 256, RET), P1_NAMETOOLONG);
	assert_int_equal(CALL(g, "path_filestat_get", WORK, 0, PATH, 255, RET), P1_NOENT);
	assert_int_equal(CALL(g, "path_filestat_get", WORK, 0, PATH, 0, RET), P1_NOENT);
	memcpy(gmem_view(g->mem, PATH, 6), "file\0x", 6);
	assert_int_equal(CALL(g, "path_filestat_get", WORK, 0, PATH, 6, RET), P1_INVAL);
	assert_int_equal(CALL(g, "path_filestat_get", WORK, 0, PATH, 4, RET), P1_SUCCESS);
}

static void links_are_followed_as_asked(void **state)
{
	struct guest *g = *state;
	uint32_t r;

	assert_int_equal(CALL(g, "path_symlink", PATH_OF(g, "file"), WORK, PATH2_OF(g, "l")),
			 P1_SUCCESS);
	assert_int_equal(stat_path(g, WORK, 0, "l"), P1_SUCCESS);
	assert_int_equal(*gmem_view(g->mem, RET + 16, 1), P1_TYPE_SYMLINK);
	assert_int_equal(stat_path(g, WORK, P1_LOOKUP_FOLLOW, "l"), P1_SUCCESS);
	assert_int_equal(*gmem_view(g->mem, RET + 16, 1), P1_TYPE_FILE);
	r = CALL(g, "path_open", WORK, 0, PATH_OF(g, "l"), 0, READ, 0, 0, RET);
	assert_int_equal(r, P1_LOOP);
	assert_reads(g, must_open(g, WORK, "l", 0, READ), "0123456789");
	assert_int_equal(CALL(g, "path_readlink", WORK, PATH_OF(g, "l"), BUF, 100, RET),
			 P1_SUCCESS);
	assert_int_equal(get32(g, RET), 4);
	assert_memory_equal(gmem_view(g->mem, BUF, 4), "file", 4);
	assert_int_equal(CALL(g, "path_readlink", WORK, PATH_OF(g, "l"), BUF, 2, RET), P1_SUCCESS);
	assert_int_equal(get32(g, RET), 2);
	assert_int_equal(CALL(g, "path_readlink", WORK, PATH_OF(g, "l"), BUF, 0, RET), P1_SUCCESS);
	assert_int_equal(CALL(g, "path_readlink", WORK, PATH_OF(g, "file"), BUF, 9, RET), P1_INVAL);
	/* Times of the link itself, not of the file. */
	r = CALL(g, "path_filestat_set_times", WORK, 0, PATH_OF(g, "l"), 5, 7, 5);
	assert_int_equal(r, P1_SUCCESS);
	assert_int_equal(stat_path(g, WORK, 0, "l"), P1_SUCCESS);
	assert_int_equal(get64(g, RET + 48), 7);
	assert_int_equal(stat_path(g, WORK, 0, "file"), P1_SUCCESS);
	assert_true(get64(g, RET + 48) > 7);
}

static void a_hard_link_is_the_same_file(void **state)
{
	struct guest *g = *state;
	uint64_t ino;

	assert_int_equal(CALL(g, "path_link", WORK, 0, PATH_OF(g, "file"), WORK, PATH2_OF(g, "h")),
			 P1_SUCCESS);
	assert_int_equal(stat_path(g, WORK, 0, "file"), P1_SUCCESS);
	ino = get64(g, RET + 8);
	assert_int_equal(get64(g, RET + 24), 2);
	assert_int_equal(stat_path(g, WORK, 0, "h"), P1_SUCCESS);
	assert_int_equal(get64(g, RET + 8), ino);
	assert_int_equal(CALL(g, "path_link", WORK, 1, PATH_OF(g, "file"), WORK, PATH2_OF(g, "i")),
			 P1_INVAL);
	assert_int_equal(CALL(g, "path_link", WORK, 0, PATH_OF(g, "file/"), WORK, PATH2_OF(g, "i")),
			 P1_PERM);
}

static void a_slash_behind_a_name_asks_for_a_directory(void **state)
{
	struct guest *g = *state;

	make_dir(g->work, "d");
	assert_int_equal(stat_path(g, WORK, 0, "d/"), P1_SUCCESS);
	assert_int_equal(stat_path(g, WORK, 0, "file/"), P1_NOTDIR);
	assert_int_equal(open_path(g, WORK, "file/", 0, READ), P1_NOTDIR);
	assert_int_equal(CALL(g, "path_unlink_file", WORK, PATH_OF(g, "file/")), P1_NOTDIR);
	assert_int_equal(CALL(g, "path_rename", WORK, PATH_OF(g, "file"), WORK, PATH2_OF(g, "to/")),
			 P1_NOTDIR);
	assert_int_equal(CALL(g, "path_rename", WORK, PATH_OF(g, "d/"), WORK, PATH2_OF(g, "to/")),
			 P1_SUCCESS);
	assert_int_equal(stat_path(g, WORK, 0, "to/"), P1_SUCCESS);
}

/* Every call that takes a path, on one that must not get anywhere. */
static void assert_all_refused(struct guest *g, const char *path)
{
	assert_int_not_equal(open_path(g, WORK, path, 0, READ), P1_SUCCESS);
	assert_int_not_equal(open_path(g, WORK, path, P1_O_CREAT, WRITE), P1_SUCCESS);
	assert_int_not_equal(stat_path(g, WORK, P1_LOOKUP_FOLLOW, path), P1_SUCCESS);
	assert_int_not_equal(CALL(g, "path_filestat_set_times", WORK, P1_LOOKUP_FOLLOW,
				  PATH_OF(g, path), 1, 1, 5),
			     P1_SUCCESS);
	assert_int_not_equal(CALL(g, "path_unlink_file", WORK, PATH_OF(g, path)), P1_SUCCESS);
	assert_int_not_equal(CALL(g, "path_remove_directory", WORK, PATH_OF(g, path)), P1_SUCCESS);
	assert_int_not_equal(CALL(g, "path_create_directory", WORK, PATH_OF(g, path)), P1_SUCCESS);
	assert_int_not_equal(CALL(g, "path_symlink", PATH2_OF(g, "x"), WORK, PATH_OF(g, path)),
			     P1_SUCCESS);
	assert_int_not_equal(
		CALL(g, "path_link", WORK, 0, PATH_OF(g, path), WORK, PATH2_OF(g, "stolen")),
		P1_SUCCESS);
	assert_int_not_equal(
		CALL(g, "path_link", WORK, 0, PATH2_OF(g, "file"), WORK, PATH_OF(g, path)),
		P1_SUCCESS);
	assert_int_not_equal(
		CALL(g, "path_rename", WORK, PATH_OF(g, path), WORK, PATH2_OF(g, "stolen")),
		P1_SUCCESS);
	assert_int_not_equal(
		CALL(g, "path_rename", WORK, PATH2_OF(g, "file"), WORK, PATH_OF(g, path)),
		P1_SUCCESS);
}

/* The secret is where it was, and as it was. */
static void assert_secret_untouched(struct guest *g)
{
	char path[128];
	char text[16] = "";
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/secret", g->root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof text - 1), 6);
	assert_string_equal(text, "secret");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_true(st.st_mtim.tv_sec > 1);
	close(fd);
	snprintf(path, sizeof path, "%s/new", g->root);
	assert_int_equal(access(path, F_OK), -1);
}

static void no_path_leads_out(void **state)
{
	struct guest *g = *state;
	char absolute[128];
	static const char *const paths[] = {
		"../secret",
		"d/../../secret",
		"./../secret",
		"/etc/passwd",
		"//etc/passwd",
		"up/secret",
		"d/up2/secret",
		"to_secret",
		"chain1",
		"chain1/",
		"abs",
		"abs/passwd",
		"up/../up/secret",
		"../folder/../secret",
		"../new",
		"up/new",
	};

	make_dir(g->work, "d");
	make_link("..", g->work, "up");
	make_link("../..", g->work, "d/up2");
	make_link("../secret", g->work, "to_secret");
	make_link("d/chain2", g->work, "chain1");
	make_link("../up/secret", g->work, "d/chain2");
	make_link("/etc", g->work, "abs");
	snprintf(absolute, sizeof absolute, "%s/file", g->work);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		/* Links that are last are names here, and may go; the rest must not. */
		if (strchr(paths[i], '/'))
			assert_all_refused(g, paths[i]);
		assert_int_not_equal(open_path(g, WORK, paths[i], 0, READ), P1_SUCCESS);
		assert_int_not_equal(stat_path(g, WORK, P1_LOOKUP_FOLLOW, paths[i]), P1_SUCCESS);
	}
	assert_int_equal(open_path(g, WORK, "../secret", 0, READ), P1_PERM);
	assert_int_equal(open_path(g, WORK, absolute, 0, READ), P1_PERM);
	assert_int_equal(stat_path(g, WORK, 0, ".."), P1_PERM);
	assert_int_equal(stat_path(g, WORK, 0, "/"), P1_PERM);
	assert_secret_untouched(g);
	/* The twins: the same kinds of path that stay inside. */
	make_link("d/../file", g->work, "inside1");
	make_link("inside1", g->work, "inside2");
	assert_reads(g, must_open(g, WORK, "inside2", 0, READ), "0123456789");
	assert_reads(g, must_open(g, WORK, "d/../d/./../file", 0, READ), "0123456789");
}

static void dots_as_last_component_change_nothing_outside(void **state)
{
	struct guest *g = *state;

	assert_all_refused(g, "..");
	assert_all_refused(g, "../");
	assert_all_refused(g, "/");
	assert_int_not_equal(CALL(g, "path_remove_directory", WORK, PATH_OF(g, ".")), P1_SUCCESS);
	assert_int_not_equal(CALL(g, "path_create_directory", WORK, PATH_OF(g, ".")), P1_SUCCESS);
	assert_int_equal(stat_path(g, WORK, 0, "."), P1_SUCCESS);
	assert_secret_untouched(g);
}

static void a_link_to_outside_is_not_made_when_absolute(void **state)
{
	struct guest *g = *state;

	assert_int_equal(CALL(g, "path_symlink", PATH_OF(g, "/etc"), WORK, PATH2_OF(g, "a")),
			 P1_PERM);
	assert_int_equal(CALL(g, "path_symlink", PATH_OF(g, "d"), WORK, PATH2_OF(g, "a")),
			 P1_SUCCESS);
}

static void a_magic_link_leads_nowhere(void **state)
{
	const struct sys_dir dir = { "/proc/self", "/", false };
	struct guest *g = *state;
	struct sys *own = g->sys;
	struct sys_config config = { .dirs = &dir, .n_dirs = 1 };

	assert_int_equal(sys_new(&config, &g->sys, NULL), 0);
	assert_int_equal(open_path(g, 3, "status", 0, READ), P1_SUCCESS);
	assert_int_not_equal(open_path(g, 3, "root/etc/passwd", 0, READ), P1_SUCCESS);
	assert_int_not_equal(open_path(g, 3, "cwd", 0, READ), P1_SUCCESS);
	assert_int_not_equal(open_path(g, 3, "exe", 0, READ), P1_SUCCESS);
	assert_int_not_equal(stat_path(g, 3, P1_LOOKUP_FOLLOW, "root"), P1_SUCCESS);
	sys_free(g->sys);
	g->sys = own;
}

static void a_read_only_directory_refuses_every_change(void **state)
{
	struct guest *g = *state;
	uint32_t fd;

	make_dir(g->ro, "d");
	assert_reads(g, must_open(g, RO, "file", 0, READ), "abc");
	assert_reads(g, must_open(g, RO, "file", P1_O_CREAT, READ), "abc");
	assert_int_equal(open_path(g, RO, "file", 0, WRITE), P1_ROFS);
	assert_int_equal(open_path(g, RO, "file", P1_O_TRUNC, READ), P1_ROFS);
	assert_int_equal(open_path(g, RO, "new", P1_O_CREAT, READ), P1_ROFS);
	assert_int_equal(open_path(g, RO, "new", P1_O_CREAT | P1_O_EXCL, READ), P1_ROFS);
	assert_int_equal(open_path(g, RO, "file", P1_O_CREAT | P1_O_EXCL, READ), P1_EXIST);
	assert_int_equal(CALL(g, "path_create_directory", RO, PATH_OF(g, "e")), P1_ROFS);
	assert_int_equal(CALL(g, "path_remove_directory", RO, PATH_OF(g, "d")), P1_ROFS);
	assert_int_equal(CALL(g, "path_unlink_file", RO, PATH_OF(g, "file")), P1_ROFS);
	assert_int_equal(CALL(g, "path_symlink", PATH_OF(g, "x"), RO, PATH2_OF(g, "l")), P1_ROFS);
	assert_int_equal(CALL(g, "path_rename", RO, PATH_OF(g, "file"), WORK, PATH2_OF(g, "x")),
			 P1_ROFS);
	assert_int_equal(CALL(g, "path_rename", WORK, PATH_OF(g, "file"), RO, PATH2_OF(g, "x")),
			 P1_ROFS);
	assert_int_equal(CALL(g, "path_link", RO, 0, PATH_OF(g, "file"), WORK, PATH2_OF(g, "x")),
			 P1_ROFS);
	assert_int_equal(CALL(g, "path_link", WORK, 0, PATH_OF(g, "file"), RO, PATH2_OF(g, "x")),
			 P1_ROFS);
	assert_int_equal(CALL(g, "path_filestat_set_times", RO, 0, PATH_OF(g, "file"), 1, 1, 5),
			 P1_ROFS);
	fd = must_open(g, RO, "file", 0, READ);
	assert_int_equal(CALL(g, "fd_filestat_set_times", fd, 1, 1, 5), P1_ROFS);
	/* What is opened through it inherits that. */
	fd = must_open(g, RO, "d", P1_O_DIRECTORY, READ);
	assert_int_equal(open_path(g, fd, "new", P1_O_CREAT, WRITE), P1_ROFS);
	assert_int_equal(CALL(g, "fd_filestat_set_times", fd, 1, 1, 5), P1_ROFS);
}

struct racer {
	const char *work;
	atomic_bool stop;
};

/* Exchanges a directory and a link to outside, over and over. */
static void *exchange(void *arg)
{
	struct racer *r = arg;
	char a[128];
	char b[128];

	snprintf(a, sizeof a, "%s/race", r->work);
	snprintf(b, sizeof b, "%s/trap", r->work);
	while (!atomic_load(&r->stop))
		(void)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */);
	return NULL;
}

static void a_directory_that_becomes_a_link_meanwhile_leads_nowhere(void **state)
{
	struct guest *g = *state;
	struct racer racer = { .work = g->work };
	unsigned n_opened = 0;
	unsigned n_refused = 0;
	pthread_t thread;

	make_dir(g->work, "race");
	write_file(g->work, "race/secret", "decoy");
	make_link("..", g->work, "trap");
	assert_int_equal(pthread_create(&thread, NULL, exchange, &racer), 0);
	for (int i = 0; i < 200000 && (i < 20000 || !n_opened || !n_refused); i++) {
		uint32_t r = open_path(g, WORK, "race/secret", 0, READ);

		(void)CALL(g, "path_unlink_file", WORK, PATH_OF(g, "trap/secret2"));
		(void)CALL(g, "path_create_directory", WORK, PATH_OF(g, "race/new"));
		(void)CALL(g, "path_remove_directory", WORK, PATH_OF(g, "race/new"));
		if (r != P1_SUCCESS) {
			n_refused++;
			continue;
		}
		n_opened++;
		assert_reads(g, get32(g, RET), "decoy");
		assert_int_equal(CALL(g, "fd_close", get32(g, RET)), P1_SUCCESS);
	}
	atomic_store(&racer.stop, true);
	pthread_join(thread, NULL);
	assert_true(n_opened > 0);
	assert_true(n_refused > 0);
	assert_secret_untouched(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(files_and_directories_come_and_go),
		GUEST_TEST(open_flags_mean_what_they_say),
		GUEST_TEST(strings_that_are_no_paths_are_refused),
		GUEST_TEST(links_are_followed_as_asked),
		GUEST_TEST(a_hard_link_is_the_same_file),
		GUEST_TEST(a_slash_behind_a_name_asks_for_a_directory),
		GUEST_TEST(no_path_leads_out),
		GUEST_TEST(dots_as_last_component_change_nothing_outside),
		GUEST_TEST(a_link_to_outside_is_not_made_when_absolute),
		GUEST_TEST(a_magic_link_leads_nowhere),
		GUEST_TEST(a_read_only_directory_refuses_every_change),
		GUEST_TEST(a_directory_that_becomes_a_link_meanwhile_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
