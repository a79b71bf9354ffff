/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSS option of TCP; see mss.h. */
#include "proto/mss.h"

#include "proto/ip4.h"

enum {
	IP4_LEN = 20,
	IP6_LEN = 40,
	IP4_OFFSET = 0x1fff, /* a fragment that is not the first */
	PROTOCOL_TCP = 6,
	TCP_LEN = 20,
	TCP_OFFSET_AT = 12,
	TCP_SUM_AT = 16,
	TCP_SYN = 0x02,
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	MSS_LEN = 4,
};

/* Octets in front of TCP; 0: it is none, or a later fragment of it. */
static size_t tcp_find(struct view packet)
{
	struct reader r = reader_of_view(packet);
	uint8_t first, protocol;
	uint16_t fragment;

	if (read_u8(&r, &first) || read_skip(&r, 5))
		return 0;
	if (first >> 4 == 6)
		return !read_u8(&r, &protocol) && protocol == PROTOCOL_TCP
			       ? IP6_LEN
			       : 0;
	if (first >> 4 != 4 || read_u16(&r, &fragment) || read_skip(&r, 1) ||
	    read_u8(&r, &protocol))
		return 0;
	return protocol == PROTOCOL_TCP && !(fragment & IP4_OFFSET)
		       ? (first & 15) * 4u
		       : 0;
}

/* The whole header of a SYN, `at` octets behind the packet's start. */
static bool syn_read(struct view packet, size_t at, struct view *header)
{
	struct reader r = reader_of_view(packet);
	struct reader whole;
	uint8_t words, flags;

	if (read_skip(&r, at))
		return false;
	whole = r;
	return !read_skip(&r, TCP_OFFSET_AT) && !read_u8(&r, &words) &&
	       !read_u8(&r, &flags) && flags & TCP_SYN &&
	       !read_view(&whole, (words >> 4) * 4u, header);
}

/* Where in the TCP header the option is; 0 if there is none. */
static size_t option_find(struct view header)
{
	struct reader r = reader_of_view(header);
	uint8_t kind, length;

	if (read_skip(&r, TCP_LEN))
		return 0;
	while (r.left >= MSS_LEN) {
		size_t at = header.len - r.left;

		read_u8(&r, &kind);
		if (kind == OPTION_MSS)
			return at;
		if (kind == OPTION_END)
			return 0;
		if (kind != OPTION_NOP && (read_u8(&r, &length) || length < 2 ||
					   read_skip(&r, length - 2u)))
			return 0;
	}
	return 0;
}

static uint16_t swapped(uint16_t word)
{
	return (uint16_t)(word << 8 | word >> 8);
}

/* The option `at` octets behind the header's start, which is `tcp`. */
static bool option_lower(struct builder *packet, size_t tcp, size_t at,
			 uint16_t most)
{
	struct reader head = reader_of_view(builder_view(packet));
	struct reader option;
	uint8_t length;
	uint16_t sum, old, new = most;

	if (read_skip(&head, tcp))
		return false;
	option = head;
	if (read_skip(&head, TCP_SUM_AT) || read_u16(&head, &sum) ||
	    read_skip(&option, at + 1) || read_u8(&option, &length) ||
	    read_u16(&option, &old) || length != MSS_LEN || old <= most)
		return false;
	build_patch_u16(packet, tcp + at + 2, most);
	/* at an odd place its octets belong to two words, swapped */
	if (at & 1) {
		old = swapped(old);
		new = swapped(new);
	}
	build_patch_u16(packet, tcp + TCP_SUM_AT, ip_sum_change(sum, old, new));
	return true;
}

/* Of an IP packet, the headers that an MSS is without (RFC 6691). */
static uint16_t fixed_headers(struct view packet)
{
	struct reader r = reader_of_view(packet);
	uint8_t first = 0;

	read_u8(&r, &first);
	return (first >> 4 == 6 ? IP6_LEN : IP4_LEN) + TCP_LEN;
}

bool mss_clamp(struct builder *packet, uint16_t limit)
{
	uint16_t fixed = fixed_headers(builder_view(packet));
	size_t tcp = tcp_find(builder_view(packet)), at;
	struct view header;

	if (tcp < IP4_LEN || limit <= fixed ||
	    !syn_read(builder_view(packet), tcp, &header))
		return false;
	at = option_find(header);
	return at && option_lower(packet, tcp, at, (uint16_t)(limit - fixed));
}
