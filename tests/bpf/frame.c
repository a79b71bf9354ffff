/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for tests; see frame.h. */
#include <assert.h>
#include <string.h>
#include "frame.h"

void frame_body(struct frame *f, size_t n, __u32 seed)
{
	size_t i;

	assert(n <= FRAME_ROOM - FRAME_FRONT);
	f->at = FRAME_FRONT;
	f->end = FRAME_FRONT + n;
	for (i = 0; i < n; i++)
		f->room[f->at + i] = (__u8)(seed * 31 + i * 7 + (i >> 8));
}

void frame_append(struct frame *f, const void *from, size_t n)
{
	assert(n <= FRAME_ROOM - f->end);
	memcpy(f->room + f->end, from, n);
	f->end += n;
}

size_t frame_len(const struct frame *f)
{
	return f->end - f->at;
}

__u8 *frame_data(struct frame *f)
{
	return f->room + f->at;
}

__u8 *frame_at(struct frame *f, size_t off)
{
	assert(off < frame_len(f));
	return f->room + f->at + off;
}

void frame_cut(struct frame *f, size_t len)
{
	assert(len <= frame_len(f));
	f->end = f->at + len;
}

void push_octets(struct frame *f, const void *from, size_t n)
{
	assert(n <= f->at);
	f->at -= n;
	memcpy(f->room + f->at, from, n);
}

void push8(struct frame *f, __u8 v)
{
	push_octets(f, &v, 1);
}

void push16(struct frame *f, __u16 v)
{
	push8(f, v & 0xff);
	push8(f, v >> 8);
}

void push32(struct frame *f, __u32 v)
{
	push16(f, v & 0xffff);
	push16(f, v >> 16);
}

void frame_ip4_sum(__u8 *header)
{
	size_t i, n = (header[0] & 15) * 4;
	__u32 sum = 0;

	header[10] = header[11] = 0;
	for (i = 0; i < n; i += 2)
		sum += header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	header[10] = sum >> 8 & 0xff;
	header[11] = sum & 0xff;
}

void frame_udp_sum(__u8 *ip)
{
	bool ip4 = ip[0] >> 4 == 4;
	__u8 *udp = ip + (ip4 ? 20 : 40), *address = ip + (ip4 ? 12 : 8);
	size_t i, n = (size_t)udp[4] << 8 | udp[5];
	__u32 sum = 17 + (__u32)n;

	udp[6] = udp[7] = 0;
	for (i = 0; address + i < udp; i++)
		sum += i & 1 ? address[i] : (__u32)address[i] << 8;
	for (i = 0; i < n; i++)
		sum += i & 1 ? udp[i] : (__u32)udp[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = sum == 0xffff ? sum : ~sum & 0xffff;
	udp[6] = (__u8)(sum >> 8);
	udp[7] = (__u8)sum;
}

void push_ip4(struct frame *f, const struct ip4_header *ip)
{
	size_t total = frame_len(f) + 20;

	push32(f, ip->dst);
	push32(f, ip->src);
	push16(f, 0);
	push8(f, ip->protocol);
	push8(f, ip->ttl);
	push16(f, ip->df ? 0x4000 : 0);
	push16(f, ip->id);
	push16(f, (__u16)total);
	push8(f, ip->tos);
	push8(f, 0x45);
	frame_ip4_sum(frame_data(f));
}

void push_ip6(struct frame *f, const struct ip6_header *ip)
{
	size_t payload = frame_len(f);

	push_octets(f, ip->dst, 16);
	push_octets(f, ip->src, 16);
	push8(f, ip->ttl);
	push8(f, ip->next);
	push16(f, (__u16)payload);
	push32(f, 0x60000000 | (__u32)ip->tos << 20 | ip->flow);
}

void push_udp(struct frame *f, __u16 sport, __u16 dport, __u16 sum)
{
	size_t length = frame_len(f) + 8;

	push16(f, sum);
	push16(f, (__u16)length);
	push16(f, dport);
	push16(f, sport);
}

/* Nr and the pad hold what a receiver must not look at. */
void push_l2tp(struct frame *f, __u16 flags, __u16 tunnel, __u16 session,
	       __u16 pad)
{
	__u16 i;

	if (flags & L2TP_FLAG_O) {
		for (i = 0; i < pad; i++)
			push8(f, 0xc0 + (i & 31));
		push16(f, pad);
	}
	if (flags & L2TP_FLAG_S)
		push32(f, (__u32)L2TP_NS << 16 | 0x1701);
	push16(f, session);
	push16(f, tunnel);
	if (flags & L2TP_FLAG_L)
		push16(f, (__u16)(frame_len(f) + 4));
	push16(f, flags | 2);
}

void push_ppp(struct frame *f, __u16 protocol, enum ppp_form form)
{
	if (form == PPP_SHORT || form == PPP_HDLC_SHORT)
		push8(f, (__u8)protocol);
	else
		push16(f, protocol);
	if (form == PPP_HDLC || form == PPP_HDLC_SHORT)
		push16(f, 0xff03);
}

void push_pppoe(struct frame *f, __u16 session)
{
	__u16 length = (__u16)frame_len(f);

	push16(f, length);
	push16(f, session);
	push16(f, 0x1100);
}

void push_tag(struct frame *f, __u16 tci, __u16 inner_type)
{
	push16(f, inner_type);
	push16(f, tci);
}

void push_ethernet(struct frame *f, const __u8 *dst, const __u8 *src,
		   __u16 type)
{
	push16(f, type);
	push_octets(f, src, 6);
	push_octets(f, dst, 6);
}
