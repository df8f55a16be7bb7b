/* A TCP listener that the guest finds open: what --tcplisten takes, and the run specification
 * carries. Pure. */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>

enum { TCPLISTEN_TEXT_MAX = ADDR_TEXT_MAX + 16 };

struct tcplisten {
	struct addr addr; /* inside the guest's namespace */
	bool first;	  /* its descriptor is numbered before the directories', not after them */
	bool nonblock;
};

/* "[ADDR:]PORT[,first][,nonblock]": 127.0.0.1 unless an address is given, IPv6 in brackets. */
int tcplisten_parse(const char *text, struct tcplisten *ret, struct err *e);
/* The text that parses to the same; returns `out`. */
const char *tcplisten_format(const struct tcplisten *l, char out[TCPLISTEN_TEXT_MAX]);
