/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of l2xctl; see show.h. */
#include "switch/show.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "switch/access.h"
#include "switch/call.h"
#include "switch/destination.h"
#include "switch/host_notes.h"
#include "switch/rates.h"
#include "switch/service.h"
#include "switch/show_ports.h"
#include "world/pool.h"
#include "world/slowpath.h"

#ifndef L2X_VERSION
#define L2X_VERSION "0.1"
#endif

json_t *json_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *json_address(struct in_addr address)
{
	return json_string(inet_ntoa(address));
}

static json_t *json_end(struct address end)
{
	return json_string(address_text(end));
}

json_t *json_mac(const uint8_t mac[6])
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			    mac[2], mac[3], mac[4], mac[5]);
}

/* Seconds since then. */
static json_t *json_since(const struct node *node, struct instant then)
{
	return json_number((node->now.ms - then.ms) / 1000);
}

/* A table's NAME as people see it: lower case, with '_'. */
static json_t *json_lower(const char *name)
{
	char lower[64];
	size_t i;

	for (i = 0; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	return json_string(lower);
}

/* ---- status -------------------------------------------------------------- */

static json_t *show_pools(struct node *node)
{
	json_t *pools = json_array();
	struct pool_entry *pool;

	list_each(pool, &node->pools, link)
		json_array_append_new(
			pools, json_pack("{s:s,s:i,s:i}", "name",
					 pool->conf->name, "used",
					 (int)pool_used(pool->pool), "size",
					 (int)pool_size(pool->pool)));
	return pools;
}

static json_t *show_stale(const struct node *node)
{
	uint64_t left = 0;

	if (node->stale_alarm.at.ms > node->now.ms)
		left = (node->stale_alarm.at.ms - node->now.ms) / 1000;
	return json_pack("{s:i,s:i,s:o}", "legs", (int)node->stale_count.legs,
			 "tunnels", (int)node->stale_count.tunnels, "sweep_in",
			 json_number(left));
}

static int show_status(void *ctx, json_t *arguments, json_t **reply,
		       char *error, size_t cap)
{
	struct node *node = ctx;
	const struct destination *dest;
	const struct access_port *port;
	int destinations = 0;
	int failing = 0;
	int tunnels = 0;
	int ports = 0;
	json_t *row;

	(void)arguments, (void)error, (void)cap;
	list_each(dest, &node->destinations, link) {
		destinations += dest->tunnel_count != 0;
		failing += dest->failing;
		tunnels += (int)dest->tunnel_count;
	}
	list_each(port, &node->ports, link)
		ports += port->state.state == KEEPER_PORT_ATTACHED;
	row = json_pack("{s:s,s:s,s:o,s:i,s:i,s:i,s:i,s:i,s:b}", "instance",
			node->instance, "version", L2X_VERSION, "uptime",
			json_since(node, node->started), "calls",
			(int)node->call_count, "tunnels", tunnels,
			"destinations", destinations, "failing_destinations",
			failing, "ports", ports, "lost_counted",
			node->lost_counted);
	json_object_set_new(row, "stale", show_stale(node));
	json_object_set_new(row, "pools", show_pools(node));
	json_object_set_new(row, "host", host_notes_show(node));
	json_object_set_new(row, "log_lost", json_number(log_lost()));
	*reply = row;
	return 0;
}

/* ---- destinations and tunnels -------------------------------------------- */

/* Without a failure the last two keys are not there. */
static json_t *show_destination(const struct node *node,
				const struct destination *dest)
{
	uint64_t left = 0;
	json_t *row;

	if (dest->failing && dest->held_until.ms > node->now.ms)
		left = (dest->held_until.ms - node->now.ms + 999) / 1000;
	row = json_pack("{s:i,s:o,s:o,s:i,s:i,s:o,s:o,s:s,s:o}", "id",
			(int)dest->id, "local", json_end(dest->local), "peer",
			json_end(dest->peer), "tunnels",
			(int)dest->tunnel_count, "calls", (int)dest->calls,
			"failed_tunnels", json_number(dest->failed_tunnels),
			"failed_calls", json_number(dest->failed_calls),
			"state", destination_state(node, dest), "held",
			json_number(left));
	if (instant_is_never(dest->failed_at))
		return row;
	json_object_set_new(row, "failure", json_string(dest->failure));
	json_object_set_new(row, "failed", json_since(node, dest->failed_at));
	return row;
}

static int show_destinations(void *ctx, json_t *arguments, json_t **reply,
			     char *error, size_t cap)
{
	struct node *node = ctx;
	json_t *rows = json_array();
	const struct destination *dest;

	(void)arguments, (void)error, (void)cap;
	list_each(dest, &node->destinations, link)
		json_array_append_new(rows, show_destination(node, dest));
	*reply = json_pack("{s:o}", "destinations", rows);
	return 0;
}

static json_t *show_tunnel_counters(const struct tunnel_counters *c)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
			 "sent", json_number(c->sent), "received",
			 json_number(c->received), "retransmitted",
			 json_number(c->retransmitted), "duplicates",
			 json_number(c->duplicates), "out_of_window",
			 json_number(c->out_of_window), "zlb_sent",
			 json_number(c->zlb_sent), "zlb_received",
			 json_number(c->zlb_received), "malformed",
			 json_number(c->malformed), "bad_nr",
			 json_number(c->bad_nr), "unknown_session",
			 json_number(c->unknown_session), "late_replies",
			 json_number(c->late_replies), "notices_replaced",
			 json_number(c->notices_replaced));
}

