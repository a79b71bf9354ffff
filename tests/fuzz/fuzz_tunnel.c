/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tunnel under hostile datagrams, in each of its states.  The first octet of
 * the input chooses state and secret; then follow datagrams, each behind two
 * octets: how long to wait before it, and its length.  Ids and numbers that a
 * peer would know are put right where the input has FF FF.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "proto/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum start {
	START_INITIATOR,
	START_RESPONDER,
	START_ESTABLISHED,
	START_CALLED,	 /* LNS: ICRP sent */
	START_CONNECTED, /* LNS */
	START_CALLING,	 /* LAC: ICRQ sent */
	START_CLOSING,
	START_COUNT,
};

static const char sccrq_octets[] =
	"\xc8\x02\x00\x38\0\0\0\0\0\0\0\0"
	"\x80\x08\0\0\0\0\0\x01\x80\x08\0\0\0\x02\x01\0"
	"\x80\x0a\0\0\0\x03\0\0\0\x03\x80\x0a\0\0\0\x07lac1"
	"\x80\x08\0\0\0\x09\x12\x34";

struct world {
	struct tunnel *tunnel;
	struct instant now;
	unsigned int open, done, down;
	uint16_t next_id;
};

static void on_random(void *out, unsigned long len)
{
	memset(out, 0x5a, len);
}

static void on_send(void *ctx, struct view datagram)
{
	struct l2tp_control control;

	(void)ctx;
	/* whatever comes in, what goes out is well formed */
	if (l2tp_control_read(datagram, &control))
		abort();
}

static void on_message(void *ctx, bool sent, uint16_t type, uint16_t session)
{
	(void)ctx;
	(void)sent;
	(void)type;
	(void)session;
}

static void on_up(void *ctx)
{
	if (((struct world *)ctx)->down)
		abort();
}

static void on_down(void *ctx, const struct l2tp_result *why, enum ended_by by)
{
	struct world *w = ctx;

	(void)why;
	(void)by;
	if (w->open || w->down++)
		abort();
}

static void on_done(void *ctx)
{
	struct world *w = ctx;

	if (w->done++ || !w->down)
		abort();
}

static void on_replied(void *ctx, struct session *session)
{
	const struct iccn iccn = {.framing = 1};
	struct world *w = ctx;

	if (session_connect(session, &iccn, w->now))
		abort();
}

static void on_connected(void *ctx, struct session *session,
			 const struct iccn *iccn)
{
	(void)ctx;
	(void)session;
	free(iccn_copy(iccn));
}

static void on_closed(void *ctx, const struct l2tp_result *why,
		      enum ended_by by)
{
	struct world *w = ctx;

	/* a peer may say 0, which is reserved */
	if (!w->open-- || (by != ENDED_BY_PEER && !why->result))
		abort();
}

static const struct session_ops session_ops = {
	.replied = on_replied,
	.connected = on_connected,
	.closed = on_closed,
};

static int on_incoming(void *ctx, struct session *session,
		       const struct icrq *icrq, struct session_accept *accept,
		       struct l2tp_result *why)
{
	struct world *w = ctx;

	(void)session;
	(void)why;
	free(icrq_copy(icrq));
	if (icrq->serial % 4 == 3)
		return -1;
	w->open++;
	accept->id = w->next_id++;
	accept->ops = &session_ops;
	accept->ctx = w;
	return 0;
}

static const struct tunnel_ops tunnel_ops = {
	.send = on_send,
	.message = on_message,
	.up = on_up,
	.down = on_down,
	.done = on_done,
	.incoming = on_incoming,
	.random = on_random,
};

/* A message of the peer with the right numbers. */
static void feed(struct world *w, uint16_t session, const uint8_t *body,
		 size_t len)
{
	struct tunnel_info info = tunnel_info(w->tunnel);
	uint8_t octets[512];
	struct builder b = builder_on(octets, sizeof(octets));
	struct l2tp_control control = {
		.tunnel = info.id,
		.session = session,
		.ns = info.nr,
		.nr = info.ns,
		.body = view_of(body, len),
	};

	if (l2tp_control_build(&b, &control))
		abort();
	tunnel_input(w->tunnel, builder_view(&b), w->now);
}

#define FEED(w, session, octets) \
	feed(w, session, (const uint8_t *)(octets), sizeof(octets) - 1)

