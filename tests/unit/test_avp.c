/* SPDX-License-Identifier: GPL-2.0-only */
/* AVPs: the vectors of RFC 2661's algorithms, lists good and bad, results. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp_pair.h"
#include "proto/incoming.h"
#include "proto/result.h"

#define SECRET "l2tpsecret"
#define VECTOR "a1b2c3d4e5f60718293a4b5c6d7e8f90"
#define ICCN   "8008 0000 0000 000c"
#define HIDDEN33 \
	"401e 0000 0021 4b1e5faafa7ac90a5d242ea47839c1cd9c67d209ebec1c01"

static uint8_t octets[4096];

static void read_list(const char *hex, const char *secret, struct avps *out)
{
	static struct datagram d; /* what *out points into */
	struct builder scratch = builder_on(octets, sizeof(octets));

	d = from_hex(hex);
	avps_read(datagram_view(&d), view_text(secret), &scratch, out);
}

static void test_hide(void **state)
{
	struct datagram vector = from_hex(VECTOR);
	const uint8_t padding[] = {0x11, 0x22, 0x33};
	const uint8_t tunnel[] = {0x12, 0x34};
	struct avp_hiding hiding = {view_text(SECRET), datagram_view(&vector),
				    VIEW(padding)};
	struct builder b = builder_on(octets, sizeof(octets));

	(void)state;
	avp_build(&b, AVP_RANDOM_VECTOR, hiding.vector);
	assert_octets(builder_view(&b), "8016 0000 0024" VECTOR);
	b = builder_on(octets, sizeof(octets));
	avp_build_hidden(&b, AVP_PROXY_AUTH_RESPONSE,
			 view_text("clientPass123456789"), &hiding);
	assert_octets(builder_view(&b), HIDDEN33);
	b = builder_on(octets, sizeof(octets));
	hiding.padding.len = 0;
	avp_build_hidden(&b, AVP_ASSIGNED_TUNNEL, VIEW(tunnel), &hiding);
	assert_octets(builder_view(&b), "c00a 0000 0009 163e96e7");
}

static void test_reveal(void **state)
{
	struct avps avps;

	(void)state;
	read_list(ICCN "8016 0000 0024" VECTOR HIDDEN33, SECRET, &avps);
	assert_int_equal(avps.problem.fault, AVP_FINE);
	assert_true(view_equal(avps.value[AVP_PROXY_AUTH_RESPONSE],
			       view_text("clientPass123456789")));
	read_list("8008 0000 0000 0001 8016 0000 0024" VECTOR
		  "c00a 0000 0009 163e96e7",
		  SECRET, &avps);
	assert_int_equal(avps_u16(&avps, AVP_ASSIGNED_TUNNEL), 0x1234);
}

/* The nearest vector before counts, and the one behind does not. */
static void test_reveal_vectors(void **state)
{
	struct avps avps;

	(void)state;
	read_list(ICCN "8008 0000 0024 ffff 8016 0000 0024" VECTOR HIDDEN33,
		  SECRET, &avps);
	assert_true(avps_has(&avps, AVP_PROXY_AUTH_RESPONSE));
	read_list(ICCN HIDDEN33 "8016 0000 0024" VECTOR, SECRET, &avps);
	assert_false(avps_has(&avps, AVP_PROXY_AUTH_RESPONSE));
	assert_true(avps.bad & AVP_BIT(AVP_PROXY_AUTH_RESPONSE));
	read_list(ICCN "8016 0000 0024" VECTOR HIDDEN33, "", &avps);
	assert_true(avps.bad & AVP_BIT(AVP_PROXY_AUTH_RESPONSE));
	read_list(ICCN "8016 0000 0024" VECTOR HIDDEN33, "wrong", &avps);
	assert_true(avps.bad & AVP_BIT(AVP_PROXY_AUTH_RESPONSE));
}

