/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the engine writes for tunnels over IPv6, and for UDP checksums: whole
 * records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "map_world.h"

#define T(n) ((struct instant){n})

static struct address end(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

static void test_tunnels6(void **state)
{
	struct map_world *w = *state;
	struct dataplane_tunnel t = {
		.id = 4711,
		.bank = 3,
		.peer = end("2001:db8::1"),
		.local = end("2001:db8::2"),
		.peer_port = 1701,
	};
	struct tunnel_rx want = {
		.state = TUNNEL_RX_OPEN,
		.bank = 3,
		.peer_port = htons(1701),
		.own_port = htons(1701),
		.flags = TUNNEL_RX_IP6,
		.peer_ip6 = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
		.local_ip6 = {0x20, 0x01, 0x0d, 0xb8, [15] = 2},
	};
	const struct tunnel_rx want4 = {
		.state = TUNNEL_RX_OPEN,
		.bank = 3,
		.peer_port = htons(1701),
		.own_port = htons(1701),
		.peer_ip4 = inet_addr("192.0.2.1"),
		.local_ip4 = inet_addr("192.0.2.2"),
	};

	assert_int_equal(dataplane_tunnel_open(w->dp, &t), 0);
	assert_memory_equal(&w->tunnels[4711], &want, sizeof(want));
	dataplane_tunnel_close(w->dp, 4711);
	t.zero_sum = true;
	want.flags |= TUNNEL_RX_ZERO_SUM;
	assert_int_equal(dataplane_tunnel_open(w->dp, &t), 0);
	assert_memory_equal(&w->tunnels[4711], &want, sizeof(want));
	dataplane_tunnel_close(w->dp, 4711);
	t.local = end("192.0.2.2");
	assert_int_equal(dataplane_tunnel_open(w->dp, &t), -EINVAL);
	/* the next with this id has nothing of it; over IPv4 0 is no matter */
	t.peer = end("192.0.2.1");
	assert_int_equal(dataplane_tunnel_open(w->dp, &t), 0);
	assert_memory_equal(&w->tunnels[4711], &want4, sizeof(want4));
}

static const struct dataplane_l2tp_path l2tp_path = {
	.ifindex = 12,
	.source_mac = {2, 0, 0, 0, 0, 1},
	.next_hop_mac = {2, 0, 0, 0, 0, 2},
	.vlan = 100,
	.frame_max = 1518,
	.local_port = 1701,
	.peer_port = 0x1234,
	.ttl = 64,
	.tos = 0xb8,
	.length_bit = true,
};

static const struct image *active_image(const struct map_world *w, uint32_t slot)
{
	return &w->templates[slot].image[w->templates[slot].active];
}

static void test_image_l2tp6(void **state)
{
	struct map_world *w = *state;
	struct dataplane_l2tp_path path = l2tp_path;
	struct image want = {
		.ifindex = 12,
		.out_max = 1518,
		.kind = LEG_L2TP,
		.tags = 1,
		.flags = IMAGE_READY | IMAGE_LENGTH | IMAGE_IP6,
		.head = {
			2,    0,    0,	  0,	0,    2, /* Ethernet */
			2,    0,    0,	  0,	0,    1,
			0x81, 0,    0,	  100,	0x86, 0xdd,
			0x6b, 0x80, 0,	  0,	0,    0, 17, 64, /* IPv6 */
			0x20, 0x01, 0x0d, 0xb8, 0,    0, 0,  0,
			0,    0,    0,	  0,	0,    0, 0,  1,
			0x20, 0x01, 0x0d, 0xb8, 0,    6, 0,  0,
			0,    0,    0,	  0,	0,    0, 0,  0xfe,
			0x06, 0xa5, 0x12, 0x34, 0,    0, 0,  0, /* UDP */
			0x40, 0x02, 0,	  0,	0,    0, 0,  0, /* L2TP */
			0xff, 0x03,
		},
	};
	uint32_t slot;

	want.head_len = 14 + 4 + 40 + 8 + 8 + 2;
	path.local = end("2001:db8::1");
	path.peer = end("2001:db8:6::fe");
	assert_int_equal(dataplane_template_new(w->dp, 3, &slot), 0);
	dataplane_template_l2tp(w->dp, slot, &path, T(1000));
	assert_memory_equal(active_image(w, slot), &want, sizeof(want));
	path.udp_sum = true;
	want.flags |= IMAGE_UDP_SUM;
	dataplane_template_l2tp(w->dp, slot, &path, T(2000));
	assert_memory_equal(active_image(w, slot), &want, sizeof(want));
	/* without tag and Length */
	path.vlan = 0;
	path.length_bit = false;
	dataplane_template_l2tp(w->dp, slot, &path, T(3000));
	assert_int_equal(active_image(w, slot)->head_len, 14 + 40 + 8 + 6 + 2);
	assert_int_equal(active_image(w, slot)->sum, 0);
	assert_int_equal(active_image(w, slot)->flags,
			 IMAGE_READY | IMAGE_IP6 | IMAGE_UDP_SUM);
}

/* A checksum that is asked for over IPv4: all else is as without. */
static void test_image_l2tp_sum(void **state)
{
	struct map_world *w = *state;
	struct dataplane_l2tp_path path = l2tp_path;
	struct image want;
	uint32_t slot;

	path.local = end("192.0.2.1");
	path.peer = end("192.0.2.2");
	assert_int_equal(dataplane_template_new(w->dp, 3, &slot), 0);
	dataplane_template_l2tp(w->dp, slot, &path, T(1000));
	want = *active_image(w, slot);
	path.udp_sum = true;
	want.flags |= IMAGE_UDP_SUM;
	dataplane_template_l2tp(w->dp, slot, &path, T(2000));
	assert_memory_equal(active_image(w, slot), &want, sizeof(want));
}

/* The families have a list each. */
static void test_locals6(void **state)
{
	struct map_world *w = *state;

	assert_int_equal(dataplane_local_add(w->dp, end("192.0.2.1")), 0);
	for (uint8_t i = 1; i <= LOCAL_SLOTS; i++) {
		struct address local = end("2001:db8::");

		local.octets[15] = i;
		assert_int_equal(dataplane_local_add(w->dp, local), 0);
		assert_int_equal(dataplane_local_add(w->dp, local), 0);
		assert_int_equal(w->settings->locals6, i);
		assert_memory_equal(w->settings->local_ip6[i - 1], local.octets,
				    16);
	}
	assert_int_equal(dataplane_local_add(w->dp, end("2001:db8::99")),
			 -ENOSPC);
	assert_int_equal(w->settings->locals, 1);
	dataplane_locals_forget(w->dp);
	assert_int_equal(w->settings->locals + w->settings->locals6, 0);
}

/* On a core of 1500 octets IPv6 leaves 20 less than IPv4 (RFC 2661, no L). */
static void test_limit(void **state)
{
	static const char *const peers[][2] = {
		{"192.0.2.1", "192.0.2.2"},
		{"2001:db8::1", "2001:db8::2"},
	};
	static const uint16_t limits[] = {1462, 1442};
	struct map_world *w = *state;

	for (unsigned int i = 0; i < 2; i++) {
		struct dataplane_l2tp_path path = {
			.ifindex = 12,
			.frame_max = 1514,
			.local = end(peers[i][0]),
			.peer = end(peers[i][1]),
		};
		struct leg_end access = {
			.kind = LEG_L2TP,
			.slot = dataplane_slot(1, (uint16_t)(7 + i)),
			.mtu = 1500,
		};
		struct leg_end core = {
			.kind = LEG_IP,
			.slot = FIRST_IP_SLOT + i,
			.mtu = 1500,
			.ip = {.ip4 = {htonl(0x0a000001 + i)}},
		};

		assert_int_equal(
			dataplane_template_new(w->dp, 1, &access.template), 0);
		dataplane_template_l2tp(w->dp, access.template, &path, T(1000));
		assert_int_equal(dataplane_join(w->dp, i, &access, &core), 0);
		assert_int_equal(w->legs[access.slot].out_mtu, limits[i]);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, map_world_setup,                 \
					map_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tunnels6),
		TEST(test_image_l2tp6),
		TEST(test_image_l2tp_sum),
		TEST(test_locals6),
		TEST(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
