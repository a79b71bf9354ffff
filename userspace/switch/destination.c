/* SPDX-License-Identifier: GPL-2.0-only */
/* Destinations and the tunnels with them; see destination.h. */
#include "switch/destination.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rng.h"
#include "switch/call.h"
#include "switch/policy.h"

enum {
	/* half-open tunnels at most, of all and of one peer: an SCCRQ costs
	 * its sender nothing */
	HALF_OPEN_MAX = 1000,
	HALF_OPEN_PEER = 100,
	/* an SCCRQ that is older cannot come again */
	SCCRQ_REPEAT_MS = 31000,
	/* how long a path that became narrower can swallow what is too big */
	PATH_CHECK_MS = 20000,
};

/* ---- destinations -------------------------------------------------------- */

static struct destination *destination_find(struct node *node,
					    struct address local,
					    struct address peer)
{
	struct destination *dest;

	list_each(dest, &node->destinations, link)
		if (address_same(dest->local, local) &&
		    address_same(dest->peer, peer))
			return dest;
	return NULL;
}

static struct destination *destination_get(struct node *node,
					   struct address local,
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

/* A destination without tunnels is nothing. */
static void destination_put(struct destination *dest)
{
	if (dest->tunnel_count)
		return;
	list_remove(&dest->link);
	free(dest);
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

/* Counted, and told with the counter's name as the reason. */
static void refusal_tell(struct node *node, struct address peer,
			 enum counter counter)
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

/* Why we did not trust the peer of a tunnel, by the side we were on. */
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
	case TUNNEL_DOUBT_NONE:
	case TUNNEL_DOUBT_NO_SECRET:
	case TUNNEL_DOUBT_CHALLENGED:
	case TUNNEL_DOUBT_OWN_CHALLENGE:
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
 * A peer has one tunnel of an id of its own: one that is up under the same id
 * is from before it started again.
 */
static void entry_forget_before(const struct tunnel_entry *entry)
{
	struct tunnel_entry *old;
	struct tunnel_entry *after;

	list_each_safe(old, after, &entry->destination->tunnels, link)
		if (old != entry && old->in && old->rx_open &&
		    old->peer_port == entry->peer_port &&
		    old->peer_assigned == entry->peer_assigned)
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
	struct destination *dest = entry->destination;

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
	dest->tunnel_count--;
	destination_put(dest);
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

/* The kernel learns of Packet Too Big, and tells nobody. */
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

void tunnel_entry_free(struct tunnel_entry *entry)
{
	tunnel_free(entry->control);
	free(entry);
}

static void entry_config(const struct tunnel_entry *entry,
			 struct tunnel_config *config)
{
	const struct conf_l2tp *l2tp = &entry->node->conf->l2tp;

	*config = tunnel_config_default;
	config->id = entry->id;
	config->window = l2tp->window;
	config->hello_ms = l2tp->hello_ms;
	config->retransmit_ms = l2tp->retransmit_ms;
	config->retransmit_cap_ms = l2tp->retransmit_cap_ms;
	config->retransmit_max = l2tp->retransmit_max;
	config->setup_ms = l2tp->setup_ms;
	config->ecn = l2tp->ecn;
}

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

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
	entry->destination = destination_get(node, local, peer);
	if (!entry->destination)
		goto out_free;
	err = ids_take(node->tunnel_ids, node->now, &entry->id);
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

static struct tunnel_entry *entry_open(struct node *node,
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

/* Whether calls of this definition may share the tunnel. */
static bool entry_serves(const struct tunnel_entry *entry,
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
	       ids_left(entry->node->banks[entry->bank], entry->node->now);
}

struct tunnel_entry *tunnel_entry_for(struct node *node,
				      const struct conf_tunnel *conf,
				      bool *opened)
{
	struct destination *dest = destination_find(node, conf->local,
						    conf->peer);
	struct tunnel_entry *entry;

	*opened = false;
	if (dest)
		list_each(entry, &dest->tunnels, link)
			if (entry_serves(entry, conf))
				return entry;
	*opened = true;
	return entry_open(node, conf);
}

/* ---- datagrams ----------------------------------------------------------- */

struct request {
	struct address peer;
	uint16_t port;
	struct address local;
	struct view datagram;
	struct view host_name;
	const struct conf_destination *from; /* as who it may come */
};

/*
 * Whether an SCCRQ can still be one that this tunnel began with.  A peer that
 * starts again may begin with the same id: that is another tunnel.
 */
static bool entry_takes_repeats(const struct tunnel_entry *entry)
{
	struct instant end = instant_after(entry->since, SCCRQ_REPEAT_MS);
	enum tunnel_state state = tunnel_info(entry->control).state;

	return state != TUNNEL_LINGER &&
	       (state != TUNNEL_ESTABLISHED ||
		!instant_due(end, entry->node->now));
}

/* The tunnel that this peer began with this id: the SCCRQ is a repeat. */
static struct tunnel_entry *entry_of_request(struct node *node,
					     const struct request *rq,
					     uint16_t assigned)
{
	struct destination *dest =
		destination_find(node, rq->local, rq->peer);
	struct tunnel_entry *entry;

	if (!dest)
		return NULL;
	list_each(entry, &dest->tunnels, link)
		if (entry->in && entry->peer_port == rq->port &&
		    entry->peer_assigned == assigned &&
		    entry_takes_repeats(entry))
			return entry;
	return NULL;
}

/* Whether there are too many half-open tunnels already, and says so. */
static bool request_is_too_much(struct node *node, const struct request *rq)
{
	const struct destination *dest =
		destination_find(node, rq->local, rq->peer);

	if (!dest || dest->half_open < HALF_OPEN_PEER)
		return false;
	/* no answer: who means it comes again in a moment */
	node_count(node, COUNT_SCCRQ_RATE);
	return true;
}

static void request_refuse(struct node *node, const struct request *rq,
			   uint16_t peer_tunnel, const struct l2tp_result *why)
{
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));
	uint16_t own;

	/* a forged source must not make us send more than it takes */
	if (!log_allowed(&node->refusals, node->now)) {
		node_count(node, COUNT_SCCRQ_UNANSWERED);
		return;
	}
	rng_fill(&own, sizeof(own));
	if (!own || !peer_tunnel || sccrq_refuse(&b, peer_tunnel, own, why))
		return;
	node->ops->send_l2tp(node->ops_ctx, true, rq->local, rq->peer,
			     rq->port, builder_view(&b));
}

static void request_log(const struct node *node, const struct request *rq,
			const char *why)
{
	static struct log_limit limit = {.burst = 10, .every_ms = 1000};
	char name[80];

	if (log_allowed(&limit, node->now))
		log_warning("destination %s: SCCRQ of \"%s\" refused: %s",
			    address_text(rq->peer),
			    view_print(rq->host_name, name, sizeof(name)), why);
}

static void request_take(struct node *node, const struct request *rq,
			 const struct conf_host *host,
			 const struct sccrq *sccrq)
{
	struct l2tp_result full = {
		.result = STOPCCN_ERROR,
		.error = L2TP_ERROR_RESOURCES,
	};
	struct tunnel_config config;
	struct tunnel_entry *entry;

	if (request_is_too_much(node, rq))
		return;
	if (node->half_open >= HALF_OPEN_MAX ||
	    entry_new(node, rq->local, rq->peer, &entry)) {
		refusal_tell(node, rq->peer, COUNT_SCCRQ_NO_RESOURCES);
		request_refuse(node, rq, sccrq->assigned, &full);
		return;
	}
	entry->in = host;
	entry->max_calls = host->max_sessions;
	entry->udp_checksum = rq->from->udp_checksum;
	entry->peer_port = rq->port;
	entry->peer_assigned = sccrq->assigned;
	entry_config(entry, &config);
	COPY(config.host_name, host->host_name);
	COPY(config.secret, host->secret);
	config.challenge = host->challenge;
	if (entry_begin(entry, &config)) {
		node_count(node, COUNT_SCCRQ_NO_RESOURCES);
		return;
	}
	entry_set_half_open(entry, true);
	node_count(node, COUNT_TUNNELS_ACCEPTED);
	tunnel_accept(entry->control, rq->datagram, sccrq, node->now);
	tunnel_entry_settle(entry);
}

/* The source is allowed and the header is good: judge the rest. */
static void request_judge(struct node *node, const struct request *rq)
{
	const struct conf_host *host = policy_host(rq->from, rq->host_name);
	struct view secret = host ? view_text(host->secret) : (struct view){0};
	struct l2tp_result why = {0};
	uint8_t scratch[1024];
	struct sccrq sccrq = {0};
	struct tunnel_entry *entry;
	int err = sccrq_read(rq->datagram, secret, &sccrq, scratch,
			     sizeof(scratch), &why);

	if (err == -EBADMSG) {
		node_count(node, COUNT_SCCRQ_MALFORMED);
		return;
	}
	entry = entry_of_request(node, rq, sccrq.assigned);
	if (entry && !err) {
		tunnel_input(entry->control, rq->datagram, node->now);
		tunnel_entry_settle(entry);
		return;
	}
	node_step(node, "lns", 1, 0, "a LAC sent SCCRQ");
	if (err) {
		refusal_tell(node, rq->peer, COUNT_SCCRQ_REFUSED);
		request_log(node, rq, why.text);
		request_refuse(node, rq, sccrq.assigned, &why);
	} else if (!host) {
		why = (struct l2tp_result){.result = STOPCCN_UNAUTHORISED};
		refusal_tell(node, rq->peer, COUNT_SCCRQ_UNKNOWN_HOST);
		request_log(node, rq, "no host profile for this name");
		request_refuse(node, rq, sccrq.assigned, &why);
	} else {
		request_take(node, rq, host, &sccrq);
	}
}

/* A StopCCN of a peer that never learnt our id. */
static bool request_is_stop(struct node *node, const struct request *rq)
{
	struct tunnel_entry *entry;
	uint16_t assigned;

	if (stopccn_assigned(rq->datagram, &assigned))
		return false;
	entry = entry_of_request(node, rq, assigned);
	if (entry) {
		tunnel_input(entry->control, rq->datagram, node->now);
		tunnel_entry_settle(entry);
	}
	return true;
}

/* Tunnel id 0: somebody wants to begin. */
static void request_input(struct node *node, struct request *rq)
{
	if (!node->conf->destination_count) {
		refusal_tell(node, rq->peer, COUNT_SCCRQ_NO_LNS);
		return;
	}
	rq->from = policy_destination(node->conf, rq->peer, rq->local);
	if (!rq->from) {
		refusal_tell(node, rq->peer, COUNT_SCCRQ_UNKNOWN_SOURCE);
		return;
	}
	if (request_is_stop(node, rq))
		return;
	if (sccrq_host_name(rq->datagram, &rq->host_name)) {
		node_count(node, COUNT_SCCRQ_MALFORMED);
		return;
	}
	request_judge(node, rq);
}

/* A responder may answer from another port with its first reply. */
static bool entry_is_from(const struct tunnel_entry *entry, struct address peer,
			  uint16_t port)
{
	if (!address_same(entry->destination->peer, peer))
		return false;
	return entry->peer_port == port ||
	       tunnel_info(entry->control).state == TUNNEL_WAIT_CTL_REPLY;
}

/* The port it answered from is the peer's if the answer was a good SCCRP. */
static void entry_input(struct tunnel_entry *entry, uint16_t port,
			struct view datagram)
{
	uint16_t before = entry->peer_port;

	entry->peer_port = port;
	tunnel_input(entry->control, datagram, entry->node->now);
	if (port != before) {
		if (tunnel_info(entry->control).state == TUNNEL_ESTABLISHED)
			nexthop_refresh(entry->watch);
		else
			entry->peer_port = before;
	}
	tunnel_entry_settle(entry);
}

void destination_input(struct node *node, struct address peer,
		       uint16_t peer_port, struct address local,
		       struct view datagram)
{
	struct request rq = {
		.peer = peer,
		.port = peer_port,
		.local = local,
		.datagram = datagram,
	};
	struct reader r = reader_of_view(datagram);
	struct tunnel_entry *entry;
	uint16_t id;

	/* flags and Length are judged by whoever gets the datagram */
	if (read_skip(&r, 4) || read_u16(&r, &id)) {
		node_count(node, COUNT_CONTROL_MALFORMED);
		return;
	}
	if (!id) {
		request_input(node, &rq);
		return;
	}
	entry = node->tunnels[id];
	if (!entry) {
		node_count(node, COUNT_CONTROL_UNKNOWN_TUNNEL);
	} else if (!entry_is_from(entry, peer, peer_port)) {
		node_count(node, COUNT_CONTROL_WRONG_PEER);
	} else {
		entry_input(entry, peer_port, datagram);
	}
}
