/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that somebody wants to see: the wish in `watch`, and the ring through
 * which they come.  A wish is taken up by all ports at once, through a flag
 * that the program looks at anyway.
 */
#include "world/dataplane.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "world/dataplane_maps.h"

/* Who gets what comes out of the ring. */
struct watch_reading {
	void (*seen)(void *ctx, const struct watch_record *record,
		     const uint8_t *octets);
	void *ctx;
	unsigned int left;
};

static void ports_watch(struct dataplane *dp, bool on)
{
	dp->watching = on;
	for (uint32_t i = 0; i < PORT_SLOTS; i++) {
		uint32_t flags = word_read(&dp->ports[i].flags);
		uint32_t next = flags & ~(uint32_t)PORT_WATCHED;

		if (on && flags & PORT_ATTACHED)
			next |= PORT_WATCHED;
		if (next != flags)
			word_publish(&dp->ports[i].flags, next);
	}
}

void dataplane_watch_set(struct dataplane *dp,
			 const struct dataplane_watch *wish)
{
	struct watch *watch = dp->watch;

	/* a limit of 0 or a changed filter is never seen with the old rest */
	word_publish(&watch->on, 0);
	word_publish(&watch->by, wish->by);
	word_publish(&watch->value, wish->value);
	word_publish(&watch->drops, wish->drops);
	word_publish(&watch->on, wish->on);
	if (dp->watching != !!wish->on)
		ports_watch(dp, wish->on);
}

void dataplane_watch_start(struct dataplane *dp,
			   const struct dataplane_watch *wish)
{
	word_publish(&dp->watch->on, 0);
	word_publish(&dp->watch->lost, 0);
	word_publish(&dp->watch->generation, dp->watch->generation + 1);
	dataplane_watch_set(dp, wish);
}

void watch_forget(struct dataplane *dp)
{
	static const struct dataplane_watch nothing = {.on = 0};

	dp->watching = true; /* an engine before us may have left it so */
	dataplane_watch_start(dp, &nothing);
}

void watch_close(struct dataplane *dp)
{
	ring_buffer__free(dp->ring);
}

uint32_t dataplane_watch_lost(const struct dataplane *dp)
{
	return word_read(&dp->watch->lost);
}

/* 0 goes on, anything negative ends the reading behind this record. */
static int on_record(void *ctx, void *data, size_t size)
{
	struct dataplane *dp = ctx;
	struct watch_reading *reading = dp->reading;
	struct watch_record record;

	if (size < sizeof(record))
		return 0;
	memcpy(&record, data, sizeof(record));
	if (record.generation == dp->watch->generation &&
	    record.captured <= size - sizeof(record))
		reading->seen(reading->ctx, &record,
			      (const uint8_t *)data + sizeof(record));
	return --reading->left ? 0 : -ENOBUFS;
}

int dataplane_watch_open(struct dataplane *dp, int *fd)
{
	dp->ring = ring_buffer__new(dp->fds.events, on_record, dp, NULL);
	if (!dp->ring)
		return -errno;
	*fd = dp->fds.events;
	return 0;
}

void dataplane_watch_read(struct dataplane *dp, unsigned int max,
			  void (*seen)(void *ctx, const struct watch_record *record,
				       const uint8_t *octets),
			  void *ctx)
{
	struct watch_reading reading = {seen, ctx, max};

	if (!dp->ring || !max)
		return;
	dp->reading = &reading;
	ring_buffer__consume(dp->ring);
	dp->reading = NULL;
}
