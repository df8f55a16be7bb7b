#include "policy/grant_set.h"

#include "base/alloc.h"

#include <stdlib.h>

static int list_add(struct grant_list *l, const struct grant *g, struct err *e)
{
	size_t cap = l->n;

	if (l->n == GRANTS_MAX)
		return err_set(e, 0, "more than %d rules", GRANTS_MAX);
	l->items = xgrow(l->items, l->n, &cap, sizeof *l->items);
	l->items[l->n++] = *g;
	return 0;
}

static int list_merge(struct grant_list *l, const struct grant_list *more, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < more->n; i++)
		r = list_add(l, &more->items[i], e);
	return r;
}

int grant_set_allow(struct grant_set *s, const char *rule, struct err *e)
{
	struct grant g;
	int r = grant_parse(rule, &g, e);

	return r < 0 ? r : list_add(&s->allowed, &g, e);
}

int grant_set_deny(struct grant_set *s, const char *rule, struct err *e)
{
	struct grant g;
	int r = grant_parse_denial(rule, &g, e);

	return r < 0 ? r : list_add(&s->denied, &g, e);
}

int grant_set_merge(struct grant_set *s, const struct grant_set *more, struct err *e)
{
	int r = list_merge(&s->allowed, &more->allowed, e);

	return r < 0 ? r : list_merge(&s->denied, &more->denied, e);
}

bool grant_set_asks_for_udp(const struct grant_set *s)
{
	for (size_t i = 0; i < s->allowed.n; i++)
		if (s->allowed.items[i].protocols == GRANT_UDP)
			return true;
	return false;
}

void grant_set_deinit(struct grant_set *s)
{
	free(s->allowed.items);
	free(s->denied.items);
	*s = (struct grant_set){ 0 };
}
