/* SPDX-License-Identifier: GPL-2.0-only */
/* IPCP: every option, addresses that are not agreed, and what ends it. */
#include "ppp_rig.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static int setup(void **state)
{
	(void)state;
	rig_reset();
	rig_config.echo_ms = 0;
	return 0;
}

#define OURS "03060a000001"
#define USER "03060a000009"
#define REQUEST "8021 0101000a " OURS
#define ACK "8021 0201000a " OURS

/* Authenticated; our first IPCP request is out. */
static struct rig *rig_req_sent(void)
{
	struct rig *rig = rig_new();

	rig_lcp_open(rig);
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c223 0216001a 10 00112233445566778899aabbccddeeff"
		     " 616c696365");
	rig_expect(rig, "c223 03160004");
	rig_expect(rig, REQUEST);
	return rig;
}

static void put_list(struct rig *rig, const char *options)
{
	uint8_t octets[512];
	char packet[1200];

	snprintf(packet, sizeof(packet), "8021 0107%04zx %s",
		 4 + rig_octets(options, octets, sizeof(octets)), options);
	rig_put(rig, packet);
}

static void expect_list(struct rig *rig, unsigned int code,
			const char *options)
{
	uint8_t octets[512];
	char packet[1200];

	snprintf(packet, sizeof(packet), "8021 %02x07%04zx %s", code,
		 4 + rig_octets(options, octets, sizeof(octets)), options);
	rig_expect(rig, packet);
}

static const struct {
	const char *asked;
	unsigned int code;
	const char *answer; /* NULL: as asked */
} options[] = {
	{USER, 2, NULL},
	{"030600000000", 3, USER},
	{"03060a00000a", 3, USER},
	{"0306ffffffff", 3, USER},
	{OURS, 3, USER},
	{"", 3, USER}, /* it should ask */
	{USER "8106 0a000035", 2, NULL},
	{USER "8106 00000000", 3, "81060a000035"},
	{"030600000000 810600000000", 3, USER "81060a000035"},
	{"810600000000", 3, "81060a000035" USER},
	{USER "8306 00000000", 4, "830600000000"}, /* there is none */
	{USER "8206 00000000", 4, "820600000000"}, /* NBNS */
	{USER "8406 00000000", 4, "840600000000"},
	{"0206002d0f01", 4, NULL}, /* VJ */
	{"0204002d", 4, NULL},
	{"010a 0a0000090a000001", 4, NULL},
	{"0406 0a000009", 4, NULL}, /* Mobile-IPv4 */
	{"9003 00", 4, NULL},
	{"0305 0a0000", 4, NULL}, /* wrong length */
	{"0307 0a00000900", 4, NULL},
	{"0302", 4, NULL},
	{"8105 0a0000", 4, NULL},
	/* as pppd asks: Reject first, Nak in the next round */
	{"030600000000 0206002d0f01 810600000000 830600000000", 4,
	 "0206002d0f01 830600000000"},
	{"030600000000 810600000000", 3, USER "81060a000035"},
	{USER USER, 4, USER},
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
		assert_string_equal(ppp_info(rig->ppp).ipcp_state,
				    options[i].code == 2 ? "Ack-Sent"
							 : "Req-Sent");
		rig_free(rig);
	}
}

static void two_name_servers(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	inet_aton("10.0.0.54", &rig->ip4.dns[1]);
	rig_lcp_open(rig);
	rig_put(rig, "c223 0216001a 10 00112233445566778899aabbccddeeff"
		     " 616c696365");
	rig->sent_seen = rig->sent_count;
	put_list(rig, USER "810600000000 830600000000");
	expect_list(rig, 3, "81060a000035 83060a000036");
	put_list(rig, USER "81060a000035 83060a000036");
	expect_list(rig, 2, USER "81060a000035 83060a000036");
	rig_free(rig);
}

static const char *const malformed[] = {
	"8021",
	"8021 01",
	"8021 01010003",
	"8021 0101000b " USER,
	"8021 01010006 0300",
	"8021 01010006 0301",
	"8021 0101000a 03070a000009",
	"8021 0202000a " OURS,
	"8021 0201000a " USER,
	"8021 02010004",
	"8021 03010004",
	"8021 0302000a " USER,
	"8021 04010004",
	"8021 0401000a " USER,
	"8021 07010004",
};

static void malformed_is_dropped(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		rig_put_dropped(rig, malformed[i]);
	rig_put(rig, ACK);
	assert_string_equal(ppp_info(rig->ppp).ipcp_state, "Ack-Rcvd");
	rig_free(rig);
}

