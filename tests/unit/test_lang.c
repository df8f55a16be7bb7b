/* Finding out what a project is, and reading what cargo says. */
#include "base/alloc.h"
#include "base/own.h"
#include "lang/cargo.h"
#include "lang/project.h"
#include "lang/python.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
