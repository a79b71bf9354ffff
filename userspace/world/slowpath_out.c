/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends packets out of a leg in software: builds the outer header from the leg
 * and its template, and handles packets that do not fit.
 *
 * Packets into a tunnel go through the UDP socket: the kernel fragments the
 * outer packet, and queues the first packets until the next hop is resolved.
 * A frame to a PPPoE client needs no next hop and cannot be fragmented.
 */
#include <arpa/inet.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "numbering.h"
#include "proto/ip4.h"
#include "proto/l2tp.h"
#include "proto/ppp.h"
#include "proto/pppoe.h"
#include "world/slowpath_inner.h"

enum {
	MAC_LEN = 6,
	TAG_LEN = 4,
	PPP_PROTOCOL_LEN = 2,
	PPP_HEAD_LEN = 4, /* FF 03 and protocol */
	PPP_ADDRESS_CONTROL = 0xff03,
	PPPOE_V1T1 = 0x11,
	REFUSED_PER_SECOND = 1000,
};

/* Where a leg's packets leave. */
struct way {
	struct image image;
	struct socket_l2tp peer; /* LEG_L2TP... */
	bool ecn; /* ...where congestion marks are agreed */
	uint8_t class; /* of the outer header */
	int fd;
};

void slowpath_flush(struct slowpath *sp)
{
	bool l2tp = sp->out.fd == sp->setup.l2tp ||
		    sp->out.fd == sp->setup.l2tp6;
	struct outbox_result result;

	if (!sp->out.count)
		return;
	result = outbox_flush(&sp->out);
	slowpath_add(sp, l2tp ? COUNT_SLOW_TO_L2TP : COUNT_SLOW_TO_PPPOE,
		     result.sent);
	slowpath_add(sp, COUNT_SLOW_TOO_BIG, result.too_big);
	slowpath_add(sp, COUNT_SLOW_FAILED, result.failed);
}

/* Counts on the leg a packet that the program did not forward. */
static void packet_count(struct slowpath *sp,
			 const struct slowpath_packet *packet)
{
	bool ip = packet->protocol == PPP_IPV4 || packet->protocol == PPP_IPV6;
	struct leg_counters more = {
		.packets = ip,
		.octets = ip ? packet->info.len + PPP_PROTOCOL_LEN : 0,
		.control = !ip,
	};

	dataplane_leg_count(sp->setup.dataplane, packet->slot, &more);
}

/* Octets in front of the packet, without its PPP protocol. */
static int head_len(const struct leg *leg, const struct image *image)
{
	uint32_t first;

	memcpy(&first, leg, sizeof(first));
	return image->head_len + (numbering_adds(first) ? NUMBERING_LEN : 0);
}

/* ---- ways ---------------------------------------------------------------- */

static bool way_into_tunnel(struct slowpath *sp, uint32_t id, struct way *way)
{
	struct tunnel_rx tunnel;

	if (id >= TUNNEL_SLOTS ||
	    !dataplane_find_tunnel(sp->setup.dataplane, (uint16_t)id, &tunnel))
		return false;
	way->peer.peer_port = ntohs(tunnel.peer_port);
	dataplane_tunnel_ends(&tunnel, &way->peer.peer, &way->peer.local);
	way->ecn = tunnel.flags & TUNNEL_RX_ECN;
	way->fd = tunnel.flags & TUNNEL_RX_IP6 ? sp->setup.l2tp6
					       : sp->setup.l2tp;
	return way->fd >= 0;
}

int slowpath_port_fd(const struct slowpath *sp, uint32_t ifindex)
{
	for (unsigned int i = 0; i < SLOWPATH_PORTS; i++)
		if (sp->ports[i].ifindex == ifindex)
			return sp->ports[i].fd;
	return -1;
}

static bool way_to_client(struct slowpath *sp, struct way *way)
{
	if (!(way->image.flags & IMAGE_READY) || way->image.kind != LEG_PPPOE)
		return false;
	way->fd = slowpath_port_fd(sp, way->image.ifindex);
	return way->fd >= 0;
}

/* A template belongs to a tunnel, by our id, or to a port. */
static bool way_find(struct slowpath *sp, const struct leg *leg,
		     struct way *way)
{
	uint32_t user = dataplane_find_image(sp->setup.dataplane,
					     leg->out_template, &way->image);

