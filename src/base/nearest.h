/* Finding the word that somebody meant. Pure. */
#pragma once

#include <stddef.h>

enum { NEAREST_HINT_MAX = 96 };

/* The edit distance of two words, with a swap of neighbours as one edit; SIZE_MAX when one of them
 * is longer than 63 bytes. */
size_t nearest_distance(const char *a, const char *b);
/* The one of `words` that is nearest to `word`; NULL when none is near enough to be a likely slip
 * (a third of its length, at least one edit). */
const char *nearest_word(const char *word, const char *const *words, size_t n);
/* ", did you mean '<word>'?", or "" when no word is near. Returns `out`. */
const char *nearest_hint(char out[NEAREST_HINT_MAX], const char *word, const char *const *words,
			 size_t n);
