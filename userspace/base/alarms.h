/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deadlines of many objects: a heap, so that the earliest is known at once and
 * hundreds of thousands cost little.  Knows no clock: the caller says what time
 * it is.
 */
#ifndef BASE_ALARMS_H
#define BASE_ALARMS_H

#include "base/instant.h"

/* Lies in the object it wakes; zeroed and given a function before use. */
struct alarm {
	struct instant at; /* NEVER: not set */
	unsigned int place; /* in the heap, from 1; 0 = not set */
	void (*ring)(void *ctx, struct instant now);
	void *ctx;
};

struct alarms {
	struct alarm **heap; /* from 1 */
	unsigned int count;
	unsigned int cap;
};

void alarms_init(struct alarms *alarms);
void alarms_fini(struct alarms *alarms);
/* Sets, moves or (with NEVER) removes an alarm.  Ends the process if there is
 * no memory: an alarm that is lost is a call that hangs. */
void alarm_set(struct alarms *alarms, struct alarm *alarm, struct instant at);
struct instant alarms_deadline(const struct alarms *alarms);
/* Rings what is due; a ring may set and remove any alarm. */
void alarms_run(struct alarms *alarms, struct instant now);

#endif
