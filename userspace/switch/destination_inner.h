/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of destinations share; nobody else includes this. */
#ifndef SWITCH_DESTINATION_INNER_H
#define SWITCH_DESTINATION_INNER_H

#include "switch/destination.h"

/* An SCCRQ, or another datagram that names no tunnel of ours. */
struct request {
	struct address peer;
	uint16_t port;
	struct address local;
	struct view datagram;
	struct view host_name;
	uint64_t hash; /* of all octets: a repeat has the same */
	const struct conf_destination *from; /* as who it may come */
};

/* ---- destination.c ---- */
/* NULL: there is none of these two ends. */
struct destination *destination_find(struct node *node, struct address local,
				     struct address peer);
/* Counts a refusal, and tells it with the counter's name as the reason. */
void refusal_tell(struct node *node, struct address peer, enum counter counter);
/* The same, made if need be; NULL: no memory. */
struct destination *destination_get(struct node *node, struct address local,
				    struct address peer);
/* Whether calls of this definition may share the tunnel. */
bool tunnel_entry_serves(const struct tunnel_entry *entry,
			 const struct conf_tunnel *conf);
/* Sends an SCCRQ; NULL: no resources. */
struct tunnel_entry *tunnel_entry_open(struct node *node,
				       const struct conf_tunnel *conf);
/* A tunnel for an SCCRQ that was found good; -errno: there is no room. */
int tunnel_entry_accept(struct node *node, const struct request *rq,
			const struct conf_host *host,
			const struct sccrq *sccrq);

/* ---- destination_hold.c ---- */
/* That of a definition, which stays; NULL: no memory. */
struct destination *destination_of(struct node *node,
				   const struct conf_tunnel *conf);
void tunnel_entry_watch(struct tunnel_entry *entry);
/* A tunnel of ours is established. */
void tunnel_entry_answered(struct tunnel_entry *entry);
/* Its peer has sent something: whatever it is, it knows the tunnel. */
void tunnel_entry_heard(struct tunnel_entry *entry);
/* It is neither doubted nor watched any more. */
void tunnel_entry_unwatch(struct tunnel_entry *entry);
void tunnel_entry_overdue(void *ctx, struct instant now);

#endif
