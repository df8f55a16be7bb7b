/* WAMR's addresses. addr: kind u32@0; IPv4: octets@4, port u16@8; IPv6: eight u16@4, port u16@20.
 * addr_ip is the same without the ports. All numbers are little-endian, and the eight are numbers:
 * each pair of IPv6's octets stands the other way round than on the wire. */
#include "wasi/wamr.h"

#include <errno.h>
#include <sys/socket.h>

#include "wasi/codec.h"

enum {
	IP_SIZE = 20,
	OCTETS = 4, /* offsets */
	PORT4 = 8,
	PORT6 = 20,
};

static void swap_pairs(uint8_t to[16], const uint8_t from[16])
{
	for (int i = 0; i < 16; i++)
		to[i] = from[i ^ 1];
}

static int ip_load(const uint8_t *p, struct sock_addr *ret)
{
	uint8_t octets[16];

	switch (gmem_load32(p)) {
	case WAMR_INET4:
		*ret = codec_inet(AF_INET, p + OCTETS, 0);
		return 0;
	case WAMR_INET6:
		swap_pairs(octets, p + OCTETS);
		*ret = codec_inet(AF_INET6, octets, 0);
		return 0;
	default:
		return -EPROTONOSUPPORT;
	}
}

int wamr_ip_load(struct gmem mem, uint32_t ptr, struct sock_addr *ret)
{
	const uint8_t *p = gmem_view(mem, ptr, IP_SIZE);

	return p ? ip_load(p, ret) : -EFAULT;
}

int wamr_addr_load(struct gmem mem, uint32_t ptr, struct sock_addr *ret)
{
	const uint8_t *p = gmem_view(mem, ptr, WAMR_ADDR_SIZE);
	int r = p ? ip_load(p, ret) : -EFAULT;

	if (r == 0)
		addr_set_port(&ret->ip, gmem_load16(p + (ret->family == AF_INET ? PORT4 : PORT6)));
	return r;
}

int wamr_addr_store(uint8_t p[WAMR_ADDR_SIZE], const struct sock_addr *a)
{
	if (a->family != AF_INET && a->family != AF_INET6)
		return -EAFNOSUPPORT;
	memset(p, 0, WAMR_ADDR_SIZE);
	if (a->family == AF_INET) {
		gmem_store32(p, WAMR_INET4);
		memcpy(p + OCTETS, codec_inet_octets(&a->ip), 4);
		gmem_store16(p + PORT4, addr_port(&a->ip));
	} else {
		gmem_store32(p, WAMR_INET6);
		swap_pairs(p + OCTETS, codec_inet_octets(&a->ip));
		gmem_store16(p + PORT6, addr_port(&a->ip));
	}
	return 0;
}
