/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports and PPPoE discovery; see access.h. */
#include "switch/access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rng.h"
#include "switch/call.h"
#include "switch/redial.h"
#include "switch/slow.h"
#include "switch/stale.h"
#include "world/dataplane_read.h"

enum {
	REPLY_MAX = 1514,
	PRIORITY = 6, /* 802.1p of discovery and LCP */
	CLIENT_MAX = 256, /* calls of one client that are in LCP */
	CLIENT_PROBES = 8, /* calls of one client that are asked at once */
	PAYLOAD_MAX = 1500, /* no PPP payload is larger, RFC 4638 or not */
	PPPOE_OVERHEAD = 8, /* of the port's MTU */
};

/* ---- ports --------------------------------------------------------------- */

struct access_port *access_port_find(struct node *node, uint32_t ifindex)
{
	struct access_port *port;

	list_each(port, &node->ports, link)
		if (port->state.ifindex && port->state.ifindex == ifindex)
			return port;
	return NULL;
}

struct access_port *access_port_named(struct node *node, const char *name)
{
	struct access_port *port;

	list_each(port, &node->ports, link)
		if (!strcmp(port->state.name, name))
			return port;
	return NULL;
}

uint32_t access_template(const struct access_port *port,
			 const struct pppoe_client *client)
{
	bool qinq = client->outer_type == ETHER_QINQ;

	if (!client->vlans)
		return port->templates[PORT_UNTAGGED];
	if (client->vlans == 1)
		return port->templates[qinq ? PORT_QINQ_ONE : PORT_VLAN];
	return port->templates[qinq ? PORT_QINQ_TWO : PORT_VLAN_TWO];
}

/* The kernel sends no frame that exceeds the MTU by more than one tag. */
static void port_publish_templates(struct node *node, struct access_port *port)
{
	static const struct {
		uint8_t tags;
		uint16_t outer_type;
	} forms[PORT_TEMPLATES] = {
		[PORT_VLAN] = {1, ETHER_VLAN},
		[PORT_QINQ_ONE] = {1, ETHER_QINQ},
		[PORT_VLAN_TWO] = {2, ETHER_VLAN},
		[PORT_QINQ_TWO] = {2, ETHER_QINQ},
	};

	for (unsigned int i = 0; i < PORT_TEMPLATES; i++) {
		struct dataplane_pppoe_path path = {
			.ifindex = port->state.ifindex,
			.tags = forms[i].tags,
			.outer_type = forms[i].outer_type,
			.frame_max = (uint16_t)(port->state.mtu + 14 +
						(forms[i].tags ? 4 : 0)),
		};

		memcpy(path.source_mac, port->state.mac, 6);
		if (!port->templates[i] &&
		    dataplane_template_new(node->dataplane, port->state.ifindex,
					   &port->templates[i])) {
			log_error("port %s: no template is free",
				  port->state.name);
			return;
		}
		dataplane_template_pppoe(node->dataplane, port->templates[i],
					 &path, node->now);
	}
}

/*
 * The bank of a port's PPPoE ids: the one it had under an earlier engine, whose
 * sessions may still be there, else the emptiest.
 */
static void port_choose_bank(struct node *node, struct access_port *port)
{
	struct port old = dataplane_port_read(node->dataplane,
					      port->state.ifindex);

	if (port->has_bank)
		return;
	port->bank = old.banks[0] ? (uint8_t)(old.banks[0] - 1)
				  : node_emptiest_bank(node);
	port->has_bank = true;
}

static void port_publish(struct node *node, struct access_port *port)
{
	struct port record = {
		.flags = PORT_ATTACHED,
		.mtu = port->state.mtu,
	};

	memcpy(record.mac, port->state.mac, sizeof(record.mac));
	if (port->state.access) {
		port_choose_bank(node, port);
		port_publish_templates(node, port);
		record.flags |= PORT_ACCESS;
		memset(record.banks, port->bank + 1, sizeof(record.banks));
	}
	if (dataplane_port_set(node->dataplane, port->state.ifindex, &record))
		log_error("port %s: ifindex %u is out of range",
			  port->state.name, port->state.ifindex);
	dataplane_egress_set(node->dataplane, port->state.ifindex,
			     port->state.ifindex, 0);
}

/* The cause says whether clients can still be reached, from the old address. */
static void port_lost(struct node *node, struct access_port *port,
		      enum cause cause)
{
	struct call *call;
	struct call *after;

