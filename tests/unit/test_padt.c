/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PADT: what ends a session, and what answers a frame of a session that is
 * not there, octet by octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "proto/pppoe.h"

static const uint8_t ac_mac[6] = {0x02, 0, 0, 0, 0, 0xac};
static const struct pppoe_client client = {
	.ifindex = 7,
	.mac = {0x02, 0, 0, 0, 0, 0x01},
};

#define CLIENT "\x02\0\0\0\0\x01"
#define AC     "\x02\0\0\0\0\xac"
#define ALL    "\xff\xff\xff\xff\xff\xff"
#define OTHER  "\x02\0\0\0\0\xad"
#define NOBODY "\0\0\0\0\0\0"

/* The octets of a string, which hold zeros. */
#define OCTETS(text) {(const uint8_t *)(text), sizeof(text) - 1}

static void assert_octets(const struct builder *b, struct view wanted)
{
	assert_int_equal(b->len, wanted.len);
	assert_memory_equal(b->data, wanted.data, wanted.len);
}

static void test_padt(void **state)
{
	static const struct view bare =
		OCTETS(CLIENT AC "\x88\x63\x11\xa7\x12\x34\0\0");
	static const struct view bye =
		OCTETS(CLIENT AC "\x88\x63\x11\xa7\x12\x34\0\7\2\3\0\3" "bye");
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	pppoe_padt(&b, &client, ac_mac, 0x1234, "");
	assert_octets(&b, bare);
	b.len = 0;
	pppoe_padt(&b, &client, ac_mac, 0x1234, "bye");
	assert_octets(&b, bye);
}

#define SESSION "\x88\x64\x11\0\x12\x34\0\4\xc0\x21\x09\x01"
#define NO_ID	"\x88\x64\x11\0\0\0\0\4\xc0\x21\x09\x01"
#define PADT	"\x88\x63\x11\xa7\x12\x34\0\x13\2\3\0\x0fno such session"
#define TAGS	"\x88\xa8\0\x64\x81\0\0\xc8"

/* A frame and what answers it; no octets: nothing does. */
static const struct {
	struct view frame, reply;
} rows[] = {
	{OCTETS(AC CLIENT SESSION), OCTETS(CLIENT AC PADT)},
	{OCTETS(AC CLIENT "\x81\0\xe0\x64" SESSION),
	 OCTETS(CLIENT AC "\x81\0\0\x64" PADT)},
	{OCTETS(AC CLIENT TAGS SESSION), OCTETS(CLIENT AC TAGS PADT)},
	{OCTETS(AC CLIENT NO_ID), {0}},
	{OCTETS(AC CLIENT "\x88\x63\x11\xa7\x12\x34\0\0"), {0}},
	{OCTETS(ALL CLIENT SESSION), {0}},
	{OCTETS(OTHER CLIENT SESSION), {0}},
	{OCTETS(AC AC SESSION), {0}},
	{OCTETS(AC NOBODY SESSION), {0}},
};

static void test_no_session(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pppoe_frame frame;
		uint8_t room[64];
		struct builder b = builder_on(room, sizeof(room));

		assert_int_equal(pppoe_read(rows[i].frame,
					    (struct vlan_tag){0}, &frame),
				 0);
		assert_int_equal(pppoe_padt_unknown(&b, &frame, ac_mac),
				 rows[i].reply.len != 0);
		assert_octets(&b, rows[i].reply);
	}
}

/* Room for no answer is none. */
static void test_no_room(void **state)
{
	struct pppoe_frame frame;
	uint8_t room[20];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	assert_int_equal(pppoe_read(rows[0].frame, (struct vlan_tag){0},
				    &frame),
			 0);
	assert_false(pppoe_padt_unknown(&b, &frame, ac_mac));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_padt),
		cmocka_unit_test(test_no_session),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
