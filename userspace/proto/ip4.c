/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv4 packets that do not fit; see ip4.h. */
#include "proto/ip4.h"

#include <arpa/inet.h>
#include <errno.h>

#include "martian.h"

enum {
	FLAGS_AT = 6, /* flags and fragment offset, in the header */
	LENGTH_AT = 2,
	SUM_AT = 10,
	DONT_FRAGMENT = 0x4000,
	MORE_FRAGMENTS = 0x2000,
	OFFSET_MASK = 0x1fff, /* in 8 octets */

	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_COPIED = 0x80, /* into all fragments */

	ICMP_UNREACHABLE = 3,
	ICMP_FRAGMENTATION_NEEDED = 4,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
	ICMP_HEADER = 8,
	ERROR_TTL = 64,
	ERROR_TOS = 0xc0, /* RFC 1812 4.3.2.5: precedence 6 */
};

uint16_t ip_sum_change(uint16_t sum, uint16_t old, uint16_t new)
{
	/* ~(~sum + ~old + new) */
	uint32_t more = (uint16_t)~sum + (uint32_t)(uint16_t)~old + new;

	more = (more & 0xffff) + (more >> 16);
	more = (more & 0xffff) + (more >> 16);
	return (uint16_t)~more;
}

static uint16_t sum_of(struct view v)
{
	struct reader r = reader_of_view(v);
	uint32_t sum = 0;
	uint16_t word;
	uint8_t last;

	while (!read_u16(&r, &word))
		sum += word;
	if (!read_u8(&r, &last))
		sum += (uint32_t)last << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

int ip4_read(struct view packet, struct ip4 *out)
{
	struct reader r = reader_of_view(packet);
	struct ip4 ip = {0};
	uint16_t total, flags;
	uint8_t first;
	size_t header;

	if (read_u8(&r, &first) || read_skip(&r, 1) || read_u16(&r, &total) ||
	    read_u16(&r, &ip.id) || read_u16(&r, &flags) || read_skip(&r, 1) ||
	    read_u8(&r, &ip.protocol) || read_skip(&r, 2) ||
	    read_bytes(&r, &ip.source, sizeof(ip.source)) ||
	    read_bytes(&r, &ip.destination, sizeof(ip.destination)))
		return -EBADMSG;
	header = (first & 15) * 4u;
	if (first >> 4 != 4 || header < IP4_HEADER_MIN || total < header ||
	    total > packet.len)
		return -EBADMSG;
	r = reader_of_view(packet);
	read_view(&r, header, &ip.header);
	read_view(&r, total - header, &ip.payload);
	ip.dont_fragment = flags & DONT_FRAGMENT;
	ip.more = flags & MORE_FRAGMENTS;
	ip.offset = (uint16_t)((flags & OFFSET_MASK) * 8);
	*out = ip;
	return 0;
}

/* ---- fragments ----------------------------------------------------------- */

/*
 * Options without the copied flag are only for the first fragment.  Nonsense
 * is passed on as it is.
 */
static void options_blank(struct builder *b, struct view header)
{
	struct reader r = reader_of_view(header);
	uint8_t type, len;

	read_skip(&r, IP4_HEADER_MIN);
	while (!read_u8(&r, &type) && type != OPTION_END) {
		size_t at = header.len - r.left - 1;

		if (type == OPTION_NOP)
			continue;
		if (read_u8(&r, &len) || len < 2 || read_skip(&r, len - 2u))
			return;
		for (size_t i = 0; !(type & OPTION_COPIED) && i < len; i++)
			build_patch_u8(b, at + i, OPTION_NOP);
	}
}

static void piece_header(struct ip4_piece *piece, const struct ip4 *packet,
			 size_t at, bool more)
{
	struct builder b = builder_on(piece->header, sizeof(piece->header));
	size_t offset = packet->offset + at;

	build_view(&b, packet->header);
	if (at)
		options_blank(&b, packet->header);
	build_patch_u16(&b, LENGTH_AT, (uint16_t)(b.len + piece->payload.len));
	build_patch_u16(&b, FLAGS_AT,
			(uint16_t)((more ? MORE_FRAGMENTS : 0) | offset / 8));
	build_patch_u16(&b, SUM_AT, 0);
	build_patch_u16(&b, SUM_AT, sum_of(builder_view(&b)));
	piece->header_len = b.len;
}

bool ip4_fragment(const struct ip4 *packet, uint16_t mtu, size_t *at,
		  struct ip4_piece *piece)
{
	size_t left = packet->payload.len - *at, room;
	struct reader r = reader_of_view(packet->payload);
	bool last;

	if (!left || mtu < packet->header.len + 8)
		return false;
	room = mtu - packet->header.len;
	last = left <= room;
	if (!last)
		left = room & ~(size_t)7;
	if (read_skip(&r, *at) || read_view(&r, left, &piece->payload))
		return false;
	piece_header(piece, packet, *at, !last || packet->more);
	*at += left;
	return true;
}

/* ---- ICMP ---------------------------------------------------------------- */

static bool icmp_is_error(const struct ip4 *packet)
{
	struct reader r = reader_of_view(packet->payload);
	uint8_t type;

	if (packet->protocol != IP4_PROTOCOL_ICMP)
		return false;
	if (read_u8(&r, &type))
		return true;
	return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETER_PROBLEM;
}

bool ip4_may_refuse(const struct ip4 *packet)
{
	uint32_t from = ntohl(packet->source.s_addr);
	uint32_t to = ntohl(packet->destination.s_addr);

	return !martian4_source(from) && !martian4_destination(to) &&
	       !packet->offset && !icmp_is_error(packet);
}

static void error_header(struct builder *b, struct in_addr from,
			 struct in_addr to, size_t payload)
{
	build_u8(b, 0x45);
	build_u8(b, ERROR_TOS);
	build_u16(b, (uint16_t)(IP4_HEADER_MIN + payload));
	build_u32(b, 0); /* id, no fragments */
	build_u8(b, ERROR_TTL);
	build_u8(b, IP4_PROTOCOL_ICMP);
	build_u16(b, 0);
	build_bytes(b, &from, sizeof(from));
	build_bytes(b, &to, sizeof(to));
	build_patch_u16(b, SUM_AT, sum_of(builder_view(b)));
}

void ip4_refuse(struct builder *b, struct in_addr from,
		const struct ip4 *packet, uint16_t mtu)
{
	size_t quote = packet->header.len + packet->payload.len;
	size_t most = ICMP_ERROR_MAX - IP4_HEADER_MIN - ICMP_HEADER;
	struct reader r;

	if (quote > most)
		quote = most;
	error_header(b, from, packet->source, ICMP_HEADER + quote);
	build_u8(b, ICMP_UNREACHABLE);
	build_u8(b, ICMP_FRAGMENTATION_NEEDED);
	build_u32(b, 0); /* checksum, unused */
	build_u16(b, mtu);
	build_bytes(b, packet->header.data, quote);
	if (b->full)
		return;
	r = reader_of_view(builder_view(b));
	read_skip(&r, IP4_HEADER_MIN);
	build_patch_u16(b, IP4_HEADER_MIN + 2, sum_of(read_rest(&r)));
}
