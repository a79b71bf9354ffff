/* SPDX-License-Identifier: GPL-2.0-only */
/* LCP: every option, every code, and what is malformed. */
#include "ppp_rig.h"

#include <stdio.h>
#include <string.h>

#include "proto/lcp.h"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

/* Our own request with the default configuration. */
#define OURS "010405d4 0305c22305 050605040302"
#define REQUEST "c021 01010013 " OURS
#define ACK "c021 02010013 " OURS
#define CHALLENGE "c223 01160019 10 060708090a0b0c0d0e0f101112131415 6c327864"

/* A link that has sent its Configure-Request. */
static struct rig *rig_req_sent(void)
{
	struct rig *rig = rig_new();

	rig_start(rig);
	rig_expect(rig, REQUEST);
	return rig;
}

static struct rig *rig_opened(void)
{
	struct rig *rig = rig_new();

	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	return rig;
}

/* ---- what the client asks for -------------------------------------------- */

/* code and id and length in front of an option list */
static void put_list(struct rig *rig, const char *options)
{
	uint8_t octets[512];
	char packet[1200];

	snprintf(packet, sizeof(packet), "c021 0107%04zx %s",
		 4 + rig_octets(options, octets, sizeof(octets)), options);
	rig_put(rig, packet);
}

static void expect_list(struct rig *rig, unsigned int code,
			const char *options)
{
	uint8_t octets[512];
	char packet[1200];

	snprintf(packet, sizeof(packet), "c021 %02x07%04zx %s", code,
		 4 + rig_octets(options, octets, sizeof(octets)), options);
	rig_expect(rig, packet);
}

static const struct {
	const char *asked;
	unsigned int code; /* 2 Ack, 3 Nak, 4 Reject */
	const char *answer; /* NULL: as asked */
} options[] = {
	{"", 2, NULL},
	{"010405d4", 2, NULL},
	{"01040240", 2, NULL}, /* 576 */
	{"010405d5", 3, "010405d4"}, /* 1493 */
	{"0104023f", 3, "01040240"}, /* 575 */
	{"0104ffff", 3, "010405d4"},
	{"01040028", 3, "01040240"},
	{"010305", 4, NULL}, /* wrong length */
	{"01050005d4", 4, NULL},
	{"0102", 4, NULL},
	{"0506aabbccdd", 2, NULL},
	{"010405d4 0506aabbccdd", 2, NULL},
	{"0506aabbccdd 010405d4", 2, NULL},
	{"050600000000", 3, "050609080706"}, /* 0 is no number */
	{"050605040302", 3, "050609080706"}, /* ours */
	{"0505aabbcc", 4, NULL},
	{"0006aabbcc01", 4, NULL}, /* vendor */
	{"0206ffffffff", 4, NULL}, /* ACCM */
	{"020600000000", 4, NULL},
	{"0304c023", 4, NULL}, /* we do not authenticate ourselves */
	{"0305c22305", 4, NULL},
	{"0408c02500000bb8", 4, NULL},
	{"0702", 4, NULL},
	{"0802", 4, NULL},
	{"090307", 4, NULL},
	{"0a0304", 4, NULL},
	{"0b040108", 4, NULL},
	{"0d0306", 4, NULL},
	{"0f02", 4, NULL},
	{"110405dc", 4, NULL},
	{"1202", 4, NULL},
	{"130300", 4, NULL},
	{"1309030011223344 55", 4, NULL},
	{"17040001", 4, NULL},
	{"1c0600000001", 4, NULL},
	{"6304dead", 4, NULL}, /* nobody knows it */
	{"ff02", 4, NULL},
	/* Reject comes first, with only what is rejected, in order */
	{"0104ffff 0802 0506aabbccdd 0702", 4, "0802 0702"},
	{"0104ffff 050600000000", 3, "010405d4 050609080706"},
	{"0104ffff 0506aabbccdd", 3, "010405d4"},
	/* each option once */
	{"010405d4 01040578", 4, "01040578"},
	{"0506aabbccdd 0506aabbccde", 4, "0506aabbccde"},
};

