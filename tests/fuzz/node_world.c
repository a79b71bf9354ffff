/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node and its surroundings; see node_world.h.  rng_fill and nexthop_*
 * are defined here instead of those of the library, which the linker then
 * leaves out.
 */
#include "node_world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "node_maps.h"
#include "numbering.h"
#include "proto/avp.h"
#include "switch/access.h"
#include "switch/show.h"
#include "switch/slow.h"
#include "world/pool.h"

enum {
	RINGS_MAX = 50000, /* more alarms within one time are a loop */
	END_MS = 600000, /* longer than anything lasts */
	L2TP_DATA_MAX = 4200,
};

const uint8_t world_mac[6] = {2, 0, 0, 0, 0, 1};

static const char conf_text[] =
	"log-level: error\n"
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: ac, services: [net], max-sessions: 6}\n"
	"ppp: {auth: [chap, pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1, \"2001:db8::1\"], ecn: yes}\n"
	"tunnels:\n"
	"- {name: one, peer: 192.0.2.2, host-name: node, secret: one,\n"
	"   hide-avps: yes, sequencing: yes, max-sessions: 2}\n"
	"- {name: two, peer: 192.0.2.3, host-name: node, challenge: no}\n"
	"- {name: six, peer: \"2001:db8::2\", local: \"2001:db8::1\",\n"
	"   host-name: node, secret: one, peer-host-name: peer}\n"
	"domains:\n"
	"- {name: far, tunnels: [one, two, six], rate-up: 1M}\n"
	"- {name: six, tunnels: [six]}\n"
	"- {name: here, pool: big, rate-down: 2M}\n"
	"- {name: no, action: refuse}\n"
	"destinations:\n"
	"- name: six\n"
	"  peer: \"2001:db8::2\"\n"
	"  udp-checksum: zero\n"
	"  hosts: [{name: default, host-name: node, challenge: no,\n"
	"           sequencing: yes}]\n"
	"- name: all\n"
	"  hosts:\n"
	"  - {name: lac, host-name: node, secret: one, switch: yes}\n"
	"  - {name: asks, host-name: node, challenge: no, switch: yes,\n"
	"     proxy-auth: no}\n"
	"  - {name: default, host-name: node, challenge: no, pool: small,\n"
	"     max-sessions: 2}\n"
	"pools:\n"
	"- {name: big, range: 10.0.0.0/28, gateway: 10.0.0.1,\n"
	"   dns: [192.0.2.53, 192.0.2.54]}\n"
	"- {name: small, range: 10.1.0.0-10.1.0.2}\n"
	"users:\n"
	"- {name: alice@here, password: pw}\n"
	"- {name: fixed@here, password: pw, address: 10.0.0.9,\n"
	"   rate-up: 3M, routes: [198.18.5.0/24, 198.18.6.6/32]}\n"
	"- {name: host@here, password: pw, address: 203.0.113.9,\n"
	"   second-session: refuse}\n";

void world_require(bool truth, const char *what, int line)
{
	if (truth)
		return;
	fprintf(stderr, "line %d: %s does not hold\n", line, what);
	abort();
}

/* ---- random numbers ------------------------------------------------------ */

static uint64_t random_state;

void rng_fill(void *out, unsigned long len)
{
	uint8_t *at = out;

	while (len--) {
		random_state = random_state * 6364136223846793005ull + 1;
		*at++ = (uint8_t)(random_state >> 56);
	}
}

/* ---- next hops ----------------------------------------------------------- */

struct nexthop {
	const struct nexthop_ops *ops;
	void *ctx;
	struct list watches;
	struct nexthop_path path;
};

struct nexthop_watch {
	struct list link;
	struct nexthop *nexthop;
	void *user;
};

int nexthop_new(struct nexthop **out, const struct nexthop_ops *ops, void *ctx)
{
	*out = calloc(1, sizeof(**out));
	REQUIRE(*out);
	(*out)->ops = ops;
	(*out)->ctx = ctx;
	list_init(&(*out)->watches);
	return 0;
}

struct nexthop_watch *nexthop_watch(struct nexthop *nexthop,
				    struct address destination,
				    struct address source, void *user)
{
	struct nexthop_watch *watch = calloc(1, sizeof(*watch));

	REQUIRE(watch && destination.family == source.family);
	watch->nexthop = nexthop;
	watch->user = user;
	list_append(&nexthop->watches, &watch->link);
	nexthop_refresh(watch);
	return watch;
}

void nexthop_refresh(struct nexthop_watch *watch)
{
	if (watch)
		watch->nexthop->ops->changed(watch->nexthop->ctx, watch->user,
					     &watch->nexthop->path);
}

