/* A forward that is accepted prints as a forward, which parses to the same one. */
#include "base/alloc.h"
#include "base/own.h"
#include "policy/forward.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	AUTO_FREE char *again = NULL;
	struct forward f, g;
	struct err e = { 0 };
	char out[ADDR_TEXT_MAX];

	if (forward_parse(text, &f, &e) < 0) {
		assert(e.text[0]);
		return 0;
	}
	assert(f.guest_port > 0 && addr_port(&f.host) > 0);
	again = xprintf("%s:%u", addr_format(&f.host, out), f.guest_port);
	assert(forward_parse(again, &g, &e) == 0);
	assert(addr_equal(&f.host, &g.host) && f.guest_port == g.guest_port);
	return 0;
}
