/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sum over a whole UDP datagram: costs more than all the rest of a packet,
 * so it is a function of its own that only those enter who must.
 */
#ifndef SUM_H
#define SUM_H

#include <linux/in.h>
#include "cursor.h"

#define SUM_CHUNK  512u /* what kernel 6.1 takes in one call */
#define SUM_CHUNKS 8	/* more than any driver's first buffer */

/* One call over n octets (a constant, a multiple of 4) if so many are left. */
#define SUM_STEP(n)                                                  \
	do {                                                         \
		if (c.left >= (n)) {                                 \
			if (!cursor_has(&c, (n)))                    \
				return -1;                           \
			sum = bpf_csum_diff(NULL, 0, c.pos, (n),     \
					    sum);                    \
			cursor_skip(&c, (n));                        \
			HIDE(c.pos);                                 \
		}                                                    \
	} while (0)

/* Less than four octets, and the fold. */
static __always_inline long sum_finish(struct cursor *c, __u64 sum)
{
	if (c->left >= 2) {
		if (!cursor_has(c, 2))
			return -1;
		sum += cursor_get16(c, 0);
		cursor_skip(c, 2);
	}
	if (c->left) {
		if (!cursor_has(c, 1))
			return -1;
		sum += bpf_htons((__u16)(cursor_get8(c, 0) << 8));
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/*
 * The folded one's complement sum of a datagram and its pseudo header, 0xffff
 * if its checksum is right: of `length` octets, which begin `off` octets behind
 * the frame's start with the IP addresses (`addresses` octets of them) and go
 * on with UDP.  -1: some of it is not in the frame's first buffer.
 */
__noinline long udp_sum(struct xdp_md *ctx, __u32 off, __u32 length,
			__u32 addresses)
{
	struct cursor c;
	__u32 sum, i;

	cursor_open(&c, ctx, off + length);
	cursor_seek(&c, off);
	sum = bpf_htons(IPPROTO_UDP) + bpf_htons(length - addresses);
	c.left = length;
#pragma clang loop unroll(disable)
	for (i = 0; i < SUM_CHUNKS; i++)
		SUM_STEP(SUM_CHUNK);
	SUM_STEP(256);
	SUM_STEP(128);
	SUM_STEP(64);
	SUM_STEP(32);
	SUM_STEP(16);
	SUM_STEP(8);
	SUM_STEP(4);
	return sum_finish(&c, sum);
}

#endif
