/* Answers the engine's name lookups (spec/lookup.h), under the process's grants.
 *
 * Literal addresses, services, "localhost" and the guest's own host name need no grant; every other
 * name one that covers it. The addresses given out are pinned: they are what a grant of the name
 * then lets the guest connect to. Those that a name may not lead to (egress.h) are left out of the
 * answer.
 */
#pragma once

#include "broker/report.h"
#include "policy/egress.h"

#include <stdbool.h>
#include <uv.h>

struct lookup_server;

/* Takes `fd`, the supervisor's end. `egress` and `report` are borrowed until the loop has closed
 * the server's handles. */
int lookup_server_new(uv_loop_t *loop, int fd, struct egress *egress, struct report *report,
		      struct lookup_server **ret);
/* Stops; frees itself once the loop has closed its handles. NULL is fine. */
void lookup_server_stop(struct lookup_server *s);
