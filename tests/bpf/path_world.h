/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark's world: wires in a network namespace of this process, the
 * shipped program on the first of them, and calls of one kind in its maps.
 *
 *   g0 ~ a0 (l2x)      \
 *   g1 ~ b0 (smallest)  > e0 ~ e1 (sink)
 *   g2 ~ c0 (kernel)   /
 *   g3 ~ d0 (sink): the wire itself, with nothing in between
 *   g4 ~ f0 (keyed) > e0, as the first three
 *
 * A benchmark that cannot go on ends: errors do not return to the caller.
 */
#ifndef PATH_WORLD_H
#define PATH_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "path_frames.h"
#include "world/dataplane.h"

struct loader;

struct wire {
	uint32_t in;	/* the generator's end */
	uint32_t port;	/* where a program or the kernel receives */
	uint8_t mac[6]; /* of port */
};

/* What a path's calls are: the traffic, and what l2x does to it. */
struct path_setup {
	struct bench_traffic traffic;
	bool policed; /* both ways, above what can be sent here */
	bool mss_clamp;
	bool check_source; /* of terminated subscribers */
	bool check_sums; /* UDP checksums of L2TP */
};

enum {
	PATH_TEMPLATES = 16, /* different ones of a world */
};

struct path_template {
	struct bench_traffic traffic; /* of this kind */
	uint32_t slot;
};

struct path_world {
	struct loader *loader;
	struct dataplane *dataplane;
	struct wire l2x, smallest, keyed, kernel, bare;
	uint32_t egress;
	uint8_t egress_mac[6];
	bool dispatcher; /* l2x is called through libxdp's dispatcher */
	struct path_setup setup; /* the calls there are; none at first */
	struct path_template templates[PATH_TEMPLATES];
	unsigned int template_count;
	uint32_t pppoe_template;
	uint32_t pool; /* leg slot of its first address */
};

/* Says what failed and ends the process; err is an errno. */
_Noreturn void path_die(const char *what, int err);

/*
 * Leaves the network namespace for one of its own.  sink: the program for
 * frames that came out.  At exit, however that comes, the pins are removed.
 */
void path_world_init(struct path_world *w, int sink);
/*
 * All services that a production subscriber has; a frame with a VLAN tag comes
 * and goes on every access side anyway.
 */
struct path_setup path_setup_all(const struct bench_path *path,
				 uint32_t sessions);
/* Counters and checks of keys only. */
struct path_setup path_setup_bare(const struct bench_path *path,
				  uint32_t sessions);
/* Replaces all calls by those of a setup. */
void path_world_lay(struct path_world *w, const struct path_setup *setup);
/* The next world spreads its sessions over CPUs first..first+count-1, if any. */
void path_world_spread(unsigned int first, unsigned int count);
void path_world_fini(struct path_world *w);

#endif
