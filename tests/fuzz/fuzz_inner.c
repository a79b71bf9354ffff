/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subscriber's packet on the slow path: changed in its place, which ASan
 * guards, and the same when it is changed again; pieces of it fit.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/ip4.h"
#include "proto/mark.h"
#include "proto/mss.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void change(struct builder *packet, uint8_t class, uint16_t limit)
{
	bool fits = mark_fits(builder_view(packet));

	mss_clamp(packet, limit);
	if (mss_clamp(packet, limit))
		abort();
	mark_write(packet, class);
	if (packet->full || (fits && mark_read(builder_view(packet)) != class))
		abort();
}

static void cut(struct view packet, uint16_t mtu)
{
	struct ip4_piece piece;
	struct ip4 ip;
	size_t at = 0;

	if (ip4_read(packet, &ip))
		return;
	while (ip4_fragment(&ip, mtu, &at, &piece))
		if (piece.header_len + piece.payload.len > mtu)
			abort();
	ip4_may_refuse(&ip);
}

/* Three octets that say what is done, and the packet. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(data, size);
	struct builder packet;
	uint8_t class, *room;
	uint16_t limit;
	struct view rest;

	if (read_u8(&r, &class) || read_u16(&r, &limit))
		return 0;
	rest = read_rest(&r);
	room = malloc(rest.len);
	if (rest.len && room)
		memcpy(room, rest.data, rest.len);
	packet = (struct builder){room, rest.len, rest.len, false};
	change(&packet, class, limit);
	cut(builder_view(&packet), limit);
	free(room);
	return 0;
}
