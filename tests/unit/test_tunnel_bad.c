/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that are wrong, one by one, against a responder with one call: the
 * exact answer or silence, the counter, what is left.  Row numbers are those of
 * the list of negative inputs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp_pair.h"

enum reaction {
	DROPPED, /* nothing is sent, the number is not used up */
	IGNORED, /* acknowledged and nothing else */
	STOPCCN, /* the tunnel ends with this StopCCN */
	CDN,	 /* a CDN is sent */
	ZLB_NOW, /* acknowledged at once, as a repetition */
	LINGERS, /* acknowledged at once, the tunnel is over */
};

struct bad {
	const char *name;
	const char *hex;
	enum reaction reaction;
	/* STOPCCN and CDN */
	uint16_t result, error;
	const char *text;
	uint16_t session, own; /* CDN: header, Assigned Session ID */
	/* how many calls are there afterwards */
	unsigned int calls;
	uint64_t malformed, unknown, duplicates, outside, bad_nr;
};

#define HELLO  "8008 0000 0000 0006"
#define ICRQ   "8008 0000 0000 000a 8008 0000 000e 0a03 800a 0000 000f 00000002"
#define TO_TUN "5678 0000 0004 0002 "

/* The refusing id that the test's random numbers give. */
#define OWN 0x0c0c

#define STOP(r, e, t) STOPCCN, .result = (r), .error = (e), .text = (t)
#define REFUSE(r, e, t, s, o, left)                                    \
	CDN, .result = (r), .error = (e), .text = (t), .session = (s), \
	     .own = (o), .calls = (left)

