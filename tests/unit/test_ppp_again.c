/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a client does again: requests that it repeats because our answer is
 * still on its way, and negotiations that it begins anew, perhaps for ever.
 */
#include "ppp_rig.h"

#include <stdio.h>

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

#define CHALLENGE "c223 01160019 10 060708090a0b0c0d0e0f101112131415 6c327864"
#define RESPONSE "c223 0216001a 10 00112233445566778899aabbccddeeff 616c696365"
/* what rig_lcp_open and rig_network_open have sent as the client */
#define LCP_ASKS "c021 0107000e 010405d4 0506aabbccdd"
#define LCP_ACKED "c021 0207000e 010405d4 0506aabbccdd"
#define IPCP_ASKS "8021 0105000a 03060a000009"
#define IPCP_ACKED "8021 0205000a 03060a000009"
/* our next request after the one of rig_lcp_open */
#define ANEW "010405d4 0305c22305 05061a191817"
#define LCP_ANEW "c021 01020013 " ANEW

static struct rig *rig_opened(void)
{
	struct rig *rig = rig_new();

	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	return rig;
}

/* ---- repeats ------------------------------------------------------------- */

/* The round trip is longer than the client's timer. */
static void lcp_request_is_repeated(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	for (int i = 0; i < 10; i++) {
		rig_put(rig, LCP_ASKS);
		rig_expect(rig, LCP_ACKED);
		rig_quiet(rig);
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_AUTHENTICATE);
	}
	rig_put(rig, RESPONSE);
	assert_int_equal(rig->identified, 1);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_free(rig);
}

/* No client asks more often for one Ack: it wants to begin anew. */
static void lcp_request_is_repeated_too_often(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	for (int i = 0; i < 10; i++) {
		rig_put(rig, LCP_ASKS);
		rig_expect(rig, LCP_ACKED);
	}
	rig_put(rig, LCP_ASKS);
	rig_expect(rig, LCP_ANEW);
	rig_expect(rig, LCP_ACKED);
	rig_quiet(rig);
	rig_free(rig);
}

static void other_lcp_request_is_new(void **state)
{
	static const char *const requests[] = {
		"c021 0108000e 010405d4 0506aabbccdd", /* Identifier */
		"c021 0107000e 010405d3 0506aabbccdd",
		"c021 0107000a 0506aabbccdd",
		"c021 01070004",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(requests) / sizeof(*requests);
	     i++) {
		struct rig *rig = rig_opened();

		rig_put(rig, requests[i]);
		rig_expect(rig, LCP_ANEW);
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
		rig_free(rig);
	}
}

/* What only a client with LCP open sends; it has our Ack, then. */
static const char *const proofs[] = {
	RESPONSE,
	"c021 09550008 aabbccdd",
};

static void lcp_request_after_the_next_phase_is_new(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(proofs) / sizeof(*proofs); i++) {
		struct rig *rig = rig_opened();

		rig->answer = RIG_WAIT;
		rig_put(rig, proofs[i]);
		rig->sent_seen = rig->sent_count;
		rig_put(rig, LCP_ASKS);
		rig_expect(rig, LCP_ANEW);
		rig_expect(rig, LCP_ACKED);
		rig_quiet(rig);
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
		rig_free(rig);
	}
}

static void lcp_request_after_an_echo_reply_is_new(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 1000;
	rig = rig_opened();
	rig_pass(rig, 1000);
	rig_expect(rig, "c021 09010008 05040302");
	rig_put(rig, "c021 0a010008 aabbccdd");
	rig_put(rig, LCP_ASKS);
	rig_expect(rig, LCP_ANEW);
	rig_free(rig);
}

/* An old answer, or what is out of place, proves nothing. */
static void nonsense_is_no_proof(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	rig_put_dropped(rig, "c223 0217001a 10 "
			     "00112233445566778899aabbccddeeff 616c696365");
	rig_put_dropped(rig, IPCP_ASKS);
	rig_put_dropped(rig, "c021 0a010008 aabbccdd");
	rig_put_dropped(rig, "c021 02010013 010405d4 0305c22305 050605040302");
	rig_put(rig, LCP_ASKS);
	rig_expect(rig, LCP_ACKED);
	rig_quiet(rig);
	rig_free(rig);
}