	if (!user)
		return false;
	return leg->out == LEG_L2TP ? way_into_tunnel(sp, user, way)
				    : way_to_client(sp, way);
}

/*
 * A fragment that the kernel made because of the MTU of the subscriber's route:
 * the whole packet could not be sent.
 */
static bool is_piece(const struct ip4 *ip, uint16_t mtu)
{
	size_t step = (size_t)(mtu - IP4_HEADER_MIN) & ~(size_t)7;

	if (mtu < IP4_HEADER_MIN + 8 || ip->offset % step)
		return false;
	return ip->more ? ip->payload.len == step : ip->offset;
}

/* XDP punts packets with options before it looks for a way. */
bool slowpath_is_punt(struct slowpath *sp, const struct slowpath_packet *packet)
{
	const struct dataplane *dp = sp->setup.dataplane;
	const struct leg *leg = &packet->leg;
	size_t len = packet->info.len;
	struct image image = {0};
	struct ip4 ip;

	if (ip4_read(packet->info, &ip) || ip.header.len != IP4_HEADER_MIN)
		return false;
	dataplane_find_image(dp, leg->out_template, &image);
	return !(image.flags & IMAGE_READY) || image.kind != leg->out ||
	       len > leg->out_mtu || is_piece(&ip, leg->out_mtu) ||
	       (size_t)head_len(leg, &image) + PPP_PROTOCOL_LEN + len >
		       image.out_max ||
	       !dataplane_is_attached(dp, image.ifindex);
}

/* ---- heads --------------------------------------------------------------- */

static void head_l2tp(struct slowpath *sp, struct builder *b,
		      const struct slowpath_packet *packet, size_t len)
{
	const struct leg *leg = &packet->leg;
	struct l2tp_data_form form = {
		.tunnel = ntohs(leg->to.l2tp.tunnel),
		.session = ntohs(leg->to.l2tp.session),
		.length_bit = sp->setup.conf->l2tp.length_bit,
		.numbered = leg->flags & LEG_SEQUENCED,
	};

	if (form.numbered)
		form.ns = dataplane_leg_number(sp->setup.dataplane,
					       packet->slot);
	if (l2tp_data_head(b, &form, PPP_HEAD_LEN + len))
		b->full = true;
	build_u16(b, PPP_ADDRESS_CONTROL);
	build_u16(b, packet->protocol);
}

/* Addresses and tag types from the template, the rest from the leg. */
static void head_pppoe(struct builder *b, const struct way *way,
		       const struct slowpath_packet *packet, size_t len)
{
	const struct image *image = &way->image;
	const struct leg *leg = &packet->leg;
	struct reader r = reader_of(image->head, image->head_len);
	struct view source, type;

	if (read_skip(&r, MAC_LEN) || read_view(&r, MAC_LEN, &source)) {
		b->full = true;
		return;
	}
	build_bytes(b, leg->to.pppoe.mac, MAC_LEN);
	build_view(b, source);
	for (unsigned int i = 0; i < image->tags; i++) {
		if (read_view(&r, 2, &type) || read_skip(&r, TAG_LEN - 2)) {
			b->full = true;
			return;
		}
		build_view(b, type);
		build_u16(b, ntohs(i ? leg->to.pppoe.inner_vlan
				     : leg->to.pppoe.vlan));
	}
	build_u16(b, ETHER_PPPOE_SESSION);
	build_u8(b, PPPOE_V1T1);
	build_u8(b, PPPOE_SESSION);
	build_u16(b, ntohs(leg->to.pppoe.session));
	build_u16(b, (uint16_t)(PPP_PROTOCOL_LEN + len));
	build_u16(b, packet->protocol);
}

/*
 * Puts one frame into the outbox: head, `more` octets that begin the packet
 * (a fragment's header, or none) and the payload.
 */
static void frame_send(struct slowpath *sp, const struct way *way,
		       const struct slowpath_packet *packet, struct view more,
		       struct view payload)
{
	size_t len = more.len + payload.len;
	struct builder b;

	if (!outbox_takes(&sp->out, way->fd))
		slowpath_flush(sp);
	b = outbox_head(&sp->out);
	if (packet->leg.out == LEG_L2TP)
		head_l2tp(sp, &b, packet, len);
	else
		head_pppoe(&b, way, packet, len);
	build_view(&b, more);
	if (b.full)
		slowpath_add(sp, COUNT_SLOW_TOO_BIG, 1);
	else if (packet->leg.out == LEG_L2TP)
		outbox_add_l2tp(&sp->out, way->fd, &b, payload, &way->peer,
				way->class);
	else
		outbox_add_frame(&sp->out, way->fd, &b, payload);
}

