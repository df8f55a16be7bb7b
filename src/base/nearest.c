#include "base/nearest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 63 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the table are enough. */
size_t nearest_distance(const char *a, const char *b)
{
	size_t n_a = strlen(a), n_b = strlen(b);
	size_t rows[3][WORD_MAX + 1];

	if (n_a > WORD_MAX || n_b > WORD_MAX)
		return SIZE_MAX;
	for (size_t k = 0; k <= n_b; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= n_a; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t k = 1; k <= n_b; k++) {
			row[k] = least(above[k - 1] + (a[i - 1] != b[k - 1]),
				       least(above[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = least(row[k], above2[k - 2] + 1);
		}
	}
	return rows[n_a % 3][n_b];
}

const char *nearest_word(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		size_t distance = nearest_distance(word, words[i]);
		size_t limit = strlen(words[i]) / 3;

		if (distance < best_distance && distance <= (limit ? limit : 1)) {
			best = words[i];
			best_distance = distance;
		}
	}
	return best;
}

const char *nearest_hint(char out[NEAREST_HINT_MAX], const char *word, const char *const *words,
			 size_t n)
{
	const char *nearest = nearest_word(word, words, n);

	out[0] = 0;
	if (nearest)
		(void)snprintf(out, NEAREST_HINT_MAX, ", did you mean '%s'?", nearest);
	return out;
}