static const struct bad rows[] = {
	{"1: 5 octets", "4002 0008 12", DROPPED, .calls = 1, .malformed = 1},
	{"2: version 1", "c801 0014" TO_TUN HELLO, DROPPED, .calls = 1,
	 .malformed = 1},
	{"3: version 3", "c803 0014" TO_TUN HELLO, DROPPED, .calls = 1,
	 .malformed = 1},
	{"4: no Length", "8802" TO_TUN HELLO, DROPPED, .calls = 1,
	 .malformed = 1},
	{"5: no sequence numbers", "c002 0010 5678 0000" HELLO, DROPPED,
	 .calls = 1, .malformed = 1},
	{"6: offset bit", "ca02 0016" TO_TUN "0000" HELLO, DROPPED, .calls = 1,
	 .malformed = 1},
	{"7: Length beyond the datagram", "c802 0050" TO_TUN HELLO, DROPPED,
	 .calls = 1, .malformed = 1},
	{"8: Length 10", "c802 000a" TO_TUN HELLO, DROPPED, .calls = 1,
	 .malformed = 1},
	{"9: another tunnel's id", "c802 0014 dead 0000 0004 0002" HELLO,
	 DROPPED, .calls = 1, .malformed = 1},
	{"12: HELLO on tunnel 0", "c802 0014 0000 0000 0004 0002" HELLO,
	 DROPPED, .calls = 1, .malformed = 1},
	{"12b: ZLB on tunnel 0", "c802 000c 0000 0000 0004 0002", DROPPED,
	 .calls = 1, .malformed = 1},
	{"13: no Message Type", "c802 0014" TO_TUN "8008 0000 000e 0a03",
	 STOP(2, 6, "no message type")},
	{"13b: hidden Message Type", "c802 0014" TO_TUN "c008 0000 0000 0006",
	 STOP(2, 6, "no message type")},
	{"13c: Message Type of 10 octets",
	 "c802 0016" TO_TUN "800a 0000 0000 00000006",
	 STOP(2, 2, "AVP 0/0 bad length")},
	{"Message Type with a reserved bit",
	 "c802 0014" TO_TUN "8408 0000 0000 0006", STOP(2, 8, "AVP 0/0")},
	{"14: AVP Length 5", "c802 001a" TO_TUN HELLO "0005 0000 0008",
	 STOP(2, 2, "bad length")},
	{"15: AVP overruns", "c802 001c" TO_TUN HELLO "03ff 0000 0008 6162",
	 STOP(2, 2, "bad length")},
	{"16: 3 stray octets", "c802 0017" TO_TUN HELLO "0000 00",
	 STOP(2, 2, "bad length")},
	{"17: type 200, M=1", "c802 0014" TO_TUN "8008 0000 0000 00c8",
	 STOP(2, 8, "message type 200")},
	{"18: type 200, M=0", "c802 0014" TO_TUN "0008 0000 0000 00c8", IGNORED,
	 .calls = 1},
	{"18b: reserved type 13, M=0", "c802 0014" TO_TUN "0008 0000 0000 000d",
	 IGNORED, .calls = 1},
	{"HELLO + AVP 200, M=1", "c802 001b" TO_TUN HELLO "8007 0000 00c8 01",
	 STOP(2, 8, "AVP 0/200")},
	{"HELLO + AVP 20 (reserved), M=1",
	 "c802 001b" TO_TUN HELLO "8007 0000 0014 01", STOP(2, 8, "AVP 0/20")},
	{"HELLO + vendor 9 AVP 7, M=0",
	 "c802 001b" TO_TUN HELLO "0007 0009 0007 78", IGNORED, .calls = 1},
	{"HELLO + reserved bits, M=0",
	 "c802 001b" TO_TUN HELLO "0407 0000 0007 78", IGNORED, .calls = 1},
	{"HELLO + Host Name that is not for it",
	 "c802 001b" TO_TUN HELLO "8007 0000 0007 78", IGNORED, .calls = 1},
	{"19: ICRQ + AVP 200, M=1", "c802 002d" TO_TUN ICRQ "8007 0000 00c8 01",
	 REFUSE(2, 8, "AVP 0/200", 0x0a03, OWN, 1)},
	{"22: ICRQ + reserved bit in AVP 25, M=1",
	 "c802 0030" TO_TUN ICRQ "840a 0000 0019 00000001",
	 REFUSE(2, 8, "AVP 0/25", 0x0a03, OWN, 1)},
	{"23: ICRQ, hidden session id without vector",
	 "c802 0028" TO_TUN "8008 0000 0000 000a c00a 0000 000e 163e96e7"
	 "800a 0000 000f 00000002",
	 IGNORED, .calls = 1, .malformed = 1},
	{"26: ICRQ, session id 0",
	 "c802 0026" TO_TUN "8008 0000 0000 000a 8008 0000 000e 0000"
	 "800a 0000 000f 00000002",
	 IGNORED, .calls = 1, .malformed = 1},
	{"ICRQ without serial number",
	 "c802 001c" TO_TUN "8008 0000 0000 000a 8008 0000 000e 0a03",
	 REFUSE(2, 6, "missing AVP 15", 0x0a03, OWN, 1)},
	{"ICRQ without session id",
	 "c802 001e" TO_TUN "8008 0000 0000 000a 800a 0000 000f 00000002",
	 IGNORED, .calls = 1, .malformed = 1},
	{"ICRQ with the peer id of another call",
	 "c802 0026" TO_TUN "8008 0000 0000 000a 8008 0000 000e 0a01"
	 "800a 0000 000f 00000002",
	 REFUSE(2, 5, "", 0x0a01, OWN, 1)},
	{"ICRQ that names an unknown session",
	 "c802 0026 5678 7777 0004 0002" ICRQ, IGNORED, .calls = 1,
	 .unknown = 1},
	{"ICRQ that names the call", "c802 0026 5678 0b02 0004 0002" ICRQ,
	 REFUSE(2, 6, "ICRQ in established", 0x0a01, 0x0b02, 0)},
	{"OCRQ",
	 "c802 0054" TO_TUN "8008 0000 0000 0007 8008 0000 000e 0a03"
	 "800a 0000 000f 00000002 800a 0000 0010 00000001"
	 "800a 0000 0011 00000001 800a 0000 0012 00000001"
	 "800a 0000 0013 00000001 8006 0000 0015",
	 REFUSE(5, 0, "", 0x0a03, OWN, 1)},
	{"OCRP for the call",
	 "c802 001c 5678 0b02 0004 0002"
	 "8008 0000 0000 0008 8008 0000 000e 0a03",
	 REFUSE(2, 6, "OCRP in established", 0x0a01, 0x0b02, 0)},
	{"33: old ICRQ again",
	 "c802 0026 5678 0000 0002 0001 8008 0000 0000 000a"
	 "8008 0000 000e 0a01 800a 0000 000f 00000001",
	 ZLB_NOW, .calls = 1, .duplicates = 1},
	{"34: Ns 64", "c802 0014 5678 0000 0040 0002" HELLO, ZLB_NOW,
	 .calls = 1, .outside = 1},
	{"35: Nr 256", "c802 0014 5678 0000 0004 0100" HELLO, IGNORED,
	 .calls = 1, .bad_nr = 1},
	{"Nr 0, old", "c802 0014 5678 0000 0004 0000" HELLO, IGNORED,
	 .calls = 1},
	{"36: SCCRP",
	 "c802 0038" TO_TUN "8008 0000 0000 0002 8008 0000 0002 0100"
	 "800a 0000 0003 00000003 800a 0000 0007 6c616331"
	 "8008 0000 0009 1235",
	 STOP(7, 0, "SCCRP in established")},
	{"SCCRQ with our id",
	 "c802 0038" TO_TUN "8008 0000 0000 0001 8008 0000 0002 0100"
	 "800a 0000 0003 00000003 800a 0000 0007 6c616331"
	 "8008 0000 0009 1235",
	 STOP(7, 0, "SCCRQ in established")},
	{"SCCCN", "c802 0014" TO_TUN "8008 0000 0000 0003",
	 STOP(7, 0, "SCCCN in established")},
	{"37: ICCN for an established call",
	 "c802 0028 5678 0b02 0004 0002 8008 0000 0000 000c"
	 "800a 0000 0018 000003e8 800a 0000 0013 00000001",
	 REFUSE(2, 6, "ICCN in established", 0x0a01, 0x0b02, 0)},
	{"ICRP for a call of the peer",
	 "c802 001c 5678 0b02 0004 0002"
	 "8008 0000 0000 000b 8008 0000 000e 0a01",
	 REFUSE(2, 6, "ICRP in established", 0x0a01, 0x0b02, 0)},
	{"WEN without Call Errors, unknown M=1 AVP",
	 "c802 001b 5678 0b02 0004 0002 8008 0000 0000 000f"
	 "8007 0000 00c8 01",
	 REFUSE(2, 8, "AVP 0/200", 0x0a01, 0x0b02, 0)},
	{"WEN",
	 "c802 0034 5678 0b02 0004 0002 8008 0000 0000 000f 8020 0000 0022"
	 "0000 00000001 00000002 00000003 00000004 00000005 00000006",
	 IGNORED, .calls = 1},
	{"SLI from a LAC",
	 "c802 0024 5678 0b02 0004 0002 8008 0000 0000 0010 8010 0000 0023"
	 "0000 ffffffff ffffffff",
	 REFUSE(2, 6, "SLI in established", 0x0a01, 0x0b02, 0)},
	{"38: CDN for an unknown session",
	 "c802 0024 5678 7777 0004 0002 8008 0000 0000 000e"
	 "8008 0000 0001 0001 8008 0000 000e 0a77",
	 IGNORED, .calls = 1, .unknown = 1},
	{"ICCN for an unknown session, bad AVP",
	 "c802 001b 5678 7777 0004 0002 8008 0000 0000 000c"
	 "8007 0000 00c8 01",
	 IGNORED, .calls = 1, .unknown = 1},
	{"CDN with an unknown M=1 AVP",
	 "c802 002b 5678 0b02 0004 0002 8008 0000 0000 000e"
	 "8008 0000 0001 0001 8008 0000 000e 0a01 8007 0000 00c8 01",
	 IGNORED, .calls = 0},
	{"CDN on session 0",
	 "c802 0024 5678 0000 0004 0002 8008 0000 0000 000e"
	 "8008 0000 0001 0001 8008 0000 000e 0a01",
	 IGNORED, .calls = 0},
	{"CDN with nothing but its type",
	 "c802 0014 5678 0b02 0004 0002 8008 0000 0000 000e", IGNORED,
	 .calls = 0},
	{"StopCCN with Result Code 0",
	 "c802 0024" TO_TUN "8008 0000 0000 0004 8008 0000 0009 1234"
	 "8008 0000 0001 0000",
	 LINGERS, .result = 0},
	{"StopCCN with a Result Code that nobody knows",
	 "c802 0024" TO_TUN "8008 0000 0000 0004 8008 0000 0009 1234"
	 "8008 0000 0001 02a5",
	 LINGERS, .result = 0x2a5},
	{"39: StopCCN without Result Code",
	 "c802 001c" TO_TUN "8008 0000 0000 0004 8008 0000 0009 1234", LINGERS,
	 .result = 1},
	{"StopCCN with an unknown M=1 AVP",
	 "c802 002b" TO_TUN "8008 0000 0000 0004 8008 0000 0009 1234"
	 "8008 0000 0001 0006 8007 0000 00c8 01",
	 LINGERS, .result = 6},
	{"StopCCN on tunnel 0",
	 "c802 0024 0000 0000 0004 0002 8008 0000 0000 0004"
	 "8008 0000 0009 1234 8008 0000 0001 0001",
	 LINGERS, .result = 1},
	{"StopCCN on tunnel 0 of another tunnel",
	 "c802 0024 0000 0000 0004 0002 8008 0000 0000 0004"
	 "8008 0000 0009 1235 8008 0000 0001 0001",
	 DROPPED, .calls = 1, .malformed = 1},
	{"40: body of 4 octets", "c802 0010" TO_TUN "0000 0000",
	 STOP(2, 2, "bad length")},
	{"body of 1 octet", "c802 000d" TO_TUN "80", STOP(2, 2, "bad length")},
	{"priority bit", "c902 0014" TO_TUN HELLO, IGNORED, .calls = 1},
	{"reserved header bits", "fcf2 0014" TO_TUN HELLO, IGNORED, .calls = 1},
	{"octets behind Length", "c802 0014" TO_TUN HELLO "dead beef", IGNORED,
	 .calls = 1},
};