static void start_responder(struct world *w)
{
	const struct view datagram = view_of(sccrq_octets, 56);
	uint8_t scratch[1024];
	struct l2tp_result why;
	struct sccrq sccrq;

	if (sccrq_read(datagram, (struct view){0}, &sccrq, scratch,
		       sizeof(scratch), &why))
		abort();
	tunnel_accept(w->tunnel, datagram, &sccrq, w->now);
}

static void start(struct world *w, enum start at)
{
	const struct l2tp_result why = {.result = STOPCCN_SHUTDOWN};
	const struct icrq icrq = {.serial = 1};

	if (at == START_INITIATOR)
		tunnel_start(w->tunnel, w->now);
	else
		start_responder(w);
	if (at >= START_ESTABLISHED)
		FEED(w, 0, "\x80\x08\0\0\0\0\0\x03");
	if (at == START_CALLED || at == START_CONNECTED)
		FEED(w, 0,
		     "\x80\x08\0\0\0\0\0\x0a\x80\x08\0\0\0\x0e\x0a\x01"
		     "\x80\x0a\0\0\0\x0f\0\0\0\x01");
	if (at == START_CONNECTED)
		FEED(w, 0x0b02,
		     "\x80\x08\0\0\0\0\0\x0c"
		     "\x80\x0a\0\0\0\x18\0\0\0\x01"
		     "\x80\x0a\0\0\0\x13\0\0\0\x01");
	if (at == START_CALLING) {
		w->open++;
		if (!session_open(w->tunnel, 0x0b02, &icrq, &session_ops, w,
				  w->now))
			abort();
		w->next_id = 0x0c00;
	}
	if (at == START_CLOSING)
		tunnel_close(w->tunnel, &why, w->now);
}

/* FF FF in the header stands for what a peer knows. */
static void put_right(struct world *w, uint8_t *octets, size_t len)
{
	struct tunnel_info info = tunnel_info(w->tunnel);
	const uint16_t known[] = {(uint16_t)len, info.id, 0x0b02, info.nr,
				  info.ns};

	for (size_t i = 0; i < 5; i++) {
		size_t at = 2 + 2 * i;

		if (at + 1 >= len || octets[at] != 0xff ||
		    octets[at + 1] != 0xff)
			continue;
		octets[at] = (uint8_t)(known[i] >> 8);
		octets[at + 1] = (uint8_t)known[i];
	}
}

static void pass(struct world *w, uint64_t ms)
{
	struct instant end = instant_after(w->now, ms);

	for (int i = 0; i < 1000; i++) {
		struct instant next = tunnel_deadline(w->tunnel);

		if (instant_is_never(next) || next.ms > end.ms)
			break;
		if (next.ms > w->now.ms)
			w->now = next;
		tunnel_timeout(w->tunnel, w->now);
	}
	w->now = end;
}

static void play(struct world *w, struct reader *r)
{
	uint8_t wait, len, octets[256];

	while (!read_u8(r, &wait) && !read_u8(r, &len)) {
		size_t size = len < r->left ? len : r->left;

		if (read_bytes(r, octets, size))
			return;
		pass(w, (uint64_t)wait * wait);
		put_right(w, octets, size);
		tunnel_input(w->tunnel, view_of(octets, size), w->now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tunnel_config config = tunnel_config_default;
	struct world w = {.now = {1000}, .next_id = 0x0b02};
	struct reader r = reader_of(data, size);
	uint8_t choice;

	if (read_u8(&r, &choice))
		return 0;
	log_set_level(LOG_LEVEL_ERROR);
	config.id = 0x5678;
	strcpy(config.host_name, "lns1");
	if (choice & 0x80)
		strcpy(config.secret, "l2tpsecret");
	/* START_ESTABLISHED and later do not prove that they know it */
	config.challenge =
		choice & 0x40 && choice % 16 % START_COUNT < START_ESTABLISHED;
	w.tunnel = tunnel_new(&config, &tunnel_ops, &w);
	if (!w.tunnel)
		return 0;
	start(&w, choice % 16 % START_COUNT);
	play(&w, &r);
	pass(&w, 200000);
	tunnel_free(w.tunnel);
	if (w.open)
		abort();
	return 0;
}
