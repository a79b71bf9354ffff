/* SPDX-License-Identifier: GPL-2.0-only */
/* L2TP headers: every legal form of data, and what must be dropped. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp_pair.h"

static const uint8_t frame[] = {0xff, 0x03, 0x00, 0x21, 0x45};

/* A data message with the bits of flags and a pad of 0xEE octets. */
static struct view data_build(uint8_t *octets, size_t cap, uint16_t flags,
			      uint16_t pad)
{
	struct builder b = builder_on(octets, cap);

	build_u16(&b, flags | L2TP_VERSION);
	if (flags & L2TP_FLAG_LENGTH)
		build_u16(&b, 0);
	build_u16(&b, 0x5678);
	build_u16(&b, 0x0b02);
	if (flags & L2TP_FLAG_SEQUENCE)
		build_u32(&b, 0x89010000);
	if (flags & L2TP_FLAG_OFFSET) {
		build_u16(&b, pad);
		for (uint16_t i = 0; i < pad; i++)
			build_u8(&b, 0xee);
	}
	build_view(&b, VIEW(frame));
	if (flags & L2TP_FLAG_LENGTH)
		build_patch_u16(&b, 2, (uint16_t)b.len);
	assert_false(b.full);
	return builder_view(&b);
}

static void assert_frame(struct view datagram, uint16_t flags)
{
	bool numbered = flags & L2TP_FLAG_SEQUENCE;
	struct l2tp_data data;

	assert_int_equal(l2tp_data_read(datagram, 16, &data), 0);
	assert_int_equal(data.numbered, numbered);
	assert_int_equal(data.ns, numbered ? 0x8901 : 0);
	assert_int_equal(data.tunnel, 0x5678);
	assert_int_equal(data.session, 0x0b02);
	assert_true(view_equal(data.payload, VIEW(frame)));
}

static void test_data_forms(void **state)
{
	const uint16_t pads[] = {0, 1, 3, 15, 16};
	uint8_t octets[64];

	(void)state;
	for (unsigned int form = 0; form < 16; form++) {
		uint16_t flags = (form & 1 ? L2TP_FLAG_LENGTH : 0) |
				 (form & 2 ? L2TP_FLAG_SEQUENCE : 0) |
				 (form & 4 ? L2TP_FLAG_OFFSET : 0) |
				 (form & 8 ? L2TP_FLAG_PRIORITY : 0);

		for (size_t i = 0; i < sizeof(pads) / sizeof(pads[0]); i++)
			assert_frame(data_build(octets, sizeof(octets), flags,
						pads[i]),
				     flags);
	}
}

static void test_data_pad_limit(void **state)
{
	uint8_t octets[64];
	struct l2tp_data data;
	struct view v =
		data_build(octets, sizeof(octets), L2TP_FLAG_OFFSET, 17);

	(void)state;
	assert_int_equal(l2tp_data_read(v, 16, &data), -E2BIG);
	assert_int_equal(l2tp_data_read(v, 17, &data), 0);
	/* a pad that runs past the packet is malformed, whatever the limit */
	v.len -= sizeof(frame);
	assert_int_equal(l2tp_data_read(v, 16, &data), -EBADMSG);
	v.len -= 1;
	assert_int_equal(l2tp_data_read(v, 16, &data), -EBADMSG);
}

/* Rows of the list of negative inputs. */
static void test_data_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"00",
		"0002 5678 0b",
		"0002 5678 0000 ff03 c021 0901 0008 0000 0000", /* 41 */
		"0002 0000 0b02 ff03 c021",
		"0202 5678 0b02 ffff ff03 c021", /* 42 */
		"4002 0007 5678 0b02 ff03 c021", /* 43 */
		"4002 0008 5678 0b02",		 /* 44 */
		"0002 5678 0b02",
		"0802 5678 0b02 0000",
		"0202 5678 0b02 00",
		"4002 0100 5678 0b02 ff03 c021",      /* longer than it is */
		"4802 0009 5678 0b02 0000 0000 ff03", /* cut inside of Ns */
		"0001 5678 0b02 ff03 c021",
		"0003 5678 0b02 ff03 c021",
		"c802 0011 5678 0b02 0000 0000 ff03 0021 45", /* control */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct datagram d = from_hex(bad[i]);
		struct l2tp_data data;

		assert_int_equal(l2tp_data_read(datagram_view(&d), 16, &data),
				 -EBADMSG);
	}
}

