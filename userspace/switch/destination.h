/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Destinations (pairs of L2TP end points) and the tunnels with them: who may
 * open one, which one a call goes into, the way to the peer as a template of
 * the data plane.  The protocol itself is proto/tunnel.h.
 */
#ifndef SWITCH_DESTINATION_H
#define SWITCH_DESTINATION_H

#include "proto/tunnel.h"
#include "switch/node.h"

struct destination {
	struct list link; /* node->destinations */
	uint32_t id;
	struct address local; /* of one family */
	struct address peer;
	struct list tunnels;
	unsigned int tunnel_count;
	unsigned int half_open; /* of tunnel_count: see tunnel_entry */
	unsigned int calls;
	uint64_t failed_tunnels;
	uint64_t failed_calls;
	/* see destination_hold.c */
	bool configured; /* in conf->tunnels: it stays without tunnels */
	bool failing; /* no tunnel has come up since the last failure */
	bool single; /* it refuses a second tunnel while it has one */
	struct instant held_until; /* if failing: last choice until then */
	struct instant failed_at; /* NEVER: it has not failed yet */
	char failure[128]; /* why, for people */
	unsigned int doubted; /* of its tunnels */
};

/* How a destination stands, for people. */
const char *destination_state(const struct node *node,
			      const struct destination *dest);
/*
 * Whether calls of this definition had better go elsewhere: the destination
 * failed, or does not answer, and has no tunnel for them that does.
 */
bool destination_is_last(struct node *node, const struct conf_tunnel *conf);
/* When what a definition leads to failed; NEVER: it did not. */
struct instant destination_failed_at(struct node *node,
				     const struct conf_tunnel *conf);
/*
 * A call passes this one over.  When its hold-down is over it is asked by a
 * tunnel without calls: one at a time.
 */
void destination_probe(struct node *node, const struct conf_tunnel *conf);
/* Frees those that have no tunnels. */
void destinations_free(struct node *node);

struct tunnel_entry {
	struct list link; /* destination->tunnels, or node->dead_tunnels */
	struct node *node;
	struct destination *destination;
	struct tunnel *control;
	uint16_t id; /* ours */
	uint16_t peer_port;
	uint8_t bank; /* of its sessions' ids */
	bool usable; /* takes new calls */
	bool half_open; /* begun by the peer, and never established */
	bool rx_open; /* in the data plane */
	bool ecn; /* both ends propagate congestion marks */
	const struct conf_tunnel *out; /* we opened it... */
	const struct conf_host *in; /* ...or the peer did */
	uint16_t peer_assigned; /* in its SCCRQ... */
	uint64_t request; /* ...whose hash tells repeats */
	bool was_up;
	bool failed; /* the destination knows of it */
	bool doubted; /* it does not answer, but is not given up yet */
	bool replaced; /* its peer answered in another one, but not in it */
	unsigned int proofs; /* how often it may still fail to answer */
	struct list waiting; /* calls whose session is not up yet */
	uint32_t template;
	struct nexthop_watch *watch;
	unsigned int calls;
	uint32_t max_calls; /* 0 = no limit */
	enum conf_checksum udp_checksum; /* of data */
	struct instant since;
	struct alarm alarm; /* protocol */
	struct alarm idle; /* no calls for a while */
	struct alarm answer; /* one of ours is due */
	struct alarm path; /* over IPv6: has the path become narrower? */
	char subject[96]; /* "tunnel 17/lns1", for logs */
};

/*
 * The tunnel for calls of this definition: a usable one with the same end
 * points, names, secret and assignment and with room, else a new one that is being
 * opened.  NULL: no resources.  *opened tells which.
 */
struct tunnel_entry *tunnel_entry_for(struct node *node,
				      const struct conf_tunnel *conf,
				      bool *opened);
/* A call joined or left the tunnel; the last one starts the idle timer. */
void tunnel_entry_hold(struct tunnel_entry *entry);
void tunnel_entry_drop(struct tunnel_entry *entry);
/* Whether the data that we send into it has a UDP checksum. */
bool tunnel_entry_sums(const struct tunnel_entry *entry);
/* Notes the end of its tunnel, before its calls choose another one. */
void tunnel_entry_ended(struct tunnel_entry *entry,
			const struct l2tp_result *why, enum ended_by by);
/* To be called after every use of entry->control that may set timers. */
void tunnel_entry_settle(struct tunnel_entry *entry);
void tunnel_entry_close(struct tunnel_entry *entry,
			const struct l2tp_result *why);
void tunnel_entry_free(struct tunnel_entry *entry);

/* One control datagram (T=1) from the socket. */
void destination_input(struct node *node, struct address peer,
		       uint16_t peer_port, struct address local,
		       struct view datagram);
/* The way to a tunnel's peer changed (nexthop's callback). */
void tunnel_entry_path(struct tunnel_entry *entry,
		       const struct nexthop_path *path);
#endif
