/* .wasmrun.toml: what it sets, and the words for what is wrong with it. */
#include "config/config.h"

#include "base/alloc.h"
#include "base/own.h"
#include "config/keys.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void an_empty_file_leaves_the_defaults(void **state)
{
	struct config c;

	config_init(&c);
	assert_int_equal(config_parse(&c, "f", NULL, 0, NULL), 0);
	assert_int_equal(config_parse(&c, "f", "# nothing\n[network]\n", 20, NULL), 0);
	assert_true(c.isolation_enabled);
	assert_true(c.loopback_enabled);
	assert_string_equal(c.namespace_prefix, "wasmrun");
	assert_int_equal(c.n_forwards, 0);
	config_deinit(&c);
}

static void every_key_is_taken(void **state)
{
	static const char text[] = "\357\273\277[network]\r\n"
				   "isolation = false\r\n"
				   "namespace_prefix = 'my-ns'\n"
				   "loopback_enabled = false # why not\n"
				   "forwards = [\n\t\"8080:3000\",\n\t\"[::]:8443:3443\",\n]\n";
	char out[ADDR_TEXT_MAX];
	struct config c;

	config_init(&c);
	assert_int_equal(config_parse(&c, "f", text, sizeof text - 1, NULL), 0);
	assert_false(c.isolation_enabled);
	assert_false(c.loopback_enabled);
	assert_string_equal(c.namespace_prefix, "my-ns");
	assert_int_equal(c.n_forwards, 2);
	assert_string_equal(addr_format(&c.forwards[0].host, out), "127.0.0.1:8080");
	assert_int_equal(c.forwards[0].guest_port, 3000);
	assert_string_equal(addr_format(&c.forwards[1].host, out), "[::]:8443");
	config_deinit(&c);
}

static void dotted_and_inline_forms_are_the_same(void **state)
{
	static const char *const texts[] = {
		"network.isolation = false\n",
		"network = { isolation = false }\n",
		"\"network\".'isolation' = false\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct config c;

		config_init(&c);
		assert_int_equal(config_parse(&c, "f", texts[i], strlen(texts[i]), NULL), 0);
		assert_false(c.isolation_enabled);
		config_deinit(&c);
	}
}

static void the_projects_entry_is_kept_as_it_is_written(void **state)
{
	static const char text[] = "[project]\nentry = \"src/main.py\"\n";
	struct config c;

	config_init(&c);
	assert_null(c.entry);
	assert_int_equal(config_parse(&c, "f", text, strlen(text), NULL), 0);
	assert_string_equal(c.entry, "src/main.py");
	config_deinit(&c);
}

