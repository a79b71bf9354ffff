/* SPDX-License-Identifier: GPL-2.0-only */
/* Destinations and the tunnels with them; see destination.h. */
#include "switch/destination_inner.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rng.h"
#include "switch/call.h"
#include "switch/stale.h"

enum {
	/* how long a path that became narrower can swallow what is too big */
	PATH_CHECK_MS = 20000,
};

/* ---- destinations -------------------------------------------------------- */

struct destination *destination_find(struct node *node, struct address local,
				     struct address peer)
{
	struct destination *dest;

	list_each(dest, &node->destinations, link)
		if (address_same(dest->local, local) &&
		    address_same(dest->peer, peer))
			return dest;
	return NULL;
}

struct destination *destination_get(struct node *node, struct address local,
				    struct address peer)
{
	struct destination *dest = destination_find(node, local, peer);

	if (dest)
		return dest;
	dest = calloc(1, sizeof(*dest));
	if (!dest)
		return NULL;
	dest->id = ++node->last_destination;
	dest->local = local;
	dest->peer = peer;
	list_init(&dest->tunnels);
	list_append(&node->destinations, &dest->link);
	node_event(node, "destination-new", "s:i,s:s", "id", (int)dest->id,
		   "peer", address_text(peer));
	return dest;
}

/*
 * Without tunnels only destinations to which we may open one are kept: the
 * configuration limits their number, not peers that send SCCRQs.
 */
static void destination_put(struct destination *dest)
{
	if (dest->tunnel_count)
		return;
	dest->single = false; /* the next one may be another machine */
	if (dest->configured)
		return;
	list_remove(&dest->link);
	free(dest);
}

void destinations_free(struct node *node)
{
	struct destination *dest, *after;

	list_each_safe(dest, after, &node->destinations, link) {
		dest->configured = false;
		destination_put(dest);
	}
	free(node->choices);
	node->choices = NULL;
}

/* Without calls a tunnel is closed after a while. */
static void entry_watch_idle(struct tunnel_entry *entry)
{
	uint32_t idle_ms = entry->node->conf->l2tp.idle_ms;

	if (!entry->calls && entry->usable && idle_ms)
		alarm_set(&entry->node->alarms, &entry->idle,
			  instant_after(entry->node->now, idle_ms));
}

/* ---- refusals ------------------------------------------------------------ */

void refusal_tell(struct node *node, struct address peer, enum counter counter)
{
	static struct log_limit limit = {.burst = 100, .every_ms = 100};
	static const char *const names[] = {
#define COUNTER_NAME(name, text) #name,
		COUNTER_TABLE(COUNTER_NAME)
#undef COUNTER_NAME
	};
	char reason[32];
	unsigned int i;

	node_count(node, counter);
	if (!log_allowed(&limit, node->now))
		return;
	for (i = 0; names[counter][i] && i < sizeof(reason) - 1; i++)
		reason[i] = (char)tolower(names[counter][i]);
	reason[i] = 0;
	node_event(node, "tunnel-refused", "s:s,s:s", "peer",
		   address_text(peer), "reason", reason);
}

/* The counter of a failed authentication, by our role. */
static enum counter doubt_counter(const struct tunnel_entry *entry)
{
	switch (tunnel_info(entry->control).doubt) {
	case TUNNEL_DOUBT_WRONG_RESPONSE:
		return entry->in ? COUNT_TUNNEL_BAD_SECRET
				 : COUNT_TUNNEL_PEER_SECRET;
	case TUNNEL_DOUBT_NO_RESPONSE:
		return entry->in ? COUNT_TUNNEL_NO_RESPONSE
				 : COUNT_TUNNEL_PEER_SECRET;
	case TUNNEL_DOUBT_HOST:
		return COUNT_TUNNEL_PEER_NAME;
	case TUNNEL_DOUBT_OWN_CHALLENGE:
		return COUNT_TUNNEL_REFLECTED;
	case TUNNEL_DOUBT_NONE:
	case TUNNEL_DOUBT_NO_SECRET:
	case TUNNEL_DOUBT_CHALLENGED:
		break;
	}
	return COUNT_TUNNEL_CHALLENGE;
}

