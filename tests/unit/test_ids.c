/* SPDX-License-Identifier: GPL-2.0-only */
/* Banks of ids, the lists, and points in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "base/list.h"

enum { REST_MS = 31000, ALL = 65534 };

static uint16_t next_random;

static void fill(void *out, unsigned long len)
{
	memset(out, 0, len);
	memcpy(out, &next_random, len < 2 ? len : 2);
}

static const struct instant start = {1000};

static struct ids *fresh(void)
{
	struct ids *ids = ids_new(REST_MS, fill);

	assert_non_null(ids);
	return ids;
}

/* Takes an id while the random number is this; 0: there was none. */
static uint16_t take(struct ids *ids, uint16_t random, struct instant now)
{
	uint16_t id = 0;

	next_random = random;
	if (ids_take(ids, now, &id))
		assert_int_equal(id, 0);
	return id;
}

/* The random place, or the next free one behind it, around the end. */
static void test_random_start(void **state)
{
	struct ids *ids = fresh();

	(void)state;
	assert_int_equal(take(ids, 500, start), 500);
	assert_int_equal(take(ids, 500, start), 501);
	assert_int_equal(take(ids, 0, start), 1);
	assert_int_equal(take(ids, 65535, start), 2);
	assert_int_equal(take(ids, 65534, start), 65534);
	assert_int_equal(take(ids, 65534, start), 3);
	assert_int_equal(ids_used(ids), 6);
	ids_free(ids);
}

/* All but 0 and FFFF, each once. */
static void test_all(void **state)
{
	struct ids *ids = fresh();
	bool *seen = calloc(65536, sizeof(*seen));
	uint16_t id;

	(void)state;
	for (int i = 0; i < ALL; i++) {
		id = take(ids, (uint16_t)(i * 40503), start);
		assert_false(seen[id]);
		seen[id] = true;
	}
	assert_false(seen[0] || seen[65535]);
	assert_int_equal(ids_used(ids), ALL);
	id = 77;
	assert_int_equal(ids_take(ids, start, &id), -ENOSPC);
	assert_int_equal(id, 77);
	free(seen);
	ids_free(ids);
}

static void test_rest(void **state)
{
	struct ids *ids = fresh();

	(void)state;
	assert_int_equal(take(ids, 9, start), 9);
	ids_release(ids, 9, start);
	assert_int_equal(ids_used(ids), 0);
	assert_int_equal(take(ids, 9, instant_after(start, REST_MS - 1)), 10);
	assert_int_equal(take(ids, 9, instant_after(start, REST_MS)), 9);
	ids_free(ids);
}

/* A full bank gives what has rested longest, and says that it was early. */
static void test_full_and_resting(void **state)
{
	struct ids *ids = fresh();

	(void)state;
	for (int i = 0; i < ALL; i++)
		take(ids, 1, start);
	assert_int_equal(take(ids, 1, start), 0);
	ids_release(ids, 700, start);
	for (uint16_t id = 1; id <= ALL; id++)
		ids_release(ids, id, instant_after(start, 1));
	assert_int_equal(ids_used(ids), 0);
	assert_int_equal(ids_left(ids, instant_after(start, 1)), 0);
	assert_int_equal(ids_unrested(ids), 0);
	assert_int_equal(take(ids, 1, instant_after(start, 1)), 700);
	assert_int_equal(take(ids, 9, instant_after(start, 1)), 1);
	assert_int_equal(ids_unrested(ids), 2);
	assert_int_equal(ids_left(ids, instant_after(start, 1)), 0);
	/* it rests again, behind the others */
	ids_release(ids, 700, instant_after(start, 2));
	for (uint16_t id = 2; id <= ALL; id++)
		if (id != 700)
			assert_int_equal(take(ids, 1, instant_after(start, 2)),
					 id);
	assert_int_equal(take(ids, 1, instant_after(start, 2)), 700);
	assert_int_equal(take(ids, 1, instant_after(start, 2)), 0);
	assert_int_equal(ids_unrested(ids), ALL + 1);
	ids_free(ids);
}

/* One that has rested, or was never used, is taken before one that rests. */
static void test_rested_first(void **state)
{
	struct ids *ids = fresh();

	(void)state;
	for (int i = 0; i < ALL - 1; i++)
		take(ids, 1, start);
	for (uint16_t id = 1; id < ALL; id++)
		ids_release(ids, id, instant_after(start, id == 5 ? 0 : 1));
	assert_int_equal(take(ids, 1, instant_after(start, 1)), ALL);
	assert_int_equal(ids_unrested(ids), 0);
	assert_int_equal(take(ids, 900, instant_after(start, REST_MS + 1)),
			 900);
	assert_int_equal(ids_unrested(ids), 0);
	ids_free(ids);
}

