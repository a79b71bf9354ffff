/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the world share: the tunnels behind `ends`, slots of
 * templates and of IP legs.
 */
#ifndef WORLD_ENDS_H
#define WORLD_ENDS_H

#include "world.h"

enum template_slot {
	TEMPLATE_NONE,
	TEMPLATE_A, /* tunnel A, untagged, no Length */
	TEMPLATE_B, /* tunnel B, VLAN 200, with Length */
	TEMPLATE_PPPOE,
	TEMPLATE_PPPOE_TAGGED,
	TEMPLATE_PPPOE_QINQ,
	TEMPLATE_PPPOE_QINQ_8100,
	TEMPLATE_C, /* tunnel C, over IPv6, untagged, no Length */
	TEMPLATE_D, /* tunnel D, over IPv6, VLAN 200, with Length */
	TEMPLATES,
};

struct tunnel_end {
	__u16 id, peer_id, peer_port;
	__u8 bank;
	__u32 peer_ip4; /* 0 over IPv6 */
	__u16 flags;
	__u16 vlan;
	__u8 peer_ip6[16];
	bool zero_sum; /* over IPv6: no UDP checksum in both directions */
};

/* Flow label of what we send in tunnels over IPv6. */
#define OUTER_FLOW 0x12345

#define TUNNELS 4
extern const struct tunnel_end tunnels[TUNNELS];
extern const __u8 user_prefix[8], far_ip6[16], local_ip6[16];

/* Slots of IP legs: pool 4, pool 6, then single hosts. */
#define SLOT_POOL4 FIRST_IP_SLOT
#define SLOT_POOL6 (FIRST_IP_SLOT + BANK_SLOTS)
#define SLOT_HOSTS (FIRST_IP_SLOT + 2 * BANK_SLOTS)
#define POOL_COUNT 64

/* Write the template of tunnel `t`, as it says, in image 0. */
void l2tp_image(struct world *w, __u32 slot, const struct tunnel_end *t);

/* What end_leave does for an L2TP end, in a tunnel of choice. */
void l2tp_leave(struct frame *f, const struct end *e,
		const struct tunnel_end *t, __u16 protocol, __u16 id_ip);

/* The peer at this L2TP end decides whether data to it is numbered. */
void end_follow(struct world *w, enum end_id id);

/* Fails the program with errno's text. */
void must(int err, const char *what);

#endif
