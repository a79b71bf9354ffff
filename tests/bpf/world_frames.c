/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames of the world, as they arrive and as they must leave. */
#include <arpa/inet.h>
#include <string.h>
#include "world_ends.h"

__u32 end_port(const struct world *w, enum end_id id)
{
	return ends[id].kind == LEG_PPPOE ? w->access : w->core;
}

static enum end_id ip_end(enum end_id id)
{
	return ends[id].kind == LEG_IP ? id : ends[id].other;
}

void inner_build(struct frame *f, enum end_id from, __u16 protocol, size_t n,
		 __u8 ttl)
{
	enum end_id user = ip_end(from);
	bool up = ends[from].kind != LEG_IP;
	struct ip4_header ip4 = {.src = ends[user].user_ip4,
				 .dst = FAR_IP4,
				 .id = 0x1111,
				 .ttl = ttl,
				 .protocol = 253};
	struct ip6_header ip6 = {.ttl = ttl, .next = 253};

	memcpy(ip6.src, user_prefix, 8);
	ip6.src[7] = ends[user].user_net;
	ip6.src[15] = 1;
	memcpy(ip6.dst, far_ip6, 16);
	if (!up) {
		ip4.dst = ip4.src;
		ip4.src = FAR_IP4;
		memcpy(ip6.dst, ip6.src, 16);
		memcpy(ip6.src, far_ip6, 16);
	}
	if (protocol == 0x0021) {
		frame_body(f, n - 20, from);
		push_ip4(f, &ip4);
	} else if (protocol == 0x0057) {
		frame_body(f, n - 40, from);
		push_ip6(f, &ip6);
	} else {
		frame_body(f, n, from);
	}
}

static void push_outer4(struct frame *f, __u32 src, __u32 dst, __u16 sport,
			__u16 dport, __u16 sum, __u16 id)
{
	struct ip4_header ip = {
		.src = src, .dst = dst, .id = id, .ttl = 64, .protocol = 17};

	push_udp(f, sport, dport, sum);
	push_ip4(f, &ip);
}

static void push_outer6(struct frame *f, const __u8 *src, const __u8 *dst,
			__u16 sport, __u16 dport, __u16 sum, __u32 flow)
{
	struct ip6_header ip = {.ttl = 64, .next = 17, .flow = flow};

	memcpy(ip.src, src, 16);
	memcpy(ip.dst, dst, 16);
	push_udp(f, sport, dport, sum);
	push_ip6(f, &ip);
}

static void push_core(struct frame *f, const struct tunnel_end *t,
		      const __u8 *dst, const __u8 *src)
{
	__u16 type = t->peer_ip4 ? 0x0800 : 0x86dd;

	if (t->vlan)
		push_tag(f, t->vlan, type);
	push_ethernet(f, dst, src, t->vlan ? 0x8100 : type);
}

void l2tp_arrive(struct frame *f, enum end_id id, __u16 flags, __u16 pad,
		 __u16 udp_sum)
{
	const struct tunnel_end *t = &tunnels[ends[id].tunnel];

	push_l2tp(f, flags, t->id, ends[id].session, pad);
	if (t->peer_ip4)
		push_outer4(f, t->peer_ip4, LOCAL_IP4, t->peer_port, 1701,
			    udp_sum, 0x7777);
	else
		push_outer6(f, t->peer_ip6, local_ip6, t->peer_port, 1701,
			    udp_sum, 0x77777);
	if (!t->peer_ip4 && !udp_sum && !t->zero_sum)
		frame_udp_sum(frame_data(f));
	push_core(f, t, core_mac, gateway_mac);
}

size_t end_l2tp(enum end_id id)
{
	const struct tunnel_end *t = &tunnels[ends[id].tunnel];

	return (t->vlan ? 18 : 14) + (t->peer_ip4 ? 20 : 40) + 8;
}

static void ip_ethernet(struct frame *f, const __u8 *dst, const __u8 *src,
			__u16 protocol)
{
	push_ethernet(f, dst, src, protocol == 0x0021 ? 0x0800 : 0x86dd);
}

static __u16 pppoe_type(const struct end *e)
{
	if (e->inner_vlan)
		return e->outer_type ? e->outer_type : 0x88a8;
	return e->vlan ? 0x8100 : 0x8864;
}

static void push_access(struct frame *f, const struct end *e, __u16 priority,
			const __u8 *dst, const __u8 *src)
{
	push_pppoe(f, e->session);
	if (e->inner_vlan) {
		push_tag(f, priority | e->inner_vlan, 0x8864);
		push_tag(f, priority | e->vlan, 0x8100);
	} else if (e->vlan) {
		push_tag(f, priority | e->vlan, 0x8864);
	}
	push_ethernet(f, dst, src, pppoe_type(e));
}

void pppoe_arrive(struct frame *f, enum end_id id)
{
	push_access(f, &ends[id], 0xe000, access_mac, ends[id].client);
}

void end_arrive(struct frame *f, enum end_id id, __u16 protocol)
{
	const struct end *e = &ends[id];

	if (e->kind == LEG_IP) {
		ip_ethernet(f, core_mac, gateway_mac, protocol);
	} else if (e->kind == LEG_L2TP) {
		push_ppp(f, protocol, PPP_HDLC);
		l2tp_arrive(f, id, 0, 0, 0);
	} else {
		push_ppp(f, protocol, PPP_LONG);
		pppoe_arrive(f, id);
	}
}

void l2tp_leave(struct frame *f, const struct end *e,
		const struct tunnel_end *t, __u16 protocol, __u16 id_ip)
{
	push_ppp(f, protocol, PPP_HDLC);
	push_l2tp(f, t->flags, t->peer_id, e->peer_session, 0);
	if (t->peer_ip4)
		push_outer4(f, LOCAL_IP4, t->peer_ip4, 1701, t->peer_port, 0,
			    id_ip);
	else
		push_outer6(f, local_ip6, t->peer_ip6, 1701, t->peer_port, 0,
			    OUTER_FLOW);
	if (!t->peer_ip4 && !t->zero_sum)
		frame_udp_sum(frame_data(f));
	push_core(f, t, gateway_mac, core_mac);
}

void end_leave(struct frame *f, enum end_id id, __u16 protocol, __u16 id_ip)
{
	const struct end *e = &ends[id];

	if (e->kind == LEG_IP) {
		ip_ethernet(f, gateway_mac, core_mac, protocol);
		return;
	}
	if (e->kind == LEG_L2TP) {
		l2tp_leave(f, e, &tunnels[e->tunnel], protocol, id_ip);
		return;
	}
	push_ppp(f, protocol, PPP_LONG);
	push_access(f, e, 0, e->client, access_mac);
}

__u16 expected_id(enum end_id out, __u64 packets_before)
{
	return ntohs((__u16)(packets_before + htons(ends[out].peer_session)));
}
