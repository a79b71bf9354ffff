/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proxy LCP and proxy authentication: what a LAC hands over, byte for byte,
 * and what an LNS does with it.
 */
#include "ppp_rig.h"

#include <stdio.h>
#include <string.h>

#include "proxy_data.h"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

static void assert_view(struct view v, const char *hex)
{
	assert_true(view_equal(v, rig_view(hex)));
}

/* ---- LAC: what is handed over -------------------------------------------- */

/* The first list is not the last, and none of ours is the first we sent. */
static void chap_is_handed_over(void **state)
{
	struct rig *rig = rig_new();
	const struct proxy *proxy = &rig->proxy;

	(void)state;
	rig->answer = RIG_HAND_OVER;
	rig_start(rig);
	rig_put(rig, "c021 01010018 0104ffff 0702 0802 0506aabbccdd 020600000000");
	rig_put(rig, "c021 0102000e 0104ffff 0506aabbccdd");
	rig_put(rig, "c021 03010008 010405c8");
	rig_put(rig, "c021 0103000e " RECEIVED);
	rig_put(rig, "c021 02020013 010405c8 0305c22305 050605040302");
	rig->sent_seen = rig->sent_count - 1;
	rig_expect(rig, "c223 01160019 10" CHALLENGE "6c327864");
	rig_put(rig, "c223 0216001a 10" RESPONSE "616c696365");
	assert_int_equal(proxy->has, PROXY_HAS_INITIAL_RECEIVED | LCP_AVPS |
					     CHAP_AVPS);
	assert_view(proxy->initial_received,
		    "0104ffff 0702 0802 0506aabbccdd 020600000000");
	assert_view(proxy->last_sent, "010405c8 0305c22305 050605040302");
	assert_view(proxy->last_received, RECEIVED);
	assert_int_equal(proxy->auth_type, PROXY_AUTH_CHAP);
	assert_view(proxy->auth_name, "616c696365");
	assert_view(proxy->auth_challenge, CHALLENGE);
	assert_int_equal(proxy->auth_id, 0x16);
	assert_view(proxy->auth_response, RESPONSE);
	rig_free(rig);
}

/* From then on the link says and does nothing, whatever comes. */
static void handed_over_is_silent(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_HAND_OVER;
	rig_lcp_open(rig);
	rig_put(rig, "c223 0216001a 10" RESPONSE "616c696365");
	rig->sent_seen = rig->sent_count;
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_HANDED_OVER);
	assert_true(instant_is_never(ppp_deadline(rig->ppp)));
	rig_put_dropped(rig, "c021 01080004");
	rig_put_dropped(rig, "c021 09080008 aabbccdd");
	rig_put_dropped(rig, "c021 05080004");
	rig_put_dropped(rig, "c223 0216001a 10" RESPONSE "616c696365");
	rig_put_dropped(rig, "8021 0105000a 030600000000");
	ppp_accept(rig->ppp, &rig->ip4, rig->now);
	ppp_timeout(rig->ppp, instant_after(rig->now, 100000));
	rig_quiet(rig);
	assert_view(rig->proxy.last_sent, SENT);
	ppp_close(rig->ppp, rig->now);
	rig_quiet(rig);
	rig_ended(rig, PPP_END_ADMIN, 1, 0, 0);
	rig_free(rig);
}

static void pap_is_handed_over(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.auth[0] = PPP_AUTH_PAP;
	rig_config.auth_count = 1;
	rig = rig_new();
	rig->answer = RIG_WAIT;
	rig_start(rig);
	rig_put(rig, "c021 01070004");
	rig_put(rig, "c021 02010012 " SENT_PAP);
	rig_put(rig, "c023 0131000d 05616c696365 027077");
	rig_put(rig, "c023 0132000d 05616c696365 027077");
	ppp_hand_over(rig->ppp, &rig->proxy);
	/* an empty list is a list; the latest identifier is the one */
	assert_int_equal(rig->proxy.has, PROXY_HAS_INITIAL_RECEIVED |
						 LCP_AVPS | PAP_AVPS);
	assert_int_equal(rig->proxy.initial_received.len, 0);
	assert_int_equal(rig->proxy.last_received.len, 0);
	assert_view(rig->proxy.last_sent, SENT_PAP);
	assert_int_equal(rig->proxy.auth_type, PROXY_AUTH_PAP);
	assert_view(rig->proxy.auth_name, "616c696365");
	assert_int_equal(rig->proxy.auth_id, 0x32);
	assert_view(rig->proxy.auth_response, "7077");
	rig_free(rig);
}

