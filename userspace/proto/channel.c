/* SPDX-License-Identifier: GPL-2.0-only */
/* Reliable delivery of control messages; see channel.h. */
#include "proto/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MEASURE_MAX_MS = 60000 }; /* no round trip is taken for longer */

/* A message of ours with room for its header. */
struct sent_message {
	struct list link;
	uint16_t tunnel; /* header field of the first transmission */
	uint16_t session;
	uint16_t ns;
	struct instant sent; /* for the last time */
	size_t len;	     /* body */
	uint8_t datagram[];  /* header, body */
};

/* A message of the peer that arrived out of order. */
struct early_message {
	struct list link;
	struct l2tp_control control;
	uint8_t body[];
};

/* Whether a is before b, or the same (RFC 2661 5.8: half the space). */
static bool ns_before(uint16_t a, uint16_t b)
{
	return (uint16_t)(b - a) < 0x8000;
}

uint32_t channel_patience_ms(const struct channel_config *config)
{
	uint32_t wait = config->retransmit_ms;
	uint32_t sum = 0;

	for (unsigned int i = 0; i <= config->retransmit_max; i++) {
		sum += wait;
		wait *= 2;
		if (wait > config->retransmit_cap_ms)
			wait = config->retransmit_cap_ms;
	}
	return sum;
}

void channel_init(struct channel *c, const struct channel_config *config,
		  void (*send)(void *ctx, struct view datagram), void *ctx)
{
	*c = (struct channel){
		.config = *config,
		.send = send,
		.ctx = ctx,
		.peer_window = CHANNEL_PEER_WINDOW,
		.cwnd = 1,
		.ssthresh = CHANNEL_PEER_WINDOW,
		.rto_ms = config->retransmit_ms,
	};
	list_init(&c->unacked);
	list_init(&c->waiting);
	list_init(&c->early);
	c->resend = &c->unacked;
}

static void sent_list_free(struct list *head)
{
	struct sent_message *m, *after;

	list_each_safe (m, after, head, link) {
		list_remove(&m->link);
		free(m);
	}
}

static void early_list_free(struct list *head)
{
	struct early_message *m, *after;

	list_each_safe (m, after, head, link) {
		list_remove(&m->link);
		free(m);
	}
}

void channel_fini(struct channel *c)
{
	sent_list_free(&c->unacked);
	sent_list_free(&c->waiting);
	early_list_free(&c->early);
	free(c->current);
	c->current = NULL;
	c->resend = &c->unacked;
}

void channel_drop_waiting(struct channel *c)
{
	sent_list_free(&c->waiting);
	c->waiting_count = 0;
}

void channel_abandon(struct channel *c)
{
	channel_drop_waiting(c);
	sent_list_free(&c->unacked);
	c->resend = &c->unacked;
	c->in_flight = 0;
	c->una = c->ns;
	c->recovering = false;
	c->retransmit = c->give_up = NEVER;
	c->ack_now = true;
}

void channel_set_peer(struct channel *c, uint16_t tunnel)
{
	c->peer_tunnel = tunnel;
}

void channel_set_window(struct channel *c, uint16_t window)
{
	c->peer_window = window;
	c->ssthresh = window;
	if (c->cwnd > window)
		c->cwnd = window;
}

/* Our Nr is about to leave. */
static void channel_acked(struct channel *c)
{
	c->to_ack = 0;
	c->ack_now = false;
	c->ack = NEVER;
}

static void channel_transmit(struct channel *c, struct sent_message *m)
{
	struct builder b;
	struct l2tp_control control = {
		.tunnel = m->tunnel,
		.session = m->session,
		.ns = m->ns,
		.nr = c->nr,
		.body = view_of(m->datagram + L2TP_CONTROL_HEADER, m->len),
	};

	b = builder_on(m->datagram, L2TP_CONTROL_HEADER + m->len);
	if (l2tp_control_build(&b, &control))
		return;
	channel_acked(c);
	c->send(c->ctx, builder_view(&b));
}

static void channel_send_zlb(struct channel *c)
{
	uint8_t datagram[L2TP_CONTROL_HEADER];
	struct builder b = builder_on(datagram, sizeof(datagram));
	struct l2tp_control control = {
		.tunnel = c->peer_tunnel,
		.ns = c->ns,
		.nr = c->nr,
	};

	channel_acked(c);
	if (!c->peer_tunnel || l2tp_control_build(&b, &control))
		return;
	c->counters.zlb_sent++;
	c->send(c->ctx, builder_view(&b));
}