/* Which was left out first, and whether a secret is the reason. */
static void test_ignored_text(void **state)
{
	static const struct {
		const char *list;
		const char *secret;
		const char *text;
	} rows[] = {
		{ICCN, "", ""},
		{ICCN "0006 0000 00c8 0006 0009 0001", "",
		 "0 unusable and 2 other AVPs, the first is 0/200"},
		{ICCN "0007 0000 001a 01 0006 0009 0001", "",
		 "1 unusable and 1 other AVPs, the first is 0/26"},
		{ICCN "8008 0000 000e 0001 0007 0000 001a 01", "",
		 "1 unusable and 1 other AVPs, the first is 0/14"},
		{ICCN "800a 0000 0018 00000003 800a 0000 0018 00000004", "",
		 "0 unusable and 1 other AVPs, the first is 0/24"},
		{ICCN "8016 0000 0024" VECTOR HIDDEN33, SECRET, ""},
		{ICCN "8016 0000 0024" VECTOR HIDDEN33, "wrong",
		 "1 unusable and 0 other AVPs, the first is 0/33; hidden ones "
		 "do not decrypt, wrong secret?"},
		{ICCN "8016 0000 0024" VECTOR HIDDEN33, "",
		 "1 unusable and 0 other AVPs, the first is 0/33; hidden ones "
		 "need a secret"},
		{ICCN HIDDEN33, "wrong",
		 "1 unusable and 0 other AVPs, the first is 0/33"},
	};
	char text[AVPS_IGNORED_TEXT];
	struct avps avps;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_list(rows[i].list, rows[i].secret, &avps);
		assert_string_equal(avps_ignored_text(&avps, text),
				    rows[i].text);
	}
}

/* Well hidden, but without a vector, or where hiding is forbidden. */
static void test_reveal_only_what_may(void **state)
{
	const uint8_t window[] = {0, 16};
	struct datagram vector = from_hex(VECTOR);
	struct avp_hiding hiding = {.secret = view_text(SECRET)};
	uint8_t list[128];
	struct builder b = builder_on(list, sizeof(list));
	struct builder scratch = builder_on(octets, sizeof(octets));
	struct avps avps;

	(void)state;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_ICCN);
	avp_build_hidden(&b, AVP_PROXY_AUTH_NAME, view_text("me"), &hiding);
	avps_read(builder_view(&b), hiding.secret, &scratch, &avps);
	assert_true(avps.bad & AVP_BIT(AVP_PROXY_AUTH_NAME));

	b.len = 0;
	hiding.vector = datagram_view(&vector);
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_SCCRQ);
	avp_build(&b, AVP_RANDOM_VECTOR, hiding.vector);
	build_u16(&b, 0xc00a);
	build_u16(&b, 0);
	build_u16(&b, AVP_RECEIVE_WINDOW);
	avp_hide(&b, AVP_RECEIVE_WINDOW, VIEW(window), &hiding);
	avps_read(builder_view(&b), hiding.secret, &scratch, &avps);
	assert_int_equal(avps.problem.fault, AVP_FAULT_VALUE);
	assert_int_equal(avps.problem.number, AVP_RECEIVE_WINDOW);
}

static void test_hide_all_lengths(void **state)
{
	uint8_t value[AVP_VALUE_MAX];
	struct datagram vector = from_hex(VECTOR);
	struct avp_hiding hiding = {
		view_text("s"), datagram_view(&vector), {0}};

	(void)state;
	test_random(value, sizeof(value));
	for (size_t len = 0; len <= sizeof(value); len++) {
		uint8_t hidden[1100], plain[1100];
		struct builder b = builder_on(hidden, sizeof(hidden));
		struct builder p = builder_on(plain, sizeof(plain));
		struct view got;

		avp_hide(&b, 33, view_of(value, len), &hiding);
		assert_int_equal(b.len, len + 2);
		assert_int_equal(avp_reveal(builder_view(&b), 33, hiding.secret,
					    hiding.vector, &p, &got),
				 0);
		assert_true(view_equal(got, view_of(value, len)));
	}
}

