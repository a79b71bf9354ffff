/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv4 packets that do not fit: cut, or refused with ICMP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "proto/ip4.h"

/* Header with one option that is copied and one that is not; 28 octets. */
static const uint8_t options[] = {
	0x47, 0x10, 0x00, 0x00, 0x12, 0x34, 0x00, 0x00, 64, 17, 0, 0,
	10,   0,    0,	  1,	192,  0,    2,	  9,	0x94, 4, 0, 0,
	0x07, 3,    4,	  0};

/* A packet with so many octets behind its header, which count up. */
static struct view packet_make(uint8_t *room, const uint8_t *header,
			       size_t header_len, uint16_t flags, size_t len)
{
	struct builder b = builder_on(room, 2000);

	build_bytes(&b, header, header_len);
	for (size_t i = 0; i < len; i++)
		build_u8(&b, (uint8_t)(i * 7));
	build_patch_u16(&b, 2, (uint16_t)b.len);
	build_patch_u16(&b, 6, flags);
	assert_false(b.full);
	return builder_view(&b);
}

static const uint8_t plain[] = {0x45, 0, 0, 0, 0, 7, 0, 0, 64, 17,
				0,    0, 10, 0, 0, 1, 192, 0, 2, 9};

static uint16_t sum(const uint8_t *at, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i < len; i += 2)
		s += (uint32_t)(at[i] << 8 | (i + 1 < len ? at[i + 1] : 0));
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

static void test_read(void **state)
{
	uint8_t room[2000];
	struct view packet = packet_make(room, plain, 20, 0x4000, 100);
	struct ip4 ip, untouched = {.id = 99};

	(void)state;
	assert_int_equal(ip4_read(packet, &ip), 0);
	assert_int_equal(ip.header.len, 20);
	assert_int_equal(ip.payload.len, 100);
	assert_true(ip.dont_fragment);
	assert_int_equal(ip.source.s_addr, htonl(0x0a000001));
	assert_int_equal(ip.destination.s_addr, htonl(0xc0000209));
	packet.len = 119; /* shorter than total length */
	assert_int_equal(ip4_read(packet, &untouched), -EBADMSG);
	assert_int_equal(untouched.id, 99);
	room[0] = 0x65;
	assert_int_equal(ip4_read(view_of(room, 120), &ip), -EBADMSG);
	room[0] = 0x44;
	assert_int_equal(ip4_read(view_of(room, 120), &ip), -EBADMSG);
	room[0] = 0x45;
	room[2] = 0, room[3] = 19;
	assert_int_equal(ip4_read(view_of(room, 120), &ip), -EBADMSG);
	assert_int_equal(ip4_read(view_of(room, 19), &ip), -EBADMSG);
}

/* The pieces fit, follow each other and are the whole. */
static unsigned int pieces_check(struct view packet, uint16_t mtu,
				 uint16_t offset, bool more)
{
	struct ip4_piece piece;
	unsigned int count = 0;
	size_t at = 0, seen = 0;
	struct ip4 ip, cut;

	assert_int_equal(ip4_read(packet, &ip), 0);
	while (ip4_fragment(&ip, mtu, &at, &piece)) {
		uint8_t whole[2000];
		struct builder b = builder_on(whole, sizeof(whole));

		build_bytes(&b, piece.header, piece.header_len);
		build_view(&b, piece.payload);
		assert_true(b.len <= mtu);
		assert_int_equal(sum(piece.header, piece.header_len), 0xffff);
		assert_int_equal(ip4_read(builder_view(&b), &cut), 0);
		assert_int_equal(cut.offset, offset + seen);
		assert_int_equal(cut.id, ip.id);
		assert_false(cut.dont_fragment);
		assert_memory_equal(piece.payload.data, ip.payload.data + seen,
				    piece.payload.len);
		seen += piece.payload.len;
		assert_int_equal(cut.more, seen < ip.payload.len || more);
		count++;
	}
	assert_int_equal(seen, ip.payload.len);
	return count;
}

static void test_fragment(void **state)
{
	uint8_t room[2000];

	(void)state;
	assert_int_equal(pieces_check(packet_make(room, plain, 20, 0, 1472),
				      1462, 0, false), 2);
	assert_int_equal(pieces_check(packet_make(room, plain, 20, 0, 1472),
				      1492, 0, false), 1);
	assert_int_equal(pieces_check(packet_make(room, plain, 20, 0, 1001),
				      148, 0, false), 8);
	/* a fragment itself, in the middle of its packet */
	assert_int_equal(pieces_check(packet_make(room, plain, 20, 0x2000 | 50,
						  400),
				      300, 400, true), 2);
	assert_int_equal(pieces_check(packet_make(room, plain, 20, 50, 400),
				      300, 400, false), 2);
}