static void assert_counters(const struct bad *row, struct solo *solo)
{
	struct tunnel_counters c = tunnel_info(solo->side.tunnel).counters;

	assert_int_equal(c.malformed, row->malformed);
	assert_int_equal(c.unknown_session, row->unknown);
	assert_int_equal(c.duplicates, row->duplicates);
	assert_int_equal(c.out_of_window, row->outside);
	assert_int_equal(c.bad_nr, row->bad_nr);
}

static void assert_answer(const struct bad *row, struct solo *solo)
{
	const struct farewell stopccn = {
		.type = L2TP_STOPCCN,
		.tunnel = 0x1234,
		.ns = 2,
		.nr = 5,
		.own = 0x5678,
		.result = row->result,
		.error = row->error,
		.text = row->text,
	};
	struct farewell cdn = stopccn;

	cdn.type = L2TP_CDN;
	cdn.session = row->session;
	cdn.own = row->own;
	switch (row->reaction) {
	case DROPPED:
		solo_pass(solo, 1000);
		assert_silent(&solo->side);
		break;
	case IGNORED:
		assert_silent(&solo->side);
		solo_pass(solo, 200);
		assert_sent(&solo->side, "c802 000c 1234 0000 0002 0005");
		break;
	case STOPCCN:
		assert_farewell(&solo->side, &stopccn);
		break;
	case CDN:
		assert_farewell(&solo->side, &cdn);
		break;
	case ZLB_NOW:
		assert_sent(&solo->side, "c802 000c 1234 0000 0002 0004");
		break;
	case LINGERS:
		assert_sent(&solo->side, "c802 000c 1234 0000 0002 0005");
		assert_int_equal(solo->side.why.result, row->result);
		break;
	}
}

