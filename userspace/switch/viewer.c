/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures and events of dropped packets; see viewer.h. */
#include "switch/viewer.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "proto/pcapng.h"
#include "proto/udp_frame.h"
#include "switch/access.h"
#include "switch/call.h"
#include "switch/destination.h"
#include "switch/viewer_sent.h"

enum {
	BATCH = 64, /* records in a row, so that control does not wait */
	DROPS_A_SECOND = 10, /* events of each reason */
	PORTS_MAX = 512,
	BLOCK_MAX = WATCH_FRAME_MAX + PCAPNG_BLOCK_MORE,
};

/* How far a capture goes: default, and the most that can be asked for. */
struct bound {
	const char *name;
	uint64_t usual, most;
};
static const struct bound bounds[] = {
	{"count", 10000, 100000000},
	{"octets", 64ull << 20, 64ull << 30},
	{"seconds", 60, 86400},
};
enum { COUNT, OCTETS, SECONDS, BOUNDS };

/* In place of a reason of the data plane, which has not seen the frame. */
enum { REASON_OWN = 255 };

struct viewer {
	struct node *node;
	struct ctl *ctl;
	struct alarm changed; /* who listens */
	struct alarm until;   /* end of the capture */

	bool capturing; /* a client asked for it */
	bool begun;	/* and it has */
	bool full;	/* no further frame fits the bounds */
	struct dataplane_watch wish;
	uint64_t left[BOUNDS];
	struct pcapng_counts counts;
	uint64_t sending; /* since when, ns of CLOCK_MONOTONIC */
	uint64_t epoch; /* ns from 1970 to the start of CLOCK_MONOTONIC */
	struct sent_call call; /* if it is one that is captured */
	uint32_t ports[PORTS_MAX]; /* ifindex, by number of the interface */
	unsigned int port_count;
	uint8_t block[BLOCK_MAX];
};

/* ---- names --------------------------------------------------------------- */

static const char *const reason_names[REASON_SLOTS] = {
#define REASON_NAME(number, name, class, text) [number] = #name,
	REASON_TABLE(REASON_NAME)
#undef REASON_NAME
};

