/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From octets to facts: one function per header, which leaves the cursor
 * behind it.  Knows wire formats, no maps.  0 (REASON_FORWARDED) means go on.
 */
#ifndef PARSE_H
#define PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include "cursor.h"
#include "vlan.h"

#define ETH_LEN	   14
#define TAG_LEN	   4
#define PPPOE_LEN  6
#define PPPOE_V1T1 0x11
#define IP4_LEN	   20
#define IP6_LEN	   40
#define UDP_LEN	   8

#define IP6_FRAGMENT 44 /* next header */

#define IP4_NO_OPTIONS 0x45   /* version 4, five words */
#define IP4_FRAGMENT   0x3fff /* MF or an offset */

#define L2TP_PORT    1701
#define L2TP_T	     0x8000 /* control message */
#define L2TP_L	     0x4000 /* Length present */
#define L2TP_S	     0x0800 /* Ns and Nr present */
#define L2TP_O	     0x0200 /* Offset Size present */
#define L2TP_VERSION 0x000f
#define L2TP_V2	     2
#define L2TP_MIN_LEN 6
#define L2TP_LEN_LEN 8 /* header with the Length field */

#define HDLC_ADDRESS 0xff
#define HDLC_CONTROL 0x03
#define HDLC	     (HDLC_ADDRESS << 8 | HDLC_CONTROL)

static __always_inline __u16 get_host16(const struct cursor *c, __u32 off)
{
	return bpf_ntohs(cursor_get16(c, off));
}

/* One tag, by its kind already in p->ethertype; also refused if it is cut. */
static __always_inline __u32 tag_parse(struct cursor *c, struct packet *p,
				       __u32 ids)
{
	if (!cursor_reaches(c, TAG_LEN))
		refuse(VLAN_REFUSED);
	ids = vlan_take(ids, bpf_ntohs(p->ethertype), get_host16(c, 0));
	p->ethertype = cursor_get16(c, 2);
	cursor_skip(c, TAG_LEN);
	return ids;
}

/*
 * Ethernet with the tags that vlan.h allows; a further tag is left as an
 * unknown EtherType.
 */
static __always_inline enum reason ethernet_parse(struct cursor *c,
						  struct packet *p)
{
	__u32 ids = 0;
	int i;

	if (!cursor_reaches(c, ETH_LEN))
		refuse(REASON_NOT_OURS);
	p->source = cursor_get64(c, 4) >> 16;
	p->ethertype = cursor_get16(c, 12);
	cursor_skip(c, ETH_LEN);
#pragma unroll
	for (i = 0; i < VLAN_TAGS; i++) {
		if (!vlan_is_tag(bpf_ntohs(p->ethertype)))
			break;
		ids = tag_parse(c, p, ids);
		if (ids == VLAN_REFUSED)
			refuse(REASON_NOT_OURS);
	}
	p->vlan = VLAN_OUTER(ids);
	p->inner_vlan = VLAN_INNER(ids);
	return 0;
}

/* PPPoE session header; what lies beyond LENGTH is Ethernet padding. */
static __always_inline enum reason pppoe_parse(struct cursor *c,
					       struct packet *p)
{
	__u16 length;

	if (!cursor_has(c, PPPOE_LEN))
		refuse(REASON_MALFORMED);
	if (cursor_get8(c, 0) != PPPOE_V1T1)
		refuse(REASON_BAD_VERSION);
	if (cursor_get8(c, 1))
		refuse(REASON_PPPOE_CODE);
	p->session = get_host16(c, 2);
	length = get_host16(c, 4);
	cursor_skip(c, PPPOE_LEN);
	return cursor_limit(c, length) ? 0 : REASON_MALFORMED;
}

/*
 * An IP header of `header` octets without options or extensions, and UDP,
 * whose lengths must nest; total is the IP header's length field.
 */
