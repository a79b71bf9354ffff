/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of Ethernet, PPPoE and the next hop of switched legs; see vectors.h.
 */
#include <string.h>
#include "vectors.h"

static void cut_ethernet(struct frame *f)
{
	frame_cut(f, 14);
	*frame_at(f, 12) = 0x81;
	*frame_at(f, 13) = 0;
}

static void other_mac(struct frame *f)
{
	*frame_at(f, 5) ^= 0x40;
}

static void multicast_mac(struct frame *f)
{
	*frame_at(f, 0) |= 1;
}

static void broadcast_mac(struct frame *f)
{
	memset(frame_at(f, 0), 0xff, 6);
}

static void discovery(struct frame *f)
{
	*frame_at(f, 13) = 0x63;
}

static void padi(struct frame *f)
{
	discovery(f);
	broadcast_mac(f);
}

static void padi_for_other(struct frame *f)
{
	discovery(f);
	other_mac(f);
}

static void arp(struct frame *f)
{
	*frame_at(f, 12) = 8;
	*frame_at(f, 13) = 6;
}

static void pppoe_version(struct frame *f)
{
	*frame_at(f, PPPOE) = 0x12;
}

static void pppoe_code(struct frame *f)
{
	*frame_at(f, PPPOE + 1) = 0x09;
}

static void pppoe_session(struct frame *f)
{
	*frame_at(f, PPPOE + 3) ^= 0x80;
}

static void pppoe_session_tagged(struct frame *f)
{
	*frame_at(f, PPPOE + 4 + 3) ^= 0x80;
}

static void pppoe_session_group(struct frame *f)
{
	pppoe_session(f);
	*frame_at(f, 6) |= 1;
}

static void pppoe_session_nobody(struct frame *f)
{
	pppoe_session(f);
	memset(frame_at(f, 6), 0, 6);
}

static void pppoe_session_to_all(struct frame *f)
{
	pppoe_session(f);
	memset(frame_at(f, 0), 0xff, 6);
}

static void pppoe_session_to_other(struct frame *f)
{
	pppoe_session(f);
	*frame_at(f, 5) ^= 1;
}

static void pppoe_session_0(struct frame *f)
{
	memset(frame_at(f, PPPOE + 2), 0, 2);
}

static void pppoe_too_long(struct frame *f)
{
	*frame_at(f, PPPOE + 5) += 1;
}

static void pppoe_empty(struct frame *f)
{
	memset(frame_at(f, PPPOE + 4), 0, 2);
}

static void pppoe_half_protocol(struct frame *f)
{
	memset(frame_at(f, PPPOE + 4), 0, 2);
	*frame_at(f, PPPOE + 5) = 1;
}

static void pppoe_short(struct frame *f)
{
	frame_cut(f, PPPOE + 5);
}

static void client_mac(struct frame *f)
{
	*frame_at(f, 11) ^= 1;
}

static void client_mac_high(struct frame *f)
{
	*frame_at(f, 6) ^= 0x40;
}

/* The call of VLAN 100, whose bank VLAN 116 shares. */
static void client_vlan(struct frame *f)
{
	*frame_at(f, 15) = 116;
}

/* Another tag behind the MAC addresses. */
static void tag_again(struct frame *f, __u16 type, __u16 tci)
{
	__u8 macs[12];

	memcpy(macs, frame_data(f), 12);
	f->at += 12;
	push16(f, tci);
	push16(f, type);
	push_octets(f, macs, 12);
}

static void second_tag(struct frame *f)
{
	tag_again(f, 0x88a8, 7);
}

static void third_tag(struct frame *f)
{
	tag_again(f, 0x88a8, 100);
}

static void inner_vlan_other(struct frame *f)
{
	*frame_at(f, 19) ^= 1;
}

static void inner_vlan_0(struct frame *f)
{
	*frame_at(f, 18) = 0xe0;
	*frame_at(f, 19) = 0;
}

