/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a call; see call.h. */
#include "switch/call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "switch/access.h"
#include "switch/redial.h"
#include "switch/service.h"
#include "switch/stale.h"
#include "world/pool.h"

/* No limit of ours: the egress port's frame size is what counts. */
enum { MTU_ANY = 65535 };

const char *call_role(const struct call *call)
{
	bool pppoe = call->access.kind == LEG_PPPOE;

	if (call->core.kind == LEG_L2TP)
		return pppoe ? "lac" : "lts";
	return pppoe ? "pta" : "lns";
}

const char *call_state_name(enum call_state state)
{
	static const char *const names[] = {
		[CALL_SETUP] = "setup",	    [CALL_TUNNELLING] = "tunnelling",
		[CALL_UP] = "up",	    [CALL_CLOSING] = "closing",
		[CALL_ENDED] = "ended",
	};

	return names[state];
}

/* The client has a new session: its stale calls end. */
static void call_end_stale(struct call *call)
{
	if (call->access.kind == LEG_PPPOE)
		stale_end_client(call->node, call->access.port,
				 &call->access.client);
}

void call_set_state(struct call *call, enum call_state state, const char *why)
{
	struct node *node = call->node;

	if (call->state == state)
		return;
	/* the end has a line of its own, with all that is known then */
	if (state == CALL_ENDED || state == CALL_CLOSING || state == CALL_SETUP)
		log_debug("call %u: %s -> %s: %s", call->id,
			  call_state_name(call->state), call_state_name(state),
			  why);
	else if (node_may_log(node))
		log_info("call %u: %s -> %s: %s", call->id,
			 call_state_name(call->state), call_state_name(state),
			 why);
	call->state = state;
	if (state == CALL_UP) {
		if (instant_is_never(call->up_since))
			node_count(node, COUNT_CALLS_UP);
		call->up_since = node->now;
		call_end_stale(call);
	}
	node_event(node, "call", "s:i,s:s,s:s,s:s,s:s", "call", (int)call->id,
		   "state", call_state_name(state), "role", call_role(call),
		   "user", call->user, "why", why);
}

static void call_ring(void *ctx, struct instant now)
{
	struct call *call = ctx;

	if (!call->ppp)
		return;
	ppp_timeout(call->ppp, now);
	call_ppp_settle(call);
}

struct call *call_new(struct node *node)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	if (table_insert(&node->calls_by_id, &call->by_id,
			 node->last_call + 1)) {
		free(call);
		return NULL;
	}
	call->node = node;
	call->id = ++node->last_call;
	call->since = node->now;
	list_init(&call->waiting);
	call->alarm = (struct alarm){.ring = call_ring, .ctx = call};
	redial_init(call);
	list_append(&node->calls, &call->link);
	node->call_count++;
	node_count(node, COUNT_CALLS_OPENED);
	return call;
}

struct call *call_find(struct node *node, uint32_t id)
{
	struct table_link *link = table_find(&node->calls_by_id, id);

	return link ? table_entry(link, struct call, by_id) : NULL;
}

void call_set_slot(struct call *call, struct call_leg *leg, uint32_t slot)
{
	leg->slot = slot;
	call->node->slots[slot] = call;
}

/* Before the legs are joined there is no peer numbering to follow. */
bool call_numbers(const struct call *call, const struct call_leg *leg)
{
	if (!leg->follows)
		return leg->sequenced;
	return call->core.installed &&
	       dataplane_leg_numbers(call->node->dataplane, call->access.slot);
}

/*
 * Joined legs number in the record of the other one, which the program uses
 * too.
 */
uint16_t call_next_ns(struct call *call, const struct call_leg *leg)
{
	bool is_access = leg == &call->access;
	struct call_leg *own = is_access ? &call->access : &call->core;
	const struct call_leg *other = is_access ? &call->core : &call->access;

	if (!call->core.installed)
		return own->ns++;
	return dataplane_leg_number(call->node->dataplane, other->slot);
}

/* ---- what the data plane is told ----------------------------------------- */

