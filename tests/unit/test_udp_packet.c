/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "net/udp_packet.h"

#include <stdlib.h>
#include <string.h>

static struct addr at(const char *ip, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse_ip(ip, &a, NULL), 0);
	addr_set_port(&a, port);
	return a;
}

/* The sum of 16-bit words, carries added in: 0xffff over whatever holds its own checksum. */
static uint16_t sum_of(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)(i % 2 ? bytes[i] : bytes[i] << 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Checks a transport checksum the long way: pseudo header and all in one piece. */
static void check_sum(const uint8_t *packet, size_t len, uint8_t protocol)
{
	bool is4 = packet[0] >> 4 == 4;
	size_t head = is4 ? 20 : 40, ip_len = is4 ? 8 : 32, at = 0;
	uint8_t *all = calloc(1, ip_len + 8 + len);

	memcpy(all, packet + (is4 ? 12 : 8), ip_len);
	at = ip_len;
	all[at + 1] = protocol;
	all[at + 2] = (uint8_t)((len - head) >> 8);
	all[at + 3] = (uint8_t)(len - head);
	memcpy(all + at + 4, packet + head, len - head);
	assert_int_equal(sum_of(all, at + 4 + len - head), 0xffff);
	free(all);
}

static void what_is_encoded_decodes_to_the_same(void **state)
{
	static const struct {
		const char *from, *to;
	} ends[] = { { "192.0.2.1", "198.51.100.2" }, { "2001:db8::1", "fd00::2" } };
	static const size_t lens[] = { 0, 1, 2, 3, 1000, 65487 };
	static uint8_t payload[65487], packet[UDP_PACKET_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < ARRAY_LEN(ends) * ARRAY_LEN(lens); i++) {
		struct udp_packet d = { .from = at(ends[i % 2].from, 53),
					.to = at(ends[i % 2].to, 40000),
					.payload = payload,
					.len = lens[i / 2] };
		struct udp_packet got;
		int head = udp_packet_encode(&d, packet);

		assert_true(head > 0);
		memcpy(packet + head, payload, d.len);
		assert_int_equal(udp_packet_decode(packet, (size_t)head + d.len, &got), 0);
		assert_true(addr_equal(&got.from, &d.from));
		assert_true(addr_equal(&got.to, &d.to));
		assert_int_equal(got.len, d.len);
		assert_memory_equal(got.payload, payload, d.len);
		check_sum(packet, (size_t)head + d.len, IPPROTO_UDP);
	}
}

static void a_payload_that_fits_no_packet_is_refused(void **state)
{
	struct udp_packet d = { .from = at("192.0.2.1", 1),
				.to = at("192.0.2.2", 2),
				.len = 65508 };
	uint8_t head[UDP_PACKET_HEAD_MAX];

	(void)state;
	assert_int_equal(udp_packet_encode(&d, head), -EMSGSIZE);
	d.from = at("2001:db8::1", 1);
	d.to = at("2001:db8::2", 1);
	d.len = 65528;
	assert_int_equal(udp_packet_encode(&d, head), -EMSGSIZE);
}

/* 192.0.2.1:53 -> 198.51.100.2:40000, "hi" */
static const uint8_t good4[] = {
	0x45, 0,   0,  30,  0, 0, 0,  0,    64,	  17, 0,  0, 192, 0,   2,
	1,    198, 51, 100, 2, 0, 53, 0x9c, 0x40, 0,  10, 0, 0,	  'h', 'i'
};

static void a_packet_that_is_not_one_whole_datagram_is_refused(void **state)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t byte;
	} rows[] = {
		{ "version", 0, 0x55 },
		{ "header too short", 0, 0x44 },
		{ "header longer than the packet", 0, 0x4f },
		{ "longer than what came", 3, 31 },
		{ "shorter than its headers", 3, 27 },
		{ "more fragments", 6, 0x20 },
		{ "a later fragment", 7, 1 },
		{ "TCP", 9, 6 },
		{ "UDP length below its header", 25, 7 },
		{ "UDP length beyond the packet", 25, 11 },
	};
	struct udp_packet d;

	(void)state;
	assert_int_equal(udp_packet_decode(good4, sizeof good4, &d), 0);
	assert_int_equal(d.len, 2);
	assert_memory_equal(d.payload, "hi", 2);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t bad[sizeof good4];

		memcpy(bad, good4, sizeof bad);
		bad[rows[i].at] = rows[i].byte;
		if (udp_packet_decode(bad, sizeof bad, &d) != -EINVAL)
			fail_msg("%s", rows[i].why);
	}
	for (size_t len = 0; len < sizeof good4; len++)
		assert_int_equal(udp_packet_decode(good4, len, &d), -EINVAL);
}

static void options_of_ipv4_are_stepped_over(void **state)
{
	uint8_t packet[sizeof good4 + 4] = { 0 };
	struct udp_packet d;

	(void)state;
	memcpy(packet, good4, 20);
	memcpy(packet + 24, good4 + 20, sizeof good4 - 20);
	packet[0] = 0x46;
	packet[3] = sizeof packet;
	assert_int_equal(udp_packet_decode(packet, sizeof packet, &d), 0);
	assert_memory_equal(d.payload, "hi", 2);
}

static void ipv6_extension_headers_are_refused(void **state)
{
	uint8_t packet[60] = { 0x60, [5] = 20, [6] = 0 /* hop-by-hop */, [7] = 64 };
	struct udp_packet d;

	(void)state;
	packet[47] = 8;
	assert_int_equal(udp_packet_decode(packet, sizeof packet, &d), -EINVAL);
	packet[6] = IPPROTO_UDP;
	packet[43] = 1;
	packet[45] = 20;
	assert_int_equal(udp_packet_decode(packet, sizeof packet, &d), 0);
}

static void an_unreachable_port_is_told_with_the_headers_it_is_about(void **state)
{
	struct udp_packet d4 = { .from = at("192.0.0.2", 40000), .to = at("192.0.2.1", 53) };
	struct udp_packet d6 = { .from = at("fd00::2", 40000), .to = at("2001:db8::1", 53) };
	uint8_t packet[UDP_PACKET_ERROR_MAX];
	size_t len = udp_packet_encode_unreachable(&d4, packet);

	(void)state;
	assert_int_equal(len, 20 + 8 + 28);
	assert_int_equal(packet[9], IPPROTO_ICMP);
	assert_memory_equal(packet + 12, &d4.to.in4.sin_addr, 4);
	assert_memory_equal(packet + 16, &d4.from.in4.sin_addr, 4);
	assert_int_equal(packet[20], 3);
	assert_int_equal(packet[21], 3);
	assert_int_equal(sum_of(packet + 20, len - 20), 0xffff);
	assert_memory_equal(packet + 28 + 12, &d4.from.in4.sin_addr, 4);

	len = udp_packet_encode_unreachable(&d6, packet);
	assert_int_equal(len, 40 + 8 + 48);
	assert_int_equal(packet[6], IPPROTO_ICMPV6);
	assert_int_equal(packet[40], 1);
	assert_int_equal(packet[41], 4);
	check_sum(packet, len, IPPROTO_ICMPV6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_decodes_to_the_same),
		cmocka_unit_test(a_payload_that_fits_no_packet_is_refused),
		cmocka_unit_test(a_packet_that_is_not_one_whole_datagram_is_refused),
		cmocka_unit_test(options_of_ipv4_are_stepped_over),
		cmocka_unit_test(ipv6_extension_headers_are_refused),
		cmocka_unit_test(an_unreachable_port_is_told_with_the_headers_it_is_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
