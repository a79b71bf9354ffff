/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the leg of a packet from a descriptor and makes the checks of the XDP
 * program in software.  The packet must also come from the leg's peer.
 */
#include <arpa/inet.h>
#include <string.h>

#include "martian.h"
#include "proto/ip4.h"
#include "proto/l2tp.h"
#include "proto/ppp.h"
#include "proto/pppoe.h"
#include "world/slowpath_inner.h"

enum {
	VLAN_BANK = 15, /* outer VLAN ids share 16 banks of a port */
	IP4_TOTAL_AT = 2,
	IP4_SOURCE_AT = 12,
	IP4_DESTINATION_AT = 16,
	IP6_PAYLOAD_AT = 4,
	IP6_LEN = 40,
	IP6_SOURCE_AT = 8, /* the destination follows */
	IP6_DESTINATION_AT = 24,
	PADT_ROOM = 128,
	ICMP = 1,
	ICMP_REDIRECT = 5,
};

static bool address_at(struct view packet, size_t at, void *out, size_t len)
{
	struct reader r = reader_of_view(packet);

	return !read_skip(&r, at) && !read_bytes(&r, out, len);
}

/* ---- who may send from an address ---------------------------------------- */

static bool source4_is_his(struct slowpath *sp,
			   const struct slowpath_packet *packet)
{
	const struct leg *leg = &packet->leg;
	struct in_addr source;

	if (!address_at(packet->info, IP4_SOURCE_AT, &source, sizeof(source)))
		return false;
	if (!leg->to.ip.user4 || leg->to.ip.user4 == source.s_addr)
		return true;
	return leg->flags & LEG_ROUTES &&
	       dataplane_routes_to(sp->setup.dataplane, source, leg->call);
}

static bool source6_is_his(const struct slowpath_packet *packet)
{
	static const uint8_t any[8];
	const uint8_t *prefix = packet->leg.to.ip.prefix6;
	uint8_t source[8];

	return address_at(packet->info, IP6_SOURCE_AT, source,
			  sizeof(source)) &&
	       (!memcmp(prefix, any, sizeof(any)) ||
		!memcmp(prefix, source, sizeof(source)));
}

/* ---- addresses that no router forwards (martian.h) ----------------------- */

static bool is_martian4(struct view packet)
{
	struct reader r = reader_of_view(packet);
	uint32_t source, destination;

	return read_skip(&r, IP4_SOURCE_AT) || read_u32(&r, &source) ||
	       read_u32(&r, &destination) || martian4_source(source) ||
	       martian4_destination(destination);
}

static bool is_martian6(struct view packet)
{
	struct reader r = reader_of_view(packet);
	uint64_t half[4];

	if (read_skip(&r, IP6_SOURCE_AT))
		return true;
	for (int i = 0; i < 4; i++) {
		uint32_t high, low;

		if (read_u32(&r, &high) || read_u32(&r, &low))
			return true;
		half[i] = (uint64_t)high << 32 | low;
	}
	return martian6(half[0], half[1]) || martian6(half[2], half[3]);
}

/* ---- what a subscriber sends to the world -------------------------------- */

/* Without trailing octets, which the program does not count either. */
static bool packet_trim(struct slowpath_packet *packet, bool ip4)
{
	size_t len = ip4 ? 0 : IP6_LEN;
	uint8_t first;
	__be16 more;

	if (!address_at(packet->info, 0, &first, 1) ||
	    first >> 4 != (ip4 ? 4 : 6) ||
	    !address_at(packet->info, ip4 ? IP4_TOTAL_AT : IP6_PAYLOAD_AT,
			&more, sizeof(more)))
		return false;
	len += ntohs(more);
	if (len > packet->info.len)
		return false;
	packet->info.len = len;
	return true;
}

/* By the tun the kernel sees it arrive from where its route back leads. */
static void terminated_up(struct slowpath *sp, struct slowpath_packet *packet)
{
	bool ip4 = packet->protocol == PPP_IPV4;
	uint8_t open = ip4 ? LEG_IP4 : LEG_IP6;

	if ((!ip4 && packet->protocol != PPP_IPV6) ||
	    !(packet->leg.flags & open)) {
		slowpath_add(sp, COUNT_SLOW_CLOSED, 1);
		return;
	}
	if (!packet_trim(packet, ip4)) {
		slowpath_add(sp, COUNT_SLOW_MALFORMED, 1);
		return;
	}
	if (ip4 ? !source4_is_his(sp, packet) : !source6_is_his(packet))
		slowpath_add(sp, COUNT_SLOW_SPOOFED, 1);
	else if (ip4 ? is_martian4(packet->info) : is_martian6(packet->info))
		slowpath_add(sp, COUNT_SLOW_MARTIAN, 1);
	else if (slowpath_mark(sp, packet))
		slowpath_to_kernel(sp, packet);
}

