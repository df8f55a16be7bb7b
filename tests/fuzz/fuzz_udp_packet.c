/* An IP packet as a guest sent it: what decodes lies within it, and encodes to the same again. */
#include "net/udp_packet.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t packet[UDP_PACKET_HEAD_MAX + 4096], error[UDP_PACKET_ERROR_MAX];
	struct udp_packet d, again;
	int head;

	if (udp_packet_decode(bytes, len, &d) < 0)
		return 0;
	assert(d.payload >= bytes && d.payload + d.len <= bytes + len);
	assert(udp_packet_encode_unreachable(&d, error) <= sizeof error);
	if (d.len > 4096)
		return 0;
	head = udp_packet_encode(&d, packet);
	assert(head > 0 && head <= UDP_PACKET_HEAD_MAX);
	memcpy(packet + head, d.payload, d.len);
	assert(udp_packet_decode(packet, (size_t)head + d.len, &again) == 0);
	assert(addr_equal(&d.from, &again.from) && addr_equal(&d.to, &again.to));
	assert(again.len == d.len && memcmp(again.payload, d.payload, d.len) == 0);
	return 0;
}
