/* SPDX-License-Identifier: GPL-2.0-only */
/* A heap of deadlines; see alarms.h. */
#include "base/alarms.h"

#include <stdlib.h>

#include "base/log.h"

void alarms_init(struct alarms *alarms)
{
	*alarms = (struct alarms){0};
}

void alarms_fini(struct alarms *alarms)
{
	free(alarms->heap);
	alarms_init(alarms);
}

static void heap_put(struct alarms *alarms, unsigned int place,
		     struct alarm *alarm)
{
	alarms->heap[place] = alarm;
	alarm->place = place;
}

/* Moves an alarm to where its time belongs, up or down. */
static void heap_settle(struct alarms *alarms, struct alarm *alarm)
{
	unsigned int place = alarm->place;

	while (place > 1 && alarms->heap[place / 2]->at.ms > alarm->at.ms) {
		heap_put(alarms, place, alarms->heap[place / 2]);
		place /= 2;
	}
	for (;;) {
		unsigned int child = 2 * place;

		if (child > alarms->count)
			break;
		if (child < alarms->count && alarms->heap[child + 1]->at.ms <
						     alarms->heap[child]->at.ms)
			child++;
		if (alarms->heap[child]->at.ms >= alarm->at.ms)
			break;
		heap_put(alarms, place, alarms->heap[child]);
		place = child;
	}
	heap_put(alarms, place, alarm);
}

static void heap_remove(struct alarms *alarms, struct alarm *alarm)
{
	struct alarm *last = alarms->heap[alarms->count--];
	unsigned int place = alarm->place;

	alarm->place = 0;
	if (last == alarm)
		return;
	heap_put(alarms, place, last);
	heap_settle(alarms, last);
}

static void heap_add(struct alarms *alarms, struct alarm *alarm)
{
	if (alarms->count + 2 > alarms->cap) {
		unsigned int cap = alarms->cap ? 2 * alarms->cap : 64;
		struct alarm **heap = reallocarray(alarms->heap, cap,
						   sizeof(*heap));

		if (!heap)
			fatal("no memory for timers");
		alarms->heap = heap;
		alarms->cap = cap;
	}
	alarms->count++;
	heap_put(alarms, alarms->count, alarm);
	heap_settle(alarms, alarm);
}

void alarm_set(struct alarms *alarms, struct alarm *alarm, struct instant at)
{
	alarm->at = at;
	if (instant_is_never(at)) {
		if (alarm->place)
			heap_remove(alarms, alarm);
	} else if (alarm->place) {
		heap_settle(alarms, alarm);
	} else {
		heap_add(alarms, alarm);
	}
}

struct instant alarms_deadline(const struct alarms *alarms)
{
	return alarms->count ? alarms->heap[1]->at : NEVER;
}

void alarms_run(struct alarms *alarms, struct instant now)
{
	while (instant_due(alarms_deadline(alarms), now)) {
		struct alarm *alarm = alarms->heap[1];

		alarm_set(alarms, alarm, NEVER);
		alarm->ring(alarm->ctx, now);
	}
}