static void every_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct rig *rig = rig_req_sent();
		const char *answer = options[i].answer;

		put_list(rig, options[i].asked);
		expect_list(rig, options[i].code,
			    answer ? answer : options[i].asked);
		rig_quiet(rig);
		assert_string_equal(ppp_info(rig->ppp).lcp_state,
				    options[i].code == 2 ? "Ack-Sent"
							 : "Req-Sent");
		assert_int_equal(ppp_info(rig->ppp).dropped, 0);
		rig_free(rig);
	}
}

/* RFC 1661 4.6: after Max-Failure Naks a Nak becomes a Reject. */
static void naks_become_rejects(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (int i = 0; i < 5; i++) {
		put_list(rig, "0104ffff");
		expect_list(rig, 3, "010405d4");
	}
	put_list(rig, "0104ffff 0506aabbccdd");
	expect_list(rig, 4, "0104ffff");
	put_list(rig, "0506aabbccdd");
	expect_list(rig, 2, "0506aabbccdd");
	/* an Ack ends the count */
	put_list(rig, "0104ffff");
	expect_list(rig, 3, "010405d4");
	rig_free(rig);
}

/* What cannot be rejected in one packet is not answered. */
static void too_much_to_reject(void **state)
{
	struct rig *rig = rig_req_sent();
	char packet[3200] = "c021 010705dc";

	(void)state;
	for (int i = 0; i < 374; i++)
		strcat(packet, "63040000");
	rig_put(rig, packet);
	assert_int_equal(rig->sent[rig->sent_count - 1].len, 1500);
	assert_int_equal(rig->sent[rig->sent_count - 1].data[0], 4);
	memcpy(packet + 9, "05e0", 4);
	strcat(packet, "63040000");
	rig_put_dropped(rig, packet);
	rig_free(rig);
}

static void missing_mru_is_the_default(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	put_list(rig, "01040500");
	assert_int_equal(ppp_info(rig->ppp).peer_mru, 0x500);
	put_list(rig, "0506aabbccdd");
	assert_int_equal(ppp_info(rig->ppp).peer_mru, 1492);
	rig_free(rig);
}

/* ---- what is malformed --------------------------------------------------- */

static const char *const malformed[] = {
	"c021",
	"c021 01",
	"c021 0101",
	"c021 010100",
	"c021 01010000",
	"c021 01010003", /* shorter than its own header */
	"c021 01010008 0104 05",
	"c021 0101ffff 010405d4",
	"c021 01010005 01", /* half an option */
	"c021 01010006 0100", /* length 0 */
	"c021 01010006 0101", /* length 1 */
	"c021 01010007 010405", /* option past the end */
	"c021 01010008 01ff05d4",
	"c021 0101000a 010405d4 0700", /* good, then bad */
	"c021 0101000b 010405d4 050600",
	"c021 02020013 " OURS, /* wrong identifier */
	"c021 02000013 " OURS,
	"c021 02010012 010405d4 0305c22305 0506050403", /* not our list */
	"c021 02010004",
	"c021 02010013 010405d3 0305c22305 050605040302",
	"c021 02010013 0305c22305 010405d4 050605040302",
	"c021 02010015 " OURS "0702",
	"c021 03010004", /* Nak of nothing */
	"c021 03020008 01040400",
	"c021 03010007 010404",
	"c021 03010006 0100",
	"c021 04010004", /* Reject of nothing */
	"c021 04020008 010405d4",
	"c021 04010006 0702", /* never asked for */
	"c021 04010008 010405d3", /* changed */
	"c021 0401000e 050605040302 010405d4", /* out of order */
	"c021 0401000c 010405d4 010405d4", /* twice */
	"c021 07010004", /* Code-Reject of nothing */
	/* only in Opened */
	"c021 0801000a c0230101 0004",
	"c021 09010008 aabbccdd",
	"c021 0a010008 aabbccdd",
	"c021 0b010008 aabbccdd",
	"c021 0d01000c aabbccdd 00000010",
	/* before LCP is open there is only LCP */
	"c023 0109000d 05616c696365 027077",
	"c223 0216001a 10 00112233445566778899aabbccddeeff 616c696365",
	"8021 01010004",
	"8057 01010004",
	"0021 4500",
	"c227 01010004",
	"1234 00",
};

