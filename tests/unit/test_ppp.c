/* SPDX-License-Identifier: GPL-2.0-only */
/* The phases of a PPP link, frames, and every way in which a link ends. */
#include "ppp_rig.h"

#include <errno.h>
#include <string.h>

#define OURS "010405d4 0305c22305 050605040302"
#define CHALLENGE "c223 01160019 10 060708090a0b0c0d0e0f101112131415 6c327864"
#define RESPONSE                                                               \
	"c223 0216001a 10 00112233445566778899aabbccddeeff 616c696365"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

/* ---- frames -------------------------------------------------------------- */

static void frames_read(void **state)
{
	static const struct {
		const char *frame;
		int status;
		uint16_t protocol;
		const char *info;
	} rows[] = {
		{"c021 01", 0, PPP_LCP, "01"},
		{"ff03 c021 01", 0, PPP_LCP, "01"},
		{"ff03 0021 45", 0, PPP_IPV4, "45"},
		{"ff03 21 45", 0, PPP_IPV4, "45"},
		{"21 45", 0, PPP_IPV4, "45"},
		{"57", 0, PPP_IPV6, ""},
		{"0021", 0, PPP_IPV4, ""},
		{"03 c021", 0, 0x0003, "c021"},
		{"c020 01", 0, 0xc020, "01"}, /* even: nobody's protocol */
		{"", -EBADMSG, 0, ""},
		{"ff", -EBADMSG, 0, ""},
		{"ff03", -EBADMSG, 0, ""},
		{"ff04 c021", -EBADMSG, 0, ""},
		{"ff03 ff03 c021", -EBADMSG, 0, ""},
		{"c0", -EBADMSG, 0, ""},
		{"ff03 00", -EBADMSG, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint16_t protocol = 0xABCD;
		struct view info = {0};

		assert_int_equal(ppp_frame_read(rig_view(rows[i].frame),
						&protocol, &info),
				 rows[i].status);
		if (rows[i].status) {
			assert_int_equal(protocol, 0xABCD);
			continue;
		}
		assert_int_equal(protocol, rows[i].protocol);
		assert_true(view_equal(info, rig_view(rows[i].info)));
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(ppp_phase_name(PPP_DEAD), "dead");
	assert_string_equal(ppp_phase_name(PPP_ESTABLISH), "establish");
	assert_string_equal(ppp_phase_name(PPP_AUTHENTICATE), "authenticate");
	assert_string_equal(ppp_phase_name(PPP_NETWORK), "network");
	assert_string_equal(ppp_phase_name(PPP_TERMINATE), "terminate");
	assert_string_equal(ppp_phase_name(PPP_HANDED_OVER), "handed-over");
	assert_string_equal(proxy_use_name(PROXY_NOT_OFFERED), "not-offered");
	assert_string_equal(proxy_use_name(PROXY_USED), "used");
	assert_string_equal(proxy_use_name(PROXY_ABSENT), "absent");
	assert_string_equal(proxy_use_name(PROXY_DISABLED), "disabled");
	assert_string_equal(proxy_use_name(PROXY_UNACCEPTABLE),
			    "unacceptable");
}

/* ---- up ------------------------------------------------------------------ */

static void network_opens(void **state)
{
	struct rig *rig = rig_new();
	struct ppp_info info = ppp_info(rig->ppp);

	(void)state;
	assert_int_equal(info.phase, PPP_DEAD);
	assert_int_equal(info.our_mru, 1500);
	assert_int_equal(info.peer_mru, 1492);
	assert_true(instant_is_never(ppp_deadline(rig->ppp)));
	rig_network_open(rig);
	info = ppp_info(rig->ppp);
	assert_int_equal(info.phase, PPP_NETWORK);
	assert_string_equal(info.lcp_state, "Opened");
	assert_string_equal(info.auth_state, "passed");
	assert_int_equal(info.auth, PPP_AUTH_CHAP);
	assert_int_equal(info.our_mru, 1492);
	assert_int_equal(info.peer_mru, 1492);
	assert_memory_equal(&info.ip4, &rig->ip4, sizeof(info.ip4));
	assert_true(view_equal(info.user, view_text("alice")));
	assert_int_equal(info.proxy_lcp, PROXY_NOT_OFFERED);
	assert_int_equal(info.proxy_auth, PROXY_NOT_OFFERED);
	assert_string_equal(info.proxy_why, "");
	assert_int_equal(info.dropped, 0);
	rig_free(rig);
}

/* Before ppp_start nothing is answered; a second start is none. */
static void dead_link_is_silent(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_put_dropped(rig, "c021 01010004");
	rig_start(rig);
	rig_expect(rig, "c021 01010013 " OURS);
	rig_start(rig);
	rig_quiet(rig);
	rig_free(rig);
}

/* What comes too early is not answered, what nobody knows is rejected. */
static void protocols_by_phase(void **state)
{
	static const char *const early[] = {
		"8021 0105000a 030600000000", "8057 01010004", "0021 4500",
		"0057 6000", "80fd 01010004", "002d 45", "00fd 00",
		"c023 0109000d 05616c696365 027077",
	};
	static const struct {
		const char *sent, *rejected;
	} late[] = {
		{"8057 0101000e 010a0000000000000001",
		 "c021 08020014 8057 0101000e 010a0000000000000001"},
		{"80fd 01010004", "c021 0803000a 80fd 01010004"},
		{"8053 01010004", "c021 0804000a 8053 01010004"},
		{"c025 01", "c021 08050007 c025 01"},
		{"c029 01", "c021 08060007 c029 01"},
		{"c227 01", "c021 08070007 c227 01"},
		{"00fd", "c021 08080006 00fd"},
		{"002d 45", "c021 08090007 002d 45"},
	};
	struct rig *rig = rig_new();

	(void)state;
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		rig_put_dropped(rig, early[i]);
	rig_free(rig);
	rig = rig_new();
	rig_network_open(rig);
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		rig_put(rig, late[i].sent);
		rig_expect(rig, late[i].rejected);
		rig_quiet(rig);
	}
	rig_put_dropped(rig, "0021 4500");
	rig_put_dropped(rig, "0057 6000");
	rig_put_dropped(rig, "c023 0109000d 05616c696365 027077");
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_free(rig);
}

static void auth_protocol_rejected(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	rig_put(rig, "c021 0801000a c223 01160019");
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_AUTH_PROTOCOL, 15, PPP_CHAP, 1);
	rig_free(rig);
}

