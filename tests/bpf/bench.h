/* SPDX-License-Identifier: GPL-2.0-only */
/* What the benchmark and its BPF programs agree on. */
#ifndef BENCH_H
#define BENCH_H

#include <linux/types.h>

enum {
	BENCH_FRAME = 128, /* octets of every generated frame, without FCS */
	BENCH_MARK = 100, /* where the session's number lies in it */
	BENCH_NUMBER = 104, /* and the frame's, within the session */
	BENCH_ORDER_SLOTS = 65536, /* sessions whose order can be watched */
	BENCH_SAMPLES = 64,
	BENCH_SAMPLE_MAX = 186, /* the longest frame that comes out */
	/*
	 * A bank has no id 0, so 65536 sessions do not fit one: half of them
	 * lie in each of two, and 262144 in eight.
	 */
	BENCH_SHIFT = 15,
	BENCH_BANKS = 8, /* of one side of the calls */
	BENCH_SESSIONS = BENCH_BANKS << BENCH_SHIFT,
};

/* The id of a session in its bank: never 0. */
static inline __u16 bench_id(__u32 session)
{
	return 1 + (session & ((1u << BENCH_SHIFT) - 1));
}

struct bench_image {
	__u64 words[BENCH_FRAME / 8];
	__u32 ip_base; /* address of session 0, host order */
	__u32 ip_sum; /* of the IPv4 header without that address, not folded */
	__u32 udp_sum; /* of the UDP datagram without ids and mark; 0: none */
	__u16 tunnel; /* id of the first */
	__u8 ids_at; /* tunnel and session id */
	__u8 inner_at; /* IP packet */
	__u8 address_at; /* in it: whose session's it is */
	__u8 udp_at;
	__u8 sequence; /* with Ns and Nr behind the ids */
	__u8 zero[5];
};

struct bench_sample {
	__u32 len;
	__u8 octets[BENCH_SAMPLE_MAX + 2];
};

#endif
