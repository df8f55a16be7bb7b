/* Addresses that are not one of the Internet's: private, loopback, link-local, multicast and the
 * like (IANA's special-purpose address registries). Pure. */
#pragma once

#include "base/addr.h"

/* What kind of address it is, for a message ("private"); NULL if it is an ordinary one. An IPv6
 * address that stands for an IPv4 one is of that one's kind. Addresses for documentation are
 * ordinary: they lead nowhere. */
const char *special_kind(const struct addr *a);
/* The IPv4 address that an IPv6 one stands for, port included: mapped (::ffff:a.b.c.d), compatible
 * (::a.b.c.d), translated by NAT64 (64:ff9b::a.b.c.d) or 6to4 (2002:aabb:ccdd::). */
bool special_ip4(const struct addr *a, struct addr *ret);
/* A mapped address is the IPv4 address on this machine already: that is where it leads. Any other
 * stays as it is. */
struct addr special_unmapped(const struct addr *a);