/* ---- the client starts over ---------------------------------------------- */

static void client_restarts_lcp(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	rig_put(rig, "c021 0108000e 010405c8 050611223344");
	assert_int_equal(rig->networks_down, 1);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
	/* another magic number than before */
	rig_expect(rig, "c021 01020013 010405d4 0305c22305 05061a191817");
	rig_expect(rig, "c021 0208000e 010405c8 050611223344");
	rig_put_dropped(rig, RESPONSE);
	rig_put_dropped(rig, "8021 0105000a 03060a000009");
	rig_put(rig, "c021 02020013 010405d4 0305c22305 05061a191817");
	rig_expect(rig, "c223 01170019 10 1b1c1d1e1f202122232425262728292a"
			" 6c327864");
	assert_int_equal(ppp_info(rig->ppp).peer_mru, 0x5c8);
	rig_put_dropped(rig, RESPONSE); /* to the old challenge */
	rig_put_dropped(rig, "8021 0105000a 03060a000009");
	rig_put(rig, "c223 02170015 10 ffeeddccbbaa99887766554433221100");
	assert_int_equal(rig->identified, 2);
	rig_expect(rig, "c223 03170004");
	rig_expect(rig, "8021 0101000a 03060a000001");
	rig_put(rig, "8021 0105000a 03060a000009");
	rig_put(rig, "8021 0201000a 03060a000001");
	assert_int_equal(rig->networks_up, 2);
	rig_free(rig);
}

/* ...while the owner thinks: its answer is to a question of the past. */
static void answer_comes_too_late(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_WAIT;
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	rig_put(rig, RESPONSE);
	rig_put(rig, "c021 01080004");
	rig->sent_seen = rig->sent_count;
	ppp_accept(rig->ppp, &rig->ip4, rig->now);
	ppp_reject(rig->ppp, "", rig->now);
	ppp_hand_over(rig->ppp, &rig->proxy);
	rig_quiet(rig);
	assert_int_equal(rig->proxy.has, 0);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_ESTABLISH);
	rig_free(rig);
}

static void decision_is_made_once(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	ppp_accept(rig->ppp, &rig->ip4, rig->now);
	ppp_reject(rig->ppp, "", rig->now);
	rig_quiet(rig);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_NETWORK);
	rig_free(rig);
}

/* ---- ends ---------------------------------------------------------------- */

