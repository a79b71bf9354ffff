/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's loop: descriptors in, the switch in the middle, descriptors out.
 * Decides nothing about calls; see switch/.
 */
#include "program/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/log.h"
#include "switch/access.h"
#include "switch/call.h"
#include "switch/ctl.h"
#include "switch/destination.h"
#include "switch/host_notes.h"
#include "switch/show.h"
#include "switch/slow.h"
#include "switch/stale.h"
#include "switch/upstream.h"
#include "switch/viewer.h"
#include "world/dataplane_data.h"
#include "world/keeper_msg.h"
#include "world/nexthop.h"
#include "world/slowpath.h"
#include "world/sockets.h"

enum {
	DATAGRAM_MAX = 9216,
	/* reads of one descriptor in a row, so that no flood on one keeps the
	 * others waiting; control may take more than PPP */
	BATCH_CONTROL = 256,
	BATCH_PPP = 64,
	PORTS_WAIT_MS = 2000,
	PULSE_MS = 1000, /* between two signs of life */
	ASKS_MAX = 262144, /* requests that wait for the keeper */
};

struct engine;

/* A packet socket of an access port. */
struct engine_port {
	struct list link;
	struct engine *engine;
	uv_poll_t poll;
	uint32_t ifindex;
	int fd;
};

/* A request that the keeper's socket had no room for. */
struct engine_ask {
	struct list link;
	struct keeper_msg msg;
};

struct engine {
	const struct engine_gift *gift;
	uv_loop_t loop;
	struct node node;
	struct dataplane *dataplane;
	struct ctl *ctl;
	uv_timer_t timer;
	uv_timer_t pulse; /* tells the keeper that this loop turns */
	uv_poll_t keeper, control, ppp, control6, ppp6, netlink, events;
	struct list ports;
	uint32_t asked; /* numbers of requests to the keeper */
	struct log_limit refusals; /* lines about those that failed */
	struct list asks;
	unsigned int ask_count;
	uint32_t locals_told; /* local addresses that could not be sent from */
	bool watching; /* the uv_poll_t above are in use */
	int status;
};

static struct instant engine_now(struct engine *engine)
{
	/* never 0, which is NEVER */
	return (struct instant){uv_now(&engine->loop) + 1};
}

static void engine_enter(struct engine *engine)
{
	uv_update_time(&engine->loop);
	engine->node.now = engine_now(engine);
}

static void engine_ring(uv_timer_t *timer);

/* After every event: frees what ended, sets the one timer. */
static void engine_leave(struct engine *engine)
{
	struct instant next;
	uint64_t wait;

	call_reap(&engine->node);
	next = instant_first(alarms_deadline(&engine->node.alarms),
			     dataplane_deadline(engine->dataplane));
	if (instant_is_never(next)) {
		uv_timer_stop(&engine->timer);
		return;
	}
	wait = next.ms > engine->node.now.ms ? next.ms - engine->node.now.ms
					     : 0;
	uv_timer_start(&engine->timer, engine_ring, wait, 0);
}

static void engine_ring(uv_timer_t *timer)
{
	struct engine *engine = timer->data;

	engine_enter(engine);
	dataplane_tick(engine->dataplane, engine->node.now);
	alarms_run(&engine->node.alarms, engine->node.now);
	engine_leave(engine);
}

/* ---- ways out ------------------------------------------------------------ */

static void engine_count_send(struct engine *engine, int err)
{
	if (err)
		node_count(&engine->node, COUNT_SEND_FAILED);
}

/* Once of each address: it may not be this machine's at all. */
static void engine_tell_local(struct engine *engine, struct address local,
			      int err)
{
	const struct conf_l2tp *l2tp = &engine->node.conf->l2tp;

	for (unsigned int i = 0; i < l2tp->local_count; i++) {
		if (!address_same(l2tp->locals[i], local) ||
		    engine->locals_told >> i & 1)
			continue;
		engine->locals_told |= 1u << i;
		log_error("l2tp: nothing can be sent from %s: %s",
			  address_text(local), strerror(-err));
	}
}

/* -1, on which sending fails: the family is not spoken. */
static int engine_l2tp_socket(const struct engine_gift *gift, bool control,
			      uint32_t family)
{
	if (family == AF_INET6)
		return control ? gift->l2tp_control6 : gift->l2tp_ppp6;
	return control ? gift->l2tp_control : gift->l2tp_ppp;
}

static void engine_send_l2tp(void *ctx, bool control, struct address local,
			     struct address peer, uint16_t peer_port,
			     struct view datagram)
{
	struct engine *engine = ctx;
	int fd = engine_l2tp_socket(engine->gift, control, peer.family);
	int err;

