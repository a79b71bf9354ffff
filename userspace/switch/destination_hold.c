/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A destination's state, which outlives its tunnels.
 *
 * A destination that failed is the last choice until its hold-down is over.
 * Then one tunnel at a time probes it, while calls go elsewhere.  A tunnel
 * whose messages are not acknowledged is doubted long before it is given up: a
 * second one shows whether the peer is alive.  If it is, calls that are not up
 * yet move there, and the doubted tunnel has PROOFS chances to show that the
 * peer still knows it.
 *
 * All this concerns only tunnels that we open, as calls do not choose others.
 */
#include "switch/destination_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "switch/call.h"

enum {
	PROOFS = 3, /* with 20 % loss both ways, 1 of 20 peers seems dead */
	PROOF_MS = 1000, /* the RFC's first timeout */
};

struct destination *destination_of(struct node *node,
				   const struct conf_tunnel *conf)
{
	size_t at = (size_t)(conf - node->conf->tunnels);

	if (!node->choices)
		node->choices = calloc(node->conf->tunnel_count,
				       sizeof(*node->choices));
	if (!node->choices)
		return NULL;
	if (!node->choices[at]) {
		struct destination *dest =
			destination_get(node, conf->local, conf->peer);

		if (!dest)
			return NULL;
		dest->configured = true;
		node->choices[at] = dest;
	}
	return node->choices[at];
}

/* ---- hold-down ----------------------------------------------------------- */

static bool destination_is_held(const struct node *node,
				const struct destination *dest)
{
	return dest->failing && !instant_due(dest->held_until, node->now);
}

/* One that is the only choice can fail with each call: that is told once. */
static void destination_failed(struct node *node, struct destination *dest,
			       const char *why)
{
	uint32_t hold_ms = node->conf->l2tp.hold_down_ms;
	bool held = destination_is_held(node, dest);

	dest->failed_at = node->now;
	snprintf(dest->failure, sizeof(dest->failure), "%s", why);
	if (!hold_ms)
		return;
	dest->failing = true;
	dest->held_until = instant_after(node->now, hold_ms);
	node_count(node, COUNT_DESTINATIONS_HELD);
	if (held)
		return;
	log_warning("destination %s: last choice for %u s: %s",
		    address_text(dest->peer), hold_ms / 1000, why);
	node_event(node, "destination-held", "s:i,s:s,s:i,s:s", "id",
		   (int)dest->id, "peer", address_text(dest->peer), "seconds",
		   (int)(hold_ms / 1000), "why", why);
}

static void destination_answered(struct node *node, struct destination *dest)
{
	if (!dest->failing)
		return;
	dest->failing = false;
	log_notice("destination %s: answers again", address_text(dest->peer));
	node_event(node, "destination-answers", "s:i,s:s", "id", (int)dest->id,
		   "peer", address_text(dest->peer));
}

/* Whether calls of this definition have an established tunnel to go to. */
static bool destination_serves(const struct destination *dest,
			       const struct conf_tunnel *conf)
{
	const struct tunnel_entry *entry;

	list_each(entry, &dest->tunnels, link)
		if (entry->was_up && !entry->doubted &&
		    tunnel_entry_serves(entry, conf))
			return true;
	return false;
}

/*
 * Whether the end of a tunnel means that the next one is likely to fail too.
 * A refusal does, for whatever reason, as further attempts would cost both
 * sides a tunnel for each call; unless it is because there is a tunnel that can
 * be used.  Result 1 does not: the peer may accept another tunnel.
 */
static bool end_is_failure(const struct tunnel_entry *entry,
			   const struct l2tp_result *why, enum ended_by by)
{
	if (entry->replaced)
		return false;
	if (why->result == STOPCCN_EXISTS &&
	    destination_serves(entry->destination, entry->out))
		return false;
	if (by == ENDED_BY_SILENCE)
		return true;
	if (by == ENDED_BY_PEER)
		return !entry->was_up || !stopccn_is_clear(why->result);
	return !entry->was_up && !stopccn_is_clear(why->result);
}

static void end_text(const struct tunnel_entry *entry,
		     const struct l2tp_result *why, enum ended_by by, char *out,
		     size_t cap)
{
	static const char *const who[] = {
		[ENDED_BY_US] = "its answer was refused",
		[ENDED_BY_PEER] = "it sent StopCCN",
	};

	if (by == ENDED_BY_SILENCE)
		snprintf(out, cap, "%s",
			 entry->was_up ? "it fell silent"
				       : "no answer to SCCRQ");
	else
		snprintf(out, cap, "%s, result %u error %u %s", who[by],
			 why->result, why->error, why->text);
}

/* The peer knows our tunnel, and refuses a second one. */
static void destination_has_one(struct destination *dest)
{
	struct tunnel_entry *entry;

	dest->single = true;
	list_each(entry, &dest->tunnels, link)
		if (entry->was_up)
			tunnel_entry_unwatch(entry);
}

void tunnel_entry_ended(struct tunnel_entry *entry,
			const struct l2tp_result *why, enum ended_by by)
{
	struct destination *dest = entry->destination;
	char text[sizeof(dest->failure)];

	if (!entry->out || entry->failed)
		return;
	if (why->result == STOPCCN_EXISTS && by == ENDED_BY_PEER &&
	    !entry->was_up)
		destination_has_one(dest);
	if (!end_is_failure(entry, why, by))
		return;
	entry->failed = true;
	end_text(entry, why, by, text, sizeof(text));
	destination_failed(entry->node, dest, text);
}

/* ---- choice -------------------------------------------------------------- */

/* At most all tunnels of a destination that does not answer. */
bool destination_is_last(struct node *node, const struct conf_tunnel *conf)
{
	const struct destination *dest = destination_of(node, conf);

	return dest && (dest->failing || dest->doubted) &&
	       !destination_serves(dest, conf);
}

