/* SPDX-License-Identifier: GPL-2.0-only */
/* Alarms ring in order, once, and may change each other while ringing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alarms.h"

enum { MANY = 1000 };

struct bell {
	struct alarm alarm;
	struct alarms *alarms;
	struct bell *stops; /* this one is silenced by the ring */
	uint64_t rang_at;
	unsigned int rings;
};

static uint64_t last_ring;

static void ring(void *ctx, struct instant now)
{
	struct bell *bell = ctx;

	bell->rings++;
	bell->rang_at = now.ms;
	assert_true(last_ring <= now.ms);
	last_ring = now.ms;
	if (bell->stops)
		alarm_set(bell->alarms, &bell->stops->alarm, NEVER);
}

static void bell_init(struct bell *bell, struct alarms *alarms)
{
	*bell = (struct bell){.alarms = alarms};
	bell->alarm = (struct alarm){.ring = ring, .ctx = bell};
}

static void rings_in_order_and_once(void **state)
{
	static struct bell bells[MANY];
	struct alarms alarms;
	unsigned int seed = 7;

	(void)state;
	last_ring = 0;
	alarms_init(&alarms);
	assert_true(instant_is_never(alarms_deadline(&alarms)));
	for (unsigned int i = 0; i < MANY; i++) {
		bell_init(&bells[i], &alarms);
		alarm_set(&alarms, &bells[i].alarm,
			  (struct instant){1 + (uint64_t)rand_r(&seed) % 500});
	}
	/* move a third, silence a third */
	for (unsigned int i = 0; i < MANY; i += 3)
		alarm_set(&alarms, &bells[i].alarm,
			  (struct instant){1 + (uint64_t)rand_r(&seed) % 500});
	for (unsigned int i = 1; i < MANY; i += 3)
		alarm_set(&alarms, &bells[i].alarm, NEVER);
	for (uint64_t ms = 1; ms <= 500; ms++)
		alarms_run(&alarms, (struct instant){ms});
	for (unsigned int i = 0; i < MANY; i++) {
		assert_int_equal(bells[i].rings, i % 3 != 1);
		assert_int_equal(bells[i].alarm.place, 0);
	}
	assert_true(instant_is_never(alarms_deadline(&alarms)));
	alarms_fini(&alarms);
}

static void rings_at_its_time(void **state)
{
	struct alarms alarms;
	struct bell bell;

	(void)state;
	last_ring = 0;
	alarms_init(&alarms);
	bell_init(&bell, &alarms);
	alarm_set(&alarms, &bell.alarm, (struct instant){100});
	assert_int_equal(alarms_deadline(&alarms).ms, 100);
	alarms_run(&alarms, (struct instant){99});
	assert_int_equal(bell.rings, 0);
	alarms_run(&alarms, (struct instant){100});
	assert_int_equal(bell.rang_at, 100);
	alarms_fini(&alarms);
}

static void a_ring_may_silence_another(void **state)
{
	struct alarms alarms;
	struct bell first;
	struct bell second;

	(void)state;
	last_ring = 0;
	alarms_init(&alarms);
	bell_init(&first, &alarms);
	bell_init(&second, &alarms);
	first.stops = &second;
	alarm_set(&alarms, &first.alarm, (struct instant){10});
	alarm_set(&alarms, &second.alarm, (struct instant){11});
	alarms_run(&alarms, (struct instant){20});
	assert_int_equal(first.rings, 1);
	assert_int_equal(second.rings, 0);
	alarms_fini(&alarms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings_in_order_and_once),
		cmocka_unit_test(rings_at_its_time),
		cmocka_unit_test(a_ring_may_silence_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
