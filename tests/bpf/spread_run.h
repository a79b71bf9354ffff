/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions spread over cores: sends numbered frames through the benchmark's
 * world, watches the order inside each session, and says what each core had to
 * do.  Errors end the process, as in path_measure.h.
 */
#ifndef SPREAD_RUN_H
#define SPREAD_RUN_H

#include <stdint.h>

#include "path_measure.h"

enum { SPREAD_CORES = 2 };

struct spread_result {
	uint32_t sent;
	uint64_t arrived;
	uint64_t late; /* behind a later frame of their session */
	uint64_t handed[SPREAD_CORES]; /* by l2x's own counters */
	uint64_t taken[SPREAD_CORES];
	/* CPU time of a frame in ns, without the generator's and the sink's;
	 * the receiving core is the first */
	double core_ns[SPREAD_CORES];
};

/*
 * Sends frames of random sessions on a path, in a network namespace and a
 * process of its own; they arrive at core 0.
 */
struct spread_setup {
	const char *path;
	unsigned int first, count; /* cores the sessions are spread over */
	uint32_t sessions;
	uint32_t frames;
};
struct spread_result spread_run(const struct spread_setup *setup);

#endif
