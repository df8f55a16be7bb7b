#include "config/firewall.h"

#include "base/log.h"
#include "base/nearest.h"

#include <string.h>

static int apply_direction(struct firewall_rule *r, const struct toml_value *v, struct err *e)
{
	return firewall_parse_direction(v->string, &r->direction, e);
}

static int apply_protocol(struct firewall_rule *r, const struct toml_value *v, struct err *e)
{
	return firewall_parse_protocol(v->string, &r->protocol, e);
}

static int apply_address(struct firewall_rule *r, const struct toml_value *v, struct err *e)
{
	return firewall_parse_address(v->string, r, e);
}

static int apply_port(struct firewall_rule *r, const struct toml_value *v, struct err *e)
{
	return firewall_parse_ports(v->string, r, e);
}

static int apply_action(struct firewall_rule *r, const struct toml_value *v, struct err *e)
{
	return firewall_parse_action(v->string, &r->action, e);
}

static int apply_counter(struct firewall_rule *r, const struct toml_value *v, struct err *e)
{
	r->counter = v->boolean;
	return 0;
}

static int apply_name(struct firewall_rule *r, const struct toml_value *v, struct err *e)
{
	return firewall_parse_name(v->string, r, e);
}

enum field { DIRECTION, PROTOCOL, ADDRESS, PORT, ACTION, COUNTER, NAME, FIELD_COUNT };

static const struct {
	const char *name;
	enum toml_type type;
	int (*apply)(struct firewall_rule *r, const struct toml_value *v, struct err *e);
} fields[] = {
	[DIRECTION] = { "direction", TOML_STRING, apply_direction },
	[PROTOCOL] = { "protocol", TOML_STRING, apply_protocol },
	[ADDRESS] = { "address", TOML_STRING, apply_address },
	[PORT] = { "port", TOML_STRING, apply_port }, /* or an integer */
	[ACTION] = { "action", TOML_STRING, apply_action },
	[COUNTER] = { "counter", TOML_BOOLEAN, apply_counter },
	[NAME] = { "name", TOML_STRING, apply_name },
};

const char config_firewall_description[] =
	"Rules for what may pass between the guest and the rest, a `[[network.firewall]]` table "
	"each:\n\n"
	"| key | | |\n|---|---|---|\n"
	"| `direction` | `\"in\"` or `\"out\"` | required |\n"
	"| `protocol` | `\"tcp\"`, `\"udp\"`, `\"icmp\"` (and ICMPv6) or `\"any\"` | `\"any\"` "
	"unless "
	"given |\n"
	"| `address` | the other side: `\"ADDRESS\"` or `\"NETWORK/LENGTH\"` | any unless given |\n"
	"| `port` | the destination: for `in` the guest's port, not the host's. `3000` or "
	"`\"8000-8010\"` | any unless given |\n"
	"| `action` | `\"accept\"`, `\"drop\"` or `\"reject\"` (tell the sender, where that can be "
	"done) "
	"| required |\n"
	"| `counter` | `true`: say at the end how often the rule has decided | `false` unless "
	"given |\n"
	"| `name` | shown with the counter: letters, digits, `-`, `_` | |\n\n"
	"They are asked in their order, the first that fits decides, and where none fits, the flow "
	"passes: end with a rule that drops everything to turn that round. Rules narrow what "
	"forwards and grants open, and open nothing. See [the guide](guide.md#firewall-rules).";

static int fail_at(struct toml_place at, int r, struct err *e)
{
	err_wrap(e, "%u:%u", at.line, at.column);
	return r;
}

static int unknown_key(const struct toml_value *v, struct err *e)
{
	const char *known[FIELD_COUNT];
	char shown[80], hint[NEAREST_HINT_MAX];

	for (size_t i = 0; i < FIELD_COUNT; i++)
		known[i] = fields[i].name;
	log_escape(shown, sizeof shown, v->key, strlen(v->key));
	return err_set(e, 0, "%u:%u: unknown key '%s' in [[network.firewall]]%s", v->key_place.line,
		       v->key_place.column, shown, nearest_hint(hint, v->key, known, FIELD_COUNT));
}

static int apply(struct firewall_rule *rule, const struct toml_value *v, unsigned *seen,
		 struct err *e)
{
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		int r;

		if (strcmp(fields[i].name, v->key) != 0)
			continue;
		if (v->type != fields[i].type && !(i == PORT && v->type == TOML_INTEGER))
			return err_set(e, 0, "%u:%u: '%s' is %s, expected %s", v->place.line,
				       v->place.column, v->key, toml_type_name(v->type),
				       toml_type_name(fields[i].type));
		*seen |= 1U << i;
		r = fields[i].apply(rule, v, e);
		return r < 0 ? fail_at(v->place, r, e) : 0;
	}
	return unknown_key(v, e);
}

int config_firewall_add(struct firewall *f, const struct toml_value *table, struct err *e)
{
	struct firewall_rule rule = { 0 };
	unsigned seen = 0;
	int r = 0;

	if (table->type != TOML_TABLE)
		return err_set(e, 0, "%u:%u: a firewall rule is %s, expected a table",
			       table->place.line, table->place.column, toml_type_name(table->type));
	for (size_t i = 0; i < table->n_children && r == 0; i++)
		r = apply(&rule, &table->children[i], &seen, e);
	if (r < 0)
		return r;
	if (!(seen & 1U << DIRECTION))
		r = err_set(e, 0, "a firewall rule needs a direction: \"in\" or \"out\"");
	else if (!(seen & 1U << ACTION))
		r = err_set(e, 0,
			    "a firewall rule needs an action: \"accept\", \"drop\" or \"reject\"");
	else
		r = firewall_add(f, &rule, e);
	return r < 0 ? fail_at(table->place, r, e) : 0;
}
