/* SPDX-License-Identifier: GPL-2.0-only */
/* LCP: whether the client lives, when it must be known at once. */
#include "ppp_rig.h"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

static struct rig *rig_up(void)
{
	struct rig *rig = rig_new();

	rig_network_open(rig);
	return rig;
}

static bool probing(const struct rig *rig)
{
	return ppp_info(rig->ppp).probing;
}

static void check_silent(uint32_t echo_ms)
{
	struct rig *rig;

	rig_config.echo_ms = echo_ms;
	rig = rig_up();
	assert_true(ppp_probe(rig->ppp, rig->now));
	assert_true(probing(rig));
	rig_expect(rig, "c021 09010008 05040302");
	/* who asks again waits for the same answer */
	rig_pass(rig, 500);
	assert_true(ppp_probe(rig->ppp, rig->now));
	rig_quiet(rig);
	rig_pass(rig, 500);
	rig_expect(rig, "c021 09020008 05040302");
	rig_pass(rig, 1000);
	rig_expect(rig, "c021 09030008 05040302");
	rig_pass(rig, 999);
	rig_quiet(rig);
	rig_pass(rig, 1);
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_TERMINATE);
	assert_false(probing(rig));
	rig_expect(rig, "c021 05020004");
	rig_pass(rig, 6000);
	rig_ended(rig, PPP_END_ECHO, 8, PPP_LCP, 0);
	rig_free(rig);
}

static void silence_is_known_in_three_seconds(void **state)
{
	(void)state;
	check_silent(30000);
	check_silent(0);
	rig_config.echo_failures = 100;
	check_silent(30000);
}

/* Also if echoes of before were not answered, which then count no more. */
static void answer_ends_the_probe(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_failures = 2;
	rig = rig_up();
	rig_pass(rig, 60000);
	rig_expect(rig, "c021 09010008 05040302");
	rig_expect(rig, "c021 09020008 05040302");
	assert_true(ppp_probe(rig->ppp, rig->now));
	rig_expect(rig, "c021 09030008 05040302");
	rig_pass(rig, 1500);
	rig_expect(rig, "c021 09040008 05040302");
	assert_true(probing(rig));
	rig_put(rig, "c021 0a030008 aabbccdd");
	assert_false(probing(rig));
	/* from here as ever */
	rig_pass(rig, 500);
	rig_expect(rig, "c021 09050008 05040302");
	rig_put(rig, "c021 0a050008 aabbccdd");
	rig_pass(rig, 29999);
	rig_quiet(rig);
	assert_int_equal(rig->ended, 0);
	rig_free(rig);
}

static void no_echo_after_the_answer_where_it_is_off(void **state)
{
	struct rig *rig;

	(void)state;
	rig_config.echo_ms = 0;
	rig = rig_up();
	ppp_probe(rig->ppp, rig->now);
	rig_expect(rig, "c021 09010008 05040302");
	rig_put(rig, "c021 0a010008 aabbccdd");
	rig_pass(rig, 600000);
	rig_quiet(rig);
	assert_true(instant_is_never(ppp_deadline(rig->ppp)));
	rig_free(rig);
}

/* A Code-Reject is an answer, too, but then there is nothing to ask with. */
static void echo_that_is_not_known(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	ppp_probe(rig->ppp, rig->now);
	rig_expect(rig, "c021 09010008 05040302");
	rig_put(rig, "c021 0701000c 09010008 05040302");
	assert_false(probing(rig));
	assert_false(ppp_probe(rig->ppp, rig->now));
	rig_pass(rig, 600000);
	rig_quiet(rig);
	rig_free(rig);
}

/* Whoever negotiates lives, and cannot be asked before LCP is open. */
static void probe_and_negotiation(void **state)
{
	struct rig *rig = rig_up();

	(void)state;
	ppp_probe(rig->ppp, rig->now);
	rig_put(rig, "c021 01080004");
	assert_false(probing(rig));
	assert_false(ppp_probe(rig->ppp, rig->now));
	rig->sent_seen = rig->sent_count;
	rig_pass(rig, 2999);
	rig_quiet(rig);
	assert_int_equal(rig->ended, 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(silence_is_known_in_three_seconds,
				       setup),
		cmocka_unit_test_setup(answer_ends_the_probe, setup),
		cmocka_unit_test_setup(
			no_echo_after_the_answer_where_it_is_off, setup),
		cmocka_unit_test_setup(echo_that_is_not_known, setup),
		cmocka_unit_test_setup(probe_and_negotiation, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