/* ---- protocol callbacks -------------------------------------------------- */

static void entry_send(void *ctx, struct view datagram)
{
	struct tunnel_entry *entry = ctx;
	struct node *node = entry->node;

	node->ops->send_l2tp(node->ops_ctx, true, entry->destination->local,
			     entry->destination->peer, entry->peer_port,
			     datagram);
}

static void entry_message(void *ctx, bool sent, uint16_t type, uint16_t session)
{
	struct tunnel_entry *entry = ctx;
	struct node *node = entry->node;

	node_event(node, "message", "s:s,s:s,s:i,s:i", "way",
		   sent ? "sent" : "received", "type", l2tp_message_name(type),
		   "tunnel", entry->id, "session", session);
}

/* A tunnel that a peer begins is half-open until it is up or gone. */
static void entry_set_half_open(struct tunnel_entry *entry, bool half_open)
{
	int more = (int)half_open - (int)entry->half_open;

	entry->half_open = half_open;
	entry->node->half_open += (unsigned int)more;
	entry->destination->half_open += (unsigned int)more;
}

/*
 * The peer has proved that it has begun this tunnel: all that it had under the
 * same id is from before it started again.  What lingers only acknowledges.
 */
static void entry_forget_before(const struct tunnel_entry *entry)
{
	const struct stale_peer peer = {
		.address = entry->destination->peer,
		.port = entry->peer_port,
		.local = entry->destination->local,
		.assigned = entry->peer_assigned,
	};
	struct tunnel_entry *old;
	struct tunnel_entry *after;

	stale_tunnel_anew(entry->node, &peer);
	list_each_safe(old, after, &entry->destination->tunnels, link)
		if (old != entry && old->in &&
		    old->peer_port == entry->peer_port &&
		    old->peer_assigned == entry->peer_assigned &&
		    tunnel_info(old->control).state != TUNNEL_LINGER)
			tunnel_forget(old->control, entry->node->now);
}

static int entry_open_rx(struct tunnel_entry *entry)
{
	const struct dataplane_tunnel tunnel = {
		.id = entry->id,
		.bank = entry->bank,
		.peer = entry->destination->peer,
		.local = entry->destination->local,
		.peer_port = entry->peer_port,
		.ecn = entry->ecn,
		.zero_sum = entry->udp_checksum == CONF_CHECKSUM_ZERO,
	};
	int err = dataplane_tunnel_open(entry->node->dataplane, &tunnel);

	entry->rx_open = !err;
	return err;
}

/* The peer's id is known: open the tunnel in the data plane. */
static void entry_up(void *ctx)
{
	static const struct l2tp_result full = {
		.result = STOPCCN_ERROR,
		.error = L2TP_ERROR_RESOURCES,
	};
	struct tunnel_entry *entry = ctx;
	struct node *node = entry->node;
	struct tunnel_info info = tunnel_info(entry->control);

	snprintf(entry->subject, sizeof(entry->subject), "tunnel %u/%s",
		 entry->id, info.peer_host);
	entry_set_half_open(entry, false);
	entry->was_up = true;
	entry->ecn = info.ecn;
	if (entry->ecn) /* for the template */
		nexthop_refresh(entry->watch);
	if (entry->in) {
		entry_forget_before(entry);
		node_step(node, "lns", 2, 0,
			  "destination, host name and secret are right");
	}
	if (entry_open_rx(entry)) {
		log_error("%s: no place in the data plane", entry->subject);
		tunnel_close(entry->control, &full, node->now);
		return;
	}
	node_count(node, COUNT_TUNNELS_UP);
	log_notice("%s: established with %s", entry->subject,
		   address_text(entry->destination->peer));
	node_event(node, "tunnel-up", "s:i,s:s,s:b", "tunnel", entry->id,
		   "peer", info.peer_host, "initiator", info.initiator);
	if (entry->in)
		node_step(node, "lns", 3, 0, "tunnel is complete");
	else
		tunnel_entry_answered(entry);
	entry_watch_idle(entry);
}