static void nothing_is_handed_over(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.auth_count = 0;
	rig = rig_new();
	rig->answer = RIG_HAND_OVER;
	rig_start(rig);
	rig_put(rig, "c021 01070004");
	rig_put(rig, "c021 0201000e 010405d4 050605040302");
	assert_int_equal(rig->proxy.has, PROXY_HAS_INITIAL_RECEIVED |
						 LCP_AVPS |
						 PROXY_HAS_AUTH_TYPE);
	assert_int_equal(rig->proxy.auth_type, PROXY_AUTH_NONE);
	rig_free(rig);
}

/* A first list too long to be an AVP is left out, the rest is not. */
static void long_first_list(void **state)
{
	struct rig *rig = rig_new();
	char packet[1400] = "c021 01010132 0104ffff 63ff";

	(void)state;
	rig->answer = RIG_HAND_OVER;
	rig_start(rig);
	for (int i = 0; i < 253; i++)
		strcat(packet, "00");
	strcat(packet, "632b");
	for (int i = 0; i < 41; i++)
		strcat(packet, "00");
	rig_put(rig, packet);
	rig_put(rig, "c021 0102000e " RECEIVED);
	rig_put(rig, "c021 02010013 " SENT);
	rig_put(rig, "c223 0216001a 10" RESPONSE "616c696365");
	assert_int_equal(rig->proxy.has, LCP_AVPS | CHAP_AVPS);
	rig_free(rig);
}

/* After a restart of LCP it is the lists of the new negotiation that count. */
static void lists_are_of_the_last_negotiation(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_HAND_OVER;
	rig_lcp_open(rig);
	rig_put(rig, "c021 01080010 0702 0104 05c8 050611223344");
	rig_put(rig, "c021 0109000e 010405c8 050611223344");
	rig_put(rig, "c021 02020013 010405d4 0305c22305 05061a191817");
	rig_put(rig, "c223 0217001a 10" RESPONSE "616c696365");
	assert_view(rig->proxy.initial_received, "0702 010405c8 050611223344");
	assert_view(rig->proxy.last_received, "010405c8 050611223344");
	assert_view(rig->proxy.last_sent, "010405d4 0305c22305 05061a191817");
	rig_free(rig);
}

/* ---- LNS: what is done with it ------------------------------------------- */

static void start_proxy(struct rig *rig, const struct proxy *proxy,
			bool use_lcp, bool use_auth)
{
	ppp_start_proxy(rig->ppp, proxy, use_lcp, use_auth, rig->now);
}

static void assert_use(struct rig *rig, enum proxy_use lcp,
		       enum proxy_use auth, const char *why)
{
	struct ppp_info info = ppp_info(rig->ppp);

	assert_int_equal(info.proxy_lcp, lcp);
	assert_int_equal(info.proxy_auth, auth);
	assert_string_equal(info.proxy_why, why);
}