static void test_reveal_needs_room(void **state)
{
	struct datagram d = from_hex(ICCN "8016 0000 0024" VECTOR HIDDEN33);
	struct builder scratch = builder_on(octets, 23);
	struct avps avps;

	(void)state;
	avps_read(datagram_view(&d), view_text(SECRET), &scratch, &avps);
	assert_true(avps.bad & AVP_BIT(AVP_PROXY_AUTH_RESPONSE));
	assert_int_equal(scratch.len, 0);
}

static void test_build(void **state)
{
	static const uint8_t big[AVP_VALUE_MAX + 1];
	struct builder b = builder_on(octets, sizeof(octets));

	(void)state;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, 10);
	avp_build_u32(&b, AVP_PHYSICAL_CHANNEL, 5);
	avp_build(&b, AVP_SEQUENCING_REQUIRED, (struct view){0});
	assert_octets(builder_view(&b), "8008 0000 0000 000a"
					"000a 0000 0019 00000005"
					"8006 0000 0027");
	b.len = 0;
	avp_build(&b, AVP_HOST_NAME, view_of(big, AVP_VALUE_MAX));
	assert_false(b.full);
	assert_int_equal(b.len, 1023);
	avp_build(&b, AVP_HOST_NAME, VIEW(big));
	assert_true(b.full);
}

struct list_case {
	const char *hex;
	enum avp_fault fault;
	uint64_t has, bad; /* besides the Message Type */
	unsigned int ignored;
};

static const struct list_case lists[] = {
	{"", AVP_FAULT_LENGTH, 0, 0, 0},
	{"80", AVP_FAULT_LENGTH, 0, 0, 0},
	{"8008 0000 0000 00", AVP_FAULT_LENGTH, 0, 0, 0},
	{"8007 0000 0000 00", AVP_FAULT_LENGTH, 0, 0, 0},
	{"8008 0009 0000 000c", AVP_FAULT_NO_TYPE, 0, 0, 0},
	/* lengths: required octets, in both directions */
	{ICCN "8009 0000 0018 000003", AVP_FAULT_LENGTH, 0, 0, 0},
	{ICCN "800b 0000 0018 0000000300", AVP_FAULT_LENGTH, 0, 0, 0},
	{ICCN "0009 0000 0018 000003", AVP_FINE, 0, AVP_BIT(24), 0},
	{ICCN "800a 0000 0018 00000003", AVP_FINE, AVP_BIT(24), 0, 0},
	/* the first of two counts; a Random Vector may come again */
	{ICCN "800a 0000 0018 00000003 800a 0000 0018 00000004", AVP_FINE,
	 AVP_BIT(24), 0, 1},
	{ICCN "8008 0000 0024 ffff 8008 0000 0024 eeee", AVP_FINE, 0, 0, 0},
	/* M=0: ignored; M=1: not */
	{ICCN "0006 0000 00c8", AVP_FINE, 0, 0, 1},
	{ICCN "8006 0000 00c8", AVP_FAULT_UNKNOWN, 0, 0, 1},
	{ICCN "8006 0009 0001", AVP_FAULT_UNKNOWN, 0, 0, 1},
	{ICCN "0006 0009 0001", AVP_FINE, 0, 0, 1},
	{ICCN "8006 0000 0014", AVP_FAULT_UNKNOWN, 0, 0, 1},
	{ICCN "840a 0000 0018 00000003", AVP_FAULT_UNKNOWN, 0, 0, 1},
	{ICCN "2000 0000 0018", AVP_FAULT_LENGTH, 0, 0, 0},
	/* not for this message */
	{ICCN "8008 0000 000e 0001", AVP_FINE, 0, 0, 1},
	/* may not be hidden */
	{ICCN "c006 0000 0027", AVP_FAULT_VALUE, 0, 0, 0},
	{ICCN "4006 0000 0027", AVP_FINE, 0, AVP_BIT(39), 0},
	/* option lists: empty, one, option length 0, 1 and too long */
	{ICCN "0006 0000 001c", AVP_FINE, AVP_BIT(28), 0, 0},
	{ICCN "000a 0000 001c 010405d4", AVP_FINE, AVP_BIT(28), 0, 0},
	{ICCN "0008 0000 001c 0100", AVP_FINE, 0, AVP_BIT(28), 0},
	{ICCN "0008 0000 001b 0101", AVP_FINE, 0, AVP_BIT(27), 0},
	{ICCN "000a 0000 001a 010505d4", AVP_FINE, 0, AVP_BIT(26), 0},
	{ICCN "0007 0000 001a 01", AVP_FINE, 0, AVP_BIT(26), 0},
	/* Proxy Authen ID: its first octet is 0 */
	{ICCN "0008 0000 0020 0005", AVP_FINE, AVP_BIT(32), 0, 0},
	{ICCN "0008 0000 0020 0105", AVP_FINE, 0, AVP_BIT(32), 0},
	/* a challenge has octets */
	{ICCN "0006 0000 001f", AVP_FINE, 0, AVP_BIT(31), 0},
	/* what was read before a break in the list stays */
	{ICCN "800a 0000 0018 00000003 8005 0000 0013", AVP_FAULT_LENGTH,
	 AVP_BIT(24), 0, 0},
	/* 3Com's number for the disconnect cause */
	{"8008 0000 0000 000e 000b 002b 002e 0003 0000 01", AVP_FINE,
	 AVP_BIT(46), 0, 0},
	/* ids and windows are not 0 */
	{"8008 0000 0000 000a 0008 0000 000e 0000", AVP_FINE, 0, AVP_BIT(14),
	 0},
	{"8008 0000 0000 0001 8008 0000 000a 0000", AVP_FAULT_VALUE, 0, 0, 0},
	{"8008 0000 0000 0002 8015 0000 000d 000102030405060708090a0b0c0d0e",
	 AVP_FAULT_LENGTH, 0, 0, 0},
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct list_case *c = &lists[i];
		struct avps avps;

		read_list(c->hex, SECRET, &avps);
		if (avps.problem.fault != c->fault)
			print_error("list %zu: %s\n", i, c->hex);
		assert_int_equal(avps.problem.fault, c->fault);
		assert_int_equal(avps.has & ~AVP_BIT(AVP_MESSAGE_TYPE), c->has);
		assert_int_equal(avps.bad, c->bad);
		assert_int_equal(avps.ignored, c->ignored);
	}
}

