/* SPDX-License-Identifier: GPL-2.0-only */
/* PPP frames carried by hand; see slow.h. */
#include "switch/slow.h"

#include <arpa/inet.h>
#include <string.h>

#include "proto/ppp.h"
#include "switch/destination.h"

/* What the data plane did not see on this leg is counted there all the same. */
static void slow_count(const struct call *call, bool from_access,
		       uint16_t protocol, size_t octets)
{
	const struct call_leg *leg = from_access ? &call->access : &call->core;
	bool data = protocol == PPP_IPV4 || protocol == PPP_IPV6;
	struct leg_counters more = {
		.packets = data,
		.octets = data ? octets + 2 : 0,
		.control = !data,
	};

	if (leg->installed)
		dataplane_leg_count(call->node->dataplane, leg->slot, &more);
	node_count(call->node, from_access ? COUNT_SLOW_UP : COUNT_SLOW_DOWN);
}

static bool slow_source_fits(const struct call *call, struct in_addr source)
{
	uint32_t slot;

	if (source.s_addr == call->core.address.s_addr)
		return true;
	return call->routes &&
	       !dataplane_route_find(call->node->dataplane, source, &slot) &&
	       slot == call->core.slot;
}

/* A subscriber's own IP packet, as the data plane would have judged it. */
static void slow_terminated(struct call *call, uint16_t protocol,
			    struct view info)
{
	struct node *node = call->node;
	struct reader r = reader_of_view(info);
	uint32_t source;

	if (!call->network_up || call->blocked || protocol != PPP_IPV4 || read_skip(&r, 12) ||
	    read_u32(&r, &source) || info.data[0] >> 4 != 4 ||
	    !slow_source_fits(call, (struct in_addr){htonl(source)})) {
		node_count(node, COUNT_SLOW_DROPPED);
		return;
	}
	slow_count(call, true, protocol, info.len);
	node->ops->send_tun(node->ops_ctx, info);
}

static void slow_switched(struct call *call, bool from_access,
			  uint16_t protocol, struct view info)
{
	bool data = protocol == PPP_IPV4 || protocol == PPP_IPV6;

	if (call->state != CALL_UP || (call->blocked && data)) {
		node_count(call->node, COUNT_SLOW_DROPPED);
		return;
	}
	slow_count(call, from_access, protocol, info.len);
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
	else if (!from_access || !call->ppp)
		node_count(node, COUNT_SLOW_DROPPED);
	else if (protocol == PPP_IPV4 || protocol == PPP_IPV6)
		slow_terminated(call, protocol, info);
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
		slow_frame(call, false, data.payload);
	else
		node_count(node, COUNT_FRAME_UNKNOWN);
}

/* The call that an address was given to. */
static struct call *slow_subscriber(struct node *node, struct in_addr address)
{
	const struct pool_entry *pool = node_pool_of(node, address);
	uint32_t slot;

	if (pool)
		return node->slots[pool->slot + ntohl(address.s_addr) -
				   ntohl(pool->conf->first.s_addr)];
	if (dataplane_host_find(node->dataplane, address, &slot) &&
	    dataplane_route_find(node->dataplane, address, &slot))
		return NULL;
	return node->slots[slot];
}

void slow_tun(struct node *node, struct view packet)
{
	struct reader r = reader_of_view(packet);
	struct in_addr address;
	struct call *call = NULL;
	uint8_t first;

	if (!read_u8(&r, &first) && first >> 4 == 4 && !read_skip(&r, 15) &&
	    !read_bytes(&r, &address, sizeof(address)))
		call = slow_subscriber(node, address);
	if (!call || !call->network_up || call->blocked) {
		node_count(node, COUNT_SLOW_DROPPED);
		return;
	}
	slow_count(call, false, PPP_IPV4, packet.len);
	call_send_leg(call, &call->access, PPP_IPV4, packet);
}