void nexthop_unwatch(struct nexthop_watch *watch)
{
	if (!watch)
		return;
	list_remove(&watch->link);
	free(watch);
}

/* stale.c: nobody here forgets a neighbour. */
void nexthop_keep_all(const struct nexthop *nexthop)
{
	(void)nexthop;
}

static void on_changed(void *ctx, void *user, const struct nexthop_path *path)
{
	(void)ctx;
	tunnel_entry_path(user, path);
}

static const struct nexthop_ops nexthop_ops = {.changed = on_changed};

static void path_set(struct nexthop *nexthop, bool resolved, uint16_t mtu)
{
	struct nexthop_path path = {
		.resolved = true,
		.ifindex = 9,
		.mtu = mtu,
		.source_mac = {2, 0, 0, 0, 9, 1},
		.next_hop_mac = {2, 0, 0, 0, 9, 2},
	};
	struct nexthop_watch *watch;

	nexthop->path = resolved ? path : (struct nexthop_path){0};
	list_each(watch, &nexthop->watches, link)
		nexthop_refresh(watch);
}

/* ---- ways out ------------------------------------------------------------ */

static void octets_hear(struct world *w, struct view octets)
{
	for (size_t i = 0; i < octets.len; i++)
		w->heard += octets.data[i];
}

/* After a PADT nothing may follow in that session (RFC 2516 5.5). */
static void session_judge(struct world *w, const struct pppoe_frame *frame)
{
	uint8_t *octet = &w->closed[frame->session / 8];
	uint8_t bit = (uint8_t)(1 << frame->session % 8);

	if (frame->ethertype == ETHER_PPPOE_SESSION)
		REQUIRE(!(*octet & bit) && frame->session);
	else if (frame->code == PPPOE_PADT)
		*octet |= bit;
	else if (frame->code == PPPOE_PADS)
		*octet &= (uint8_t)~bit;
}

static void on_send_frame(void *ctx, uint32_t ifindex, struct view octets)
{
	struct world *w = ctx;
	struct pppoe_frame frame;

	octets_hear(w, octets);
	REQUIRE(ifindex == WORLD_PORT);
	REQUIRE(!pppoe_read(octets, (struct vlan_tag){0}, &frame));
	REQUIRE(!memcmp(frame.source, world_mac, 6));
	session_judge(w, &frame);
	w->ops->frame(w->ops_ctx, &frame);
}

static void on_send_l2tp(void *ctx, bool is_control, struct address local,
			 struct address peer, uint16_t port,
			 struct view datagram)
{
	struct world *w = ctx;
	struct l2tp_control control;
	struct l2tp_data data;

	octets_hear(w, datagram);
	REQUIRE(port && address_same(local, world_local(peer.family)));
	if (is_control) {
		REQUIRE(!l2tp_control_read(datagram, &control));
		w->ops->control(w->ops_ctx, peer, &control);
	} else {
		REQUIRE(datagram.len <= L2TP_DATA_MAX &&
			!l2tp_data_read(datagram, 0, &data));
		w->ops->data(w->ops_ctx, peer, &data);
	}
}

static void on_ask_keeper(void *ctx, struct keeper_msg *msg)
{
	struct world *w = ctx;
	unsigned int i = 0;

	w->number = w->number % INT32_MAX + 1;
	msg->number = w->number;
	if (msg->type != KEEPER_ROUTE_ADD && msg->type != KEEPER_ROUTE_DEL)
		return;
	while (i < w->route_count &&
	       (w->routes[i].address.s_addr != msg->route.address.s_addr ||
		w->routes[i].length != msg->route.length))
		i++;
	if (msg->type == KEEPER_ROUTE_DEL) {
		REQUIRE(i < w->route_count);
		w->routes[i] = w->routes[--w->route_count];
		return;
	}
	REQUIRE(msg->route.mtu && i < WORLD_ROUTES);
	w->routes[i].address = msg->route.address;
	w->routes[i].length = msg->route.length;
	w->route_count += i == w->route_count;
}

static void on_event(void *ctx, json_t *event)
{
	struct world *w = ctx;
	const char *name =
		json_string_value(json_object_get(event, "event"));

	REQUIRE(name && json_is_integer(json_object_get(event, "time")));
	if (!strcmp(name, "interface-up"))
		w->interfaces++;
	if (!strcmp(name, "interface-down"))
		w->interfaces--;
	json_decref(event);
}

static bool on_listening(void *ctx)
{
	(void)ctx;
	return true;
}

