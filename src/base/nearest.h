/* Finding the word that somebody meant. Pure. */
#pragma once

#include <stddef.h>

/* The edit distance of two words, with a swap of neighbours as one edit; SIZE_MAX when one of them is
 * longer than 63 bytes. */
size_t nearest_distance(const char *a, const char *b);
/* The one of `words` that is nearest to `word`; NULL when none is near enough to be a likely slip
 * (a third of its length, at least one edit). */
const char *nearest_word(const char *word, const char *const *words, size_t n);