	viewer_sending(engine->node.viewer);
	err = socket_send_l2tp(fd, local, peer, peer_port, datagram);
	engine_count_send(engine, err);
	if (!err)
		viewer_sent_l2tp(engine->node.viewer, local, peer, peer_port,
				 datagram);
	if (err && err != -EAGAIN && err != -ENOBUFS)
		engine_tell_local(engine, local, err);
}

static struct engine_port *engine_port_find(struct engine *engine,
					    uint32_t ifindex)
{
	struct engine_port *port;

	list_each(port, &engine->ports, link)
		if (port->ifindex == ifindex)
			return port;
	return NULL;
}

static void engine_send_frame(void *ctx, uint32_t ifindex, struct view frame)
{
	struct engine *engine = ctx;
	struct engine_port *port = engine_port_find(engine, ifindex);
	int err;

	viewer_sending(engine->node.viewer);
	err = port ? socket_send_frame(port->fd, frame) : -ENODEV;
	engine_count_send(engine, err);
	if (!err)
		viewer_sent_frame(engine->node.viewer, ifindex, frame);
}

static void on_keeper(uv_poll_t *poll, int status, int events);

static int keeper_events(const struct engine *engine)
{
	return UV_READABLE | (engine->ask_count ? UV_WRITABLE : 0);
}

/* Thousands of calls can end at once; their routes wait here in order. */
static int engine_ask_later(struct engine *engine, const struct keeper_msg *msg)
{
	struct engine_ask *ask = NULL;

	if (engine->ask_count < ASKS_MAX)
		ask = malloc(sizeof(*ask));
	if (!ask)
		return -ENOBUFS;
	ask->msg = *msg;
	list_append(&engine->asks, &ask->link);
	if (!engine->ask_count++ && engine->watching)
		uv_poll_start(&engine->keeper, keeper_events(engine),
			      on_keeper);
	return 0;
}

static void engine_ask_keeper(void *ctx, struct keeper_msg *msg)
{
	struct engine *engine = ctx;
	int err = -EAGAIN;

	engine->asked = engine->asked % INT32_MAX + 1;
	msg->number = engine->asked;
	if (!engine->ask_count)
		err = keeper_msg_send(engine->gift->keeper, msg, -1);
	if (err == -EAGAIN)
		err = engine_ask_later(engine, msg);
	if (err)
		log_error("keeper: request %u cannot be sent: %s", msg->type,
			  strerror(-err));
}

static void engine_ask_again(struct engine *engine)
{
	struct engine_ask *ask;
	struct engine_ask *after;

	list_each_safe(ask, after, &engine->asks, link) {
		if (keeper_msg_send(engine->gift->keeper, &ask->msg, -1) ==
		    -EAGAIN)
			return;
		list_remove(&ask->link);
		free(ask);
		engine->ask_count--;
	}
	uv_poll_start(&engine->keeper, keeper_events(engine), on_keeper);
}

/* A full socket is no matter: the keeper reads it, and each record counts. */
static void engine_pulse(uv_timer_t *timer)
{
	const struct engine *engine = timer->data;
	const struct keeper_msg alive = {.type = KEEPER_ALIVE};

	keeper_msg_send(engine->gift->keeper, &alive, -1);
}

static void engine_event(void *ctx, json_t *event)
{
	struct engine *engine = ctx;

	if (engine->ctl)
		ctl_event(engine->ctl, event);
	json_decref(event);
}

static bool engine_listening(void *ctx)
{
	const struct engine *engine = ctx;

	return engine->ctl && ctl_has_listeners(engine->ctl);
}

static const struct node_ops engine_node_ops = {
	.send_l2tp = engine_send_l2tp,
	.send_frame = engine_send_frame,
	.ask_keeper = engine_ask_keeper,
	.event = engine_event,
	.listening = engine_listening,
};

/* ---- ways in ------------------------------------------------------------- */

/*
 * libuv takes an error of a socket (netlink news that were lost, a device that
 * went down) for its end and looks no more; reading has taken it away.
 */
static void poll_go_on(uv_poll_t *poll, int status, uv_poll_cb callback)
{
	if (status < 0)
		uv_poll_start(poll, UV_READABLE, callback);
}