static void test_fragment_options(void **state)
{
	uint8_t room[2000];
	struct ip4_piece piece;
	size_t at = 0;
	struct ip4 ip;

	(void)state;
	ip4_read(packet_make(room, options, 28, 0, 200), &ip);
	assert_true(ip4_fragment(&ip, 128, &at, &piece));
	assert_memory_equal(piece.header + 20, options + 20, 8);
	assert_true(ip4_fragment(&ip, 128, &at, &piece));
	assert_memory_equal(piece.header + 20, options + 20, 4);
	assert_memory_equal(piece.header + 24, "\1\1\1\0", 4);
	assert_true(ip4_fragment(&ip, 128, &at, &piece));
	assert_false(ip4_fragment(&ip, 128, &at, &piece));
	/* nonsense is no reason to read too far */
	room[21] = 200;
	at = 104;
	ip4_read(view_of(room, 228), &ip);
	assert_true(ip4_fragment(&ip, 128, &at, &piece));
	/* no room for anything */
	at = 0;
	assert_false(ip4_fragment(&ip, 35, &at, &piece));
}

static void test_refuse(void **state)
{
	struct in_addr from = {htonl(0x0a6d0001)};
	uint8_t room[2000], out[ICMP_ERROR_MAX], small[100];
	struct builder b = builder_on(out, sizeof(out));
	struct builder none = builder_on(small, sizeof(small));
	struct view packet = packet_make(room, plain, 20, 0x4000, 1472);
	struct ip4 ip, icmp;

	(void)state;
	ip4_read(packet, &ip);
	ip4_refuse(&b, from, &ip, 1462);
	assert_false(b.full);
	assert_int_equal(b.len, 576);
	assert_int_equal(ip4_read(builder_view(&b), &icmp), 0);
	assert_int_equal(icmp.source.s_addr, from.s_addr);
	assert_int_equal(icmp.destination.s_addr, ip.source.s_addr);
	assert_int_equal(icmp.protocol, IP4_PROTOCOL_ICMP);
	assert_int_equal(sum(out, 20), 0xffff);
	assert_int_equal(sum(out + 20, 556), 0xffff);
	assert_memory_equal(out + 20, "\3\4", 2);
	assert_memory_equal(out + 24, "\0\0\x05\xb6", 4);
	assert_memory_equal(out + 28, packet.data, 548);
	ip4_refuse(&none, from, &ip, 1462);
	assert_true(none.full);
}

static void test_may_refuse(void **state)
{
	static const struct {
		uint8_t first_source, first_destination, protocol, type;
		uint16_t flags;
		bool may;
	} rows[] = {
		{10, 192, 17, 0, 0x4000, true},
		{10, 192, 17, 0, 0x4001, false}, /* not the first fragment */
		{10, 192, 1, 8, 0x4000, true}, /* echo request */
		{10, 192, 1, 3, 0x4000, false},
		{10, 192, 1, 4, 0x4000, false},
		{10, 192, 1, 5, 0x4000, false},
		{10, 192, 1, 11, 0x4000, false},
		{10, 192, 1, 12, 0x4000, false},
		{127, 192, 17, 0, 0x4000, false},
		{224, 192, 17, 0, 0x4000, false},
		{10, 224, 17, 0, 0x4000, false},
	};
	uint8_t room[2000];
	struct ip4 ip;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct view packet = packet_make(room, plain, 20, rows[i].flags,
						 64);

		room[9] = rows[i].protocol;
		room[12] = rows[i].first_source;
		room[16] = rows[i].first_destination;
		room[20] = rows[i].type;
		assert_int_equal(ip4_read(packet, &ip), 0);
		if (ip4_may_refuse(&ip) != rows[i].may)
			fail_msg("row %zu", i);
	}
	memset(room + 12, 0, 4); /* from nobody */
	room[9] = 17;
	room[16] = 192;
	ip4_read(view_of(room, 84), &ip);
	assert_false(ip4_may_refuse(&ip));
	memset(room + 16, 255, 4);
	room[12] = 10;
	ip4_read(view_of(room, 84), &ip);
	assert_false(ip4_may_refuse(&ip));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_fragment_options),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_may_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
