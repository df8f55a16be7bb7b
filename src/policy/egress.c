#include "policy/egress.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void egress_init(struct egress *eg, const struct grant *grants, size_t n_grants)
{
	*eg = (struct egress){ .grants = grants, .n_grants = n_grants };
}

void egress_deinit(struct egress *eg)
{
	free(eg->pins);
	egress_init(eg, NULL, 0);
}

static bool is_pin_of(const struct egress_pin *pin, const struct addr *to)
{
	struct addr a = *to;

	addr_set_port(&a, 0);
	return addr_equal(&pin->addr, &a);
}

static bool grants_allow_name_at(const struct egress *eg, const char *name, uint16_t port)
{
	for (size_t i = 0; i < eg->n_grants; i++)
		if (eg->grants[i].kind != GRANT_EVERYTHING &&
		    grant_has_port(&eg->grants[i], port) && grant_covers_name(&eg->grants[i], name))
			return true;
	return false;
}

bool egress_allows(const struct egress *eg, const struct addr *to)
{
	for (size_t i = 0; i < eg->n_grants; i++)
		if (grant_covers_addr(&eg->grants[i], to))
			return true;
	for (size_t i = 0; i < eg->n_pins; i++)
		if (is_pin_of(&eg->pins[i], to) &&
		    grants_allow_name_at(eg, eg->pins[i].name, addr_port(to)))
			return true;
	return false;
}

bool egress_allows_lookup(const struct egress *eg, const char *name)
{
	for (size_t i = 0; i < eg->n_grants; i++)
		if (grant_covers_name(&eg->grants[i], name))
			return true;
	return false;
}

void egress_pin(struct egress *eg, const char *name, const struct addr *addr)
{
	struct egress_pin pin = { .addr = *addr };

	/* A name that leads to loopback leads to the guest's own; only a grant that says so leads
	 * to the host's. */
	if (grant_normalize_name(name, pin.name) < 0 || addr_is_loopback(addr) ||
	    addr_is_wildcard(addr))
		return;
	addr_set_port(&pin.addr, 0);
	for (size_t i = 0; i < eg->n_pins; i++)
		if (addr_equal(&eg->pins[i].addr, &pin.addr) &&
		    strcmp(eg->pins[i].name, pin.name) == 0)
			return;
	if (!eg->pins)
		eg->pins = xalloc(EGRESS_PINS_MAX * sizeof *eg->pins);
	eg->pins[eg->next_pin] = pin;
	eg->next_pin = (eg->next_pin + 1) % EGRESS_PINS_MAX;
	if (eg->n_pins < EGRESS_PINS_MAX)
		eg->n_pins++;
}

const char *egress_suggest(const struct egress *eg, const struct addr *to,
			   char out[EGRESS_RULE_MAX])
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < eg->n_pins; i++) {
		if (!is_pin_of(&eg->pins[i], to))
			continue;
		(void)snprintf(out, EGRESS_RULE_MAX, "%s:%u", eg->pins[i].name, addr_port(to));
		return out;
	}
	(void)snprintf(out, EGRESS_RULE_MAX, "%s", addr_format(to, text));
	return out;
}