static void lcp_codes_are_unknown_here(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "8021 09010008 00000000");
	rig_expect(rig, "8021 0702000c 09010008 00000000");
	rig_put(rig, "8021 08010004");
	rig_expect(rig, "8021 07030008 08010004");
	rig_free(rig);
}

static void client_insists_on_its_address(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (int i = 0; i < 5; i++) {
		put_list(rig, "0306c0a80001");
		expect_list(rig, 3, USER);
	}
	assert_int_equal(rig->ended, 0);
	put_list(rig, "0306c0a80001");
	expect_list(rig, 4, "0306c0a80001");
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_ADDRESS, 19, PPP_IPCP, 2);
	rig_free(rig);
}

static void client_wants_no_address(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, ACK);
	for (int i = 0; i < 5; i++) {
		put_list(rig, "");
		expect_list(rig, 3, USER);
	}
	put_list(rig, "");
	rig->drops++;
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	assert_int_equal(rig->networks_up, 0);
	rig_ended(rig, PPP_END_ADDRESS, 19, PPP_IPCP, 2);
	rig_free(rig);
}

/* Wrong name servers end in a Reject, not in the end of the link. */
static void client_insists_on_its_name_server(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (int i = 0; i < 5; i++) {
		put_list(rig, USER "810608080808");
		expect_list(rig, 3, "81060a000035");
	}
	put_list(rig, USER "810608080808");
	expect_list(rig, 4, "810608080808");
	put_list(rig, USER);
	expect_list(rig, 2, USER);
	put_list(rig, ""); /* Naks begin anew */
	expect_list(rig, 3, USER);
	rig_quiet(rig);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_free(rig);
}

static void client_dislikes_our_address(void **state)
{
	struct rig *rig = rig_req_sent();
	char packet[64];

	(void)state;
	for (unsigned int i = 1; i < 10; i++) {
		snprintf(packet, sizeof(packet), "8021 03%02x000a 0306c0a80101",
			 i);
		rig_put(rig, packet);
		snprintf(packet, sizeof(packet), "8021 01%02x000a " OURS,
			 i + 1);
		rig_expect(rig, packet);
	}
	assert_int_equal(rig->ended, 0);
	rig_put(rig, "8021 030a000a 0306c0a80101");
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_ADDRESS, 19, PPP_IPCP, 1);
	rig_free(rig);
}

static void our_address_need_not_be_known(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "8021 0401000a " OURS);
	rig_expect(rig, "8021 01020004");
	put_list(rig, USER);
	expect_list(rig, 2, USER);
	rig_put(rig, "8021 02020004");
	assert_int_equal(rig->networks_up, 1);
	rig_free(rig);
}

static void nobody_answers(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	for (int i = 0; i < 9; i++) {
		rig_pass(rig, 3000);
		rig_expect(rig, REQUEST);
		rig_quiet(rig);
	}
	rig_pass(rig, 3000);
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_NCP_TIMEOUT, 17, PPP_IPCP, 0);
	rig_free(rig);
}

/* Our requests are acknowledged, but the client's own are never good. */
static void never_agreed(void **state)
{
	struct rig *rig = rig_req_sent();
	char packet[64];

	(void)state;
	for (unsigned int id = 1; id <= 20; id++) {
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
		put_list(rig, USER "9002");
		expect_list(rig, 4, "9002");
		snprintf(packet, sizeof(packet), "8021 02%02x000a " OURS, id);
		rig_put(rig, packet);
		rig_pass(rig, 3000);
		snprintf(packet, sizeof(packet), "8021 01%02x000a " OURS,
			 id + 1);
		rig_expect(rig, packet);
	}
	rig_expect(rig, "c021 05020004");
	rig_pass(rig, 6000);
	rig_ended(rig, PPP_END_NCP_TIMEOUT, 17, PPP_IPCP, 0);
	rig_free(rig);
}

static void ipcp_is_not_known(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 08010010 8021 0101000a 03060a000001");
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_NO_NCP, 18, PPP_IPCP, 0);
	rig_free(rig);
}

static void essential_code_rejected(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "8021 0701000e 0101000a 03060a000001");
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_NO_NCP, 18, PPP_IPCP, 0);
	rig_free(rig);
}

/* IPCP alone goes down, comes back, or does not. */
static void client_terminates_ipcp(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	rig_put(rig, "8021 05300004");
	rig_expect(rig, "8021 06300004");
	assert_int_equal(rig->networks_down, 1);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_pass(rig, 3000);
	assert_string_equal(ppp_info(rig->ppp).ipcp_state, "Stopped");
	put_list(rig, USER);
	rig_expect(rig, "8021 0102000a " OURS);
	expect_list(rig, 2, USER);
	rig_put(rig, "8021 0202000a " OURS);
	assert_int_equal(rig->networks_up, 2);
	rig_pass(rig, 600000);
	assert_int_equal(rig->ended, 0);
	rig_put(rig, "8021 05310004");
	rig_expect(rig, "8021 06310004");
	rig_pass(rig, 60000);
	rig_expect(rig, "c021 05020004");
	rig_pass(rig, 6000);
	rig_ended(rig, PPP_END_NCP_TIMEOUT, 17, PPP_IPCP, 0);
	rig_free(rig);
}

