/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending frames through the benchmark's world and what that costs.
 *
 * All on one CPU: veth runs the receiver on the transmitting one, so CPU time
 * is what the whole wire costs, the generator's own work included.
 *
 * A benchmark that cannot go on ends: errors do not return to the caller.  A
 * frame that was lost or came out wrong is said, and counted in `failures`.
 */
#ifndef PATH_MEASURE_H
#define PATH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "path_frames.h"
#include "path_world.h"

struct bench_bpf;
struct bpf_program;
struct keyed_bpf;
struct smallest_bpf;

enum {
	MEASURE_WARM_UP = 8192, /* frames */
};

struct path_measure {
	struct path_world world;
	struct bench_bpf *sink; /* counts and samples for all generators */
	clockid_t helper;	/* CPU clock of this CPU's softirq thread */
	bool helped;
	unsigned int failures;
};

/*
 * The generators keep their image in .rodata, so each path has a copy of them;
 * they share the sink's maps.
 */
struct generator {
	struct bench_bpf *skel;
	struct bpf_program *program;
};

/* Makes the world, and holds this thread to one CPU. */
void path_measure_init(struct path_measure *m);
void path_measure_fini(struct path_measure *m);

/* Frames of a traffic for a wire; its sessions are hit at random. */
void generator_open(const struct path_measure *m, struct generator *g,
		    const struct bench_traffic *traffic,
		    const struct wire *wire);
/* Sequence numbers begin anew, as those of new calls do. */
void generator_renumber(struct generator *g);
void generator_close(struct generator *g);

/* Frames that have come out so far. */
uint64_t path_measure_delivered(const struct path_measure *m);
/* What this thread has used, and the kernel's thread that helps it out. */
double path_measure_cpu_ns(const struct path_measure *m);
/* Sends frames into a wire; CPU nanoseconds for each. */
double path_measure_send(struct path_measure *m, const struct generator *g,
			 const struct wire *wire, uint32_t frames);
/* The same without looking whether they arrive. */
double path_measure_send_only(struct path_measure *m,
			      const struct generator *g,
			      const struct wire *wire, uint32_t frames);
/* From now on this thread lets others of its CPU run. */
void path_measure_yield(void);
/* What comes out of a wire must be right, octet for octet. */
void path_measure_samples(struct path_measure *m, const struct generator *g,
			  const struct bench_traffic *traffic,
			  const struct wire *wire);

/* For qsort. */
int double_compare(const void *a, const void *b);

/* The smallest program on its wire, moving the head by shift octets. */
struct smallest_bpf *smallest_attach(const struct path_world *w, int shift);
void smallest_detach(const struct path_world *w, struct smallest_bpf *skel);
/* The same for the smallest that knows whose a frame is. */
struct keyed_bpf *keyed_attach(const struct path_world *w, int shift);
void keyed_detach(const struct path_world *w, struct keyed_bpf *skel);

#endif