/* No LCP packet at all; Success carries the proxied identifier. */
static void chap_is_taken_over(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = proxy_chap();
	struct ppp_info info;

	(void)state;
	start_proxy(rig, &proxy, true, true);
	assert_int_equal(rig->identified, 1);
	assert_int_equal(rig->who.method, PPP_AUTH_CHAP);
	assert_int_equal(rig->who.id, 0x16);
	assert_view(rig->who.name, "616c696365");
	assert_view(rig->who.challenge, CHALLENGE);
	assert_view(rig->who.response, RESPONSE);
	rig_expect(rig, "c223 03160004");
	rig_expect(rig, "8021 0101000a 03060a000001");
	rig_quiet(rig);
	assert_use(rig, PROXY_USED, PROXY_USED, "");
	info = ppp_info(rig->ppp);
	assert_string_equal(info.lcp_state, "Opened");
	assert_int_equal(info.phase, PPP_NETWORK);
	assert_int_equal(info.our_mru, 1492);
	assert_int_equal(info.peer_mru, 1492);
	/* the client did not see our Success: it repeats its Response */
	rig_put(rig, "c223 0216001a 10" RESPONSE "616c696365");
	rig_expect(rig, "c223 03160004");
	rig_put(rig, "8021 0105000a 03060a000009");
	rig_expect(rig, "8021 0205000a 03060a000009");
	rig_put(rig, "8021 0201000a 03060a000001");
	assert_int_equal(rig->networks_up, 1);
	/* the magic numbers are those that the LAC agreed on */
	rig_put(rig, "c021 09550008 aabbccdd");
	rig_expect(rig, "c021 0a550008 05040302");
	rig_pass(rig, 30000);
	rig_expect(rig, "c021 09010008 05040302");
	rig_put(rig, "c021 0a010008 aabbccdd");
	assert_int_equal(ppp_info(rig->ppp).dropped, 0);
	rig_free(rig);
}

static void chap_is_taken_over_and_refused(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = proxy_chap();

	(void)state;
	rig->answer = RIG_REJECT;
	start_proxy(rig, &proxy, true, true);
	rig_expect(rig, "c223 04160006 6e6f");
	rig_expect(rig, "c021 05010004");
	rig_put(rig, "c021 06010004");
	rig_ended(rig, PPP_END_AUTH_FAILED, 16, PPP_CHAP, 1);
	rig_free(rig);
}

static void pap_is_taken_over(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = proxy_pap();

	(void)state;
	rig->answer = RIG_WAIT;
	start_proxy(rig, &proxy, true, true);
	assert_int_equal(rig->identified, 1);
	assert_view(rig->who.response, "7077");
	/* the client goes on asking: its latest request is answered */
	rig_put(rig, "c023 0132000d 05616c696365 027077");
	rig_quiet(rig);
	ppp_accept(rig->ppp, &rig->ip4, rig->now);
	rig_expect(rig, "c023 02320005 00");
	rig_free(rig);
	rig = rig_new();
	rig->answer = RIG_REJECT;
	start_proxy(rig, &proxy, true, true);
	rig_expect(rig, "c023 03310007 026e6f");
	rig_free(rig);
}

static void no_authentication_needed(void **state)
{
	struct proxy proxy = proxy_chap();
	struct rig *rig;

	(void)state;
	rig_config.auth_count = 0;
	rig = rig_new();
	proxy.last_sent = rig_view("010405d4 050605040302");
	proxy.auth_type = PROXY_AUTH_NONE;
	start_proxy(rig, &proxy, true, true);
	assert_use(rig, PROXY_USED, PROXY_USED, "");
	assert_int_equal(rig->who.method, PPP_AUTH_NONE);
	assert_int_equal(rig->who.name.len, 0);
	rig_expect(rig, "8021 0101000a 03060a000001");
	rig_quiet(rig);
	rig_free(rig);
}

/*
 * Disabled, absent or incomplete: we ask ourselves, LCP stays.  The Identifier
 * is not the one of the LAC's challenge, for which the client may have kept its
 * Response.
 */
