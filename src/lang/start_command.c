#include "lang/start_command.h"

#include "base/alloc.h"
#include "base/own.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Options of Node whose value is the next word. */
static const char *const with_value[] = { "-r", "--require", "--import", "-C", "--conditions" };

static bool takes_value(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(with_value); i++)
		if (strcmp(word, with_value[i]) == 0)
			return true;
	return false;
}

static bool is_assignment(const char *word)
{
	const char *at = word;

	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at > word && *at == '=' && !isdigit((unsigned char)word[0]);
}

/* Cuts the next word out of the text; NULL at its end. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, " \t");
	size_t len = strcspn(word, " \t");

	*text = word + len;
	if (**text)
		*(*text)++ = 0;
	return len > 0 ? word : NULL;
}

/* Which of the words is the script; n_words if none is. */
static size_t find_script(const struct start_command *s)
{
	size_t i = 0;

	while (i < s->n_words && s->words[i][0] == '-')
		i += takes_value(s->words[i]) ? 2 : 1;
	return i < s->n_words ? i : s->n_words;
}

static bool split(struct start_command *s)
{
	char *rest = s->text, *word = next_word(&rest);
	bool is_node;

	if (word && strcmp(word, "cross-env") == 0)
		word = next_word(&rest);
	for (; word && is_assignment(word); word = next_word(&rest)) {
		if (s->n_env == START_ENV_MAX)
			return false;
		s->env[s->n_env++] = word;
	}
	is_node = word && strcmp(word, "node") == 0;
	if (!is_node && !(word && strcmp(word, "nodemon") == 0))
		return false;
	while ((word = next_word(&rest))) {
		if (s->n_words == START_WORDS_MAX)
			return false;
		s->words[s->n_words++] = word;
	}
	s->script = find_script(s);
	/* What stands before nodemon's script are its own options. */
	return s->script < s->n_words && (is_node || s->script == 0);
}

bool start_command_parse(const char *command, struct start_command *ret)
{
	struct start_command s = { 0 };

	/* What a shell would do something with. */
	if (!command || strpbrk(command, "&|;<>$`\"'\\*?()[]{}~#!\n"))
		return false;
	s.text = xstrdup(command);
	if (!split(&s)) {
		start_command_deinit(&s);
		return false;
	}
	*ret = s;
	return true;
}

void start_command_deinit(struct start_command *s)
{
	free(s->text);
	*s = (struct start_command){ 0 };
}