static void outer_vlan_other(struct frame *f)
{
	*frame_at(f, 15) = 116;
}

static void outer_vlan_0(struct frame *f)
{
	*frame_at(f, 14) = *frame_at(f, 15) = 0;
}

/* The inner tag of a call behind two is missing. */
static void one_tag(struct frame *f)
{
	__u8 front[16];

	memcpy(front, frame_data(f), 16);
	f->at += 20;
	push_octets(f, front, 16);
}

static void tagged_inside(struct frame *f)
{
	tag_again(f, 0x88a8, 100);
}

static void inner_tag_cut(struct frame *f)
{
	frame_cut(f, 21);
}

static void inner_discovery(struct frame *f)
{
	*frame_at(f, 21) = 0x63;
}

static void inner_arp(struct frame *f)
{
	*frame_at(f, 20) = 8;
	*frame_at(f, 21) = 6;
}

static void two_tags(struct frame *f)
{
	tag_again(f, 0x8100, CORE_VLAN);
	tag_again(f, 0x88a8, 7);
}

static void ppp_ff(struct frame *f)
{
	*frame_at(f, PPPOE_PPP) = 0xff;
}

static void port_detached(struct world *w)
{
	w->ports[w->access].flags = 0;
}

static void no_access(struct world *w)
{
	memset(w->ports[w->access].banks, 0, 16);
}

static void pppoe_free(struct world *w)
{
	vector_leg_state(w, END_PPPOE, LEG_FREE);
}

static void pppoe_punts(struct world *w)
{
	vector_leg_state(w, END_PPPOE, LEG_PUNT);
}

static void pppoe_kind(struct world *w)
{
	end_leg(w, END_PPPOE, 0)->kind = LEG_L2TP;
}

static void image_of(struct world *w, enum end_id id, __u8 flags)
{
	w->templates[ends[id].template].image[0].flags = flags;
}

static void core_unresolved(struct world *w)
{
	image_of(w, END_LAC_A, 0);
}

static void core_wrong_kind(struct world *w)
{
	w->templates[ends[END_LAC_A].template].image[0].kind = LEG_PPPOE;
}

static void core_head(struct world *w, __u16 n)
{
	w->templates[ends[END_LAC_A].template].image[0].head_len = n;
}

static void core_head_short(struct world *w)
{
	core_head(w, 19);
}

static void core_head_long(struct world *w)
{
	core_head(w, 81);
}

static void core_template_none(struct world *w)
{
	end_leg(w, END_PPPOE, 0)->out_template = TEMPLATE_SLOTS;
}

/* One octet less than the frame of VECTOR_INNER octets in tunnel A takes. */
static void port_max(struct world *w)
{
	w->templates[ends[END_LAC_A].template].image[0].out_max =
		14 + 20 + 8 + 6 + 4 + VECTOR_INNER - 1;
}

static void core_port_missing(struct world *w)
{
	w->templates[ends[END_LAC_A].template].image[0].ifindex = w->alien;
}