/* 46: what lies behind Length is not ours. */
static void test_data_trailer(void **state)
{
	struct datagram d = from_hex("4002 000d 5678 0b02 ff03 0021 45"
				     "dead beef dead beef dead");

	(void)state;
	assert_frame(datagram_view(&d), 0);
}

static void test_data_build(void **state)
{
	static const struct {
		bool length_bit, sequence_bit;
		const char *want;
	} rows[] = {
		{true, false, "4002 000d 5678 0b02 ff03 0021 45"},
		{false, false, "0002 5678 0b02 ff03 0021 45"},
		{false, true, "0802 5678 0b02 0007 0000 ff03 0021 45"},
		{true, true, "4802 0011 5678 0b02 0007 0000 ff03 0021 45"},
	};
	struct l2tp_data_form form = {0x5678, 0x0b02, .ns = 7};
	uint8_t octets[17];
	struct builder b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		b = builder_on(octets, sizeof(octets));
		form.length_bit = rows[i].length_bit;
		form.numbered = rows[i].sequence_bit;
		assert_int_equal(l2tp_data_build(&b, &form, VIEW(frame)), 0);
		assert_octets(builder_view(&b), rows[i].want);
	}
	b = builder_on(octets, 16);
	assert_int_equal(l2tp_data_build(&b, &form, VIEW(frame)), -EMSGSIZE);
}

static void test_control_flags(void **state)
{
	(void)state;
	/* T, L and S must be there and O must not; all else is ignored */
	for (uint32_t flags = 0; flags < 0x10000; flags++) {
		uint8_t octets[12] = {(uint8_t)(flags >> 8),
				      (uint8_t)flags,
				      0,
				      12,
				      1,
				      2,
				      3,
				      4,
				      5,
				      6,
				      7,
				      8};
		bool good = (flags & 0xca0f) == 0xc802;
		struct l2tp_control c;

		assert_int_equal(l2tp_control_read(VIEW(octets), &c),
				 good ? 0 : -EBADMSG);
		if (!good)
			continue;
		assert_int_equal(c.tunnel, 0x0102);
		assert_int_equal(c.session, 0x0304);
		assert_int_equal(c.ns, 0x0506);
		assert_int_equal(c.nr, 0x0708);
		assert_int_equal(c.body.len, 0);
	}
}

static void test_control_build(void **state)
{
	uint8_t octets[20];
	struct builder b = builder_on(octets, sizeof(octets));
	struct datagram hello = from_hex("8008 0000 0000 0006");
	struct l2tp_control control = {0x1234, 0, 2, 4, datagram_view(&hello)};

	(void)state;
	assert_int_equal(l2tp_control_build(&b, &control), 0);
	assert_octets(builder_view(&b),
		      "c802 0014 1234 0000 0002 0004 8008 0000 0000 0006");
	assert_int_equal(l2tp_control_build(&b, &control), -EMSGSIZE);
	control.body.len = 65536;
	b = builder_on(octets, sizeof(octets));
	assert_int_equal(l2tp_control_build(&b, &control), -EMSGSIZE);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(l2tp_message_name(L2TP_SCCRQ), "SCCRQ");
	assert_string_equal(l2tp_message_name(L2TP_SLI), "SLI");
	assert_string_equal(l2tp_message_name(L2TP_OCCN), "OCCN");
	assert_string_equal(l2tp_message_name(0), "?");
	assert_string_equal(l2tp_message_name(5), "?");
	assert_string_equal(l2tp_message_name(13), "?");
	assert_string_equal(l2tp_message_name(99), "?");
	assert_string_equal(l2tp_message_name(65535), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_forms),
		cmocka_unit_test(test_data_pad_limit),
		cmocka_unit_test(test_data_bad),
		cmocka_unit_test(test_data_trailer),
		cmocka_unit_test(test_data_build),
		cmocka_unit_test(test_control_flags),
		cmocka_unit_test(test_control_build),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