/* ---- what does not fit --------------------------------------------------- */

/*
 * The largest packet that leaves whole.  Before the next hop is resolved, the
 * MTU is unknown: then only the subscriber's own limit counts.
 */
static uint16_t way_limit(const struct way *way, const struct leg *leg)
{
	const struct image *image = &way->image;
	int room = image->out_max - head_len(leg, image) - PPP_PROTOCOL_LEN;

	return image->out_max && room > 0 && room < leg->out_mtu
		       ? (uint16_t)room
		       : leg->out_mtu;
}

/* Errors are sent only so often (RFC 1812 4.3.2.8). */
static bool refusal_allowed(struct slowpath *sp)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (sp->refused_second != (uint64_t)now.tv_sec) {
		sp->refused_second = (uint64_t)now.tv_sec;
		sp->refused = 0;
	}
	return sp->refused++ < REFUSED_PER_SECOND;
}

/* "Fragmentation needed" to the sender, by the kernel's routes. */
static void packet_refuse(struct slowpath *sp, const struct ip4 *ip,
			  uint16_t mtu)
{
	struct in_addr from = conf_gateway(sp->setup.conf, ip->destination);
	uint8_t room[ICMP_ERROR_MAX];
	struct builder b = builder_on(room, sizeof(room));

	if (!from.s_addr || !ip4_may_refuse(ip) || !refusal_allowed(sp)) {
		slowpath_add(sp, COUNT_SLOW_REFUSED_RATE, 1);
		return;
	}
	ip4_refuse(&b, from, ip, mtu);
	if (!b.full && write(sp->setup.tun, b.data, b.len) == (ssize_t)b.len)
		slowpath_add(sp, COUNT_SLOW_REFUSED, 1);
	else
		slowpath_add(sp, COUNT_SLOW_FAILED, 1);
}

/* Of a call that ends here: fragments or refuses it, by its DF bit. */
static void routed_send(struct slowpath *sp, const struct way *way,
			const struct slowpath_packet *packet)
{
	uint16_t mtu = way_limit(way, &packet->leg);
	struct ip4_piece piece;
	struct ip4 ip;
	size_t at = 0;

	if (packet->info.len <= mtu) {
		slowpath_clamp(sp, packet, mtu);
		packet_count(sp, packet);
		frame_send(sp, way, packet, view_of(NULL, 0), packet->info);
	} else if (ip4_read(packet->info, &ip)) {
		slowpath_add(sp, COUNT_SLOW_MALFORMED, 1);
	} else if (ip.dont_fragment) {
		packet_refuse(sp, &ip, mtu);
	} else {
		slowpath_clamp(sp, packet, mtu);
		packet_count(sp, packet);
		slowpath_add(sp, COUNT_SLOW_FRAGMENTED, 1);
		while (ip4_fragment(&ip, mtu, &at, &piece))
			frame_send(sp, way, packet,
				   view_of(piece.header, piece.header_len),
				   piece.payload);
	}
}

void slowpath_send(struct slowpath *sp, const struct slowpath_packet *packet)
{
	struct way way = {0};

	if (!way_find(sp, &packet->leg, &way)) {
		slowpath_add(sp, COUNT_SLOW_NO_WAY, 1);
		return;
	}
	way.class = slowpath_class(sp, packet, &way.image, way.ecn);
	if (packet->leg.kind == LEG_IP) {
		routed_send(sp, &way, packet);
		return;
	}
	/* switched: layer 2, never touched */
	packet_count(sp, packet);
	frame_send(sp, &way, packet, view_of(NULL, 0), packet->info);
}

void slowpath_to_kernel(struct slowpath *sp,
			const struct slowpath_packet *packet)
{
	ssize_t sent;

	slowpath_clamp(sp, packet, packet->leg.out_mtu);
	sent = write(sp->setup.tun, packet->info.data, packet->info.len);
	if (sent != (ssize_t)packet->info.len) {
		slowpath_add(sp, COUNT_SLOW_FAILED, 1);
		return;
	}
	packet_count(sp, packet);
	slowpath_add(sp, COUNT_SLOW_TO_KERNEL, 1);
}