	list_each_safe(call, after, &node->calls, link)
		if (call->access.kind == LEG_PPPOE && call->access.port == port)
			call_end(call, cause);
	for (unsigned int i = 0; i < PORT_TEMPLATES; i++) {
		if (port->templates[i])
			dataplane_template_free(node->dataplane,
						port->templates[i]);
		port->templates[i] = 0;
	}
	dataplane_port_clear(node->dataplane, port->state.ifindex);
	dataplane_egress_set(node->dataplane, port->state.ifindex, 0, 0);
}

/* What a change of a port means to the calls on it; CAUSE_NONE: nothing. */
static enum cause port_change(const struct keeper_port *old,
			      const struct keeper_port *state)
{
	if (old->state != KEEPER_PORT_ATTACHED)
		return CAUSE_NONE;
	if (state->state == KEEPER_PORT_DETACHED)
		return CAUSE_ADMIN;
	if (state->state != KEEPER_PORT_ATTACHED ||
	    state->ifindex != old->ifindex)
		return CAUSE_ACCESS_DOWN;
	/* clients send to the old address, where nobody listens any more */
	if (old->access && memcmp(state->mac, old->mac, sizeof(old->mac)))
		return CAUSE_ACCESS_MOVED;
	return CAUSE_NONE;
}

/* Since it was published last, perhaps by an earlier engine. */
static bool port_has_moved(const struct node *node,
			   const struct access_port *port)
{
	struct port old = dataplane_port_read(node->dataplane,
					      port->state.ifindex);

	return memcmp(old.mac, port->state.mac, sizeof(old.mac)) != 0;
}

void access_port_update(struct node *node, const struct keeper_port *state,
			const char *text)
{
	struct access_port *port = access_port_named(node, state->name);
	enum cause lost;
	bool was;

	if (!port) {
		port = calloc(1, sizeof(*port));
		if (!port) {
			log_error("port %s: no memory", state->name);
			return;
		}
		list_append(&node->ports, &port->link);
		node->port_count++;
	}
	was = port->state.state == KEEPER_PORT_ATTACHED;
	lost = port_change(&port->state, state);
	if (lost != CAUSE_NONE)
		port_lost(node, port, lost);
	if (!was) {
		port->hides_tags = port->hiding_told = false;
		port->passes_by = port->passing_told = false;
	}
	port->state = *state;
	snprintf(port->text, sizeof(port->text), "%s", text);
	if (state->state == KEEPER_PORT_ATTACHED) {
		bool moved = port_has_moved(node, port);

		port_publish(node, port);
		if (moved)
			stale_end_moved(node, port);
	}
	node_event(node, "port", "s:s,s:b,s:s", "name", state->name, "attached",
		   state->state == KEEPER_PORT_ATTACHED, "text", text);
}

void access_ports_free(struct node *node)
{
	struct access_port *port;
	struct access_port *after;

	list_each_safe(port, after, &node->ports, link) {
		list_remove(&port->link);
		free(port);
	}
}

/* ---- discovery ----------------------------------------------------------- */

/* One frame that came in, and who sent it. */
struct arrival {
	struct node *node;
	struct access_port *port;
	struct pppoe_frame frame;
	struct pppoe_client client;
	bool untagged; /* the kernel took a VLAN tag out of the frame */
};

static void arrival_reply(const struct arrival *in, const struct builder *b)
{
	if (!b->full)
		in->node->ops->send_frame(in->node->ops_ctx,
					  in->client.ifindex, builder_view(b));
}

/* A second tag is at the payload's expense, see port_publish_templates. */
static uint16_t arrival_max_payload(const struct arrival *in)
{
	int max = in->port->state.mtu - PPPOE_OVERHEAD -
		  (in->client.vlans > 1 ? 4 : 0);

	return max < 0 ? 0 : (uint16_t)(max < PAYLOAD_MAX ? max : PAYLOAD_MAX);
}

/*
 * The access concentrator of the port as the codec wants it; the cookie key
 * lives as long as the process.
 */
static const struct pppoe_ac *ac_of(const struct arrival *in)
{
	static struct pppoe_ac ac;
	static bool ready;
	const struct conf_pppoe *conf = &in->node->conf->pppoe;

	ac.max_payload = arrival_max_payload(in);
	if (ready)
		return &ac;
	ready = true;
	snprintf(ac.name, sizeof(ac.name), "%s", conf->ac_name);
	memcpy(ac.services, conf->services, sizeof(ac.services));
	ac.service_count = conf->service_count;
	ac.any_service = !conf->service_count;
	ac.priority = PRIORITY;
	rng_fill(ac.cookie_key, sizeof(ac.cookie_key));
	return &ac;
}

