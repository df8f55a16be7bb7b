/* What [project] entry may say. */
#include "lang/entry.h"

#include "base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_path_in_the_project_is_told_from_others(void **state)
{
	static const char *const inside[] = { "main.py", "src/main.py", "cmd/shop", "./a",
					      "..a/b",	 "a..",		"." };
	static const char *const others[] = {
		"", "/etc/passwd", "..", "../a", "a/../b", "a/..", "-o", "a/../../b",
	};

	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		if (!entry_is_inside(inside[i]))
			fail_msg("'%s'", inside[i]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (entry_is_inside(others[i]))
			fail_msg("'%s'", others[i]);
}

static void pythons_three_kinds_are_told_apart(void **state)
{
	static const struct {
		const char *entry;
		enum python_entry kind;
	} cases[] = {
		{ "main.py", PYTHON_FILE },	 { "src/my-app.py", PYTHON_FILE },
		{ "shop", PYTHON_MODULE },	 { "shop.server", PYTHON_MODULE },
		{ "_shop.v2", PYTHON_MODULE },	 { "gr\xc3\xbc\xc3\x9f", PYTHON_MODULE },
		{ "web:app", PYTHON_APP },	 { "shop.web:app", PYTHON_APP },
		{ "web:site.wsgi", PYTHON_APP },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum python_entry kind;

		assert_int_equal(entry_parse_python(cases[i].entry, &kind, NULL), 0);
		assert_int_equal(kind, cases[i].kind);
	}
}

static void what_python_cannot_run_is_refused(void **state)
{
	static const char *const entries[] = {
		"../main.py", "/main.py", "-m.py", "src/main", "-m",   "a b",  "shop.",	 ".shop",
		"a..b",	      ":app",	  "web:",  "web:a:b",  "2web", "a.2b", "web:2a", "main.js/",
	};

	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		enum python_entry kind;
		struct err e = { .text = "" };

		if (entry_parse_python(entries[i], &kind, &e) == 0)
			fail_msg("'%s' was taken", entries[i]);
		assert_non_null(strstr(e.text, entries[i]));
		assert_non_null(strstr(e.text, "MODULE:ATTRIBUTE"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_in_the_project_is_told_from_others),
		cmocka_unit_test(pythons_three_kinds_are_told_apart),
		cmocka_unit_test(what_python_cannot_run_is_refused),
	};

	return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
