/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PPP link of a call that ends here, and what is done with a subscriber who
 * has given a name and secret; see call.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rng.h"
#include "switch/access.h"
#include "switch/call.h"
#include "switch/policy.h"
#include "switch/redial.h"
#include "switch/service.h"
#include "world/pool.h"

/* Names of the documented sequences: a LAC's and an LNS's steps differ. */
static bool call_is_lac(const struct call *call)
{
	return call->access.kind == LEG_PPPOE;
}

/* ---- frames in software -------------------------------------------------- */

static void send_pppoe(struct call *call, uint16_t protocol, struct view info)
{
	const struct call_leg *leg = &call->access;
	struct node *node = call->node;
	uint8_t room[1600];
	struct builder b = builder_on(room, sizeof(room));
	size_t length_at;

	pppoe_begin(&b, &leg->client, leg->port->state.mac, 6,
		    ETHER_PPPOE_SESSION, PPPOE_SESSION, leg->pppoe_session,
		    &length_at);
	build_u16(&b, protocol);
	build_view(&b, info);
	pppoe_end(&b, length_at);
	if (b.full)
		node_count(node, COUNT_SLOW_DROPPED);
	else
		node->ops->send_frame(node->ops_ctx, leg->client.ifindex,
				      builder_view(&b));
}

static void send_l2tp(struct call *call, const struct call_leg *leg,
		      uint16_t protocol, struct view info)
{
	const struct tunnel_entry *entry = leg->entry;
	struct node *node = call->node;
	struct l2tp_data_form form = {
		.tunnel = tunnel_info(entry->control).peer_id,
		.length_bit = node->conf->l2tp.length_bit,
		.numbered = call_numbers(call, leg),
	};
	uint8_t frame_room[4096];
	uint8_t room[4200];
	struct builder frame = builder_on(frame_room, sizeof(frame_room));
	struct builder b = builder_on(room, sizeof(room));

	if (!leg->session)
		return;
	build_u16(&frame, 0xFF03);
	build_u16(&frame, protocol);
	build_view(&frame, info);
	form.session = session_peer_id(leg->session);
	if (form.numbered)
		form.ns = call_next_ns(call, leg);
	if (frame.full ||
	    l2tp_data_build(&b, &form, builder_view(&frame))) {
		node_count(node, COUNT_SLOW_DROPPED);
		return;
	}
	node->ops->send_l2tp(node->ops_ctx, false, entry->destination->local,
			     entry->destination->peer, entry->peer_port,
			     builder_view(&b));
}

void call_send_leg(struct call *call, const struct call_leg *leg,
		   uint16_t protocol, struct view info)
{
	if (leg->kind == LEG_PPPOE)
		send_pppoe(call, protocol, info);
	else
		send_l2tp(call, leg, protocol, info);
}

/* ---- addresses ----------------------------------------------------------- */

int call_take_address(struct call *call, struct pool_entry *pool,
		      struct in_addr address)
{
	uint32_t offset;
	int err;

	err = address.s_addr ? pool_claim(pool->pool, address)
			     : pool_take(pool->pool, &address);
	if (err)
		return err;
	offset = ntohl(address.s_addr) - ntohl(pool->conf->first.s_addr);
	call->core = (struct call_leg){
		.kind = LEG_IP,
		.address = address,
		.pool = pool,
	};
	call_set_slot(call, &call->core, pool->slot + offset);
	return 0;
}

/*
 * Any address of a pool: the one that an older call of this subscriber had,
 * if it is still free.
 */
static int address_from_pool(struct call *call, struct pool_entry *pool)
{
	struct in_addr wish = call->wish;
	int err;

	if (wish.s_addr && !pool_is_kept(pool->pool, wish) &&
	    !call_take_address(call, pool, wish))
		return 0;
	err = call_take_address(call, pool, (struct in_addr){0});
	return err == -ENOSPC ? redial_search(call) : err;
}

/*
 * A fixed address outside the pools: a slot of its own.  -EBUSY: another call
 * has it, or one of an earlier engine.
 */
