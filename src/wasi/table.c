#include "wasi/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/own.h"

int table_init(struct table *t)
{
	*t = (struct table){ .slots = calloc(TABLE_MAX, sizeof *t->slots) };
	return t->slots ? 0 : -ENOMEM;
}

void table_deinit(struct table *t)
{
	if (!t->slots)
		return;
	for (uint32_t i = 0; i < TABLE_MAX; i++) {
		if (t->used[i / 64] & (UINT64_C(1) << (i % 64)))
			(void)table_close(t, i); /* the bit says that it is open */
	}
	free(t->slots);
	t->slots = NULL;
}

static int table_lowest_free(const struct table *t)
{
	for (size_t word = 0; word < ARRAY_LEN(t->used); word++) {
		if (~t->used[word])
			return (int)(word * 64) + __builtin_ctzll(~t->used[word]);
	}
	return -EMFILE;
}

void table_put(struct table *t, uint32_t number, const struct desc *d)
{
	assert(number < TABLE_MAX && t->slots[number].kind == DESC_FREE && d->kind != DESC_FREE);
	t->slots[number] = *d;
	t->used[number / 64] |= UINT64_C(1) << (number % 64);
}

int table_add(struct table *t, const struct desc *d, uint32_t *ret_number)
{
	int number = table_lowest_free(t);

	if (number < 0)
		return number;
	table_put(t, (uint32_t)number, d);
	*ret_number = (uint32_t)number;
	return 0;
}

struct desc *table_next(struct table *t, uint32_t *at)
{
	while (*at < TABLE_MAX) {
		uint64_t left = t->used[*at / 64] >> (*at % 64);

		if (left) {
			*at += (uint32_t)__builtin_ctzll(left) + 1;
			return &t->slots[*at - 1];
		}
		*at = (*at / 64 + 1) * 64;
	}
	return NULL;
}

/* The user's 0 to 2 stay open in this process: the engine writes a trap to 2, and the next file
 * must not get the number 1 of a terminal. */
void desc_close(struct desc *d)
{
	if (!d->shared)
		(void)fd_close(d->fd);
	free(d->unix_local);
	free(d->unix_peer);
}

static void table_forget(struct table *t, uint32_t number)
{
	t->slots[number] = (struct desc){ .kind = DESC_FREE };
	t->used[number / 64] &= ~(UINT64_C(1) << (number % 64));
}

int table_close(struct table *t, uint32_t number)
{
	struct desc *d = table_get(t, number);

	if (!d)
		return -EBADF;
	desc_close(d);
	table_forget(t, number);
	return 0;
}

int table_renumber(struct table *t, uint32_t from, uint32_t to)
{
	struct desc *d = table_get(t, from);
	struct desc moved;

	if (!d || !table_get(t, to))
		return -EBADF;
	if (from == to)
		return 0;
	moved = *d;
	(void)table_close(t, to); /* it is open: checked above */
	table_forget(t, from);
	table_put(t, to, &moved);
	return 0;
}