static json_t *show_tunnel(const struct tunnel_entry *entry)
{
	struct tunnel_info info = tunnel_info(entry->control);
	json_t *row;

	row = json_pack(
		"{s:i,s:i,s:i,s:s,s:o,s:o,s:i,s:s,s:s,s:s,s:s}", "id",
		entry->id, "peer_id", info.peer_id, "destination",
		(int)entry->destination->id, "name",
		entry->out ? entry->out->name : entry->in->name, "local",
		json_end(entry->destination->local), "peer",
		json_end(entry->destination->peer), "peer_port",
		entry->peer_port, "peer_host", info.peer_host, "peer_vendor",
		info.peer_vendor, "state", tunnel_state_name(info.state),
		"role", info.initiator ? "initiator" : "responder");
	json_object_set_new(row, "calls", json_number(entry->calls));
	json_object_set_new(row, "uptime",
			    json_since(entry->node, entry->since));
	json_object_set_new(row, "window", json_number(info.peer_window));
	json_object_set_new(row, "round_trip_ms",
			    json_integer(info.round_trip_ms));
	json_object_set_new(row, "ns", json_number(info.ns));
	json_object_set_new(row, "nr", json_number(info.nr));
	json_object_set_new(row, "unacknowledged",
			    json_number(info.unacknowledged));
	json_object_set_new(row, "authenticated",
			    json_boolean(info.authenticated));
	json_object_set_new(row, "ecn", json_boolean(info.ecn));
	json_object_set_new(row, "assignment",
			    json_string(entry->out ? entry->out->assignment
						   : ""));
	json_object_set_new(row, "udp_checksum",
			    json_string(tunnel_entry_sums(entry) ? "computed"
								 : "zero"));
	json_object_set_new(row, "bank", json_number(entry->bank));
	json_object_set_new(row, "template", json_number(entry->template));
	json_object_set_new(row, "counters",
			    show_tunnel_counters(&info.counters));
	return row;
}

static int show_tunnels(void *ctx, json_t *arguments, json_t **reply,
			char *error, size_t cap)
{
	struct node *node = ctx;
	json_t *rows = json_array();
	const struct destination *dest;
	const struct tunnel_entry *entry;

	(void)arguments, (void)error, (void)cap;
	list_each(dest, &node->destinations, link)
		list_each(entry, &dest->tunnels, link)
			json_array_append_new(rows, show_tunnel(entry));
	*reply = json_pack("{s:o}", "tunnels", rows);
	return 0;
}

/* ---- calls --------------------------------------------------------------- */

