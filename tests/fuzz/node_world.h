/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole node for fuzzing: the real switch on maps of plain memory, with
 * random numbers, next hops and time under control, so that an input plays the
 * same each time.  What the node sends is judged here, and then told to those
 * who play its peers.
 */
#ifndef FUZZ_NODE_WORLD_H
#define FUZZ_NODE_WORLD_H

#include "switch/call.h"

enum {
	WORLD_PORT = 7, /* ifindex of the access port */
	WORLD_ROUTES = 64,
};

extern const uint8_t world_mac[6]; /* of the access port */

struct world;

/* Those who play the peers; they may not enter the node from here. */
struct world_ops {
	void (*frame)(void *ctx, const struct pppoe_frame *frame);
	void (*control)(void *ctx, struct address peer,
			const struct l2tp_control *control);
	void (*data)(void *ctx, struct address peer,
		     const struct l2tp_data *data);
};

struct world {
	struct node node;
	struct instant now;
	const struct world_ops *ops;
	void *ops_ctx;
	struct keeper_port port;
	struct {
		struct in_addr address;
		uint8_t length;
	} routes[WORLD_ROUTES]; /* that the kernel would have */
	unsigned int route_count, routes_of_pools;
	uint32_t number; /* of the last request to the keeper */
	int interfaces; /* events: up and not down */
	json_int_t asked; /* token of the last rates */
	uint64_t heard; /* sum of all octets sent: every one of them is read */
	uint8_t closed[65536 / 8]; /* sessions after PADT */
};

/* Ends the run if something that must hold does not. */
#define REQUIRE(truth) world_require((truth), #truth, __LINE__)
void world_require(bool truth, const char *what, int line);

/*
 * The world is all zeros at first, and then goes through all runs: each begins
 * with the same random numbers, a while after all ids have rested.
 */
void world_begin(struct world *w, const struct world_ops *ops, void *ctx);
/* Ends every call and tunnel and lets all times pass; nothing may be left. */
void world_end(struct world *w);

/* Ways in, each an event of its own. */
void world_access(struct world *w, struct view frame, struct vlan_tag stripped);
void world_control(struct world *w, struct address peer, uint16_t port,
		   struct view datagram);
void world_data(struct world *w, struct address peer, uint16_t port,
		struct view datagram);
void world_port(struct world *w, enum keeper_port_state state, uint16_t mtu);
/* The ways to all peers are this one now. */
void world_path(struct world *w, bool resolved, uint16_t mtu);
/* One of show_commands, with these arguments (taken). */
void world_command(struct world *w, unsigned int command, json_t *arguments);
void world_pass(struct world *w, uint64_t ms);

/* Our address for peers of this family. */
struct address world_local(uint32_t family);

#endif
