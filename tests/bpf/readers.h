/* SPDX-License-Identifier: GPL-2.0-only */
/* What readers.bpf.c tells test_readers of one frame. */
#ifndef READERS_H
#define READERS_H

#include <linux/types.h>

struct readers_facts {
	__u32 reason; /* of the header that ended it, 0 = none did */
	__u32 depth;  /* headers that were read */
	__u16 ethertype;
	__u16 vlan, inner_vlan;
	__u16 tunnel, session;
	__u16 numbered, ns, pad;
	__u16 protocol;
	__u16 whole; /* the IPv4 packet is as long as it says, or longer */
	__u32 at;    /* octets in front of what the last header carries */
	__u32 left;  /* and what it grants behind */
};

#endif