static const struct vector rows[] = {
	/* Ethernet and PPPoE */
	{"runt with half a tag", REASON_NOT_OURS, END_PPPOE, LCP, 0,
	 cut_ethernet, 0},
	{"frame for another MAC", REASON_NOT_OURS, END_PPPOE, IP4, 0, other_mac,
	 0},
	{"session frame to multicast", REASON_NOT_OURS, END_PPPOE, IP4, 0,
	 multicast_mac, 0},
	{"session frame to broadcast", REASON_NOT_OURS, END_PPPOE, IP4, 0,
	 broadcast_mac, 0},
	{"ARP", REASON_NOT_OURS, END_PPPOE, IP4, 0, arp, 0},
	{"port not attached", REASON_NOT_OURS, END_PPPOE, IP4, port_detached, 0,
	 0},
	{"session frame, port without PPPoE", REASON_NOT_OURS, END_PPPOE, IP4,
	 no_access, 0, 0},
	{"PADI, port without PPPoE", REASON_NOT_OURS, END_PPPOE, IP4, no_access,
	 padi, 0},
	{"two tags, the outer without PPPoE", REASON_NOT_OURS,
	 END_PPPOE_TAGGED, IP4, 0, second_tag, 0},
	{"three tags", REASON_NOT_OURS, END_PPPOE_QINQ, IP4, 0, third_tag, 0},
	{"two tags where one is due", REASON_WRONG_CLIENT, END_PPPOE_TAGGED,
	 IP4, 0, tagged_inside, 0},
	{"one tag where two are due", REASON_WRONG_CLIENT, END_PPPOE_QINQ, IP4,
	 0, one_tag, 0},
	{"one tag of 802.1Q where two are due", REASON_WRONG_CLIENT,
	 END_PTA_QINQ_8100, IP4, 0, one_tag, 0},
	{"wrong inner VLAN", REASON_WRONG_CLIENT, END_PPPOE_QINQ, IP4, 0,
	 inner_vlan_other, 0},
	{"wrong inner VLAN, 802.1Q", REASON_WRONG_CLIENT, END_PTA_QINQ_8100,
	 IP6, 0, inner_vlan_other, 0},
	{"inner priority tag where a VLAN is due", REASON_WRONG_CLIENT,
	 END_PTA_QINQ, IP4, 0, inner_vlan_0, 0},
	{"wrong outer VLAN of two", REASON_WRONG_CLIENT, END_PPPOE_QINQ, IP4,
	 0, outer_vlan_other, 0},
	{"outer priority tag where a VLAN is due", REASON_NOT_OURS,
	 END_PPPOE_QINQ, IP4, 0, outer_vlan_0, 0},
	{"wrong client behind two tags", REASON_WRONG_CLIENT, END_PPPOE_QINQ,
	 IP4, 0, client_mac, 0},
	{"inner tag cut", REASON_NOT_OURS, END_PPPOE_QINQ, IP4, 0,
	 inner_tag_cut, 0},
	{"PADR behind two tags", REASON_PPPOE_DISCOVERY, END_PPPOE_QINQ, IP4,
	 0, inner_discovery, 0},
	{"ARP behind two tags", REASON_NOT_OURS, END_PPPOE_QINQ, IP4, 0,
	 inner_arp, 0},
	{"L2TP behind two tags", REASON_NOT_OURS, END_LNS_A, IP4, 0, two_tags,
	 0},
	{"L2TP over IPv6 behind two tags", REASON_NOT_OURS, END_LAC_C, IP4, 0,
	 two_tags, 0},
	{"IPv4 to a subscriber behind two tags", REASON_NOT_OURS, END_IP_PTA,
	 IP4, 0, two_tags, 0},
	{"IPv6 to a subscriber behind two tags", REASON_NOT_OURS, END_IP_PTA,
	 IP6, 0, two_tags, 0},
	{"PADI", REASON_PPPOE_DISCOVERY, END_PPPOE, IP4, 0, padi, 0},
	{"PADR", REASON_PPPOE_DISCOVERY, END_PPPOE, IP4, 0, discovery, 0},
	{"PADR for another MAC", REASON_NOT_OURS, END_PPPOE, IP4, 0,
	 padi_for_other, 0},
	{"VER/TYPE 0x12", REASON_BAD_VERSION, END_PPPOE, IP4, 0, pppoe_version,
	 0},
	{"CODE 0x09", REASON_PPPOE_CODE, END_PPPOE, IP4, 0, pppoe_code, 0},
	{"unknown PPPoE id", REASON_PPPOE_NO_SESSION, END_PPPOE, IP4, 0,
	 pppoe_session, 0},
	{"unknown PPPoE id, LCP", REASON_PPPOE_NO_SESSION, END_PPPOE_TAGGED,
	 LCP, 0, pppoe_session_tagged, 0},
	{"unknown PPPoE id of a group", REASON_UNKNOWN_PPPOE, END_PPPOE, IP4,
	 0, pppoe_session_group, 0},
	{"unknown PPPoE id of nobody", REASON_UNKNOWN_PPPOE, END_PPPOE, IP4, 0,
	 pppoe_session_nobody, 0},
	{"unknown PPPoE id for all", REASON_NOT_OURS, END_PPPOE, IP4, 0,
	 pppoe_session_to_all, 0},
	{"unknown PPPoE id for another MAC", REASON_NOT_OURS, END_PPPOE, IP4, 0,
	 pppoe_session_to_other, 0},
	{"PPPoE id 0", REASON_UNKNOWN_PPPOE, END_PPPOE, IP4, 0, pppoe_session_0,
	 0},
	{"PPPoE leg free", REASON_PPPOE_NO_SESSION, END_PPPOE, IP4, pppoe_free,
	 0, 0},
	{"leg of another kind", REASON_PPPOE_NO_SESSION, END_PPPOE, IP4,
	 pppoe_kind, 0, 0},
	{"LENGTH beyond the frame", REASON_MALFORMED, END_PPPOE, IP4, 0,
	 pppoe_too_long, 0},
	{"LENGTH 0", REASON_MALFORMED, END_PPPOE, IP4, 0, pppoe_empty, 0},
	{"half a protocol", REASON_MALFORMED, END_PPPOE, IP4, 0,
	 pppoe_half_protocol, 0},
	{"PPPoE header cut", REASON_MALFORMED, END_PPPOE, IP4, 0, pppoe_short,
	 0},
	{"wrong client, low octet", REASON_WRONG_CLIENT, END_PPPOE, IP4, 0,
	 client_mac, 0},
	{"wrong client, high octet", REASON_WRONG_CLIENT, END_PPPOE, IP4, 0,
	 client_mac_high, 0},
	{"wrong VLAN", REASON_WRONG_CLIENT, END_PPPOE_TAGGED, IP4, 0,
	 client_vlan, 0},
	{"PPPoE call in setup", REASON_CALL_SETUP, END_PPPOE, LCP, pppoe_punts,
	 0, 0},
	{"PPPoE call in setup, data", REASON_CALL_SETUP, END_PPPOE, IP4,
	 pppoe_punts, 0, 0},
	{"FF without 03", REASON_MALFORMED, END_PPPOE, IP4, 0, ppp_ff, 0},
	{"LCP of a terminated call", REASON_PPP_CONTROL, END_PTA, LCP, 0, 0, 0},
	{"LCP behind two tags", REASON_PPP_CONTROL, END_PTA_QINQ, LCP, 0, 0, 0},
	/* next hop of switched legs: the frame stays as it came */
	{"next hop unresolved", REASON_NEXT_HOP_UNRESOLVED, END_PPPOE, IP4,
	 core_unresolved, 0, 0},
	{"image of another kind", REASON_NEXT_HOP_UNRESOLVED, END_PPPOE, IP4,
	 core_wrong_kind, 0, 0},
	{"image too short", REASON_NEXT_HOP_UNRESOLVED, END_PPPOE, IP4,
	 core_head_short, 0, 0},
	{"image too long", REASON_NEXT_HOP_UNRESOLVED, END_PPPOE, IP4,
	 core_head_long, 0, 0},
	{"no such template", REASON_NEXT_HOP_UNRESOLVED, END_PPPOE, IP4,
	 core_template_none, 0, 0},
	{"larger than the leg", REASON_TOO_BIG, END_PPPOE, IP4, vector_leg_mtu,
	 0, 0},
	{"larger than the port", REASON_TOO_BIG, END_PPPOE, IP4, port_max, 0,
	 0},
	{"port not attached", REASON_NO_PORT, END_PPPOE, IP4, core_port_missing,
	 0, 0},
};

const struct vector_table access_vectors = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
};
