/* SPDX-License-Identifier: GPL-2.0-only */
/* Proxy LCP and proxy authentication: what an LNS accepts. */
#include "proto/proxy_judge.h"

#include "proxy_data.h"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

static const struct {
	const char *sent, *received;
	enum proxy_use use;
	const char *why;
	uint16_t our_mru, peer_mru;
} lists[] = {
	{SENT, RECEIVED, PROXY_USED, "", 1492, 1492},
	{"0305c22305", "", PROXY_USED, "", 1500, 1492},
	{"01040400 0305c22305", "01040240", PROXY_USED, "", 1024, 576},
	/* what a serial or asynchronous LAC has agreed to is no obstacle */
	{SENT "020600000000 0702 0802", RECEIVED "020600000000 0702 0802",
	 PROXY_USED, "", 1492, 1492},
	{SENT, "0100", PROXY_UNACCEPTABLE, "malformed option list", 0, 0},
	{SENT, "0101", PROXY_UNACCEPTABLE, "malformed option list", 0, 0},
	{SENT, "01", PROXY_UNACCEPTABLE, "malformed option list", 0, 0},
	{SENT, "010405", PROXY_UNACCEPTABLE, "malformed option list", 0, 0},
	{SENT "0100", RECEIVED, PROXY_UNACCEPTABLE, "malformed option list", 0,
	 0},
	{"010405d5 0305c22305", RECEIVED, PROXY_UNACCEPTABLE, "MRU too large",
	 0, 0},
	{"010405dc 0305c22305", RECEIVED, PROXY_UNACCEPTABLE, "MRU too large",
	 0, 0},
	{SENT, "010405d5", PROXY_UNACCEPTABLE, "MRU too large", 0, 0},
	{SENT, "0104023f", PROXY_UNACCEPTABLE, "MRU too small", 0, 0},
	{SENT, "010305", PROXY_UNACCEPTABLE, "MRU option has a wrong length",
	 0, 0},
	{SENT, "01050005d4", PROXY_UNACCEPTABLE,
	 "MRU option has a wrong length", 0, 0},
	{SENT, "0505aabbcc", PROXY_UNACCEPTABLE,
	 "magic number has a wrong length", 0, 0},
	{SENT, "0507aabbccddee", PROXY_UNACCEPTABLE,
	 "magic number has a wrong length", 0, 0},
	{SENT, "050605040302", PROXY_UNACCEPTABLE,
	 "both magic numbers are the same", 0, 0},
	{SENT, "0305c22305", PROXY_UNACCEPTABLE,
	 "client asked us to authenticate", 0, 0},
	{SENT, "110405dc", PROXY_UNACCEPTABLE, "option that we do not accept",
	 0, 0},
	{SENT, "090307", PROXY_UNACCEPTABLE, "option that we do not accept", 0,
	 0},
	{SENT, "6302", PROXY_UNACCEPTABLE, "option that we do not accept", 0,
	 0},
	{SENT "110405dc", RECEIVED, PROXY_UNACCEPTABLE,
	 "option that we do not accept", 0, 0},
	{"010405d4", RECEIVED, PROXY_UNACCEPTABLE,
	 "client has not agreed to authenticate", 0, 0},
	{"0305c22381", RECEIVED, PROXY_UNACCEPTABLE,
	 "authentication method not permitted", 0, 0},
	{"0304c227", RECEIVED, PROXY_UNACCEPTABLE,
	 "authentication method not permitted", 0, 0},
	{"0303c2", RECEIVED, PROXY_UNACCEPTABLE,
	 "authentication method not permitted", 0, 0},
	{"0304c023", RECEIVED, PROXY_UNACCEPTABLE,
	 "authentication type does not match the option", 0, 0},
};

static void lists_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct proxy proxy = proxy_chap();
		struct proxy_judgement j;

		proxy.last_sent = rig_view(lists[i].sent);
		proxy.last_received = rig_view(lists[i].received);
		j = proxy_judge(&proxy, &rig_config, true, true);
		assert_string_equal(j.why, lists[i].why);
		assert_int_equal(j.lcp, lists[i].use);
		assert_int_equal(j.auth, lists[i].use);
		if (lists[i].use != PROXY_USED)
			continue;
		assert_int_equal(j.ours.mru, lists[i].our_mru);
		assert_int_equal(j.theirs.mru, lists[i].peer_mru);
	}
}