static void test_first_problem_counts(void **state)
{
	struct l2tp_result why;
	struct avps avps;

	(void)state;
	read_list(ICCN "8006 0009 0007 8009 0000 0018 000003", "", &avps);
	avp_problem_result(&avps.problem, &why);
	assert_int_equal(why.result, 2);
	assert_int_equal(why.error, 8);
	assert_string_equal(why.text, "AVP 9/7");
	read_list(ICCN "8009 0000 0018 000003", "", &avps);
	avp_problem_result(&avps.problem, &why);
	assert_int_equal(why.error, 2);
	assert_string_equal(why.text, "AVP 0/24 bad length");
}

static void test_missing(void **state)
{
	struct l2tp_result why = {0};
	struct avps avps;

	(void)state;
	read_list(ICCN "800a 0000 0018 00000003", "", &avps);
	assert_false(avps_missing(&avps, AVP_BIT(AVP_TX_SPEED), &why));
	assert_true(avps_missing(&avps, AVP_BIT(24) | AVP_BIT(19) | AVP_BIT(38),
				 &why));
	assert_int_equal(why.result, 2);
	assert_int_equal(why.error, 6);
	assert_string_equal(why.text, "missing AVP 19");
}

static void test_result(void **state)
{
	struct l2tp_result in = {
		.result = CDN_ERROR,
		.error = L2TP_ERROR_RESOURCES,
		.text = "full",
		.cause = {true, 16, 0xc223, 1},
		.q931 = {true, 16, 0x45, "cleared"},
	};
	struct builder b = builder_on(octets, sizeof(octets));
	struct builder none = builder_on(NULL, 0);
	struct l2tp_result out;
	struct avps avps;

	(void)state;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_CDN);
	result_build(&b, &in);
	result_build_causes(&b, &in);
	assert_octets(builder_view(&b), "8008 0000 0000 000e"
					"800e 0000 0001 0002 0004 66756c6c"
					"8010 0000 000c 0010 45 636c6561726564"
					"000b 0000 002e 0010 c223 01");
	avps_read(builder_view(&b), (struct view){0}, &none, &avps);
	assert_int_equal(avps.problem.fault, AVP_FINE);
	result_read(&avps, &out);
	assert_int_equal(out.result, 2);
	assert_int_equal(out.error, 4);
	assert_string_equal(out.text, "full");
	assert_true(out.cause.set);
	assert_int_equal(out.cause.code, 16);
	assert_int_equal(out.cause.protocol, 0xc223);
	assert_int_equal(out.cause.direction, 1);
	assert_true(out.q931.set);
	assert_int_equal(out.q931.code, 16);
	assert_int_equal(out.q931.message, 0x45);
	assert_string_equal(out.q931.text, "cleared");
}

