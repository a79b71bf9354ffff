/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates of calls, tunnels, ports and reasons: what the counters gained since
 * somebody asked last.  Who asks is known again by the token of the answer, so
 * that each has an interval of their own; of those who ask at the same time the
 * last RATES_ASKERS are remembered.
 */
#ifndef SWITCH_RATES_H
#define SWITCH_RATES_H

#include "switch/node.h"

enum {
	RATES_ASKERS = 4,
	RATES_ROWS_MAX = 1000, /* of an answer: those that gained most */
};

struct rates;

/* The handler of "show rates"; ctx is the node, which keeps what it needs. */
int show_rates(void *ctx, json_t *arguments, json_t **reply, char *error,
	       size_t cap);
void rates_free(struct rates *rates);

#endif
