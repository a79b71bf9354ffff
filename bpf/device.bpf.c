/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts frames that are lost after the redirect.  The XDP program chooses a
 * port and is done: it does not learn that the port's device takes no frames,
 * is down or full.  The kernel has two tracepoints for that; these programs
 * count there, by the port through which frames should have left.
 * loader_device.c loads and pins them, with the maps of the keeper's notes on
 * devices.
 *
 * A tracepoint sees the whole machine: these programs ignore frames of other
 * programs, instances and network namespaces.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <stdbool.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LOST_SLOTS);
	__type(key, __u32);
	__type(value, struct port_lost);
} lost SEC(".maps");

/* read and written by the keeper only */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LOST_SLOTS);
	__type(key, __u32);
	__type(value, struct port_offloads);
} offloads SEC(".maps");

const volatile __u32 netns; /* inode of our network namespace */
const volatile __u32 devmap; /* id of our map tx_ports */

/* The fields of kernel structures that are read here; located by CO-RE. */
#define KERNEL __attribute__((preserve_access_index))
struct ns_common {
	unsigned int inum;
} KERNEL;
struct net {
	struct ns_common ns;
} KERNEL;
struct possible_net {
	struct net *net;
} KERNEL;
struct net_device {
	int ifindex;
	struct possible_net nd_net;
} KERNEL;

static __always_inline void lost_add(__u32 ifindex, __u32 frames, int error)
{
	struct port_lost *count = bpf_map_lookup_elem(&lost, &ifindex);

	if (!count)
		return;
	__sync_fetch_and_add(&count->frames, frames);
	count->error = error < 0 ? -error : 0;
}

static __always_inline bool is_port(const struct net_device *device)
{
	__u32 ifindex = BPF_CORE_READ(device, ifindex);

	return BPF_CORE_READ(device, nd_net.net, ns.inum) == netns &&
	       bpf_map_lookup_elem(&lost, &ifindex);
}

/*
 * A function of its own, so that the usual call without loss, once for each
 * batch of frames, saves no registers.
 */
static __noinline int xmit_lost(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *from = (void *)ctx->args[0];
	const struct net_device *to = (void *)ctx->args[1];

	if (is_port(from) && is_port(to))
		lost_add(BPF_CORE_READ(to, ifindex), ctx->args[3],
			 ctx->args[4]);
	return 0;
}

/*
 * (from, to, sent, dropped, error): called once for a bulk of up to 16 frames.
 * error is 0 if the device took some, or if its ring was full.
 */
SEC("raw_tp/xdp_devmap_xmit")
int lost_xmit(struct bpf_raw_tracepoint_args *ctx)
{
	return (int)ctx->args[3] > 0 ? xmit_lost(ctx) : 0;
}

/*
 * (from, program, target, error, map type, map id, index): the kernel refused
 * one frame before the device saw it; also in generic mode.
 */
SEC("raw_tp/xdp_redirect_err")
int lost_redirect(struct bpf_raw_tracepoint_args *ctx)
{
	if ((__u32)ctx->args[5] == devmap)
		lost_add(ctx->args[6], 1, ctx->args[3]);
	return 0;
}

char _license[] SEC("license") = "GPL";