static void test_result_forms(void **state)
{
	struct l2tp_result out;
	struct avps avps;

	(void)state;
	read_list("8008 0000 0000 000e 8008 0000 0001 0000", "", &avps);
	result_read(&avps, &out);
	assert_int_equal(out.result, 0); /* reserved, but that is what came */
	read_list("8008 0000 0000 000e", "", &avps);
	result_read(&avps, &out);
	assert_int_equal(out.result, 1); /* nothing came */
	read_list("8008 0000 0000 000e 8009 0000 0001 0003 00", "", &avps);
	result_read(&avps, &out);
	assert_int_equal(out.result, 3);
	assert_int_equal(out.error, 0);
	read_list("8008 0000 0000 000e 800d 0000 0001 ffee ddcc 410a42", "",
		  &avps);
	result_read(&avps, &out);
	assert_int_equal(out.result, 0xffee);
	assert_int_equal(out.error, 0xddcc);
	assert_string_equal(out.text, "A\\x0aB");
	assert_false(out.cause.set);
	assert_false(out.q931.set);
}

/* An LTS tells what it was told, with an error code or without. */
static void test_result_is_passed_on(void **state)
{
	static const char *const rows[] = {
		"8008 0000 0001 0000",
		"8008 0000 0001 0003",
		"800a 0000 0001 0000 0000",
		"800a 0000 0001 0003 0000",
		"800a 0000 0001 01f4 0309",
		"800c 0000 0001 0002 0006 6869",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct builder b = builder_on(octets, sizeof(octets));
		char list[80];
		struct l2tp_result out;
		struct avps avps;

		snprintf(list, sizeof(list), "8008 0000 0000 000e %s", rows[i]);
		read_list(list, "", &avps);
		result_read(&avps, &out);
		result_build(&b, &out);
		assert_octets(builder_view(&b), rows[i]);
	}
}

static void assert_iccn(const struct iccn *copy, const struct iccn *in)
{
	assert_int_equal(copy->has, in->has);
	assert_int_equal(copy->tx_speed, 1);
	assert_int_equal(copy->rx_speed, 2);
	assert_int_equal(copy->framing, 1);
	assert_true(copy->sequencing);
	assert_true(view_equal(copy->group, in->group));
	assert_int_equal(copy->proxy.has, 0xff);
	assert_true(
		view_equal(copy->proxy.initial_received, in->proxy.last_sent));
	assert_true(view_equal(copy->proxy.last_sent, in->proxy.last_sent));
	assert_true(view_equal(copy->proxy.last_received, in->proxy.last_sent));
	assert_int_equal(copy->proxy.auth_type, PROXY_AUTH_PAP);
	assert_true(view_equal(copy->proxy.auth_name, in->proxy.auth_name));
	assert_true(view_equal(copy->proxy.auth_challenge,
			       in->proxy.auth_challenge));
	assert_int_equal(copy->proxy.auth_id, 200);
	assert_true(
		view_equal(copy->proxy.auth_response, in->proxy.auth_response));
}