static void show_pppoe_leg(const struct call_leg *leg, json_t *row)
{
	const struct pppoe_client *client = &leg->client;

	json_object_set_new(row, "port", json_string(leg->port->state.name));
	json_object_set_new(row, "mac", json_mac(client->mac));
	json_object_set_new(row, "vlan", json_number(client->vlan[0]));
	json_object_set_new(row, "inner_vlan", json_number(client->vlan[1]));
	json_object_set_new(row, "session", json_number(leg->pppoe_session));
	json_object_set_new(row, "max_payload", json_number(leg->max_payload));
	json_object_set_new(row, "circuit_id", json_string(leg->circuit_id));
	json_object_set_new(row, "remote_id", json_string(leg->remote_id));
	json_object_set_new(row, "template",
			    json_number(access_template(leg->port, client)));
}

static json_t *show_leg(const struct call *call, const struct call_leg *leg)
{
	static const char *const kinds[] = {
		[LEG_NONE] = "none",
		[LEG_PPPOE] = "pppoe",
		[LEG_L2TP] = "l2tp",
		[LEG_IP] = "ip",
	};
	struct leg_counters count = {0};
	struct leg record = {0};
	json_t *row = json_pack("{s:s}", "kind", kinds[leg->kind]);

	if (leg->kind == LEG_NONE)
		return row;
	json_object_set_new(row, "slot", json_number(leg->slot));
	if (leg->installed) {
		count = dataplane_leg_counters(call->node->dataplane,
					       leg->slot);
		record = dataplane_leg_read(call->node->dataplane, leg->slot);
	}
	json_object_set_new(row, "packets", json_number(count.packets));
	json_object_set_new(row, "octets", json_number(count.octets));
	json_object_set_new(row, "control", json_number(count.control));
	json_object_set_new(row, "dropped", json_number(record.dropped));
	if (leg->kind == LEG_PPPOE) {
		show_pppoe_leg(leg, row);
	} else if (leg->kind == LEG_L2TP) {
		json_object_set_new(row, "tunnel", json_number(leg->entry->id));
		json_object_set_new(row, "session",
				    json_number(leg->l2tp_session));
		json_object_set_new(
			row, "peer_session",
			json_number(leg->session
					    ? session_peer_id(leg->session)
					    : 0));
		json_object_set_new(row, "template",
				    json_number(leg->entry->template));
		json_object_set_new(row, "sequencing",
				    json_boolean(call_numbers(call, leg)));
		json_object_set_new(row, "late", json_number(record.in.l2tp.late));
	} else {
		json_object_set_new(row, "address", json_address(leg->address));
	}
	return row;
}

static void show_counts(const struct call *call, const struct call_leg *leg,
			const char *way, json_t *row)
{
	struct leg_counters count = {0};
	char key[32];

	if (leg->installed)
		count = dataplane_leg_counters(call->node->dataplane,
					       leg->slot);
	snprintf(key, sizeof(key), "packets_%s", way);
	json_object_set_new(row, key, json_number(count.packets));
	snprintf(key, sizeof(key), "octets_%s", way);
	json_object_set_new(row, key, json_number(count.octets));
	snprintf(key, sizeof(key), "control_%s", way);
	json_object_set_new(row, key, json_number(count.control));
}

static json_t *show_call_row(const struct call *call)
{
	json_t *row;

	row = json_pack("{s:i,s:s,s:s,s:s,s:o,s:o}", "id", (int)call->id,
			"user", call->user, "role", call_role(call), "state",
			call_state_name(call->state), "access",
			show_leg(call, &call->access), "core",
			show_leg(call, &call->core));
	json_object_set_new(row, "uptime", json_since(call->node, call->since));
	show_counts(call, &call->access, "up", row);
	show_counts(call, &call->core, "down", row);
	json_object_set_new(row, "address",
			    json_string(call->core.kind == LEG_IP
						? inet_ntoa(call->core.address)
						: ""));
	return row;
}

static int show_calls(void *ctx, json_t *arguments, json_t **reply, char *error,
		      size_t cap)
{
	struct node *node = ctx;
	json_t *rows = json_array();
	const struct call *call;

	(void)arguments, (void)error, (void)cap;
	list_each(call, &node->calls, link)
		json_array_append_new(rows, show_call_row(call));
	*reply = json_pack("{s:o}", "calls", rows);
	return 0;
}