static __always_inline enum reason udp_parse(struct cursor *c, struct packet *p,
					     __u32 header, __u32 total)
{
	__u16 length;

	if (!cursor_limit(c, total) || !cursor_has(c, header + UDP_LEN))
		refuse(REASON_MALFORMED);
	length = get_host16(c, header + 4);
	p->udp_sum = cursor_get16(c, header + 6);
	cursor_skip(c, header);
	if (length < UDP_LEN || !cursor_limit(c, length))
		refuse(REASON_MALFORMED);
	cursor_skip(c, UDP_LEN);
	return 0;
}

/* A header that has more than ids. */
static __always_inline enum reason l2tp_parse_more(struct cursor *c,
						   struct packet *p)
{
	__u16 flags = get_host16(c, 0), length;

	if ((flags & L2TP_VERSION) != L2TP_V2)
		refuse(REASON_BAD_VERSION);
	if (flags & L2TP_T) {
		if (cursor_has(c, L2TP_LEN_LEN)) { /* for who watches */
			p->tunnel = get_host16(c, 4);
			p->slot = get_host16(c, 6);
		}
		refuse(REASON_L2TP_CONTROL);
	}
	if (flags & L2TP_L) {
		length = get_host16(c, 2);
		if (!cursor_limit(c, length) || !cursor_has(c, L2TP_LEN_LEN))
			refuse(REASON_MALFORMED);
		cursor_skip(c, 2);
	}
	p->tunnel = get_host16(c, 2);
	p->session = get_host16(c, 4);
	cursor_skip(c, L2TP_MIN_LEN);
	if (flags & L2TP_S) {
		if (!cursor_has(c, 4))
			refuse(REASON_MALFORMED);
		p->ns = HAS_NS | get_host16(c, 0);
		cursor_skip(c, 4);
	}
	if (!(flags & L2TP_O))
		return 0;
	if (!cursor_has(c, 2))
		refuse(REASON_MALFORMED);
	p->pad = get_host16(c, 0);
	cursor_skip(c, 2);
	return p->pad > c->left ? REASON_MALFORMED : 0;
}

/* RFC 2661 section 3.1, in the order of fields; the pad is not skipped yet. */
static __always_inline enum reason l2tp_parse(struct cursor *c,
					      struct packet *p)
{
	if (!cursor_has(c, L2TP_MIN_LEN))
		refuse(REASON_MALFORMED);
	if (cursor_get16(c, 0) != bpf_htons(L2TP_V2))
		return l2tp_parse_more(c, p);
	p->tunnel = get_host16(c, 2);
	p->session = get_host16(c, 4);
	cursor_skip(c, L2TP_MIN_LEN);
	return 0;
}

/*
 * Optional FF 03, then one octet of protocol if it is odd, else two.  FF
 * never begins a protocol, so FF without 03 is no PPP frame.
 */
static __always_inline enum reason ppp_parse(struct cursor *c, struct packet *p)
{
	__u32 begin, skip = 2;

	/* nearly always: FF 03 or not, and a protocol of two octets */
	if (cursor_has(c, 4)) {
		begin = bpf_ntohl(cursor_get32(c, 0));
		if (begin >> 16 == HDLC) {
			begin <<= 16;
			skip = 4;
		}
		if (likely(!(begin & 0x01000000))) {
			p->protocol = begin >> 16;
			cursor_skip(c, skip);
			p->info = c->left;
			return 0;
		}
	}
	if (!cursor_has(c, 1))
		refuse(REASON_MALFORMED);
	if (cursor_get8(c, 0) == HDLC_ADDRESS) {
		if (!cursor_has(c, 3) || cursor_get8(c, 1) != HDLC_CONTROL)
			refuse(REASON_MALFORMED);
		cursor_skip(c, 2);
	}
	p->protocol = cursor_get8(c, 0);
	if (p->protocol == HDLC_ADDRESS)
		refuse(REASON_MALFORMED);
	if (p->protocol & 1) {
		cursor_skip(c, 1);
	} else {
		if (!cursor_has(c, 2))
			refuse(REASON_MALFORMED);
		p->protocol = get_host16(c, 0);
		cursor_skip(c, 2);
	}
	p->info = c->left;
	return 0;
}

#endif
