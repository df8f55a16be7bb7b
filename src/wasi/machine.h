/* What a guest may ask about the machine it seems to be on: its name and network interfaces.
 *
 * Interfaces are those of the namespace that this process is in. The requests by which libraries
 * list them (netlink, SIOCGIF...) are refused below us, since on a socket of the host's they would
 * tell the host's interfaces; socket options on a new socket of our own tell the same.
 */
#pragma once

#include <net/if.h>
#include <stdint.h>

enum {
	MACHINE_NAME_MAX = 65,	       /* with its NUL: utsname(7) */
	MACHINE_INTERFACES_MAX = 4096, /* higher numbers are not looked for */
};

/* -ENOENT if there is none behind `after`. `ret_name` is filled up with NULs. */
int machine_next_interface(uint32_t after, uint32_t *ret_index, char ret_name[IF_NAMESIZE]);
int machine_name(char ret[MACHINE_NAME_MAX]);
