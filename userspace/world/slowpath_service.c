/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The services of the XDP program, applied in software to punted packets: with
 * the same records and by the same rules, so that no packet tells which way it
 * went.
 */
#include "proto/mark.h"
#include "proto/mss.h"
#include "proto/ppp.h"
#include "world/dataplane_data.h"
#include "world/devices.h"
#include "world/slowpath_inner.h"

enum {
	PPP_PROTOCOL_LEN = 2,
	ETHER_LEN = 14,
	TAG_LEN = 4,
};

static bool is_ip(const struct slowpath_packet *packet)
{
	return packet->protocol == PPP_IPV4 || packet->protocol == PPP_IPV6;
}

/* ---- once for each packet ------------------------------------------------ */

/* The port that a device is, or lies on as a VLAN; L2TP arrived there. */
static uint32_t port_below(struct slowpath *sp, uint32_t device)
{
	int any = sp->setup.l2tp >= 0 ? sp->setup.l2tp : sp->setup.l2tp6;

	if (sp->device == device)
		return sp->port;
	sp->device = device;
	sp->port = device;
	if (!dataplane_is_attached(sp->setup.dataplane, device))
		sp->port = device_below(any, device);
	return sp->port;
}

/*
 * The program does not look into fragments and packets with options, and does
 * not see those that arrive on a device where it does not run.
 */
bool slowpath_was_judged(struct slowpath *sp, const struct socket_outer *outer)
{
	return !outer->pieces && !outer->options &&
	       dataplane_is_attached(sp->setup.dataplane,
				     port_below(sp, outer->ifindex));
}

/* ---- sequence (bpf/match.h) ---------------------------------------------- */

bool slowpath_in_order(struct slowpath *sp,
		       const struct slowpath_packet *packet,
		       const struct l2tp_data *data)
{
	struct dataplane *dp = sp->setup.dataplane;

	if (packet->judged)
		return true;
	if (!data->numbered || dataplane_in_order(dp, packet->slot, data->ns) ||
	    !(packet->leg.flags & LEG_ORDERED)) {
		dataplane_follow(dp, packet->slot, data->numbered);
		return true;
	}
	dataplane_leg_drop(dp, packet->slot);
	slowpath_add(sp, COUNT_SLOW_LATE, 1);
	return false;
}

/* ---- suspended subscribers and rates (bpf/admit.h) ----------------------- */

bool slowpath_admit(struct slowpath *sp, const struct slowpath_packet *packet)
{
	uint32_t octets = (uint32_t)packet->info.len + PPP_PROTOCOL_LEN;
	struct dataplane *dp = sp->setup.dataplane;

	if (!is_ip(packet))
		return true;
	if (packet->leg.state == LEG_BLOCKED) {
		slowpath_add(sp, COUNT_SLOW_BLOCKED, 1);
	} else if (packet->judged || !(packet->leg.flags & LEG_POLICED) ||
		   dataplane_take(dp, packet->slot, octets)) {
		return true;
	} else {
		slowpath_add(sp, COUNT_SLOW_POLICED, 1);
	}
	dataplane_leg_drop(dp, packet->slot);
	return false;
}

/* ---- MSS (bpf/clamp.h) --------------------------------------------------- */

void slowpath_clamp(struct slowpath *sp, const struct slowpath_packet *packet,
		    uint16_t limit)
{
	struct builder edit = inbox_edit(&sp->in, packet->info);

	if (dataplane_clamps(sp->setup.dataplane))
		mss_clamp(&edit, limit);
}

/* ---- DSCP and ECN (bpf/mark.h) ------------------------------------------- */

/* Applies the operator's DSCP setting to packets that are routed here. */
static uint8_t dscp_leave(const struct slowpath *sp,
			  const struct slowpath_packet *packet, uint8_t inner)
{
	enum inner_dscp mode;
	uint8_t value;

	if (packet->leg.out != LEG_IP)
		return inner & MARK_DSCP;
	mode = dataplane_inner_dscp(sp->setup.dataplane, &value);
	if (mode == INNER_DSCP_COPY)
		return packet->outer & MARK_DSCP;
	if (mode == INNER_DSCP_SET)
		return (uint8_t)(value << 2);
	return inner & MARK_DSCP;
}

bool slowpath_mark(struct slowpath *sp, const struct slowpath_packet *packet)
{
	uint8_t inner = mark_read(packet->info), class;
	struct builder edit;
	int ecn = inner & MARK_ECN;

	if (!packet->tunnelled || !is_ip(packet) || !mark_fits(packet->info))
		return true;
	if (packet->ecn)
		ecn = mark_ecn_leave(inner, packet->outer);
	if (ecn < 0) {
		slowpath_add(sp, COUNT_SLOW_ECN_CONFLICT, 1);
		return false;
	}
	class = dscp_leave(sp, packet, inner) | (uint8_t)ecn;
	edit = inbox_edit(&sp->in, packet->info);
	mark_write(&edit, class);
	return true;
}

/* The tunnel's own class; an image that was never ready has none yet. */
static uint8_t class_own(const struct slowpath *sp, const struct image *image)
{
	struct reader r = reader_of(image->head, image->head_len);

	if (!image->head_len ||
	    read_skip(&r, ETHER_LEN + TAG_LEN * (size_t)image->tags))
		return (uint8_t)(sp->setup.conf->l2tp.dscp.value << 2);
	return mark_read(read_rest(&r));
}

static uint8_t class_copied(const struct slowpath *sp,
			    const struct image *image, bool ecn)
{
	bool dscp = sp->setup.conf->l2tp.dscp.mode == CONF_DSCP_COPY;

	if (image->head_len) {
		dscp = image->flags & IMAGE_COPY_DSCP;
		ecn = image->flags & IMAGE_COPY_ECN;
	}
	return (uint8_t)((dscp ? MARK_DSCP : 0) | (ecn ? MARK_ECN : 0));
}

uint8_t slowpath_class(const struct slowpath *sp,
		       const struct slowpath_packet *packet,
		       const struct image *image, bool ecn)
{
	uint8_t copied = is_ip(packet) ? class_copied(sp, image, ecn) : 0;

	return (uint8_t)((class_own(sp, image) & ~copied) |
			 (mark_read(packet->info) & copied));
}
