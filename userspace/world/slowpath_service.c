/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The services of the XDP program, done by hand to what it punted: with the
 * same records and by the same rules, so that no packet tells which way it
 * went.
 */
#include "proto/mss.h"
#include "world/slowpath_inner.h"

/* ---- MSS (bpf/clamp.h) ---------------------------------------------------- */

void slowpath_clamp(struct slowpath *sp, const struct slowpath_packet *packet,
		    uint16_t limit)
{
	struct builder edit = inbox_edit(&sp->in, packet->info);

	if (dataplane_clamps(sp->setup.dataplane))
		mss_clamp(&edit, limit);
}