static void client_negotiates_again(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	put_list(rig, "030600000000");
	rig_expect(rig, "8021 0102000a " OURS);
	expect_list(rig, 3, USER);
	assert_int_equal(rig->networks_down, 1);
	put_list(rig, USER);
	expect_list(rig, 2, USER);
	rig_put(rig, "8021 0202000a " OURS);
	assert_int_equal(rig->networks_up, 2);
	rig_free(rig);
}

static void no_address_to_give(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->ip4 = (struct ppp_addresses){0};
	rig_lcp_open(rig);
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c223 0216001a 10 00112233445566778899aabbccddeeff"
		     " 616c696365");
	rig_expect(rig, "c223 03160004");
	rig_put(rig, "8021 0107000a 030600000000");
	rig_expect(rig, "c021 08020010 8021 0107000a 030600000000");
	rig_pass(rig, 60000);
	rig_expect(rig, "c021 05030004");
	rig_put(rig, "c021 06030004");
	rig_ended(rig, PPP_END_NO_NCP, 18, 0, 0);
	rig_free(rig);
}

/* Each request stands for itself. */
static void address_must_be_in_every_request(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	put_list(rig, USER);
	expect_list(rig, 2, USER);
	for (int i = 0; i < 5; i++) {
		put_list(rig, "");
		expect_list(rig, 3, USER);
	}
	put_list(rig, "");
	rig->drops++;
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_TERMINATE);
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_ADDRESS, 19, PPP_IPCP, 2);
	rig_free(rig);
}

/* Our request is not even answered in Ack-Sent. */
static void half_of_it_is_agreed(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	put_list(rig, USER);
	rig_pass(rig, 30000);
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_NCP_TIMEOUT, 17, PPP_IPCP, 0);
	rig_free(rig);
}

static void limit_before_the_last_request(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.ncp_limit_ms = 10000;
	rig = rig_req_sent();
	rig_pass(rig, 9999);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_pass(rig, 1);
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_NO_NCP, 18, 0, 0);
	rig_free(rig);
	rig = rig_req_sent();
	put_list(rig, "9002");
	rig_pass(rig, 10000);
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_NCP_TIMEOUT, 17, PPP_IPCP, 0);
	rig_free(rig);
}

/* Only IPCP's own Protocol-Reject ends it. */
static void other_protocols_may_be_unknown(void **state)
{
	struct rig *rig = rig_req_sent();

	(void)state;
	rig_put(rig, "c021 0801000a 8057 01010004");
	rig_put(rig, "c021 0801000a c223 01010004");
	rig_quiet(rig);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_free(rig);
	rig = rig_new();
	rig_lcp_open(rig);
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c021 0801000a 8021 01010004");
	rig_quiet(rig);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_AUTHENTICATE);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_option, setup),
		cmocka_unit_test_setup(two_name_servers, setup),
		cmocka_unit_test_setup(malformed_is_dropped, setup),
		cmocka_unit_test_setup(lcp_codes_are_unknown_here, setup),
		cmocka_unit_test_setup(client_insists_on_its_address, setup),
		cmocka_unit_test_setup(client_wants_no_address, setup),
		cmocka_unit_test_setup(client_insists_on_its_name_server,
				       setup),
		cmocka_unit_test_setup(client_dislikes_our_address, setup),
		cmocka_unit_test_setup(our_address_need_not_be_known, setup),
		cmocka_unit_test_setup(nobody_answers, setup),
		cmocka_unit_test_setup(never_agreed, setup),
		cmocka_unit_test_setup(ipcp_is_not_known, setup),
		cmocka_unit_test_setup(essential_code_rejected, setup),
		cmocka_unit_test_setup(client_terminates_ipcp, setup),
		cmocka_unit_test_setup(client_negotiates_again, setup),
		cmocka_unit_test_setup(no_address_to_give, setup),
		cmocka_unit_test_setup(address_must_be_in_every_request, setup),
		cmocka_unit_test_setup(half_of_it_is_agreed, setup),
		cmocka_unit_test_setup(limit_before_the_last_request, setup),
		cmocka_unit_test_setup(other_protocols_may_be_unknown, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