static void malformed_is_dropped(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		rig_put_dropped(rig, malformed[i]);
	/* nothing of this got into the way */
	rig_put(rig, ACK);
	assert_string_equal(ppp_info(rig->ppp).lcp_state, "Ack-Rcvd");
	rig_free(rig);
}

static void padding_is_left_off(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 01070008 010405d4 00000000");
	rig_expect(rig, "c021 02070008 010405d4");
	rig_put(rig, ACK "0000");
	assert_string_equal(ppp_info(rig->ppp).lcp_state, "Opened");
	rig_free(rig);
}

static void repeated_ack_changes_nothing(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, ACK);
	rig_put_dropped(rig, ACK);
	rig_free(rig);
	rig = rig_opened();
	rig_put_dropped(rig, ACK);
	rig_put_dropped(rig, "c021 03010008 01040400");
	rig_put_dropped(rig, "c021 04010008 010405d4");
	rig_free(rig);
}

/* ---- what the client says about our request ------------------------------ */

static void our_mru_can_be_talked_down(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 03010008 01040400");
	rig_expect(rig, "c021 01020013 01040400 0305c22305 050605040302");
	assert_int_equal(ppp_info(rig->ppp).our_mru, 1024);
	/* never up, and not to nothing; other wishes are not ours */
	rig_put(rig, "c021 0302000d 010405d5 130300 0702");
	rig_put_dropped(rig, "c021 03020008 01040010");
	rig_expect(rig, "c021 01030013 01040400 0305c22305 050605040302");
	rig_put(rig, "c021 03030008 01040010");
	rig_expect(rig, "c021 01040013 01040400 0305c22305 050605040302");
	rig_put(rig, "c021 04040008 01040400");
	rig_expect(rig, "c021 0105000f 0305c22305 050605040302");
	assert_int_equal(ppp_info(rig->ppp).our_mru, 1500);
	rig_put(rig, "c021 03050008 01040400"); /* refused is refused */
	rig_expect(rig, "c021 0106000f 0305c22305 050605040302");
	rig_free(rig);
}

static void our_magic(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 0301000a 050601010101");
	rig_expect(rig, "c021 01020013 010405d4 0305c22305 050609080706");
	rig_put(rig, "c021 0402000a 050609080706");
	rig_expect(rig, "c021 0103000d 010405d4 0305c22305");
	/* no number of ours any more: theirs cannot be it */
	rig_put(rig, "c021 01070004");
	rig_expect(rig, "c021 02070004");
	rig_put(rig, "c021 0203000d 010405d4 0305c22305");
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c021 09080008 00000000");
	rig_expect(rig, "c021 0a080008 00000000");
	rig_free(rig);
}

static void mru_1500_is_not_asked_for(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.mru = 1500;
	rig = rig_new();
	rig_start(rig);
	rig_expect(rig, "c021 0101000f 0305c22305 050605040302");
	rig_free(rig);
}

static void authentication_moves_along_our_list(void **state)
{
	static const char *const naks[] = {
		"0304c023", /* ours */
		"0304c227", /* EAP: our next */
		"0305c22381", /* MS-CHAP */
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct rig *rig = rig_req_sent();
		char packet[64];

		snprintf(packet, sizeof(packet), "c021 0301%04x %s",
			 i == 2 ? 9 : 8, naks[i]);
		rig_put(rig, packet);
		rig_expect(rig, "c021 01020012 010405d4 0304c023 050605040302");
		rig_quiet(rig);
		rig_free(rig);
	}
}

