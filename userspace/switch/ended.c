/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that ended; see ended.h. */
#include "switch/ended.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "switch/access.h"
#include "switch/call.h"

/* ---- what is kept -------------------------------------------------------- */

static void leg_fill_pppoe(struct ended_leg *out, const struct call_leg *leg)
{
	snprintf(out->port, sizeof(out->port), "%s", leg->port->state.name);
	memcpy(out->mac, leg->client.mac, sizeof(out->mac));
	memcpy(out->vlan, leg->client.vlan, sizeof(out->vlan));
	out->session = leg->pppoe_session;
	out->max_payload = leg->max_payload;
	snprintf(out->circuit_id, sizeof(out->circuit_id), "%s",
		 leg->circuit_id);
	snprintf(out->remote_id, sizeof(out->remote_id), "%s", leg->remote_id);
}

static void leg_fill_l2tp(struct ended_leg *out, const struct call_leg *leg)
{
	const struct tunnel_entry *entry = leg->entry;

	out->tunnel = entry->id;
	snprintf(out->tunnel_name, sizeof(out->tunnel_name), "%s",
		 entry->out ? entry->out->name : entry->in->name);
	out->session = leg->l2tp_session;
	out->peer_session = leg->session ? session_peer_id(leg->session) : 0;
	out->peer = entry->destination->peer;
}

static struct ended_leg leg_of(const struct call *call,
			       const struct call_leg *leg)
{
	const struct dataplane *dp = call->node->dataplane;
	struct ended_leg out = {.kind = leg->kind};

	if (leg->kind != LEG_NONE && leg->installed) {
		struct leg_counters count =
			dataplane_leg_counters(dp, leg->slot);

		out.packets = count.packets;
		out.octets = count.octets;
		out.control = count.control;
		out.dropped = dataplane_leg_read(dp, leg->slot).dropped;
	}
	if (leg->kind == LEG_PPPOE)
		leg_fill_pppoe(&out, leg);
	else if (leg->kind == LEG_L2TP)
		leg_fill_l2tp(&out, leg);
	else if (leg->kind == LEG_IP)
		out.address = leg->address;
	return out;
}

void ended_fill(struct ended_call *ended, const struct call *call)
{
	struct instant now = call->node->now;

	ended->id = call->id;
	ended->role = call_role(call);
	snprintf(ended->user, sizeof(ended->user), "%s", call->user);
	ended->access = leg_of(call, &call->access);
	ended->core = leg_of(call, &call->core);
	ended->seconds = (now.ms - call->since.ms) / 1000;
	ended->at = now;
}

/* ---- for the log --------------------------------------------------------- */

struct line {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line,
						      const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line->at, line->left, format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= line->left)
		len = line->left ? (int)line->left - 1 : 0;
	line->at += len;
	line->left -= (size_t)len;
}

static void add_pppoe(struct line *line, const struct ended_leg *leg)
{
	const uint8_t *mac = leg->mac;

	add(line, ", port %s, MAC %02x:%02x:%02x:%02x:%02x:%02x", leg->port,
	    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	if (leg->vlan[1])
		add(line, ", VLAN %u.%u", leg->vlan[0], leg->vlan[1]);
	else if (leg->vlan[0])
		add(line, ", VLAN %u", leg->vlan[0]);
	if (leg->circuit_id[0])
		add(line, ", circuit \"%s\"", leg->circuit_id);
	if (leg->remote_id[0])
		add(line, ", remote \"%s\"", leg->remote_id);
}

static void add_leg(struct line *line, const struct ended_leg *leg)
{
	if (leg->kind == LEG_PPPOE)
		add_pppoe(line, leg);
	else if (leg->kind == LEG_L2TP)
		add(line, ", tunnel %u/%s of %s, session %u", leg->tunnel,
		    leg->tunnel_name, address_text(leg->peer), leg->session);
	else if (leg->kind == LEG_IP)
		add(line, ", address %s", inet_ntoa(leg->address));
}

/* What the CDN said; AVP 46 may have come without one of ours. */
static void add_result(struct line *line, const struct ended_call *ended)
{
	const struct l2tp_result *result = &ended->result;
	char text[100];

	if (ended->access.kind != LEG_L2TP && ended->core.kind != LEG_L2TP &&
	    !ended->received)
		return;
	add(line, ", CDN %s: result %u error %u",
	    ended->received ? "received" : "sent", result->result,
	    result->error);
	if (result->text[0])
		add(line, " \"%s\"", result->text);
	if (!result->cause.set)
		return;
	add(line, ", PPP cause %u protocol %04x direction %u",
	    result->cause.code, result->cause.protocol,
	    result->cause.direction);
	if (result->cause_text.len)
		add(line, " \"%s\"",
		    view_print(bytes_view(&result->cause_text), text,
			       sizeof(text)));
}

char *ended_print(const struct ended_call *ended, char *out, size_t cap)
{
	struct line line = {.at = out, .left = cap};

	if (cap)
		*out = '\0';
	add(&line, "ended: %s: user \"%s\"", ended->text, ended->user);
	add_leg(&line, &ended->access);
	add_leg(&line, &ended->core);
	add(&line, ", %llu s, up %llu packets %llu octets",
	    (unsigned long long)ended->seconds,
	    (unsigned long long)ended->access.packets,
	    (unsigned long long)ended->access.octets);
	add(&line, ", down %llu packets %llu octets",
	    (unsigned long long)ended->core.packets,
	    (unsigned long long)ended->core.octets);
	add_result(&line, ended);
	return out;
}

/* ---- for show ------------------------------------------------------------ */

static void set(json_t *row, const char *key, uint64_t value)
{
	json_object_set_new(row, key, json_integer((json_int_t)value));
}

static void set_text(json_t *row, const char *key, const char *value)
{
	json_object_set_new(row, key, json_string(value));
}

static void show_pppoe(json_t *row, const struct ended_leg *leg)
{
	const uint8_t *mac = leg->mac;

	set_text(row, "port", leg->port);
	json_object_set_new(row, "mac",
			    json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x",
					 mac[0], mac[1], mac[2], mac[3],
					 mac[4], mac[5]));
	set(row, "vlan", leg->vlan[0]);
	set(row, "inner_vlan", leg->vlan[1]);
	set(row, "session", leg->session);
	set(row, "max_payload", leg->max_payload);
	set_text(row, "circuit_id", leg->circuit_id);
	set_text(row, "remote_id", leg->remote_id);
}