static void entry_count_end(struct tunnel_entry *entry,
			    const struct l2tp_result *why, enum ended_by by)
{
	struct node *node = entry->node;

	node_count(node, COUNT_TUNNELS_ENDED);
	if (by == ENDED_BY_SILENCE)
		node_count(node, COUNT_TUNNELS_SILENT);
	if (why->result != STOPCCN_UNAUTHORISED)
		return;
	refusal_tell(node, entry->destination->peer,
		     by == ENDED_BY_PEER ? COUNT_TUNNEL_REFUSED
					 : doubt_counter(entry));
}

static void entry_down(void *ctx, const struct l2tp_result *why,
		       enum ended_by by)
{
	static const char *const who[] = {
		[ENDED_BY_US] = "us",
		[ENDED_BY_PEER] = "the peer",
		[ENDED_BY_SILENCE] = "silence",
	};
	struct tunnel_entry *entry = ctx;
	struct node *node = entry->node;

	entry->usable = false;
	tunnel_entry_ended(entry, why, by);
	tunnel_entry_unwatch(entry);
	if (!entry->rx_open)
		entry->destination->failed_tunnels++;
	entry_count_end(entry, why, by);
	log_notice("%s: ended by %s, result %u error %u %s", entry->subject,
		   who[by], why->result, why->error, why->text);
	node_event(node, "tunnel-down", "s:i,s:i,s:i,s:s,s:s", "tunnel",
		   entry->id, "result", why->result, "error", why->error,
		   "text", why->text, "by", who[by]);
	if (entry->rx_open)
		dataplane_tunnel_close(node->dataplane, entry->id);
	entry->rx_open = false;
}

/* Takes the entry out of every table; it is freed after this event. */
static void entry_done(void *ctx)
{
	struct tunnel_entry *entry = ctx;
	struct node *node = entry->node;

	alarm_set(&node->alarms, &entry->alarm, NEVER);
	alarm_set(&node->alarms, &entry->idle, NEVER);
	alarm_set(&node->alarms, &entry->path, NEVER);
	if (entry->rx_open)
		dataplane_tunnel_close(node->dataplane, entry->id);
	entry_set_half_open(entry, false);
	nexthop_unwatch(entry->watch);
	if (entry->template)
		dataplane_template_free(node->dataplane, entry->template);
	node->tunnels[entry->id] = NULL;
	ids_release(node->tunnel_ids, entry->id, node->now);
	list_remove(&entry->link);
	list_append(&node->dead_tunnels, &entry->link);
}

static int entry_incoming(void *ctx, struct session *session,
			  const struct icrq *icrq,
			  struct session_accept *accept,
			  struct l2tp_result *why)
{
	return call_incoming(ctx, session, icrq, accept, why);
}

static const struct tunnel_ops entry_ops = {
	.send = entry_send,
	.message = entry_message,
	.up = entry_up,
	.down = entry_down,
	.done = entry_done,
	.incoming = entry_incoming,
	.random = rng_fill,
};

/* ---- life ---------------------------------------------------------------- */

static void entry_ring(void *ctx, struct instant now)
{
	struct tunnel_entry *entry = ctx;

	tunnel_timeout(entry->control, now);
	tunnel_entry_settle(entry);
}

static void entry_idle(void *ctx, struct instant now)
{
	static const struct l2tp_result idle = {.result = STOPCCN_CLEAR};
	struct tunnel_entry *entry = ctx;

	(void)now;
	if (!entry->calls)
		tunnel_entry_close(entry, &idle);
}

/* The kernel reports no event for a Packet Too Big. */
static void entry_check_path(void *ctx, struct instant now)
{
	struct tunnel_entry *entry = ctx;

	nexthop_refresh(entry->watch);
	alarm_set(&entry->node->alarms, &entry->path,
		  instant_after(now, PATH_CHECK_MS));
}