static void padi_input(struct arrival *in)
{
	uint8_t room[REPLY_MAX];
	struct builder b = builder_on(room, sizeof(room));
	int err = pppoe_ac_padi(ac_of(in), &in->frame, &in->client,
				in->port->state.mac, &b, in->node->now);

	if (err == -ENOENT) {
		node_count(in->node, COUNT_PADI_OTHER_SERVICE);
	} else if (err) {
		node_count(in->node, COUNT_DISCOVERY_MALFORMED);
	} else {
		node_count(in->node, COUNT_PADI);
		arrival_reply(in, &b);
	}
}

bool access_same_client(const struct pppoe_client *a,
			const struct pppoe_client *b)
{
	return a->ifindex == b->ifindex && !memcmp(a->mac, b->mac, 6) &&
	       a->vlans == b->vlans && a->vlan[0] == b->vlan[0] &&
	       a->vlan[1] == b->vlan[1];
}

static uint32_t client_key(const struct node *node,
			   const struct pppoe_client *client)
{
	uint64_t hash = view_hash(VIEW(client->mac), node->hash_seed);

	hash = view_hash(view_of(&client->ifindex, sizeof(client->ifindex)),
			 hash);
	return (uint32_t)(view_hash(VIEW(client->vlan), hash) >> 32);
}

/*
 * A hash that identifies a repeated PADR.  A client that dials again has
 * another one, because each PADO has a new cookie.
 */
static uint64_t padr_hash(const struct arrival *in,
			  const struct pppoe_tags *tags)
{
	uint64_t hash = view_hash(tags->host_uniq, in->node->hash_seed);

	hash = view_hash(tags->relay, view_hash(tags->cookie, hash));
	return view_hash(VIEW(in->client.mac), hash) | 1; /* never 0 */
}

/* Without memory neither a repetition nor a redial is recognised. */
static void client_add(struct call *call, const struct arrival *in,
		       const struct pppoe_tags *tags)
{
	struct node *node = in->node;
	uint32_t key = client_key(node, &in->client);
	uint64_t padr = padr_hash(in, tags);

	group_add(&node->clients, &call->by_client, key);
	group_add(&node->dialling, &call->dialling, key);
	if (!table_insert(&node->padrs, &call->by_padr, (uint32_t)(padr >> 32)))
		call->padr = padr;
}

void access_forget(struct call *call)
{
	group_remove(&call->node->dialling, &call->dialling);
}

/*
 * A PADR that the network delivered late, after its session has ended, is no
 * request for a new one.  The hash covers the cookie, whose lifetime limits how
 * late one can arrive.
 */
static void padr_remember(struct node *node, uint64_t padr)
{
	node->late_padrs[node->late_count++ % NODE_PADRS] = padr;
}

static bool padr_is_late(const struct arrival *in,
			 const struct pppoe_tags *tags)
{
	uint64_t padr = padr_hash(in, tags);

	for (unsigned int i = 0; i < NODE_PADRS; i++)
		if (in->node->late_padrs[i] == padr)
			return true;
	return false;
}

void access_leave(struct call *call)
{
	access_forget(call);
	group_remove(&call->node->clients, &call->by_client);
	if (!call->padr)
		return;
	table_remove(&call->node->padrs, &call->by_padr);
	padr_remember(call->node, call->padr);
	call->padr = 0;
}

/*
 * The call that the same PADR made: the PADS was lost, or this copy is late.  A
 * PADR is valid no longer than its cookie.
 */
static struct call *padr_repeats(const struct arrival *in,
				 const struct pppoe_tags *tags)
{
	uint64_t padr = padr_hash(in, tags);
	struct table_link *link =
		table_find(&in->node->padrs, (uint32_t)(padr >> 32));
	struct call *call =
		link ? table_entry(link, struct call, by_padr) : NULL;

	if (!call || call->padr != padr ||
	    !access_same_client(&call->access.client, &in->client))
		return NULL;
	return call;
}

/* Number of calls that this client has in LCP, up to CLIENT_MAX. */
static unsigned int client_dials(const struct arrival *in)
{
	struct group_link *link =
		group_newest(&in->node->dialling,
			     client_key(in->node, &in->client));
	unsigned int count = 0;

	for (; link && count < CLIENT_MAX; link = group_older(link))
		count += access_same_client(
			&group_entry(link, struct call, dialling)
				 ->access.client,
			&in->client);
	return count;
}

/*
 * The port is full: if older calls of this client are dead, there is room when
 * it asks again.
 */