static void show_call_ppp(const struct call *call, json_t *row)
{
	struct ppp_info info;

	if (!call->ppp)
		return;
	info = ppp_info(call->ppp);
	json_object_set_new(row, "interface",
			    json_sprintf("ppp%u", call->interface));
	json_object_set_new(row, "phase",
			    json_string(ppp_phase_name(info.phase)));
	json_object_set_new(row, "lcp", json_string(info.lcp_state));
	json_object_set_new(row, "auth", json_string(info.auth_state));
	json_object_set_new(row, "ipcp", json_string(info.ipcp_state));
	json_object_set_new(row, "mru", json_number(info.our_mru));
	json_object_set_new(row, "peer_mru", json_number(info.peer_mru));
	json_object_set_new(row, "proxy_lcp",
			    json_string(proxy_use_name(info.proxy_lcp)));
	json_object_set_new(row, "proxy_auth",
			    json_string(proxy_use_name(info.proxy_auth)));
	json_object_set_new(row, "proxy_why", json_string(info.proxy_why));
	json_object_set_new(row, "dropped", json_number(info.dropped));
	json_object_set_new(row, "echo_mismatches",
			    json_number(info.echo_mismatches));
}

/* A call that ended a while ago; NULL: not remembered. */
static json_t *show_ended(const struct node *node, uint32_t id)
{
	for (unsigned int i = 0; i < NODE_ENDED; i++) {
		const struct ended_call *e = &node->ended[i];

		if (!e->id || e->id != id)
			continue;
		return ended_show(e, node);
	}
	return NULL;
}

/* The argument "id" as a number; -1: there is none. */
static json_int_t argument_id(json_t *arguments)
{
	json_t *id = json_object_get(arguments, "id");
	json_int_t value;
	char end;

	if (json_is_integer(id))
		return json_integer_value(id);
	if (json_is_string(id) &&
	    sscanf(json_string_value(id), "%" JSON_INTEGER_FORMAT "%c", &value,
		   &end) == 1)
		return value;
	return -1;
}

struct call *show_find_call(struct node *node, json_t *arguments, char *error,
			    size_t cap)
{
	json_int_t id = argument_id(arguments);
	struct call *call = NULL;

	if (id > 0 && id <= UINT32_MAX)
		call = call_find(node, (uint32_t)id);
	if (!call)
		snprintf(error, cap, "there is no such call");
	return call;
}

static int show_call(void *ctx, json_t *arguments, json_t **reply, char *error,
		     size_t cap)
{
	struct node *node = ctx;
	json_int_t id = argument_id(arguments);
	const struct call *call = show_find_call(node, arguments, error, cap);
	json_t *row;

	if (!call) {
		*reply = id > 0 ? show_ended(node, (uint32_t)id) : NULL;
		return *reply ? 0 : -ENOENT;
	}
	row = show_call_row(call);
	show_call_ppp(call, row);
	service_show(call, row);
	json_object_set_new(row, "serial", json_number(call->serial));
	json_object_set_new(row, "domain",
			    json_string(call->domain ? call->domain->name
						     : ""));
	*reply = row;
	return 0;
}

/* ---- interfaces ---------------------------------------------------------- */

static json_t *show_interface(const struct call *call)
{
	struct ppp_info info = ppp_info(call->ppp);
	json_t *row;
	char session[64];

	if (call->access.kind == LEG_PPPOE)
		snprintf(session, sizeof(session), "pppoe %s/%u",
			 call->access.port->state.name,
			 call->access.pppoe_session);
	else
		snprintf(session, sizeof(session), "l2tp %u/%u",
			 call->access.entry->id, call->access.l2tp_session);
	row = json_pack("{s:o,s:i,s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:o,s:o,s:s}",
			"name", json_sprintf("ppp%u", call->interface), "call",
			(int)call->id, "session", session, "lcp",
			info.lcp_state, "auth", info.auth_state, "ncp",
			info.ipcp_state, "lcp_from",
			info.proxy_lcp == PROXY_USED ? "proxy" : "negotiated",
			"mru", info.our_mru, "peer_mru", info.peer_mru,
			"address", json_address(info.ip4.user), "gateway",
			json_address(info.ip4.ours), "profile",
			call->host ? call->host->name
				   : (call->domain ? call->domain->name : ""));
	json_object_set_new(row, "uptime", json_since(call->node, call->since));
	show_counts(call, &call->access, "in", row);
	show_counts(call, &call->core, "out", row);
	return row;
}