static void client_terminates(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	rig_put(rig, "c021 05770010 55736572207265717565 7374");
	rig_expect(rig, "c021 06770004");
	rig_quiet(rig);
	assert_int_equal(rig->networks_down, 1);
	rig_ended(rig, PPP_END_USER, 3, 0, 1);
	/* nothing moves any more */
	rig_put_dropped(rig, "c021 05780004");
	ppp_close(rig->ppp, rig->now);
	ppp_timeout(rig->ppp, instant_after(rig->now, 1000000));
	rig_start(rig);
	rig_quiet(rig);
	rig_free(rig);
}

static void client_terminates_early(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	rig_expect(rig, "c021 01010013 " OURS);
	rig_put(rig, "c021 05770004");
	rig_expect(rig, "c021 06770004");
	rig_ended(rig, PPP_END_USER, 3, 0, 1);
	rig_free(rig);
	rig = rig_new();
	rig_lcp_open(rig);
	rig_expect(rig, CHALLENGE);
	rig_put(rig, "c021 05770004");
	rig_expect(rig, "c021 06770004");
	rig_ended(rig, PPP_END_USER, 3, 0, 1);
	rig_free(rig);
}

static void closed_by_the_owner(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	ppp_close(rig->ppp, rig->now);
	rig_expect(rig, "c021 05020004");
	assert_int_equal(rig->networks_down, 1);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_TERMINATE);
	assert_int_equal(rig->ended, 0);
	ppp_close(rig->ppp, rig->now);
	rig_put_dropped(rig, "8021 0105000a 03060a000009");
	rig_quiet(rig);
	rig_put(rig, "c021 06020004");
	rig_ended(rig, PPP_END_ADMIN, 1, 0, 0);
	rig_free(rig);
}

static void goodbye_is_not_answered(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	ppp_close(rig->ppp, rig->now);
	rig_expect(rig, "c021 05020004");
	rig_pass(rig, 3000);
	rig_expect(rig, "c021 05030004");
	rig_quiet(rig);
	rig_pass(rig, 2999);
	assert_int_equal(rig->ended, 0);
	rig_pass(rig, 1);
	rig_ended(rig, PPP_END_ADMIN, 1, 0, 0);
	rig_free(rig);
}

static void both_say_goodbye(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_network_open(rig);
	ppp_close(rig->ppp, rig->now);
	rig_expect(rig, "c021 05020004");
	rig_put(rig, "c021 05770004");
	rig_expect(rig, "c021 06770004");
	rig_ended(rig, PPP_END_ADMIN, 1, 0, 0);
	rig_free(rig);
}

/* LCP is not open: the client is told, but not waited for. */
static void closed_before_lcp_is_open(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_start(rig);
	rig_expect(rig, "c021 01010013 " OURS);
	ppp_close(rig->ppp, rig->now);
	rig_expect(rig, "c021 05020004");
	rig_ended(rig, PPP_END_ADMIN, 1, 0, 0);
	rig_free(rig);
	rig = rig_new();
	ppp_close(rig->ppp, rig->now);
	rig_quiet(rig);
	rig_ended(rig, PPP_END_ADMIN, 1, 0, 0);
	rig_free(rig);
}

/* ---- the owner's functions called from within its ops -------------------- */

static struct ppp *inner;
static unsigned int inner_ended;
static enum { CLOSE_ON_IDENTIFIED, CLOSE_ON_UP, CLOSE_ON_DOWN } inner_when;
static const struct instant inner_now = {5000};

static void inner_send(void *ctx, uint16_t protocol, struct view info)
{
	(void)ctx;
	(void)protocol;
	(void)info;
}

static void inner_identified(void *ctx, const struct ppp_credentials *who)
{
	struct ppp_addresses ip4 = {.user = {0x0900000a}};

	(void)ctx;
	(void)who;
	if (inner_when == CLOSE_ON_IDENTIFIED)
		ppp_close(inner, inner_now);
	else
		ppp_accept(inner, &ip4, inner_now);
}

static void inner_network(void *ctx, bool up, const struct ppp_addresses *ip4)
{
	(void)ctx;
	(void)ip4;
	if (up == (inner_when == CLOSE_ON_UP))
		ppp_close(inner, inner_now);
}

static void inner_over(void *ctx, const struct ppp_end *why)
{
	(void)ctx;
	(void)why;
	inner_ended++;
	ppp_close(inner, inner_now);
}