static void assert_state(const struct bad *row, struct solo *solo)
{
	struct tunnel_info info = tunnel_info(solo->side.tunnel);
	enum tunnel_state want = TUNNEL_ESTABLISHED;

	if (row->reaction == STOPCCN)
		want = TUNNEL_CLOSING;
	if (row->reaction == LINGERS)
		want = TUNNEL_LINGER;
	assert_int_equal(info.state, want);
	assert_int_equal(info.sessions, row->calls);
	assert_int_equal(solo->side.down, want != TUNNEL_ESTABLISHED);
	assert_int_equal(solo->side.calls[0].closed, !row->calls);
}

static void test_row(void **state)
{
	const struct bad *row = *state;
	struct solo solo;

	solo_init(&solo, SOLO_CONNECTED, "");
	test_random_next("0c0c");
	solo_input(&solo, row->hex);
	assert_answer(row, &solo);
	assert_counters(row, &solo);
	assert_state(row, &solo);
	solo_fini(&solo);
}

/* The tunnel goes on with the next number after what was only a drop. */
static void test_goes_on(void **state)
{
	const struct bad *row = *state;
	struct solo solo;

	solo_init(&solo, SOLO_CONNECTED, "");
	solo_input(&solo, row->hex);
	solo.side.out_count = 0;
	solo_input(&solo, "c802 0014" TO_TUN HELLO);
	solo_pass(&solo, 200);
	assert_sent(&solo.side, "c802 000c 1234 0000 0002 0005");
	solo_fini(&solo);
}

int main(void)
{
	enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest tests[2 * COUNT] = {0};
	size_t count = 0;

	for (size_t i = 0; i < COUNT; i++) {
		tests[count++] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)&rows[i],
		};
		if (rows[i].reaction == DROPPED)
			tests[count++] = (struct CMUnitTest){
				.name = rows[i].name,
				.test_func = test_goes_on,
				.initial_state = (void *)&rows[i],
			};
	}
	return _cmocka_run_group_tests("bad", tests, count, NULL, NULL);
}
