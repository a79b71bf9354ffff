/* SPDX-License-Identifier: GPL-2.0-only */
/* The access concentrator's answers to discovery, octet by octet. */
#include "pppoe_octets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct instant now = {1000000};

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

/* Malformed ones, and a service error only for who has a cookie. */
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

	return cmocka_run_group_tests_name("pppoe_ac", tests, NULL, NULL);
}
