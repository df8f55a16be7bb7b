/* What cannot be had without a namespace of the process's own. */
#pragma once

#include "cli/options.h"
#include "config/config.h"

/* Refuses what nothing would keep as the configuration has it. `o` has the merged grants and
 * limits. */
int isolation_check(const struct os_options *o, const struct config *c, struct err *e);