/* The keys are those of a call that lives. */
static json_t *show_leg(const struct ended_leg *leg)
{
	static const char *const kinds[] = {
		[LEG_NONE] = "none",
		[LEG_PPPOE] = "pppoe",
		[LEG_L2TP] = "l2tp",
		[LEG_IP] = "ip",
	};
	json_t *row = json_pack("{s:s}", "kind", kinds[leg->kind]);

	if (leg->kind == LEG_NONE)
		return row;
	set(row, "packets", leg->packets);
	set(row, "octets", leg->octets);
	set(row, "control", leg->control);
	set(row, "dropped", leg->dropped);
	if (leg->kind == LEG_PPPOE) {
		show_pppoe(row, leg);
	} else if (leg->kind == LEG_L2TP) {
		set(row, "tunnel", leg->tunnel);
		set_text(row, "name", leg->tunnel_name);
		set_text(row, "peer", address_text(leg->peer));
		set(row, "session", leg->session);
		set(row, "peer_session", leg->peer_session);
	} else {
		set_text(row, "address", inet_ntoa(leg->address));
	}
	return row;
}

static void show_way(json_t *row, const char *way, const struct ended_leg *leg)
{
	char key[32];

	snprintf(key, sizeof(key), "packets_%s", way);
	set(row, key, leg->packets);
	snprintf(key, sizeof(key), "octets_%s", way);
	set(row, key, leg->octets);
	snprintf(key, sizeof(key), "control_%s", way);
	set(row, key, leg->control);
}

/* AVP 46 (RFC 3145) and AVP 12. */
static void show_causes(json_t *row, const struct l2tp_result *result)
{
	char text[AVP_TEXT_MAX + 1];

	if (result->cause.set)
		json_object_set_new(
			row, "ppp_cause",
			json_pack("{s:i,s:o,s:i,s:s}", "code",
				  result->cause.code, "protocol",
				  json_sprintf("%04x", result->cause.protocol),
				  "direction", result->cause.direction,
				  "message",
				  view_print(bytes_view(&result->cause_text),
					     text, sizeof(text))));
	if (result->q931.set)
		json_object_set_new(row, "q931_cause",
				    json_pack("{s:i,s:i,s:s}", "code",
					      result->q931.code, "message",
					      result->q931.message, "text",
					      result->q931.text));
}

json_t *ended_show(const struct ended_call *ended, const struct node *node)
{
	json_t *row = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s}", "id",
				(json_int_t)ended->id, "user", ended->user,
				"role", ended->role, "state", "ended", "cause",
				ended->cause, "cause_text", ended->text);

	set(row, "ended", (node->now.ms - ended->at.ms) / 1000);
	set(row, "uptime", ended->seconds);
	json_object_set_new(row, "access", show_leg(&ended->access));
	json_object_set_new(row, "core", show_leg(&ended->core));
	show_way(row, "up", &ended->access);
	show_way(row, "down", &ended->core);
	set_text(row, "address",
		 ended->core.kind == LEG_IP ? inet_ntoa(ended->core.address)
					    : "");
	set(row, "result", ended->result.result);
	set(row, "error", ended->result.error);
	set_text(row, "message", ended->result.text);
	json_object_set_new(row, "received", json_boolean(ended->received));
	show_causes(row, &ended->result);
	return row;
}
