/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPPoE: frames read and built octet by octet, tags, the concentrator's
 * answers, and what must be answered with silence (protocols.md 9, rows 53 to
 * 60).  Hexadecimal text stands for octets; blanks and | are for the eye.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/pppoe.h"

static const uint8_t ac_mac[6] = {0x02, 0, 0, 0, 0, 0xAC};
static const struct pppoe_client client = {
	.ifindex = 7,
	.mac = {0x02, 0, 0, 0, 0, 0x01},
};
static const struct instant now = {1000000};

#define FROM_CLIENT "020000000001"
#define TO_AC	    "0200000000ac"
#define TO_ALL	    "ffffffffffff"

/* The client and the access node of protocols.md 4.5. */
#define LINE_TAG                                                               \
	"0105 002d 00000de9 010f 616e3120657468 20312f323a313030"              \
	"0205 6375737437 8104 00002710 8204 0000c350 9003 010200"
#define PADI_TAGS "0101 0000 | 0103 0004 01020304 | 0120 0002 05dc" LINE_TAG

struct octets {
	uint8_t data[2048];
	size_t len;
};

static struct octets hex(const char *text)
{
	struct octets out = {.len = 0};
	char pair[3] = "";

	for (; *text; text++) {
		if (!isxdigit((unsigned char)*text))
			continue;
		pair[0] = text[0];
		pair[1] = *++text;
		out.data[out.len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return out;
}

static struct view view(const struct octets *octets)
{
	return view_of(octets->data, octets->len);
}

static void assert_octets(struct view got, const char *expected)
{
	struct octets right = hex(expected);

	assert_int_equal(got.len, right.len);
	assert_memory_equal(got.data, right.data, right.len);
}

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
	/* row 56: version and type; a code in a session frame */
	TO_ALL FROM_CLIENT "8863 1209 0000 0004 01010000",
	TO_ALL FROM_CLIENT "8863 2109 0000 0004 01010000",
	TO_AC FROM_CLIENT "8864 1109 1234 0006 c021 0901 0004",
	TO_AC FROM_CLIENT "8863 1100 1234 0006 c021 0901 0004",
	/* row 57: LENGTH beyond the frame */
	TO_AC FROM_CLIENT "8864 1100 1234 0007 c021 0901 0004",
	/* row 59: a group as sender */
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

static const char *const bad_tags[] = {
	"",
	"0103 0000", /* no Service-Name */
	"0101 0000 0101 0000", /* row 53: two of them */
	"0101 0000 0101 0001 41",
	"0101 0001", /* row 54: overruns */
	"0101 0000 0103 0004 010203",
	"0101 0000 01",
	"0101 0000 0103 00",
	"0000 0000 0101 0000", /* the list ends before it */
};

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

/* Row 60: the vendor's tag is not believed, the client is served. */
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

/* ---- the concentrator ---------------------------------------------------- */

static struct pppoe_ac concentrator(void)
{
	struct pppoe_ac ac = {.name = "bng", .max_payload = 1492};

	for (size_t i = 0; i < sizeof(ac.cookie_key); i++)
		ac.cookie_key[i] = (uint8_t)i;
	return ac;
}

/* A discovery frame of the client with these tags. */
static struct pppoe_frame discovery(enum pppoe_code code,
				    const struct octets *tags)
{
	struct pppoe_frame frame = {
		.ethertype = ETHER_PPPOE_DISCOVERY,
		.code = (uint8_t)code,
		.payload = view(tags),
	};

	memcpy(frame.source, client.mac, 6);
	if (code == PPPOE_PADI)
		memset(frame.destination, 0xFF, 6);
	else
		memcpy(frame.destination, ac_mac, 6);
	return frame;
}

struct answer {
	uint8_t room[1600];
	struct builder b;
	int rc;
};

static void padi(struct answer *a, const struct pppoe_ac *ac, const char *text)
{
	struct octets tags = hex(text);
	struct pppoe_frame frame = discovery(PPPOE_PADI, &tags);

	a->b = builder_on(a->room, sizeof(a->room));
	a->rc = pppoe_ac_padi(ac, &frame, &client, ac_mac, &a->b, now);
}

/* Known answer: the time, 1000000 ms, and of HMAC-SHA256 of 020000000001 00000007
 * 00 0000 0000 00000000000f4240 under 000102..1f the first 12 octets. */
#define COOKIE "000f424039a98964d79b724830fa160c"

static void test_pado(void **state)
{
	struct pppoe_ac ac = concentrator();
	struct answer a;

	(void)state;
	padi(&a, &ac, PADI_TAGS);
	assert_int_equal(a.rc, 0);
	/* no access-line tag, and no PPP-Max-Payload below 1492 */
	assert_octets(builder_view(&a.b),
		      FROM_CLIENT TO_AC "8863 1107 0000 0027"
					"0101 0000 0102 0003 626e67"
					"0104 0010" COOKIE
					"0103 0004 01020304");
}

static void test_pado_echoes(void **state)
{
	struct pppoe_ac ac = concentrator();
	struct answer a;

	(void)state;
	ac.max_payload = 1500;
	padi(&a, &ac,
	     "0110 0002 aabb 0103 0000 0120 0002 05dc 0101 0001 41");
	assert_int_equal(a.rc, 0);
	assert_octets(builder_view(&a.b),
		      FROM_CLIENT TO_AC "8863 1107 0000 0030"
					"0101 0001 41 0102 0003 626e67"
					"0104 0010" COOKIE
					"0103 0000 0110 0002 aabb"
					"0120 0002 05dc");
	/* 1492 and less is what everybody has anyway */
	padi(&a, &ac, "0101 0000 0120 0002 05d4");
	assert_octets(builder_view(&a.b),
		      FROM_CLIENT TO_AC "8863 1107 0000 001f"
					"0101 0000 0102 0003 626e67"
					"0104 0010" COOKIE);
}

static void test_services(void **state)
{
	struct pppoe_ac ac = concentrator();
	struct answer a;

	(void)state;
	strcpy(ac.services[0], "gold");
	strcpy(ac.services[1], "tin");
	ac.service_count = 2;
	padi(&a, &ac, "0101 0003 74696e");
	assert_int_equal(a.rc, 0);
	padi(&a, &ac, "0101 0002 7469");
	assert_int_equal(a.rc, -ENOENT);
	assert_int_equal(a.b.len, 0);
	/* who asks for any service is told what there is */
	padi(&a, &ac, "0101 0000");
	assert_int_equal(a.rc, 0);
	assert_octets(builder_view(&a.b),
		      FROM_CLIENT TO_AC
		      "8863 1107 0000 002e 0101 0000"
		      "0101 0004 676f6c64 0101 0003 74696e"
		      "0102 0003 626e67 0104 0010" COOKIE);
	ac.any_service = true;
	padi(&a, &ac, "0101 0002 7469");
	assert_int_equal(a.rc, 0);
}

static void test_padi_bad(void **state)
{
	struct pppoe_ac ac = concentrator();
	struct octets tags = hex("0101 0000");
	struct pppoe_frame frame;
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad_tags) / sizeof(bad_tags[0]); i++) {
		padi(&a, &ac, bad_tags[i]);
		assert_int_equal(a.rc, -EBADMSG);
		assert_int_equal(a.b.len, 0);
	}
	frame = discovery(PPPOE_PADI, &tags);
	frame.session = 1;
	assert_int_equal(
		pppoe_ac_padi(&ac, &frame, &client, ac_mac, &a.b, now),
		-EBADMSG);
	frame = discovery(PPPOE_PADR, &tags);
	assert_int_equal(
		pppoe_ac_padi(&ac, &frame, &client, ac_mac, &a.b, now),
		-EBADMSG);
	/* to another concentrator */
	frame = discovery(PPPOE_PADI, &tags);
	memcpy(frame.destination, client.mac, 6);
	assert_int_equal(
		pppoe_ac_padi(&ac, &frame, &client, ac_mac, &a.b, now),
		-EBADMSG);
	assert_int_equal(a.b.len, 0);
}

