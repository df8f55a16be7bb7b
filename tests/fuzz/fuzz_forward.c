/* A forward that is accepted prints as a forward, which parses to the same one. */
#include "base/alloc.h"
#include "base/own.h"
#include "policy/forward.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	AUTO_FREE char *again = NULL;
	struct forward f, g;
	struct err e = { 0 };
	char out[FORWARD_TEXT_MAX], host[ADDR_TEXT_MAX];

	if (forward_parse(text, &f, &e) < 0) {
		assert(e.text[0]);
		return 0;
	}
	assert(f.guest_port > 0 && (f.kind == FORWARD_UNIX || addr_port(&f.host) > 0));
	if (f.kind == FORWARD_UNIX)
		again = xprintf("%s:%u", forward_format_host(&f, out), f.guest_port);
	else
		again = xprintf("%s:%u/%s", addr_format(&f.host, host), f.guest_port,
				f.kind == FORWARD_UDP ? "udp" : "tcp");
	assert(forward_parse(again, &g, &e) == 0);
	assert(f.kind == g.kind && f.guest_port == g.guest_port);
	assert(f.kind == FORWARD_UNIX ? strcmp(f.path, g.path) == 0 : addr_equal(&f.host, &g.host));
	return 0;
}
