/* Relays the guest's datagrams to where its grants let them go, and the answers back.
 *
 * The engine never holds a UDP socket of the host's, which could send anywhere. What the guest
 * sends arrives here as IP packets, however it was sent (net/udp_exit.h). Each pair of a guest's
 * socket and a destination is a flow, with a socket of the host's that is connected to the
 * destination, so that nobody else's datagrams come back. A flow ends when it has been idle for
 * UDP_OUT_IDLE_MS; when there are UDP_OUT_FLOWS_MAX, the one idle for longest makes room.
 */
#pragma once

#include "base/addr.h"
#include "broker/report.h"
#include "broker/throttle.h"

#include <stdbool.h>
#include <uv.h>

enum { UDP_OUT_FLOWS_MAX = 1024, UDP_OUT_IDLE_MS = 120000 };

struct udp_out;

struct udp_out_config {
	uv_loop_t *loop;
	/* The descriptors of struct udp_exit; owned by the relay. raw6_fd may be -EBADF. */
	int packet_fd, raw4_fd, raw6_fd;
	const struct egress *egress; /* borrowed, as is what follows, until the loop has closed the
					relay's handles */
	struct report *report;
	struct throttle *throttle;
};

/* Takes the descriptors, also on failure. */
int udp_out_new(const struct udp_out_config *config, struct udp_out **ret);
/* Stops; frees itself once the loop has closed its handles. NULL is fine. */
void udp_out_stop(struct udp_out *r);