/* What a leg that is made of a session looks like; false for LEG_IP. */
static void leg_describe(const struct call_leg *leg, struct leg_end *end)
{
	*end = (struct leg_end){
		.kind = leg->kind,
		.slot = leg->slot,
		.mtu = MTU_ANY,
	};
	switch (leg->kind) {
	case LEG_PPPOE:
		end->template = access_template(leg->port, &leg->client);
		memcpy(end->pppoe.mac, leg->client.mac, 6);
		end->pppoe.vlan = leg->client.vlan[0];
		end->pppoe.inner_vlan = leg->client.vlan[1];
		end->pppoe.session = leg->pppoe_session;
		break;
	case LEG_L2TP:
		end->template = leg->entry->template;
		end->l2tp.tunnel = leg->entry->id;
		end->l2tp.peer_tunnel =
			tunnel_info(leg->entry->control).peer_id;
		end->l2tp.peer_session = session_peer_id(leg->session);
		end->l2tp.sequenced = leg->sequenced;
		end->l2tp.follows = leg->follows;
		end->l2tp.ns = leg->ns;
		break;
	case LEG_IP:
		end->ip.ip4 = leg->address;
		break;
	case LEG_NONE:
		break;
	}
}

int call_access_install(struct call *call)
{
	struct leg_end end;
	int err;

	leg_describe(&call->access, &end);
	err = dataplane_leg_punt(call->node->dataplane, call->id, &end);
	if (!err)
		call->access.installed = true;
	return err;
}

int call_join(struct call *call)
{
	struct leg_end access;
	struct leg_end core;
	int err;

	leg_describe(&call->access, &access);
	leg_describe(&call->core, &core);
	if (call->core.kind == LEG_IP)
		access.mtu = ppp_info(call->ppp).peer_mru;
	service_join(call, &access, &core);
	err = dataplane_join(call->node->dataplane, call->id, &access, &core);
	if (err) {
		log_error("call %u: legs cannot be joined: %s", call->id,
			  strerror(-err));
		return err;
	}
	call->access.installed = true;
	call->core.installed = true;
	return 0;
}

void call_suspend(struct call *call)
{
	struct dataplane *dp = call->node->dataplane;

	if (call->core.installed)
		dataplane_leg_suspend(dp, call->core.slot);
	if (call->access.installed)
		dataplane_leg_suspend(dp, call->access.slot);
}

/* ---- the end ------------------------------------------------------------- */

/* For `show call` of a call that ended, and its one line in the log. */
static void call_remember(struct call *call, enum cause cause,
			  const struct l2tp_result *result)
{
	struct node *node = call->node;
	struct ended_call *ended =
		&node->ended[node->ended_count++ % NODE_ENDED];
	char line[ENDED_LINE_MAX];

	*ended = (struct ended_call){
		.cause = cause_name(cause),
		.text = cause_text(cause),
		.result = *result,
		.received = call->result_received,
	};
	ended_fill(ended, call);
	if (node_may_log(node))
		log_notice("call %u: %s", call->id,
			   ended_print(ended, line, sizeof(line)));
}

static void leg_withdraw(struct call *call, struct call_leg *leg)
{
	if (leg->installed)
		dataplane_leg_clear(call->node->dataplane, leg->slot);
	leg->installed = false;
}

static void leg_end_pppoe(struct call *call, struct call_leg *leg,
			  enum cause cause)
{
	struct node *node = call->node;
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));

	if (cause != CAUSE_USER_PADT && cause != CAUSE_ACCESS_DOWN) {
		pppoe_padt(&b, &leg->client, leg->port->state.mac,
			   leg->pppoe_session, cause_padt_error(cause));
		if (!b.full)
			node->ops->send_frame(node->ops_ctx,
					      leg->client.ifindex,
					      builder_view(&b));
	}
	leg->port->sessions--;
	node_release_id(node, leg->port->bank, leg->pppoe_session);
}

static void leg_end_l2tp(struct call *call, struct call_leg *leg,
			 const struct l2tp_result *result)
{
	if (leg == &call->core)
		list_remove(&call->waiting);
	call_close_session(leg, result);
	node_release_id(call->node, leg->entry->bank, leg->l2tp_session);
	tunnel_entry_drop(leg->entry);
	tunnel_entry_settle(leg->entry);
}

static void leg_end_ip(struct call *call, struct call_leg *leg)
{
	struct node *node = call->node;

	service_unroute(call);
	if (leg->route_mtu)
		node_route(node, leg->address, 0);
	if (leg->pool)
		pool_release(leg->pool->pool, leg->address);
	else
		dataplane_host_remove(node->dataplane, leg->address);
}

