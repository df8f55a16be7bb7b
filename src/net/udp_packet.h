/* UDP datagrams as IP packets: decoding what a guest has sent, and encoding the answers. Pure. */
#pragma once

#include "base/addr.h"

#include <stddef.h>
#include <stdint.h>

enum {
	UDP_PACKET_MAX = 65575,	   /* an IPv6 header and the largest UDP datagram */
	UDP_PACKET_HEAD_MAX = 48,  /* IPv6's header and UDP's */
	UDP_PACKET_ERROR_MAX = 96, /* a whole packet that tells of an unreachable port */
};

struct udp_packet {
	struct addr from, to;
	const uint8_t *payload; /* in the packet */
	size_t len;
};

/* Takes a whole IP packet. -EINVAL if it is not one complete UDP datagram: other protocols,
 * fragments, IPv6 extension headers, lengths that do not fit. Checksums are not looked at: the
 * kernel that sent it leaves them to hardware. */
int udp_packet_decode(const uint8_t *packet, size_t len, struct udp_packet *ret);
/* The headers that go before the payload; returns their length. -EMSGSIZE if the payload is too
 * long. Both ends are of one family. */
int udp_packet_encode(const struct udp_packet *d, uint8_t ret[UDP_PACKET_HEAD_MAX]);
/* The ICMP packet that tells `d->from` that nobody listens on the port it sent to (RFC 792,
 * RFC 4443), as from `d->to`; returns its length. */
size_t udp_packet_encode_unreachable(const struct udp_packet *d, uint8_t ret[UDP_PACKET_ERROR_MAX]);
