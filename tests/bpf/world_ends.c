/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls of the world as tables, and where their records lie. */
#include "world_ends.h"

const __u8 access_mac[6] = {0x02, 0, 0, 0, 0, 0x0a};
const __u8 core_mac[6] = {0x02, 0, 0, 0, 0, 0x0c};
const __u8 gateway_mac[6] = {0x02, 0x22, 0x22, 0x22, 0x22, 0x01};

const struct tunnel_end tunnels[TUNNELS] = {
	{TUNNEL_A, 0x1234, 1701, 3, 0xc0000202, 0, 0},
	{TUNNEL_B, 0x4321, 40000, 4, 0xc6336402, L2TP_FLAG_L, CORE_VLAN},
};

#define CLIENT(n)                               \
	{                                       \
		0x02, 0x11, 0x11, 0x11, 0x11, n \
	}

const struct end ends[END_COUNT] = {
	[END_PPPOE] = {.name = "pppoe",
		       .kind = LEG_PPPOE,
		       .other = END_LAC_A,
		       .call = 1,
		       .template = TEMPLATE_PPPOE,
		       .session = 0x0101,
		       .peer_session = 0x0101,
		       .client = CLIENT(1)},
	[END_PPPOE_TAGGED] = {.name = "pppoe-tagged",
			      .kind = LEG_PPPOE,
			      .other = END_LAC_B,
			      .call = 2,
			      .template = TEMPLATE_PPPOE_TAGGED,
			      .session = 0x0102,
			      .peer_session = 0x0102,
			      .vlan = 100,
			      .client = CLIENT(2)},
	[END_LAC_A] = {.name = "lac-a",
		       .kind = LEG_L2TP,
		       .other = END_PPPOE,
		       .call = 1,
		       .template = TEMPLATE_A,
		       .session = 0x0b02,
		       .peer_session = 0x0a01},
	[END_LAC_B] = {.name = "lac-b",
		       .kind = LEG_L2TP,
		       .other = END_PPPOE_TAGGED,
		       .call = 2,
		       .template = TEMPLATE_B,
		       .session = 0x0b03,
		       .peer_session = 0x0a02,
		       .tunnel = 1},
	[END_LTS_A] = {.name = "lts-a",
		       .kind = LEG_L2TP,
		       .other = END_LTS_B,
		       .call = 3,
		       .template = TEMPLATE_A,
		       .session = 0x0b04,
		       .peer_session = 0x0a03},
	[END_LTS_B] = {.name = "lts-b",
		       .kind = LEG_L2TP,
		       .other = END_LTS_A,
		       .call = 3,
		       .template = TEMPLATE_B,
		       .session = 0x0b05,
		       .peer_session = 0x0a04,
		       .tunnel = 1},
	[END_LNS_A] = {.name = "lns-a",
		       .kind = LEG_L2TP,
		       .other = END_IP_LNS_A,
		       .call = 4,
		       .template = TEMPLATE_A,
		       .session = 0x0b06,
		       .peer_session = 0x0a05},
	[END_LNS_B] = {.name = "lns-b",
		       .kind = LEG_L2TP,
		       .other = END_IP_LNS_B,
		       .call = 5,
		       .template = TEMPLATE_B,
		       .session = 0x0b07,
		       .peer_session = 0x0a06,
		       .tunnel = 1},
	[END_PTA] = {.name = "pta",
		     .kind = LEG_PPPOE,
		     .other = END_IP_PTA,
		     .call = 6,
		     .template = TEMPLATE_PPPOE,
		     .session = 0x0103,
		     .peer_session = 0x0103,
		     .client = CLIENT(3)},
	[END_PTA_TAGGED] = {.name = "pta-tagged",
			    .kind = LEG_PPPOE,
			    .other = END_IP_PTA_TAGGED,
			    .call = 7,
			    .template = TEMPLATE_PPPOE_TAGGED,
			    .session = 0x0104,
			    .peer_session = 0x0104,
			    .vlan = 100,
			    .client = CLIENT(4)},
	[END_PTA_QINQ] = {.name = "pta-qinq",
			  .kind = LEG_PPPOE,
			  .other = END_IP_PTA_QINQ,
			  .call = 8,
			  .template = TEMPLATE_PPPOE_QINQ,
			  .session = 0x0105,
			  .peer_session = 0x0105,
			  .vlan = 100,
			  .inner_vlan = 7,
			  .client = CLIENT(5)},
	[END_IP_LNS_A] = {.name = "ip-lns-a",
			  .kind = LEG_IP,
			  .other = END_LNS_A,
			  .call = 4,
			  .user_ip4 = POOL_IP4 + 1,
			  .user_net = 1},
	[END_IP_LNS_B] = {.name = "ip-lns-b",
			  .kind = LEG_IP,
			  .other = END_LNS_B,
			  .call = 5,
			  .user_ip4 = POOL_IP4 + 2,
			  .user_net = 2},
	[END_IP_PTA] = {.name = "ip-pta",
			.kind = LEG_IP,
			.other = END_PTA,
			.call = 6,
			.user_ip4 = POOL_IP4 + 3,
			.user_net = 3},
	[END_IP_PTA_TAGGED] = {.name = "ip-pta-tagged",
			       .kind = LEG_IP,
			       .other = END_PTA_TAGGED,
			       .call = 7,
			       .user_ip4 = HOST_IP4,
			       .user_net = 4,
			       .host = true},
	[END_IP_PTA_QINQ] = {.name = "ip-pta-qinq",
			     .kind = LEG_IP,
			     .other = END_PTA_QINQ,
			     .call = 8,
			     .user_ip4 = POOL_IP4 + 5,
			     .user_net = 5},
};

const __u8 user_prefix[8] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0};
const __u8 far_ip6[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 0, 0,
				 0,    0,    0,	   0,	 0,    0,    0, 8};

__u32 end_slot(enum end_id id)
{
	const struct end *e = &ends[id];

	if (e->kind == LEG_PPPOE)
		return (e->vlan ? ACCESS_BANK_TAGGED : ACCESS_BANK)
			       << BANK_SHIFT |
		       e->session;
	if (e->kind == LEG_L2TP)
		return (__u32)tunnels[e->tunnel].bank << BANK_SHIFT |
		       e->session;
	return e->host ? SLOT_HOSTS : SLOT_POOL4 + (e->user_ip4 - POOL_IP4);
}

__u32 end_slot6(enum end_id id)
{
	return SLOT_POOL6 + ends[id].user_net;
}

struct leg *end_leg(struct world *w, enum end_id id, __u16 protocol)
{
	if (ends[id].kind == LEG_IP && protocol == 0x0057)
		return &w->legs[end_slot6(id)];
	return &w->legs[end_slot(id)];
}