/* An ICCN with all it can carry, in clear and hidden. */
static void test_iccn_all(void **state)
{
	const uint8_t options[] = {1, 4, 5, 0xd4};
	struct datagram vector = from_hex(VECTOR);
	struct avp_hiding hiding = {{0}, datagram_view(&vector), {0}};
	struct iccn in = {
		.has = ICCN_HAS_RX_SPEED | ICCN_HAS_GROUP | ICCN_HAS_TX_SPEED,
		.tx_speed = 1,
		.rx_speed = 2,
		.framing = 1,
		.group = view_text("grp"),
		.sequencing = true,
		.proxy =
			{
				.has = 0xff,
				.initial_received = VIEW(options),
				.last_sent = VIEW(options),
				.last_received = VIEW(options),
				.auth_type = PROXY_AUTH_PAP,
				.auth_name = view_text("user@a"),
				.auth_challenge = view_text("0123456789abcdef"),
				.auth_id = 200,
				.auth_response = view_text("password"),
			},
	};

	(void)state;
	for (int hide = 0; hide < 2; hide++) {
		uint8_t list[1024];
		struct builder b = builder_on(list, sizeof(list));
		struct builder scratch = builder_on(octets, sizeof(octets));
		struct iccn out;
		struct iccn *copy;
		struct avps avps;

		hiding.secret = view_text(hide ? SECRET : "");
		iccn_build(&b, &in, &hiding);
		assert_int_equal(memmem(list, b.len, "password", 8) != NULL,
				 !hide);
		avps_read(builder_view(&b), hiding.secret, &scratch, &avps);
		assert_int_equal(avps.problem.fault, AVP_FINE);
		assert_int_equal(avps.bad, 0);
		iccn_read(&avps, &out);
		copy = iccn_copy(&out);
		memset(list, 0xaa, sizeof(list));
		memset(octets, 0xaa, sizeof(octets));
		assert_iccn(copy, &in);
		free(copy);
	}
}

static void test_icrq_all(void **state)
{
	const struct icrq in = {
		.has = 0x1f,
		.serial = 77,
		.bearer = 1,
		.channel = 5,
		.called = view_text("called"),
		.calling = view_text("calling"),
		.sub_address = view_text("sub"),
	};
	struct builder b = builder_on(octets, sizeof(octets));
	struct builder none = builder_on(NULL, 0);
	struct icrq out, *copy;
	struct avps avps;

	(void)state;
	icrq_build(&b, 0x0a01, &in);
	avps_read(builder_view(&b), (struct view){0}, &none, &avps);
	assert_int_equal(avps.problem.fault, AVP_FINE);
	icrq_read(&avps, &out);
	copy = icrq_copy(&out);
	memset(octets, 0xaa, sizeof(octets));
	assert_int_equal(copy->has, 0x1f);
	assert_int_equal(copy->peer_session, 0x0a01);
	assert_int_equal(copy->serial, 77);
	assert_int_equal(copy->bearer, 1);
	assert_int_equal(copy->channel, 5);
	assert_true(view_equal(copy->called, in.called));
	assert_true(view_equal(copy->calling, in.calling));
	assert_true(view_equal(copy->sub_address, in.sub_address));
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hide),
		cmocka_unit_test(test_reveal),
		cmocka_unit_test(test_reveal_vectors),
		cmocka_unit_test(test_reveal_only_what_may),
		cmocka_unit_test(test_ignored_text),
		cmocka_unit_test(test_hide_all_lengths),
		cmocka_unit_test(test_reveal_needs_room),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_first_problem_counts),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_result_forms),
		cmocka_unit_test(test_result_is_passed_on),
		cmocka_unit_test(test_iccn_all),
		cmocka_unit_test(test_icrq_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
