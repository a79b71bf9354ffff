/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames around datagrams; see udp_frame.h. */
#include "proto/udp_frame.h"

enum {
	TYPE_IP4 = 0x0800,
	TYPE_IP6 = 0x86DD,
	TYPE_VLAN = 0x8100,
	IP4_HEADER = 20,
	IP4_SUM_AT = 10,
	UDP_HEADER = 8,
	UDP_PROTOCOL = 17,
};

/* RFC 1071, not folded yet; an odd last octet is the upper half of a word. */
static uint32_t words_add(uint32_t sum, struct view v)
{
	struct reader r = reader_of_view(v);
	uint16_t word;
	uint8_t last;

	while (!read_u16(&r, &word)) {
		sum += word;
		sum = (sum & 0xFFFF) + (sum >> 16);
	}
	if (!read_u8(&r, &last))
		sum += (uint32_t)last << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)~sum;
}

static struct view address_view(const struct address *address)
{
	return view_of(address->octets, address_size(address));
}

static struct view built_since(const struct builder *b, size_t at)
{
	return view_of(b->data + at, b->len - at);
}

static void ip4_build(struct builder *b, const struct udp_frame *f, size_t len)
{
	size_t at = b->len;

	build_u8(b, 0x45);
	build_u8(b, f->class);
	build_u16(b, (uint16_t)(IP4_HEADER + len));
	build_u32(b, 0); /* id, and nothing of fragments */
	build_u8(b, f->ttl);
	build_u8(b, UDP_PROTOCOL);
	build_u16(b, 0);
	build_view(b, address_view(&f->local));
	build_view(b, address_view(&f->peer));
	if (!b->full)
		build_patch_u16(b, at + IP4_SUM_AT,
				sum_fold(words_add(0, built_since(b, at))));
}

static void ip6_build(struct builder *b, const struct udp_frame *f, size_t len)
{
	build_u32(b, 6u << 28 | (uint32_t)f->class << 20);
	build_u16(b, (uint16_t)len);
	build_u8(b, UDP_PROTOCOL);
	build_u8(b, f->ttl);
	build_view(b, address_view(&f->local));
	build_view(b, address_view(&f->peer));
}

/* Over the pseudo header of either family: 0 is sent as FFFF (RFC 768). */
static uint16_t udp_sum(const struct udp_frame *f, struct view udp)
{
	uint32_t sum = UDP_PROTOCOL + (uint32_t)udp.len;
	uint16_t folded;

	sum = words_add(sum, address_view(&f->local));
	sum = words_add(sum, address_view(&f->peer));
	folded = sum_fold(words_add(sum, udp));
	return folded ? folded : 0xFFFF;
}

void udp_frame_build(struct builder *b, const struct udp_frame *f,
		     struct view datagram)
{
	size_t len = UDP_HEADER + datagram.len;
	bool ip6 = address_size(&f->local) == sizeof(f->local.ip6);
	size_t at;

	build_bytes(b, f->to, sizeof(f->to));
	build_bytes(b, f->from, sizeof(f->from));
	if (f->vlan) {
		build_u16(b, TYPE_VLAN);
		build_u16(b, f->vlan);
	}
	build_u16(b, ip6 ? TYPE_IP6 : TYPE_IP4);
	if (ip6)
		ip6_build(b, f, len);
	else
		ip4_build(b, f, len);
	at = b->len;
	build_u16(b, f->local_port);
	build_u16(b, f->peer_port);
	build_u16(b, (uint16_t)len);
	build_u16(b, 0);
	build_view(b, datagram);
	if (!b->full)
		build_patch_u16(b, at + 6, udp_sum(f, built_since(b, at)));
}