/* After a new negotiation it is the new request that is known. */
static void repeat_of_the_latest(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	rig_put(rig, "c021 0108000a 0506aabbccdd");
	rig_expect(rig, LCP_ANEW);
	rig_expect(rig, "c021 0208000a 0506aabbccdd");
	rig_put(rig, "c021 02020013 " ANEW);
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c021 0108000a 0506aabbccdd");
	rig_expect(rig, "c021 0208000a 0506aabbccdd");
	rig_quiet(rig);
	rig_put(rig, LCP_ASKS); /* the one of before */
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
	rig_free(rig);
}

static void ipcp_request_is_repeated(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	for (int i = 0; i < 10; i++) {
		rig_put(rig, IPCP_ASKS);
		rig_expect(rig, IPCP_ACKED);
		rig_quiet(rig);
	}
	assert_int_equal(rig->networks_down, 0);
	rig_put(rig, IPCP_ASKS);
	rig_expect(rig, "8021 0102000a 03060a000001");
	rig_expect(rig, IPCP_ACKED);
	assert_int_equal(rig->networks_down, 1);
	rig_free(rig);
}

static void ipcp_request_after_data_is_new(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	ppp_data_came(rig->ppp);
	rig_put(rig, IPCP_ASKS);
	rig_expect(rig, "8021 0102000a 03060a000001");
	rig_expect(rig, IPCP_ACKED);
	assert_int_equal(rig->networks_down, 1);
	rig_free(rig);
}

static void other_ipcp_request_is_new(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	rig_put(rig, "8021 0106000a 03060a000009");
	assert_int_equal(rig->networks_down, 1);
	rig_free(rig);
}

/* ---- for ever ------------------------------------------------------------ */

/* A request with an Identifier that was not used before. */
static void ask(struct rig *rig, const char *protocol, const char *options)
{
	static uint8_t id = 0x80;
	uint8_t octets[64];
	char packet[96];

	snprintf(packet, sizeof(packet), "%s 01%02x%04zx %s", protocol, id++,
		 4 + rig_octets(options, octets, sizeof(octets)), options);
	rig_put(rig, packet);
}

/* The last packet of ours with this protocol and code. */
static struct rig_packet last_sent(const struct rig *rig, uint16_t protocol,
				   uint8_t code)
{
	unsigned int i = rig->sent_count;

	do
		assert_int_not_equal(i--, 0);
	while (rig->sent[i].protocol != protocol ||
	       rig->sent[i].data[0] != code);
	return rig->sent[i];
}

static void acknowledge(struct rig *rig, uint16_t protocol)
{
	struct rig_packet ours = last_sent(rig, protocol, 1);

	ours.data[0] = 2;
	ppp_input(rig->ppp, protocol, view_of(ours.data, ours.len), rig->now);
}

/* Begins LCP anew with what cannot be, and leaves it at that. */
static void lcp_down(struct rig *rig)
{
	rig->sent_count = rig->sent_seen = 0; /* there is not room for all */
	ask(rig, "c021", "0702");
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
}

static void lcp_up(struct rig *rig)
{
	ask(rig, "c021", "0506aabbccdd");
	acknowledge(rig, PPP_LCP);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_AUTHENTICATE);
}

static void say_name(struct rig *rig)
{
	char packet[96];

	snprintf(packet, sizeof(packet),
		 "c223 02%02x001a 10 00112233445566778899aabbccddeeff"
		 " 616c696365",
		 last_sent(rig, PPP_CHAP, 1).data[1]);
	rig_put(rig, packet);
}

static void ipcp_down(struct rig *rig)
{
	unsigned int before = rig->networks_down;

	rig->sent_count = rig->sent_seen = 0;
	ask(rig, "8021", "8102");
	assert_int_equal(rig->networks_down, before + 1);
}

static void ipcp_up(struct rig *rig)
{
	ask(rig, "8021", "03060a000009");
	acknowledge(rig, PPP_IPCP);
	assert_int_equal(rig->networks_up, rig->networks_down + 1);
}

/* The limit is over in a millisecond, and the client says nothing more. */
static void ends_now(struct rig *rig, enum ppp_end_reason reason,
		     uint16_t code, uint16_t protocol)
{
	enum ppp_phase phase = ppp_info(rig->ppp).phase;

	assert_true(phase < PPP_TERMINATE && phase != PPP_DEAD);
	rig_pass(rig, 1);
	assert_int_not_equal(ppp_info(rig->ppp).phase, phase);
	rig_pass(rig, 6000); /* the Terminate-Requests */
	rig_ended(rig, reason, code, protocol, 0);
}

