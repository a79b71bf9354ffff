/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shipped data plane, entered behind its express path: what test_express
 * compares it with.
 */
#include "l2x.bpf.c"

SEC("xdp.frags")
int only_generic(struct xdp_md *ctx)
{
	return generic(ctx);
}
