/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: an unprivileged process that parses everything that comes from a
 * network and drives the calls.  Started by the keeper in a forked child.
 */
#ifndef PROGRAM_ENGINE_H
#define PROGRAM_ENGINE_H

#include "world/dataplane.h"

struct conf;

/* What the keeper opened; the engine uses all and owns none of it. */
struct engine_gift {
	const char *instance;
	const struct conf *conf;
	struct dataplane_fds maps;
	struct dataplane_clock clock; /* of the maps' times, or all 0 */
	bool lost_counted; /* frames that devices lose are counted in `lost` */
	int keeper; /* SOCK_SEQPACKET, see world/keeper_msg.h */
	/* UDP, IP_PKTINFO set; -1: L2TP over IPv4 is not spoken */
	int l2tp_control; /* messages with T=1 */
	int l2tp_ppp; /* the same with T=0: PPP's own protocols */
	int l2tp_data; /* and subscribers' data: the slow path's */
	int l2tp_control6; /* the same over IPv6 */
	int l2tp_ppp6;
	int l2tp_data6;
	int tun; /* IP packets for terminated subscribers, no header */
	uint32_t tun_ifindex;
	int control; /* listening unix stream socket of l2xctl */
};

/* Runs until told to end; returns the exit status. */
int engine_run(const struct engine_gift *gift);

#endif