static const struct node_ops node_ops = {
	.send_l2tp = on_send_l2tp,
	.send_frame = on_send_frame,
	.ask_keeper = on_ask_keeper,
	.event = on_event,
	.listening = on_listening,
};

/* ---- what holds after every event ---------------------------------------- */

static bool leg_is_in_map(const struct call_leg *leg)
{
	return !leg->installed || maps.legs[leg->slot].state != LEG_FREE;
}

/* As LAC of an LNS that decides: numbered data is answered by such. */
static void numbering_check(const struct call *call)
{
	const struct leg *in = &maps.legs[call->core.slot];
	const struct leg *out = &maps.legs[call->access.slot];

	if (!call->core.follows || !call->core.installed)
		return;
	REQUIRE(in->flags & LEG_FOLLOWS && numbering_is_pair(in, out));
	REQUIRE(numbering_other(in) == call->access.slot);
	REQUIRE(!(in->flags & LEG_NUMBERED) == !(out->flags & LEG_SEQUENCED));
	REQUIRE(call_numbers(call, &call->core) ==
		!!(in->flags & LEG_NUMBERED));
}

static void call_check(const struct node *node, const struct call *call)
{
	const struct call_leg *legs[] = {&call->access, &call->core};
	bool forwards = call->state == CALL_UP || call->state == CALL_CLOSING;

	REQUIRE(call->state != CALL_ENDED && call_find((struct node *)node,
						       call->id) == call);
	for (int i = 0; i < 2; i++) {
		if (legs[i]->kind == LEG_NONE)
			continue;
		REQUIRE(node->slots[legs[i]->slot] == call);
		REQUIRE(leg_is_in_map(legs[i]));
		REQUIRE(forwards || !legs[i]->installed ||
			maps.legs[legs[i]->slot].state != LEG_FORWARD);
	}
	if (call->state == CALL_UP)
		REQUIRE(call->access.installed && call->core.installed);
	/* until PPP has told the subscriber that there is none */
	if (call->state == CALL_TUNNELLING && call->closing != CAUSE_NO_TUNNEL)
		REQUIRE(call->core.kind == LEG_L2TP);
	numbering_check(call);
}

static unsigned int legs_in_tunnels(const struct call *call)
{
	return (call->access.kind == LEG_L2TP) + (call->core.kind == LEG_L2TP);
}

static void destination_check(const struct destination *dest,
			      unsigned int *calls, unsigned int *half_open)
{
	const struct tunnel_entry *entry;
	unsigned int tunnels = 0, of_tunnels = 0, half = 0;

	list_each(entry, &dest->tunnels, link) {
		REQUIRE(entry->node->tunnels[entry->id] == entry);
		REQUIRE(entry->rx_open == (maps.tunnels[entry->id].state !=
					   TUNNEL_RX_FREE));
		tunnels++;
		of_tunnels += entry->calls;
		half += entry->half_open;
	}
	REQUIRE((tunnels || dest->configured) && tunnels == dest->tunnel_count);
	REQUIRE(of_tunnels == dest->calls && half == dest->half_open);
	*calls += of_tunnels;
	*half_open += half;
}

static void node_check(const struct node *node)
{
	const struct destination *dest;
	const struct call *call;
	unsigned int calls = 0, in_tunnels = 0, held = 0, half_open = 0;

	list_each(call, &node->calls, link) {
		call_check(node, call);
		calls++;
		in_tunnels += legs_in_tunnels(call);
	}
	list_each(dest, &node->destinations, link)
		destination_check(dest, &held, &half_open);
	REQUIRE(calls == node->call_count && held == in_tunnels);
	REQUIRE(half_open == node->half_open);
}

static void world_enter(struct world *w)
{
	w->node.now = w->now;
}

static void world_leave(struct world *w)
{
	call_reap(&w->node);
	node_check(&w->node);
}

/* ---- ways in ------------------------------------------------------------- */

/* A copy of its own, so that no octet behind it can be read. */
static struct view octets_copy(struct view octets)
{
	uint8_t *copy = malloc(octets.len ? octets.len : 1);

	REQUIRE(copy);
	if (octets.len)
		memcpy(copy, octets.data, octets.len);
	return view_of(copy, octets.len);
}

void world_access(struct world *w, struct view frame, struct vlan_tag stripped)
{
	struct view copy;

	if (w->port.state != KEEPER_PORT_ATTACHED)
		return; /* its socket is closed */
	copy = octets_copy(frame);
	world_enter(w);
	maps_see_tags(WORLD_PORT, w->node.now);
	access_input(&w->node, WORLD_PORT, copy, stripped);
	world_leave(w);
	free((void *)(uintptr_t)copy.data);
}