/* A message that was sent before and is to be sent again. */
static struct sent_message *channel_pick_resend(struct channel *c)
{
	struct sent_message *m;

	if (c->resend == &c->unacked)
		return NULL;
	m = list_entry(c->resend, struct sent_message, link);
	c->resend = c->resend->next;
	c->counters.retransmitted++;
	return m;
}

static struct sent_message *channel_pick_new(struct channel *c)
{
	struct sent_message *m;

	if (list_empty(&c->waiting))
		return NULL;
	m = list_entry(c->waiting.next, struct sent_message, link);
	list_remove(&m->link);
	c->waiting_count--;
	list_append(&c->unacked, &m->link);
	m->tunnel = c->peer_tunnel;
	m->ns = c->ns++;
	c->counters.sent++;
	return m;
}

/* ---- when to send again -------------------------------------------------- */

static uint32_t clamp(uint32_t value, uint32_t least, uint32_t most)
{
	if (value < least)
		value = least;
	return value < most ? value : most;
}

/*
 * Half of the messages that were under way at the loss, but not less than the
 * initial window: after a timeout the one that RFC 2661 lets every sender
 * assume, else TCP's (RFC 6928); a message of ours is smaller than a segment.
 */
static uint16_t ssthresh_after_loss(const struct channel *c, bool quickly)
{
	uint16_t least = quickly ? CHANNEL_QUICK_WINDOW : CHANNEL_PEER_WINDOW;

	if (c->cwnd / 2 > least)
		least = c->cwnd / 2;
	return least < c->peer_window ? least : c->peer_window;
}

/* The timeout before any back-off (RFC 6298 2). */
static uint32_t channel_base_ms(const struct channel *c)
{
	if (!c->measured)
		return c->config.retransmit_ms;
	return clamp(c->round_trip_8 / 8 + c->variation_4 + 1,
		     c->config.retransmit_floor_ms, c->config.retransmit_ms);
}

static void channel_measure(struct channel *c, uint64_t took_ms)
{
	uint32_t ms =
		took_ms < MEASURE_MAX_MS ? (uint32_t)took_ms : MEASURE_MAX_MS;
	uint32_t mean = c->round_trip_8 / 8;
	uint32_t off = ms > mean ? ms - mean : mean - ms;

	if (c->measured) {
		c->variation_4 += off - c->variation_4 / 4;
		c->round_trip_8 += ms - mean;
	} else {
		c->variation_4 = 2 * ms;
		c->round_trip_8 = 8 * ms;
		c->measured = true;
	}
	c->rto_ms = channel_base_ms(c);
}

/* Sets an earlier retransmission than the timeout. */
static void channel_probe_at(struct channel *c, struct instant at)
{
	if (!c->measured || at.ms >= c->retransmit.ms ||
	    c->config.retransmit_floor_ms >= c->config.retransmit_ms)
		return;
	c->retransmit = at;
	c->probe = true;
}

/*
 * Two round trips without an acknowledgement show a loss before the timeout
 * does.  This does not hold for a single message: peers delay acknowledgements.
 */
static void channel_set_probe(struct channel *c, struct instant now)
{
	uint32_t least_ms = c->config.retransmit_floor_ms / CHANNEL_PROBE_PART;
	uint64_t wait_ms = clamp(c->round_trip_8 / 4, least_ms + 1, c->rto_ms);

	if (c->in_flight >= 2)
		channel_probe_at(c, instant_after(now, wait_ms << c->probes));
}

/* The peer acknowledged something, or there is something to acknowledge. */
static void channel_start_timers(struct channel *c, struct instant now)
{
	c->retransmit = instant_after(now, c->rto_ms);
	c->probe = false;
	c->probes = 0;
	channel_set_probe(c, now);
	c->give_up = instant_after(now, channel_patience_ms(&c->config));
}

static void channel_stop_timers(struct channel *c)
{
	c->retransmit = c->give_up = NEVER;
	c->probe = false;
}

static void channel_flush(struct channel *c, struct instant now)
{
	while (!c->failed && c->in_flight < c->cwnd) {
		struct sent_message *m = channel_pick_resend(c);

		if (!m)
			m = channel_pick_new(c);
		if (!m)
			return;
		c->in_flight++;
		if (instant_is_never(c->give_up))
			channel_start_timers(c, now);
		else if (c->in_flight == 2 && !c->probe)
			channel_set_probe(c, now);
		m->sent = now;
		channel_transmit(c, m);
	}
}

/*
 * Goes back to the oldest message.  The later ones were lost too, or the peer
 * dropped them because they were out of order.  The peer may also have kept
 * them, so they wait until it acknowledges the oldest.  In an early
 * retransmission one more is sent, as the peer may delay the acknowledgement
 * of a single one.
 */