static int address_of_host(struct call *call, struct in_addr address,
			   uint32_t *slot)
{
	struct node *node = call->node;
	int err = dataplane_host_add(node->dataplane, address, slot);

	if (err)
		return err == -ENOSPC ? -EMFILE : err;
	if (node->slots[*slot] ||
	    dataplane_leg_read(node->dataplane, *slot).state != LEG_FREE)
		return -EBUSY;
	call->core = (struct call_leg){.kind = LEG_IP, .address = address};
	call_set_slot(call, &call->core, *slot);
	return 0;
}

/* A fixed address can lie in any pool or in none. */
static int address_try(struct call *call, struct in_addr address,
		       uint32_t *slot)
{
	struct pool_entry *pool = node_pool_of(call->node, address);

	if (!pool)
		return address_of_host(call, address, slot);
	*slot = pool->slot + (ntohl(address.s_addr) -
			      ntohl(pool->conf->first.s_addr));
	return call_take_address(call, pool, address);
}

/* The address belongs to this user: another call that has it ends. */
static int address_fixed(struct call *call, struct in_addr address)
{
	uint32_t slot;
	int err = address_try(call, address, &slot);

	if (err == -EBUSY)
		err = redial_claim(call, slot);
	else
		return err;
	return err ? err : address_try(call, address, &slot);
}

/*
 * A route of its own, where the pool's does not serve: an address outside of
 * the pools, or a subscriber who takes less than the others.  With the MTU on
 * the route it is the kernel that fragments or says what does not fit.
 */
static void address_route(struct call *call)
{
	struct node *node = call->node;
	uint16_t mru = ppp_info(call->ppp).peer_mru;

	if (call->core.route_mtu == mru ||
	    (!call->core.route_mtu && call->core.pool &&
	     mru >= node->conf->ppp.peer_mru_max))
		return;
	node_route(node, call->core.address, mru);
	call->core.route_mtu = mru;
}

/* The pool of a call without a fixed address; NULL: none. */
static struct pool_entry *call_pool(const struct call *call)
{
	const struct conf_pool *conf = call->domain ? call->domain->pool : NULL;

	if (!conf && call->host)
		conf = call->host->pool;
	return node_pool(call->node, conf);
}

/*
 * A client that negotiates again keeps what it had: its leg is still there,
 * only suspended.
 */
static int call_assign(struct call *call, const struct conf_user *user)
{
	struct in_addr fixed = user ? user->address : (struct in_addr){0};
	struct pool_entry *pool = call_pool(call);
	int err = 0;

	if (!pool)
		return -ENOENT;
	if (call->core.kind != LEG_IP)
		err = fixed.s_addr ? address_fixed(call, fixed)
				   : address_from_pool(call, pool);
	if (err)
		return err;
	call->ip4 = (struct ppp_addresses){
		.ours = pool->conf->gateway,
		.user = call->core.address,
		.dns = {pool->conf->dns[0], pool->conf->dns[1]},
	};
	return 0;
}

/* ---- decisions ----------------------------------------------------------- */

static void call_reject(struct call *call, enum cause cause,
			const char *message)
{
	call->closing = cause;
	node_event(call->node, "refused", "s:i,s:s,s:s", "call", (int)call->id,
		   "user", call->user, "cause", cause_name(cause));
	ppp_reject(call->ppp, message, call->node->now);
}

/* Why somebody with the right password gets no address. */
static void call_refuse(struct call *call, const struct conf_user *user,
			int err)
{
	if (err == -EALREADY && user && user->address.s_addr)
		err = -EBUSY; /* the other session has it */
	if (err == -EALREADY)
		call_reject(call, CAUSE_SECOND_SESSION, "already online");
	else if (err == -EBUSY)
		call_reject(call, CAUSE_ADDRESS_IN_USE, "address in use");
	else if (err == -ENOSPC || err == -ENOENT)
		call_reject(call, CAUSE_NO_ADDRESS, "no address");
	else
		call_reject(call, CAUSE_NO_RESOURCES, "no address");
}

void call_admit(struct call *call)
{
	const struct conf_user *user =
		policy_user(call->node->conf, bytes_view(&call->name));
	int err;

	call->wants = user && user->address.s_addr ? NULL : call_pool(call);
	err = redial_permit(call, user);
	if (!err)
		err = call_assign(call, user);
	if (err == -EINPROGRESS)
		return;
	call->waits_since = NEVER;
	call->wants = NULL;
	if (err) {
		call_refuse(call, user, err);
		return;
	}
	service_choose(call, user);
	ppp_accept(call->ppp, &call->ip4, call->node->now);
}

