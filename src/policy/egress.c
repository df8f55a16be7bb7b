#include "policy/egress.h"

#include "base/alloc.h"
#include "policy/special.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void egress_init(struct egress *eg, const struct grant_set *grants)
{
	*eg = (struct egress){ .grants = grants };
}

void egress_deinit(struct egress *eg)
{
	free(eg->pins);
	*eg = (struct egress){ .grants = NULL };
}

static bool is_of_guest(const struct addr *a)
{
	return addr_is_loopback(a) || addr_is_wildcard(a);
}

/* The pins of one address: the next at or behind `i`, or NULL. */
static const struct egress_pin *next_pin_of(const struct egress *eg, const struct addr *to,
					    size_t *i)
{
	struct addr a = special_unmapped(to);

	addr_set_port(&a, 0);
	while (*i < eg->n_pins) {
		const struct egress_pin *pin = &eg->pins[(*i)++];

		if (addr_equal(&pin->addr, &a))
			return pin;
	}
	return NULL;
}

static const struct grant *find_named(const struct grant_list *l, enum grant_protocol protocol,
				      const char *name, uint16_t port)
{
	for (size_t i = 0; i < l->n; i++)
		if (grant_has_port(&l->items[i], protocol, port) &&
		    l->items[i].kind != GRANT_EVERYTHING && grant_covers_name(&l->items[i], name))
			return &l->items[i];
	return NULL;
}

/* The rule of the list that covers a pinned name of the address. */
static const struct grant *find_pinned(const struct egress *eg, const struct grant_list *l,
				       enum grant_protocol protocol, const struct addr *to,
				       const char **ret_name)
{
	const struct grant *rule = NULL;
	const struct egress_pin *pin;
	size_t i = 0;

	while (!rule && (pin = next_pin_of(eg, to, &i))) {
		rule = find_named(l, protocol, pin->name, addr_port(to));
		if (rule)
			*ret_name = pin->name;
	}
	return rule;
}

typedef bool covers_fn(const struct grant *g, const struct addr *to);

static const struct grant *find_covering(const struct grant_list *l, covers_fn *covers,
					 enum grant_protocol protocol, const struct addr *to)
{
	for (size_t i = 0; i < l->n; i++)
		if (grant_has_port(&l->items[i], protocol, addr_port(to)) &&
		    covers(&l->items[i], to))
			return &l->items[i];
	return NULL;
}

static const struct grant *find_rule(const struct egress *eg, const struct grant_list *l,
				     covers_fn *covers, enum grant_protocol protocol,
				     const struct addr *to, const char **ret_name)
{
	const struct grant *rule = find_covering(l, covers, protocol, to);

	return rule ? rule : find_pinned(eg, l, protocol, to, ret_name);
}

struct egress_answer egress_judge(const struct egress *eg, enum grant_protocol protocol,
				  const struct addr *to)
{
	struct egress_answer a = { .verdict = EGRESS_NO_RULE };
	const struct grant *denied, *allowed;
	const char *denied_name = NULL;

	allowed = find_rule(eg, &eg->grants->allowed, grant_allows_addr, protocol, to, &a.name);
	if (!allowed && is_of_guest(to))
		return a;
	denied = find_rule(eg, &eg->grants->denied, grant_denies_addr, protocol, to, &denied_name);
	if (denied)
		return (struct egress_answer){ EGRESS_DENIED, denied, denied_name };
	a.rule = allowed;
	if (allowed)
		a.verdict = EGRESS_ALLOWED;
	return a;
}

struct egress_answer egress_judge_name(const struct egress *eg, const char *name)
{
	const struct grant_list *allowed = &eg->grants->allowed, *denied = &eg->grants->denied;

	for (size_t i = 0; i < denied->n; i++)
		if (grant_has_all_ports(&denied->items[i]) &&
		    grant_covers_name(&denied->items[i], name))
			return (struct egress_answer){ EGRESS_DENIED, &denied->items[i], NULL };
	for (size_t i = 0; i < allowed->n; i++)
		if (grant_covers_name(&allowed->items[i], name))
			return (struct egress_answer){ EGRESS_ALLOWED, &allowed->items[i], NULL };
	return (struct egress_answer){ .verdict = EGRESS_NO_RULE };
}

static void pin(struct egress *eg, const char *name, const struct addr *addr)
{
	struct egress_pin pin = { .addr = special_unmapped(addr) };

	(void)grant_normalize_name(name, pin.name); /* a rule covers it: it is one */
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

struct egress_answer egress_admit(struct egress *eg, const char *name, const struct addr *addr)
{
	const struct grant_list *allowed = &eg->grants->allowed, *denied = &eg->grants->denied;
	struct egress_answer a = egress_judge_name(eg, name);

	if (a.verdict != EGRESS_ALLOWED)
		return a;
	for (size_t i = 0; i < denied->n; i++)
		if (grant_has_all_ports(&denied->items[i]) &&
		    grant_denies_addr(&denied->items[i], addr))
			return (struct egress_answer){ EGRESS_DENIED, &denied->items[i], NULL };
	if (!special_kind(addr)) {
		pin(eg, name, addr);
		return a;
	}
	/* Not remembered: the rule for the address opens its own ports, not the name's. */
	for (size_t i = 0; i < allowed->n; i++)
		if (grant_allows_addr(&allowed->items[i], addr))
			return (struct egress_answer){ EGRESS_ALLOWED, &allowed->items[i], NULL };
	a.verdict = EGRESS_SPECIAL;
	return a;
}

static const char *prefix_of(enum grant_protocol protocol)
{
	return protocol == GRANT_UDP ? "udp/" : "";
}

const char *egress_suggest(const struct egress *eg, enum grant_protocol protocol,
			   const struct addr *to, char out[EGRESS_RULE_MAX])
{
	char text[ADDR_TEXT_MAX];
	size_t i = 0;
	const struct egress_pin *pin = next_pin_of(eg, to, &i);

	if (pin)
		(void)snprintf(out, EGRESS_RULE_MAX, "%s%s:%u", prefix_of(protocol), pin->name,
			       addr_port(to));
	else
		(void)snprintf(out, EGRESS_RULE_MAX, "%s%s", prefix_of(protocol),
			       addr_format(to, text));
	return out;
}

const char *egress_suggest_special(const struct grant *rule, const struct addr *addr,
				   char out[EGRESS_RULE_MAX])
{
	unsigned n_more_ports = rule->last_port - rule->first_port;
	const char *prefix = prefix_of(rule->protocols);
	char text[ADDR_TEXT_MAX];
	struct addr to = *addr;

	addr_set_port(&to, rule->first_port);
	if (n_more_ports == UINT16_MAX - 1)
		(void)snprintf(out, EGRESS_RULE_MAX, "%s%s", prefix, addr_format_ip(&to, text));
	else if (n_more_ports == 0)
		(void)snprintf(out, EGRESS_RULE_MAX, "%s%s", prefix, addr_format(&to, text));
	else
		(void)snprintf(out, EGRESS_RULE_MAX, "%s%s-%u", prefix, addr_format(&to, text),
			       rule->last_port);
	return out;
}