static void test_claim(void **state)
{
	struct ids *ids = fresh();

	(void)state;
	assert_int_equal(ids_claim(ids, 5), 0);
	assert_int_equal(ids_claim(ids, 5), -EBUSY);
	assert_int_equal(ids_claim(ids, 0), -EBUSY);
	assert_int_equal(ids_claim(ids, 65535), -EBUSY);
	assert_int_equal(ids_used(ids), 1);
	assert_int_equal(take(ids, 5, start), 6);
	/* a resting id belongs to nobody yet */
	ids_release(ids, 5, start);
	assert_int_equal(ids_claim(ids, 5), -EBUSY);
	ids_free(ids);
}

static void test_release_of_strangers(void **state)
{
	struct ids *ids = fresh();

	(void)state;
	ids_release(ids, 0, start);
	ids_release(ids, 65535, start);
	ids_release(ids, 7, start);
	assert_int_equal(ids_used(ids), 0);
	assert_int_equal(take(ids, 7, start), 7);
	ids_free(ids);
	ids_free(NULL);
}

/* ---- lists --------------------------------------------------------------- */

struct item {
	int number;
	struct list link;
};

static void test_list(void **state)
{
	LIST(head);
	struct item items[4];
	struct item *pos;
	struct item *after;
	int sum = 0;

	(void)state;
	assert_true(list_empty(&head));
	list_each(pos, &head, link)
		fail();
	for (int i = 0; i < 4; i++) {
		items[i].number = i + 1;
		list_append(&head, &items[i].link);
	}
	list_each(pos, &head, link)
		sum = sum * 10 + pos->number;
	assert_int_equal(sum, 1234);
	list_each_safe(pos, after, &head, link)
		if (pos->number % 2)
			list_remove(&pos->link);
	sum = 0;
	list_each(pos, &head, link)
		sum = sum * 10 + pos->number;
	assert_int_equal(sum, 24);
	/* what was taken out is a list of its own and may go again */
	assert_true(list_empty(&items[0].link));
	list_remove(&items[0].link);
	list_append(&head, &items[0].link);
	assert_ptr_equal(list_entry(head.prev, struct item, link), &items[0]);
}

/* ---- instants ------------------------------------------------------------ */

static void test_instant(void **state)
{
	struct instant early = {5};
	struct instant late = {6};

	(void)state;
	assert_true(instant_is_never(NEVER));
	assert_false(instant_due(NEVER, late));
	assert_true(instant_due(early, early));
	assert_true(instant_due(early, late));
	assert_false(instant_due(late, early));
	assert_int_equal(instant_first(early, late).ms, 5);
	assert_int_equal(instant_first(late, early).ms, 5);
	assert_int_equal(instant_first(NEVER, late).ms, 6);
	assert_int_equal(instant_first(late, NEVER).ms, 6);
	assert_true(instant_is_never(instant_first(NEVER, NEVER)));
	assert_int_equal(instant_after(early, 3).ms, 8);
}

/* An id that rests already is not given back a second time. */
static void test_released_twice(void **state)
{
	struct ids *ids = fresh();
	uint16_t id = take(ids, 700, start);

	(void)state;
	take(ids, 800, start);
	ids_release(ids, id, start);
	ids_release(ids, id, start);
	assert_int_equal(ids_used(ids), 1);
	assert_int_equal(take(ids, 700, start), 701);
	assert_int_equal(take(ids, 700, instant_after(start, REST_MS)), 700);
	assert_int_equal(take(ids, 700, instant_after(start, REST_MS)), 702);
	ids_free(ids);
}

/* Ids that rest are not to be had, and are again afterwards. */
static void test_left(void **state)
{
	struct ids *ids = fresh();
	uint16_t id = take(ids, 7, start);

	(void)state;
	assert_int_equal(ids_left(ids, start), 65533);
	ids_release(ids, id, start);
	assert_int_equal(ids_left(ids, start), 65533);
	assert_int_equal(ids_left(ids, instant_after(start, REST_MS)), 65534);
	ids_free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_start),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_full_and_resting),
		cmocka_unit_test(test_rested_first),
		cmocka_unit_test(test_claim),
		cmocka_unit_test(test_release_of_strangers),
		cmocka_unit_test(test_released_twice),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_instant),
	};

	return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