static void call_terminate(struct call *call,
			   const struct ppp_credentials *who)
{
	const struct conf_user *user = policy_user(call->node->conf, who->name);

	/* also checked without an entry, so that timing reveals nothing */
	if (who->method != PPP_AUTH_NONE &&
	    (!ppp_credentials_check(who, view_text(user ? user->password
							: "")) ||
	     !user)) {
		call_reject(call, CAUSE_AUTH_FAILED, "access denied");
		return;
	}
	if (who->method != PPP_AUTH_NONE)
		redial_join(call);
	call_admit(call);
}

/* The domain map's word on a name; a LAC's tunnels are not for others. */
static void call_decide(struct call *call, const struct ppp_credentials *who)
{
	bool may_tunnel = call_is_lac(call) ||
			  (call->host && call->host->tunnel_switch);
	enum conf_action action = CONF_LOCAL;

	call->closing = CAUSE_NONE;
	call->tried = 0;
	call->tried_again = 0;
	call->has_peer_result = call->result_received = false;
	if (may_tunnel) {
		call->domain = policy_domain(call->node->conf, who->name);
		action = call->domain ? call->domain->action : CONF_REFUSE;
	}
	if (call_is_lac(call))
		node_step(call->node, "lac", 3, call->id,
			  action == CONF_TUNNEL ? "name is known: tunnel it"
						: "name is known: not tunnelled");
	/* an address of before is only for who stays local */
	if (action != CONF_LOCAL && call->core.kind == LEG_IP)
		call_release_core(call, CAUSE_NONE);
	if (action == CONF_TUNNEL)
		call_tunnel(call);
	else if (action == CONF_LOCAL)
		call_terminate(call, who);
	else
		call_reject(call,
			    call->domain ? CAUSE_REFUSED : CAUSE_NO_DOMAIN,
			    "access denied");
}

/* ---- PPP's callbacks ----------------------------------------------------- */

static void ppp_sends(void *ctx, uint16_t protocol, struct view info)
{
	struct call *call = ctx;

	/* after a PADT nothing may follow (RFC 2516 5.5) */
	if (call->state != CALL_ENDED)
		call_send_leg(call, &call->access, protocol, info);
}

static void ppp_identified(void *ctx, const struct ppp_credentials *who)
{
	struct call *call = ctx;

	bool same = view_equal(who->name, bytes_view(&call->name));

	if (call->core.kind == LEG_L2TP && same)
		return; /* the tunnel is being opened; it gets the last data */
	redial_leave(call);
	/* a client that returns as another user keeps nothing */
	if (call->core.kind != LEG_NONE && !same) {
		call_release_core(call, CAUSE_NONE);
		call->rates_ordered = false;
		call_set_state(call, CALL_SETUP, "another name");
	}
	bytes_set(&call->name, who->name); /* no method has longer ones */
	view_print(who->name, call->user, sizeof(call->user));
	node_event(call->node, "identified", "s:i,s:s", "call", (int)call->id,
		   "user", call->user);
	call_decide(call, who);
}

static uint64_t call_packets_up(const struct call *call)
{
	return dataplane_leg_counters(call->node->dataplane, call->access.slot)
		.packets;
}

static void ppp_network(void *ctx, bool up, const struct ppp_addresses *ip4)
{
	struct call *call = ctx;

	if (call->state == CALL_ENDED)
		return;
	call->network_up = up;
	if (!up) {
		call_suspend(call);
		if (call->state == CALL_UP)
			call_set_state(call, CALL_SETUP, "IPCP is down");
		return;
	}
	call->ip4 = *ip4;
	address_route(call);
	service_route(call, ppp_info(call->ppp).peer_mru);
	if (call_join(call)) {
		call_disconnect(call, CAUSE_NO_RESOURCES);
		return;
	}
	call->packets_at_join = call_packets_up(call);
	call_set_state(call, CALL_UP, "IPCP is open");
}

