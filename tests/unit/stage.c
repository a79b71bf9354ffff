/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes, the queue between them and the time; see stage.h. */
#include "stage.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stage_inner.h"
#include "switch/access.h"
#include "switch/slow.h"
#include "switch/stale.h"
#include "world/pool.h"

enum {
	LETTERS_MAX = 20000, /* more at once is a storm */
	RINGS_MAX = 20000,
};

const uint8_t stage_mac[6] = {2, 0, 0, 0, 0, 1};

/* ---- the queue ----------------------------------------------------------- */

static void letter_add(struct stage *stage, struct letter *head,
		       struct view octets)
{
	struct letter *letter = malloc(sizeof(*letter) + octets.len);

	assert_non_null(letter);
	*letter = *head;
	letter->next = NULL;
	letter->len = octets.len;
	memcpy(letter->octets, octets.data, octets.len);
	*stage->last = letter;
	stage->last = &letter->next;
	if (++stage->letters > LETTERS_MAX)
		fail_msg("a storm of packets");
}

void stage_send_frame(struct caller *caller, struct view frame)
{
	struct letter head = {.kind = LETTER_TO_AC, .actor = caller->ac};

	if (!caller->mute)
		letter_add(caller->stage, &head, frame);
}

static struct actor *actor_at(struct stage *stage, struct address address)
{
	for (unsigned int i = 0; i < stage->actor_count; i++) {
		const struct conf_l2tp *l2tp = &stage->actors[i].conf->l2tp;

		for (unsigned int n = 0; n < l2tp->local_count; n++)
			if (address_same(l2tp->locals[n], address))
				return &stage->actors[i];
	}
	return NULL;
}

bool stage_lose_type(struct stage *stage, const struct actor *from,
		     struct view datagram)
{
	(void)from;
	/* header, AVP header, value of the Message Type */
	return datagram.len >= 20 && datagram.data[19] == stage->lose_type;
}

/* ---- ways out of an actor ------------------------------------------------ */

static void on_send_l2tp(void *ctx, bool control, struct address local,
			 struct address peer, uint16_t peer_port,
			 struct view datagram)
{
	struct actor *from = ctx;
	struct stage *stage = from->stage;
	struct letter head = {
		.kind = control ? LETTER_CONTROL : LETTER_DATA,
		.actor = actor_at(stage, peer),
		.from = local,
		.to = peer,
	};

	if (control && stage->lose && stage->lose(stage, from, datagram))
		return;
	assert_int_equal(peer_port, L2TP_PORT);
	if (!head.actor || from->mute || head.actor->mute)
		return;
	letter_add(stage, &head, datagram);
}

static void on_send_frame(void *ctx, uint32_t ifindex, struct view frame)
{
	struct actor *from = ctx;
	struct stage *stage = from->stage;
	struct letter head = {.kind = LETTER_TO_CALLER};

	assert_int_equal(ifindex, STAGE_PORT);
	for (unsigned int i = 0; i < stage->caller_count; i++) {
		head.caller = &stage->callers[i];
		if (head.caller->ac == from && !head.caller->mute &&
		    !head.caller->deaf &&
		    !memcmp(frame.data, head.caller->mac, 6))
			letter_add(stage, &head, frame);
	}
}

static void on_ask_keeper(void *ctx, struct keeper_msg *msg)
{
	struct actor *a = ctx;
	unsigned int i = 0;

	msg->number = ++a->asked_number;
	if (msg->type == KEEPER_PORT_ATTACH || msg->type == KEEPER_PORT_DETACH)
		a->asked = msg->port;
	while (i < a->route_count &&
	       (a->routes[i].address.s_addr != msg->route.address.s_addr ||
		a->routes[i].length != msg->route.length))
		i++;
	if (msg->type == KEEPER_ROUTE_ADD) {
		if (i == a->route_count)
			a->route_count++;
		assert_true(i < sizeof(a->routes) / sizeof(*a->routes));
		a->routes[i].address = msg->route.address;
		a->routes[i].length = msg->route.length;
		a->routes[i].mtu = msg->route.mtu;
	} else if (msg->type == KEEPER_ROUTE_DEL && i < a->route_count) {
		a->routes[i] = a->routes[--a->route_count];
	} else if (msg->type == KEEPER_NEIGHBOURS_DROP) {
		a->neighbours = 0;
		a->neighbour_drops++;
	}
}

static void on_event(void *ctx, json_t *event)
{
	struct actor *a = ctx;
	const char *name = NULL, *reason = "";

	json_unpack(event, "{s:s, s?s}", "event", &name, "reason", &reason);
	if (name && !strcmp(name, "tunnel-refused"))
		snprintf(a->refused, sizeof(a->refused), "%s", reason);
	if (name && a->listens && !strcmp(a->listens, name))
		a->told++;
	json_decref(event);
}

