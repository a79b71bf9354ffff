/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPPoE: frames read and built octet by octet, tags, and what must be answered
 * with silence.
 */
#include "pppoe_octets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Reads a frame that stays in *octets, with 12 octets in front of `text`. */
static int frame_read(struct octets *octets, const char *text,
		      struct vlan_tag stripped, struct pppoe_frame *frame)
{
	*octets = hex(text);
	return pppoe_read(view(octets), stripped, frame);
}

/* ---- frames -------------------------------------------------------------- */

static void test_read_discovery(void **state)
{
	struct pppoe_frame frame;
	struct octets octets;

	(void)state;
	/* Ethernet padding behind LENGTH is not payload */
	assert_int_equal(frame_read(&octets,
				    TO_ALL FROM_CLIENT
				    "8863 11 09 0000 0004 01010000 0000000000",
				    (struct vlan_tag){0}, &frame),
			 0);
	assert_memory_equal(frame.source, client.mac, 6);
	assert_int_equal(frame.destination[0], 0xFF);
	assert_int_equal(frame.vlans, 0);
	assert_int_equal(frame.ethertype, ETHER_PPPOE_DISCOVERY);
	assert_int_equal(frame.code, PPPOE_PADI);
	assert_int_equal(frame.session, 0);
	assert_octets(frame.payload, "01010000");
}

static void test_read_session(void **state)
{
	struct pppoe_frame frame;
	struct octets octets;

	(void)state;
	assert_int_equal(frame_read(&octets,
				    TO_AC FROM_CLIENT
				    "8864 1100 1234 0006 c021 0901 0004",
				    (struct vlan_tag){0}, &frame),
			 0);
	assert_int_equal(frame.code, PPPOE_SESSION);
	assert_int_equal(frame.session, 0x1234);
	assert_octets(frame.payload, "c02109010004");
}

static const struct {
	const char *tags; /* before the EtherType of PPPoE */
	struct vlan_tag stripped;
	uint8_t vlans;
	uint16_t vlan[2];
	uint16_t outer_type;
} vlan_rows[] = {
	{"", {0}, 0, {0, 0}, 0},
	{"8100 0064", {0}, 1, {100, 0}, ETHER_VLAN},
	{"88a8 e064", {0}, 1, {100, 0}, ETHER_QINQ}, /* priority 7 */
	{"", {ETHER_VLAN, 0x2064}, 1, {100, 0}, ETHER_VLAN},
	{"", {ETHER_QINQ, 0x2064}, 1, {100, 0}, ETHER_QINQ},
	{"8100 6000", {0}, 0, {0, 0}, 0}, /* priority only: untagged */
	{"", {ETHER_VLAN, 0}, 0, {0, 0}, 0},
	{"88a8 0064 8100 00c8", {0}, 2, {100, 200}, ETHER_QINQ},
	{"8100 0064 8100 00c8", {0}, 2, {100, 200}, ETHER_VLAN},
	{"8100 00c8", {ETHER_QINQ, 100}, 2, {100, 200}, ETHER_QINQ},
	{"8100 00c8", {ETHER_VLAN, 100}, 2, {100, 200}, ETHER_VLAN},
	{"88a8 0000 8100 00c8", {0}, 1, {200, 0}, ETHER_VLAN},
	{"88a8 0064 8100 e000 8100 00c8", {0}, 2, {100, 200}, ETHER_QINQ},
};

static void test_read_vlans(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vlan_rows) / sizeof(vlan_rows[0]); i++) {
		struct pppoe_frame frame;
		struct octets octets;
		char text[256];

		snprintf(text, sizeof(text),
			 TO_ALL FROM_CLIENT "%s 8863 1109 0000 0004 01010000",
			 vlan_rows[i].tags);
		assert_int_equal(frame_read(&octets, text,
					    vlan_rows[i].stripped, &frame),
				 0);
		assert_int_equal(frame.vlans, vlan_rows[i].vlans);
		assert_memory_equal(frame.vlan, vlan_rows[i].vlan,
				    sizeof(frame.vlan));
		assert_int_equal(frame.outer_type, vlan_rows[i].outer_type);
	}
}

