/* The bytes are an address as text, and a sockaddr. */
#include "base/addr.h"
#include "base/alloc.h"
#include "base/own.h"

#include <assert.h>

static void check(const struct addr *a)
{
	char out[ADDR_TEXT_MAX];
	struct addr b, to = addr_reachable(a);

	assert(addr_parse_ip(addr_format_ip(a, out), &b, NULL) == 0);
	addr_set_port(&b, addr_port(a));
	assert(addr_equal(a, &b));
	assert(!addr_is_wildcard(&to));
	assert(!addr_is_wildcard(a) || addr_is_loopback(&to));
	(void)addr_format(a, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	struct addr a;

	if (addr_parse_ip(text, &a, NULL) == 0)
		check(&a);
	if (addr_from_sockaddr(bytes, (socklen_t)len, &a) == 0)
		check(&a);
	return 0;
}
