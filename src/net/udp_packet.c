#include "net/udp_packet.h"

#include "base/err.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <string.h>

enum { TTL = 64, IP4_LEN = sizeof(struct iphdr), IP6_LEN = sizeof(struct ip6_hdr), UDP_LEN = 8 };

static struct addr addr4(const void *ip, uint16_t port)
{
	struct addr a = { .in4 = { .sin_family = AF_INET }, .len = sizeof a.in4 };

	memcpy(&a.in4.sin_addr, ip, sizeof a.in4.sin_addr);
	a.in4.sin_port = port;
	return a;
}

static struct addr addr6(const void *ip, uint16_t port)
{
	struct addr a = { .in6 = { .sin6_family = AF_INET6 }, .len = sizeof a.in6 };

	memcpy(&a.in6.sin6_addr, ip, sizeof a.in6.sin6_addr);
	a.in6.sin6_port = port;
	return a;
}

/* The UDP header is at `offset` of a packet that is `len` long. */
static int decode_udp(const uint8_t *packet, size_t offset, size_t len, struct udphdr *ret,
		      struct udp_packet *d)
{
	if (len < offset + UDP_LEN)
		return -EINVAL;
	memcpy(ret, packet + offset, UDP_LEN);
	if (ntohs(ret->len) < UDP_LEN || ntohs(ret->len) > len - offset || !ret->dest)
		return -EINVAL;
	d->payload = packet + offset + UDP_LEN;
	d->len = ntohs(ret->len) - UDP_LEN;
	return 0;
}

static int decode4(const uint8_t *packet, size_t len, struct udp_packet *ret)
{
	struct udp_packet d;
	struct udphdr udp;
	struct iphdr ip;
	int r;

	if (len < IP4_LEN)
		return -EINVAL;
	memcpy(&ip, packet, IP4_LEN);
	if (ip.ihl < 5 || ip.protocol != IPPROTO_UDP || ntohs(ip.tot_len) > len ||
	    (ip.frag_off & htons(IP_MF | IP_OFFMASK)))
		return -EINVAL;
	r = decode_udp(packet, (size_t)ip.ihl * 4, ntohs(ip.tot_len), &udp, &d);
	if (r < 0)
		return r;
	d.from = addr4(&ip.saddr, udp.source);
	d.to = addr4(&ip.daddr, udp.dest);
	*ret = d;
	return 0;
}

static int decode6(const uint8_t *packet, size_t len, struct udp_packet *ret)
{
	struct ip6_hdr ip;
	struct udp_packet d;
	struct udphdr udp;
	int r;

	if (len < IP6_LEN)
		return -EINVAL;
	memcpy(&ip, packet, IP6_LEN);
	if (ip.ip6_nxt != IPPROTO_UDP || ntohs(ip.ip6_plen) > len - IP6_LEN)
		return -EINVAL;
	r = decode_udp(packet, IP6_LEN, IP6_LEN + ntohs(ip.ip6_plen), &udp, &d);
	if (r < 0)
		return r;
	d.from = addr6(&ip.ip6_src, udp.source);
	d.to = addr6(&ip.ip6_dst, udp.dest);
	*ret = d;
	return 0;
}

int udp_packet_decode(const uint8_t *packet, size_t len, struct udp_packet *ret)
{
	if (len && packet[0] >> 4 == 4)
		return decode4(packet, len, ret);
	if (len && packet[0] >> 4 == 6)
		return decode6(packet, len, ret);
	return -EINVAL;
}

/* Adds bytes to a checksum (RFC 1071); only the last piece may have an odd length. */
static uint32_t sum_add(uint32_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (len % 2)
		sum += (uint32_t)(p[len - 1] << 8);
	/* Folded each time, so that no packet makes it overflow. */
	return (sum & 0xffff) + (sum >> 16);
}

