/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP program and its maps: loaded, pinned under
 * /sys/fs/bpf/l2x/<instance>/v<ABI>/ and attached to ports with libxdp.
 * Privileged.  Beside world/dataplane the only user of libbpf and libxdp.
 *
 * A program is "ours" when it uses the instance's pinned map `legs`: so we
 * recognise an earlier l2xd's program however that l2xd ended, and treat a
 * program of another instance as foreign.
 */
#ifndef PROGRAM_LOADER_H
#define PROGRAM_LOADER_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/dataplane.h"

struct loader;

/* Letters, digits, '-' and '_', at most 32: part of paths. */
bool instance_is_valid(const char *instance);

/*
 * Creates or takes over the instance's maps (and mounts bpffs if need be).
 * Programs of an earlier l2xd go on until loader_attach replaces them.  On
 * failure error[cap] says why.
 */
int loader_new(struct loader **out, const char *instance, char *error,
	       size_t cap);
/* Leaves pins and attached programs as they are. */
void loader_free(struct loader *loader);
/*
 * Spreads sessions over these CPUs, 0..CPU_SLOTS-1, by a cpumap; none: the CPU
 * that receives a packet forwards it.  To be called before anything is
 * attached.
 */
void loader_spread(struct loader *loader, const uint8_t *cores,
		   unsigned int count);
/* The maps' descriptors, owned by the loader. */
struct dataplane_fds loader_maps(const struct loader *loader);

/*
 * Relates the kernel's tick count to a clock of user space, for map fields that
 * are in ticks.  Takes a few ticks.  -errno: unknown, *clock is unchanged.
 */
int loader_clock(struct dataplane_clock *clock);

/* Ports on which a program of ours was found at start. */
struct loader_found {
	uint32_t ifindex;
	bool access;  /* as the map `ports` said then */
	bool generic; /* the mode it was in */
};
/* *count of them, owned by the loader. */
const struct loader_found *loader_found(const struct loader *loader,
					unsigned int *count);

/* What became of a port. */
struct loader_state {
	uint32_t program_id; /* as `bpftool net` shows it, 0 = none */
	bool native;	     /* else generic mode */
	bool dispatcher;     /* shares the port, else a single program */
	char text[160];	     /* why not, for a person */
};
/*
 * Attaches to a port in native mode, or in generic mode where only that works
 * and `generic` allows it.  An earlier program of ours is replaced without a
 * gap.  -EEXIST: a foreign program is there; -EOPNOTSUPP: no native XDP.
 */
int loader_attach(struct loader *loader, uint32_t ifindex, bool generic,
		  struct loader_state *state);
/* Whether the port runs no program, or one of ours. */
bool loader_is_free(const struct loader *loader, uint32_t ifindex);
/* -ENOENT: nothing of ours there. */
int loader_detach(struct loader *loader, uint32_t ifindex);
/* What runs on the port now; false when it is nothing of ours. */
bool loader_look(const struct loader *loader, uint32_t ifindex,
		 struct loader_state *state);

/* Why frames that are lost behind the redirect are not counted; "": they are. */
const char *loader_lost_why(const struct loader *loader);
/* A device is gone: removes its counts and notes. */
void loader_forget(struct loader *loader, uint32_t ifindex);

/*
 * Offloads (enum device_offload) that l2xd has switched off on a device.  They
 * are pinned, so they outlive l2xd.
 */
struct loader_offloads {
	uint32_t ifindex;
	uint8_t off;
};
uint8_t loader_offloads(const struct loader *loader, uint32_t ifindex);
/* off: all of them; 0: none any more. */
void loader_offloads_set(struct loader *loader, uint32_t ifindex, uint8_t off);
/* Without a loader: of an instance's devices in this network namespace. */
unsigned int loader_offloads_left(const char *instance,
				  struct loader_offloads *out,
				  unsigned int max);

/* Without a loader: whether a program of the instance is on this port. */
bool loader_runs(const char *instance, uint32_t ifindex);

/*
 * Opens the pinned maps of an instance that nobody runs, for the caller to
 * close.  -ENOENT: there are none (of this ABI).
 */
int loader_pinned(const char *instance, struct dataplane_fds *fds);

/*
 * Detaches every program of the instance from the ports of this network
 * namespace and removes its pins.  0 also when there was nothing.
 */
int loader_unload(const char *instance, char *error, size_t cap);

#endif
