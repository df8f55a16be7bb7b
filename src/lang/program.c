#include "lang/program.h"

#include <assert.h>
#include <stdlib.h>

void program_add_word(struct program *p, const char *word)
{
	assert(p->n_words < PROGRAM_WORDS_MAX);
	p->words[p->n_words++] = word;
}

void program_deinit(struct program *p)
{
	for (size_t i = 0; i < p->n_dirs; i++)
		free(p->dirs[i].host);
	free(p->module);
	free(p->compiled);
	free(p->name);
	free(p->script);
	free(p->text);
	free(p->prepared);
	*p = (struct program){ 0 };
}
