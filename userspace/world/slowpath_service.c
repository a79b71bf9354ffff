/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The services of the XDP program, done by hand to what it punted: with the
 * same records and by the same rules, so that no packet tells which way it
 * went.
 */
#include "proto/mss.h"
#include "proto/ppp.h"
#include "world/dataplane_data.h"
#include "world/devices.h"
#include "world/slowpath_inner.h"

enum { PPP_PROTOCOL_LEN = 2 };

/* ---- once for each packet -------------------------------------------------- */

/* The port that a device is, or lies on as a VLAN. */
static uint32_t port_below(struct slowpath *sp, uint32_t device)
{
	if (sp->device == device)
		return sp->port;
	sp->device = device;
	sp->port = device;
	if (!dataplane_is_attached(sp->setup.dataplane, device))
		sp->port = device_below(sp->setup.l2tp, device);
	return sp->port;
}

/*
 * What the program does not look into are fragments and options, and what
 * arrives by a device where it does not run.
 */
bool slowpath_was_judged(struct slowpath *sp, const struct socket_outer *outer)
{
	return !outer->pieces && !outer->options &&
	       dataplane_is_attached(sp->setup.dataplane,
				     port_below(sp, outer->ifindex));
}

/* ---- suspended subscribers and rates (bpf/admit.h) ------------------------- */

/* Of a call that ends here the program punts nothing as it came. */
static bool is_charged(const struct slowpath_packet *packet)
{
	return packet->judged && packet->leg.out != LEG_IP;
}

bool slowpath_admit(struct slowpath *sp, const struct slowpath_packet *packet)
{
	uint32_t octets = (uint32_t)packet->info.len + PPP_PROTOCOL_LEN;
	struct dataplane *dp = sp->setup.dataplane;

	if (packet->protocol != PPP_IPV4 && packet->protocol != PPP_IPV6)
		return true;
	if (packet->leg.state == LEG_BLOCKED) {
		slowpath_add(sp, COUNT_SLOW_BLOCKED, 1);
	} else if (is_charged(packet) || !(packet->leg.flags & LEG_POLICED) ||
		   dataplane_take(dp, packet->slot, octets)) {
		return true;
	} else {
		slowpath_add(sp, COUNT_SLOW_POLICED, 1);
	}
	dataplane_leg_drop(dp, packet->slot);
	return false;
}

/* ---- MSS (bpf/clamp.h) ---------------------------------------------------- */

void slowpath_clamp(struct slowpath *sp, const struct slowpath_packet *packet,
		    uint16_t limit)
{
	struct builder edit = inbox_edit(&sp->in, packet->info);

	if (dataplane_clamps(sp->setup.dataplane))
		mss_clamp(&edit, limit);
}
