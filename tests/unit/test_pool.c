/* SPDX-License-Identifier: GPL-2.0-only */
/* Address pools: order, the gateway's place, claims, a full pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>

#include "world/pool.h"

static struct in_addr ip(const char *text)
{
	return (struct in_addr){inet_addr(text)};
}

/* Four addresses, the second is the gateway. */
static struct pool *small(void)
{
	return pool_new(ip("10.64.0.8"), 4, ip("10.64.0.9"));
}

static void take(struct pool *pool, const char *expected)
{
	struct in_addr address;

	assert_int_equal(pool_take(pool, &address), 0);
	assert_string_equal(inet_ntoa(address), expected);
}

static void test_order_and_full(void **state)
{
	struct pool *pool = small();
	struct in_addr address = ip("1.2.3.4");

	(void)state;
	assert_int_equal(pool_size(pool), 3);
	take(pool, "10.64.0.8");
	take(pool, "10.64.0.10");
	take(pool, "10.64.0.11");
	assert_int_equal(pool_used(pool), 3);
	assert_int_equal(pool_take(pool, &address), -ENOSPC);
	assert_string_equal(inet_ntoa(address), "1.2.3.4");
	pool_free(pool);
}

/* What was given back waits behind all others. */
static void test_longest_free_first(void **state)
{
	struct pool *pool = small();

	(void)state;
	take(pool, "10.64.0.8");
	take(pool, "10.64.0.10");
	pool_release(pool, ip("10.64.0.10"));
	pool_release(pool, ip("10.64.0.8"));
	assert_int_equal(pool_used(pool), 0);
	take(pool, "10.64.0.11");
	take(pool, "10.64.0.10");
	take(pool, "10.64.0.8");
	pool_free(pool);
}

static void test_claim(void **state)
{
	struct pool *pool = small();

	(void)state;
	assert_int_equal(pool_claim(pool, ip("10.64.0.10")), 0);
	assert_int_equal(pool_claim(pool, ip("10.64.0.10")), -EBUSY);
	assert_int_equal(pool_claim(pool, ip("10.64.0.9")), -ERANGE);
	assert_int_equal(pool_claim(pool, ip("10.64.0.7")), -ERANGE);
	assert_int_equal(pool_claim(pool, ip("10.64.0.12")), -ERANGE);
	assert_int_equal(pool_used(pool), 1);
	take(pool, "10.64.0.8");
	take(pool, "10.64.0.11");
	pool_release(pool, ip("10.64.0.10"));
	take(pool, "10.64.0.10");
	pool_free(pool);
}

/* What is not in use, or not ours, cannot be given back. */
static void test_release_of_strangers(void **state)
{
	struct pool *pool = small();
	struct in_addr address;

	(void)state;
	pool_release(pool, ip("10.64.0.8"));
	pool_release(pool, ip("10.64.0.9"));
	pool_release(pool, ip("10.64.1.0"));
	assert_int_equal(pool_used(pool), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pool_take(pool, &address), 0);
	assert_int_equal(pool_take(pool, &address), -ENOSPC);
	pool_release(pool, address);
	pool_release(pool, address);
	assert_int_equal(pool_used(pool), 2);
	pool_free(pool);
}

static void test_gateway_outside(void **state)
{
	struct pool *pool = pool_new(ip("10.64.0.8"), 2, ip("10.64.0.1"));

	(void)state;
	assert_int_equal(pool_size(pool), 2);
	take(pool, "10.64.0.8");
	take(pool, "10.64.0.9");
	pool_free(pool);
}

/* One address; a queue of one must not be taken for a used place. */
static void test_single(void **state)
{
	struct pool *pool = pool_new(ip("10.64.0.8"), 1, ip("10.64.0.1"));

	(void)state;
	assert_int_equal(pool_claim(pool, ip("10.64.0.8")), 0);
	assert_int_equal(pool_claim(pool, ip("10.64.0.8")), -EBUSY);
	pool_release(pool, ip("10.64.0.8"));
	take(pool, "10.64.0.8");
	pool_free(pool);
}

