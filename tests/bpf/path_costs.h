/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet costs on a path: as a ratio to the smallest program and to the
 * kernel's IP forwarding, with all services or without any; and what one
 * service adds.  A ratio is made within a round, of measurements in turns, and
 * the median of rounds is reported: that survives a noisy machine.
 */
#ifndef PATH_COSTS_H
#define PATH_COSTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "path_measure.h"

enum {
	COSTS_ROUNDS_MAX = 1001,
};

struct costs {
	struct path_measure measure;
	unsigned int rounds;
	uint32_t frames; /* of one measurement */
};

/* Of values that are sorted. */
double costs_quantile(const struct costs *c, const double *sorted, double q);

/*
 * A line of the table and a row for each path (or the only one) and each size
 * that is not 0.
 */
json_t *costs_paths(struct costs *c, const struct bench_path *only,
		    const uint32_t *sizes, unsigned int count, bool services);

/* The same for each service alone, as a ratio to none; in path_services.c. */
json_t *costs_services(struct costs *c, const struct bench_path *only,
		       uint32_t sessions);

/* Octets of the maps' own memory, by record and by session; path_memory.c. */
json_t *costs_memory(const struct costs *c);

#endif
