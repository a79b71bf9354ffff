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
/* A tunnel for an SCCRQ that was found good; -errno: there is no room. */
int tunnel_entry_accept(struct node *node, const struct request *rq,
			const struct conf_host *host,
			const struct sccrq *sccrq);

#endif
