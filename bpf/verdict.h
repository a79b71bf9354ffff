/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of every packet: one named reason, counted per CPU, and the verdict
 * that its class stands for.  The only file that names verdicts.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "maps.h"
#include "packet.h"

#define CLASS_BIT(number, class, wanted) \
	((__u64)(CLASS_##class == (wanted)) << (number))
#define FORWARD_BIT(number, name, class, text) \
	| CLASS_BIT(number, class, CLASS_FORWARD)
#define DATA_BIT(number, name, class, text) \
	| CLASS_BIT(number, class, CLASS_DATA)
#define DROP_BIT(number, name, class, text) \
	| CLASS_BIT(number, class, CLASS_DROP)

static __always_inline bool reason_forwards(enum reason reason)
{
	return ((0 REASON_TABLE(FORWARD_BIT)) >> reason) & 1;
}

static __always_inline bool reason_punts_data(enum reason reason)
{
	return ((0 REASON_TABLE(DATA_BIT)) >> reason) & 1;
}

static __always_inline bool reason_drops(enum reason reason)
{
	return ((0 REASON_TABLE(DROP_BIT)) >> reason) & 1;
}

/*
 * Choose the port that a later REASON_FORWARDED sends the frame to.  Done
 * before the frame is changed, so that one without a port can still be punted
 * as it came.
 */
static __always_inline bool port_reserve(__u32 ifindex)
{
	return bpf_redirect_map(&tx_ports, ifindex, XDP_ABORTED) ==
	       XDP_REDIRECT;
}

/* The same for a core of `cpus`: false if it is not there. */
static __always_inline bool core_reserve(__u32 core)
{
	return bpf_redirect_map(&cpus, core, XDP_ABORTED) == XDP_REDIRECT;
}

static __always_inline struct core_count *core_counts(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cores, &zero);
}

/* The frame goes to the core that was reserved, and gets its reason there. */
static __always_inline int core_verdict(void)
{
	struct core_count *count = core_counts();

	if (count)
		count->handed++;
	return XDP_REDIRECT;
}

static __always_inline void core_count_taken(void)
{
	struct core_count *count = core_counts();

	if (count)
		count->taken++;
}

static __always_inline int verdict(__u64 len, enum reason reason)
{
	__u32 slot = reason;
	struct reason_count *count = bpf_map_lookup_elem(&reasons, &slot);

	if (count) {
		count->packets++;
		count->octets += len;
	}
	if (reason_forwards(reason))
		return XDP_REDIRECT;
	return reason_drops(reason) ? XDP_DROP : XDP_PASS;
}

#endif
