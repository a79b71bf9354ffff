/* SPDX-License-Identifier: GPL-2.0-only */
/* The speed of a link, as the kernel of this machine tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "private_net.h"
#include "world/link_speed.h"

static void test_link_speed(void **state)
{
	(void)state;
	if (!private_net())
		skip();
	run("ip link add fast type veth peer name other");
	run("ip link add mute type bridge");
	/* veth says 10 Gbit/s, whether it is up or not */
	assert_true(link_speed("fast") == 10000000000);
	/* it has no speed without ports */
	assert_true(link_speed("mute") == 0);
	/* it has no ethtool */
	assert_true(link_speed("lo") == 0);
	assert_true(link_speed("absent") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