static void channel_go_back(struct channel *c, bool quickly, struct instant now)
{
	if (!c->recovering) /* else it is the same loss, or one more */
		c->ssthresh = ssthresh_after_loss(c, quickly);
	c->recovering = true;
	c->recover = c->ns;
	c->quickly = quickly;
	c->cwnd = quickly && c->peer_window > 1 ? 2 : 1;
	c->cwnd_acks = 0;
	c->same_acks = 0;
	c->in_flight = 0;
	c->resend = c->unacked.next;
	c->retransmit = instant_after(now, c->rto_ms);
	c->probe = false;
	channel_flush(c, now);
}

void channel_nudge(struct channel *c, struct instant now)
{
	if (!list_empty(&c->unacked))
		channel_go_back(c, true, now);
}

bool channel_has_room(const struct channel *c)
{
	return !c->failed && list_empty(&c->waiting) &&
	       c->resend == &c->unacked && c->in_flight < c->cwnd;
}

int channel_send(struct channel *c, uint16_t session, struct view body,
		 struct instant now)
{
	struct sent_message *m;
	int err = -ENOBUFS;

	if (c->waiting_count >= CHANNEL_QUEUE_MAX)
		goto fail;
	err = -ENOMEM;
	m = calloc(1, sizeof(*m) + L2TP_CONTROL_HEADER + body.len);
	if (!m)
		goto fail;
	m->session = session;
	m->len = body.len;
	memcpy(m->datagram + L2TP_CONTROL_HEADER, body.data, body.len);
	list_append(&c->waiting, &m->link);
	c->waiting_count++;
	channel_flush(c, now);
	return 0;
fail:
	c->failed = true;
	return err;
}

/*
 * RFC 2661 Appendix A: slow start, then congestion avoidance.  A loss that was
 * not told by a timeout does not begin with slow start (RFC 5681 3.2).
 */
static void channel_grow(struct channel *c)
{
	if (c->recovering && c->quickly && c->cwnd < c->ssthresh) {
		c->cwnd = c->ssthresh;
		return;
	}
	if (c->cwnd >= c->peer_window)
		return;
	if (c->cwnd < c->ssthresh) {
		c->cwnd++;
		return;
	}
	if (++c->cwnd_acks >= c->cwnd) {
		c->cwnd++;
		c->cwnd_acks = 0;
	}
}

/* Takes the oldest out; says when it was sent. */
static struct instant channel_pop(struct channel *c)
{
	struct sent_message *m;
	struct instant sent;

	m = list_entry(c->unacked.next, struct sent_message, link);
	if (c->resend == &m->link)
		c->resend = m->link.next;
	else
		c->in_flight--;
	sent = m->sent;
	list_remove(&m->link);
	free(m);
	c->una++;
	return sent;
}

/*
 * A ZLB that acknowledges nothing new: the peer got a message out of order, or
 * twice.  After going back it is the latter.  A message that was only reordered
 * gets a quarter of a round trip to arrive (RFC 8985 6.2).
 */
static void channel_same_ack(struct channel *c)
{
	const struct sent_message *oldest;

	if (c->recovering || c->in_flight < 2 ||
	    ++c->same_acks != CHANNEL_SAME_ACKS)
		return;
	oldest = list_entry(c->unacked.next, struct sent_message, link);
	channel_probe_at(
		c, instant_after(oldest->sent, c->round_trip_8 * 5 / 32 + 1));
}

/* Something new was acknowledged; the newest of it was sent then. */
static void channel_progress(struct channel *c, struct instant sent,
			     struct instant now)
{
	c->same_acks = 0;
	/* Karn's rule: a message that was sent twice is not measured */
	if (!c->recovering)
		channel_measure(c, now.ms - sent.ms);
	else
		c->rto_ms = channel_base_ms(c);
	channel_grow(c);
	if (c->recovering && ns_before(c->recover, c->una))
		c->recovering = false;
	if (list_empty(&c->unacked))
		channel_stop_timers(c);
	else
		channel_start_timers(c, now);
}

/* An Nr outside of what was sent is ignored: old is usual, new is wrong. */
static void channel_take_nr(struct channel *c,
			    const struct l2tp_control *control,
			    struct instant now)
{
	uint16_t nr = control->nr;
	struct instant sent = NEVER;