/* Replies fit 1500 octets, or there are none. */
static void test_pado_too_long(void **state)
{
	struct pppoe_ac ac = concentrator();

	(void)state;
	/* 6 + 4 + (4 + 3) + (4 + 16) + 4 leaves 1459 octets to echo */
	for (size_t len = 1458; len < 1462; len++) {
		struct octets tags = hex("0101 0000 0103 0000");
		struct pppoe_frame frame;
		struct answer a;

		tags.data[6] = (uint8_t)(len >> 8);
		tags.data[7] = (uint8_t)len;
		memset(tags.data + 8, 'x', len);
		tags.len = 8 + len;
		frame = discovery(PPPOE_PADI, &tags);
		a.b = builder_on(a.room, sizeof(a.room));
		a.rc = pppoe_ac_padi(&ac, &frame, &client, ac_mac, &a.b, now);
		assert_int_equal(a.rc, len <= 1459 ? 0 : -EBADMSG);
		assert_int_equal(a.b.len, len <= 1459 ? 14 + 41 + len : 0);
	}
}

struct request {
	struct pppoe_ac ac;
	struct pppoe_client from;
	struct instant at;
	struct pppoe_tags tags;
	struct octets payload;
	struct answer a;
};

static struct request *request_new(void)
{
	struct request *q = calloc(1, sizeof(*q));