static const char *const bad_frames[] = {
	"",
	TO_ALL FROM_CLIENT,
	TO_ALL FROM_CLIENT "8863 1109 0000 00",
	TO_ALL FROM_CLIENT "0800 1109 0000 0004 01010000",
	TO_ALL FROM_CLIENT "8100 0064",
	TO_ALL FROM_CLIENT "8100 0064 8100 0065 8100 0066 8863 1109 0000 0000",
	TO_ALL FROM_CLIENT "88a8 0064 88a8 0065 8863 1109 0000 0000",
	TO_ALL FROM_CLIENT
	"8100 0000 8100 0000 8100 0000 8100 0000 8863 1109 0000 0000",
	/* version and type; a code in a session frame */
	TO_ALL FROM_CLIENT "8863 1209 0000 0004 01010000",
	TO_ALL FROM_CLIENT "8863 2109 0000 0004 01010000",
	TO_AC FROM_CLIENT "8864 1109 1234 0006 c021 0901 0004",
	TO_AC FROM_CLIENT "8863 1100 1234 0006 c021 0901 0004",
	/* LENGTH beyond the frame */
	TO_AC FROM_CLIENT "8864 1100 1234 0007 c021 0901 0004",
	/* a group as sender */
	TO_ALL "030000000001 8863 1109 0000 0004 01010000",
	TO_ALL TO_ALL "8863 1109 0000 0004 01010000",
};

static void test_read_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_frames) / sizeof(bad_frames[0]);
	     i++) {
		struct pppoe_frame frame = {.code = 0xEE};
		struct octets octets;

		if (frame_read(&octets, bad_frames[i], (struct vlan_tag){0},
			       &frame) != -EBADMSG)
			fail_msg("accepted: %s", bad_frames[i]);
		assert_int_equal(frame.code, 0xEE);
	}
}

/* A third tag counts also when the kernel took the first. */
static void test_read_stripped_third(void **state)
{
	struct pppoe_frame frame;
	struct octets octets;

	(void)state;
	assert_int_equal(
		frame_read(&octets,
			   TO_ALL FROM_CLIENT
			   "8100 0064 8100 0065 8863 1109 0000 0004 01010000",
			   (struct vlan_tag){ETHER_VLAN, 5}, &frame),
		-EBADMSG);
}

/* Every beginning of a good frame is read without touching what follows. */
static void test_read_cut(void **state)
{
	struct octets whole =
		hex(TO_ALL FROM_CLIENT
		    "88a8 0064 8100 00c8 8863 1109 0000 0004 01010000");
	struct pppoe_frame frame;

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		uint8_t *exact = malloc(len ? len : 1);

		memcpy(exact, whole.data, len);
		assert_int_equal(pppoe_read(view_of(exact, len),
					    (struct vlan_tag){0}, &frame),
				 -EBADMSG);
		free(exact);
	}
	assert_int_equal(pppoe_read(view(&whole), (struct vlan_tag){0}, &frame),
			 0);
}

static void test_build_session(void **state)
{
	static const struct pppoe_client tagged[] = {
		{.mac = {2, 0, 0, 0, 0, 1}},
		{.mac = {2, 0, 0, 0, 0, 1},
		 .vlans = 1,
		 .vlan = {100},
		 .outer_type = ETHER_VLAN},
		{.mac = {2, 0, 0, 0, 0, 1},
		 .vlans = 2,
		 .vlan = {100, 200},
		 .outer_type = ETHER_QINQ},
		{.mac = {2, 0, 0, 0, 0, 1},
		 .vlans = 2,
		 .vlan = {100, 200},
		 .outer_type = ETHER_VLAN},
	};
	static const char *const right[] = {
		FROM_CLIENT TO_AC "8864 1100 1234 0004 c021 0901",
		FROM_CLIENT TO_AC "8100 c064 8864 1100 1234 0004 c021 0901",
		FROM_CLIENT TO_AC
		"88a8 c064 8100 c0c8 8864 1100 1234 0004 c021 0901",
		FROM_CLIENT TO_AC
		"8100 c064 8100 c0c8 8864 1100 1234 0004 c021 0901",
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		uint8_t room[64];
		struct builder b = builder_on(room, sizeof(room));
		size_t length_at;

		pppoe_begin(&b, &tagged[i], ac_mac, 6, ETHER_PPPOE_SESSION,
			    PPPOE_SESSION, 0x1234, &length_at);
		build_u32(&b, 0xC0210901);
		pppoe_end(&b, length_at);
		assert_octets(builder_view(&b), right[i]);
	}
}