	if (nr == c->una) {
		if (!control->body.len)
			channel_same_ack(c);
		return;
	}
	if ((uint16_t)(nr - c->una) > (uint16_t)(c->ns - c->una)) {
		c->counters.bad_nr += !ns_before(nr, c->una);
		return;
	}
	while (c->una != nr)
		sent = channel_pop(c);
	channel_progress(c, sent, now);
}

static void channel_hold(struct channel *c, const struct l2tp_control *control)
{
	struct early_message *m, *pos;
	uint16_t ahead = (uint16_t)(control->ns - c->nr);
	struct list *before = &c->early;

	if (!c->hold || ahead >= c->config.window ||
	    control->body.len > CHANNEL_EARLY_OCTETS - c->early_octets) {
		c->counters.out_of_window++;
		return;
	}
	list_each (pos, &c->early, link) {
		if (pos->control.ns == control->ns) {
			c->counters.duplicates++;
			return;
		}
		if ((uint16_t)(pos->control.ns - c->nr) > ahead) {
			before = &pos->link;
			break;
		}
	}
	m = calloc(1, sizeof(*m) + control->body.len);
	if (!m)
		return; /* it will come again */
	memcpy(m->body, control->body.data, control->body.len);
	m->control = *control;
	m->control.body = view_of(m->body, control->body.len);
	list_append(before, &m->link);
	c->early_count++;
	c->early_octets += control->body.len;
}

static void channel_count_received(struct channel *c, struct instant now)
{
	c->nr++;
	c->counters.received++;
	c->to_ack++;
	if (instant_is_never(c->ack))
		c->ack = instant_after(now, CHANNEL_ACK_MS);
}

void channel_repeated(struct channel *c)
{
	c->counters.duplicates++;
	c->ack_now = true;
}

bool channel_input(struct channel *c, const struct l2tp_control *control,
		   struct instant now)
{
	uint16_t ahead = (uint16_t)(control->ns - c->nr);

	channel_take_nr(c, control, now);
	if (!control->body.len) {
		c->counters.zlb_received++;
		return false;
	}
	if (ahead >= 0x8000) {
		channel_repeated(c);
		return false;
	}
	if (ahead) {
		c->ack_now = true; /* tells the peer what is missing */
		channel_hold(c, control);
		return false;
	}
	channel_count_received(c, now);
	return true;
}

const struct l2tp_control *channel_next(struct channel *c)
{
	struct early_message *m;

	free(c->current);
	c->current = NULL;
	if (list_empty(&c->early))
		return NULL;
	m = list_entry(c->early.next, struct early_message, link);
	if (m->control.ns != c->nr)
		return NULL;
	list_remove(&m->link);
	c->early_count--;
	c->early_octets -= m->control.body.len;
	c->current = m;
	c->nr++;
	c->counters.received++;
	c->to_ack++;
	return &m->control;
}

/* A reply that took an ack along may have left before the last message came. */
void channel_settle(struct channel *c, struct instant now)
{
	channel_flush(c, now);
	if (c->ack_now || c->to_ack >= CHANNEL_ACK_EVERY)
		channel_send_zlb(c);
	else if (c->to_ack && instant_is_never(c->ack))
		c->ack = instant_after(now, CHANNEL_ACK_MS);
}

void channel_settle_all(struct channel *c)
{
	if (c->to_ack || c->ack_now)
		channel_send_zlb(c);
}

bool channel_idle(const struct channel *c)
{
	return list_empty(&c->unacked) && list_empty(&c->waiting);
}

unsigned int channel_unacknowledged(const struct channel *c)
{
	return (uint16_t)(c->ns - c->una);
}

int channel_round_trip(const struct channel *c)
{
	return c->measured ? (int)(c->round_trip_8 / 8) : -1;
}

struct instant channel_deadline(const struct channel *c)
{
	if (c->failed)
		return (struct instant){1}; /* long ago: at once */
	return instant_first(instant_first(c->retransmit, c->give_up), c->ack);
}

static void channel_retransmit(struct channel *c, struct instant now)
{
	bool quickly = c->probe;

	c->probes += quickly;
	if (!quickly) {
		c->rto_ms *= 2;
		if (c->rto_ms > c->config.retransmit_cap_ms)
			c->rto_ms = c->config.retransmit_cap_ms;
	}
	channel_go_back(c, quickly, now);
}

int channel_timeout(struct channel *c, struct instant now)
{
	if (c->failed)
		return -ETIMEDOUT;
	if (instant_due(c->give_up, now))
		return -ETIMEDOUT;
	if (instant_due(c->retransmit, now))
		channel_retransmit(c, now);
	if (instant_due(c->ack, now))
		channel_send_zlb(c);
	return 0;
}
