/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for those who want to see them: captures, which leave as pcapng
 * through the stream of the control socket, and events of dropped packets.
 * Tells the data plane what is wanted, and that nothing is when nobody asks.
 */
#ifndef SWITCH_VIEWER_H
#define SWITCH_VIEWER_H

#include "switch/ctl.h"
#include "switch/node.h"

struct viewer;

/* The commands that start a capture; their handlers' ctx is the node. */
extern const struct ctl_command viewer_commands[];
extern const unsigned int viewer_command_count;

/* Borrows both; NULL: no memory.  The node has to be told by its owner. */
struct viewer *viewer_new(struct node *node, struct ctl *ctl);
void viewer_free(struct viewer *viewer);
/*
 * Who listens has changed: it is acted upon by an alarm of the node, which
 * the caller has to see to.
 */
void viewer_changed(struct viewer *viewer);
/*
 * Control that the engine sends, which no program sees, belongs to a capture if
 * there is one.  What caused it must come before it, and what it causes behind,
 * so this is said before it is sent; and the rest if it was.  NULL viewer:
 * nobody looks.
 */
void viewer_sending(struct viewer *viewer);
void viewer_sent_frame(struct viewer *viewer, uint32_t ifindex,
		       struct view frame);
void viewer_sent_l2tp(struct viewer *viewer, struct address local,
		      struct address peer, uint16_t peer_port,
		      struct view datagram);
/* There are records to read. */
void viewer_input(struct viewer *viewer);

#endif
