/* Runs every behaviour in every dialect that can say it; a test's name is the dialect and the
 * row's. */
#include "behaviour.h"

static const struct behaviour *const tables[] = {
	open_behaviours,     connect_behaviours, transfer_behaviours,
	datagram_behaviours, option_behaviours,	 wamr_behaviours,
	unix_behaviours,     lookup_behaviours,	 poll_behaviours,
};

struct row {
	const struct behaviour *behaviour;
	enum form form;
	struct guest *g;
};

static int row_setup(void **state)
{
	struct row *row = *state;
	void *g = NULL;
	int r = guest_setup(&g);

	row->g = g;
	return r;
}

static int row_teardown(void **state)
{
	struct row *row = *state;
	void *g = row->g;

	return guest_teardown(&g);
}

static void row_run(void **state)
{
	const struct row *row = *state;
	const struct talker t = { row->g, row->form };

	assert_int_equal(row->behaviour->run(&t), row->behaviour->expected);
}

enum { ROWS_MAX = 2000 };

static struct CMUnitTest tests[ROWS_MAX];
static struct row rows[ROWS_MAX];

static size_t add_rows(const struct behaviour *b, size_t n)
{
	for (unsigned form = 0; form < FORM_COUNT; form++) {
		char *name; /* lives as long as the program */

		if (b->needs & ~forms[form].can)
			continue;
		if (n == ROWS_MAX || asprintf(&name, "%s: %s", forms[form].name, b->name) < 0)
			abort();
		rows[n] = (struct row){ .behaviour = b, .form = (enum form)form };
		tests[n] = (struct CMUnitTest){ name, row_run, row_setup, row_teardown, &rows[n] };
		n++;
	}
	return n;
}

int main(void)
{
	size_t n = 0;

	if (!enter_network())
		printf("# no network namespace: this runs on the machine's loopback\n");
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		for (const struct behaviour *b = tables[i]; b->name; b++)
			n = add_rows(b, n);
	}
	return _cmocka_run_group_tests("dialects", tests, n, NULL, NULL);
}
