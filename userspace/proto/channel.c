/* SPDX-License-Identifier: GPL-2.0-only */
/* Reliable delivery of control messages; see channel.h. */
#include "proto/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A message of ours with room for its header. */
struct sent_message {
	struct list link;
	uint16_t tunnel; /* header field of the first transmission */
	uint16_t session;
	uint16_t ns;
	size_t len;	    /* body */
	uint8_t datagram[]; /* header, body */
};

/* A message of the peer that came before its turn. */
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
	c->retransmit = NEVER;
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

void channel_nudge(struct channel *c)
{
	if (list_empty(&c->unacked))
		return;
	c->counters.retransmitted++;
	channel_transmit(c,
			 list_entry(c->unacked.next, struct sent_message, link));
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
		if (instant_is_never(c->retransmit))
			c->retransmit = instant_after(now, c->rto_ms);
		channel_transmit(c, m);
	}
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

/* RFC 2661 Appendix A: slow start, then congestion avoidance. */
static void channel_grow(struct channel *c)
{
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

static void channel_pop(struct channel *c)
{
	struct sent_message *m;

	m = list_entry(c->unacked.next, struct sent_message, link);
	if (c->resend == &m->link)
		c->resend = m->link.next;
	else
		c->in_flight--;
	list_remove(&m->link);
	free(m);
	c->una++;
}

/* An Nr outside of what was sent is ignored: old is usual, new is wrong. */
static void channel_take_nr(struct channel *c, uint16_t nr, struct instant now)
{
	if (nr == c->una)
		return;
	if ((uint16_t)(nr - c->una) > (uint16_t)(c->ns - c->una)) {
		c->counters.bad_nr += !ns_before(nr, c->una);
		return;
	}
	while (c->una != nr)
		channel_pop(c);
	channel_grow(c);
	c->tries = 0;
	c->rto_ms = c->config.retransmit_ms;
	c->retransmit =
		list_empty(&c->unacked) ? NEVER : instant_after(now, c->rto_ms);
}

static void channel_hold(struct channel *c, const struct l2tp_control *control)
{
	struct early_message *m, *pos;
	uint16_t ahead = (uint16_t)(control->ns - c->nr);
	struct list *before = &c->early;

	if (!c->hold || ahead >= c->config.window) {
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

	channel_take_nr(c, control->nr, now);
	if (!control->body.len) {
		c->counters.zlb_received++;
		return false;
	}
	if (ahead >= 0x8000) {
		channel_repeated(c);
		return false;
	}
	if (ahead) {
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
	c->current = m;
	c->nr++;
	c->counters.received++;
	c->to_ack++;
	return &m->control;
}

void channel_settle(struct channel *c, struct instant now)
{
	channel_flush(c, now);
	if (c->ack_now || c->to_ack >= CHANNEL_ACK_EVERY)
		channel_send_zlb(c);
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

struct instant channel_deadline(const struct channel *c)
{
	if (c->failed)
		return (struct instant){1}; /* long ago: at once */
	return instant_first(c->retransmit, c->ack);
}

/* Go back to the oldest: what followed it was likely lost with it. */
static int channel_retransmit(struct channel *c, struct instant now)
{
	if (c->tries >= c->config.retransmit_max)
		return -ETIMEDOUT;
	c->tries++;
	c->rto_ms *= 2;
	if (c->rto_ms > c->config.retransmit_cap_ms)
		c->rto_ms = c->config.retransmit_cap_ms;
	c->ssthresh = c->cwnd >= 2 ? c->cwnd / 2 : 1;
	c->cwnd = 1;
	c->cwnd_acks = 0;
	c->in_flight = 0;
	c->resend = c->unacked.next;
	c->retransmit = NEVER;
	channel_flush(c, now);
	return 0;
}

int channel_timeout(struct channel *c, struct instant now)
{
	if (c->failed)
		return -ETIMEDOUT;
	if (instant_due(c->retransmit, now) && channel_retransmit(c, now))
		return -ETIMEDOUT;
	if (instant_due(c->ack, now))
		channel_send_zlb(c);
	return 0;
}