static void authentication_list_ends(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 03010008 0304c227");
	rig_expect(rig, "c021 01020012 010405d4 0304c023 050605040302");
	rig_put(rig, "c021 03020008 0304c227");
	rig_ended(rig, PPP_END_AUTH_PROTOCOL, 15, PPP_PAP, 1);
	rig_free(rig);
}

/* A method that is not in the list is not taken, whatever lies behind it. */
static void only_listed_methods(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.auth_count = 1; /* auth[1] is PAP still */
	rig = rig_req_sent();
	rig_put(rig, "c021 03010008 0304c023");
	rig_ended(rig, PPP_END_AUTH_PROTOCOL, 15, PPP_CHAP, 1);
	rig_free(rig);
}

static void client_may_choose_our_first_again(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 03010008 0304c023");
	rig_expect(rig, "c021 01020012 010405d4 0304c023 050605040302");
	rig_put(rig, "c021 03020009 0305c22305");
	rig_expect(rig, "c021 01030013 " OURS);
	rig_free(rig);
}

static void authentication_refused(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 04010009 0305c22305");
	rig_ended(rig, PPP_END_AUTH_PROTOCOL, 15, PPP_CHAP, 1);
	rig_put_dropped(rig, ACK);
	rig_free(rig);
}

static void no_authentication_wanted(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.auth_count = 0;
	rig = rig_new();
	rig->answer = RIG_WAIT;
	rig_start(rig);
	rig_expect(rig, "c021 0101000e 010405d4 050605040302");
	rig_put(rig, "c021 01070004");
	rig_expect(rig, "c021 02070004");
	rig_put(rig, "c021 0201000e 010405d4 050605040302");
	assert_int_equal(rig->identified, 1);
	assert_int_equal(rig->who.method, PPP_AUTH_NONE);
	assert_int_equal(rig->who.name.len, 0);
	rig_quiet(rig);
	ppp_accept(rig->ppp, &rig->ip4, rig->now);
	rig_expect(rig, "8021 0101000a 03060a000001");
	assert_string_equal(ppp_info(rig->ppp).auth_state, "none");
	rig_free(rig);
}

/* ---- retransmission ------------------------------------------------------ */

static void nobody_answers(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	for (int i = 0; i < 10; i++) {
		rig_expect(rig, REQUEST); /* same content, same identifier */
		rig_quiet(rig);
		rig_pass(rig, 3000);
	}
	rig_ended(rig, PPP_END_LCP_TIMEOUT, 6, PPP_LCP, 0);
	rig_free(rig);
}

static void never_agreed(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (int i = 0; i < 29; i++) {
		put_list(rig, "0702");
		expect_list(rig, 4, "0702");
		rig_pass(rig, 1000);
		rig->sent_seen = rig->sent_count;
		assert_int_equal(rig->ended, 0);
	}
	rig_pass(rig, 1000);
	rig_ended(rig, PPP_END_LCP_TIMEOUT, 5, PPP_LCP, 0);
	rig_free(rig);
}

static void request_after_answer_is_new(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_pass(rig, 3000);
	rig_expect(rig, REQUEST);
	rig_put(rig, ACK);
	rig_quiet(rig);
	rig_pass(rig, 3000); /* Ack-Rcvd: the client's request is missing */
	rig_expect(rig, "c021 01020013 " OURS);
	rig_put_dropped(rig, ACK);
	rig_free(rig);
}

/* ---- other codes --------------------------------------------------------- */

static void unknown_codes_are_rejected(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 c8010006 abcd");
	rig_expect(rig, "c021 0702000a c8010006 abcd");
	rig_put(rig, "c021 00090004");
	rig_expect(rig, "c021 07030008 00090004");
	rig_put(rig, "c021 0e090004 ffff"); /* without the padding */
	rig_expect(rig, "c021 07040008 0e090004");
	rig_put(rig, "c021 0f090004");
	rig_expect(rig, "c021 07050008 0f090004");
	assert_string_equal(ppp_info(rig->ppp).lcp_state, "Req-Sent");
	rig_free(rig);
}