	q->ac = concentrator();
	q->from = client;
	q->at = now;
	return q;
}

static int padr(struct request *q, const char *text)
{
	struct pppoe_frame frame;

	q->payload = hex(text);
	frame = discovery(PPPOE_PADR, &q->payload);
	q->a.b = builder_on(q->a.room, sizeof(q->a.room));
	return pppoe_ac_padr(&q->ac, &frame, &q->from, ac_mac, &q->tags,
			     &q->a.b, q->at);
}

#define PADR_TAGS "0101 0001 41 0103 0002 c0de 0110 0001 77 0104 0010" COOKIE

static void test_padr_and_pads(void **state)
{
	struct request *q = request_new();

	(void)state;
	q->ac.max_payload = 1500;
	q->ac.priority = 6;
	assert_int_equal(padr(q, PADR_TAGS "0120 0002 05dc" LINE_TAG), 0);
	assert_int_equal(q->a.b.len, 0);
	assert_true(view_equal(q->tags.remote_id, view_text("cust7")));
	q->from.vlans = 1;
	q->from.vlan[0] = 100;
	q->from.outer_type = ETHER_VLAN;
	pppoe_ac_pads(&q->ac, &q->tags, &q->from, ac_mac, 0x1234, &q->a.b);
	assert_octets(builder_view(&q->a.b),
		      FROM_CLIENT TO_AC "8100 c064 8863 1165 1234 0016"
					"0101 0001 41 0103 0002 c0de"
					"0110 0001 77 0120 0002 05dc");
	free(q);
}

static void test_pads_errors(void **state)
{
	struct request *q = request_new();

	(void)state;
	assert_int_equal(padr(q, PADR_TAGS), 0);
	pppoe_ac_pads(&q->ac, &q->tags, &q->from, ac_mac, 0, &q->a.b);
	assert_octets(builder_view(&q->a.b),
		      FROM_CLIENT TO_AC "8863 1165 0000 001b"
					"0202 000c 6e6f207265736f7572636573"
					"0103 0002 c0de 0110 0001 77");
	strcpy(q->ac.services[0], "gold");
	q->ac.service_count = 1;
	assert_int_equal(padr(q, PADR_TAGS), -ENOENT);
	assert_octets(builder_view(&q->a.b),
		      FROM_CLIENT TO_AC
		      "8863 1165 0000 001e"
		      "0201 000f 756e6b6e6f776e2073657276696365"
		      "0103 0002 c0de 0110 0001 77");
	free(q);
}

/* The cookie of another MAC, port, VLAN or time is none. */
static void test_cookie(void **state)
{
	struct request *q = request_new();

	(void)state;
	assert_int_equal(padr(q, PADR_TAGS), 0);
	q->at.ms = now.ms + 60000; /* its life */
	assert_int_equal(padr(q, PADR_TAGS), 0);
	q->at.ms++;
	assert_int_equal(padr(q, PADR_TAGS), -EACCES);
	q->at.ms = now.ms - 1; /* not given yet */
	assert_int_equal(padr(q, PADR_TAGS), -EACCES);
	q->at.ms = now.ms + (1ull << 32); /* the same lower half */
	assert_int_equal(padr(q, PADR_TAGS), -EACCES);
	q->at = now;
	q->from.mac[5]++;
	assert_int_equal(padr(q, PADR_TAGS), -EACCES);
	q->from = client;
	q->from.ifindex++;
	assert_int_equal(padr(q, PADR_TAGS), -EACCES);
	q->from = client;
	q->from.vlans = 1;
	q->from.vlan[0] = 5;
	assert_int_equal(padr(q, PADR_TAGS), -EACCES);
	q->from = client;
	q->ac.cookie_key[31]++;
	assert_int_equal(padr(q, PADR_TAGS), -EACCES);
	assert_int_equal(q->a.b.len, 0);
	free(q);
}

