/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `cores`: the sessions of one tunnel, and of one PPPoE port, go over two
 * cores, each session in order, and no frame is lost on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "spread_run.h"

enum { SESSIONS = 1000, FRAMES = 51200 };

static void over_two_cores(const char *path)
{
	const struct spread_setup setup = {path, 0, SPREAD_CORES, SESSIONS,
					   FRAMES};
	struct spread_result r;

	if (sysconf(_SC_NPROCESSORS_ONLN) < SPREAD_CORES)
		skip();
	r = spread_run(&setup);
	printf("# %s: %llu frames on the first core, %llu on the second\n", path,
	       (unsigned long long)r.taken[0], (unsigned long long)r.taken[1]);
	assert_int_equal(r.arrived, r.sent);
	assert_int_equal(r.late, 0);
	assert_true(r.handed[0] >= FRAMES);
	assert_int_equal(r.handed[1], 0);
	assert_int_equal(r.taken[0] + r.taken[1], r.handed[0]);
	/* a thousand ids fall evenly enough */
	assert_in_range(r.taken[0], FRAMES / 3, FRAMES);
	assert_in_range(r.taken[1], FRAMES / 3, FRAMES);
}

static void test_tunnel(void **state)
{
	(void)state;
	over_two_cores("lts");
}

static void test_access_port(void **state)
{
	(void)state;
	over_two_cores("lac_up");
}

static void test_subscribers(void **state)
{
	(void)state;
	over_two_cores("lns_down");
}

/* The core that receives may be spared. */
static void test_other_core(void **state)
{
	const struct spread_setup setup = {"lts", 1, 1, SESSIONS, FRAMES};
	struct spread_result r;

	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < SPREAD_CORES)
		skip();
	r = spread_run(&setup);
	assert_int_equal(r.arrived, r.sent);
	assert_int_equal(r.late, 0);
	assert_int_equal(r.taken[0], 0);
	assert_int_equal(r.taken[1], r.handed[0]);
}

/* Without the key each frame stays where it came. */
static void test_off(void **state)
{
	const struct spread_setup setup = {"lts", 0, 0, SESSIONS, FRAMES};
	struct spread_result r = spread_run(&setup);

	(void)state;
	assert_int_equal(r.arrived, r.sent);
	assert_int_equal(r.late, 0);
	assert_int_equal(r.handed[0] + r.handed[1], 0);
	assert_int_equal(r.taken[0] + r.taken[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnel),
		cmocka_unit_test(test_access_port),
		cmocka_unit_test(test_subscribers),
		cmocka_unit_test(test_other_core),
		cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
