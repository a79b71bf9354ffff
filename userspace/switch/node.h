/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every file of the switch needs of its surroundings: configuration, the
 * data plane, ways out (through ops that the engine fills), identifiers,
 * deadlines and counters.  Calls, tunnels and ports are kept by their own
 * files; here are only the tables by which a frame finds them.
 */
#ifndef SWITCH_NODE_H
#define SWITCH_NODE_H

#include <jansson.h>

#include "base/alarms.h"
#include "base/group.h"
#include "base/ids.h"
#include "base/list.h"
#include "base/log.h"
#include "base/table.h"
#include "switch/counters.h"
#include "switch/ended.h"
#include "world/conf.h"
#include "world/dataplane.h"
#include "world/host.h"
#include "world/keeper_msg.h"
#include "world/nexthop.h"

struct call;
struct destination;
struct tunnel_entry;
struct access_port;
struct viewer;
struct rates;
struct slowpath;
struct upstream;

/* How the switch reaches the world; ctx is the engine. */
struct node_ops {
	/* UDP payload to a peer, from our address and port 1701 */
	void (*send_l2tp)(void *ctx, bool control, struct address local,
			  struct address peer, uint16_t peer_port,
			  struct view datagram);
	/* a whole Ethernet frame out of an access port */
	void (*send_frame)(void *ctx, uint32_t ifindex, struct view frame);
	/* asks the keeper under a number of 1..INT32_MAX, which is put into
	 * msg; an error is logged, unless it is somebody's answer */
	void (*ask_keeper)(void *ctx, struct keeper_msg *msg);
	/* one event for those who listen; takes the reference */
	void (*event)(void *ctx, json_t *event);
	/* whether anybody does */
	bool (*listening)(void *ctx);
};

enum {
	/* a freed id is not used again for so long if there are others, see
	 * SESSION_ENDING_MS */
	NODE_REST_MS = 31000,
	NODE_PPPOE_REST_MS = 60000,
	NODE_ENDED = 64, /* ended calls that can still be looked at */
	NODE_HOST_NOTES = 16,
	NODE_PADRS = 1024, /* ended calls whose PADR is known when it is late */
};

struct node {
	const char *instance;
	const struct conf *conf;
	struct dataplane *dataplane;
	struct nexthop *nexthop;
	struct rates *rates; /* of who asks for them; NULL: nobody did */
	struct viewer *viewer; /* the engine's; NULL: frames cannot be seen */
	struct slowpath *slowpath; /* NULL: none (tests) */
	bool lost_counted; /* frames that devices lose are */
	struct upstream *upstream; /* NULL: no call ends here */
	const struct node_ops *ops;
	void *ops_ctx;
	struct alarms alarms;
	struct instant now; /* set by the engine before every entry */
	struct instant started;

	uint64_t counters[COUNTERS];

	struct ids *banks[ID_BANKS]; /* session ids, by leg bank */
	struct ids *tunnel_ids;
	struct tunnel_entry **tunnels; /* by our tunnel id */
	struct table challenges; /* of ours that wait: see tunnel_config */
	struct call **slots; /* by leg slot: LEG_SLOTS */

	struct list calls;
	struct table calls_by_id;
	unsigned int call_count;
	struct table clients; /* calls by client: see access.c */
	struct table dialling; /* of these, those in LCP */
	struct table padrs; /* calls by what asked for them */
	uint64_t late_padrs[NODE_PADRS]; /* what asked for the last ended */
	unsigned int late_count;
	struct table subscribers; /* calls by user name: see redial.c */
	uint64_t hash_seed;
	struct log_limit call_lines;
	unsigned int lines_left_out;
	uint32_t last_call;
	uint32_t last_serial; /* Call Serial Number */
	uint32_t last_interface;
	struct list destinations;
	uint32_t last_destination;
	struct destination **choices; /* by index in conf->tunnels, or NULL */
	struct log_limit refusals; /* StopCCNs to who has no tunnel */
	unsigned int half_open; /* tunnels of peers, not established yet */
	struct list ports;
	unsigned int port_count;
	struct list pools; /* struct pool_entry */
	struct list dead_calls; /* to be freed after this event... */
	struct list dead_tunnels; /* ...and after the calls that name them */
	struct ended_call ended[NODE_ENDED];
	unsigned int ended_count;

	char firewall[160]; /* chain that drops what is forwarded; "" = none */
	struct host_note host_notes[NODE_HOST_NOTES]; /* logged last */
	unsigned int host_note_count;

	struct alarm stale_alarm;
	struct list stale; /* what an earlier engine left, see stale.h... */
	struct list stale_tunnels;
	uint16_t *stale_peers; /* their ids of our tunnels; NULL: none */
	struct table stale_slots, stale_calls, stale_clients; /* ...and how
				* its legs are found */
	struct dataplane_stale stale_count;
};

int node_init(struct node *node, const char *instance, const struct conf *conf,
	      struct dataplane *dataplane, const struct node_ops *ops,
	      void *ops_ctx, struct instant now);
void node_fini(struct node *node);
/*
 * Gateways that lie in their pool's range get a leg that hands their packets
 * to the kernel.  To be called when the data plane has been scanned.
 */
void node_serve_gateways(struct node *node);

static inline void node_count(struct node *node, enum counter counter)
{
	node->counters[counter]++;
}

/* The bank that has most ids to give. */
uint8_t node_emptiest_bank(const struct node *node);
/* Whether a bank has rested ids, or those that rest when no bank has others. */
bool node_bank_serves(const struct node *node, uint8_t bank);
/* An id of a bank, as ids_take has it; what has not rested is counted. */
int node_take_id(struct node *node, uint8_t bank, uint16_t *id);
int node_take_tunnel_id(struct node *node, uint16_t *id);
void node_release_id(struct node *node, uint8_t bank, uint16_t id);

struct pool;
struct pool_entry {
	struct list link;
	const struct conf_pool *conf;
	struct pool *pool;
	uint32_t slot; /* leg slot of the first address */
};
/* The pool's state; NULL conf: the first pool there is, or NULL. */
struct pool_entry *node_pool(struct node *node, const struct conf_pool *conf);
/*
 * A subscriber's own route to the tun; mtu 0: it is needed no more.  Where the
 * address is a block of its pool by itself, the pool's route comes back.
 */
void node_route(struct node *node, struct in_addr address, uint16_t mtu);
/* The same for a network behind a subscriber. */
void node_route_network(struct node *node, struct in_addr address,
			uint8_t length, uint16_t mtu);
/* Ranges of an earlier configuration go when no leg is left in them. */
void node_drop_pools(struct node *node);
/* The pool in whose range an address lies, or NULL. */
struct pool_entry *node_pool_of(const struct node *node,
				struct in_addr address);

/*
 * One event of the kind {"event": name, ...}; format as json_pack's object
 * content, e.g. node_event(node, "call", "s:i", "id", 17).
 */
void node_event(struct node *node, const char *name, const char *format, ...);
/*
 * Whether one more line about a call may be logged: subscribers cause them, so
 * only so many a second are.  Says how many were not.
 */
bool node_may_log(struct node *node);
/* A numbered step of the set-up sequence of a LAC or LNS. */
void node_step(struct node *node, const char *role, int step, uint32_t call,
	       const char *text);

#endif
