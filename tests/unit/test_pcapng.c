/* SPDX-License-Identifier: GPL-2.0-only */
/* pcapng blocks, octet by octet as the draft draws them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "proto/pcapng.h"

static uint8_t room[1024];

static struct builder begin(void)
{
	memset(room, 0xee, sizeof(room));
	return builder_on(room, sizeof(room));
}

static void expect(const struct builder *b, const uint8_t *octets, size_t len)
{
	assert_false(b->full);
	assert_int_equal(b->len, len);
	assert_memory_equal(b->data, octets, len);
}

static void test_section(void **state)
{
	static const uint8_t expected[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 44, /* type, length */
		0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, /* magic, version 1.0 */
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0, 4, 0, 7, 'l', '2', 'x', ' ', '0', '.', '1', 0,
		0, 0, 0, 0, 0, 0, 0, 44,
	};
	struct builder b = begin();

	(void)state;
	pcapng_section(&b, "l2x 0.1");
	expect(&b, expected, sizeof(expected));
}

static void test_interface(void **state)
{
	static const uint8_t expected[] = {
		0, 0, 0, 1, 0, 0, 0, 40, /* type, length */
		0, 1, 0, 0, 0, 0, 0x24, 0, /* Ethernet, 9216 */
		0, 2, 0, 4, 'e', 't', 'h', '0',
		0, 9, 0, 1, 9, 0, 0, 0, /* 10^-9 s */
		0, 0, 0, 0, 0, 0, 0, 40,
	};
	struct builder b = begin();

	(void)state;
	pcapng_interface(&b, "eth0", 9216);
	expect(&b, expected, sizeof(expected));
}

static void test_packet(void **state)
{
	static const uint8_t expected[] = {
		0, 0, 0, 6, 0, 0, 0, 60, /* type, length */
		0, 0, 0, 2, /* interface */
		0x17, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34, 0x56, /* time */
		0, 0, 0, 5, 0, 0, 0, 9, /* of 9 octets 5 */
		1, 2, 3, 4, 5, 0, 0, 0,
		0, 2, 0, 4, 0, 0, 0, 2, /* sent */
		0, 1, 0, 2, 'h', 'i', 0, 0,
		0, 0, 0, 0, 0, 0, 0, 60,
	};
	static const uint8_t octets[] = {1, 2, 3, 4, 5};
	struct pcapng_packet packet = {
		.interface = 2,
		.time = 0x179abcdef0123456,
		.length = 9,
		.octets = VIEW(octets),
		.sent = true,
		.comment = "hi",
	};
	struct builder b = begin();

	(void)state;
	pcapng_packet(&b, &packet);
	expect(&b, expected, sizeof(expected));
	/* the other direction differs in the flag, and nowhere else */
	b = begin();
	packet.sent = false;
	pcapng_packet(&b, &packet);
	assert_int_equal(room[43], 1);
	room[43] = 2;
	expect(&b, expected, sizeof(expected));
}

static void test_statistics(void **state)
{
	static const uint8_t expected[] = {
		0, 0, 0, 5, 0, 0, 0, 64, /* type, length */
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, /* interface, time */
		0, 6, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2,
		0, 7, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2,
		0, 8, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0,
		0, 0, 0, 0, 0, 0, 0, 64,
	};
	struct pcapng_counts counts = {258, 2, 256}, read = {0};
	struct builder b = begin();

	(void)state;
	pcapng_statistics(&b, 7, &counts);
	expect(&b, expected, sizeof(expected));
	assert_int_equal(pcapng_read_statistics(builder_view(&b), &read), 0);
	assert_memory_equal(&read, &counts, sizeof(read));
}

static void test_what_is_no_statistics(void **state)
{
	struct pcapng_counts counts = {1, 2, 3}, read = {4, 5, 6};
	struct builder b = begin();

	(void)state;
	pcapng_statistics(&b, 7, &counts);
	assert_int_equal(pcapng_read_statistics(view_of(room, 30), &read),
			 -EBADMSG);
	assert_int_equal(pcapng_read_statistics(view_of(room, 10), &read),
			 -EBADMSG);
	room[3] = 6;
	assert_int_equal(pcapng_read_statistics(builder_view(&b), &read),
			 -EBADMSG);
	assert_int_equal(read.kept, 6);
}

static void test_long_comment_is_cut(void **state)
{
	char comment[PCAPNG_TEXT_MAX + 50];
	struct pcapng_packet packet = {.octets = {room, 0}, .comment = comment};
	struct builder b = begin();

	(void)state;
	memset(comment, 'x', sizeof(comment) - 1);
	comment[sizeof(comment) - 1] = '\0';
	pcapng_packet(&b, &packet);
	assert_int_equal(b.len, 28 + 8 + 4 + PCAPNG_TEXT_MAX + 4 + 4);
	assert_true(b.len <= PCAPNG_BLOCK_MORE);
}

static void test_no_room(void **state)
{
	uint8_t small[30];
	struct builder b = builder_on(small, sizeof(small));

	(void)state;
	pcapng_interface(&b, "eth0", 9216);
	assert_true(b.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_section),
		cmocka_unit_test(test_interface),
		cmocka_unit_test(test_packet),
		cmocka_unit_test(test_statistics),
		cmocka_unit_test(test_what_is_no_statistics),
		cmocka_unit_test(test_long_comment_is_cut),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
