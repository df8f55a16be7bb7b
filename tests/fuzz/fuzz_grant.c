/* A rule of --allow-net: whatever parses is in bounds, and answers questions without harm. */
#include "policy/egress.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char text[512], rule[EGRESS_RULE_MAX];
	struct addr to;
	struct egress eg;
	struct grant g;

	if (len >= sizeof text)
		return 0;
	memcpy(text, bytes, len);
	text[len] = 0;
	if (grant_parse(text, &g, NULL) < 0)
		return 0;
	assert(g.first_port >= 1 && g.first_port <= g.last_port);
	(void)addr_parse_ip("192.0.2.1", &to, NULL); /* literals parse */
	addr_set_port(&to, g.first_port);
	egress_init(&eg, &g, 1);
	if (g.kind == GRANT_NAME && strcmp(g.name, "localhost") != 0) {
		assert(!egress_allows(&eg, &to));
		egress_pin(&eg, g.name, &to);
		assert(egress_allows(&eg, &to));
	}
	(void)egress_suggest(&eg, &to, rule);
	(void)addr_parse_ip("127.0.0.1", &to, NULL);
	addr_set_port(&to, g.first_port);
	if (g.kind == GRANT_EVERYTHING || g.kind == GRANT_DOMAIN)
		assert(!egress_allows(&eg, &to));
	egress_deinit(&eg);
	return 0;
}