static void leg_end(struct call *call, struct call_leg *leg, enum cause cause,
		    const struct l2tp_result *result)
{
	if (leg->kind == LEG_NONE)
		return;
	if (leg->slot)
		call->node->slots[leg->slot] = NULL;
	if (leg->kind == LEG_PPPOE)
		leg_end_pppoe(call, leg, cause);
	else if (leg->kind == LEG_L2TP)
		leg_end_l2tp(call, leg, result);
	else
		leg_end_ip(call, leg);
}

void call_release_core(struct call *call, enum cause cause)
{
	struct l2tp_result result = cause_result(cause);

	/* the access side's numbers go on */
	if (call->core.installed && call->access.sequenced)
		call->access.ns = (uint16_t)dataplane_leg_read(
					  call->node->dataplane,
					  call->core.slot)
					  .to.l2tp.ns;
	leg_withdraw(call, &call->core);
	leg_end(call, &call->core, cause, &result);
	call->core = (struct call_leg){0};
}

static void call_count_end(struct call *call, enum cause cause)
{
	static const struct {
		enum cause cause;
		enum counter counter;
	} refusals[] = {
		{CAUSE_AUTH_FAILED, COUNT_AUTH_FAILED},
		{CAUSE_NO_DOMAIN, COUNT_CALL_NO_DOMAIN},
		{CAUSE_REFUSED, COUNT_CALL_REFUSED_DOMAIN},
		{CAUSE_NO_TUNNEL, COUNT_CALL_NO_TUNNEL},
		{CAUSE_NO_ADDRESS, COUNT_CALL_NO_ADDRESS},
		{CAUSE_ADDRESS_IN_USE, COUNT_CALL_ADDRESS_IN_USE},
		{CAUSE_SECOND_SESSION, COUNT_CALL_SECOND_SESSION},
		{CAUSE_REPLACED, COUNT_CALLS_REPLACED},
	};

	node_count(call->node, COUNT_CALLS_ENDED);
	for (unsigned int i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (refusals[i].cause == cause)
			node_count(call->node, refusals[i].counter);
}

void call_end(struct call *call, enum cause cause)
{
	struct l2tp_result result = cause_result(cause);
	struct node *node = call->node;

	if (call->state == CALL_ENDED)
		return;
	if (call->has_peer_result)
		result = call->peer_result; /* an LTS passes on what it got */
	call_remember(call, cause, &result);
	call_count_end(call, cause);
	/* forwarding goes before any id can be used again */
	leg_withdraw(call, &call->access);
	leg_withdraw(call, &call->core);
	call_set_state(call, CALL_ENDED, cause_name(cause));
	alarm_set(&node->alarms, &call->alarm, NEVER);
	leg_end(call, &call->core, cause, &result);
	leg_end(call, &call->access, cause, &result);
	access_leave(call);
	redial_ended(call);
	table_remove(&node->calls_by_id, &call->by_id);
	list_remove(&call->link);
	list_append(&node->dead_calls, &call->link);
	node->call_count--;
}

void call_disconnect(struct call *call, enum cause cause)
{
	if (!call->ppp || call->state == CALL_CLOSING) {
		call_end(call, cause);
		return;
	}
	call->closing = cause;
	call_set_state(call, CALL_CLOSING, cause_name(cause));
	/* a session that is being opened must not bring the call back */
	if (call->core.kind == LEG_L2TP)
		call_release_core(call, cause);
	ppp_close(call->ppp, call->node->now);
	call_ppp_settle(call);
}

static void call_free(struct call *call)
{
	call_ppp_stop(call);
	free(call->icrq);
	free(call->iccn);
	free(call);
}

/* Calls first: a call names its tunnels, never the other way round. */
void call_reap(struct node *node)
{
	struct tunnel_entry *entry;
	struct tunnel_entry *next_entry;
	struct call *call;
	struct call *next_call;

	list_each_safe(call, next_call, &node->dead_calls, link) {
		list_remove(&call->link);
		call_free(call);
	}
	list_each_safe(entry, next_entry, &node->dead_tunnels, link) {
		list_remove(&entry->link);
		tunnel_entry_free(entry);
	}
}
