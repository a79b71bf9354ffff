/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else's XDP program, which shares a port with ours through
 * libxdp's dispatcher: counts the frames it sees and lets them on.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} frames_seen SEC(".maps");

SEC("xdp.frags")
int pass(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *seen = bpf_map_lookup_elem(&frames_seen, &zero);

	(void)ctx;
	if (seen)
		__sync_fetch_and_add(seen, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
