/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Legs and tunnels that an earlier engine left in the data plane (stale ones).
 * They forward until stale-hold is over, and their ids and addresses are not
 * used for others.  A stale call ends earlier when its client sends PADT or
 * dials again, or when its user needs its address.
 */
#ifndef SWITCH_STALE_H
#define SWITCH_STALE_H

#include "proto/pppoe.h"
#include "switch/node.h"

struct access_port;

int stale_collect(struct node *node);
/* Begins to remove all of them, some legs at a time. */
void stale_sweep(struct node *node);
/* Does not wait for the end of stale-hold when nothing is left to wait for. */
void stale_settle(struct node *node);
void stale_free(struct node *node);

/* Whether the leg in this slot is one of an earlier engine. */
bool stale_has(const struct node *node, uint32_t slot);
/*
 * Ends the stale call that has this leg; a PPPoE client gets a PADT.  False:
 * there is no such call.
 */
bool stale_end(struct node *node, uint32_t slot);
/* The client's PADT for a session of a stale call; false: it has none. */
bool stale_padt(struct node *node, const struct access_port *port,
		const struct pppoe_client *client, uint16_t session);
/*
 * This client has dialled again: ends its stale calls.  Returns the address
 * that one of them had, or 0.0.0.0.
 */
struct in_addr stale_end_client(struct node *node,
				const struct access_port *port,
				const struct pppoe_client *client);
/*
 * Ends the stale calls on this port whose frames leave with another MAC address
 * than the port has now: their clients' frames reach us no more.  Looks at all
 * stale legs.
 */
void stale_end_moved(struct node *node, const struct access_port *port);

/* ---- stale_tunnel.c ------------------------------------------------------ */

/* Where a control message comes from, and the tunnel id that its sender has. */
struct stale_peer {
	struct address address;
	uint16_t port;
	struct address local;
	uint16_t assigned;
};
/* A StopCCN for our tunnel id; false: that is no stale tunnel of this peer. */
bool stale_tunnel_stopped(struct node *node, uint16_t id,
			  const struct stale_peer *peer);
/* The peer has established a tunnel under this id: older ones are over. */
void stale_tunnel_anew(struct node *node, const struct stale_peer *peer);
/* For stale.c: what a leg says of its tunnel; a tunnel; all of them. */
void stale_tunnel_learn(struct node *node, const struct leg *leg);
void stale_tunnel_add(struct node *node, uint16_t id);
void stale_tunnels_drop(struct node *node);
void stale_tunnels_free(struct node *node);

#endif
