/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures, which are sent as pcapng through the stream of the control socket,
 * and events of dropped packets.  Tells the data plane which frames are wanted,
 * and when none are.
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
 * The listeners have changed: an alarm of the node acts on it, which the caller
 * must schedule.
 */
void viewer_changed(struct viewer *viewer);
/*
 * Adds control that the engine sends, which no XDP program sees, to a running
 * capture.  To keep cause and effect in order this is called before the frame
 * is sent, and again when it was.  NULL viewer: nobody watches.
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
