/* The bytes are the words of a command line, each ended by a newline. */
#include "base/alloc.h"
#include "base/own.h"
#include "cli/options.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { WORDS_MAX = 64 };

static char *look_up(const char *name)
{
	return strchr(name, 'x') ? NULL : "value";
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	char *argv[WORDS_MAX + 1] = { "os" };
	struct err e = { 0 };
	struct os_options o;
	int argc = 1;

	for (char *word = text; word && argc < WORDS_MAX;) {
		char *newline = strchr(word, '\n');

		if (newline)
			*newline++ = 0;
		argv[argc++] = word;
		word = newline;
	}
	if (os_options_parse(&o, argc, argv, look_up, &e) < 0) {
		assert(e.text[0]);
		return 0;
	}
	assert(o.is_help_wanted || o.project);
	os_options_deinit(&o);
	return 0;
}