static void test_build_full(void **state)
{
	uint8_t room[18];
	struct builder b = builder_on(room, sizeof(room));
	size_t length_at;

	(void)state;
	pppoe_begin(&b, &client, ac_mac, 6, ETHER_PPPOE_SESSION,
		    PPPOE_SESSION, 0x1234, &length_at);
	pppoe_end(&b, length_at);
	assert_true(b.full);
}

/* ---- tags ---------------------------------------------------------------- */

static void test_tags(void **state)
{
	struct octets octets = hex(PADI_TAGS);
	struct pppoe_tags tags;

	(void)state;
	/* the example's own LENGTH: 0x43 */
	assert_int_equal(octets.len, 0x43);
	assert_int_equal(pppoe_tags_read(view(&octets), &tags), 0);
	assert_true(tags.has_service && !tags.service.len);
	assert_octets(tags.host_uniq, "01020304");
	assert_true(tags.has_max_payload);
	assert_int_equal(tags.max_payload, 1500);
	assert_true(view_equal(tags.circuit_id, view_text("an1 eth 1/2:100")));
	assert_true(view_equal(tags.remote_id, view_text("cust7")));
	assert_false(tags.has_relay || tags.cookie.data);
}

static void test_tags_all(void **state)
{
	struct octets octets = hex("0101 0003 414243"
				   "0110 0002 aabb"
				   "0104 0003 010203"
				   "0103 0000"
				   "0199 0001 00" /* unknown */
				   "0105 0004 00000009" /* another vendor's */
				   "0120 0003 05dc00" /* wrong length */
				   "0000 0000"
				   "ff"); /* behind the end of the list */
	struct pppoe_tags tags;

	(void)state;
	assert_int_equal(pppoe_tags_read(view(&octets), &tags), 0);
	assert_true(view_equal(tags.service, view_text("ABC")));
	assert_octets(tags.relay, "aabb");
	assert_octets(tags.cookie, "010203");
	assert_true(tags.has_host_uniq && !tags.host_uniq.len);
	assert_false(tags.has_max_payload);
	assert_int_equal(tags.circuit_id.len + tags.remote_id.len, 0);
}

static void test_tags_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_tags) / sizeof(bad_tags[0]); i++) {
		struct octets octets = hex(bad_tags[i]);
		struct pppoe_tags tags;

		if (pppoe_tags_read(view(&octets), &tags) != -EBADMSG)
			fail_msg("accepted: %s", bad_tags[i]);
	}
}

/* The vendor's tag is not believed, the client is served. */
static void test_tags_line_overrun(void **state)
{
	static const char *const lines[] = {
		"0101 0000 0105 0008 00000de9 0103 6162",
		"0101 0000 0105 0009 00000de9 0102 6162 02",
		"0101 0000 0105 0003 00000d",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct octets octets = hex(lines[i]);
		struct pppoe_tags tags;

		assert_int_equal(pppoe_tags_read(view(&octets), &tags), 0);
		assert_int_equal(tags.circuit_id.len + tags.remote_id.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_discovery),
		cmocka_unit_test(test_read_session),
		cmocka_unit_test(test_read_vlans),
		cmocka_unit_test(test_read_bad),
		cmocka_unit_test(test_read_stripped_third),
		cmocka_unit_test(test_read_cut),
		cmocka_unit_test(test_build_session),
		cmocka_unit_test(test_build_full),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_tags_all),
		cmocka_unit_test(test_tags_bad),
		cmocka_unit_test(test_tags_line_overrun),
	};

	return cmocka_run_group_tests_name("pppoe", tests, NULL, NULL);
}
