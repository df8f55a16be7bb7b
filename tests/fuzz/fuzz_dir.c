/* A directory that is accepted has an absolute, plain name in the guest. */
#include "base/alloc.h"
#include "base/own.h"
#include "policy/dir.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	AUTO_FREE char *guest = NULL;
	struct err e = { 0 };
	struct dir d;

	if (dir_parse(text, &d, &e) < 0) {
		assert(e.text[0]);
		return 0;
	}
	assert(d.host[0] && d.guest[0] == '/');
	guest = xprintf("%s/", strcmp(d.guest, "/") == 0 ? "" : d.guest);
	assert(!strstr(guest, "//") && !strstr(guest, "/./") && !strstr(guest, "/../"));
	dir_deinit(&d);
	return 0;
}
