/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of the XDP program.  Knows only the layouts of abi.h.
 *
 * Arrays are mmapable: user space publishes a record by filling it and storing
 * its first word last, and reads counters without a system call.
 */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

#define ARRAY_MAP(name, record, slots)             \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, slots);        \
		__type(key, __u32);                \
		__type(value, record);             \
	} name SEC(".maps")

ARRAY_MAP(ports, struct port, PORT_SLOTS);
ARRAY_MAP(tunnels_rx, struct tunnel_rx, TUNNEL_SLOTS);
ARRAY_MAP(legs, struct leg, LEG_SLOTS);
ARRAY_MAP(templates, struct template, TEMPLATE_SLOTS);
ARRAY_MAP(settings, struct settings, 1);
ARRAY_MAP(ip4_pools, struct ip4_pool, POOL_SLOTS);
ARRAY_MAP(ip6_pools, struct ip6_pool, POOL_SLOTS);
ARRAY_MAP(egress, struct egress, PORT_SLOTS);
ARRAY_MAP(unresolved, struct unresolved, UNRESOLVED_SLOTS);
ARRAY_MAP(policers, struct policer, LEG_SLOTS);
ARRAY_MAP(punt_limits, struct punt_limit, PUNT_CLASSES);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PUNT_CLASSES * PUNT_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} punt_buckets SEC(".maps");

#define TRIE_MAP(name, prefix)                        \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);  \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__uint(max_entries, ROUTE_SLOTS);     \
		__type(key, prefix);                  \
		__type(value, __u32);                 \
	} name SEC(".maps")

TRIE_MAP(ip4_routes, struct ip4_prefix);
TRIE_MAP(ip6_routes, struct ip6_prefix);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, REASON_SLOTS);
	__type(key, __u32);
	__type(value, struct reason_count);
} reasons SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOST_SLOTS);
	__type(key, __be32);
	__type(value, __u32);
} ip4_hosts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct core_count);
} cores SEC(".maps");

/* a CPUMAP is tied to the program's type, as the next one is */
struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, CPU_SLOTS);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

ARRAY_MAP(watch, struct watch, 1);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watched);
} watched SEC(".maps");

/* the kernel takes no types for a ring; its records are struct watch_record */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, WATCH_RING);
} events SEC(".maps");

/* a DEVMAP is tied to the program's type, so it is rebuilt, never pinned */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} tx_ports SEC(".maps");

#endif
