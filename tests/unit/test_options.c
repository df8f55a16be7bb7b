/* The command line of "wasmrun os". */
#include "cli/options.h"

#include "base/alloc.h"
#include "base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 32 };

static char *look_up(const char *name)
{
	return strcmp(name, "HOME") == 0 ? "/home/me" : NULL;
}

/* Splits at single spaces. `words` is what argv points into; the caller frees it. */
static int parse(struct os_options *o, const char *line, char **words, struct err *e)
{
	static char *argv[WORDS_MAX + 1];
	int argc = 0;

	*words = xstrdup(line);
	for (char *word = *words; word && argc < WORDS_MAX;) {
		char *space = strchr(word, ' ');

		if (space)
			*space++ = 0;
		argv[argc++] = word;
		word = space;
	}
	argv[argc] = NULL;
	return os_options_parse(o, argc, argv, look_up, e);
}

static void the_project_is_the_current_folder_unless_given(void **state)
{
	AUTO_FREE char *words = NULL;
	struct os_options o;

	assert_int_equal(parse(&o, "os", &words, NULL), 0);
	assert_string_equal(o.project, ".");
	assert_int_equal(o.n_args, 0);
	assert_null(o.name);
	assert_null(o.language);
	assert_null(o.config);
	assert_false(o.verbose);
	assert_false(o.is_help_wanted);
	os_options_deinit(&o);
}

static void every_option_is_taken(void **state)
{
	AUTO_FREE char *words = NULL;
	char out[ADDR_TEXT_MAX];
	struct os_options o;

	assert_int_equal(
		parse(&o,
		      "os --forward 80:1 app -p81:2 --env=A=b -e HOME --dir /x:/y:ro -l go "
		      "--name n --config c.toml -v",
		      &words, NULL),
		0);
	assert_string_equal(o.project, "app");
	assert_int_equal(o.n_forwards, 2);
	assert_string_equal(addr_format(&o.forwards[1].host, out), "127.0.0.1:81");
	assert_int_equal(o.env.n, 2);
	assert_string_equal(o.env.items[0], "A=b");
	assert_string_equal(o.env.items[1], "HOME=/home/me");
	assert_int_equal(o.n_dirs, 1);
	assert_string_equal(o.dirs[0].guest, "/y");
	assert_false(o.dirs[0].writable);
	assert_string_equal(o.language, "go");
	assert_string_equal(o.name, "n");
	assert_string_equal(o.config, "c.toml");
	assert_true(o.verbose);
	os_options_deinit(&o);
}

static void what_stands_behind_two_dashes_is_the_programs(void **state)
{
	static const struct {
		const char *line, *project, *first_arg;
		size_t n_args;
	} cases[] = {
		{ "os app -- a -b --name --", "app", "a", 4 },
		{ "os -- a", ".", "a", 1 },
		{ "os --", ".", NULL, 0 },
		{ "os app --", "app", NULL, 0 },
		{ "os app -- --help", "app", "--help", 1 },
		{ "os -v -- -- x", ".", "--", 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *words = NULL;
		struct os_options o;

		assert_int_equal(parse(&o, cases[i].line, &words, NULL), 0);
		assert_string_equal(o.project, cases[i].project);
		assert_int_equal(o.n_args, cases[i].n_args);
		if (cases[i].first_arg)
			assert_string_equal(o.args[0], cases[i].first_arg);
		assert_false(o.is_help_wanted);
		os_options_deinit(&o);
	}
}

static void help_ends_parsing(void **state)
{
	AUTO_FREE char *words = NULL, *more = NULL;
	struct os_options o;

	assert_int_equal(parse(&o, "os --help --frobnicate", &words, NULL), 0);
	assert_true(o.is_help_wanted);
	os_options_deinit(&o);
	assert_int_equal(parse(&o, "os app -h", &more, NULL), 0);
	assert_true(o.is_help_wanted);
	os_options_deinit(&o);
}

static void a_slip_is_one_sentence(void **state)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "os --frward 1:2", "unknown option '--frward', did you mean '--forward'?" },
		{ "os --frobnicate=x", "unknown option '--frobnicate'" },
		{ "os -x", "unknown option '-x'" },
		{ "os -vx", "unknown option '-x'" },
		{ "os -\033", "unknown option '-\\x1b'" },
		{ "os --verbose=1", "option '--verbose' takes no value" },
		{ "os --name", "option '--name' needs a value: NAME" },
		{ "os -p", "option '--forward' needs a value: [ADDR:]HOST:GUEST[/udp]" },
		{ "os a b", "unexpected 'b': arguments of the program go behind '--'" },
		{ "os --allow-net a:1 b",
		  "unexpected 'b': arguments of the program go behind '--', and "
		  "a value of '--allow-net' behind '='" },
		{ "os --allow-net=a:1 b c",
		  "unexpected 'c': arguments of the program go behind '--'" },
		{ "os --name a --name b", "option '--name' is given twice" },
		{ "os -l go -l go", "option '--language' is given twice" },
		{ "os --config a --config b", "option '--config' is given twice" },
		{ "os -p 80:1 -p 80:2",
		  "host port 80 is forwarded twice: '127.0.0.1:80' and '127.0.0.1:80'" },
		{ "os --forward 80", "forward '80': expected HOST_PORT:GUEST_PORT" },
		{ "os --env =", "environment variable '=' has no name, expected NAME=VALUE" },
		{ "os --dir /a:/c --dir /b:c", "two directories have the name '/c' in the guest" },
		{ "os --name A",
		  "name 'A' is not 1 to 63 of a-z, 0-9 and '-', beginning and ending "
		  "with a letter or digit" },
		{ "os --detach", "option '--detach' is not available in this version yet" },
		{ "os -d", "option '--detach' is not available in this version yet" },
		{ "os --watch=yes", "option '--watch' takes no value" },
		{ "os --deny-net", "option '--deny-net' needs a value: RULE" },
		{ "os --deny-net=", "'' is not a host name, an address or a network" },
		{ "os --audit a --audit b", "option '--audit' is given twice" },
		{ "os --allow-net=a:x",
		  "'x' is neither a port (1 to 65535) nor a range of them (8000-8100)" },
		{ "os --tcplisten :80",
		  "':80' is no address to listen on: [ADDR:]PORT[,first][,nonblock], say 8080 or "
		  "[::1]:8080,nonblock" },
		{ "os --tcplisten 80 --tcplisten 127.0.0.1:80,first",
		  "'127.0.0.1:80' is listened on twice" },
		{ "os --restart=never",
		  "restart policy 'never': expected no, on-failure, on-failure:NUMBER or always" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *words = NULL;
		struct err e = { 0 };
		struct os_options o;

		assert_int_equal(parse(&o, cases[i].line, &words, &e), -EINVAL);
		assert_string_equal(e.text, cases[i].error);
		assert_null(o.forwards);
		assert_null(o.dirs);
		assert_null(o.env.items);
	}
}

static void every_option_has_help_or_comes_later(void **state)
{
	for (size_t i = 0; i < n_option_specs; i++)
		assert_true(option_specs[i].is_later ? !option_specs[i].help
						     : strlen(option_specs[i].help) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_project_is_the_current_folder_unless_given),
		cmocka_unit_test(every_option_is_taken),
		cmocka_unit_test(what_stands_behind_two_dashes_is_the_programs),
		cmocka_unit_test(help_ends_parsing),
		cmocka_unit_test(a_slip_is_one_sentence),
		cmocka_unit_test(every_option_has_help_or_comes_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