/* A PPP frame of the leg in packet. */
static void leg_input(struct slowpath *sp, struct slowpath_packet *packet,
		      struct view frame)
{
	if (ppp_frame_read(frame, &packet->protocol, &packet->info))
		slowpath_add(sp, COUNT_SLOW_MALFORMED, 1);
	else if (packet->leg.state < LEG_FORWARD)
		slowpath_add(sp, COUNT_SLOW_CLOSED, 1);
	else if (!slowpath_admit(sp, packet))
		return;
	else if (packet->leg.out == LEG_IP)
		terminated_up(sp, packet);
	else if (slowpath_mark(sp, packet))
		slowpath_send(sp, packet);
}

/* ---- L2TP ---------------------------------------------------------------- */

static bool tunnel_is_from(const struct tunnel_rx *tunnel,
			   const struct socket_l2tp *from)
{
	struct address peer, local;

	dataplane_tunnel_ends(tunnel, &peer, &local);
	return ntohs(tunnel->peer_port) == from->peer_port &&
	       address_same(peer, from->peer) &&
	       address_same(local, from->local);
}

void slowpath_l2tp(struct slowpath *sp, const struct socket_l2tp *from,
		   const struct socket_outer *outer, struct view datagram)
{
	uint16_t limit = (uint16_t)sp->setup.conf->l2tp.offset_limit;
	const struct dataplane *dp = sp->setup.dataplane;
	struct slowpath_packet packet = {
		.tunnelled = true,
		.outer = outer->class,
	};
	struct tunnel_rx tunnel;
	struct l2tp_data data;

	if (l2tp_data_read(datagram, limit, &data)) {
		slowpath_add(sp, COUNT_SLOW_MALFORMED, 1);
		return;
	}
	if (!dataplane_find_tunnel(dp, data.tunnel, &tunnel)) {
		slowpath_add(sp, COUNT_SLOW_UNKNOWN, 1);
		return;
	}
	if (!tunnel_is_from(&tunnel, from)) {
		slowpath_add(sp, COUNT_SLOW_WRONG_SENDER, 1);
		return;
	}
	packet.slot = dataplane_slot(tunnel.bank, data.session);
	packet.judged = slowpath_was_judged(sp, outer);
	packet.ecn = tunnel.flags & TUNNEL_RX_ECN;
	if (!dataplane_find_leg(dp, packet.slot, LEG_L2TP, &packet.leg) ||
	    packet.leg.in.l2tp.tunnel != data.tunnel)
		slowpath_add(sp, COUNT_SLOW_UNKNOWN, 1);
	else if (slowpath_in_order(sp, &packet, &data))
		leg_input(sp, &packet, data.payload);
}

/* ---- PPPoE --------------------------------------------------------------- */

static bool leg_is_from(const struct leg *leg, const struct pppoe_frame *frame)
{
	return leg->in.pppoe.vlan == frame->vlan[0] &&
	       leg->in.pppoe.inner_vlan == frame->vlan[1] &&
	       !memcmp(leg->in.pppoe.mac, frame->source, sizeof(frame->source));
}

/* Data of an unknown session: its sender gets a PADT. */
static void pppoe_unknown(struct slowpath *sp, uint32_t ifindex,
			  const struct pppoe_frame *frame,
			  const struct port *port, uint32_t slot)
{
	int fd = slowpath_port_fd(sp, ifindex);
	uint8_t room[PADT_ROOM];
	struct builder b = builder_on(room, sizeof(room));

	if (fd < 0 || !(port->flags & PORT_ATTACHED) ||
	    dataplane_has_leg(sp->setup.dataplane, slot, LEG_PPPOE) ||
	    !pppoe_padt_unknown(&b, frame, port->mac) ||
	    socket_send_frame(fd, builder_view(&b)))
		slowpath_add(sp, COUNT_SLOW_UNKNOWN, 1);
	else
		slowpath_add(sp, COUNT_SLOW_PADT, 1);
}

