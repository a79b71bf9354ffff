/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash table against what it must hold, through growth and removal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/table.h"

enum { ELEMENTS = 65535 };

struct element {
	unsigned int payload;
	struct table_link link;
};

static void test_empty(void **state)
{
	struct table table = {0};

	(void)state;
	assert_null(table_find(&table, 7));
	table_fini(&table);
}

static void fill(struct table *table, struct element *elements)
{
	for (unsigned int i = 0; i < ELEMENTS; i++) {
		/* 40503 is odd: every 16-bit key comes once */
		elements[i].payload = (i * 40503u) & 0xffff;
		assert_int_equal(table_insert(table, &elements[i].link,
					      elements[i].payload),
				 0);
	}
	assert_int_equal(table->used, ELEMENTS);
}

static void assert_holds(const struct table *table, struct element *element)
{
	struct table_link *link = table_find(table, element->payload);

	assert_ptr_equal(link, &element->link);
	assert_ptr_equal(table_entry(link, struct element, link), element);
}

static void test_full_of_sessions(void **state)
{
	struct element *elements = calloc(ELEMENTS, sizeof(*elements));
	struct table table = {0};

	(void)state;
	assert_non_null(elements);
	fill(&table, elements);
	for (unsigned int i = 0; i < ELEMENTS; i++)
		assert_holds(&table, &elements[i]);
	for (unsigned int i = 0; i < ELEMENTS; i += 2)
		table_remove(&table, &elements[i].link);
	for (unsigned int i = 0; i < ELEMENTS; i++)
		if (i % 2)
			assert_holds(&table, &elements[i]);
		else
			assert_null(table_find(&table, elements[i].payload));
	assert_int_equal(table.used, ELEMENTS / 2);
	table_fini(&table);
	free(elements);
}

/* Chains stay short also for ids that an attacker chose to be alike. */
static void test_chains(void **state)
{
	struct element *elements = calloc(ELEMENTS, sizeof(*elements));
	struct table table = {0};
	unsigned int longest = 0;

	(void)state;
	assert_non_null(elements);
	for (unsigned int i = 0; i < 1024; i++)
		assert_int_equal(
			table_insert(&table, &elements[i].link, i << 6), 0);
	for (size_t i = 0; i < (size_t)1 << table.bits; i++) {
		unsigned int length = 0;

		for (struct table_link *l = table.buckets[i]; l; l = l->next)
			length++;
		if (length > longest)
			longest = length;
	}
	assert_in_range(longest, 1, 8);
	table_fini(&table);
	free(elements);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_full_of_sessions),
		cmocka_unit_test(test_chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
