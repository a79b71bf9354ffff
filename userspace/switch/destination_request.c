/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Input from the control port: answers SCCRQs, and finds the tunnel of all
 * other datagrams.
 */
#include "switch/destination_inner.h"

#include <errno.h>

#include "base/log.h"
#include "base/rng.h"
#include "switch/policy.h"
#include "switch/stale.h"

enum {
	/* half-open tunnels at most, of all and of one peer: an SCCRQ costs
	 * its sender nothing */
	HALF_OPEN_MAX = 1000,
	HALF_OPEN_PEER = 100,
};

/*
 * Whether this peer began the tunnel with this id and has sent nothing but its
 * SCCRQ: then it may not know our id yet.  A peer that has sent more knows it;
 * if it uses tunnel id 0 again, it has restarted.
 */
static bool entry_is_begun(const struct tunnel_entry *entry,
			   const struct request *rq, uint16_t assigned)
{
	return entry->in && entry->peer_port == rq->port &&
	       entry->peer_assigned == assigned &&
	       tunnel_info(entry->control).nr == 1;
}

/* The tunnel that began with the very same SCCRQ: it is a repeat. */
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
		if (entry_is_begun(entry, rq, assigned) &&
		    entry->request == rq->hash)
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
	/* no answer: a real peer repeats its SCCRQ */
	node_count(node, COUNT_SCCRQ_RATE);
	return true;
}

static void request_refuse(struct node *node, const struct request *rq,
			   uint16_t peer_tunnel, const struct l2tp_result *why)
{
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));
	uint16_t own;

	/* a forged source must not make us send without limit */
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
			const char *what, const char *why)
{
	static struct log_limit limit = {.burst = 10, .every_ms = 1000};
	char name[80];

	if (log_allowed(&limit, node->now))
		log_warning("destination %s: SCCRQ of \"%s\": %s %s",
			    address_text(rq->peer),
			    view_print(rq->host_name, name, sizeof(name)), what,
			    why);
}

/* Counts and logs it, and answers if the SCCRQ has a tunnel id. */
static void request_deny(struct node *node, const struct request *rq,
			 enum counter counter, uint16_t assigned,
			 const struct l2tp_result *why, const char *text)
{
	refusal_tell(node, rq->peer, counter);
	request_log(node, rq, "refused:", text);
	request_refuse(node, rq, assigned, why);
}

static void request_take(struct node *node, const struct request *rq,
			 const struct conf_host *host,
			 const struct sccrq *sccrq)
{
	struct l2tp_result full = {
		.result = STOPCCN_ERROR,
		.error = L2TP_ERROR_RESOURCES,
	};

	if (request_is_too_much(node, rq))
		return;
	if (sccrq->ignored[0])
		request_log(node, rq, "ignored", sccrq->ignored);
	if (node->half_open >= HALF_OPEN_MAX ||
	    tunnel_entry_accept(node, rq, host, sccrq)) {
		refusal_tell(node, rq->peer, COUNT_SCCRQ_NO_RESOURCES);
		request_refuse(node, rq, sccrq->assigned, &full);
	}
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
	if (err == -EPROTO) {
		request_deny(node, rq, COUNT_SCCRQ_REFUSED, sccrq.assigned,
			     &why, why.text);
	} else if (!host) {
		why = (struct l2tp_result){.result = STOPCCN_UNAUTHORISED};
		request_deny(node, rq, COUNT_SCCRQ_UNKNOWN_HOST, sccrq.assigned,
			     &why, "no host profile for this name");
	} else if (err) {
		request_deny(node, rq, COUNT_SCCRQ_SECRET, sccrq.assigned, &why,
			     why.text);
	} else {
		request_take(node, rq, host, &sccrq);
	}
}

/* A StopCCN of a peer that never learnt our id: of whatever it began with it. */
static bool request_is_stop(struct node *node, const struct request *rq)
{
	struct destination *dest =
		destination_find(node, rq->local, rq->peer);
	struct tunnel_entry *entry, *after;
	uint16_t assigned;

	if (stopccn_assigned(rq->datagram, &assigned))
		return false;
	if (!dest)
		return true;
	list_each_safe(entry, after, &dest->tunnels, link) {
		if (!entry_is_begun(entry, rq, assigned))
			continue;
		tunnel_input(entry->control, rq->datagram, node->now);
		tunnel_entry_settle(entry);
	}
	return true;
}

/* Tunnel id 0: a peer wants to open a tunnel. */
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
	rq->hash = view_hash(rq->datagram, node->hash_seed);
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
	tunnel_entry_heard(entry);
	tunnel_input(entry->control, datagram, entry->node->now);
	if (port != before) {
		if (tunnel_info(entry->control).state == TUNNEL_ESTABLISHED)
			nexthop_refresh(entry->watch);
		else
			entry->peer_port = before;
	}
	tunnel_entry_settle(entry);
}

/* A StopCCN of the peer ends what an earlier engine left of the tunnel. */
static void stray_input(struct node *node, const struct request *rq,
			uint16_t id)
{
	struct stale_peer peer = {
		.address = rq->peer,
		.port = rq->port,
		.local = rq->local,
	};
	uint8_t room[L2TP_CONTROL_HEADER];
	struct builder b = builder_on(room, sizeof(room));
	struct l2tp_control control;

	if (stopccn_assigned(rq->datagram, &peer.assigned) ||
	    !stale_tunnel_stopped(node, id, &peer) ||
	    l2tp_control_read(rq->datagram, &control)) {
		node_count(node, COUNT_CONTROL_UNKNOWN_TUNNEL);
		return;
	}
	/* so that it is not repeated; our Ns is what the peer expects */
	control = (struct l2tp_control){
		.tunnel = peer.assigned,
		.ns = control.nr,
		.nr = (uint16_t)(control.ns + 1),
	};
	if (!l2tp_control_build(&b, &control))
		node->ops->send_l2tp(node->ops_ctx, true, rq->local, rq->peer,
				     rq->port, builder_view(&b));
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
		stray_input(node, &rq, id);
	} else if (!entry_is_from(entry, peer, peer_port)) {
		node_count(node, COUNT_CONTROL_WRONG_PEER);
	} else {
		entry_input(entry, peer_port, datagram);
	}
}