static void client_probe(const struct arrival *in)
{
	struct group_link *link = group_newest(
		&in->node->clients, client_key(in->node, &in->client));

	for (unsigned int i = 0; link && i < CLIENT_PROBES; i++) {
		struct call *call = group_entry(link, struct call, by_client);

		link = group_older(link);
		if (access_same_client(&call->access.client, &in->client))
			redial_probe(call);
	}
}

static void padr_answer(const struct arrival *in, const struct pppoe_tags *tags,
			uint16_t session)
{
	uint8_t room[REPLY_MAX];
	struct builder b = builder_on(room, sizeof(room));

	pppoe_ac_pads(ac_of(in), tags, &in->client, in->port->state.mac,
		      session, &b);
	arrival_reply(in, &b);
}

/* Gives a new call its access leg; everything is ready for the first LCP. */
static int padr_make(struct call *call, const struct arrival *in,
		     const struct pppoe_tags *tags)
{
	struct node *node = in->node;
	struct call_leg *leg = &call->access;
	uint16_t id;
	int err = node_take_id(node, in->port->bank, &id);

	if (err)
		return err;
	*leg = (struct call_leg){
		.kind = LEG_PPPOE,
		.port = in->port,
		.client = in->client,
		.pppoe_session = id,
		.max_payload = pppoe_ac_payload(ac_of(in), tags),
	};
	view_print(tags->circuit_id, leg->circuit_id, sizeof(leg->circuit_id));
	view_print(tags->remote_id, leg->remote_id, sizeof(leg->remote_id));
	in->port->sessions++;
	call_set_slot(call, leg, dataplane_slot(in->port->bank, id));
	err = call_access_install(call);
	if (!err)
		err = call_ppp_new(call);
	if (!err)
		client_add(call, in, tags);
	return err;
}

static void padr_open(const struct arrival *in, const struct pppoe_tags *tags)
{
	struct node *node = in->node;
	struct call *call = NULL;

	if (in->port->sessions >= node->conf->pppoe.max_sessions)
		client_probe(in);
	else if (client_dials(in) < CLIENT_MAX)
		call = call_new(node);
	if (!call || padr_make(call, in, tags)) {
		node_count(node, COUNT_PADR_LIMIT);
		padr_answer(in, tags, 0);
		if (call)
			call_end(call, CAUSE_NO_RESOURCES);
		return;
	}
	node_count(node, COUNT_PADR);
	padr_answer(in, tags, call->access.pppoe_session);
	node_step(node, "lac", 1, call->id, "a client started a PPP session");
	call_ppp_start(call);
}

static void padr_input(struct arrival *in)
{
	uint8_t room[REPLY_MAX];
	struct builder b = builder_on(room, sizeof(room));
	struct node *node = in->node;
	struct pppoe_tags tags;
	struct call *before;
	int err = pppoe_ac_padr(ac_of(in), &in->frame, &in->client,
				in->port->state.mac, &tags, &b, node->now);

	if (err == -ENOENT) {
		node_count(node, COUNT_PADR_BAD_SERVICE);
		arrival_reply(in, &b);
		return;
	}
	if (err) {
		node_count(node, err == -EACCES ? COUNT_PADR_BAD_COOKIE
						: COUNT_DISCOVERY_MALFORMED);
		return;
	}
	before = padr_repeats(in, &tags);
	if (before) {
		node_count(node, COUNT_PADR_REPEATED);
		padr_answer(in, &tags, before->access.pppoe_session);
	} else if (padr_is_late(in, &tags)) {
		node_count(node, COUNT_PADR_LATE);
	} else {
		padr_open(in, &tags);
	}
}

/* The call whose session this frame belongs to, if the sender is the client. */
static struct call *arrival_call(const struct arrival *in, enum counter unknown)
{
	struct node *node = in->node;
	uint32_t slot = dataplane_slot(in->port->bank, in->frame.session);
	struct call *call = node->slots[slot];

	if (!call || call->access.kind != LEG_PPPOE ||
	    call->access.slot != slot) {
		node_count(node, unknown);
		return NULL;
	}
	if (!access_same_client(&call->access.client, &in->client) ||
	    memcmp(in->frame.destination, in->port->state.mac, 6)) {
		node_count(node, COUNT_FRAME_WRONG_SENDER);
		return NULL;
	}
	return call;
}

static void padt_input(struct arrival *in)
{
	struct call *call;

	if (stale_padt(in->node, in->port, &in->client, in->frame.session)) {
		node_count(in->node, COUNT_PADT_STALE);
		return;
	}
	call = arrival_call(in, COUNT_PADT_UNKNOWN);
	if (!call)
		return;
	node_count(in->node, COUNT_PADT_RECEIVED);
	call_end(call, CAUSE_USER_PADT);
}