void tunnel_entry_settle(struct tunnel_entry *entry)
{
	if (entry->node->tunnels[entry->id] != entry)
		return; /* done, and about to be freed */
	alarm_set(&entry->node->alarms, &entry->alarm,
		  tunnel_deadline(entry->control));
	tunnel_entry_watch(entry);
}

void tunnel_entry_hold(struct tunnel_entry *entry)
{
	entry->calls++;
	entry->destination->calls++;
	alarm_set(&entry->node->alarms, &entry->idle, NEVER);
}

void tunnel_entry_drop(struct tunnel_entry *entry)
{
	entry->calls--;
	entry->destination->calls--;
	entry_watch_idle(entry);
}

void tunnel_entry_close(struct tunnel_entry *entry,
			const struct l2tp_result *why)
{
	tunnel_close(entry->control, why, entry->node->now);
	tunnel_entry_settle(entry);
}

/* Whoever walks along a destination's tunnels may still be in it before. */
void tunnel_entry_free(struct tunnel_entry *entry)
{
	struct destination *dest = entry->destination;

	tunnel_free(entry->control);
	free(entry);
	dest->tunnel_count--;
	destination_put(dest);
}

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

static void entry_config(const struct tunnel_entry *entry,
			 struct tunnel_config *config)
{
	const struct conf_l2tp *l2tp = &entry->node->conf->l2tp;

	*config = tunnel_config_default;
	config->id = entry->id;
	COPY(config->peer, address_text(entry->destination->peer));
	config->window = l2tp->window;
	config->hello_ms = l2tp->hello_ms;
	config->retransmit_ms = l2tp->retransmit_ms;
	config->retransmit_cap_ms = l2tp->retransmit_cap_ms;
	config->retransmit_floor_ms = l2tp->retransmit_floor_ms;
	config->retransmit_max = l2tp->retransmit_max;
	config->setup_ms = l2tp->setup_ms;
	config->ecn = l2tp->ecn;
	config->challenges = &entry->node->challenges;
}

/* What an entry of ours and one of a peer have in common. -errno. */
static int entry_new(struct node *node, struct address local,
		     struct address peer, struct tunnel_entry **out)
{
	struct tunnel_entry *entry = calloc(1, sizeof(*entry));
	int err = -ENOMEM;

	if (!entry)
		return -ENOMEM;
	entry->node = node;
	entry->usable = true;
	entry->peer_port = L2TP_PORT;
	entry->bank = node_emptiest_bank(node);
	entry->since = node->now;
	entry->alarm = (struct alarm){.ring = entry_ring, .ctx = entry};
	entry->idle = (struct alarm){.ring = entry_idle, .ctx = entry};
	entry->path = (struct alarm){.ring = entry_check_path, .ctx = entry};
	entry->answer =
		(struct alarm){.ring = tunnel_entry_overdue, .ctx = entry};
	list_init(&entry->waiting);
	entry->destination = destination_get(node, local, peer);
	if (!entry->destination)
		goto out_free;
	err = node_take_tunnel_id(node, &entry->id);
	if (err)
		goto out_destination;
	err = dataplane_template_new(node->dataplane, entry->id,
				     &entry->template);
	if (err)
		goto out_id;
	COPY(entry->subject, "tunnel");
	snprintf(entry->subject, sizeof(entry->subject), "tunnel %u",
		 entry->id);
	*out = entry;
	return 0;
out_id:
	ids_release(node->tunnel_ids, entry->id, node->now);
out_destination:
	destination_put(entry->destination);
out_free:
	free(entry);
	return err;
}

/* Gives the entry its protocol machine and puts it into the tables. */
static int entry_begin(struct tunnel_entry *entry,
		       const struct tunnel_config *config)
{
	struct node *node = entry->node;
	struct destination *dest = entry->destination;

	entry->watch =
		nexthop_watch(node->nexthop, dest->peer, dest->local, entry);
	if (entry->watch)
		entry->control = tunnel_new(config, &entry_ops, entry);
	if (!entry->control) {
		nexthop_unwatch(entry->watch);
		dataplane_template_free(node->dataplane, entry->template);
		ids_release(node->tunnel_ids, entry->id, node->now);
		destination_put(dest);
		free(entry);
		return -ENOMEM;
	}
	node->tunnels[entry->id] = entry;
	list_append(&dest->tunnels, &entry->link);
	dest->tunnel_count++;
	if (dest->peer.family == AF_INET6)
		alarm_set(&node->alarms, &entry->path,
			  instant_after(node->now, PATH_CHECK_MS));
	return 0;
}

