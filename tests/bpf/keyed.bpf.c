/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest program that also knows whose a frame is: it finds a record of
 * one cache line by the session's number, and counts there.  What it costs more
 * than bpf/smallest.bpf.c with many sessions is the memory, which no program
 * that counts by session can do without.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bench.h"

const volatile int shift; /* octets the head moves: negative grows the frame */
const volatile __u32 port = 1; /* ifindex to leave by */

struct record {
	__u64 packets;
	__u64 octets;
	__u64 zero[6];
};

/* mmapable, as only then an array begins at a cache line */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BENCH_SESSIONS);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

SEC("xdp.frags")
int keyed(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct record *record;
	__u32 session;

	if (data + BENCH_MARK + sizeof(session) > end)
		return XDP_ABORTED;
	session = *(__u32 *)(data + BENCH_MARK);
	record = bpf_map_lookup_elem(&records, &session);
	if (!record)
		return XDP_ABORTED;
	__sync_fetch_and_add(&record->octets, BENCH_FRAME);
	__sync_fetch_and_add(&record->packets, 1);
	bpf_xdp_adjust_head(ctx, shift);
	return bpf_redirect(port, 0);
}

char _license[] SEC("license") = "GPL";
