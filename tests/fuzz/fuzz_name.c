/* A name made of any path is valid. */
#include "base/alloc.h"
#include "base/own.h"
#include "policy/name.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	char name[NAME_LEN_MAX + 1];
	struct err e = { 0 };

	name_from_path(text, name);
	assert(name_check(name, NULL) == 0);
	assert(name_check(text, &e) == 0 || e.text[0]);
	return 0;
}
