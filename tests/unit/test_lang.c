/* Finding out what a project is, reading what cargo says, and running tools. */
#include "base/alloc.h"
#include "base/own.h"
#include "lang/cargo.h"
#include "lang/project.h"
#include "lang/python.h"
#include "lang/tool.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORE "\0asm\1\0\0\0"

static char *folder; /* of the running test */

static int set_up(void **state)
{
	folder = xstrdup("/tmp/test_lang.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	int r = nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(folder);
	return r;
}

static void make_file(const char *name, const char *bytes, size_t len)
{
	AUTO_FREE char *path = xprintf("%s/%s", folder, name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
}

static void expect_language(const enum language *chosen, enum language language, const char *module)
{
	struct project p;

	assert_int_equal(project_open(folder, chosen, &p, NULL), 0);
	assert_int_equal(p.language, language);
	assert_true(p.is_folder);
	assert_string_equal(p.path, folder);
	if (module)
		assert_string_equal(strrchr(p.module, '/') + 1, module);
	else
		assert_null(p.module);
	project_deinit(&p);
}

static void expect_error(const char *path, const enum language *chosen, int exit_code,
			 const char *words)
{
	struct err e = { 0 };
	struct project p;

	assert_true(project_open(path, chosen, &p, &e) < 0);
	assert_int_equal(e.exit_code, exit_code);
	if (!strstr(e.text, words))
		fail_msg("'%s' is not in '%s'", words, e.text);
}

static void a_languages_name_is_parsed(void **state)
{
	enum language language;
	struct err e = { 0 };

	assert_int_equal(language_parse("rust", &language, NULL), 0);
	assert_int_equal(language, LANGUAGE_RUST);
	assert_int_equal(language_parse("wasm", &language, NULL), 0);
	assert_int_equal(language, LANGUAGE_WASM);
	assert_int_equal(language_parse("python", &language, NULL), 0);
	assert_int_equal(language, LANGUAGE_PYTHON);
	assert_int_equal(language_parse("nodejs", &language, NULL), 0);
	assert_int_equal(language, LANGUAGE_NODEJS);
	assert_true(language_parse("rusty", &language, &e) < 0);
	assert_string_equal(e.text, "unknown language 'rusty', did you mean 'rust'?");
	assert_true(language_parse("cobol", &language, &e) < 0);
	assert_string_equal(e.text,
			    "unknown language 'cobol', expected rust, go, nodejs, python or wasm");
	assert_true(language_parse("Go", &language, &e) < 0);
	assert_string_equal(e.text, "unknown language 'Go', did you mean 'go'?");
}

static void a_folders_files_tell_its_language(void **state)
{
	make_file("x.wasm", CORE, 8);
	expect_language(NULL, LANGUAGE_WASM, "x.wasm");
	make_file("go.mod", "", 0);
	expect_language(NULL, LANGUAGE_GO, NULL);
	make_file("Cargo.toml", "", 0);
	expect_language(NULL, LANGUAGE_RUST, NULL);
	make_file("package.json", "", 0);
	expect_language(NULL, LANGUAGE_RUST, NULL);
}

static void a_chosen_language_overrides_the_files(void **state)
{
	const enum language go = LANGUAGE_GO, wasm = LANGUAGE_WASM, rust = LANGUAGE_RUST;

	make_file("Cargo.toml", "", 0);
	expect_error(folder, &go, 126, "is not the folder of a go project");
	expect_error(folder, &wasm, 126, "holds no .wasm file");
	make_file("go.mod", "", 0);
	make_file("x.wasm", CORE, 8);
	expect_language(&go, LANGUAGE_GO, NULL);
	expect_language(&rust, LANGUAGE_RUST, NULL);
	expect_language(&wasm, LANGUAGE_WASM, "x.wasm");
}

/* Opens the script of that name in the folder, and wants it to be run in that folder. */
static void expect_script(const char *name, const char *in)
{
	AUTO_FREE char *script = xprintf("%s/%s", folder, name);
	struct project p;

	assert_int_equal(project_open(script, NULL, &p, NULL), 0);
	assert_int_equal(p.language, LANGUAGE_NODEJS);
	assert_string_equal(p.path, in);
	assert_string_equal(p.script, script);
	assert_true(p.is_folder);
	project_deinit(&p);
}

static void a_script_stands_for_the_folder_of_its_package(void **state)
{
	AUTO_FREE char *sub = xprintf("%s/src", folder);

	assert_int_equal(mkdir(sub, 0700), 0);
	make_file("lone.mjs", "", 0);
	make_file("src/server.js", "", 0);
	expect_script("lone.mjs", folder);
	expect_script("src/server.js", sub);
	make_file("package.json", "{}", 2);
	expect_script("src/server.js", folder);
}

static void a_package_in_the_home_folder_is_not_the_scripts(void **state)
{
	AUTO_FREE char *home = xstrdup(getenv("HOME") ? getenv("HOME") : "/");
	AUTO_FREE char *sub = xprintf("%s/src", folder);

	assert_int_equal(mkdir(sub, 0700), 0);
	make_file("package.json", "{}", 2);
	make_file("src/server.js", "", 0);
	assert_int_equal(setenv("HOME", folder, 1), 0);
	expect_script("src/server.js", sub);
	assert_int_equal(setenv("HOME", home, 1), 0);
}

static void a_nodejs_project_is_told_by_its_files(void **state)
{
	make_file("index.js", "", 0);
	expect_language(NULL, LANGUAGE_NODEJS, NULL);
	make_file("app.py", "", 0);
	expect_language(NULL, LANGUAGE_PYTHON, NULL);
	make_file("package.json", "", 0);
	expect_language(NULL, LANGUAGE_NODEJS, NULL);
}

static void a_python_project_is_told_by_its_files(void **state)
{
	const enum language python = LANGUAGE_PYTHON;

	expect_language(&python, LANGUAGE_PYTHON, NULL);
	make_file("app.py", "", 0);
	expect_language(NULL, LANGUAGE_PYTHON, NULL);
	make_file("go.mod", "", 0);
	expect_language(NULL, LANGUAGE_GO, NULL);
	expect_language(&python, LANGUAGE_PYTHON, NULL);
}

static void expect_included(const char *line, const char *expected)
{
	char *file = python_included_file(line, strlen(line));

	if (expected)
		assert_string_equal(file, expected);
	else
		assert_null(file);
	free(file);
}

static void a_requirements_line_that_includes_a_file_is_known(void **state)
{
	expect_included("-r base.txt", "base.txt");
	expect_included("-rbase.txt", "base.txt");
	expect_included("--requirement=sub/base.txt\r", "sub/base.txt");
	expect_included("--requirement  base.txt # why", "base.txt");
	expect_included("-c constraints.txt", "constraints.txt");
	expect_included("--constraint", NULL);
	expect_included("-r ", NULL);
	expect_included("-r", NULL);
	expect_included("-r \t\r", NULL);
	expect_included("--requirements base.txt", NULL);
	expect_included("flask==3.1.3", NULL);
	expect_included("", NULL);
}

static void a_folder_without_a_single_module_is_refused(void **state)
{
	expect_error(folder, NULL, 126, "is not a project");
	make_file(".hidden.wasm", CORE, 8);
	make_file("README.md", "", 0);
	expect_error(folder, NULL, 126, "is not a project");
	make_file("a.wasm", "text", 4);
	expect_error(folder, NULL, 126, "a.wasm' is not a WebAssembly module");
	make_file("b.wasm", CORE, 8);
	expect_error(folder, NULL, 126, "holds several .wasm files");
}

static void a_folder_with_the_name_of_a_marker_is_none(void **state)
{
	AUTO_FREE char *path = xprintf("%s/Cargo.toml", folder);

	assert_int_equal(mkdir(path, 0700), 0);
	expect_error(folder, NULL, 126, "is not a project");
}

static void a_file_is_a_module_by_its_first_bytes(void **state)
{
	const enum language rust = LANGUAGE_RUST, wasm = LANGUAGE_WASM;
	AUTO_FREE char *module = xprintf("%s/program", folder);
	AUTO_FREE char *text = xprintf("%s/text.wasm", folder);
	struct project p;

	make_file("program", CORE, 8);
	make_file("text.wasm", "\0as", 3);
	assert_int_equal(project_open(module, &wasm, &p, NULL), 0);
	assert_false(p.is_folder);
	assert_string_equal(p.module, module);
	project_deinit(&p);
	expect_error(text, NULL, 126, "is neither a WebAssembly module nor a project");
	expect_error(module, &rust, 0, "is a WebAssembly module, not the folder of a rust project");
	expect_error("/dev/null", NULL, 126, "is neither a WebAssembly module nor a project");
}

static void a_path_to_nothing_is_not_found(void **state)
{
	AUTO_FREE char *path = xprintf("%s/nothing", folder);
	AUTO_FREE char *below = xprintf("%s/file/x", folder);

	make_file("file", "", 0);
	expect_error(path, NULL, 127, "No such file or directory");
	expect_error(below, NULL, 127, "Not a directory");
	expect_error("", NULL, 127, "project ''");
}

/* --- what cargo says --- */

static void the_programs_that_cargo_built_are_read(void **state)
{
	static const char text[] =
		"{\"reason\":\"compiler-artifact\",\"target\":{\"kind\":[\"lib\"],\"name\":\"l\"},"
		"\"executable\":null}\n"
		"{\"reason\":\"compiler-artifact\",\"target\":{\"kind\":[\"custom-build\"],"
		"\"name\":\"b\"},"
		"\"executable\":\"/t/build\"}\n"
		"a build script's line\n"
		"\n"
		"{\"reason\":\"compiler-artifact\",\"target\":{\"kind\":[\"bin\"],\"name\":\"web\"}"
		","
		"\"executable\":\"/t/web.wasm\",\"fresh\":true}\n"
		"{\"reason\":\"compiler-artifact\",\"target\":{\"kind\":[\"bin\"]},\"executable\":"
		"\"/t/x\"}\n"
		"{\"reason\":\"compiler-artifact\",\"target\":7,\"executable\":[]}\n"
		"[1]\n"
		"{\"reason\":\"build-finished\",\"success\":true}";
	struct cargo_programs p;

	cargo_read_programs(text, sizeof text - 1, &p);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.items[0].name, "web");
	assert_string_equal(p.items[0].path, "/t/web.wasm");
	cargo_programs_deinit(&p);
	cargo_read_programs(NULL, 0, &p);
	assert_int_equal(p.n, 0);
	cargo_programs_deinit(&p);
}

static void the_default_program_of_the_package_is_read(void **state)
{
	static const char text[] =
		"{\"packages\":[{\"manifest_path\":\"/a/Cargo.toml\",\"default_run\":\"one\"},"
		"{\"manifest_path\":\"/b/Cargo.toml\",\"default_run\":null}]}";
	AUTO_FREE char *a = cargo_read_default_run(text, sizeof text - 1, "/a/Cargo.toml");
	AUTO_FREE char *b = cargo_read_default_run(text, sizeof text - 1, "/b/Cargo.toml");
	AUTO_FREE char *c = cargo_read_default_run(text, sizeof text - 1, "/c/Cargo.toml");
	AUTO_FREE char *none = cargo_read_default_run("{", 1, "/c/Cargo.toml");

	assert_string_equal(a, "one");
	assert_null(b);
	assert_null(c);
	assert_null(none);
}

static void only_the_line_that_says_finished_is_hidden(void **state)
{
	static const struct {
		const char *line;
		bool is_noise;
	} cases[] = {
		{ "    Finished `release` profile [optimized] target(s) in 0.02s\n", true },
		{ "\033[0m\033[0m\033[1m\033[32m    Finished\033[0m `release`\n", true },
		{ "   Compiling web v0.1.0\n", false },
		{ "warning: Finished\n", false },
		{ "    Finis", false },
		{ "\033[", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(cargo_line_is_noise(cases[i].line, strlen(cases[i].line)),
				 cases[i].is_noise);
}

/* --- running tools: /bin/sh in their place --- */

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
	AUTO_FREE char *fifo = xprintf("%s/fifo", folder);
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

/* Also while the tool floods its standard error. */
static void a_signal_goes_to_the_tool_and_ends_the_build(void **state)
{
	AUTO_FREE char *script = xprintf("trap 'echo ended; exit 1' TERM; kill -TERM %d; "
					 "while :; do echo Finished >&2; done",
					 (int)getpid());
	sigset_t before, after;
	struct err e = { 0 };
	struct buf out;

	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	buf_init(&out, 1000);
	assert_true(run_shell(script, &out, &e) < 0);
	assert_string_equal(e.text, "'sh' was interrupted");
	assert_int_equal(e.exit_code, 128 + SIGTERM);
	assert_memory_equal(out.bytes, "ended\n", 6);
	buf_deinit(&out);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

/* Two processes that the tool leaves behind hold the fifo open, until they are ended. */
static void an_interrupted_tool_leaves_nothing_running(void **state)
{
	AUTO_FREE char *script = xprintf("(exec 3>fifo; (yes >&3) & yes >&3) & read line <fifo; "
					 "kill -TERM %d; kill $$",
					 (int)getpid());
	AUTO_FREE char *fifo = xprintf("%s/fifo", folder);
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

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_languages_name_is_parsed),
		IN_FOLDER(a_folders_files_tell_its_language),
		IN_FOLDER(a_chosen_language_overrides_the_files),
		IN_FOLDER(a_script_stands_for_the_folder_of_its_package),
		IN_FOLDER(a_package_in_the_home_folder_is_not_the_scripts),
		IN_FOLDER(a_nodejs_project_is_told_by_its_files),
		IN_FOLDER(a_python_project_is_told_by_its_files),
		cmocka_unit_test(a_requirements_line_that_includes_a_file_is_known),
		IN_FOLDER(a_folder_without_a_single_module_is_refused),
		IN_FOLDER(a_folder_with_the_name_of_a_marker_is_none),
		IN_FOLDER(a_file_is_a_module_by_its_first_bytes),
		IN_FOLDER(a_path_to_nothing_is_not_found),
		cmocka_unit_test(the_programs_that_cargo_built_are_read),
		cmocka_unit_test(the_default_program_of_the_package_is_read),
		cmocka_unit_test(only_the_line_that_says_finished_is_hidden),
		IN_FOLDER(a_tools_output_is_taken),
		IN_FOLDER(too_much_output_ends_the_tool),
		IN_FOLDER(a_tool_that_fails_is_a_condition),
		IN_FOLDER(a_missing_tool_is_named_with_its_remedy),
		IN_FOLDER(a_daemon_left_behind_is_not_waited_for),
		IN_FOLDER(a_signal_goes_to_the_tool_and_ends_the_build),
		IN_FOLDER(an_interrupted_tool_leaves_nothing_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