static int show_interfaces(void *ctx, json_t *arguments, json_t **reply,
			   char *error, size_t cap)
{
	struct node *node = ctx;
	json_t *rows = json_array();
	const struct call *call;

	(void)arguments, (void)error, (void)cap;
	list_each(call, &node->calls, link)
		if (call->ppp)
			json_array_append_new(rows, show_interface(call));
	*reply = json_pack("{s:o}", "interfaces", rows);
	return 0;
}

/* ---- counters, reasons -------------------------------------------------- */

static void show_slowpath(const struct node *node, json_t *rows)
{
	static const struct {
		const char *name;
		const char *text;
	} table[SLOWPATH_COUNTERS] = {
#define SLOWPATH_ROW(name, text) {#name, text},
		SLOWPATH_TABLE(SLOWPATH_ROW)
#undef SLOWPATH_ROW
	};

	for (unsigned int i = 0; node->slowpath && i < SLOWPATH_COUNTERS; i++)
		json_array_append_new(
			rows,
			json_pack("{s:o,s:o,s:s}", "name",
				  json_lower(table[i].name), "value",
				  json_number(slowpath_count(node->slowpath,
							     i)),
				  "text", table[i].text));
}

static int show_counters(void *ctx, json_t *arguments, json_t **reply,
			 char *error, size_t cap)
{
	static const struct {
		const char *name;
		const char *text;
	} table[COUNTERS] = {
#define COUNTER_ROW(name, text) {#name, text},
		COUNTER_TABLE(COUNTER_ROW)
#undef COUNTER_ROW
	};
	struct node *node = ctx;
	json_t *rows = json_array();

	(void)arguments, (void)error, (void)cap;
	for (unsigned int i = 0; i < COUNTERS; i++)
		json_array_append_new(
			rows, json_pack("{s:o,s:o,s:s}", "name",
					json_lower(table[i].name), "value",
					json_number(node->counters[i]), "text",
					table[i].text));
	show_slowpath(node, rows);
	*reply = json_pack("{s:o}", "counters", rows);
	return 0;
}

static int show_reasons(void *ctx, json_t *arguments, json_t **reply,
			char *error, size_t cap)
{
	static const struct {
		enum reason reason;
		const char *name;
		const char *class;
		const char *text;
	} table[] = {
#define REASON_ROW(number, name, class, text) {number, #name, #class, text},
		REASON_TABLE(REASON_ROW)
#undef REASON_ROW
	};
	struct node *node = ctx;
	json_t *rows = json_array();

	(void)arguments, (void)error, (void)cap;
	for (unsigned int i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct reason_count count = {0};
		json_t *row;

		dataplane_reason(node->dataplane, table[i].reason, &count);
		row = json_pack("{s:o,s:o,s:o,s:o,s:s}", "name",
				json_lower(table[i].name), "class",
				json_lower(table[i].class), "packets",
				json_number(count.packets), "octets",
				json_number(count.octets), "text",
				table[i].text);
		if (table[i].reason == REASON_FORWARDED)
			json_object_set_new(row, "lost", ports_lost(node));
		json_array_append_new(rows, row);
	}
	*reply = json_pack("{s:o}", "reasons", rows);
	return 0;
}

static int show_cores(void *ctx, json_t *arguments, json_t **reply, char *error,
		      size_t cap)
{
	struct node *node = ctx;
	json_t *rows = json_array();
	struct core_count count;

	(void)arguments, (void)error, (void)cap;
	for (unsigned int cpu = 0;
	     !dataplane_core(node->dataplane, cpu, &count); cpu++)
		json_array_append_new(rows,
				      json_pack("{s:i,s:o,s:o}", "cpu",
						(int)cpu, "handed",
						json_number(count.handed),
						"taken",
						json_number(count.taken)));
	*reply = json_pack("{s:o}", "cores", rows);
	return 0;
}

/* ---- actions ------------------------------------------------------------- */

