/* SPDX-License-Identifier: GPL-2.0-only */
/* LCP: loops, and the client's silence. */
#include "ppp_rig.h"

#include <stdio.h>
#include <string.h>

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

/* ---- loops --------------------------------------------------------------- */

/* Every packet comes back to us. */
static void loop_is_found(struct rig *rig)
{
	rig_start(rig);
	for (int i = 0; i < 100 && !rig->ended; i++) {
		struct rig_packet p;

		if (rig->sent_seen == rig->sent_count) {
			rig_pass(rig, 3000);
			continue;
		}
		p = rig->sent[rig->sent_seen++];
		ppp_input(rig->ppp, p.protocol, view_of(p.data, p.len),
			  rig->now);
	}
	rig_ended(rig, PPP_END_LOOPBACK, 7, PPP_LCP, 0);
	rig_free(rig);
}

static void loops_are_found(void **state)
{
	(void)state;
	loop_is_found(rig_new());
	rig_config.auth_count = 0;
	loop_is_found(rig_new());
}

static void our_magic_from_the_client(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	put_list(rig, "050605040302");
	expect_list(rig, 3, "050609080706");
	/* it was chance: no loop */
	put_list(rig, "0506aabbccdd");
	expect_list(rig, 2, "0506aabbccdd");
	put_list(rig, "050605040302");
	put_list(rig, "050605040302");
	assert_int_equal(rig->ended, 0);
	put_list(rig, "050605040302");
	rig_ended(rig, PPP_END_LOOPBACK, 7, PPP_LCP, 0);
	rig_free(rig);
}

static void our_echo_comes_back(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	rig_put_dropped(rig, "c021 09010008 05040302");
	rig_put_dropped(rig, "c021 09020008 05040302");
	/* the client's own: there is somebody else, what was before is old */
	rig_put(rig, "c021 09030008 aabbccdd");
	rig_expect(rig, "c021 0a030008 05040302");
	rig_put_dropped(rig, "c021 09040008 05040302");
	rig_put_dropped(rig, "c021 09050008 05040302");
	rig_put(rig, "c021 09060008 05040302");
	rig->drops++; /* but not without an effect */
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_LOOPBACK, 7, PPP_LCP, 0);
	rig_free(rig);
}

/* ---- echo ---------------------------------------------------------------- */

static void echo_is_answered(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	rig_put(rig, "c021 09550008 aabbccdd");
	rig_expect(rig, "c021 0a550008 05040302");
	rig_put(rig, "c021 0956000e aabbccdd 0123456789ab");
	rig_expect(rig, "c021 0a56000e 05040302 0123456789ab");
	rig_put_dropped(rig, "c021 09570007 aabbcc"); /* no magic */
	rig_put_dropped(rig, "c021 0a570007 aabbcc");
	rig_free(rig);
}

static struct rig *rig_up(void)
{
	struct rig *rig = rig_new();

	rig_network_open(rig);
	return rig;
}

static void silent_client_is_found(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	rig_pass(rig, 29999);
	rig_quiet(rig);
	rig_pass(rig, 1);
	rig_expect(rig, "c021 09010008 05040302");
	rig_pass(rig, 30000);
	rig_expect(rig, "c021 09020008 05040302");
	rig_pass(rig, 30000);
	rig_expect(rig, "c021 09030008 05040302");
	rig_pass(rig, 29999);
	rig_quiet(rig);
	rig_pass(rig, 1);
	assert_int_equal(rig->networks_down, 1);
	rig_expect(rig, "c021 05020004");
	rig_pass(rig, 3000);
	rig_expect(rig, "c021 05030004");
	rig_pass(rig, 3000);
	rig_ended(rig, PPP_END_ECHO, 8, PPP_LCP, 0);
	rig_quiet(rig);
	rig_free(rig);
}

static void replies_count_by_identifier(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	rig_put_dropped(rig, "c021 0a010008 aabbccdd"); /* not asked yet */
	rig_pass(rig, 30000);
	rig_expect(rig, "c021 09010008 05040302");
	rig_put_dropped(rig, "c021 0a020008 aabbccdd"); /* not sent yet */
	rig_put_dropped(rig, "c021 0a000008 aabbccdd");
	rig_put(rig, "c021 0a010008 aabbccdd");
	rig_put_dropped(rig, "c021 0a010008 aabbccdd"); /* again */
	rig_pass(rig, 60000);
	rig_expect(rig, "c021 09020008 05040302");
	rig_expect(rig, "c021 09030008 05040302");
	rig_put(rig, "c021 0a020010 aabbccdd 0011223344556677"); /* late */
	rig_pass(rig, 90000);
	rig->sent_seen = rig->sent_count;
	assert_int_equal(rig->ended, 0);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	assert_int_equal(ppp_info(rig->ppp).echo_mismatches, 0);
	rig_free(rig);
}