static void ppp_ended(void *ctx, const struct ppp_end *why)
{
	struct call *call = ctx;
	enum cause cause = call->closing;

	if (cause == CAUSE_NONE)
		cause = cause_of_ppp(why->reason);
	/* PPP knows more than the cause's row: protocol and direction; but not
	 * of causes that are not its own, which it took for a wrong password */
	if (why->cause.set && cause == cause_of_ppp(why->reason) &&
	    call->access.kind == LEG_L2TP && !call->has_peer_result) {
		call->peer_result = cause_result(cause);
		call->peer_result.cause = why->cause;
		call->has_peer_result = true;
	}
	call_end(call, cause);
}

static const struct ppp_ops call_ppp_ops = {
	.send = ppp_sends,
	.identified = ppp_identified,
	.network = ppp_network,
	.ended = ppp_ended,
	.random = rng_fill,
};

/* ---- life ---------------------------------------------------------------- */

/*
 * Over PPPoE the MRUs are what discovery agreed on, however large they may be
 * elsewhere; an operator's smaller ones stay.
 */
static struct ppp_config call_ppp_config(const struct call *call)
{
	struct ppp_config config = call->node->conf->ppp;
	uint16_t max = call->access.max_payload;

	if (call->access.kind != LEG_PPPOE)
		return config;
	if (config.mru >= PPPOE_PAYLOAD || config.mru > max)
		config.mru = max;
	if (config.peer_mru_max >= PPPOE_PAYLOAD || config.peer_mru_max > max)
		config.peer_mru_max = config.peer_mru_default = max;
	return config;
}

int call_ppp_new(struct call *call)
{
	struct ppp_config config = call_ppp_config(call);
	struct node *node = call->node;
	char subject[32];

	snprintf(subject, sizeof(subject), "call %u", call->id);
	call->ppp = ppp_new(&config, &call_ppp_ops, call, subject);
	if (!call->ppp)
		return -ENOMEM;
	call->interface = ++node->last_interface;
	node_event(node, "interface-up", "s:i,s:i", "call", (int)call->id,
		   "interface", (int)call->interface);
	return 0;
}

void call_ppp_start(struct call *call)
{
	struct node *node = call->node;

	if (call->iccn)
		ppp_start_proxy(call->ppp, &call->iccn->proxy,
				call->host->proxy_lcp, call->host->proxy_auth,
				node->now);
	else
		ppp_start(call->ppp, node->now);
	call_ppp_settle(call);
}

void call_ppp_input(struct call *call, uint16_t protocol, struct view info)
{
	if (!call->ppp)
		return;
	if (protocol == PPP_IPCP && call->network_up &&
	    call_packets_up(call) != call->packets_at_join)
		ppp_data_came(call->ppp);
	ppp_input(call->ppp, protocol, info, call->node->now);
	call_ppp_settle(call);
}

static void call_tell_phase(struct call *call, const struct ppp_info *info)
{
	struct node *node = call->node;

	if (call->phase == info->phase)
		return;
	node_event(node, "ppp", "s:i,s:s", "call", (int)call->id, "phase",
		   ppp_phase_name(info->phase));
	if (call->phase <= PPP_ESTABLISH && info->phase > PPP_ESTABLISH &&
	    info->phase < PPP_TERMINATE && call_is_lac(call))
		node_step(node, "lac", 2, call->id,
			  "LCP is negotiated with the client");
	call->phase = info->phase;
	if (call->phase > PPP_ESTABLISH)
		access_forget(call);
}

void call_ppp_settle(struct call *call)
{
	struct ppp_info info;

	if (!call->ppp || call->state == CALL_ENDED)
		return;
	info = ppp_info(call->ppp);
	for (; call->echo_mismatches < info.echo_mismatches;
	     call->echo_mismatches++)
		node_count(call->node, COUNT_ECHO_MISMATCH);
	call_tell_phase(call, &info);
	redial_settle(call, &info);
	if (call->state == CALL_ENDED)
		return;
	alarm_set(&call->node->alarms, &call->alarm, ppp_deadline(call->ppp));
}

void call_ppp_stop(struct call *call)
{
	if (!call->ppp)
		return;
	if (call->interface)
		node_event(call->node, "interface-down", "s:i,s:i", "call",
			   (int)call->id, "interface", (int)call->interface);
	call->interface = 0;
	ppp_free(call->ppp);
	call->ppp = NULL;
}
