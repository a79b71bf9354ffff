/* SPDX-License-Identifier: GPL-2.0-only */
/* Building pcapng blocks; see pcapng.h. */
#include "proto/pcapng.h"

#include <errno.h>
#include <string.h>

/* Codes of options, by the kind of block they are in. */
enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_TIME_UNIT = 9, /* negative power of ten */
	PACKET_FLAGS = 2,
	STATISTICS_WANTED = 6, /* isb_filteraccept */
	STATISTICS_LOST = 7,   /* isb_osdrop */
	STATISTICS_KEPT = 8,   /* isb_usrdeliv */
};

enum {
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	VERSION_MAJOR = 1,
	LINK_ETHERNET = 1,
	NANOSECONDS = 9,
	FLAG_RECEIVED = 1,
	FLAG_SENT = 2,
};

static void pad(struct builder *b, size_t len)
{
	build_zeros(b, -len & 3);
}

/* Begins a block, whose length is filled in by block_end(). */
static size_t block_begin(struct builder *b, uint32_t type)
{
	size_t at = b->len;

	build_u32(b, type);
	build_u32(b, 0);
	return at;
}

/* No block is longer than 65,535 octets, so the lower half is its length. */
static void block_end(struct builder *b, size_t at)
{
	size_t total;

	build_u16(b, OPTION_END);
	build_u16(b, 0);
	total = b->len - at + 4;
	build_u32(b, (uint32_t)total);
	if (!b->full)
		build_patch_u16(b, at + 6, (uint16_t)total);
}

static void option(struct builder *b, uint16_t code, struct view value)
{
	build_u16(b, code);
	build_u16(b, (uint16_t)value.len);
	build_view(b, value);
	pad(b, value.len);
}

static void option_text(struct builder *b, uint16_t code, const char *text)
{
	option(b, code, view_of(text, strnlen(text, PCAPNG_TEXT_MAX)));
}

static void option_u64(struct builder *b, uint16_t code, uint64_t value)
{
	build_u16(b, code);
	build_u16(b, 8);
	build_u64(b, value);
}

void pcapng_section(struct builder *b, const char *application)
{
	size_t at = block_begin(b, PCAPNG_SECTION);

	build_u32(b, BYTE_ORDER_MAGIC);
	build_u16(b, VERSION_MAJOR);
	build_u16(b, 0);
	build_u64(b, UINT64_MAX); /* length of the section: not told */
	option_text(b, SECTION_APPLICATION, application);
	block_end(b, at);
}

void pcapng_interface(struct builder *b, const char *name, uint32_t snap)
{
	static const uint8_t unit[] = {NANOSECONDS};
	size_t at = block_begin(b, PCAPNG_INTERFACE);

	build_u16(b, LINK_ETHERNET);
	build_u16(b, 0);
	build_u32(b, snap);
	option_text(b, INTERFACE_NAME, name);
	option(b, INTERFACE_TIME_UNIT, VIEW(unit));
	block_end(b, at);
}

void pcapng_packet(struct builder *b, const struct pcapng_packet *packet)
{
	size_t at = block_begin(b, PCAPNG_PACKET);

	build_u32(b, packet->interface);
	build_u64(b, packet->time);
	build_u32(b, (uint32_t)packet->octets.len);
	build_u32(b, packet->length);
	build_view(b, packet->octets);
	pad(b, packet->octets.len);
	build_u16(b, PACKET_FLAGS);
	build_u16(b, 4);
	build_u32(b, packet->sent ? FLAG_SENT : FLAG_RECEIVED);
	option_text(b, OPTION_COMMENT, packet->comment);
	block_end(b, at);
}

void pcapng_statistics(struct builder *b, uint64_t time,
		       const struct pcapng_counts *counts)
{
	size_t at = block_begin(b, PCAPNG_STATISTICS);

	build_u32(b, 0);
	build_u64(b, time);
	option_u64(b, STATISTICS_WANTED, counts->wanted);
	option_u64(b, STATISTICS_LOST, counts->lost);
	option_u64(b, STATISTICS_KEPT, counts->kept);
	block_end(b, at);
}

int pcapng_read_statistics(struct view block, struct pcapng_counts *counts)
{
	struct reader r = reader_of_view(block);
	struct pcapng_counts found = {0};
	uint16_t code, len;
	uint64_t value;
	uint32_t type;

	if (read_u32(&r, &type) || type != PCAPNG_STATISTICS ||
	    read_skip(&r, 16))
		return -EBADMSG;
	while (!read_u16(&r, &code) && !read_u16(&r, &len) &&
	       code != OPTION_END) {
		if (len != 8 || read_u64(&r, &value))
			return -EBADMSG;
		if (code == STATISTICS_WANTED)
			found.wanted = value;
		else if (code == STATISTICS_LOST)
			found.lost = value;
		else if (code == STATISTICS_KEPT)
			found.kept = value;
	}
	*counts = found;
	return 0;
}