static void method_must_be_permitted(void **state)
{
	struct proxy proxy = proxy_pap();
	struct proxy_judgement j;

	(void)state;
	rig_config.auth_count = 1; /* CHAP only */
	j = proxy_judge(&proxy, &rig_config, true, true);
	assert_int_equal(j.lcp, PROXY_UNACCEPTABLE);
	assert_string_equal(j.why, "authentication method not permitted");
	rig_config.auth_count = 0; /* whatever the LAC did is enough */
	j = proxy_judge(&proxy, &rig_config, true, true);
	assert_int_equal(j.lcp, PROXY_USED);
	assert_int_equal(j.auth, PROXY_USED);
	assert_int_equal(j.who.method, PPP_AUTH_PAP);
}

/* What a change to good data makes of it. */
static const struct {
	const char *name;
	bool pap;
	unsigned int without, with;
	int type; /* -1: as it is */
	const char *challenge, *response;
	bool use_lcp, use_auth;
	enum proxy_use lcp, auth;
	const char *why;
} changes[] = {
	{"CHAP", false, 0, 0, -1, NULL, NULL, true, true, PROXY_USED,
	 PROXY_USED, ""},
	{"PAP", true, 0, 0, -1, NULL, NULL, true, true, PROXY_USED, PROXY_USED,
	 ""},
	{"LCP disabled", false, 0, 0, -1, NULL, NULL, false, true,
	 PROXY_DISABLED, PROXY_DISABLED, ""},
	{"authentication disabled", false, 0, 0, -1, NULL, NULL, true, false,
	 PROXY_USED, PROXY_DISABLED, ""},
	{"all absent", false, ~0u, 0, -1, NULL, NULL, true, true, PROXY_ABSENT,
	 PROXY_ABSENT, ""},
	{"no 27", false, PROXY_HAS_LAST_SENT, 0, -1, NULL, NULL, true, true,
	 PROXY_ABSENT, PROXY_ABSENT, ""},
	{"no 28", false, PROXY_HAS_LAST_RECEIVED, 0, -1, NULL, NULL, true,
	 true, PROXY_ABSENT, PROXY_ABSENT, ""},
	{"no 29", false, PROXY_HAS_AUTH_TYPE, 0, -1, NULL, NULL, true, true,
	 PROXY_USED, PROXY_ABSENT, ""},
	{"no 30", false, PROXY_HAS_AUTH_NAME, 0, -1, NULL, NULL, true, true,
	 PROXY_USED, PROXY_UNACCEPTABLE, "incomplete authentication data"},
	{"no 31", false, PROXY_HAS_AUTH_CHALLENGE, 0, -1, NULL, NULL, true,
	 true, PROXY_USED, PROXY_UNACCEPTABLE,
	 "incomplete authentication data"},
	{"no 32", false, PROXY_HAS_AUTH_ID, 0, -1, NULL, NULL, true, true,
	 PROXY_USED, PROXY_UNACCEPTABLE, "incomplete authentication data"},
	{"no 33", false, PROXY_HAS_AUTH_RESPONSE, 0, -1, NULL, NULL, true,
	 true, PROXY_USED, PROXY_UNACCEPTABLE,
	 "incomplete authentication data"},
	{"PAP, no 30", true, PROXY_HAS_AUTH_NAME, 0, -1, NULL, NULL, true,
	 true, PROXY_USED, PROXY_UNACCEPTABLE,
	 "incomplete authentication data"},
	{"PAP, no 32", true, PROXY_HAS_AUTH_ID, 0, -1, NULL, NULL, true, true,
	 PROXY_USED, PROXY_UNACCEPTABLE, "incomplete authentication data"},
	{"PAP, no 33", true, PROXY_HAS_AUTH_RESPONSE, 0, -1, NULL, NULL, true,
	 true, PROXY_USED, PROXY_UNACCEPTABLE,
	 "incomplete authentication data"},
	{"bad LCP AVP", false, 0, PROXY_BAD_LCP, -1, NULL, NULL, true, true,
	 PROXY_UNACCEPTABLE, PROXY_UNACCEPTABLE, "unreadable AVP"},
	{"bad LCP AVP, not kept", false, LCP_AVPS, PROXY_BAD_LCP, -1, NULL,
	 NULL, true, true, PROXY_UNACCEPTABLE, PROXY_UNACCEPTABLE,
	 "unreadable AVP"},
	{"bad authentication AVP", false, 0, PROXY_BAD_AUTH, -1, NULL, NULL,
	 true, true, PROXY_USED, PROXY_UNACCEPTABLE,
	 "unreadable authentication AVP"},
	{"short response", false, 0, 0, -1, NULL, "0011", true, true,
	 PROXY_USED, PROXY_UNACCEPTABLE, "CHAP response has a wrong length"},
	{"empty challenge", false, 0, 0, -1, "", NULL, true, true, PROXY_USED,
	 PROXY_UNACCEPTABLE, "CHAP challenge has a wrong length"},
	{"short challenge", false, 0, 0, -1, "aa", NULL, true, true,
	 PROXY_USED, PROXY_USED, ""},
	{"empty password", true, 0, 0, -1, NULL, "", true, true, PROXY_USED,
	 PROXY_USED, ""},
	{"type PAP for CHAP", false, 0, 0, PROXY_AUTH_PAP, NULL, NULL, true,
	 true, PROXY_UNACCEPTABLE, PROXY_UNACCEPTABLE,
	 "authentication type does not match the option"},
	{"type CHAP for PAP", true, 0, 0, PROXY_AUTH_CHAP, NULL, NULL, true,
	 true, PROXY_UNACCEPTABLE, PROXY_UNACCEPTABLE,
	 "authentication type does not match the option"},
	{"type PAP for CHAP, disabled", false, 0, 0, PROXY_AUTH_PAP, NULL,
	 NULL, true, false, PROXY_USED, PROXY_DISABLED, ""},
	{"MS-CHAP for CHAP", false, 0, 0, PROXY_AUTH_MSCHAP1, NULL, NULL, true,
	 true, PROXY_UNACCEPTABLE, PROXY_UNACCEPTABLE,
	 "authentication type does not match the option"},
	{"type 0", false, 0, 0, 0, NULL, NULL, true, true, PROXY_UNACCEPTABLE,
	 PROXY_UNACCEPTABLE, "authentication type does not match the option"},
	{"type text", false, 0, 0, PROXY_AUTH_TEXT, NULL, NULL, true, true,
	 PROXY_USED, PROXY_UNACCEPTABLE, "authentication type not supported"},
	{"type none", false, 0, 0, PROXY_AUTH_NONE, NULL, NULL, true, true,
	 PROXY_USED, PROXY_UNACCEPTABLE, "LAC has no authentication data"},
};

