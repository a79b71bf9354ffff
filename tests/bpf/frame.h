/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for tests, built from the inside out: each push puts a header in
 * front of what is there and takes its length from it.  Knows wire formats
 * from the RFCs and nothing of the program under test.
 */
#ifndef FRAME_H
#define FRAME_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define FRAME_ROOM  16384
#define FRAME_FRONT 2048

struct frame {
	__u8 room[FRAME_ROOM];
	size_t at;  /* first octet */
	size_t end; /* behind the last */
};

/* How a PPP protocol is written. */
enum ppp_form {
	PPP_LONG,  /* two octets: what PPPoE carries */
	PPP_HDLC,  /* FF 03 and two octets: what L2TP normally carries */
	PPP_SHORT, /* one octet (PFC) */
	PPP_HDLC_SHORT,
	PPP_FORMS,
};

#define L2TP_FLAG_L 0x4000
#define L2TP_FLAG_S 0x0800
#define L2TP_FLAG_O 0x0200
#define L2TP_FLAG_P 0x0100
#define L2TP_NS	    0xbeef /* sequence number of what push_l2tp writes */

/* Start with n octets of a pattern that differs by seed. */
void frame_body(struct frame *f, size_t n, __u32 seed);
void frame_append(struct frame *f, const void *from, size_t n);
size_t frame_len(const struct frame *f);
__u8 *frame_data(struct frame *f);
__u8 *frame_at(struct frame *f, size_t off);
void frame_cut(struct frame *f, size_t len);

void push8(struct frame *f, __u8 v);
void push16(struct frame *f, __u16 v); /* host order in, wire order out */
void push32(struct frame *f, __u32 v);
void push_octets(struct frame *f, const void *from, size_t n);

struct ip4_header {
	__u32 src, dst; /* host order */
	__u16 id;
	__u8 tos, ttl, protocol;
	bool df;
};

struct ip6_header {
	__u8 src[16], dst[16];
	__u8 tos, ttl, next;
	__u32 flow; /* label, 20 bits */
};

void push_ip4(struct frame *f, const struct ip4_header *ip);
void push_ip6(struct frame *f, const struct ip6_header *ip);
void push_udp(struct frame *f, __u16 sport, __u16 dport, __u16 sum);
void push_l2tp(struct frame *f, __u16 flags, __u16 tunnel, __u16 session,
	       __u16 pad);
void push_ppp(struct frame *f, __u16 protocol, enum ppp_form form);
void push_pppoe(struct frame *f, __u16 session);
void push_tag(struct frame *f, __u16 tci, __u16 inner_type);
void push_ethernet(struct frame *f, const __u8 *dst, const __u8 *src,
		   __u16 type);

/* Write the IPv4 header checksum anew after a header was changed by hand. */
void frame_ip4_sum(__u8 *header);

/*
 * Write the UDP checksum of the datagram behind the IP header at `ip` (IPv4
 * without options, IPv6 without extensions; RFC 768, RFC 8200 section 8.1).
 */
void frame_udp_sum(__u8 *ip);

#endif
