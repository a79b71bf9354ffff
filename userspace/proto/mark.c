/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic classes; see mark.h. */
#include "proto/mark.h"

#include "proto/ip4.h"

enum {
	HEADER_MIN = 20,
	IP4_SUM_AT = 10,
	IP6_CLASS_SHIFT = 4, /* of the first 16 bits */
	IP6_CLASS = 0x0ff0,
};

bool mark_fits(struct view packet)
{
	struct reader r = reader_of_view(packet);
	uint8_t first;

	return packet.len >= HEADER_MIN && !read_u8(&r, &first) &&
	       (first >> 4 == 4 || first >> 4 == 6);
}

uint8_t mark_read(struct view packet)
{
	struct reader r = reader_of_view(packet);
	uint16_t first;

	if (read_u16(&r, &first))
		return 0;
	return (uint8_t)(first >> 12 == 4 ? first : first >> IP6_CLASS_SHIFT);
}

/* The word of version and class. */
static void write4(struct builder *packet, uint16_t old, uint8_t class)
{
	struct reader r = reader_of_view(builder_view(packet));
	uint16_t new = (uint16_t)((old & 0xff00) | class), sum;

	if (read_skip(&r, IP4_SUM_AT) || read_u16(&r, &sum))
		return;
	build_patch_u16(packet, 0, new);
	build_patch_u16(packet, IP4_SUM_AT, ip_sum_change(sum, old, new));
}

void mark_write(struct builder *packet, uint8_t class)
{
	struct reader r = reader_of_view(builder_view(packet));
	uint16_t first;

	if (!mark_fits(builder_view(packet)) || read_u16(&r, &first) ||
	    mark_read(builder_view(packet)) == class)
		return;
	if (first >> 12 == 4)
		write4(packet, first, class);
	else
		build_patch_u16(packet, 0,
				(uint16_t)((first & ~IP6_CLASS) |
					   class << IP6_CLASS_SHIFT));
}

int mark_ecn_leave(uint8_t inner, uint8_t outer)
{
	inner &= MARK_ECN;
	outer &= MARK_ECN;
	if (outer == MARK_CE)
		return inner ? MARK_CE : -1;
	if (outer == MARK_ECT1 && inner == 2)
		return MARK_ECT1;
	return inner;
}
