/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The express path of the shipped data plane alone: what it leaves for the
 * other stages ends here as aborted, so that test_express sees what it takes.
 */
#include "express.h"
#include "express_ip.h"

/* Uses what it is given, or clang passes none of it. */
#define USE(value) asm volatile("" : : "r"(value))

__noinline int generic(struct xdp_md *ctx)
{
	USE(ctx);
	return XDP_ABORTED;
}

__noinline int routed(struct xdp_md *ctx, __u32 slot, __u32 off, __u32 info,
		      __u32 what)
{
	USE(ctx);
	USE(slot);
	USE(off);
	USE(info);
	USE(what);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int only_express(struct xdp_md *ctx)
{
	return express(ctx);
}

char _license[] SEC("license") = "GPL";
