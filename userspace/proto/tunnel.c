/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of an L2TP tunnel (RFC 2661 7.2): from new to done, its timers, its
 * input.  See tunnel.h; what a message does is in tunnel_setup.c and session.c.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/result.h"
#include "proto/tunnel_inner.h"

const struct tunnel_config tunnel_config_default = {
	.window = 16,
	.hello_ms = 60000,
	.retransmit_ms = 1000,
	.retransmit_cap_ms = 8000,
	.retransmit_floor_ms = 100,
	.retransmit_max = 5,
	.setup_ms = 60000,
};

const char *tunnel_state_name(enum tunnel_state state)
{
	static const char *const names[] = {
		[TUNNEL_IDLE] = "idle",
		[TUNNEL_WAIT_CTL_REPLY] = "wait-ctl-reply",
		[TUNNEL_WAIT_CTL_CONN] = "wait-ctl-conn",
		[TUNNEL_ESTABLISHED] = "established",
		[TUNNEL_CLOSING] = "closing",
		[TUNNEL_LINGER] = "linger",
		[TUNNEL_DEAD] = "dead",
	};

	return names[state];
}

const char *tunnel_peer(const struct tunnel *tunnel)
{
	if (tunnel->peer_host[0])
		return tunnel->peer_host;
	if (tunnel->config.expect_host[0])
		return tunnel->config.expect_host;
	return tunnel->config.peer[0] ? tunnel->config.peer : "?";
}

static struct channel_config channel_config(const struct tunnel_config *config)
{
	return (struct channel_config){
		.window = config->window,
		.retransmit_max = config->retransmit_max,
		.retransmit_ms = config->retransmit_ms,
		.retransmit_cap_ms = config->retransmit_cap_ms,
		.retransmit_floor_ms = config->retransmit_floor_ms,
	};
}

/* A full retransmission cycle: the peer's is taken to be like ours. */
static uint32_t linger_ms(const struct tunnel_config *config)
{
	const struct channel_config channel = channel_config(config);

	return channel_patience_ms(&channel);
}

void tunnel_set_state(struct tunnel *tunnel, enum tunnel_state state,
		      const char *why, struct instant now)
{
	const struct tunnel_config *config = &tunnel->config;

	log_debug("tunnel %u/%s: %s -> %s (%s)", config->id,
		  tunnel_peer(tunnel), tunnel_state_name(tunnel->state),
		  tunnel_state_name(state), why);
	tunnel->state = state;
	tunnel->deadline = NEVER;
	tunnel->hello = NEVER;
	if (state >= TUNNEL_ESTABLISHED)
		tunnel_challenge_over(tunnel);
	switch (state) {
	case TUNNEL_WAIT_CTL_REPLY:
	case TUNNEL_WAIT_CTL_CONN:
		tunnel->deadline = instant_after(now, config->setup_ms);
		break;
	case TUNNEL_ESTABLISHED:
		tunnel_alive(tunnel, now);
		break;
	case TUNNEL_LINGER:
		tunnel->deadline = instant_after(now, linger_ms(config));
		break;
	default:
		break;
	}
}

static void channel_out(void *ctx, struct view datagram)
{
	struct tunnel *tunnel = ctx;

	tunnel->ops->send(tunnel->ctx, datagram);
}

struct tunnel *tunnel_new(const struct tunnel_config *config,
			  const struct tunnel_ops *ops, void *ctx)
{
	const struct channel_config channel = channel_config(config);
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));

	if (!tunnel)
		return NULL;
	tunnel->config = *config;
	tunnel->ops = ops;
	tunnel->ctx = ctx;
	tunnel->limit = LOG_LIMIT;
	channel_init(&tunnel->channel, &channel, channel_out, tunnel);
	list_init(&tunnel->setting_up);
	list_init(&tunnel->established);
	list_init(&tunnel->ending);
	list_init(&tunnel->notices);
	list_init(&tunnel->noticed);
	return tunnel;
}

void tunnel_free(struct tunnel *tunnel)
{
	const struct l2tp_result why = {.result = STOPCCN_CLEAR};

	if (!tunnel)
		return;
	tunnel->state = TUNNEL_DEAD;
	tunnel_challenge_over(tunnel);
	session_drop_all(tunnel, &why, ENDED_BY_US);
	channel_fini(&tunnel->channel);
	table_fini(&tunnel->by_id);
	table_fini(&tunnel->by_peer);
	explicit_bzero(&tunnel->config, sizeof(tunnel->config));
	free(tunnel);
}

void tunnel_send(struct tunnel *tunnel, uint16_t type, uint16_t session,
		 const struct builder *avps, struct instant now)
{
	if (avps->full ||
	    channel_send(&tunnel->channel, session, builder_view(avps), now)) {
		/* a message that is lost for good loses the tunnel */
		tunnel->channel.failed = true;
		return;
	}
	tunnel->ops->message(tunnel->ctx, true, type, session);
}