/* Nothing we send is longer than what the client can receive. */
static void rejects_are_cut(void **state)
{
	char packet[3200] = "c021 c8010384";
	struct rig *rig = rig_new();
	const struct rig_packet *p;

	(void)state;
	rig_start(rig);
	put_list(rig, "01040240");
	rig_put(rig, ACK);
	for (int i = 0; i < 896; i++)
		strcat(packet, "5a");
	rig_put(rig, packet);
	p = &rig->sent[rig->sent_count - 1];
	assert_int_equal(p->len, 576);
	assert_memory_equal(p->data, "\x07\x02\x02\x40\xc8\x01\x03\x84\x5a", 9);
	memcpy(packet, "80fd", 4); /* CCP: not before authentication */
	rig_put_dropped(rig, packet);
	memcpy(packet, "c227", 4); /* EAP */
	rig_put(rig, packet);
	p = &rig->sent[rig->sent_count - 1];
	assert_int_equal(p->len, 576);
	assert_memory_equal(p->data, "\x08\x03\x02\x40\xc2\x27\xc8\x01", 8);
	memcpy(packet, "c021 0904", 9);
	rig_put(rig, packet);
	p = &rig->sent[rig->sent_count - 1];
	assert_int_equal(p->len, 576);
	assert_int_equal(p->data[0], CODE_ECHO_REPLY);
	rig_free(rig);
}

static void codes_without_an_answer(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 0c01000d 00000000 4d53524153");
	rig_put(rig, "c021 0c010004");
	rig_quiet(rig);
	rig_free(rig);
	rig = rig_opened();
	rig_put(rig, "c021 0c01000d aabbccdd 4d53524153");
	rig_put(rig, "c021 0b01000a aabbccdd 0102");
	rig_put(rig, "c021 0d01000c aabbccdd 00000010");
	rig_put(rig, "c021 0701000c 0d010008 05040302"); /* we can do without */
	rig_put(rig, "c021 0801000a 80fd 01010004");
	rig_put_dropped(rig, "c021 08010005 80");
	rig_quiet(rig);
	assert_string_equal(ppp_info(rig->ppp).lcp_state, "Opened");
	rig_free(rig);
}

static void essential_code_rejected(void **state)
{
	struct rig *rig;

	(void)state;
	for (unsigned int code = 1; code <= 7; code++) {
		char packet[64];

		snprintf(packet, sizeof(packet), "c021 07010008 %02x010004",
			 code);
		rig = rig_req_sent();
		rig_put(rig, packet);
		rig_ended(rig, PPP_END_PROTOCOL, 5, PPP_LCP, 0);
		rig_free(rig);
		rig = rig_opened();
		rig_put(rig, packet);
		rig_expect(rig, "c021 05020004");
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_TERMINATE);
		rig_put(rig, "c021 06020004");
		rig_ended(rig, PPP_END_PROTOCOL, 5, PPP_LCP, 0);
		rig_free(rig);
	}
}

static void lcp_rejected(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	rig_put(rig, "c021 0801000a c021 01010004");
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_PROTOCOL, 5, PPP_LCP, 0);
	rig_free(rig);
}

/* ---- what a new negotiation does not remember ----------------------------- */

/* Refusals are those of the old one; what we wish is asked for again. */
static void refusals_are_forgotten(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 0401000e 010405d4 050605040302");
	rig_expect(rig, "c021 01020009 0305c22305");
	rig_put(rig, "c021 03020008 0304c227");
	rig_expect(rig, "c021 01030008 0304c023");
	rig_put(rig, "c021 02030008 0304c023");
	put_list(rig, "0506aabbccdd");
	expect_list(rig, 2, "0506aabbccdd");
	rig_put(rig, "c021 0108000a 0506aabbccdd");
	rig_expect(rig, "c021 01040013 010405d4 0305c22305 050609080706");
	rig_expect(rig, "c021 0208000a 0506aabbccdd");
	/* a Nak of the first method leads to the second, not to the end */
	rig_put(rig, "c021 03040008 0304c227");
	rig_expect(rig, "c021 01050012 010405d4 0304c023 050609080706");
	assert_int_equal(rig->ended, 0);
	rig_free(rig);
}

