#include "engine/words.h"

#include <string.h>

/* Wasmtime puts the causes of an error below it, indented. */
static const char causes[] = "\n\nCaused by:\n";

/* As one line without control characters, since the text may quote names out of a module, and
 * without causes' heading. */
static void flatten(char *out, size_t size, const wasm_byte_vec_t *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->size && n + 1 < size; i++) {
		char c = text->data[i];

		if (text->size - i > strlen(causes) &&
		    memcmp(text->data + i, causes, strlen(causes)) == 0) {
			out[n++] = ':';
			i += strlen(causes) - 1;
			continue;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			c = ' ';
		if (c == ' ' && (n == 0 || out[n - 1] == ' '))
			continue;
		out[n++] = c;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

int words_set(struct err *e, const char *fragment, wasm_byte_vec_t *text)
{
	char line[900];

	flatten(line, sizeof line, text);
	wasm_byte_vec_delete(text);
	return err_set(e, 0, "%s: %s", fragment, line);
}

int words_set_error(struct err *e, const char *fragment, wasmtime_error_t *error)
{
	wasm_byte_vec_t text;

	wasmtime_error_message(error, &text);
	wasmtime_error_delete(error);
	return words_set(e, fragment, &text);
}