static int disconnect_call(void *ctx, json_t *arguments, json_t **reply,
			   char *error, size_t cap)
{
	struct call *call = show_find_call(ctx, arguments, error, cap);

	if (!call)
		return -ENOENT;
	call_disconnect(call, CAUSE_ADMIN);
	*reply = json_pack("{s:i}", "disconnected", (int)call->id);
	return 0;
}

static int disconnect_tunnel(void *ctx, json_t *arguments, json_t **reply,
			     char *error, size_t cap)
{
	static const struct l2tp_result why = {.result = STOPCCN_CLEAR};
	struct node *node = ctx;
	json_int_t id = argument_id(arguments);

	if (id <= 0 || id > 65535 || !node->tunnels[id]) {
		snprintf(error, cap, "there is no such tunnel");
		return -ENOENT;
	}
	tunnel_entry_close(node->tunnels[id], &why);
	*reply = json_pack("{s:i}", "disconnected", (int)id);
	return 0;
}

static bool port_is_configured(const struct conf *conf, const char *name)
{
	for (unsigned int i = 0; i < conf->port_count; i++)
		if (!strcmp(conf->ports[i].name, name))
			return true;
	return false;
}

/* What a port is for: the configuration says, or who attaches it. */
static int port_access(const struct node *node, const char *name,
		       const struct access_port *port, bool wish,
		       struct keeper_msg *ask)
{
	bool has = port && port->state.access;

	if (wish && !has && port_is_configured(node->conf, name))
		return -EPERM;
	ask->port.access = has || wish;
	return 0;
}

/* The keeper will answer under this ticket number. */
static int port_ask(struct node *node, uint32_t type, json_t *arguments,
		    char *error, size_t cap)
{
	const char *name =
		json_string_value(json_object_get(arguments, "name"));
	struct keeper_msg ask = {.type = type};
	const struct access_port *port;

	if (!name || strlen(name) >= sizeof(ask.port.name) ||
	    !keeper_port_name(name)) {
		snprintf(error, cap, "that is not the name of a port");
		return -EINVAL;
	}
	port = access_port_named(node, name);
	if (type == KEEPER_PORT_DETACH && !port) {
		snprintf(error, cap, "there is no such port");
		return -ENOENT;
	}
	if (!port && node->port_count >= KEEPER_PORTS) {
		snprintf(error, cap, "there are %d ports already",
			 KEEPER_PORTS);
		return -ENOSPC;
	}
	if (port_access(node, name, port,
			json_is_true(json_object_get(arguments, "access")),
			&ask)) {
		snprintf(error, cap, "the configuration has it without access");
		return -EPERM;
	}
	snprintf(ask.port.name, sizeof(ask.port.name), "%s", name);
	node->ops->ask_keeper(node->ops_ctx, &ask);
	return (int)ask.number;
}

static int port_attach(void *ctx, json_t *arguments, json_t **reply,
		       char *error, size_t cap)
{
	(void)reply;
	return port_ask(ctx, KEEPER_PORT_ATTACH, arguments, error, cap);
}

static int port_detach(void *ctx, json_t *arguments, json_t **reply,
		       char *error, size_t cap)
{
	(void)reply;
	return port_ask(ctx, KEEPER_PORT_DETACH, arguments, error, cap);
}

const struct ctl_command show_commands[] = {
	{"show status", "", show_status},
	{"show destinations", "", show_destinations},
	{"show tunnels", "", show_tunnels},
	{"show calls", "", show_calls},
	{"show call", "id", show_call},
	{"show interfaces", "", show_interfaces},
	{"show ports", "", show_ports},
	{"show counters", "", show_counters},
	{"show reasons", "", show_reasons},
	{"show routes", "", service_show_routes},
	{"show cores", "", show_cores},
	{"show rates", "what", show_rates},
	{"disconnect call", "id", disconnect_call},
	{"disconnect tunnel", "id", disconnect_tunnel},
	{"police call", "id", service_police},
	{"suspend call", "id", service_suspend},
	{"resume call", "id", service_resume},
	{"port attach", "name", port_attach},
	{"port detach", "name", port_detach},
};
const unsigned int show_command_count =
	sizeof(show_commands) / sizeof(*show_commands);