/* Never says who it is: 2 s of each round are the phase's 60. */
static void restless_before_authentication(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	for (int i = 0; i < 29; i++) {
		rig_pass(rig, 2000);
		lcp_down(rig);
		lcp_up(rig);
	}
	rig_pass(rig, 1999);
	ends_now(rig, PPP_END_AUTH_TIMEOUT, 13, PPP_CHAP);
	rig_free(rig);
}

/* Comes to the end of LCP in time, but always once more. */
static void restless_in_lcp(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	for (int i = 0; i < 3; i++) {
		lcp_down(rig);
		rig_pass(rig, 9000);
		lcp_up(rig);
	}
	lcp_down(rig);
	rig_pass(rig, 2999);
	ends_now(rig, PPP_END_LCP_TIMEOUT, 5, PPP_LCP);
	rig_free(rig);
}

static struct rig *rig_up(void)
{
	struct rig *rig;

	rig_config.echo_ms = 0;
	rig = rig_new();
	rig_network_open(rig);
	return rig;
}

/* Gets through, but never for a minute. */
static void restless_in_the_network(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	for (int i = 0; i < 3; i++) {
		rig_pass(rig, 59999);
		ipcp_down(rig);
		rig_pass(rig, 19000);
		ipcp_up(rig);
	}
	ipcp_down(rig);
	rig_pass(rig, 2999);
	ends_now(rig, PPP_END_NCP_TIMEOUT, 17, PPP_IPCP);
	rig_free(rig);
}

/* The whole way, each round a third of what there is. */
static void restless_all_the_way(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	for (int i = 0; i < 2; i++) {
		lcp_down(rig);
		rig_pass(rig, 10000);
		lcp_up(rig);
		rig_pass(rig, 20000);
		say_name(rig);
		rig_pass(rig, 20000);
		ipcp_up(rig);
	}
	lcp_down(rig);
	rig_pass(rig, 9999);
	ends_now(rig, PPP_END_LCP_TIMEOUT, 5, PPP_LCP);
	rig_free(rig);
}

/* A link that was up for a minute has its time again. */
static void settled_link_may_begin_anew(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	for (int i = 0; i < 10; i++) {
		rig_pass(rig, 60000);
		lcp_down(rig);
		rig_pass(rig, 20000);
		lcp_up(rig);
		rig_pass(rig, 20000);
		say_name(rig);
		rig_pass(rig, 20000);
		ipcp_up(rig);
	}
	assert_int_equal(rig->ended, 0);
	rig_free(rig);
}

/* What the owner needs to decide is not at the client's expense. */
static void owner_takes_its_time(void **state)
{
	struct rig *rig = rig_opened();

	(void)state;
	rig->answer = RIG_WAIT;
	for (int i = 0; i < 5; i++) {
		say_name(rig);
		rig_pass(rig, 100000);
		rig->sent_count = rig->sent_seen = 0;
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_AUTHENTICATE);
		lcp_down(rig);
		lcp_up(rig);
	}
	rig_pass(rig, 29999);
	say_name(rig);
	ppp_accept(rig->ppp, &rig->ip4, rig->now);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lcp_request_is_repeated, setup),
		cmocka_unit_test_setup(lcp_request_is_repeated_too_often,
				       setup),
		cmocka_unit_test_setup(other_lcp_request_is_new, setup),
		cmocka_unit_test_setup(lcp_request_after_the_next_phase_is_new,
				       setup),
		cmocka_unit_test_setup(lcp_request_after_an_echo_reply_is_new,
				       setup),
		cmocka_unit_test_setup(nonsense_is_no_proof, setup),
		cmocka_unit_test_setup(repeat_of_the_latest, setup),
		cmocka_unit_test_setup(ipcp_request_is_repeated, setup),
		cmocka_unit_test_setup(ipcp_request_after_data_is_new, setup),
		cmocka_unit_test_setup(other_ipcp_request_is_new, setup),
		cmocka_unit_test_setup(restless_before_authentication, setup),
		cmocka_unit_test_setup(restless_in_lcp, setup),
		cmocka_unit_test_setup(restless_in_the_network, setup),
		cmocka_unit_test_setup(restless_all_the_way, setup),
		cmocka_unit_test_setup(settled_link_may_begin_anew, setup),
		cmocka_unit_test_setup(owner_takes_its_time, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