static const char *reason_print(uint8_t reason, char *out, size_t cap)
{
	const char *name = reason < REASON_SLOTS ? reason_names[reason] : NULL;
	size_t i;

	snprintf(out, cap, "%s", name ? name : "unknown");
	for (i = 0; out[i]; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
	return out;
}

static const char *port_print(struct node *node, uint32_t ifindex, char *out,
			      size_t cap)
{
	const struct access_port *port = access_port_find(node, ifindex);

	if (port)
		snprintf(out, cap, "%s", port->state.name);
	else if (!ifindex)
		snprintf(out, cap, "unknown");
	else
		snprintf(out, cap, "if%u", ifindex);
	return out;
}

/* ---- what the data plane is told ----------------------------------------- */

static void wish_make(struct viewer *viewer)
{
	viewer->wish.drops = DROPS_A_SECOND;
	viewer->wish.on = viewer->begun ? WATCH_CAPTURE : 0;
	if (ctl_has_drop_listeners(viewer->ctl))
		viewer->wish.on |= WATCH_DROPS;
}

static void wish_tell(struct viewer *viewer)
{
	wish_make(viewer);
	dataplane_watch_set(viewer->node->dataplane, &viewer->wish);
}

/* ---- blocks of a capture ------------------------------------------------- */

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct builder block_begin(struct viewer *viewer)
{
	return builder_on(viewer->block, sizeof(viewer->block));
}

static bool block_send(struct viewer *viewer, const struct builder *b)
{
	return !b->full && ctl_stream(viewer->ctl, b->data, b->len);
}

/* The number of the port's interface, made when it is seen first. */
static int interface_find(struct viewer *viewer, uint32_t ifindex,
			  uint32_t *number)
{
	struct builder b = block_begin(viewer);
	char name[32];

	for (*number = 0; *number < viewer->port_count; ++*number)
		if (viewer->ports[*number] == ifindex)
			return 0;
	if (viewer->port_count == PORTS_MAX)
		return -ENOSPC;
	port_print(viewer->node, ifindex, name, sizeof(name));
	pcapng_interface(&b, name, WATCH_FRAME_MAX);
	if (!block_send(viewer, &b))
		return -ENOBUFS;
	viewer->ports[viewer->port_count++] = ifindex;
	return 0;
}

static void comment_print(const struct watch_record *record, char *out,
			  size_t cap)
{
	char call[32] = "", tunnel[32] = "", reason[64];

	if (record->reason == REASON_OWN)
		snprintf(reason, sizeof(reason), "own");
	else
		reason_print(record->reason, reason, sizeof(reason));
	if (record->call)
		snprintf(call, sizeof(call), ", call %u", record->call);
	if (record->tunnel)
		snprintf(tunnel, sizeof(tunnel), ", tunnel %u", record->tunnel);
	snprintf(out, cap, "reason %s%s%s", reason, call, tunnel);
}

static bool packet_send(struct viewer *viewer,
			const struct watch_record *record,
			const uint8_t *octets)
{
	struct pcapng_packet packet = {
		.time = viewer->epoch + record->time,
		.length = record->length,
		.octets = view_of(octets, record->captured),
		.sent = record->kind == SEEN_SENT,
	};
	char comment[160];
	struct builder b;

	if (interface_find(viewer, record->ifindex, &packet.interface))
		return false;
	comment_print(record, comment, sizeof(comment));
	packet.comment = comment;
	b = block_begin(viewer);
	pcapng_packet(&b, &packet);
	return block_send(viewer, &b);
}

/* ---- a capture's life ---------------------------------------------------- */

static void capture_begin(struct viewer *viewer)
{
	struct builder b = block_begin(viewer);
	struct node *node = viewer->node;
	const struct access_port *port;
	uint32_t number;

	viewer->begun = true;
	viewer->full = false;
	viewer->port_count = 0;
	viewer->counts = (struct pcapng_counts){0};
	viewer->epoch = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	pcapng_section(&b, "l2xd");
	block_send(viewer, &b);
	list_each(port, &node->ports, link)
		if (port->state.state == KEEPER_PORT_ATTACHED)
			interface_find(viewer, port->state.ifindex, &number);
	alarm_set(&node->alarms, &viewer->until,
		  instant_after(node->now, viewer->left[SECONDS] * 1000));
	wish_make(viewer);
	sent_call_look(&viewer->call, node);
	dataplane_watch_start(node->dataplane, &viewer->wish);
}

static void capture_add(struct viewer *viewer,
			const struct watch_record *record,
			const uint8_t *octets)
{
	if (!viewer->begun || viewer->full)
		return;
	if (!viewer->left[COUNT] || record->captured > viewer->left[OCTETS]) {
		viewer->full = true;
		return;
	}
	if (!packet_send(viewer, record, octets)) {
		viewer->counts.lost++;
		return;
	}
	viewer->counts.kept++;
	viewer->left[OCTETS] -= record->captured;
	viewer->full = !--viewer->left[COUNT];
}

static void on_seen(void *ctx, const struct watch_record *record,
		    const uint8_t *octets);

/* ---- what we send ourselves ---------------------------------------------- */

static bool capture_wants(const struct viewer *viewer, const struct sent *sent)
{
	uint32_t value = viewer->wish.value;

	switch (viewer->wish.by) {
	case WATCH_CALL:
		return sent->call == value;
	case WATCH_TUNNEL:
		return sent->tunnel == value;
	case WATCH_PORT:
		return sent->ifindex == value;
	case WATCH_REASON:
		return false; /* it has none */
	default:
		return true;
	}
}

static void capture_sent(struct viewer *viewer, const struct sent *sent,
			 struct view frame)
{
	struct watch_record record = {
		.time = viewer->sending,
		.ifindex = sent->ifindex,
		.call = sent->call,
		.tunnel = sent->tunnel,
		.length = (uint32_t)frame.len,
		.captured = (uint32_t)frame.len,
		.kind = SEEN_SENT,
		.reason = REASON_OWN,
	};

	if (!capture_wants(viewer, sent) || frame.len > WATCH_FRAME_MAX)
		return;
	capture_add(viewer, &record, frame.data);
	if (viewer->full) /* not in the middle of whatever sends */
		viewer_changed(viewer);
}

void viewer_sending(struct viewer *viewer)
{
	if (!viewer || !viewer->begun)
		return;
	viewer->sending = clock_ns(CLOCK_MONOTONIC);
	dataplane_watch_read(viewer->node->dataplane, BATCH, on_seen, viewer);
	if (viewer->full) /* the ring may have nothing more to tell */
		viewer_changed(viewer);
}

void viewer_sent_frame(struct viewer *viewer, uint32_t ifindex,
		       struct view frame)
{
	struct sent sent;

	if (!viewer || !viewer->begun || viewer->full)
		return;
	sent_call_look(&viewer->call, viewer->node);
	sent_frame(&sent, &viewer->call, viewer->node, ifindex, frame);
	capture_sent(viewer, &sent, frame);
}

void viewer_sent_l2tp(struct viewer *viewer, struct address local,
		      struct address peer, uint16_t peer_port,
		      struct view datagram)
{
	uint8_t room[UDP_FRAME_HEAD_MAX + 8192];
	struct builder b = builder_on(room, sizeof(room));
	struct sent sent;

	if (!viewer || !viewer->begun || viewer->full)
		return;
	sent_call_look(&viewer->call, viewer->node);
	sent_l2tp(&sent, &b, &viewer->call, viewer->node, local, peer,
		  peer_port, datagram);
	if (!b.full)
		capture_sent(viewer, &sent, builder_view(&b));
}

/* ---- the end of a capture ------------------------------------------------ */

/* Whatever the program has put into the ring up to now is read first. */
static void capture_finish(struct viewer *viewer)
{
	struct dataplane *dp = viewer->node->dataplane;
	struct builder b = block_begin(viewer);

	viewer->wish.on &= ~(uint32_t)WATCH_CAPTURE;
	dataplane_watch_set(dp, &viewer->wish);
	dataplane_watch_read(dp, WATCH_RING, on_seen, viewer);
	viewer->counts.lost += dataplane_watch_lost(dp);
	viewer->counts.wanted = viewer->counts.kept + viewer->counts.lost;
	pcapng_statistics(&b, clock_ns(CLOCK_REALTIME), &viewer->counts);
	if (!viewer->port_count || block_send(viewer, &b))
		ctl_stream_end(viewer->ctl);
	alarm_set(&viewer->node->alarms, &viewer->until, NEVER);
	viewer->capturing = viewer->begun = false;
}

/* Acts on what changed since it was looked at last. */
static void on_changed(void *ctx, struct instant now)
{
	struct viewer *viewer = ctx;

	(void)now;
	if (!viewer->capturing)
		wish_tell(viewer);
	else if (viewer->full || !ctl_stream_wanted(viewer->ctl))
		capture_finish(viewer);
	else if (!viewer->begun)
		capture_begin(viewer);
	else
		wish_tell(viewer);
}

static void on_until(void *ctx, struct instant now)
{
	(void)now;
	capture_finish(ctx);
}

/* ---- drops --------------------------------------------------------------- */

static void drop_tell(struct viewer *viewer, const struct watch_record *record,
		      const uint8_t *octets)
{
	const struct node *node = viewer->node;
	char hex[2 * WATCH_DROP_MAX + 1] = "";
	char reason[64], port[32];
	json_t *event;

	for (uint32_t i = 0; i < record->captured && i < WATCH_DROP_MAX; i++)
		snprintf(hex + 2 * i, 3, "%02x", octets[i]);
	event = json_pack(
		"{s:s,s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:s}", "event", "drop",
		"time", (json_int_t)(node->now.ms - node->started.ms), "reason",
		reason_print(record->reason, reason, sizeof(reason)), "port",
		port_print(viewer->node, record->ifindex, port, sizeof(port)),
		"call", (json_int_t)record->call, "tunnel",
		(json_int_t)record->tunnel, "length",
		(json_int_t)record->length, "left_out",
		(json_int_t)record->left_out, "octets", hex);
	if (event)
		ctl_drop_event(viewer->ctl, event);
	json_decref(event);
}

static void on_seen(void *ctx, const struct watch_record *record,
		    const uint8_t *octets)
{
	if (record->kind == SEEN_DROP)
		drop_tell(ctx, record, octets);
	else
		capture_add(ctx, record, octets);
}

/* ---- commands ------------------------------------------------------------ */

static int bounds_read(uint64_t out[BOUNDS], json_t *arguments, char *error,
		       size_t cap)
{
	for (unsigned int i = 0; i < BOUNDS; i++) {
		const json_t *value = json_object_get(arguments, bounds[i].name);
		json_int_t n = json_integer_value(value);

		out[i] = bounds[i].usual;
		if (!value)
			continue;
		if (n < 1 || (uint64_t)n > bounds[i].most) {
			snprintf(error, cap, "%s is not within 1 and %llu",
				 bounds[i].name,
				 (unsigned long long)bounds[i].most);
			return -ERANGE;
		}
		out[i] = (uint64_t)n;
	}
	return 0;
}

static int capture(struct node *node, enum watch_by by, uint32_t value,
		   json_t *arguments, json_t **reply, char *error, size_t cap)
{
	struct viewer *viewer = node->viewer;
	uint64_t left[BOUNDS];
	int err;

	if (!viewer || viewer->capturing) {
		snprintf(error, cap,
			 viewer ? "somebody else captures"
				: "frames cannot be watched");
		return -EBUSY;
	}
	err = bounds_read(left, arguments, error, cap);
	if (err)
		return err;
	memcpy(viewer->left, left, sizeof(left));
	viewer->wish.by = by;
	viewer->wish.value = value;
	viewer->call = (struct sent_call){.id = by == WATCH_CALL ? value : 0};
	viewer->full = false;
	viewer->capturing = true;
	*reply = json_pack("{s:I,s:I,s:I}", "count", (json_int_t)left[COUNT],
			   "octets", (json_int_t)left[OCTETS], "seconds",
			   (json_int_t)left[SECONDS]);
	return 0;
}

static int capture_all(void *ctx, json_t *arguments, json_t **reply,
		       char *error, size_t cap)
{
	return capture(ctx, WATCH_ALL, 0, arguments, reply, error, cap);
}

/* The argument "id", at most `most`; 0: it is none. */
static uint32_t argument_id(json_t *arguments, json_int_t most)
{
	json_int_t id = json_integer_value(json_object_get(arguments, "id"));

	return id > 0 && id <= most ? (uint32_t)id : 0;
}

static const char *argument_name(json_t *arguments)
{
	const char *name =
		json_string_value(json_object_get(arguments, "name"));

	return name ? name : "";
}

static int capture_call(void *ctx, json_t *arguments, json_t **reply,
			char *error, size_t cap)
{
	uint32_t id = argument_id(arguments, UINT32_MAX);

	if (!id || !call_find(ctx, id)) {
		snprintf(error, cap, "there is no such call");
		return -ENOENT;
	}
	return capture(ctx, WATCH_CALL, id, arguments, reply, error, cap);
}

static int capture_tunnel(void *ctx, json_t *arguments, json_t **reply,
			  char *error, size_t cap)
{
	uint32_t id = argument_id(arguments, UINT16_MAX);
	const struct node *node = ctx;

	if (!id || !node->tunnels[id]) {
		snprintf(error, cap, "there is no such tunnel");
		return -ENOENT;
	}
	return capture(ctx, WATCH_TUNNEL, id, arguments, reply, error, cap);
}

static int capture_port(void *ctx, json_t *arguments, json_t **reply,
			char *error, size_t cap)
{
	const struct access_port *port =
		access_port_named(ctx, argument_name(arguments));

	if (!port || port->state.state != KEEPER_PORT_ATTACHED) {
		snprintf(error, cap, "there is no such port");
		return -ENOENT;
	}
	return capture(ctx, WATCH_PORT, port->state.ifindex, arguments, reply,
		       error, cap);
}

static int capture_reason(void *ctx, json_t *arguments, json_t **reply,
			  char *error, size_t cap)
{
	const char *name = argument_name(arguments);

	for (uint32_t i = 0; i < REASON_SLOTS; i++)
		if (reason_names[i] && !strcasecmp(reason_names[i], name))
			return capture(ctx, WATCH_REASON, i, arguments, reply,
				       error, cap);
	snprintf(error, cap, "there is no such reason");
	return -ENOENT;
}

const struct ctl_command viewer_commands[] = {
	{"capture", "", capture_all},
	{"capture call", "id", capture_call},
	{"capture tunnel", "id", capture_tunnel},
	{"capture port", "name", capture_port},
	{"capture reason", "name", capture_reason},
};
const unsigned int viewer_command_count =
	sizeof(viewer_commands) / sizeof(*viewer_commands);

/* ---- life ---------------------------------------------------------------- */

struct viewer *viewer_new(struct node *node, struct ctl *ctl)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));

	if (!viewer)
		return NULL;
	viewer->node = node;
	viewer->ctl = ctl;
	viewer->changed.ring = on_changed;
	viewer->changed.ctx = viewer;
	viewer->until.ring = on_until;
	viewer->until.ctx = viewer;
	return viewer;
}

void viewer_free(struct viewer *viewer)
{
	if (!viewer)
		return;
	alarm_set(&viewer->node->alarms, &viewer->changed, NEVER);
	alarm_set(&viewer->node->alarms, &viewer->until, NEVER);
	free(viewer);
}

void viewer_changed(struct viewer *viewer)
{
	alarm_set(&viewer->node->alarms, &viewer->changed, viewer->node->now);
}

void viewer_input(struct viewer *viewer)
{
	dataplane_watch_read(viewer->node->dataplane, BATCH, on_seen, viewer);
	if (viewer->full)
		capture_finish(viewer);
}