static void tunnel_done(struct tunnel *tunnel, const char *why,
			struct instant now)
{
	tunnel_set_state(tunnel, TUNNEL_DEAD, why, now);
	tunnel->ops->done(tunnel->ctx);
}

/* What all ways to end have in common; the new state is set already. */
static void tunnel_down(struct tunnel *tunnel, const struct l2tp_result *why,
			enum ended_by by)
{
	tunnel->ended = *why;
	session_drop_all(tunnel, why, by);
	tunnel->ops->down(tunnel->ctx, why, by);
}

static void send_stopccn(struct tunnel *tunnel, const struct l2tp_result *why,
			 struct instant now)
{
	uint8_t list[256];
	struct builder b = builder_on(list, sizeof(list));

	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_STOPCCN);
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, tunnel->config.id);
	result_build(&b, why);
	tunnel_send(tunnel, L2TP_STOPCCN, 0, &b, now);
}

void tunnel_stop(struct tunnel *tunnel, const struct l2tp_result *why,
		 enum ended_by by, struct instant now)
{
	tunnel_set_state(tunnel, TUNNEL_CLOSING, why->text, now);
	channel_drop_waiting(&tunnel->channel);
	send_stopccn(tunnel, why, now);
	tunnel_down(tunnel, why, by);
}

void tunnel_stopped(struct tunnel *tunnel, const struct l2tp_result *why,
		    struct instant now)
{
	tunnel_set_state(tunnel, TUNNEL_LINGER, "StopCCN", now);
	channel_abandon(&tunnel->channel);
	tunnel_down(tunnel, why, ENDED_BY_PEER);
}

/* There is nobody to be told. */
static void tunnel_lost(struct tunnel *tunnel, const char *text,
			struct instant now)
{
	struct l2tp_result why = {.result = STOPCCN_CLEAR};

	view_print(view_text(text), why.text, sizeof(why.text));
	if (tunnel->state >= TUNNEL_CLOSING) {
		/* ops->down was called: closing, or lingering */
		tunnel_done(tunnel, why.text, now);
		return;
	}
	log_warning("tunnel %u/%s: %s", tunnel->config.id, tunnel_peer(tunnel),
		    why.text);
	/* not to be used any more, and sends nothing */
	tunnel_set_state(tunnel, TUNNEL_CLOSING, why.text, now);
	tunnel_down(tunnel, &why, ENDED_BY_SILENCE);
	tunnel_done(tunnel, why.text, now);
}

void tunnel_forget(struct tunnel *tunnel, struct instant now)
{
	if (tunnel->state != TUNNEL_DEAD)
		tunnel_lost(tunnel, "peer began anew", now);
}

void tunnel_nudge(struct tunnel *tunnel, struct instant now)
{
	if (tunnel->state != TUNNEL_DEAD)
		channel_nudge(&tunnel->channel, now);
}

void tunnel_start(struct tunnel *tunnel, struct instant now)
{
	if (tunnel->state != TUNNEL_IDLE)
		return;
	tunnel->initiator = true;
	tunnel_send_sccrq(tunnel, now);
}

void tunnel_accept(struct tunnel *tunnel, struct view datagram,
		   const struct sccrq *sccrq, struct instant now)
{
	struct l2tp_control control;

	if (tunnel->state != TUNNEL_IDLE ||
	    l2tp_control_read(datagram, &control) ||
	    !channel_input(&tunnel->channel, &control, now))
		return;
	tunnel->ops->message(tunnel->ctx, false, L2TP_SCCRQ, 0);
	tunnel_answer_sccrq(tunnel, sccrq, now);
	channel_settle(&tunnel->channel, now);
}

void tunnel_close(struct tunnel *tunnel, const struct l2tp_result *why,
		  struct instant now)
{
	if (tunnel->state >= TUNNEL_CLOSING)
		return;
	if (tunnel->state != TUNNEL_IDLE) {
		tunnel_stop(tunnel, why, ENDED_BY_US, now);
		return;
	}
	tunnel_set_state(tunnel, TUNNEL_CLOSING, "never started", now);
	tunnel_down(tunnel, why, ENDED_BY_US);
	tunnel_done(tunnel, "never started", now);
}

/*
 * A peer that does not know our id sends tunnel id 0: in a repeated SCCRQ,
 * which the channel must not take for a new message after 32768 others, or in
 * the StopCCN of an initiator that gave up.  True: the message is for the
 * channel.
 */
static bool take_unaddressed(struct tunnel *tunnel, struct view datagram)
{
	struct view host;
	uint16_t assigned;

	if (!tunnel->initiator && !sccrq_host_name(datagram, &host)) {
		channel_repeated(&tunnel->channel);
		return false;
	}
	if (!tunnel->initiator && !stopccn_assigned(datagram, &assigned) &&
	    assigned == tunnel->channel.peer_tunnel)
		return true;
	tunnel->malformed++;
	return false;
}

/* Whether a datagram goes to the channel; counts those that do not. */
static bool take(struct tunnel *tunnel, struct view datagram,
		 struct l2tp_control *control)
{
	if (l2tp_control_read(datagram, control) ||
	    (control->tunnel && control->tunnel != tunnel->config.id)) {
		tunnel->malformed++;
		return false;
	}
	return control->tunnel || take_unaddressed(tunnel, datagram);
}

