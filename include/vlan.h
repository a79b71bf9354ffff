/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VLAN tags in front of an EtherType, one rule for the XDP program and for
 * user space.  Two kinds are tags: 802.1Q and 802.1ad; a frame has VLAN_TAGS of
 * them at most.  One with id 0 gives only a priority (IEEE 802.1Q section 6.9)
 * and counts as none, wherever it stands.  Of the others there are at most two,
 * of which the inner one is 802.1Q.
 *
 * The packet socket's filter (program/keeper_filter.c), which has no loop,
 * spells out the first half of this.  Numbers are in host order.
 */
#ifndef VLAN_H
#define VLAN_H

#include <linux/types.h>
#include <stdbool.h>

#define VLAN_TAGS    3
#define VLAN_TYPE    0x8100 /* 802.1Q */
#define VLAN_TYPE_AD 0x88a8 /* 802.1ad */
#define VLAN_ID	     0x0fff /* of a tag's second word */

/* The VLANs of a frame in one word, 0 = there is none of this place. */
#define VLAN_OUTER(ids) ((__u16)(ids))
#define VLAN_INNER(ids) ((__u16)((ids) >> 16))
#define VLAN_REFUSED	(~0u) /* tags that neither reader accepts */

static inline __attribute__((always_inline)) bool vlan_is_tag(__u16 ethertype)
{
	return ethertype == VLAN_TYPE || ethertype == VLAN_TYPE_AD;
}

/* With the next tag, outer ones first. */
static inline __attribute__((always_inline)) __u32 vlan_take(__u32 ids,
							     __u16 type,
							     __u16 word)
{
	__u32 id = word & VLAN_ID;

	if (!id)
		return ids;
	if (!ids)
		return id;
	if (VLAN_INNER(ids) || type != VLAN_TYPE)
		return VLAN_REFUSED;
	return ids | id << 16;
}

#endif