static void counts_of_naks_are_forgotten(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	for (int i = 0; i < 2; i++) {
		put_list(rig, "0506aabbccdd");
		rig->sent_seen = rig->sent_count;
		for (int n = 0; n < 5; n++) {
			put_list(rig, "0104ffff");
			expect_list(rig, 3, "010405d4");
		}
		put_list(rig, "0104ffff");
		expect_list(rig, 4, "0104ffff");
	}
	rig_free(rig);
}

/* Rejects do not count as Naks. */
static void rejects_are_not_counted(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (int i = 0; i < 9; i++) {
		put_list(rig, "0702");
		expect_list(rig, 4, "0702");
	}
	put_list(rig, "0104ffff");
	expect_list(rig, 3, "010405d4");
	rig_free(rig);
}

static void limit_of_the_phase(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.lcp_limit_ms = 10000;
	rig = rig_new();
	rig_start(rig);
	rig_pass(rig, 9999);
	assert_int_equal(rig->ended, 0);
	rig_pass(rig, 1);
	rig_ended(rig, PPP_END_LCP_TIMEOUT, 6, PPP_LCP, 0);
	assert_string_equal(rig->end.text, "no LCP packet from the client");
	rig_free(rig);
}

static void mru_nak_at_its_bounds(void **state)
{
	static const struct {
		const char *nak;
		uint16_t mru;
	} rows[] = {
		{"c021 03010008 0104003f", 1400}, {"c021 03010008 01040040", 64},
		{"c021 03010008 01040578", 1400}, {"c021 03010008 01040577", 1399},
		{"c021 03010008 01040579", 1400}, {"c021 03010007 010305", 1400},
	};

	(void)state;
	rig_config.mru = 1400;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *rig = rig_new();

		rig_start(rig);
		rig_put(rig, rows[i].nak);
		assert_int_equal(ppp_info(rig->ppp).our_mru, rows[i].mru);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_option, setup),
		cmocka_unit_test_setup(naks_become_rejects, setup),
		cmocka_unit_test_setup(too_much_to_reject, setup),
		cmocka_unit_test_setup(missing_mru_is_the_default, setup),
		cmocka_unit_test_setup(malformed_is_dropped, setup),
		cmocka_unit_test_setup(padding_is_left_off, setup),
		cmocka_unit_test_setup(repeated_ack_changes_nothing, setup),
		cmocka_unit_test_setup(our_mru_can_be_talked_down, setup),
		cmocka_unit_test_setup(our_magic, setup),
		cmocka_unit_test_setup(mru_1500_is_not_asked_for, setup),
		cmocka_unit_test_setup(authentication_moves_along_our_list,
				       setup),
		cmocka_unit_test_setup(only_listed_methods, setup),
		cmocka_unit_test_setup(authentication_list_ends, setup),
		cmocka_unit_test_setup(client_may_choose_our_first_again,
				       setup),
		cmocka_unit_test_setup(authentication_refused, setup),
		cmocka_unit_test_setup(no_authentication_wanted, setup),
		cmocka_unit_test_setup(nobody_answers, setup),
		cmocka_unit_test_setup(never_agreed, setup),
		cmocka_unit_test_setup(request_after_answer_is_new, setup),
		cmocka_unit_test_setup(unknown_codes_are_rejected, setup),
		cmocka_unit_test_setup(rejects_are_cut, setup),
		cmocka_unit_test_setup(codes_without_an_answer, setup),
		cmocka_unit_test_setup(essential_code_rejected, setup),
		cmocka_unit_test_setup(lcp_rejected, setup),
		cmocka_unit_test_setup(refusals_are_forgotten, setup),
		cmocka_unit_test_setup(counts_of_naks_are_forgotten, setup),
		cmocka_unit_test_setup(rejects_are_not_counted, setup),
		cmocka_unit_test_setup(limit_of_the_phase, setup),
		cmocka_unit_test_setup(mru_nak_at_its_bounds, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