static void world_datagram(struct world *w, struct address peer, uint16_t port,
			   struct view datagram,
			   void (*input)(struct node *node, struct address peer,
					 uint16_t port, struct address local,
					 struct view datagram))
{
	struct view copy = octets_copy(datagram);

	world_enter(w);
	input(&w->node, peer, port, world_local(peer.family), copy);
	world_leave(w);
	free((void *)(uintptr_t)copy.data);
}

void world_control(struct world *w, struct address peer, uint16_t port,
		   struct view datagram)
{
	world_datagram(w, peer, port, datagram, destination_input);
}

void world_data(struct world *w, struct address peer, uint16_t port,
		struct view datagram)
{
	world_datagram(w, peer, port, datagram, slow_l2tp);
}

void world_port(struct world *w, enum keeper_port_state state, uint16_t mtu)
{
	w->port.state = (uint8_t)state;
	w->port.ifindex = state == KEEPER_PORT_ABSENT ? 0 : WORLD_PORT;
	w->port.mtu = mtu;
	world_enter(w);
	access_port_update(&w->node, &w->port, "");
	world_leave(w);
}

void world_path(struct world *w, bool resolved, uint16_t mtu)
{
	world_enter(w);
	path_set(w->node.nexthop, resolved, mtu);
	world_leave(w);
}

void world_command(struct world *w, unsigned int command, json_t *arguments)
{
	const struct ctl_command *c =
		&show_commands[command % show_command_count];
	json_t *reply = NULL;
	char error[256] = "";
	char *text;
	int err;

	/* ctl.c sees to it */
	if (*c->arguments && !json_object_get(arguments, c->arguments)) {
		json_decref(arguments);
		return;
	}
	world_enter(w);
	err = c->handler(&w->node, arguments, &reply, error, sizeof(error));
	world_leave(w);
	REQUIRE(err >= 0 || *error);
	/* a ticket: the keeper's number, who will answer */
	REQUIRE(err <= 0 || (uint32_t)err == w->number);
	REQUIRE(err ? !reply : !!reply);
	text = reply ? json_dumps(reply, 0) : NULL;
	REQUIRE(err || text);
	free(text);
	if (json_object_get(reply, "token"))
		w->asked = json_integer_value(json_object_get(reply, "token"));
	json_decref(reply);
	json_decref(arguments);
}

static struct instant world_deadline(const struct world *w)
{
	return instant_first(alarms_deadline(&w->node.alarms),
			     dataplane_deadline(w->node.dataplane));
}

void world_pass(struct world *w, uint64_t ms)
{
	struct instant end = instant_after(w->now, ms);
	struct instant next;
	unsigned int rings = 0;

	while (next = world_deadline(w), instant_due(next, end)) {
		if (next.ms > w->now.ms)
			w->now = next;
		REQUIRE(++rings < RINGS_MAX);
		world_enter(w);
		dataplane_tick(w->node.dataplane, w->now);
		alarms_run(&w->node.alarms, w->now);
		world_leave(w);
	}
	w->now = end;
}

/* ---- begin and end ------------------------------------------------------- */

struct address world_local(uint32_t family)
{
	struct address local;

	REQUIRE(!address_parse(family == AF_INET6 ? "2001:db8::1" : "192.0.2.1",
			       &local));
	return local;
}