/* Clients that do not know which magic number belongs there are alive. */
static void replies_with_a_wrong_magic_count(void **state)
{
	static const char *const replies[] = {
		"c021 0a%02x0008 00000000", /* although it negotiated one */
		"c021 0a%02x0008 05040302", /* ours, copied */
		"c021 0a%02x0008 aabbccde",
		"c021 0a%02x0004", /* none */
		"c021 0a%02x0006 aabb",
	};
	enum { REPLIES = sizeof(replies) / sizeof(*replies) };
	struct rig *rig = rig_up();
	char packet[64];

	(void)state;
	for (unsigned int i = 0; i < 2 * REPLIES; i++) {
		rig_pass(rig, 30000);
		snprintf(packet, sizeof(packet), "c021 09%02x0008 05040302",
			 i + 1);
		rig_expect(rig, packet);
		snprintf(packet, sizeof(packet), replies[i % REPLIES], i + 1);
		rig_put(rig, packet);
		rig_quiet(rig);
		assert_int_equal(ppp_info(rig->ppp).echo_mismatches, i + 1);
	}
	assert_int_equal(rig->ended, 0);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_free(rig);
}

static void reply_without_a_negotiated_magic(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 5000;
	rig = rig_req_sent();
	put_list(rig, "010405d4");
	expect_list(rig, 2, "010405d4");
	rig_put(rig, ACK);
	rig_expect(rig, CHALLENGE);
	rig_pass(rig, 5000);
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c021 0a010008 12345678");
	assert_int_equal(ppp_info(rig->ppp).echo_mismatches, 1);
	rig_free(rig);
}

/* Not even after the client has started LCP over. */
static void echo_that_is_not_known_is_not_sent(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	rig_pass(rig, 30000);
	rig_expect(rig, "c021 09010008 05040302");
	rig_put(rig, "c021 0701000c 09010008 05040302");
	rig_pass(rig, 600000);
	rig_quiet(rig);
	rig_put(rig, "c021 01080004");
	rig_expect(rig, "c021 01020013 010405d4 0305c22305 05061a191817");
	rig_put(rig, "c021 02020013 010405d4 0305c22305 05061a191817");
	rig->answer = RIG_WAIT;
	rig_put(rig, "c223 02170014 10 00112233445566778899aabbccddee");
	rig->drops++; /* one octet short */
	rig_put(rig, "c223 02170015 10 00112233445566778899aabbccddeeff");
	assert_int_equal(rig->identified, 2);
	assert_true(instant_is_never(ppp_deadline(rig->ppp)));
	rig_free(rig);
}

static void no_echo_configured(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 0;
	rig = rig_up();
	assert_true(instant_is_never(ppp_deadline(rig->ppp)));
	rig_free(rig);
}

static void open_echoes_are_forgotten(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	rig_pass(rig, 90000);
	rig_put(rig, "c021 0108000a 0506aabbccdd");
	rig_put(rig, "c021 02020013 010405d4 0305c22305 05061a191817");
	rig->answer = RIG_WAIT;
	rig_put(rig, "c223 02170015 10 00112233445566778899aabbccddeeff");
	rig->sent_seen = rig->sent_count;
	rig_put_dropped(rig, "c021 0a030008 aabbccdd");
	rig_pass(rig, 90000);
	rig_expect(rig, "c021 09040008 1a191817");
	rig_expect(rig, "c021 09050008 1a191817");
	rig_expect(rig, "c021 09060008 1a191817");
	assert_int_equal(rig->ended, 0);
	rig_free(rig);
}

/* No Echo while LCP is not open, although one would have been due. */
static void echo_rests_while_lcp_is_down(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 1000;
	rig = rig_up();
	rig_put(rig, "c021 01080006 0702");
	rig->sent_seen = rig->sent_count;
	rig_pass(rig, 2999);
	rig_quiet(rig);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(loops_are_found, setup),
		cmocka_unit_test_setup(our_magic_from_the_client, setup),
		cmocka_unit_test_setup(our_echo_comes_back, setup),
		cmocka_unit_test_setup(echo_is_answered, setup),
		cmocka_unit_test_setup(silent_client_is_found, setup),
		cmocka_unit_test_setup(replies_count_by_identifier, setup),
		cmocka_unit_test_setup(replies_with_a_wrong_magic_count,
				       setup),
		cmocka_unit_test_setup(reply_without_a_negotiated_magic,
				       setup),
		cmocka_unit_test_setup(echo_that_is_not_known_is_not_sent,
				       setup),
		cmocka_unit_test_setup(no_echo_configured, setup),
		cmocka_unit_test_setup(open_echoes_are_forgotten, setup),
		cmocka_unit_test_setup(echo_rests_while_lcp_is_down, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
