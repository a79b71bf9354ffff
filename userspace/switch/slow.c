/* SPDX-License-Identifier: GPL-2.0-only */
/* PPP frames that are carried in software; see slow.h. */
#include "switch/slow.h"

#include "proto/ppp.h"
#include "switch/destination.h"
#include "world/dataplane_data.h"

/* Counts on the leg a frame that the data plane did not forward. */
static void slow_count(const struct call *call, bool from_access)
{
	const struct call_leg *leg = from_access ? &call->access : &call->core;
	struct leg_counters more = {.control = 1};

	if (leg->installed)
		dataplane_leg_count(call->node->dataplane, leg->slot, &more);
	node_count(call->node, COUNT_SLOW_CONTROL);
}

static void slow_switched(struct call *call, bool from_access,
			  uint16_t protocol, struct view info)
{
	bool data = protocol == PPP_IPV4 || protocol == PPP_IPV6;

	if (call->state != CALL_UP || (call->blocked && data)) {
		node_count(call->node, COUNT_SLOW_DROPPED);
		return;
	}
	slow_count(call, from_access);
	call_send_leg(call, from_access ? &call->core : &call->access, protocol,
		      info);
}

void slow_frame(struct call *call, bool from_access, struct view frame)
{
	struct node *node = call->node;
	struct view info;
	uint16_t protocol;

	if (ppp_frame_read(frame, &protocol, &info)) {
		node_count(node, COUNT_FRAME_MALFORMED);
		return;
	}
	if (call->core.kind == LEG_L2TP && !call->ppp)
		slow_switched(call, from_access, protocol, info);
	else if (!from_access || !call->ppp || protocol == PPP_IPV4 ||
		 protocol == PPP_IPV6)
		node_count(node, COUNT_SLOW_DROPPED);
	else
		call_ppp_input(call, protocol, info);
}

/* The call of a session, if the datagram is from the tunnel's peer. */
static struct call *slow_session(struct node *node, struct address peer,
				 uint16_t peer_port,
				 const struct l2tp_data *data)
{
	struct tunnel_entry *entry = node->tunnels[data->tunnel];
	struct call *call;

	if (!entry) {
		node_count(node, COUNT_FRAME_UNKNOWN);
		return NULL;
	}
	if (!address_same(entry->destination->peer, peer) ||
	    entry->peer_port != peer_port) {
		node_count(node, COUNT_FRAME_WRONG_SENDER);
		return NULL;
	}
	tunnel_alive(entry->control, node->now);
	call = node->slots[dataplane_slot(entry->bank, data->session)];
	if (!call)
		node_count(node, COUNT_FRAME_UNKNOWN);
	return call;
}

/*
 * A message that the program punted arrives here a moment later.  If the LNS
 * changed its numbering in between, its next message corrects this.
 */
static void slow_core(struct call *call, const struct l2tp_data *data)
{
	if (call->core.installed)
		dataplane_follow(call->node->dataplane, call->core.slot,
				 data->numbered);
	slow_frame(call, false, data->payload);
}

void slow_l2tp(struct node *node, struct address peer, uint16_t peer_port,
	       struct address local, struct view datagram)
{
	struct l2tp_data data;
	struct call *call;

	(void)local;
	if (l2tp_data_read(datagram, (uint16_t)node->conf->l2tp.offset_limit,
			   &data)) {
		node_count(node, COUNT_FRAME_MALFORMED);
		return;
	}
	call = slow_session(node, peer, peer_port, &data);
	if (!call)
		return;
	if (call->access.kind == LEG_L2TP &&
	    call->access.entry->id == data.tunnel &&
	    call->access.l2tp_session == data.session)
		slow_frame(call, true, data.payload);
	else if (call->core.kind == LEG_L2TP &&
		 call->core.entry->id == data.tunnel &&
		 call->core.l2tp_session == data.session)
		slow_core(call, &data);
	else
		node_count(node, COUNT_FRAME_UNKNOWN);
}