/*
 * A device took the VLAN tag out of the frame before XDP saw it: all that this
 * client sent in its session would be dropped, beginning with LCP.
 */
static void arrival_tell_hidden(const struct arrival *in)
{
	struct access_port *port = in->port;

	node_count(in->node, COUNT_DISCOVERY_TAG_HIDDEN);
	port->tags_hidden++;
	if (!port->hiding_told)
		log_warning("port %s: VLAN tags are taken out of frames before "
			    "XDP sees them, clients in VLANs are not answered "
			    "(rx-vlan-offload here, or tx-vlan-offload of a "
			    "veth's far end)",
			    port->state.name);
	port->hiding_told = true;
}

/* Frames that arrive at a bond pass XDP with the ifindex of a slave. */
static void arrival_tell_passing(struct access_port *port)
{
	if (!port->passing_told)
		log_warning("port %s: frames arrive without having met XDP "
			    "here, the slow path carries them",
			    port->state.name);
	port->passing_told = true;
}

/* Whether XDP sees what this client sends as the client sent it. */
static bool arrival_is_seen(const struct arrival *in)
{
	struct access_port *port = in->port;
	enum dataplane_sight sight =
		dataplane_sight(in->node->dataplane, in->client.ifindex,
				(unsigned int)in->client.vlans, in->node->now);

	port->passes_by = sight == SIGHT_NONE && port->state.native;
	if (port->passes_by)
		arrival_tell_passing(port);
	if (!in->untagged || !in->client.vlans)
		return true;
	port->hides_tags = sight == SIGHT_WITHOUT_TAG;
	if (port->hides_tags)
		arrival_tell_hidden(in);
	return !port->hides_tags;
}

static void discovery_input(struct arrival *in)
{
	if (in->frame.code != PPPOE_PADT && !arrival_is_seen(in))
		return;
	switch (in->frame.code) {
	case PPPOE_PADI:
		padi_input(in);
		break;
	case PPPOE_PADR:
		padr_input(in);
		break;
	case PPPOE_PADT:
		padt_input(in);
		break;
	default:
		node_count(in->node, COUNT_DISCOVERY_MALFORMED);
	}
}

/*
 * A PPP frame of a session that does not exist (any more), also not as a stale
 * leg: without a PADT its sender would stay connected for ever.  The data plane
 * limits the rate of these frames.
 */
static bool session_refuse(const struct arrival *in)
{
	uint32_t slot = dataplane_slot(in->port->bank, in->frame.session);
	const struct call *call = in->node->slots[slot];
	uint8_t room[REPLY_MAX];
	struct builder b = builder_on(room, sizeof(room));

	if ((call && call->access.kind == LEG_PPPOE &&
	     call->access.slot == slot) ||
	    dataplane_has_leg(in->node->dataplane, slot, LEG_PPPOE) ||
	    !pppoe_padt_unknown(&b, &in->frame, in->port->state.mac))
		return false;
	node_count(in->node, COUNT_PADT_NO_SESSION);
	arrival_reply(in, &b);
	return true;
}

static void session_input(struct arrival *in)
{
	struct call *call;

	/* its data is forwarded, but nobody knows what its PPP agreed on */
	if (stale_has(in->node,
		      dataplane_slot(in->port->bank, in->frame.session))) {
		node_count(in->node, COUNT_FRAME_STALE);
		return;
	}
	if (session_refuse(in))
		return;
	call = arrival_call(in, COUNT_FRAME_UNKNOWN);
	if (call && in->frame.code == PPPOE_SESSION)
		slow_frame(call, true, in->frame.payload);
}

void access_input(struct node *node, uint32_t ifindex, struct view frame,
		  struct vlan_tag stripped)
{
	struct arrival in = {.node = node};

	in.port = access_port_find(node, ifindex);
	if (!in.port || !in.port->has_bank)
		return;
	if (pppoe_read(frame, stripped, &in.frame)) {
		node_count(node, COUNT_DISCOVERY_MALFORMED);
		return;
	}
	in.client = (struct pppoe_client){
		.ifindex = ifindex,
		.vlans = in.frame.vlans,
		.vlan = {in.frame.vlan[0], in.frame.vlan[1]},
		.outer_type = in.frame.outer_type,
	};
	in.untagged = stripped.type;
	memcpy(in.client.mac, in.frame.source, 6);
	if (in.frame.ethertype == ETHER_PPPOE_DISCOVERY)
		discovery_input(&in);
	else
		session_input(&in);
}
