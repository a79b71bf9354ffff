/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports, and the access concentrator on ports with PPPoE: discovery, and PPP
 * frames that the data plane punted.
 */
#ifndef SWITCH_ACCESS_H
#define SWITCH_ACCESS_H

#include "proto/pppoe.h"
#include "switch/node.h"

/* How frames to clients are tagged: nothing, or the type of the outer tag. */
enum port_template {
	PORT_UNTAGGED,
	PORT_VLAN,
	PORT_QINQ_ONE, /* one tag, of 802.1ad */
	PORT_VLAN_TWO,
	PORT_QINQ_TWO,
	PORT_TEMPLATES,
};

struct access_port {
	struct list link; /* node->ports */
	struct keeper_port state; /* as the keeper told last */
	char text[160]; /* why it is not attached, "" = it is */
	bool has_bank; /* PPPoE ids come from bank */
	uint8_t bank;
	unsigned int sessions;
	uint64_t tags_hidden; /* discovery frames whose tag XDP did not see */
	bool hides_tags; /* the last one with a tag was such a frame */
	bool hiding_told; /* it has been logged */
	bool passes_by; /* the last discovery frame had not met XDP at all */
	bool passing_told;
	uint64_t speed; /* of its link, bit/s; 0: not known... */
	struct instant speed_asked; /* ...when this was asked */
	uint32_t templates[PORT_TEMPLATES]; /* towards clients */
};

/* A port's state changed. */
void access_port_update(struct node *node, const struct keeper_port *state,
			const char *text);
struct access_port *access_port_find(struct node *node, uint32_t ifindex);
struct access_port *access_port_named(struct node *node, const char *name);
/* The template of frames to this client. */
uint32_t access_template(const struct access_port *port,
			 const struct pppoe_client *client);
/* One frame from a port's packet socket, which took this tag out of it. */
void access_input(struct node *node, uint32_t ifindex, struct view frame,
		  struct vlan_tag stripped);
/* Whether both are the same client: MAC address, VLANs and port. */
bool access_same_client(const struct pppoe_client *a,
			const struct pppoe_client *b);
/* The call is in LCP no more. */
void access_forget(struct call *call);
/* The call has ended: forgets it for its PADR and its client. */
void access_leave(struct call *call);
void access_ports_free(struct node *node);

#endif
