/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AVPs about a subscriber's line for an LNS: Called and Calling Number, and
 * connect speeds; see call.h.  A tunnel switch passes on those that it got.
 */
#include <stdio.h>
#include <string.h>

#include "base/places.h"
#include "switch/access.h"
#include "switch/call.h"
#include "world/link_speed.h"

enum {
	SPEED_GUESS = 1000000000, /* bit/s, if the link's speed is unknown */
	SPEED_KEPT_MS = 60000,
};

static const struct conf_port *port_conf(const struct call *call)
{
	const struct conf *conf = call->node->conf;
	const char *name = call->access.port->state.name;

	for (unsigned int i = 0; i < conf->port_count; i++)
		if (!strcmp(conf->ports[i].name, name))
			return &conf->ports[i];
	return NULL;
}

/* The kernel is asked seldom, as the answer can take long. */
static uint64_t port_speed(struct access_port *port, struct instant now)
{
	if (instant_is_never(port->speed_asked) ||
	    instant_due(instant_after(port->speed_asked, SPEED_KEPT_MS), now)) {
		port->speed = link_speed(port->state.name);
		port->speed_asked = now;
	}
	return port->speed;
}

/* The AVP's range: bits per second in 32 bits. */
static uint32_t speed_clamp(uint64_t bits)
{
	return bits < UINT32_MAX ? (uint32_t)bits : UINT32_MAX;
}

/* A subscriber's rate, else what the port has or is. */
static uint32_t line_speed(const struct call *call, bool down)
{
	uint64_t bits = down ? call->rates.down.bits : call->rates.up.bits;
	const struct conf_port *port;

	if (bits || call->access.kind != LEG_PPPOE)
		return speed_clamp(bits ? bits : SPEED_GUESS);
	port = port_conf(call);
	if (port)
		bits = down ? port->connect_down : port->connect_up;
	if (!bits)
		bits = port_speed(call->access.port, call->node->now);
	return speed_clamp(bits ? bits : SPEED_GUESS);
}

void call_line_speeds(const struct call *call, struct iccn *iccn)
{
	if (iccn->has & ICCN_HAS_TX_SPEED)
		return;
	iccn->tx_speed = line_speed(call, true);
	if (iccn->has & ICCN_HAS_RX_SPEED)
		return;
	iccn->rx_speed = line_speed(call, false);
	/* RFC 2661 4.4.6: without it both directions are alike */
	if (iccn->rx_speed != iccn->tx_speed)
		iccn->has |= ICCN_HAS_RX_SPEED;
}

/* A number, in room that lasts as long as the view. */
static struct view number_fill(const char *format, const struct places *places,
			       char room[CALL_NUMBER_MAX])
{
	size_t len = places_fill(format, places, room, CALL_NUMBER_MAX);

	return view_of(room, len);
}

void call_line_numbers(const struct call *call, const struct conf_tunnel *conf,
		       struct call_numbers *room, struct icrq *icrq)
{
	const struct call_leg *leg = &call->access;
	const uint8_t *m = leg->client.mac;
	char mac[18], vlan[8] = "", inner[8] = "";
	const char *values[CONF_PLACES] = {
		[CONF_PLACE_MAC] = mac,
		[CONF_PLACE_VLAN] = vlan,
		[CONF_PLACE_INNER_VLAN] = inner,
		[CONF_PLACE_CIRCUIT_ID] = leg->circuit_id,
		[CONF_PLACE_REMOTE_ID] = leg->remote_id,
		[CONF_PLACE_USER] = call->user,
	};
	const struct places places = {conf_places, values, CONF_PLACES};

	if (leg->kind != LEG_PPPOE)
		return;
	values[CONF_PLACE_PORT] = leg->port->state.name;
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
		 m[2], m[3], m[4], m[5]);
	if (leg->client.vlans > 0)
		snprintf(vlan, sizeof(vlan), "%u", leg->client.vlan[0]);
	if (leg->client.vlans > 1)
		snprintf(inner, sizeof(inner), "%u", leg->client.vlan[1]);
	icrq->called = number_fill(conf->called_number, &places, room->called);
	icrq->calling =
		number_fill(conf->calling_number, &places, room->calling);
	icrq->has |= icrq->called.len ? ICRQ_HAS_CALLED : 0;
	icrq->has |= icrq->calling.len ? ICRQ_HAS_CALLING : 0;
}