static void limits_are_numbers_or_strings(void **state)
{
	static const char text[] = "[limits]\nmemory = \"64m\"\ncpus = 0.5\nprocesses = 32\n"
				   "disk = 8192\ntimeout = 2.0\n";
	static const char whole[] = "[limits]\ncpus = 2\ntimeout = \"2m\"\n";
	struct config c;

	config_init(&c);
	assert_true(config_parse(&c, "f", text, strlen(text), NULL) == 0);
	assert_int_equal(c.limits.values[LIMIT_MEMORY], 64 << 20);
	assert_int_equal(c.limits.values[LIMIT_CPUS], 500);
	assert_int_equal(c.limits.values[LIMIT_PROCESSES], 32);
	assert_int_equal(c.limits.values[LIMIT_DESCRIPTORS], 0);
	assert_int_equal(c.limits.values[LIMIT_DISK], 8192);
	assert_int_equal(c.limits.values[LIMIT_TIMEOUT], 2000);
	assert_true(config_parse(&c, "f", whole, strlen(whole), NULL) == 0);
	assert_int_equal(c.limits.values[LIMIT_CPUS], 2000);
	assert_int_equal(c.limits.values[LIMIT_TIMEOUT], 120000);
	config_deinit(&c);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		/* unknown names */
		{ "[network]\nforwardz = []\n",
		  "f:2:1: unknown key 'forwardz' in [network], did you mean 'forwards'?" },
		{ "[network]\nzebra = 1\n", "f:2:1: unknown key 'zebra' in [network]" },
		{ "[netwrk]\n", "f:1:2: unknown section 'netwrk', did you mean 'network'?" },
		{ "zebra = 1\n", "f:1:1: unknown section 'zebra'" },
		{ "isolation = true\n", "f:1:1: key 'isolation' belongs in [network]" },
		{ "[network]\n\"a\\nb\" = 1\n", "f:2:1: unknown key 'a\\x0ab' in [network]" },
		{ "[network.isolaton]\n",
		  "f:1:10: unknown key 'isolaton' in [network], did you mean 'isolation'?" },
		/* the first in the file, not in the alphabet */
		{ "[network]\nzebra = 1\nant = 2\n", "f:2:1: unknown key 'zebra' in [network]" },
		/* types */
		{ "network = 3\n", "f:1:11: 'network' is an integer, expected a table" },
		{ "[[network]]\n", "f:1:1: 'network' is an array, expected a table" },
		{ "[network]\nisolation = \"yes\"\n",
		  "f:2:13: 'isolation' is a string, expected true or false" },
		{ "[network]\nloopback_enabled = 1\n",
		  "f:2:20: 'loopback_enabled' is an integer, expected true or false" },
		{ "[network]\nloopback_enabled = 1.5\n",
		  "f:2:20: 'loopback_enabled' is a float, expected true or false" },
		{ "[network]\nnamespace_prefix = 1979-05-27\n",
		  "f:2:20: 'namespace_prefix' is a date or time, expected a string" },
		{ "[network]\nforwards = \"8080:80\"\n",
		  "f:2:12: 'forwards' is a string, expected an array of strings" },
		{ "[network]\nforwards = { a = 1 }\n",
		  "f:2:12: 'forwards' is a table, expected an array of strings" },
		{ "[network]\nforwards = [\"1:2\", 3]\n",
		  "f:2:20: 'forwards' is an integer, expected an array of strings" },
		{ "[network]\nforwards = [[\"1:2\"]]\n",
		  "f:2:13: 'forwards' is an array, expected an array of strings" },
		{ "[project]\nentry = [\"a\"]\n", "f:2:9: 'entry' is an array, expected a string" },
		{ "[project]\nentry = \"\"\n",
		  "f:2:9: 'entry' is empty, expected what of the project is to run" },
		{ "[limits]\nmemory = true\n", "f:2:10: 'memory' is a boolean, expected a size" },
		/* values */
		{ "[limits]\nmemory = \"lots\"\n",
		  "f:2:10: limit 'lots' of memory: expected a size such as 256m" },
		{ "[limits]\ncpus = -0.5\n",
		  "f:2:8: limit '-0.5' of cpus: expected a number of CPUs such as 0.5" },
		{ "[limits]\nprocesses = 1.5\n",
		  "f:2:13: limit '1.5' of processes: expected a whole number" },
		{ "[network]\nforwards = [\"1:2\",\n  \"x:1\"]\n",
		  "f:3:3: forward 'x:1': host port 'x' is not a number from 1 to 65535" },
		{ "[network]\nforwards = [\"1:2\", \"1:3\"]\n",
		  "f:2:20: host port 1 is forwarded twice: '127.0.0.1:1' and '127.0.0.1:1'" },
		{ "[network]\nnamespace_prefix = \"\"\n",
		  "f:2:20: name '' is not 1 to 63 of a-z, 0-9 and '-', beginning and ending with a "
		  "letter "
		  "or digit" },
		{ "[network]\nnamespace_prefix = \"a\\u0000b\"\n",
		  "f:2:20: a string must not contain the character NUL" },
		{ "[network]\n\"isolation\\u0000\" = true\n",
		  "f:2:1: a string must not contain the character NUL" },
		/* what a later version brings */
		{ "[network]\nfirewall = [1]\n",
		  "f:2:13: a firewall rule is an integer, expected a table" },
		{ "[network]\ndeny_net = [\"udp/\"]\n",
		  "f:2:13: '' is not a host name, an address or a network" },
		{ "[network]\ndeny_net = \"*\"\n",
		  "f:2:12: 'deny_net' is a string, expected an array of strings" },
		{ "[network]\naudit = \"\"\n",
		  "f:2:9: 'audit' is empty, expected the name of a file" },
		{ "[network]\nallow_net = [\"a:0\"]\n",
		  "f:2:14: '0' is neither a port (1 to 65535) nor a range of them (8000-8100)" },
		{ "[[network.firewall]]\n",
		  "f:1:1: a firewall rule needs a direction: \"in\" or \"out\"" },
		{ "[network]\nisolation = \"simulated\"\n",
		  "f:2:13: isolation = \"simulated\" is not available in this version yet" },
		{ "[network]\nforwards = [\"5353:53/sctp\"]\n",
		  "f:2:13: forward '5353:53/sctp': unknown protocol 'sctp', expected tcp or udp" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct config c;
		struct err e = { 0 };

		config_init(&c);
		assert_true(config_parse(&c, "f", cases[i].text, strlen(cases[i].text), &e) < 0);
		assert_string_equal(e.text, cases[i].error);
		assert_string_equal(c.namespace_prefix, "wasmrun");
		config_deinit(&c);
	}
}

/* The words are toml++'s; the place counts. */
static void a_syntax_error_has_its_place(void **state)
{
	static const struct {
		const char *text, *place;
	} cases[] = {
		{ "[network\n", "f:1:9: " },
		{ "[network]\nisolation = yes\n", "f:2:13: " },
		{ "[network]\nforwards = [\n", "f:2:14: " },
		{ "[network]\n[network]\n", "f:2:1: " },
		{ "[network]\na = 1\na = 2\n", "f:3:5: " },
		{ "\377\n", "f:1:1: " },
		{ "[\n", "f:1:2: " },
		{ "[[\n", "f:1:3: " },
		{ "[[[a]]]\n", "f:1:3: " },
		{ "[=]\n", "f:1:2: " },
		{ "a\321\236 = 1\n", "f:1:2: " }, /* U+045E */
		{ "a = \"\001\"\n", "f:1:6: " },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct config c;
		struct err e = { 0 };

		config_init(&c);
		assert_true(config_parse(&c, "f", cases[i].text, strlen(cases[i].text), &e) < 0);
		assert_memory_equal(e.text, cases[i].place, strlen(cases[i].place));
		config_deinit(&c);
	}
}

