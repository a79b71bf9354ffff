/* SPDX-License-Identifier: GPL-2.0-only */
/* PAP: packets, and the exchange on a link. */
#include "ppp_rig.h"

#include <errno.h>
#include <string.h>

#include "proto/pap.h"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	rig_config.auth[0] = PPP_AUTH_PAP;
	rig_config.auth_count = 1;
	return 0;
}

static void requests_read(void **state)
{
	static const struct {
		const char *hex;
		int status;
	} rows[] = {
		{"0109000d 05616c696365 037077", -EBADMSG}, /* 1 short */
		{"0109000e 05616c696365 027077", -EBADMSG}, /* Length too big */
		{"0109000d 05616c696365 027077", 0},
		{"0109000d 05616c696365 027077 ff", 0}, /* padding */
		{"0109000e 05616c696365 027077 ff", 0}, /* slack in Length */
		{"01090006 0000", 0}, /* both empty */
		{"01090005 00", -EBADMSG},
		{"01090004", -EBADMSG},
		{"0109000d ff616c696365 027077", -EBADMSG},
		{"0109000d 05616c696365 ff7077", -EBADMSG},
		{"0109", -EBADMSG},
		{"", -EBADMSG},
		{"02090005 00", -EPROTO},
		{"03090005 00", -EPROTO},
		{"04090005 00", -EPROTO},
	};
	struct pap_request r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(pap_request_read(rig_view(rows[i].hex), &r),
				 rows[i].status);
	assert_int_equal(pap_request_read(rig_view(rows[2].hex), &r), 0);
	assert_int_equal(r.id, 9);
	assert_true(view_equal(r.name, view_text("alice")));
	assert_true(view_equal(r.password, view_text("pw")));
}

static void replies_build(void **state)
{
	uint8_t room[300];
	char long_text[300];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	pap_reply_build(&b, PAP_ACK, 7, "");
	assert_true(view_equal(builder_view(&b), rig_view("02070005 00")));
	b = builder_on(room, sizeof(room));
	pap_reply_build(&b, PAP_NAK, 8, "no");
	assert_true(view_equal(builder_view(&b), rig_view("03080007 026e6f")));
	memset(long_text, 'x', sizeof(long_text));
	b = builder_on(room, sizeof(room));
	pap_reply_build(&b, PAP_NAK, 8, long_text);
	assert_int_equal(builder_view(&b).len, 260);
	assert_false(b.full);
}

static void credentials_check(void **state)
{
	struct ppp_credentials who = {
		.method = PPP_AUTH_PAP,
		.response = view_text("pw"),
	};

	(void)state;
	assert_true(ppp_credentials_check(&who, view_text("pw")));
	assert_false(ppp_credentials_check(&who, view_text("pW")));
	assert_false(ppp_credentials_check(&who, view_text("pw2")));
	assert_false(ppp_credentials_check(&who, view_text("")));
	who.method = PPP_AUTH_NONE;
	assert_false(ppp_credentials_check(&who, view_text("pw")));
}

static void pap_open(struct rig *rig)
{
	rig_start(rig);
	rig_expect(rig, "c021 01010012 010405d4 0304c023 050605040302");
	rig_put(rig, "c021 02010012 010405d4 0304c023 050605040302");
	rig_put(rig, "c021 01070004");
	rig_expect(rig, "c021 02070004");
	rig_quiet(rig); /* the client speaks first */
	assert_string_equal(ppp_info(rig->ppp).auth_state, "waiting");
}

#define REQUEST(id) "c023 01" id "000d 05616c696365 027077"

static void success(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	pap_open(rig);
	rig_put(rig, REQUEST("31"));
	rig_expect(rig, "c023 02310005 00");
	rig_expect(rig, "8021 0101000a 03060a000001");
	assert_int_equal(rig->who.method, PPP_AUTH_PAP);
	assert_true(view_equal(rig->who.name, view_text("alice")));
	assert_true(view_equal(rig->who.response, view_text("pw")));
	assert_int_equal(rig->who.challenge.len, 0);
	/* the Ack was lost: again, also in the network phase */
	rig_put(rig, REQUEST("32"));
	rig_expect(rig, "c023 02320005 00");
	rig_quiet(rig);
	assert_int_equal(rig->identified, 1);
	rig_free(rig);
}

/* While undecided, repeats are dropped but the latest id is the one. */
static void latest_identifier_is_answered(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_WAIT;
	pap_open(rig);
	rig_put(rig, REQUEST("31"));
	rig_put(rig, REQUEST("32"));
	rig_put(rig, REQUEST("33"));
	rig_quiet(rig);
	assert_int_equal(rig->identified, 1);
	assert_int_equal(rig->who.id, 0x31);
	ppp_reject(rig->ppp, "bad name or password", rig->now);
	rig_expect(rig, "c023 03330019 14"
			"626164206e616d65206f722070617373776f7264");
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_AUTH_FAILED, 16, PPP_PAP, 1);
	rig_free(rig);
}

static void bad_requests_are_dropped(void **state)
{
	static const char *const bad[] = {
		"c023 0109000d ff616c696365 027077",
		"c023 0109000e 05616c696365 027077",
		"c023 01090003",
		"c023 02090005 00",
		"c223 02160015 10 00112233445566778899aabbccddeeff",
	};
	struct rig *rig = rig_new();

	(void)state;
	pap_open(rig);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rig_put_dropped(rig, bad[i]);
	assert_int_equal(rig->identified, 0);
	rig_free(rig);
}

static void silent_client(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 0;
	rig = rig_new();
	pap_open(rig);
	rig_pass(rig, 59999);
	rig_quiet(rig);
	rig_pass(rig, 1);
	rig_expect(rig, "c021 05020004");
	rig_pass(rig, 3000);
	rig_expect(rig, "c021 05030004");
	rig_quiet(rig);
	rig_pass(rig, 3000);
	rig_ended(rig, PPP_END_AUTH_TIMEOUT, 13, PPP_PAP, 0);
	rig_free(rig);
}

/* The owner is slow: that is not the client's fault. */
static void pending_has_no_limit(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 0;
	rig = rig_new();
	rig->answer = RIG_WAIT;
	pap_open(rig);
	rig_put(rig, REQUEST("31"));
	assert_true(instant_is_never(ppp_deadline(rig->ppp)));
	rig_pass(rig, 600000);
	assert_int_equal(rig->ended, 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_read),
		cmocka_unit_test(replies_build),
		cmocka_unit_test(credentials_check),
		cmocka_unit_test_setup(success, setup),
		cmocka_unit_test_setup(latest_identifier_is_answered, setup),
		cmocka_unit_test_setup(bad_requests_are_dropped, setup),
		cmocka_unit_test_setup(silent_client, setup),
		cmocka_unit_test_setup(pending_has_no_limit, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
