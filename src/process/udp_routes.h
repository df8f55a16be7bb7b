/* Which datagrams take the way out: the UDP grants of a process, as routes. Pure. */
#pragma once

#include "net/udp_exit.h"
#include "policy/grant_set.h"

/* A grant of names can lead anywhere, so its route is everywhere, at its ports: the broker judges
 * what takes it. The caller frees *ret. */
void udp_routes_make(const struct grant_set *grants, struct udp_route **ret, size_t *ret_n);