/* Of each PADO another one: a repeated PADR is told from a redial by it. */
static void test_cookie_is_new(void **state)
{
	struct pppoe_ac ac = concentrator();
	struct pppoe_frame frame;
	struct octets tags = hex(PADI_TAGS);
	struct answer one, other;

	(void)state;
	frame = discovery(PPPOE_PADI, &tags);
	padi(&one, &ac, PADI_TAGS);
	other.b = builder_on(other.room, sizeof(other.room));
	assert_int_equal(pppoe_ac_padi(&ac, &frame, &client, ac_mac, &other.b,
				       (struct instant){now.ms + 1}),
			 0);
	assert_int_equal(one.b.len, other.b.len);
	assert_false(view_equal(builder_view(&one.b), builder_view(&other.b)));
}

/* Rows 53 to 55, and a service error only for who has a cookie. */
static void test_padr_bad(void **state)
{
	struct request *q = request_new();
	struct pppoe_frame frame;

	(void)state;
	assert_int_equal(padr(q, "0101 0000"), -EACCES);
	assert_int_equal(padr(q, "0101 0000 0104 0000"), -EACCES);
	assert_int_equal(padr(q, "0101 0000 0104 0001 31"), -EACCES);
	assert_int_equal(padr(q, "0101 0000 0104 0011" COOKIE "00"), -EACCES);
	assert_int_equal(
		padr(q, "0101 0000 0104 0010 00000000000000000000000000000000"),
		-EACCES);
	assert_int_equal(padr(q, "0101 0000" PADR_TAGS), -EBADMSG);
	assert_int_equal(padr(q, PADR_TAGS "0103 0009 00"), -EBADMSG);
	strcpy(q->ac.services[0], "gold");
	q->ac.service_count = 1;
	assert_int_equal(padr(q, "0101 0001 41"), -EACCES);
	q->ac.service_count = 0;

	q->payload = hex(PADR_TAGS);
	frame = discovery(PPPOE_PADR, &q->payload);
	memset(frame.destination, 0xFF, 6);
	assert_int_equal(pppoe_ac_padr(&q->ac, &frame, &client, ac_mac,
				       &q->tags, &q->a.b, now),
			 -EBADMSG);
	frame = discovery(PPPOE_PADR, &q->payload);
	frame.session = 0x1234;
	assert_int_equal(pppoe_ac_padr(&q->ac, &frame, &client, ac_mac,
				       &q->tags, &q->a.b, now),
			 -EBADMSG);
	frame = discovery(PPPOE_PADI, &q->payload);
	assert_int_equal(pppoe_ac_padr(&q->ac, &frame, &client, ac_mac,
				       &q->tags, &q->a.b, now),
			 -EBADMSG);
	assert_int_equal(q->a.b.len, 0);
	free(q);
}

/* The largest PADR: both answers still fit, since the cookie stays away. */
static void test_pads_largest(void **state)
{
	struct request *q = request_new();
	struct octets head = hex("0101 0000 0104 0010" COOKIE "0103 05b6");

	(void)state;
	memset(head.data + head.len, 'x', 0x5B6);
	head.len += 0x5B6;
	q->payload = head;
	assert_int_equal(head.len, 1490);
	assert_int_equal(pppoe_tags_read(view(&q->payload), &q->tags), 0);
	q->a.b = builder_on(q->a.room, sizeof(q->a.room));
	pppoe_ac_pads(&q->ac, &q->tags, &q->from, ac_mac, 1, &q->a.b);
	assert_int_equal(q->a.b.len, 14 + 6 + 4 + 4 + 0x5B6);
	q->a.b = builder_on(q->a.room, sizeof(q->a.room));
	pppoe_ac_pads(&q->ac, &q->tags, &q->from, ac_mac, 0, &q->a.b);
	assert_int_equal(q->a.b.len, 14 + 6 + 4 + 12 + 4 + 0x5B6);
	free(q);
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
		cmocka_unit_test(test_pado),
		cmocka_unit_test(test_pado_echoes),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_padi_bad),
		cmocka_unit_test(test_pado_too_long),
		cmocka_unit_test(test_padr_and_pads),
		cmocka_unit_test(test_pads_errors),
		cmocka_unit_test(test_cookie),
		cmocka_unit_test(test_cookie_is_new),
		cmocka_unit_test(test_padr_bad),
		cmocka_unit_test(test_pads_largest),
	};

	return cmocka_run_group_tests_name("pppoe", tests, NULL, NULL);
}