struct instant destination_failed_at(struct node *node,
				     const struct conf_tunnel *conf)
{
	const struct destination *dest = destination_of(node, conf);

	return dest ? dest->failed_at : NEVER;
}

/* A tunnel that is being opened, which will show whether the peer answers. */
static bool destination_is_asked(const struct destination *dest)
{
	const struct tunnel_entry *entry;

	list_each(entry, &dest->tunnels, link)
		if (entry->out && tunnel_info(entry->control).state ==
					  TUNNEL_WAIT_CTL_REPLY)
			return true;
	return false;
}

void destination_probe(struct node *node, const struct conf_tunnel *conf)
{
	const struct destination *dest = destination_of(node, conf);

	if (!dest || !dest->failing ||
	    !instant_due(dest->held_until, node->now) ||
	    destination_is_asked(dest))
		return;
	node_count(node, COUNT_DESTINATIONS_PROBED);
	tunnel_entry_open(node, conf);
}

const char *destination_state(const struct node *node,
			      const struct destination *dest)
{
	if (destination_is_held(node, dest))
		return "held";
	if (dest->failing)
		return destination_is_asked(dest) ? "probing" : "to-probe";
	return dest->doubted ? "doubted" : "good";
}

/* ---- doubt --------------------------------------------------------------- */

static void entry_set_doubted(struct tunnel_entry *entry, bool doubted)
{
	if (entry->doubted == doubted)
		return;
	entry->doubted = doubted;
	entry->proofs = 0;
	entry->destination->doubted += doubted ? 1u : -1u;
}

/*
 * Moves the calls of all its tunnels that do not answer, at once.  N: the calls
 * that dialled in the meantime.
 */
static void destination_release(struct destination *dest)
{
	struct tunnel_entry *entry, *after;

	list_each_safe(entry, after, &dest->tunnels, link)
		if (entry->doubted)
			calls_move(entry, false);
}

/* The SCCRQ is repeated as before, but calls go elsewhere if they can. */
static void entry_is_unanswered(struct tunnel_entry *entry)
{
	entry->failed = true;
	entry_set_doubted(entry, true);
	destination_failed(entry->node, entry->destination,
			   "no answer to SCCRQ");
	destination_release(entry->destination);
}

/* Not without calls, else a peer could make us open tunnels for ever. */
static void entry_is_doubted(struct tunnel_entry *entry)
{
	struct node *node = entry->node;

	entry_set_doubted(entry, true);
	node_count(node, COUNT_TUNNELS_DOUBTED);
	log_warning("%s: the peer acknowledges nothing", entry->subject);
	node_event(node, "tunnel-doubted", "s:i", "tunnel", entry->id);
	if (entry->calls && !destination_is_asked(entry->destination))
		tunnel_entry_open(node, entry->out);
}

static void entry_ask(struct tunnel_entry *entry)
{
	struct node *node = entry->node;

	tunnel_nudge(entry->control, node->now);
	tunnel_entry_settle(entry);
	alarm_set(&node->alarms, &entry->answer,
		  instant_after(node->now, PROOF_MS));
}

static void entry_is_replaced(struct tunnel_entry *entry)
{
	struct node *node = entry->node;

	entry->replaced = true;
	node_count(node, COUNT_TUNNELS_REPLACED);
	log_warning("%s: its peer has forgotten it", entry->subject);
	tunnel_forget(entry->control, node->now);
}

void tunnel_entry_overdue(void *ctx, struct instant now)
{
	struct tunnel_entry *entry = ctx;
	enum tunnel_state state = tunnel_info(entry->control).state;

	(void)now;
	if (state == TUNNEL_WAIT_CTL_REPLY)
		entry_is_unanswered(entry);
	else if (state != TUNNEL_ESTABLISHED)
		return;
	else if (!entry->doubted)
		entry_is_doubted(entry);
	else if (entry->proofs && --entry->proofs)
		entry_ask(entry);
	else
		entry_is_replaced(entry);
}

void tunnel_entry_watch(struct tunnel_entry *entry)
{
	const struct conf_l2tp *l2tp = &entry->node->conf->l2tp;
	uint32_t wait_ms = l2tp->sccrq_wait_ms;
	struct tunnel_info info;

	if (!entry->out || entry->doubted || entry->answer.place)
		return;
	info = tunnel_info(entry->control);
	if (info.state == TUNNEL_ESTABLISHED)
		wait_ms = entry->destination->single ? 0 : l2tp->doubt_ms;
	else if (info.state != TUNNEL_WAIT_CTL_REPLY)
		return;
	if (wait_ms && info.unacknowledged)
		alarm_set(&entry->node->alarms, &entry->answer,
			  instant_after(entry->node->now, wait_ms));
}

void tunnel_entry_unwatch(struct tunnel_entry *entry)
{
	entry_set_doubted(entry, false);
	alarm_set(&entry->node->alarms, &entry->answer, NEVER);
}

void tunnel_entry_heard(struct tunnel_entry *entry)
{
	if (!entry->out || !entry->was_up)
		return;
	if (entry->doubted)
		log_notice("%s: answers again", entry->subject);
	tunnel_entry_unwatch(entry);
}

void tunnel_entry_answered(struct tunnel_entry *entry)
{
	struct destination *dest = entry->destination;
	struct tunnel_entry *old, *after;

	tunnel_entry_unwatch(entry);
	entry->failed = false; /* it was only late */
	destination_answered(entry->node, dest);
	list_each_safe(old, after, &dest->tunnels, link) {
		if (old == entry || !old->doubted || !old->was_up)
			continue;
		calls_move(old, true);
		old->proofs = PROOFS;
		entry_ask(old);
	}
}
