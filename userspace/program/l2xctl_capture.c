/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying a capture; see l2xctl_capture.h. */
#include "program/l2xctl_capture.h"

#include <errno.h>
#include <string.h>

#include "proto/pcapng.h"

enum {
	BLOCK_MAX = 65536,
	BLOCK_HEAD = 8, /* type and length */
	CAPTURED_AT = 20, /* in a packet's block: how many octets it has */
};

/* One block into room; its type, or -EPIPE at the end. */
static int block_read(FILE *from, uint8_t room[BLOCK_MAX], struct view *block,
		      uint32_t *type)
{
	struct reader r = reader_of(room, BLOCK_HEAD);
	uint32_t len;

	if (fread(room, 1, BLOCK_HEAD, from) != BLOCK_HEAD)
		return -EPIPE;
	read_u32(&r, type);
	read_u32(&r, &len);
	if (len < BLOCK_HEAD + 4 || len > BLOCK_MAX || len % 4)
		return -EBADMSG;
	if (fread(room + BLOCK_HEAD, 1, len - BLOCK_HEAD, from) !=
	    len - BLOCK_HEAD)
		return -EPIPE;
	*block = view_of(room, len);
	return 0;
}

static void packet_count(struct view block, struct capture_sum *sum)
{
	struct reader r = reader_of_view(block);
	uint32_t captured;

	if (read_skip(&r, CAPTURED_AT) || read_u32(&r, &captured))
		return;
	sum->frames++;
	sum->octets += captured;
}

int capture_copy(FILE *from, FILE *to, bool flushed, struct capture_sum *sum)
{
	struct pcapng_counts counts;
	uint8_t room[BLOCK_MAX];
	struct view block;
	bool done = false;
	uint32_t type;
	int err;

	memset(sum, 0, sizeof(*sum));
	while (!(err = block_read(from, room, &block, &type))) {
		if (fwrite(block.data, 1, block.len, to) != block.len ||
		    (flushed && fflush(to)))
			return -errno;
		if (type == PCAPNG_PACKET)
			packet_count(block, sum);
		if (type == PCAPNG_STATISTICS &&
		    !pcapng_read_statistics(block, &counts)) {
			sum->lost = counts.lost;
			done = true;
		}
	}
	return done && err == -EPIPE ? 0 : err;
}
