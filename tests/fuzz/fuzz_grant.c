/* A rule of --allow-net or --deny-net: whatever parses is in bounds, and answers questions without
 * harm. */
#include "policy/egress.h"

#include <assert.h>
#include <string.h>

static struct addr at(const char *ip, uint16_t port)
{
	struct addr a;

	(void)addr_parse_ip(ip, &a, NULL); /* literals parse */
	addr_set_port(&a, port);
	return a;
}

static enum egress_verdict judge(const struct egress *eg, const struct addr *to)
{
	return egress_judge(eg,
			    eg->grants->allowed.items[0].protocols & GRANT_TCP ? GRANT_TCP
									       : GRANT_UDP,
			    to)
		.verdict;
}

/* What one rule allows. */
static void check_allowed(const struct grant *g, struct egress *eg)
{
	struct addr to = at("192.0.2.1", g->first_port), own = at("127.0.0.1", g->first_port),
		    private = at("10.0.0.1", g->first_port);
	char rule[EGRESS_RULE_MAX];

	if (g->kind == GRANT_NAME && strcmp(g->name, "localhost") != 0) {
		assert(judge(eg, &to) == EGRESS_NO_RULE);
		assert(egress_admit(eg, g->name, &to).verdict == EGRESS_ALLOWED);
		assert(judge(eg, &to) == EGRESS_ALLOWED);
		assert(egress_admit(eg, g->name, &private).verdict == EGRESS_SPECIAL);
		assert(judge(eg, &private) == EGRESS_NO_RULE);
	}
	if (g->kind == GRANT_EVERYTHING || g->kind == GRANT_DOMAIN)
		assert(judge(eg, &own) == EGRESS_NO_RULE);
	(void)egress_suggest(eg, GRANT_UDP, &to, rule);
	(void)egress_suggest_special(g, &to, rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct grant_set set = { 0 };
	struct egress eg;
	char text[512];

	if (len >= sizeof text)
		return 0;
	memcpy(text, bytes, len);
	text[len] = 0;
	if (grant_set_allow(&set, text, NULL) == 0) {
		const struct grant *g = &set.allowed.items[0];

		assert(g->first_port >= 1 && g->first_port <= g->last_port);
		egress_init(&eg, &set);
		check_allowed(g, &eg);
		egress_deinit(&eg);
		/* The same rule denies whatever it allows. */
		if (grant_set_deny(&set, text, NULL) == 0) {
			struct addr to = at("192.0.2.1", g->first_port);

			egress_init(&eg, &set);
			assert(judge(&eg, &to) != EGRESS_ALLOWED);
			egress_deinit(&eg);
		}
	}
	grant_set_deinit(&set);
	return 0;
}
