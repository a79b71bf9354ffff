/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames around datagrams, octet by octet, with checksums made elsewhere. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "proto/udp_frame.h"

static struct udp_frame frame_of(const char *local, const char *peer)
{
	struct udp_frame frame = {
		.to = {2, 0, 0, 0, 0, 2},
		.from = {2, 0, 0, 0, 0, 1},
		.local_port = 1701,
		.peer_port = 1701,
		.class = 0xC0,
		.ttl = 64,
	};

	assert_int_equal(address_parse(local, &frame.local), 0);
	assert_int_equal(address_parse(peer, &frame.peer), 0);
	return frame;
}

static void check(const struct udp_frame *frame, struct view datagram,
		  struct view wanted)
{
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));

	udp_frame_build(&b, frame, datagram);
	assert_false(b.full);
	assert_int_equal(b.len, wanted.len);
	assert_memory_equal(b.data, wanted.data, wanted.len);
	assert_true(b.len <= UDP_FRAME_HEAD_MAX + datagram.len);
	for (size_t cap = 0; cap < wanted.len; cap++) {
		b = builder_on(room, cap);
		udp_frame_build(&b, frame, datagram);
		assert_true(b.full);
	}
}

/* With a tag, another port, and an odd number of octets. */
static void test_ip4(void **state)
{
	static const uint8_t datagram[] = {0xc8, 0x02, 0x00};
	static const uint8_t wanted[] = {
		0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00,
		0x00, 0x01, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00, 0x45, 0xc0,
		0x00, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x40, 0x11, 0x8d, 0xd7,
		0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x02, 0x06, 0xa5,
		0x06, 0xa6, 0x00, 0x0b, 0x3e, 0x53, 0xc8, 0x02, 0x00,
	};
	struct udp_frame frame = frame_of("192.0.2.1", "198.51.100.2");

	(void)state;
	frame.vlan = 100;
	frame.peer_port = 1702;
	check(&frame, VIEW(datagram), VIEW(wanted));
}

static void test_ip6(void **state)
{
	static const uint8_t datagram[] = {0xc8, 0x02, 0x00, 0x0c};
	static const uint8_t wanted[] = {
		0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00,
		0x00, 0x01, 0x86, 0xdd, 0x6c, 0x00, 0x00, 0x00, 0x00, 0x0c,
		0x11, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01,
		0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x02, 0x06, 0xa5, 0x06, 0xa5, 0x00, 0x0c,
		0xcf, 0x08, 0xc8, 0x02, 0x00, 0x0c,
	};
	struct udp_frame frame = frame_of("2001:db8::1", "2001:db8::2");

	(void)state;
	check(&frame, VIEW(datagram), VIEW(wanted));
}

/* A sum of 0 would say that there is none. */
static void test_sum_of_0(void **state)
{
	static const uint8_t datagram[] = {0x06, 0x59};
	struct udp_frame frame = frame_of("192.0.2.1", "198.51.100.2");
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	udp_frame_build(&b, &frame, VIEW(datagram));
	assert_int_equal(room[40], 0xFF);
	assert_int_equal(room[41], 0xFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ip4),
		cmocka_unit_test(test_ip6),
		cmocka_unit_test(test_sum_of_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