static bool on_listening(void *ctx)
{
	(void)ctx;
	return true;
}

static const struct node_ops actor_ops = {
	.send_l2tp = on_send_l2tp,
	.send_frame = on_send_frame,
	.ask_keeper = on_ask_keeper,
	.event = on_event,
	.listening = on_listening,
};

static void on_changed(void *ctx, void *user, const struct nexthop_path *path)
{
	(void)ctx;
	tunnel_entry_path(user, path);
}

static void on_resolve(void *ctx, uint32_t ifindex, struct address address,
		       bool keep)
{
	struct actor *actor = ctx;

	(void)ifindex, (void)address;
	actor->neighbours += keep ? 1 : -1;
}

static const struct nexthop_ops actor_nexthop_ops = {
	.changed = on_changed,
	.resolve = on_resolve,
};

/* ---- actors -------------------------------------------------------------- */

static void *area(int *fd, size_t len)
{
	void *at;

	*fd = memfd_create("map", MFD_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(ftruncate(*fd, (off_t)len), 0);
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	assert_true(at != MAP_FAILED);
	return at;
}

static void actor_maps(struct actor *a)
{
	struct dataplane_fds *f = &a->fds;

	area(&f->ports, PORT_SLOTS * sizeof(struct port));
	a->tunnels =
		area(&f->tunnels_rx, TUNNEL_SLOTS * sizeof(struct tunnel_rx));
	a->legs = area(&f->legs, LEG_SLOTS * sizeof(struct leg));
	a->templates =
		area(&f->templates, TEMPLATE_SLOTS * sizeof(struct template));
	a->settings = area(&f->settings, sizeof(struct settings));
	a->pools = area(&f->ip4_pools, POOL_SLOTS * sizeof(struct ip4_pool));
	area(&f->ip6_pools, POOL_SLOTS * sizeof(struct ip6_pool));
	area(&f->egress, PORT_SLOTS * sizeof(struct egress));
	a->policers = area(&f->policers, LEG_SLOTS * sizeof(struct policer));
	area(&f->watch, sizeof(struct watch));
	f->events = -1;
	area(&f->unresolved, UNRESOLVED_SLOTS * sizeof(struct unresolved));
	area(&f->punt_limits, PUNT_CLASSES * sizeof(struct punt_limit));
	f->reasons = f->ip4_hosts = f->lost = -1; /* need system calls of BPF */
	f->ip4_routes = f->ip6_routes = f->cores = -1;
}

void actor_port(struct actor *a, enum keeper_port_state state)
{
	struct keeper_port port = {
		.name = "access",
		.ifindex = STAGE_PORT,
		.mtu = a->mtu ? a->mtu : 1500,
		.state = (uint8_t)state,
		.access = 1,
		.up = 1,
	};

	memcpy(port.mac, stage_mac, sizeof(port.mac));
	if (a->mac)
		port.mac[5] = a->mac;
	a->node.now = a->stage->now;
	access_port_update(&a->node, &port, "");
	call_reap(&a->node);
}

static void actor_start(struct actor *a, const char *conf, bool again)
{
	char error[256] = "";

	if (conf_parse(conf, strlen(conf), "stage", &a->conf, error,
		       sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(dataplane_new(&a->dataplane, &a->fds), 0);
	assert_int_equal(node_init(&a->node, "stage", a->conf, a->dataplane,
				   &actor_ops, a, a->stage->now),
			 0);
	if (!again)
		a->route_base = a->route_count;
	assert_int_equal(
		nexthop_new(&a->node.nexthop, &actor_nexthop_ops, a), 0);
	/* a scan of maps nobody has written would only cost memory */
	if (again)
		assert_int_equal(stale_collect(&a->node), 0);
	node_serve_gateways(&a->node);
	actor_port(a, KEEPER_PORT_ATTACHED);
	a->running = true;
}

/* As if the process died: nobody is told. */
static void actor_stop(struct actor *a)
{
	bool mute = a->mute;
	struct destination *dest;
	struct tunnel_entry *entry, *next_entry;
	struct call *call, *next_call;

	a->mute = true;
	list_each(call, &a->node.calls, link)
		call->state = CALL_ENDED;
	list_each(call, &a->node.dead_calls, link)
		call->state = CALL_ENDED;
	list_each(dest, &a->node.destinations, link)
		list_each_safe(entry, next_entry, &dest->tunnels, link) {
			list_remove(&entry->link);
			list_append(&a->node.dead_tunnels, &entry->link);
		}
	nexthop_free(a->node.nexthop);
	/* tunnels know their calls: those go last */
	list_each_safe(call, next_call, &a->node.dead_calls, link) {
		list_remove(&call->link);
		list_append(&a->node.calls, &call->link);
	}
	call_reap(&a->node);
	list_each_safe(call, next_call, &a->node.calls, link) {
		list_remove(&call->link);
		list_append(&a->node.dead_calls, &call->link);
	}
	call_reap(&a->node);
	destinations_free(&a->node);
	stale_free(&a->node);
	access_ports_free(&a->node);
	node_fini(&a->node);
	dataplane_free(a->dataplane);
	conf_free(a->conf);
	a->mute = mute;
	a->running = false;
}

void actor_restart(struct actor *a, const char *conf)
{
	actor_stop(a);
	actor_start(a, conf, true);
}

struct actor *stage_actor(struct stage *stage, const char *conf)
{
	struct actor *a = &stage->actors[stage->actor_count++];

	assert_true(stage->actor_count <= STAGE_ACTORS);
	a->stage = stage;
	actor_maps(a);
	actor_start(a, conf, false);
	return a;
}

struct call *actor_call(struct actor *a)
{
	assert_int_equal(a->node.call_count, 1);
	return list_entry(a->node.calls.next, struct call, link);
}

void actor_control(struct actor *a, struct address from, struct address to,
		   struct view datagram)
{
	a->node.now = a->stage->now;
	destination_input(&a->node, from, L2TP_PORT, to, datagram);
	call_reap(&a->node);
	stage_deliver(a->stage);
}

void actor_disconnect(struct actor *a, struct call *call)
{
	a->node.now = a->stage->now;
	call_disconnect(call, CAUSE_ADMIN);
	call_reap(&a->node);
	stage_deliver(a->stage);
}

void actor_close_tunnels(struct actor *a)
{
	static const struct l2tp_result why = {.result = STOPCCN_CLEAR};

	a->node.now = a->stage->now;
	for (unsigned int id = 0; id < TUNNEL_SLOTS; id++)
		if (a->node.tunnels[id])
			tunnel_entry_close(a->node.tunnels[id], &why);
	call_reap(&a->node);
	stage_deliver(a->stage);
}

const struct ended_call *actor_ended(const struct actor *a)
{
	assert_true(a->node.ended_count > 0);
	return &a->node.ended[(a->node.ended_count - 1) % NODE_ENDED];
}

/* ---- nothing is left ----------------------------------------------------- */

/* The leg that serves a gateway is there for ever. */
static bool slot_is_gateway(const struct actor *a, uint32_t slot)
{
	const struct pool_entry *pool;

	list_each(pool, &a->node.pools, link)
		if (slot - pool->slot == ntohl(pool->conf->gateway.s_addr) -
						 ntohl(pool->conf->first.s_addr))
			return true;
	return false;
}

/* Only what was ever written has memory: the rest is a hole, and free. */
static void legs_are_free(const struct actor *a)
{
	off_t at = 0, end;

	while ((at = lseek(a->fds.legs, at, SEEK_DATA)) >= 0) {
		end = lseek(a->fds.legs, at, SEEK_HOLE);
		for (uint32_t slot = (uint32_t)(at / (off_t)sizeof(struct leg));
		     slot < end / (off_t)sizeof(struct leg); slot++)
			if (a->legs[slot].state != LEG_FREE &&
			    !slot_is_gateway(a, slot))
				fail_msg("leg %u is not free", slot);
		at = end;
	}
}

static unsigned int templates_used(const struct actor *a)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < TEMPLATE_SLOTS; i++)
		used += a->templates[i].users != 0;
	return used;
}

static void tables_are_empty(const struct actor *a)
{
	const struct node *node = &a->node;

	for (unsigned int i = 0; i < ID_BANKS; i++)
		assert_int_equal(ids_used(node->banks[i]), 0);
	assert_int_equal(ids_used(node->tunnel_ids), 0);
	for (unsigned int i = 0; i < TUNNEL_SLOTS; i++) {
		assert_null(node->tunnels[i]);
		assert_int_equal(a->tunnels[i].state, TUNNEL_RX_FREE);
	}
	for (unsigned int i = 0; i < LEG_SLOTS; i++)
		if (node->slots[i])
			fail_msg("slot %u has a call", i);
}

void actor_is_empty(struct actor *a)
{
	struct node *node = &a->node;
	const struct destination *dest;
	const struct access_port *port;
	const struct pool_entry *pool;
	unsigned int port_templates = 0;

	assert_int_equal(node->call_count, 0);
	assert_true(list_empty(&node->calls));
	assert_true(list_empty(&node->dead_calls));
	assert_true(list_empty(&node->dead_tunnels));
	list_each(dest, &node->destinations, link) {
		assert_true(dest->configured);
		assert_int_equal(dest->tunnel_count, 0);
		assert_int_equal(dest->calls, 0);
		assert_int_equal(dest->doubted, 0);
	}
	tables_are_empty(a);
	list_each(pool, &node->pools, link)
		assert_int_equal(pool_used(pool->pool), 0);
	list_each(port, &node->ports, link) {
		assert_int_equal(port->sessions, 0);
		for (int i = 0; i < PORT_TEMPLATES; i++)
			port_templates += !!port->templates[i];
	}
	legs_are_free(a);
	assert_int_equal(templates_used(a), port_templates);
	assert_int_equal(node->alarms.count, 0);
	assert_int_equal(a->route_count, a->route_base);
	for (unsigned int i = 0; i < a->route_count; i++)
		assert_int_equal(a->routes[i].mtu, a->conf->ppp.peer_mru_max);
	assert_int_equal(a->neighbours, 0);
	assert_int_equal(node->counters[COUNT_CALLS_OPENED],
			 node->counters[COUNT_CALLS_ENDED]);
}

/* ---- time ---------------------------------------------------------------- */

static void letter_deliver(struct letter *letter)
{
	struct view octets = view_of(letter->octets, letter->len);
	struct actor *a = letter->actor;

	if (letter->kind == LETTER_TO_CALLER) {
		caller_input(letter->caller, octets);
		return;
	}
	a->node.now = a->stage->now;
	if (letter->kind == LETTER_TO_AC)
		access_input(&a->node, STAGE_PORT, octets,
			     (struct vlan_tag){0});
	else if (letter->kind == LETTER_CONTROL)
		destination_input(&a->node, letter->from, L2TP_PORT, letter->to,
				  octets);
	else
		slow_l2tp(&a->node, letter->from, L2TP_PORT, letter->to,
			  octets);
	call_reap(&a->node);
}

void stage_deliver(struct stage *stage)
{
	struct letter *letter;

	while ((letter = stage->first)) {
		stage->first = letter->next;
		if (!stage->first)
			stage->last = &stage->first;
		if (!letter->actor || !letter->actor->mute)
			letter_deliver(letter);
		free(letter);
	}
	stage->letters = 0;
}

static struct instant stage_deadline(const struct stage *stage)
{
	struct instant first = NEVER;

	for (unsigned int i = 0; i < stage->actor_count; i++) {
		const struct actor *a = &stage->actors[i];

		first = instant_first(first, alarms_deadline(&a->node.alarms));
		first = instant_first(first, dataplane_deadline(a->dataplane));
	}
	return first;
}

void stage_pass(struct stage *stage, uint64_t ms)
{
	struct instant end = instant_after(stage->now, ms);
	struct instant next;
	unsigned int rings = 0;

	stage_deliver(stage);
	while (next = stage_deadline(stage), instant_due(next, end)) {
		if (next.ms > stage->now.ms)
			stage->now = next;
		if (++rings > RINGS_MAX)
			fail_msg("alarms ring for ever");
		for (unsigned int i = 0; i < stage->actor_count; i++) {
			struct actor *a = &stage->actors[i];

			a->node.now = stage->now;
			dataplane_tick(a->dataplane, stage->now);
			alarms_run(&a->node.alarms, stage->now);
			call_reap(&a->node);
		}
		stage_deliver(stage);
	}
	stage->now = end;
}

struct stage *stage_new(void)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert_non_null(stage);
	log_set_level(LOG_LEVEL_ERROR);
	stage->now = (struct instant){1000000};
	stage->last = &stage->first;
	return stage;
}

void stage_free(struct stage *stage)
{
	while (stage->first) {
		struct letter *letter = stage->first;

		stage->first = letter->next;
		free(letter);
	}
	for (unsigned int i = 0; i < stage->actor_count; i++) {
		struct actor *a = &stage->actors[i];
		const int *fds = &a->fds.ports;

		actor_stop(a);
		munmap(a->legs, LEG_SLOTS * sizeof(struct leg));
		munmap(a->templates, TEMPLATE_SLOTS * sizeof(struct template));
		munmap(a->tunnels, TUNNEL_SLOTS * sizeof(struct tunnel_rx));
		for (size_t n = 0; n < sizeof(a->fds) / sizeof(int); n++)
			if (fds[n] >= 0)
				close(fds[n]);
	}
	free(stage);
}