static void inner_put(const char *hex)
{
	struct view v = rig_view(hex);

	ppp_input(inner, (uint16_t)(v.data[0] << 8 | v.data[1]),
		  view_of(v.data + 2, v.len - 2), inner_now);
}

static void ops_may_close(void **state)
{
	static const struct ppp_ops ops = {
		.send = inner_send,
		.identified = inner_identified,
		.network = inner_network,
		.ended = inner_over,
		.random = rig_random,
	};

	(void)state;
	rig_config.auth_count = 0;
	rig_config.mru = 1500;
	for (int when = CLOSE_ON_IDENTIFIED; when <= CLOSE_ON_DOWN; when++) {
		struct rig *rig = rig_new(); /* for its random octets */

		inner_when = when;
		inner_ended = 0;
		inner = ppp_new(&rig_config, &ops, NULL, "call 2");
		ppp_start(inner, inner_now);
		inner_put("c021 01010004");
		inner_put("c021 0201000a 050605040302");
		inner_put("8021 0101000a 03060a000009");
		inner_put("8021 0201000a 030600000000");
		inner_put("c021 01020004"); /* the client starts over */
		inner_put("c021 06020004");
		ppp_timeout(inner, instant_after(inner_now, 3000));
		ppp_timeout(inner, instant_after(inner_now, 6000));
		assert_int_equal(inner_ended, 1);
		assert_int_equal(ppp_info(inner).phase, PPP_DEAD);
		ppp_free(inner);
		rig_free(rig);
	}
}

/* Challenges stop with LCP, and count anew with the next one. */
static void challenges_stop_with_lcp(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig_lcp_open(rig);
	rig_pass(rig, 26000);
	rig->sent_seen = rig->sent_count;
	rig_put(rig, "c021 01080006 0702");
	rig_expect(rig, "c021 01020013 010405d4 0305c22305 05061a191817");
	rig_expect(rig, "c021 04080006 0702");
	rig_pass(rig, 2999);
	rig_quiet(rig);
	rig_put(rig, "c021 01090004");
	rig_expect(rig, "c021 02090004");
	rig_put(rig, "c021 02020013 010405d4 0305c22305 05061a191817");
	for (int i = 0; i < 9; i++) {
		rig_expect(rig, "c223 01170019 10"
				"1b1c1d1e1f202122232425262728292a 6c327864");
		rig_quiet(rig);
		rig_pass(rig, 3000);
	}
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_AUTHENTICATE);
	rig_free(rig);
}

/* First CHAP, then PAP: nothing of the first is in the second. */
static void credentials_are_not_mixed(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->answer = RIG_WAIT;
	rig_lcp_open(rig);
	rig_put(rig, RESPONSE);
	rig_put(rig, "c021 01080004");
	rig_put(rig, "c021 03020008 0304c023");
	rig_put(rig, "c021 02030012 010405d4 0304c023 05061a191817");
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_AUTHENTICATE);
	assert_int_equal(ppp_info(rig->ppp).user.len, 0);
	rig->sent_seen = rig->sent_count;
	rig_pass(rig, 3000);
	rig_quiet(rig);
	rig_put(rig, "c023 01310008 01620170");
	assert_int_equal(rig->who.method, PPP_AUTH_PAP);
	assert_int_equal(rig->who.challenge.len, 0);
	assert_int_equal(rig->who.name.len, 1);
	assert_int_equal(rig->who.response.len, 1);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_read),
		cmocka_unit_test(names),
		cmocka_unit_test_setup(network_opens, setup),
		cmocka_unit_test_setup(dead_link_is_silent, setup),
		cmocka_unit_test_setup(protocols_by_phase, setup),
		cmocka_unit_test_setup(auth_protocol_rejected, setup),
		cmocka_unit_test_setup(client_restarts_lcp, setup),
		cmocka_unit_test_setup(answer_comes_too_late, setup),
		cmocka_unit_test_setup(decision_is_made_once, setup),
		cmocka_unit_test_setup(client_terminates, setup),
		cmocka_unit_test_setup(client_terminates_early, setup),
		cmocka_unit_test_setup(closed_by_the_owner, setup),
		cmocka_unit_test_setup(goodbye_is_not_answered, setup),
		cmocka_unit_test_setup(both_say_goodbye, setup),
		cmocka_unit_test_setup(closed_before_lcp_is_open, setup),
		cmocka_unit_test_setup(ops_may_close, setup),
		cmocka_unit_test_setup(challenges_stop_with_lcp, setup),
		cmocka_unit_test_setup(credentials_are_not_mixed, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
