/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng) of Ethernet frames, in
 * network byte order, times in nanoseconds since 1970.  Each function builds
 * one block; a file is a section, its interfaces, then packets.
 */
#ifndef PROTO_PCAPNG_H
#define PROTO_PCAPNG_H

#include "base/buf.h"

enum pcapng_type {
	PCAPNG_SECTION = 0x0a0d0d0a,
	PCAPNG_INTERFACE = 1,
	PCAPNG_STATISTICS = 5,
	PCAPNG_PACKET = 6,
};

enum {
	PCAPNG_TEXT_MAX = 256, /* octets of a name or comment; the rest is cut */
	/* more than any block needs beside the octets of a packet */
	PCAPNG_BLOCK_MORE = PCAPNG_TEXT_MAX + 128,
};

struct pcapng_packet {
	uint32_t interface; /* its place among those built, from 0 */
	uint64_t time;
	uint32_t length; /* of the whole frame, of which `octets` are here */
	struct view octets;
	bool sent; /* else received */
	const char *comment;
};

/* What became of the packets that were wanted. */
struct pcapng_counts {
	uint64_t wanted; /* passed the filter */
	uint64_t lost;	 /* and found no room on their way */
	uint64_t kept;	 /* and are in the file */
};

void pcapng_section(struct builder *b, const char *application);
void pcapng_interface(struct builder *b, const char *name, uint32_t snap);
void pcapng_packet(struct builder *b, const struct pcapng_packet *packet);
void pcapng_statistics(struct builder *b, uint64_t time,
		       const struct pcapng_counts *counts);
/* The counts of a statistics block, given whole; -EBADMSG. */
int pcapng_read_statistics(struct view block, struct pcapng_counts *counts);

#endif