static void tunnel_settle(struct tunnel *tunnel, struct instant now)
{
	channel_settle(&tunnel->channel, now);
	session_send_notices(tunnel, now);
	if (tunnel->state != TUNNEL_CLOSING || !channel_idle(&tunnel->channel))
		return;
	/* a StopCCN of the peer's may have crossed ours */
	channel_settle_all(&tunnel->channel);
	tunnel_done(tunnel, "StopCCN was acknowledged", now);
}

void tunnel_input(struct tunnel *tunnel, struct view datagram,
		  struct instant now)
{
	const struct l2tp_control *next;
	struct l2tp_control control;

	if (tunnel->state == TUNNEL_IDLE || tunnel->state == TUNNEL_DEAD)
		return;
	if (take(tunnel, datagram, &control)) {
		tunnel_alive(tunnel, now);
		if (channel_input(&tunnel->channel, &control, now)) {
			tunnel_receive(tunnel, &control, now);
			while ((next = channel_next(&tunnel->channel)))
				tunnel_receive(tunnel, next, now);
		}
	}
	tunnel_settle(tunnel, now);
}

void tunnel_alive(struct tunnel *tunnel, struct instant now)
{
	if (tunnel->state == TUNNEL_ESTABLISHED && tunnel->config.hello_ms)
		tunnel->hello = instant_after(now, tunnel->config.hello_ms);
}

struct instant tunnel_deadline(const struct tunnel *tunnel)
{
	struct instant first;

	if (tunnel->state == TUNNEL_DEAD)
		return NEVER;
	first = instant_first(tunnel->deadline, tunnel->hello);
	first = instant_first(first, session_deadline(tunnel));
	return instant_first(first, channel_deadline(&tunnel->channel));
}

/* No Hello: an outstanding message also shows whether the peer is alive. */
static void tunnel_hello(struct tunnel *tunnel, struct instant now)
{
	uint8_t list[16];
	struct builder b = builder_on(list, sizeof(list));

	tunnel_alive(tunnel, now);
	if (!channel_idle(&tunnel->channel))
		return;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_HELLO);
	tunnel_send(tunnel, L2TP_HELLO, 0, &b, now);
}

static void tunnel_expired(struct tunnel *tunnel, struct instant now)
{
	const struct l2tp_result why = {
		.result = STOPCCN_CLEAR,
		.text = "set-up took too long",
	};

	if (tunnel->state == TUNNEL_LINGER)
		tunnel_done(tunnel, "lingered", now);
	else
		tunnel_stop(tunnel, &why, ENDED_BY_SILENCE, now);
}

void tunnel_timeout(struct tunnel *tunnel, struct instant now)
{
	if (tunnel->state == TUNNEL_DEAD)
		return;
	if (channel_timeout(&tunnel->channel, now)) {
		tunnel_lost(tunnel, "peer does not answer", now);
		return;
	}
	session_timeout(tunnel, now);
	if (instant_due(tunnel->deadline, now))
		tunnel_expired(tunnel, now);
	if (instant_due(tunnel->hello, now))
		tunnel_hello(tunnel, now);
	if (tunnel->state != TUNNEL_DEAD)
		tunnel_settle(tunnel, now);
}

struct tunnel_info tunnel_info(const struct tunnel *tunnel)
{
	const struct channel *channel = &tunnel->channel;
	const struct channel_counters *c = &channel->counters;
	struct tunnel_info info = {
		.state = tunnel->state,
		.doubt = tunnel->doubt,
		.initiator = tunnel->initiator,
		.id = tunnel->config.id,
		.peer_id = channel->peer_tunnel,
		.peer_firmware = tunnel->peer_firmware,
		.peer_window = channel->peer_window,
		.authenticated = tunnel->authenticated,
		.ecn = tunnel->config.ecn && tunnel->peer_ecn,
		.sessions = tunnel->by_id.used - tunnel->ending_count,
		.ns = channel->ns,
		.nr = channel->nr,
		.unacknowledged = channel_unacknowledged(channel),
		.round_trip_ms = channel_round_trip(channel),
		.counters =
			{
				.sent = c->sent,
				.received = c->received,
				.retransmitted = c->retransmitted,
				.duplicates = c->duplicates,
				.out_of_window = c->out_of_window,
				.zlb_sent = c->zlb_sent,
				.zlb_received = c->zlb_received,
				.malformed = tunnel->malformed,
				.bad_nr = c->bad_nr,
				.unknown_session = tunnel->unknown_session,
				.late_replies = tunnel->late_replies,
				.notices_replaced = tunnel->notices_replaced,
			},
		.ended = tunnel->ended,
	};

	memcpy(info.peer_host, tunnel->peer_host, sizeof(info.peer_host));
	memcpy(info.peer_vendor, tunnel->peer_vendor, sizeof(info.peer_vendor));
	return info;
}