static uint16_t sum_finish(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static uint32_t sum_addresses(const struct addr *from, const struct addr *to)
{
	if (from->sa.sa_family == AF_INET)
		return sum_add(sum_add(0, &from->in4.sin_addr, 4), &to->in4.sin_addr, 4);
	return sum_add(sum_add(0, &from->in6.sin6_addr, 16), &to->in6.sin6_addr, 16);
}

/* The kernel fills in what is zero here, the header's checksum among it (raw(7)). */
static size_t put_ip(uint8_t *out, const struct addr *from, const struct addr *to, uint8_t protocol,
		     size_t len)
{
	struct iphdr ip4 = { .version = 4, .ihl = 5, .ttl = TTL, .protocol = protocol };
	struct ip6_hdr ip6 = { .ip6_nxt = protocol, .ip6_hlim = TTL };

	if (from->sa.sa_family == AF_INET) {
		ip4.tot_len = htons((uint16_t)(IP4_LEN + len));
		ip4.saddr = from->in4.sin_addr.s_addr;
		ip4.daddr = to->in4.sin_addr.s_addr;
		memcpy(out, &ip4, IP4_LEN);
		return IP4_LEN;
	}
	ip6.ip6_vfc = 6 << 4;
	ip6.ip6_plen = htons((uint16_t)len);
	ip6.ip6_src = from->in6.sin6_addr;
	ip6.ip6_dst = to->in6.sin6_addr;
	memcpy(out, &ip6, IP6_LEN);
	return IP6_LEN;
}

static uint16_t port_of(const struct addr *a)
{
	return htons(addr_port(a));
}

static void put_udp(uint8_t *out, const struct udp_packet *d)
{
	struct udphdr udp = { .source = port_of(&d->from),
			      .dest = port_of(&d->to),
			      .len = htons((uint16_t)(UDP_LEN + d->len)) };
	uint32_t sum = sum_addresses(&d->from, &d->to) + IPPROTO_UDP + (uint32_t)(UDP_LEN + d->len);

	sum = sum_add(sum, &udp, UDP_LEN);
	udp.check = sum_finish(sum_add(sum, d->payload, d->len));
	if (udp.check == 0)
		udp.check = 0xffff; /* 0 means "none" (RFC 768) */
	memcpy(out, &udp, UDP_LEN);
}

int udp_packet_encode(const struct udp_packet *d, uint8_t ret[UDP_PACKET_HEAD_MAX])
{
	size_t overhead = d->from.sa.sa_family == AF_INET ? IP4_LEN + UDP_LEN : UDP_LEN, at;

	if (d->len > UINT16_MAX - overhead)
		return -EMSGSIZE;
	at = put_ip(ret, &d->from, &d->to, IPPROTO_UDP, UDP_LEN + d->len);
	put_udp(ret + at, d);
	return (int)(at + UDP_LEN);
}

size_t udp_packet_encode_unreachable(const struct udp_packet *d, uint8_t ret[UDP_PACKET_ERROR_MAX])
{
	bool is4 = d->from.sa.sa_family == AF_INET;
	/* The error quotes the headers of the packet that it is about. */
	uint8_t body[8 + IP6_LEN + UDP_LEN] = { is4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH,
						is4 ? ICMP_PORT_UNREACH
						    : ICMP6_DST_UNREACH_NOPORT };
	size_t len = 8, at;
	uint32_t sum;
	uint16_t check;

	len += put_ip(body + len, &d->from, &d->to, IPPROTO_UDP, UDP_LEN + d->len);
	put_udp(body + len, d);
	len += UDP_LEN;
	sum = is4 ? 0 : sum_addresses(&d->to, &d->from) + IPPROTO_ICMPV6 + (uint32_t)len;
	check = sum_finish(sum_add(sum, body, len));
	memcpy(body + 2, &check, sizeof check);
	at = put_ip(ret, &d->to, &d->from, is4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, len);
	memcpy(ret + at, body, len);
	return at + len;
}