static void engine_read_l2tp(struct engine *engine, const uv_poll_t *poll,
			     bool control)
{
	int batch = control ? BATCH_CONTROL : BATCH_PPP;
	uint8_t room[DATAGRAM_MAX];
	struct socket_l2tp from;
	int fd;

	if (uv_fileno((const uv_handle_t *)poll, &fd))
		return;
	for (int i = 0; i < batch; i++) {
		struct view datagram;

		if (socket_receive_l2tp(fd, room, sizeof(room), &from,
					&datagram))
			break;
		if (control)
			destination_input(&engine->node, from.peer,
					  from.peer_port, from.local, datagram);
		else
			slow_l2tp(&engine->node, from.peer, from.peer_port,
				  from.local, datagram);
	}
}

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct engine *engine = poll->data;

	(void)events;
	engine_enter(engine);
	engine_read_l2tp(engine, poll, true);
	poll_go_on(poll, status, on_control);
	engine_leave(engine);
}

static void on_ppp(uv_poll_t *poll, int status, int events)
{
	struct engine *engine = poll->data;

	(void)events;
	engine_enter(engine);
	engine_read_l2tp(engine, poll, false);
	poll_go_on(poll, status, on_ppp);
	engine_leave(engine);
}

static void on_port(uv_poll_t *poll, int status, int events)
{
	struct engine_port *port = poll->data;
	struct engine *engine = port->engine;
	uint8_t room[DATAGRAM_MAX];

	(void)events;
	engine_enter(engine);
	for (int i = 0; i < BATCH_CONTROL; i++) {
		struct view frame;
		struct vlan_tag stripped;

		if (socket_receive_frame(port->fd, room, sizeof(room),
					 &stripped, &frame))
			break;
		access_input(&engine->node, port->ifindex, frame, stripped);
	}
	poll_go_on(poll, status, on_port);
	engine_leave(engine);
}

static void on_netlink(uv_poll_t *poll, int status, int events)
{
	struct engine *engine = poll->data;

	(void)events;
	engine_enter(engine);
	nexthop_input(engine->node.nexthop);
	poll_go_on(poll, status, on_netlink);
	engine_leave(engine);
}

static void on_events(uv_poll_t *poll, int status, int events)
{
	struct engine *engine = poll->data;

	(void)status, (void)events;
	engine_enter(engine);
	viewer_input(engine->node.viewer);
	engine_leave(engine);
}

/* ---- next hops ----------------------------------------------------------- */

static void on_nexthop_changed(void *ctx, void *user,
			       const struct nexthop_path *path)
{
	(void)ctx;
	if (user) /* else it is only to be resolved */
		tunnel_entry_path(user, path);
}

static void on_nexthop_resolve(void *ctx, uint32_t ifindex,
			       struct address address, bool keep)
{
	struct keeper_msg ask = {
		.type = keep ? KEEPER_NEIGHBOUR_KEEP : KEEPER_NEIGHBOUR_DROP,
		.neighbour = {.ifindex = ifindex, .address = address},
	};

	engine_ask_keeper(ctx, &ask);
}

static const struct nexthop_ops engine_nexthop_ops = {
	.changed = on_nexthop_changed,
	.resolve = on_nexthop_resolve,
};

/* ---- the keeper ---------------------------------------------------------- */

static void port_closed(uv_handle_t *handle)
{
	struct engine_port *port = handle->data;

	close(port->fd);
	free(port);
}

/* All sockets of this device but `keep`. */
static void engine_port_drop(struct engine *engine, uint32_t ifindex,
			     const struct engine_port *keep)
{
	struct engine_port *port;
	struct engine_port *after;

	slowpath_port_drop(engine->node.slowpath, ifindex);
	list_each_safe(port, after, &engine->ports, link) {
		if (port->ifindex != ifindex || port == keep)
			continue;
		list_remove(&port->link);
		uv_poll_stop(&port->poll);
		uv_close((uv_handle_t *)&port->poll, port_closed);
	}
}

static struct engine_port *engine_port_add(struct engine *engine,
					   uint32_t ifindex, int fd)
{
	struct engine_port *port = calloc(1, sizeof(*port));

	if (!port || uv_poll_init(&engine->loop, &port->poll, fd)) {
		log_error("port %u: packet socket cannot be watched", ifindex);
		free(port);
		close(fd);
		return NULL;
	}
	port->engine = engine;
	port->ifindex = ifindex;
	port->fd = fd;
	port->poll.data = port;
	list_append(&engine->ports, &port->link);
	uv_poll_start(&port->poll, UV_READABLE, on_port);
	return port;
}

