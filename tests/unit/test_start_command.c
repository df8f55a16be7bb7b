/* What "scripts.start" of a package.json starts. */
#include "base/own.h"
#include "lang/start_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "ENV; OPTIONS; SCRIPT; ARGUMENTS", or NULL where it is not plain Node. */
static const struct {
	const char *command, *expected;
} cases[] = {
	{ "node server.js", "; ; server.js; " },
	{ "  node   ./bin/www  ", "; ; ./bin/www; " },
	{ "node server.js --port 3000", "; ; server.js; --port 3000 " },
	{ "NODE_ENV=production node server.js", "NODE_ENV=production ; ; server.js; " },
	{ "cross-env A=1 _B2= node a.js", "A=1 _B2= ; ; a.js; " },
	{ "node --env-file=.env -r dotenv/config a.js b",
	  "; --env-file=.env -r dotenv/config ; a.js; b " },
	{ "node --import ./x.mjs a.js", "; --import ./x.mjs ; a.js; " },
	{ "nodemon server.js", "; ; server.js; " },
	{ "nodemon --watch src server.js", NULL },
	{ "node", NULL },
	{ "node -r", NULL },
	{ "node -r x", NULL },
	{ "", NULL },
	{ NULL, NULL },
	{ "next start", NULL },
	{ "npm run build && node a.js", NULL },
	{ "node a.js; true", NULL },
	{ "node $FILE", NULL },
	{ "node 'a b.js'", NULL },
	{ "node a.js > log", NULL },
	{ "1A=2 node a.js", NULL },
	{ "A=1 B=2 C=3 D=4 E=5 F=6 G=7 H=8 I=9 node a.js", NULL },
	{ "node a 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", NULL },
};

static void add(char *shown, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(shown + strlen(shown), 200 - strlen(shown), "%s ", words[i]);
	(void)snprintf(shown + strlen(shown), 200 - strlen(shown), "; ");
}

static void a_start_command_is_understood_or_left_alone(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct start_command s;
		char shown[200] = "";
		bool is_plain = start_command_parse(cases[i].command, &s);

		if (!is_plain || !cases[i].expected) {
			if (is_plain || cases[i].expected)
				fail_msg("'%s'", cases[i].command);
			continue;
		}
		add(shown, s.env, s.n_env);
		add(shown, s.words, s.script);
		(void)snprintf(shown + strlen(shown), 200 - strlen(shown), "%s; ",
			       s.words[s.script]);
		for (size_t w = s.script + 1; w < s.n_words; w++)
			(void)snprintf(shown + strlen(shown), 200 - strlen(shown), "%s ",
				       s.words[w]);
		assert_string_equal(shown, cases[i].expected);
		start_command_deinit(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_command_is_understood_or_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