static void data_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct proxy p = changes[i].pap ? proxy_pap() : proxy_chap();
		struct proxy_judgement j;

		p.has = (p.has & ~changes[i].without) | changes[i].with;
		if (changes[i].type >= 0)
			p.auth_type = (uint16_t)changes[i].type;
		if (changes[i].challenge)
			p.auth_challenge = rig_view(changes[i].challenge);
		if (changes[i].response)
			p.auth_response = rig_view(changes[i].response);
		j = proxy_judge(&p, &rig_config, changes[i].use_lcp,
				changes[i].use_auth);
		if (j.lcp != changes[i].lcp || j.auth != changes[i].auth)
			print_error("%s\n", changes[i].name);
		assert_int_equal(j.lcp, changes[i].lcp);
		assert_int_equal(j.auth, changes[i].auth);
		assert_string_equal(j.why, changes[i].why);
	}
}

static void long_names_are_not_used(void **state)
{
	static const uint8_t octets[256];
	struct proxy p = proxy_pap();

	(void)state;
	p.auth_name = view_of(octets, 256);
	assert_string_equal(proxy_judge(&p, &rig_config, true, true).why,
			    "name too long");
	p = proxy_pap();
	p.auth_response = view_of(octets, 256);
	assert_string_equal(proxy_judge(&p, &rig_config, true, true).why,
			    "PAP password too long");
	p = proxy_chap();
	p.auth_challenge = view_of(octets, 256);
	assert_string_equal(proxy_judge(&p, &rig_config, true, true).why,
			    "CHAP challenge has a wrong length");
	p.auth_challenge = view_of(octets, 255);
	assert_int_equal(proxy_judge(&p, &rig_config, true, true).auth,
			 PROXY_USED);
	p = proxy_pap();
	p.auth_name = p.auth_response = view_of(octets, 255);
	assert_int_equal(proxy_judge(&p, &rig_config, true, true).auth,
			 PROXY_USED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lists_are_judged, setup),
		cmocka_unit_test_setup(method_must_be_permitted, setup),
		cmocka_unit_test_setup(data_is_judged, setup),
		cmocka_unit_test_setup(long_names_are_not_used, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
