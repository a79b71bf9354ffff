/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both ends of the benchmark's wire: generators that write a whole frame of a
 * random session each time (live frames keep what was in their page), and a
 * sink that counts, and samples when asked.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bench.h"

const volatile struct bench_image image;
__u32 sessions; /* indices 0..sessions-1 are hit */
__u32 target; /* ifindex of the wire's first end */
__u32 sampling;
__u32 ordering; /* number the frames of each session, and watch them arrive */
__s32 shift; /* octets that a path adds in front of the frame */
__u64 late; /* frames that came behind a later one of their session */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} delivered SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BENCH_SAMPLES);
	__type(key, __u32);
	__type(value, struct bench_sample);
} samples SEC(".maps");

/* By session: the last number given to a frame, and the last that arrived. */
struct order {
	__u32 sent;
	__u32 seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BENCH_ORDER_SLOTS);
	__type(key, __u32);
	__type(value, struct order);
} orders SEC(".maps");

__u32 ns; /* of the next L2TP frame, whatever its session */

static __u32 seed = 1;
static __u32 sampled;

/* Uniform over the sessions; the same sequence for every program. */
static __always_inline __u32 next_session(void)
{
	seed = seed * 1664525 + 1013904223;
	return (__u64)seed * sessions >> 32;
}

static __always_inline void *frame_fill(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__u64 *to = data;

	if (data + BENCH_FRAME > end)
		return 0;
#pragma unroll
	for (int i = 0; i < BENCH_FRAME / 8; i++)
		to[i] = image.words[i];
	return data;
}

/* An IPv4 header's address and checksum, from those without the session. */
static __always_inline void ip_patch(void *frame, __u32 session)
{
	void *header = frame + image.inner_at;
	void *address = header + image.address_at;
	__u32 value = image.ip_base + session;
	__u32 sum = image.ip_sum + (value >> 16) + (value & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	*(__be16 *)(header + 10) = bpf_htons(~sum);
	*(__be16 *)address = bpf_htons(value >> 16);
	*(__be16 *)(address + 2) = bpf_htons(value);
}

/* The session's number, for the eyes of whoever checks a sample. */
static __always_inline void mark(void *frame, __u32 session)
{
	*(__u32 *)(frame + BENCH_MARK) = session;
	if (ordering) {
		struct order *order = bpf_map_lookup_elem(&orders, &session);

		if (order)
			*(__u32 *)(frame + BENCH_NUMBER) = ++order->sent;
	}
}

SEC("xdp")
int gen_pppoe(struct xdp_md *ctx)
{
	__u32 session = next_session();
	void *frame = frame_fill(ctx);

	if (!frame)
		return XDP_ABORTED;
	*(__be16 *)(frame + 14) = bpf_htons(1 + (session >> BENCH_SHIFT));
	*(__be16 *)(frame + 20) = bpf_htons(bench_id(session));
	mark(frame, session);
	return bpf_redirect(target, 0);
}

/* The checksum; of an inner IP header the sum is always the same. */
static __always_inline void udp_patch(void *frame, __u32 tunnel, __u32 session)
{
	__u32 sum = image.udp_sum + tunnel + bench_id(session) +
		    bpf_ntohs(session) + bpf_ntohs(session >> 16);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	*(__be16 *)(frame + image.udp_at + 6) = bpf_htons(sum ? sum : 0xffff);
}

static __always_inline void l2tp_patch(void *frame, __u32 session)
{
	__u16 tunnel = image.tunnel + (session >> BENCH_SHIFT);
	void *ids = frame + image.ids_at;

	*(__be16 *)ids = bpf_htons(tunnel);
	*(__be16 *)(ids + 2) = bpf_htons(bench_id(session));
	if (image.sequence)
		*(__be16 *)(ids + 4) = bpf_htons(ns++);
	mark(frame, session);
	if (image.udp_sum)
		udp_patch(frame, tunnel, session);
}

SEC("xdp")
int gen_l2tp(struct xdp_md *ctx)
{
	__u32 session = next_session();
	void *frame = frame_fill(ctx);

	if (!frame)
		return XDP_ABORTED;
	l2tp_patch(frame, session);
	return bpf_redirect(target, 0);
}

SEC("xdp")
int gen_l2tp_ip(struct xdp_md *ctx)
{
	__u32 session = next_session();
	void *frame = frame_fill(ctx);

	if (!frame)
		return XDP_ABORTED;
	l2tp_patch(frame, session);
	ip_patch(frame, session);
	return bpf_redirect(target, 0);
}

SEC("xdp")
int gen_ip(struct xdp_md *ctx)
{
	__u32 session = next_session();
	void *frame = frame_fill(ctx);

	if (!frame)
		return XDP_ABORTED;
	ip_patch(frame, session);
	mark(frame, session);
	return bpf_redirect(target, 0);
}

static __always_inline void sample_take(struct xdp_md *ctx)
{
	__u32 slot = sampled++ % BENCH_SAMPLES;
	struct bench_sample *sample = bpf_map_lookup_elem(&samples, &slot);
	__u64 len = ctx->data_end - ctx->data;
	__u64 last;

	/* or clang makes it 32-bit pointer arithmetic */
	asm volatile("" : "+r"(len));
	/* Linux 6.1 learns no lower bound from "len != 0": bound len - 1 */
	last = len - 1;
	asm volatile("" : "+r"(last));
	if (!sample || last >= BENCH_SAMPLE_MAX)
		return;
	sample->len = last + 1;
	bpf_xdp_load_bytes(ctx, 0, sample->octets, last + 1);
}

/* One CPU has all frames of a session, so plain loads and stores do. */
static __always_inline void order_watch(struct xdp_md *ctx)
{
	struct order *order;
	__u32 mark[2] = {};

	if (bpf_xdp_load_bytes(ctx, BENCH_MARK + shift, mark, sizeof(mark)))
		return;
	order = bpf_map_lookup_elem(&orders, &mark[0]);
	if (!order)
		return;
	if ((__s32)(mark[1] - order->seen) <= 0)
		__sync_fetch_and_add(&late, 1);
	order->seen = mark[1];
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&delivered, &zero);

	if (count)
		(*count)++;
	if (sampling)
		sample_take(ctx);
	if (ordering)
		order_watch(ctx);
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