/* New sockets come first and old ones go last: PADTs of ending calls use them. */
static void engine_port_told(struct engine *engine,
			     const struct keeper_msg *msg, int fd)
{
	const struct access_port *old =
		access_port_named(&engine->node, msg->port.name);
	uint32_t before = old ? old->state.ifindex : 0;
	struct engine_port *added = NULL;

	if (fd >= 0)
		added = engine_port_add(engine, msg->port.ifindex, fd);
	access_port_update(&engine->node, &msg->port, msg->text);
	if (before && (msg->port.state != KEEPER_PORT_ATTACHED || fd >= 0 ||
		       msg->port.ifindex != before))
		engine_port_drop(engine, before, added);
	if (engine->watching)
		host_notes_log(&engine->node);
}

static void engine_firewall_told(struct engine *engine,
				 const struct keeper_msg *msg)
{
	struct node *node = &engine->node;

	snprintf(node->firewall, sizeof(node->firewall), "%s", msg->text);
	if (engine->watching)
		host_notes_log(node);
}

static void engine_port_data(struct engine *engine, uint32_t ifindex, int fd)
{
	int err = slowpath_port_add(engine->node.slowpath, ifindex, fd);

	if (err)
		log_error("port %u: no slow path: %s", ifindex, strerror(-err));
}

/* Whether an operator waited for it. */
static bool engine_answer(struct engine *engine, const struct keeper_msg *msg)
{
	json_t *reply = NULL;

	if (!engine->ctl)
		return false;
	if (!msg->error && *msg->port.name)
		reply = show_port(&engine->node, msg->port.name);
	return ctl_answer(engine->ctl, (int)msg->number, reply, msg->text);
}

static void engine_replied(struct engine *engine, const struct keeper_msg *msg)
{
	/* subscribers' packets can have next hops that are refused */
	if (!engine_answer(engine, msg) && msg->error &&
	    log_allowed(&engine->refusals, engine->node.now))
		log_error("keeper: request %u failed: %s", msg->number,
			  msg->text); /* the keeper says why in any case */
}

/* Reads what the keeper said; -EAGAIN, or -EPIPE when it is gone. */
static int engine_read_keeper(struct engine *engine)
{
	struct keeper_msg msg;
	int fd;
	int err;

	while (!(err = keeper_msg_receive(engine->gift->keeper, &msg, &fd))) {
		if (msg.type == KEEPER_PORT) {
			engine_port_told(engine, &msg, fd);
			continue;
		}
		if (msg.type == KEEPER_PORT_DATA && fd >= 0) {
			engine_port_data(engine, msg.port.ifindex, fd);
			continue;
		}
		if (fd >= 0)
			close(fd);
		if (msg.type == KEEPER_REPLY)
			engine_replied(engine, &msg);
		else if (msg.type == KEEPER_FIREWALL)
			engine_firewall_told(engine, &msg);
	}
	return err;
}

static void on_keeper(uv_poll_t *poll, int status, int events)
{
	struct engine *engine = poll->data;

	(void)status;
	engine_enter(engine);
	if (events & UV_WRITABLE)
		engine_ask_again(engine);
	if (engine_read_keeper(engine) == -EPIPE) {
		log_notice("keeper is gone; forwarding goes on without us");
		uv_stop(&engine->loop);
	}
	engine_leave(engine);
}

/* ---- start and end ------------------------------------------------------- */

/*
 * The keeper tells about every configured port first: who finds the control
 * socket answering finds the ports served.
 */
static void engine_wait_ports(struct engine *engine)
{
	const struct engine_gift *gift = engine->gift;
	struct pollfd keeper = {.fd = gift->keeper, .events = POLLIN};

	while (engine->node.port_count < gift->conf->port_count &&
	       poll(&keeper, 1, PORTS_WAIT_MS) > 0) {
		engine_enter(engine);
		if (engine_read_keeper(engine) == -EPIPE)
			break;
	}
}

static int engine_watch(struct engine *engine, uv_poll_t *poll, int fd,
			uv_poll_cb callback)
{
	int err = uv_poll_init(&engine->loop, poll, fd);

	poll->data = engine;
	return err ? err : uv_poll_start(poll, UV_READABLE, callback);
}

static int engine_watch_l2tp(struct engine *engine)
{
	const struct engine_gift *gift = engine->gift;
	const struct {
		uv_poll_t *poll;
		int fd;
		uv_poll_cb callback;
	} rows[] = {
		{&engine->control, gift->l2tp_control, on_control},
		{&engine->ppp, gift->l2tp_ppp, on_ppp},
		{&engine->control6, gift->l2tp_control6, on_control},
		{&engine->ppp6, gift->l2tp_ppp6, on_ppp},
	};
	int err = 0;

	for (unsigned int i = 0; !err && i < sizeof(rows) / sizeof(rows[0]);
	     i++)
		if (rows[i].fd >= 0) /* else the family is not spoken */
			err = engine_watch(engine, rows[i].poll, rows[i].fd,
					   rows[i].callback);
	return err;
}