struct tunnel_entry *tunnel_entry_open(struct node *node,
				       const struct conf_tunnel *conf)
{
	struct tunnel_config config;
	struct tunnel_entry *entry;

	if (entry_new(node, conf->local, conf->peer, &entry))
		return NULL;
	entry->out = conf;
	entry->max_calls = conf->max_sessions;
	entry->udp_checksum = conf->udp_checksum;
	entry_config(entry, &config);
	COPY(config.host_name, conf->host_name);
	COPY(config.expect_host, conf->peer_host_name);
	COPY(config.secret, conf->secret);
	config.challenge = conf->challenge;
	config.hide = conf->hide;
	if (entry_begin(entry, &config))
		return NULL;
	node_count(node, COUNT_TUNNELS_OPENED);
	node_event(node, "tunnel-open", "s:i,s:s", "tunnel", entry->id, "peer",
		   address_text(conf->peer));
	tunnel_start(entry->control, node->now);
	tunnel_entry_settle(entry);
	return entry;
}

int tunnel_entry_accept(struct node *node, const struct request *rq,
			const struct conf_host *host, const struct sccrq *sccrq)
{
	struct tunnel_config config;
	struct tunnel_entry *entry;
	int err = entry_new(node, rq->local, rq->peer, &entry);

	if (err)
		return err;
	entry->in = host;
	entry->max_calls = host->max_sessions;
	entry->udp_checksum = rq->from->udp_checksum;
	entry->peer_port = rq->port;
	entry->peer_assigned = sccrq->assigned;
	entry->request = rq->hash;
	entry_config(entry, &config);
	COPY(config.host_name, host->host_name);
	COPY(config.secret, host->secret);
	config.challenge = host->challenge;
	err = entry_begin(entry, &config);
	if (err)
		return err;
	entry_set_half_open(entry, true);
	node_count(node, COUNT_TUNNELS_ACCEPTED);
	tunnel_accept(entry->control, rq->datagram, sccrq, node->now);
	tunnel_entry_settle(entry);
	return 0;
}

bool tunnel_entry_serves(const struct tunnel_entry *entry,
			 const struct conf_tunnel *conf)
{
	return entry->usable && entry->out &&
	       tunnel_info(entry->control).state < TUNNEL_CLOSING &&
	       entry->out->challenge == conf->challenge &&
	       entry->out->hide == conf->hide &&
	       !strcmp(entry->out->secret, conf->secret) &&
	       !strcmp(entry->out->assignment, conf->assignment) &&
	       !strcmp(entry->out->host_name, conf->host_name) &&
	       !strcmp(entry->out->peer_host_name, conf->peer_host_name) &&
	       entry->udp_checksum == conf->udp_checksum &&
	       (!entry->max_calls || entry->calls < entry->max_calls) &&
	       node_bank_serves(entry->node, entry->bank);
}

/* Of those that do not answer only one that is being opened: it may yet. */
static struct tunnel_entry *entry_find(const struct destination *dest,
				       const struct conf_tunnel *conf)
{
	struct tunnel_entry *entry, *spare = NULL;

	list_each(entry, &dest->tunnels, link) {
		if (!tunnel_entry_serves(entry, conf))
			continue;
		if (!entry->doubted)
			return entry;
		if (!entry->was_up)
			spare = entry;
	}
	return spare;
}

struct tunnel_entry *tunnel_entry_for(struct node *node,
				      const struct conf_tunnel *conf,
				      bool *opened)
{
	const struct destination *dest = destination_of(node, conf);
	struct tunnel_entry *entry = dest ? entry_find(dest, conf) : NULL;

	*opened = !entry;
	return entry ? entry : tunnel_entry_open(node, conf);
}
