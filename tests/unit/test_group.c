/* SPDX-License-Identifier: GPL-2.0-only */
/* Groups of elements with one key, against a list of them in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/group.h"

enum { KEYS = 7, ELEMENTS = 300, ROUNDS = 20000 };

struct element {
	struct group_link group;
	uint32_t key;
	unsigned int joined; /* a number that grows; 0: it is out */
};

/* The newest of a key that joined before `before`. */
static struct element *expected(struct element *all, uint32_t key,
				unsigned int before)
{
	struct element *found = NULL;

	for (unsigned int i = 0; i < ELEMENTS; i++)
		if (all[i].joined && all[i].key == key &&
		    all[i].joined < before &&
		    (!found || all[i].joined > found->joined))
			found = &all[i];
	return found;
}

static void check(const struct table *table, struct element *all, uint32_t key)
{
	struct group_link *link = group_newest(table, key);
	struct element *want = expected(all, key, UINT32_MAX);

	for (; want; link = group_older(link),
		     want = expected(all, key, want->joined))
		assert_ptr_equal(group_entry(link, struct element, group),
				 want);
	assert_null(link);
}

static void test_against_a_list(void **state)
{
	struct element *all = calloc(ELEMENTS, sizeof(*all));
	struct table table = {0};
	unsigned int joined = 0;

	(void)state;
	assert_non_null(all);
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		struct element *one = &all[rand() % ELEMENTS];

		assert_int_equal(one->group.in, one->joined != 0);
		if (one->joined) {
			group_remove(&table, &one->group);
			one->joined = 0;
		} else {
			one->key = (uint32_t)rand() % KEYS;
			one->joined = ++joined;
			assert_int_equal(group_add(&table, &one->group,
						   one->key),
					 0);
		}
		if (round % 16 == 0)
			check(&table, all, (uint32_t)rand() % KEYS);
	}
	for (unsigned int i = 0; i < ELEMENTS; i++)
		group_remove(&table, &all[i].group);
	assert_int_equal(table.used, 0);
	table_fini(&table);
	free(all);
}

static void test_stranger(void **state)
{
	struct element alone = {0};
	struct table table = {0};

	(void)state;
	group_remove(&table, &alone.group);
	assert_null(group_newest(&table, 1));
	table_fini(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_a_list),
		cmocka_unit_test(test_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