/* The ends of a prefix: never given out, but a user may have one. */
static void test_withheld(void **state)
{
	struct pool *pool = small();
	struct in_addr address;

	(void)state;
	pool_withhold(pool, ip("10.64.0.8"));
	pool_withhold(pool, ip("10.64.0.8"));
	pool_withhold(pool, ip("10.64.0.11"));
	pool_withhold(pool, ip("10.64.0.12"));
	assert_int_equal(pool_size(pool), 1);
	assert_int_equal(pool_used(pool), 0);
	take(pool, "10.64.0.10");
	assert_int_equal(pool_take(pool, &address), -ENOSPC);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(pool_claim(pool, ip("10.64.0.11")), 0);
		assert_int_equal(pool_claim(pool, ip("10.64.0.11")), -EBUSY);
		assert_int_equal(pool_used(pool), 2);
		pool_withhold(pool, ip("10.64.0.11"));
		pool_release(pool, ip("10.64.0.11"));
		pool_release(pool, ip("10.64.0.11"));
		assert_int_equal(pool_used(pool), 1);
		assert_int_equal(pool_take(pool, &address), -ENOSPC);
	}
	pool_release(pool, ip("10.64.0.10"));
	take(pool, "10.64.0.10");
	pool_free(pool);
}

/* Every address once, and again after all came back. */
static void test_large(void **state)
{
	enum { COUNT = 65534 };
	struct pool *pool = pool_new(ip("10.64.0.1"), COUNT, ip("10.64.0.1"));
	struct in_addr address;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 1; i < COUNT; i++) {
			assert_int_equal(pool_take(pool, &address), 0);
			assert_int_equal(ntohl(address.s_addr),
					 ntohl(inet_addr("10.64.0.1")) + i);
		}
		assert_int_equal(pool_take(pool, &address), -ENOSPC);
		for (uint32_t i = 1; i < COUNT; i++)
			pool_release(pool, (struct in_addr){htonl(
				ntohl(inet_addr("10.64.0.1")) + i)});
		assert_int_equal(pool_used(pool), 0);
	}
	pool_free(pool);
}

/* Kept for one: only who asks for just this address gets it. */
static void test_kept(void **state)
{
	struct pool *pool = pool_new(ip("10.64.0.8"), 3, ip("10.64.0.1"));
	struct in_addr address;

	(void)state;
	pool_keep(pool, ip("10.64.0.9"));
	pool_keep(pool, ip("10.64.0.9"));
	pool_keep(pool, ip("10.65.0.9"));
	assert_true(pool_is_kept(pool, ip("10.64.0.9")));
	assert_false(pool_is_kept(pool, ip("10.64.0.8")));
	assert_false(pool_is_kept(pool, ip("10.65.0.9")));
	pool_release(pool, ip("10.64.0.9")); /* nobody has it */
	for (int round = 0; round < 2; round++) {
		take(pool, "10.64.0.8");
		take(pool, "10.64.0.10");
		assert_int_equal(pool_take(pool, &address), -ENOSPC);
		assert_int_equal(pool_used(pool), 2);
		assert_int_equal(pool_claim(pool, ip("10.64.0.9")), 0);
		assert_int_equal(pool_claim(pool, ip("10.64.0.9")), -EBUSY);
		assert_int_equal(pool_used(pool), 3);
		for (int i = 8; i < 11; i++)
			pool_release(pool,
				     (struct in_addr){htonl(0x0a400000u +
							    (uint32_t)i)});
		assert_int_equal(pool_used(pool), 0);
	}
	pool_free(pool);
}

/* The only address: then there is none to take. */
static void test_kept_alone(void **state)
{
	struct pool *pool = pool_new(ip("10.64.0.8"), 1, ip("10.64.0.1"));
	struct in_addr address;

	(void)state;
	pool_keep(pool, ip("10.64.0.8"));
	assert_int_equal(pool_take(pool, &address), -ENOSPC);
	assert_int_equal(pool_claim(pool, ip("10.64.0.8")), 0);
	pool_keep(pool, ip("10.64.0.8")); /* too late for who has it */
	pool_release(pool, ip("10.64.0.8"));
	assert_int_equal(pool_take(pool, &address), -ENOSPC);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_full),
		cmocka_unit_test(test_longest_free_first),
		cmocka_unit_test(test_claim),
		cmocka_unit_test(test_release_of_strangers),
		cmocka_unit_test(test_gateway_outside),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_withheld),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_kept_alone),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
