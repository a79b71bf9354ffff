/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest program that moves the head and redirects: what every path of
 * l2x is measured against.  It reads and writes no octet of the frame.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile int shift; /* octets the head moves: negative grows the frame */
const volatile __u32 port = 1; /* ifindex to leave by */

SEC("xdp.frags")
int smallest(struct xdp_md *ctx)
{
	bpf_xdp_adjust_head(ctx, shift);
	return bpf_redirect(port, 0);
}

char _license[] SEC("license") = "GPL";