/* toml++ alone overflows the stack here. */
static void deep_nesting_is_refused(void **state)
{
	static const char *const parts[] = { "a.", "[", "{a=" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t n = CONFIG_SIZE_MAX / 4, len = strlen(parts[i]);
		AUTO_FREE char *text = xalloc(n * len + 3);
		struct config c;
		struct err e = { 0 };

		memcpy(text, "x=", 2);
		for (size_t k = 0; k < n; k++)
			memcpy(text + 2 + k * len, parts[i], len);
		config_init(&c);
		assert_true(config_parse(&c, "f", text, strlen(text), &e) < 0);
		assert_memory_equal(e.text, "f:1:", 4);
		config_deinit(&c);
	}
}

static void as_many_dots_as_are_allowed_do_no_harm(void **state)
{
	AUTO_FREE char *text = xalloc((size_t)2 * TOML_DOTS_MAX + 8);
	struct config c;
	struct err e = { 0 };

	for (size_t i = 0; i < TOML_DOTS_MAX; i++)
		memcpy(text + 2 * i, "a.", 2);
	memcpy(text + (size_t)2 * TOML_DOTS_MAX, "b=1", 4);
	config_init(&c);
	assert_true(config_parse(&c, "f", text, strlen(text), &e) < 0);
	assert_string_equal(e.text, "f:1:1: unknown section 'a'");
	config_deinit(&c);
}

/* As the reference shows it. */
static void each_default_can_be_written_in_the_file(void **state)
{
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];
		AUTO_FREE char *text = NULL;
		struct err e = { 0 };
		struct config c;

		if (!key->default_text)
			continue;
		text = xprintf("[%s]\n%s = %s\n", key->section, key->name, key->default_text);
		config_init(&c);
		if (config_parse(&c, "f", text, strlen(text), &e) < 0)
			fail_msg("%s", e.text);
		config_deinit(&c);
	}
}

static void a_section_named_by_a_key_exists(void **state)
{
	for (size_t i = 0; i < n_config_keys; i++) {
		bool is_found = false;

		for (size_t k = 0; k < n_config_sections; k++)
			is_found |= strcmp(config_keys[i].section, config_sections[k].name) == 0;
		assert_true(is_found);
	}
}

static char *make_file(const char *content, size_t len)
{
	char *path = xstrdup("/tmp/test_config.XXXXXX");
	AUTO_CLOSE int fd = mkostemp(path, O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), len);
	return path;
}

static void a_file_is_loaded(void **state)
{
	AUTO_FREE char *path = make_file("[network]\nisolation = false\n", 28);
	struct config c;

	config_init(&c);
	assert_int_equal(config_load(&c, path, NULL), 0);
	assert_false(c.isolation_enabled);
	config_deinit(&c);
	assert_int_equal(unlink(path), 0);
}

static void a_missing_file_is_a_condition(void **state)
{
	struct config c;

	config_init(&c);
	assert_int_equal(config_load(&c, "/nonexistent/.wasmrun.toml", NULL), CONFIG_MISSING);
	config_deinit(&c);
}

static void what_is_no_small_regular_file_is_refused(void **state)
{
	AUTO_FREE char *text = xalloc(CONFIG_SIZE_MAX + 1);
	AUTO_FREE char *path = NULL;
	struct err e = { 0 };
	struct config c;

	memset(text, '\n', CONFIG_SIZE_MAX + 1);
	path = make_file(text, CONFIG_SIZE_MAX + 1);
	config_init(&c);
	assert_true(config_load(&c, path, &e) < 0);
	assert_non_null(strstr(e.text, "larger than 1048576 bytes"));
	assert_true(config_load(&c, "/tmp", &e) < 0);
	assert_string_equal(e.text, "'/tmp': not a regular file");
	config_deinit(&c);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_leaves_the_defaults),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(dotted_and_inline_forms_are_the_same),
		cmocka_unit_test(the_projects_entry_is_kept_as_it_is_written),
		cmocka_unit_test(limits_are_numbers_or_strings),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(a_syntax_error_has_its_place),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(as_many_dots_as_are_allowed_do_no_harm),
		cmocka_unit_test(each_default_can_be_written_in_the_file),
		cmocka_unit_test(a_section_named_by_a_key_exists),
		cmocka_unit_test(a_file_is_loaded),
		cmocka_unit_test(a_missing_file_is_a_condition),
		cmocka_unit_test(what_is_no_small_regular_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