static void own_authentication(void **state)
{
	static const struct {
		unsigned int without, with;
		bool use_auth;
		enum proxy_use auth;
		const char *why;
	} rows[] = {
		{0, 0, false, PROXY_DISABLED, ""},
		{PROXY_HAS_AUTH_TYPE, 0, true, PROXY_ABSENT, ""},
		{PROXY_HAS_AUTH_CHALLENGE, 0, true, PROXY_UNACCEPTABLE,
		 "incomplete authentication data"},
		{0, PROXY_BAD_AUTH, true, PROXY_UNACCEPTABLE,
		 "unreadable authentication AVP"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *rig = rig_new();
		struct proxy proxy = proxy_chap();

		proxy.has = (proxy.has & ~rows[i].without) | rows[i].with;
		start_proxy(rig, &proxy, true, rows[i].use_auth);
		assert_use(rig, PROXY_USED, rows[i].auth, rows[i].why);
		assert_int_equal(rig->identified, 0);
		rig_expect(rig, "c223 01170019 10"
				"02030405060708090a0b0c0d0e0f1011 6c327864");
		rig_quiet(rig);
		/* an answer to the LAC's challenge is none to ours */
		rig_put_dropped(rig, "c223 0216001a 10" RESPONSE "616c696365");
		rig_put(rig, "c223 0217001a 10" RESPONSE "626f623131");
		assert_view(rig->who.name, "626f623131");
		rig_expect(rig, "c223 03170004");
		rig_free(rig);
	}
}

/* Whatever the LAC had: the next one, around the end of the octet, too. */
static void challenge_is_not_the_lacs(void **state)
{
	(void)state;
	for (unsigned int id = 0; id < 256; id++) {
		struct rig *rig = rig_new();
		struct proxy proxy = proxy_chap();

		proxy.auth_id = (uint8_t)id;
		start_proxy(rig, &proxy, true, false);
		assert_int_equal(rig->sent_count, 1);
		assert_int_equal(rig->sent[0].protocol, PPP_CHAP);
		assert_int_equal(rig->sent[0].data[1], (id + 1) % 256);
		rig_free(rig);
	}
}

/* PAP was agreed: the client is waited for. */
static void own_pap(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = proxy_pap();

	(void)state;
	start_proxy(rig, &proxy, true, false);
	rig_quiet(rig);
	rig_put(rig, "c023 0144000d 05616c696365 027077");
	assert_int_equal(rig->identified, 1);
	rig_expect(rig, "c023 02440005 00");
	rig_free(rig);
}

#define ANEW "010405d4 0305c22305 050609080706"

/*
 * Not to be used: LCP begins anew, and the client's LCP falls back.  Neither
 * the magic number nor the Identifier of the challenge is that of the LAC.
 */
static void lcp_is_negotiated_anew(void **state)
{
	static const struct {
		const char *received;
		bool use_lcp;
		enum proxy_use use;
		const char *why;
	} rows[] = {
		{RECEIVED, false, PROXY_DISABLED, ""},
		{"0100", true, PROXY_UNACCEPTABLE, "malformed option list"},
		{"01040640", true, PROXY_UNACCEPTABLE, "MRU too large"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *rig = rig_new();
		struct proxy proxy = proxy_chap();

		proxy.last_received = rig_view(rows[i].received);
		start_proxy(rig, &proxy, rows[i].use_lcp, true);
		assert_use(rig, rows[i].use, rows[i].use, rows[i].why);
		assert_int_equal(rig->identified, 0);
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
		rig_expect(rig, "c021 01010013 " ANEW);
		/* what the client sends of the old link is void */
		rig_put_dropped(rig, "c223 0216001a 10" RESPONSE "616c696365");
		rig_put_dropped(rig, "c021 0209000e " RECEIVED);
		rig_put(rig, "c021 0109000e " RECEIVED);
		rig_expect(rig, "c021 0209000e " RECEIVED);
		rig_put(rig, "c021 02010013 " ANEW);
		rig_expect(rig, "c223 01170019 10"
				"0a0b0c0d0e0f10111213141516171819 6c327864");
		rig_put_dropped(rig, "c223 0216001a 10" RESPONSE "616c696365");
		rig_put(rig, "c223 0217001a 10" RESPONSE "616c696365");
		rig_expect(rig, "c223 03170004");
		assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
		rig_free(rig);
	}
}

/* The LAC told nothing: all is as if the client had dialled here. */
static void nothing_is_known_of_the_lac(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = {0};

	(void)state;
	start_proxy(rig, &proxy, true, true);
	assert_use(rig, PROXY_ABSENT, PROXY_ABSENT, "");
	rig_expect(rig, "c021 01010013 " SENT);
	rig_put(rig, "c021 0109000e " RECEIVED);
	rig_expect(rig, "c021 0209000e " RECEIVED);
	rig_put(rig, "c021 02010013 " SENT);
	rig_expect(rig, "c223 01160019 10" CHALLENGE "6c327864");
	rig_free(rig);
}

/*
 * The client takes our Configure-Request for one of the LAC's with the same
 * Identifier, and acknowledges that again: the next one has another.
 */
static void request_has_the_identifier_of_the_lacs(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = proxy_chap();

	(void)state;
	start_proxy(rig, &proxy, false, true);
	rig_expect(rig, "c021 01010013 " ANEW);
	rig_put_dropped(rig, "c021 02010013 " SENT);
	rig_pass(rig, 3000);
	rig_expect(rig, "c021 01020013 " ANEW);
	rig_put_dropped(rig, "c021 02010013 " ANEW);
	rig_pass(rig, 3000);
	rig_expect(rig, "c021 01020013 " ANEW);
	rig_put(rig, "c021 02020013 " ANEW);
	assert_string_equal(ppp_info(rig->ppp).lcp_state, "Ack-Rcvd");
	rig_free(rig);
}

/* A link taken over and started over by the client is a link like others. */
static void client_starts_over(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = proxy_chap();

	(void)state;
	start_proxy(rig, &proxy, true, true);
	rig_expect(rig, "c223 03160004");
	rig_expect(rig, "8021 0101000a 03060a000001");
	rig_put_dropped(rig, "c021 02010013 " SENT); /* nothing was asked */
	for (unsigned int id = 0; id < 256; id++) {
		char ack[32];

		snprintf(ack, sizeof(ack), "c021 02%02x0004", id);
		rig_put_dropped(rig, ack);
	}
	rig_put(rig, "c021 0109000e " RECEIVED);
	/* not with the magic number that the LAC has used */
	rig_expect(rig, "c021 01010013 010405d4 0305c22305 050609080706");
	rig_expect(rig, "c021 0209000e " RECEIVED);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
	assert_string_equal(ppp_info(rig->ppp).ipcp_state, "Starting");
	rig_free(rig);
}

/*
 * A LAC that did not ask for a name hands over before its Ack has reached the
 * client, whose repeats then come to us.
 */
static void repeat_of_what_the_lac_acknowledged(void **state)
{
	struct rig *rig = rig_new();
	struct proxy proxy = proxy_chap();

	(void)state;
	proxy.has = LCP_AVPS;
	start_proxy(rig, &proxy, true, true);
	assert_use(rig, PROXY_USED, PROXY_ABSENT, "");
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c021 0109000e " RECEIVED);
	rig_expect(rig, "c021 0209000e " RECEIVED);
	rig_quiet(rig);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_AUTHENTICATE);
	rig_put(rig, "c021 010a000a 0506aabbccdd");
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
	rig_free(rig);
}

/* ---- a LAC and an LNS, back to back -------------------------------------- */

static void from_lac_to_lns(void **state)
{
	struct rig *lac = rig_new();
	struct rig *lns = rig_new();

	(void)state;
	rig_free(lns); /* random octets begin again with the next one */
	lac->answer = RIG_HAND_OVER;
	rig_lcp_open(lac);
	rig_put(lac, "c223 0216001a 10" RESPONSE "616c696365");
	lns = rig_new();
	start_proxy(lns, &lac->proxy, true, true);
	rig_free(lac); /* what was handed over has been copied */
	assert_use(lns, PROXY_USED, PROXY_USED, "");
	assert_view(lns->who.challenge, CHALLENGE);
	assert_view(lns->who.response, RESPONSE);
	rig_expect(lns, "c223 03160004");
	rig_expect(lns, "8021 0101000a 03060a000001");
	rig_put(lns, "8021 0105000a 03060a000009");
	rig_put(lns, "8021 0201000a 03060a000001");
	assert_int_equal(lns->networks_up, 1);
	assert_view(ppp_info(lns->ppp).user, "616c696365");
	rig_free(lns);
}

/* A switch that asks for itself tells its own challenge to the next LNS. */
static void from_lac_by_a_switch_to_lns(void **state)
{
	struct rig *lts = rig_new();
	struct proxy proxy = proxy_chap();
	struct rig *lns;

	(void)state;
	lts->answer = RIG_HAND_OVER;
	start_proxy(lts, &proxy, true, false);
	rig_put(lts, "c223 0217001a 10" RESPONSE "616c696365");
	assert_int_equal(lts->proxy.has, LCP_AVPS | CHAP_AVPS);
	assert_int_equal(lts->proxy.auth_id, 0x17);
	lns = rig_new();
	start_proxy(lns, &lts->proxy, true, false);
	rig_expect(lns, "c223 01180019 10"
			"02030405060708090a0b0c0d0e0f1011 6c327864");
	rig_free(lts);
	rig_free(lns);
}

/* Nothing longer than the proxied MRU; no number of ours, none in Echo. */
static void terms_are_kept_to(void **state)
{
	struct proxy proxy = proxy_chap();
	char packet[1400] = "c021 c80102b4";
	struct rig *rig = rig_new();

	(void)state;
	proxy.last_sent = rig_view("0305c22305");
	proxy.last_received = rig_view("01040240");
	start_proxy(rig, &proxy, true, true);
	rig->sent_seen = rig->sent_count;
	for (int i = 0; i < 688; i++)
		strcat(packet, "5a");
	rig_put(rig, packet);
	assert_int_equal(rig->sent[rig->sent_seen++].len, 576);
	rig_put(rig, "c021 09010008 00000000");
	rig_expect(rig, "c021 0a010008 00000000");
	rig_free(rig);
}

static void ended_link_does_not_start(void **state)
{
	struct proxy proxy = proxy_chap();
	struct rig *rig = rig_new();

	(void)state;
	ppp_close(rig->ppp, rig->now);
	start_proxy(rig, &proxy, true, true);
	rig_quiet(rig);
	assert_int_equal(rig->identified, 0);
	rig_ended(rig, PPP_END_ADMIN, 1, 0, 0);
	assert_use(rig, PROXY_NOT_OFFERED, PROXY_NOT_OFFERED, "");
	rig_free(rig);
	rig = rig_new();
	start_proxy(rig, &proxy, true, true);
	rig->sent_seen = rig->sent_count;
	start_proxy(rig, &proxy, false, true); /* twice */
	rig_quiet(rig);
	assert_use(rig, PROXY_USED, PROXY_USED, "");
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(chap_is_handed_over, setup),
		cmocka_unit_test_setup(handed_over_is_silent, setup),
		cmocka_unit_test_setup(pap_is_handed_over, setup),
		cmocka_unit_test_setup(nothing_is_handed_over, setup),
		cmocka_unit_test_setup(long_first_list, setup),
		cmocka_unit_test_setup(lists_are_of_the_last_negotiation,
				       setup),
		cmocka_unit_test_setup(chap_is_taken_over, setup),
		cmocka_unit_test_setup(chap_is_taken_over_and_refused, setup),
		cmocka_unit_test_setup(pap_is_taken_over, setup),
		cmocka_unit_test_setup(no_authentication_needed, setup),
		cmocka_unit_test_setup(own_authentication, setup),
		cmocka_unit_test_setup(challenge_is_not_the_lacs, setup),
		cmocka_unit_test_setup(own_pap, setup),
		cmocka_unit_test_setup(lcp_is_negotiated_anew, setup),
		cmocka_unit_test_setup(nothing_is_known_of_the_lac, setup),
		cmocka_unit_test_setup(request_has_the_identifier_of_the_lacs,
				       setup),
		cmocka_unit_test_setup(client_starts_over, setup),
		cmocka_unit_test_setup(repeat_of_what_the_lac_acknowledged,
				       setup),
		cmocka_unit_test_setup(from_lac_to_lns, setup),
		cmocka_unit_test_setup(from_lac_by_a_switch_to_lns, setup),
		cmocka_unit_test_setup(terms_are_kept_to, setup),
		cmocka_unit_test_setup(ended_link_does_not_start, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
