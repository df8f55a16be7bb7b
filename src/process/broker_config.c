#include "process/broker_config.h"

#include "base/alloc.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* Without isolation the guest binds the host's ports itself: only those with another number need a
 * relay. */
static bool is_wanted(const struct process_plan *plan, const struct forward *f)
{
	return plan->isolation == ISOLATION_NAMESPACE || f->kind == FORWARD_UNIX ||
	       addr_port(&f->host) != f->guest_port;
}

/* WASMRUN_FORWARD=relay is for comparing and for tests. */
static bool is_relay_chosen(const struct process_plan *plan)
{
	const char *forced = getenv("WASMRUN_FORWARD");
	bool chosen = forced && strcmp(forced, "relay") == 0;

	if (chosen)
		log_verbose("%s: WASMRUN_FORWARD=relay: forwards are relayed", plan->name);
	return chosen;
}

static const struct grant_set *choose_grants(const struct process_plan *plan)
{
	static struct grant everything = { .kind = GRANT_EVERYTHING,
					   .protocols = GRANT_BOTH,
					   .first_port = 1,
					   .last_port = 65535,
					   .text = "*" };
	static const struct grant_set open = { .allowed = { &everything, 1 } };
	static const struct grant_set none = { .allowed = { NULL, 0 } };

	if (plan->isolation == ISOLATION_NONE)
		return &open;
	return plan->grants ? plan->grants : &none;
}

struct forward *broker_config_of(const struct process_plan *plan, struct broker_config *ret)
{
	struct forward *forwards = xalloc((plan->n_forwards + 1) * sizeof *forwards);
	size_t n = 0;

	for (size_t i = 0; i < plan->n_forwards; i++)
		if (is_wanted(plan, &plan->forwards[i]))
			forwards[n++] = plan->forwards[i];
	*ret = (struct broker_config){
		.name = plan->name,
		.forwards = forwards,
		.n_forwards = n,
		.swap_enabled = !is_relay_chosen(plan),
		.grants = choose_grants(plan),
		.audit_path = plan->audit_path,
		.limits = plan->limits,
		.firewall = plan->firewall,
	};
	return forwards;
}
