/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds the engine's own frames to captures; see viewer_sent.h. */
#include "switch/viewer_sent.h"

#include <string.h>

#include "proto/avp.h"
#include "proto/udp_frame.h"
#include "switch/access.h"
#include "switch/call.h"
#include "switch/destination.h"

enum {
	CLASS_CS6 = 0xC0, /* of both sockets, see keeper_open.c */
	TTL = 64, /* the kernel's default */
};

/* ---- the call that is captured ------------------------------------------- */

/* A session that is closed has told its peer's id before. */
static void leg_look(struct sent_leg *known, const struct call_leg *leg)
{
	if (leg->kind == LEG_PPPOE) {
		*known = (struct sent_leg){
			.kind = LEG_PPPOE,
			.ifindex = leg->client.ifindex,
			.session = leg->pppoe_session,
		};
		memcpy(known->mac, leg->client.mac, sizeof(known->mac));
	} else if (leg->kind == LEG_L2TP) {
		if (known->tunnel != leg->entry->id ||
		    known->session != leg->l2tp_session)
			*known = (struct sent_leg){
				.kind = LEG_L2TP,
				.tunnel = leg->entry->id,
				.session = leg->l2tp_session,
			};
		if (leg->session)
			known->peer_session = session_peer_id(leg->session);
	}
}

void sent_call_look(struct sent_call *known, struct node *node)
{
	const struct call *call = call_find(node, known->id);

	if (!call)
		return;
	leg_look(&known->access, &call->access);
	leg_look(&known->core, &call->core);
}

/* ---- PPPoE --------------------------------------------------------------- */

static bool is_pppoe_of(const struct sent_leg *leg, uint32_t ifindex,
			const struct pppoe_frame *frame)
{
	return leg->kind == LEG_PPPOE && leg->ifindex == ifindex &&
	       leg->session == frame->session &&
	       !memcmp(leg->mac, frame->destination, sizeof(leg->mac));
}

void sent_frame(struct sent *out, const struct sent_call *known,
		struct node *node, uint32_t ifindex, struct view octets)
{
	const struct access_port *port = access_port_find(node, ifindex);
	const struct call *call = NULL;
	struct pppoe_frame frame;

	*out = (struct sent){.ifindex = ifindex};
	if (pppoe_read(octets, (struct vlan_tag){0}, &frame) || !frame.session)
		return;
	if (port && port->has_bank)
		call = node->slots[dataplane_slot(port->bank, frame.session)];
	if (call)
		out->call = call->id;
	else if (is_pppoe_of(&known->access, ifindex, &frame))
		out->call = known->id;
}

/* ---- L2TP ---------------------------------------------------------------- */

/* The ids of a datagram: the peer's in the header, ours in AVPs. */
struct sent_ids {
	uint16_t tunnel, session;
	uint16_t own_tunnel, own_session; /* 0: it does not say */
};

static struct sent_ids ids_read(struct view datagram)
{
	uint8_t room[1];
	struct builder scratch = builder_on(room, sizeof(room));
	struct l2tp_control control;
	struct l2tp_data data;
	struct avps avps;

	if (!l2tp_data_read(datagram, OFFSET_MAX, &data))
		return (struct sent_ids){data.tunnel, data.session, 0, 0};
	if (l2tp_control_read(datagram, &control))
		return (struct sent_ids){0};
	/* we never hide these two AVPs */
	avps_read(control.body, (struct view){0}, &scratch, &avps);
	return (struct sent_ids){
		.tunnel = control.tunnel,
		.session = control.session,
		.own_tunnel = avps_u16(&avps, AVP_ASSIGNED_TUNNEL),
		.own_session = avps_u16(&avps, AVP_ASSIGNED_SESSION),
	};
}

static bool entry_has(const struct tunnel_entry *entry,
		      const struct sent_ids *ids)
{
	/* the first message does not know the peer's */
	return ids->tunnel ? tunnel_info(entry->control).peer_id == ids->tunnel
			   : entry->id == ids->own_tunnel;
}

/*
 * The tunnel, or NULL; *any is one with the same peer, for what is refused
 * without having one.  N: destinations, and the tunnels of one; only while
 * somebody captures.
 */
static const struct tunnel_entry *
entry_find(const struct node *node, struct address local, struct address peer,
	   const struct sent_ids *ids, const struct tunnel_entry **any)
{
	const struct destination *destination;
	const struct tunnel_entry *entry;

	*any = NULL;
	list_each(destination, &node->destinations, link) {
		if (!address_same(destination->peer, peer) ||
		    !address_same(destination->local, local))
			continue;
		list_each(entry, &destination->tunnels, link) {
			*any = entry;
			if (entry_has(entry, ids))
				return entry;
		}
	}
	return NULL;
}

static bool is_l2tp_of(const struct sent_leg *leg, uint16_t tunnel,
		       const struct sent_ids *ids)
{
	if (leg->kind != LEG_L2TP || leg->tunnel != tunnel)
		return false;
	return (ids->session && leg->peer_session == ids->session) ||
	       (ids->own_session && leg->session == ids->own_session);
}

void sent_l2tp(struct sent *out, struct builder *b,
	       const struct sent_call *known, const struct node *node,
	       struct address local, struct address peer, uint16_t peer_port,
	       struct view datagram)
{
	struct sent_ids ids = ids_read(datagram);
	const struct tunnel_entry *any;
	const struct tunnel_entry *entry =
		entry_find(node, local, peer, &ids, &any);
	struct nexthop_path path = {0};
	struct udp_frame frame = {
		.local = local,
		.peer = peer,
		.local_port = L2TP_PORT,
		.peer_port = peer_port,
		.class = CLASS_CS6,
		.ttl = TTL,
	};

	if (any)
		path = nexthop_known(any->watch);
	*out = (struct sent){.ifindex = path.ifindex};
	if (entry)
		out->tunnel = entry->id;
	if (entry && (is_l2tp_of(&known->access, entry->id, &ids) ||
		      is_l2tp_of(&known->core, entry->id, &ids)))
		out->call = known->id;
	frame.vlan = path.vlan;
	memcpy(frame.to, path.next_hop_mac, sizeof(frame.to));
	memcpy(frame.from, path.source_mac, sizeof(frame.from));
	udp_frame_build(b, &frame, datagram);
}
