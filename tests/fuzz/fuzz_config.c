/* Any text is a valid configuration, or is refused with words that name the file and a line. */
#include "config/config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err e = { 0 };
	struct config c;

	config_init(&c);
	if (config_parse(&c, "file", (const char *)bytes, len, &e) < 0)
		assert(strncmp(e.text, "file:", 5) == 0 && e.text[5] >= '1' && e.text[5] <= '9');
	assert(c.namespace_prefix[0]);
	config_deinit(&c);
	return 0;
}
