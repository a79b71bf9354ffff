/* SPDX-License-Identifier: GPL-2.0-only */
/* CHAP: packets, the MD5 vectors, and the exchange on a link. */
#include "ppp_rig.h"

#include <errno.h>
#include <string.h>

#include "proto/auth.h"
#include "proto/chap.h"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

static void vectors(void **state)
{
	static const struct {
		uint8_t id;
		const char *secret, *challenge, *response;
	} rows[] = {
		{0x01, "secret", "000102030405060708090a0b0c0d0e0f",
		 "740e86463bda3a4d7017d6e0fba0699d"},
		/* RFC 2865 7.2 */
		{0x16, "arctangent", "2aee86f08d0d55969ca5978e0d3367a2",
		 "e97557c316185895f293ff6344077275"},
	};
	uint8_t out[CHAP_MD5_LEN];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ppp_credentials who = {
			.method = PPP_AUTH_CHAP,
			.id = rows[i].id,
			.challenge = rig_view(rows[i].challenge),
			.response = rig_view(rows[i].response),
		};

		chap_md5(rows[i].id, view_text(rows[i].secret), who.challenge,
			 out);
		assert_true(view_equal(VIEW(out), who.response));
		assert_true(ppp_credentials_check(&who,
						  view_text(rows[i].secret)));
		assert_false(ppp_credentials_check(&who, view_text("Secret")));
		assert_false(ppp_credentials_check(&who, view_text("")));
		who.id++;
		assert_false(ppp_credentials_check(&who,
						   view_text(rows[i].secret)));
	}
}

#define V16 "00112233445566778899aabbccddeeff"

static void responses_read(void **state)
{
	static const struct {
		const char *hex;
		int status;
	} rows[] = {
		{"02010015 10" V16, 0}, /* empty name */
		{"0201001a 10" V16 "616c696365", 0},
		{"0201001a 10" V16 "616c696365 0000", 0}, /* padding */
		{"", -EBADMSG},
		{"020100", -EBADMSG},
		{"02010003", -EBADMSG},
		{"02010004", -EBADMSG}, /* no Value-Size */
		{"02010005 10", -EBADMSG},
		{"02010014 ff" "00112233445566778899aabbccddee", -EBADMSG},
		{"02010014 10" "00112233445566778899aabbccddee", -EBADMSG},
		{"02010015 0f" V16, -EBADMSG}, /* not MD5's length */
		{"02010005 00", -EBADMSG},
		{"02010036 31" V16 V16 V16 "01", -EBADMSG}, /* MS-CHAP */
		{"0201001b 10" V16 "616c696365", -EBADMSG},
		{"01010015 10" V16, -EPROTO}, /* a challenge to us */
		{"03010004", -EPROTO},
	};
	struct chap_response r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(chap_response_read(rig_view(rows[i].hex), &r),
				 rows[i].status);
	assert_int_equal(chap_response_read(rig_view(rows[2].hex), &r), 0);
	assert_int_equal(r.id, 1);
	assert_true(view_equal(r.value, rig_view(V16)));
	assert_true(view_equal(r.name, view_text("alice")));
}

#define CHALLENGE "c223 01160019 10 060708090a0b0c0d0e0f101112131415 6c327864"
#define RESPONSE "c223 0216001a 10 " V16 "616c696365"

/* Wrong identifiers, sizes and states leave nothing behind. */
static void bad_responses_are_dropped(void **state)
{
	static const char *const bad[] = {
		"c223 0215001a 10" V16 "616c696365",
		"c223 0217001a 10" V16 "616c696365",
		"c223 02160014 ff" "00112233445566778899aabbccddee",
		"c223 03160004",
		"c223 01160015 10" V16,
		"c223 02160003",
		"c023 0116000e 05616c696365 027077", /* PAP was not agreed */
	};
	struct rig *rig = rig_new();

	(void)state;
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rig_put_dropped(rig, bad[i]);
	assert_int_equal(rig->identified, 0);
	rig_put(rig, RESPONSE);
	assert_int_equal(rig->identified, 1);
	rig_free(rig);
}