static const struct conf *world_conf(void)
{
	struct conf *conf;
	char error[256] = "";

	if (conf_parse(conf_text, strlen(conf_text), "fuzz", &conf, error,
		       sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	return conf;
}

/* Its tables are too large to be made for each run. */
static void world_make(struct world *w)
{
	struct dataplane *dataplane;

	maps_make();
	log_set_level(LOG_LEVEL_ERROR);
	w->now = (struct instant){1000000};
	REQUIRE(!dataplane_new(&dataplane, &maps.fds));
	REQUIRE(!node_init(&w->node, "fuzz", world_conf(), dataplane,
			   &node_ops, w, w->now));
	REQUIRE(!nexthop_new(&w->node.nexthop, &nexthop_ops, w));
	w->routes_of_pools = w->route_count;
	w->port = (struct keeper_port){
		.name = "access",
		.access = 1,
		.up = 1,
	};
	memcpy(w->port.mac, world_mac, 6);
}

void world_begin(struct world *w, const struct world_ops *ops, void *ctx)
{
	if (!w->node.conf)
		world_make(w);
	random_state = 1;
	w->ops = ops;
	w->ops_ctx = ctx;
	memset(w->closed, 0, sizeof(w->closed));
	world_enter(w);
	node_serve_gateways(&w->node);
	world_path(w, true, 1500);
	world_port(w, KEEPER_PORT_ATTACHED, 1500);
}

static void world_close(struct world *w)
{
	static const struct l2tp_result why = {.result = STOPCCN_CLEAR};
	struct node *node = &w->node;
	struct call *call;
	struct call *after;

	world_enter(w);
	list_each_safe(call, after, &node->calls, link)
		call_disconnect(call, CAUSE_ADMIN);
	world_leave(w);
	for (unsigned int id = 0; id < TUNNEL_SLOTS; id++)
		if (node->tunnels[id])
			tunnel_entry_close(node->tunnels[id], &why);
	world_leave(w);
	world_pass(w, END_MS);
	destinations_free(node); /* what one run learns is not for the next */
	world_port(w, KEEPER_PORT_ABSENT, 0);
}

/* The leg that serves a gateway is there for ever. */
static bool slot_is_gateway(const struct node *node, uint32_t slot)
{
	const struct pool_entry *pool;

	list_each(pool, &node->pools, link) {
		uint32_t gateway = ntohl(pool->conf->gateway.s_addr);

		if (slot - pool->slot ==
		    gateway - ntohl(pool->conf->first.s_addr))
			return true;
	}
	return false;
}

static void legs_are_free(const struct node *node)
{
	uint32_t from, to = 0;

	while (maps_next(maps.fds.legs, sizeof(struct leg), &from, &to))
		for (uint32_t slot = from; slot < to; slot++) {
			REQUIRE(!node->slots[slot]);
			REQUIRE(maps.legs[slot].state == LEG_FREE ||
				slot_is_gateway(node, slot));
		}
}

static void tunnels_are_free(const struct node *node)
{
	uint32_t from, to = 0;

	REQUIRE(!ids_used(node->tunnel_ids));
	while (maps_next(maps.fds.tunnels_rx, sizeof(struct tunnel_rx), &from,
			 &to))
		for (uint32_t id = from; id < to; id++)
			REQUIRE(!node->tunnels[id] &&
				maps.tunnels[id].state == TUNNEL_RX_FREE);
}

/* The port is gone, and its templates with it. */
static void templates_are_free(void)
{
	uint32_t from, to = 0;

	while (maps_next(maps.fds.templates, sizeof(struct template), &from,
			 &to))
		for (uint32_t i = from; i < to; i++)
			REQUIRE(!maps.templates[i].users);
}

static void ids_are_free(const struct node *node)
{
	const struct access_port *port;
	const struct pool_entry *pool;

	for (unsigned int i = 0; i < ID_BANKS; i++)
		REQUIRE(!ids_used(node->banks[i]));
	list_each(pool, &node->pools, link)
		REQUIRE(!pool_used(pool->pool));
	list_each(port, &node->ports, link)
		REQUIRE(!port->sessions);
}

static void counters_agree(const struct node *node)
{
	const uint64_t *c = node->counters;

	REQUIRE(c[COUNT_CALLS_OPENED] == c[COUNT_CALLS_ENDED]);
	REQUIRE(c[COUNT_CALLS_UP] <= c[COUNT_CALLS_OPENED]);
	REQUIRE(c[COUNT_TUNNELS_OPENED] + c[COUNT_TUNNELS_ACCEPTED] ==
		c[COUNT_TUNNELS_ENDED]);
	REQUIRE(c[COUNT_TUNNELS_UP] <= c[COUNT_TUNNELS_ENDED]);
	REQUIRE(c[COUNT_TUNNELS_SILENT] <= c[COUNT_TUNNELS_ENDED]);
}

static void world_is_empty(const struct world *w)
{
	const struct node *node = &w->node;

	REQUIRE(!node->call_count && list_empty(&node->calls));
	REQUIRE(list_empty(&node->dead_calls));
	REQUIRE(list_empty(&node->dead_tunnels));
	REQUIRE(list_empty(&node->destinations) && !node->half_open);
	REQUIRE(!node->calls_by_id.used && !node->clients.used &&
		!node->dialling.used &&
		!node->padrs.used && !node->subscribers.used);
	REQUIRE(!node->alarms.count);
	ids_are_free(node);
	legs_are_free(node);
	tunnels_are_free(node);
	templates_are_free();
	REQUIRE(!maps.hashed && !maps.settings->ip4_routes);
	counters_agree(node);
	REQUIRE(w->route_count == w->routes_of_pools && !w->interfaces);
}

void world_end(struct world *w)
{
	world_close(w);
	world_is_empty(w);
	maps_empty();
}