void slowpath_pppoe(struct slowpath *sp, uint32_t ifindex, struct view octets,
		    struct vlan_tag stripped)
{
	const struct dataplane *dp = sp->setup.dataplane;
	struct slowpath_packet packet = {0};
	struct pppoe_frame frame;
	struct port port;
	uint8_t bank;

	if (pppoe_read(octets, stripped, &frame) ||
	    frame.ethertype != ETHER_PPPOE_SESSION ||
	    frame.code != PPPOE_SESSION) {
		slowpath_add(sp, COUNT_SLOW_MALFORMED, 1);
		return;
	}
	port = dataplane_port_read(dp, ifindex);
	bank = port.banks[frame.vlan[0] & VLAN_BANK];
	if (!bank)
		return; /* no PPPoE is spoken there */
	packet.slot = dataplane_slot((uint8_t)(bank - 1), frame.session);
	packet.judged = port.flags & PORT_ATTACHED;
	if (!dataplane_find_leg(dp, packet.slot, LEG_PPPOE, &packet.leg))
		pppoe_unknown(sp, ifindex, &frame, &port, packet.slot);
	else if (!leg_is_from(&packet.leg, &frame))
		slowpath_add(sp, COUNT_SLOW_WRONG_SENDER, 1);
	else
		leg_input(sp, &packet, frame.payload);
}

/* ---- the kernel ---------------------------------------------------------- */

/*
 * A packet of the host, or one that the program punted to the kernel.  The
 * latter was already charged if XDP has no way to send it.  A packet of the
 * host for which XDP has none cannot be distinguished from that, and is not
 * charged.
 */
static void subscriber_send(struct slowpath *sp, struct slowpath_packet *packet)
{
	packet->judged = slowpath_is_punt(sp, packet);
	if (slowpath_admit(sp, packet))
		slowpath_send(sp, packet);
}

/*
 * Multicast that the host sends on every device, such as the MLD reports of a
 * router when the tun comes up: it is not for subscribers.
 */
static bool is_for_group(struct view octets)
{
	uint8_t first, to;

	if (!address_at(octets, 0, &first, 1))
		return false;
	if (first >> 4 == 6)
		return address_at(octets, IP6_DESTINATION_AT, &to, 1) &&
		       to == 0xFF;
	return first >> 4 == 4 &&
	       address_at(octets, IP4_DESTINATION_AT, &to, 1) && to >> 4 == 0xE;
}

/*
 * The kernel sends an ICMP redirect when a subscriber's packet leaves by the
 * tun through which it came.  But subscribers share no link.
 */
static bool is_redirect(const struct slowpath *sp, struct view packet,
			struct in_addr to)
{
	struct ip4 ip;
	uint8_t type;

	return !ip4_read(packet, &ip) && ip.protocol == ICMP && !ip.offset &&
	       address_at(ip.payload, 0, &type, 1) && type == ICMP_REDIRECT &&
	       ip.source.s_addr == conf_gateway(sp->setup.conf, to).s_addr;
}

void slowpath_tun(struct slowpath *sp, struct view octets)
{
	struct slowpath_packet packet = {
		.protocol = PPP_IPV4,
		.info = octets,
	};
	const struct dataplane *dp = sp->setup.dataplane;
	struct in_addr address;
	uint8_t first;

	if (is_for_group(octets))
		slowpath_add(sp, COUNT_SLOW_GROUP, 1);
	else if (!address_at(octets, 0, &first, 1) || first >> 4 != 4 ||
		 !address_at(octets, IP4_DESTINATION_AT, &address,
			     sizeof(address)) ||
		 !dataplane_find_address(dp, address, &packet.slot) ||
		 !dataplane_find_leg(dp, packet.slot, LEG_IP, &packet.leg))
		slowpath_add(sp, COUNT_SLOW_UNKNOWN, 1);
	else if (packet.leg.state < LEG_FORWARD ||
		 !(packet.leg.flags & LEG_IP4))
		slowpath_add(sp, COUNT_SLOW_CLOSED, 1);
	else if (is_martian4(octets))
		slowpath_add(sp, COUNT_SLOW_MARTIAN, 1);
	else if (is_redirect(sp, octets, address))
		slowpath_add(sp, COUNT_SLOW_REDIRECT, 1);
	else
		subscriber_send(sp, &packet);
}
