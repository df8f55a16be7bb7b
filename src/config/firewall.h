/* The tables of [[network.firewall]]. */
#pragma once

#include "config/toml.h"
#include "policy/firewall.h"

/* Appends the rule that a table describes. Errors begin with "<line>:<column>: ". */
int config_firewall_add(struct firewall *f, const struct toml_value *table, struct err *e);
/* Markdown: a row a key. */
extern const char config_firewall_description[];