static int engine_watch_all(struct engine *engine)
{
	const struct engine_gift *gift = engine->gift;
	int err;

	engine->watching = true;
	err = engine_watch(engine, &engine->keeper, gift->keeper, on_keeper);
	if (!err && engine->ask_count)
		engine_ask_again(engine);
	if (!err)
		err = engine_watch_l2tp(engine);
	if (!err)
		err = engine_watch(engine, &engine->netlink,
				   nexthop_fd(engine->node.nexthop),
				   on_netlink);
	return err;
}

/* A ctl handler changed something: what follows any event follows it. */
static void on_ctl(void *ctx, bool begin)
{
	struct engine *engine = ctx;

	if (begin)
		engine_enter(engine);
	else
		engine_leave(engine);
}

/* May come in the middle of anything, so it is left to an alarm. */
static void on_listeners(void *ctx)
{
	struct engine *engine = ctx;

	viewer_changed(engine->node.viewer);
	uv_timer_start(&engine->timer, engine_ring, 0, 0);
}

/* Without it everything else works: a kernel may refuse us the ring. */
static void engine_view(struct engine *engine)
{
	int fd;
	int err = dataplane_watch_open(engine->dataplane, &fd);

	if (!err)
		engine->node.viewer = viewer_new(&engine->node, engine->ctl);
	if (!err && !engine->node.viewer)
		err = -ENOMEM;
	if (!err)
		err = engine_watch(engine, &engine->events, fd, on_events);
	if (err) {
		log_error("engine: frames cannot be watched: %s",
			  strerror(-err));
		viewer_free(engine->node.viewer);
		engine->node.viewer = NULL;
		return;
	}
	ctl_serve_streams(engine->ctl, viewer_commands, viewer_command_count,
			  on_listeners, engine);
}

static int engine_start_slowpath(struct engine *engine)
{
	struct slowpath_setup setup = {
		.dataplane = engine->dataplane,
		.conf = engine->gift->conf,
		.l2tp = engine->gift->l2tp_data,
		.l2tp6 = engine->gift->l2tp_data6,
		.tun = engine->gift->tun,
	};

	return slowpath_new(&engine->node.slowpath, &setup);
}

static int engine_start(struct engine *engine)
{
	const struct engine_gift *gift = engine->gift;
	int err;

	uv_loop_init(&engine->loop);
	uv_timer_init(&engine->loop, &engine->timer);
	engine->timer.data = engine;
	uv_timer_init(&engine->loop, &engine->pulse);
	engine->pulse.data = engine;
	list_init(&engine->ports);
	list_init(&engine->asks);
	engine->refusals = LOG_LIMIT;
	err = dataplane_new(&engine->dataplane, &gift->maps);
	if (err)
		return err;
	dataplane_clock_set(engine->dataplane, &gift->clock);
	err = node_init(&engine->node, gift->instance, gift->conf,
			engine->dataplane, &engine_node_ops, engine,
			engine_now(engine));
	if (err)
		return err;
	engine->node.lost_counted = gift->lost_counted;
	err = nexthop_new(&engine->node.nexthop, &engine_nexthop_ops, engine);
	if (err)
		return err;
	err = stale_collect(&engine->node);
	if (err)
		return err;
	node_serve_gateways(&engine->node);
	if (gift->conf->pool_count)
		err = upstream_start(&engine->node);
	if (!err)
		err = engine_start_slowpath(engine);
	if (err)
		return err;
	engine_wait_ports(engine);
	engine->ctl = ctl_new(&engine->loop, gift->control, show_commands,
			      show_command_count, &engine->node, on_ctl,
			      engine);
	if (!engine->ctl)
		return -ENOMEM;
	engine_view(engine);
	return engine_watch_all(engine);
}

int engine_run(const struct engine_gift *gift)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int err;

	if (!engine)
		fatal("no memory for the engine");
	engine->gift = gift;
	err = engine_start(engine);
	if (err)
		fatal("engine: cannot start: %s", strerror(-err));
	log_notice("engine: ready, instance %s", gift->instance);
	host_notes_log(&engine->node);
	engine_leave(engine);
	uv_timer_start(&engine->pulse, engine_pulse, 0, PULSE_MS);
	uv_run(&engine->loop, UV_RUN_DEFAULT);
	slowpath_free(engine->node.slowpath);
	return engine->status;
}