static void name_may_be_long_but_not_too_long(void **state)
{
	struct rig *rig = rig_new();
	char packet[2048] = "c223 02160114 10" V16;

	(void)state;
	rig_lcp_open(rig);
	for (int i = 0; i < 255; i++)
		strcat(packet, "61");
	rig->answer = RIG_WAIT;
	strcat(packet, "61");
	memcpy(packet + 9, "0115", 4); /* 256 octets of name */
	rig_put_dropped(rig, packet);
	packet[strlen(packet) - 2] = '\0';
	memcpy(packet + 9, "0114", 4);
	rig_put(rig, packet);
	assert_int_equal(rig->identified, 1);
	assert_int_equal(rig->who.name.len, 255);
	rig_free(rig);
}

static void unanswered_challenge_is_repeated(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 0;
	rig = rig_new();
	rig_lcp_open(rig);
	for (int i = 0; i < 10; i++) {
		rig_expect(rig, CHALLENGE);
		rig_quiet(rig);
		rig_pass(rig, 3000);
	}
	rig_expect(rig, "c021 05020004");
	assert_string_equal(ppp_info(rig->ppp).auth_state, "none");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_AUTH_TIMEOUT, 13, PPP_CHAP, 0);
	rig_free(rig);
}

static void credentials_are_what_was_sent(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_WAIT;
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	rig_put(rig, RESPONSE);
	assert_int_equal(rig->who.method, PPP_AUTH_CHAP);
	assert_int_equal(rig->who.id, 0x16);
	assert_true(view_equal(rig->who.name, view_text("alice")));
	assert_true(view_equal(rig->who.challenge,
			       rig_view("060708090a0b0c0d0e0f101112131415")));
	assert_true(view_equal(rig->who.response, rig_view(V16)));
	rig_free(rig);
}

/* A repeated Response: nothing while undecided, then the same result. */
static void repeats(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_WAIT;
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	rig_put(rig, RESPONSE);
	rig_put(rig, RESPONSE);
	rig_quiet(rig);
	ppp_accept(rig->ppp, &rig->ip4, rig->now);
	rig_expect(rig, "c223 03160004");
	rig_expect(rig, "8021 0101000a 03060a000001");
	rig_put(rig, RESPONSE);
	rig_expect(rig, "c223 03160004");
	rig_quiet(rig);
	assert_int_equal(rig->identified, 1);
	rig_free(rig);
}

static void failure(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_REJECT;
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	rig_put(rig, RESPONSE);
	rig_expect(rig, "c223 04160006 6e6f");
	rig_expect(rig, "c021 05020004");
	rig_quiet(rig);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_TERMINATE);
	assert_int_equal(rig->ended, 0);
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_AUTH_FAILED, 16, PPP_CHAP, 1);
	assert_string_equal(rig->end.text, "authentication failed");
	rig_free(rig);
}

/*
 * Even where chance would have it, no identifier is used twice before all
 * others were.
 */
static void same_random(void *out, unsigned long len)
{
	memset(out, 0x55, len);
}

static void same_send(void *ctx, uint16_t protocol, struct view packet)
{
	uint8_t *id = ctx;

	assert_int_equal(protocol, PPP_CHAP);
	*id = packet.data[1];
}

static void identifier_is_new(void **state)
{
	static const struct auth_ops ops = {.send = same_send};
	struct auth auth;
	bool seen[256] = {false};
	uint8_t id = 0;

	(void)state;
	auth_init(&auth, &rig_config, &ops, &id, same_random);
	for (unsigned int i = 0; i < 256; i++) {
		auth_start(&auth, PPP_AUTH_CHAP, (struct instant){1000});
		assert_false(seen[id]);
		seen[id] = true;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(responses_read),
		cmocka_unit_test_setup(bad_responses_are_dropped, setup),
		cmocka_unit_test_setup(name_may_be_long_but_not_too_long,
				       setup),
		cmocka_unit_test_setup(unanswered_challenge_is_repeated,
				       setup),
		cmocka_unit_test_setup(credentials_are_what_was_sent, setup),
		cmocka_unit_test_setup(repeats, setup),
		cmocka_unit_test_setup(failure, setup),
		cmocka_unit_test_setup(identifier_is_new, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
