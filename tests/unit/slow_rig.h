/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path's thread on anonymous memory instead of BPF arrays, UDP on the
 * loopback device, and socket pairs that stand for a port and the tun: a LAC's
 * call between the port and a tunnel, an LNS' call between the tunnel and the
 * tun (10.0.0.5).
 */
#ifndef SLOW_RIG_H
#define SLOW_RIG_H

#include <netinet/in.h>
#include <stdint.h>

#include "world/conf.h"
#include "world/dataplane.h"
#include "world/slowpath.h"

enum {
	IFINDEX = 7,
	TUNNEL = 0x0505,
	BANK = 1,
	LAC = 1, /* calls */
	LNS = 2,
	LAC_SESSION = 0x11, /* of PPPoE */
	LAC_CORE = 0x22, /* of L2TP */
	LNS_ACCESS = 0x33,
	WAIT_MS = 3000,
};

struct slow_rig {
	struct dataplane_fds fds;
	struct dataplane *dp;
	struct leg *legs;
	struct template *templates;
	struct conf *conf;
	struct slowpath *slow;
	int l2tp, peer, stranger;
	int tun, port; /* our ends */
	int tun_far, port_far;
	struct sockaddr_in at; /* of l2tp */
	uint32_t pppoe, tunnel; /* templates */
};
extern struct slow_rig w;

extern const uint8_t client[6];
extern const uint8_t own[6];

/* What the clock of rates shows; 100 ticks a second. */
enum { TICK_NS = 10000000, TICKS = 0xfffffffe };

/* Now it shows TICKS, and a tick takes so long; slow_setup: TICK_NS. */
void slow_clock(uint32_t tick_ns);

int slow_setup(void **state);
int slow_teardown(void **state);

/* An IPv4 packet of so many octets. */
size_t ip_build(uint8_t *at, uint32_t from, uint32_t to, uint8_t flags,
		size_t len);
/* A data message to the daemon: PPP head, information field. */
void peer_send(int fd, uint16_t session, const char *ppp, size_t head,
	       const uint8_t *info, size_t len);
/* What arrives next at one of our ends; 0: nothing. */
size_t arrives(int fd, uint8_t *room, size_t cap);
/* Waits until the counter is not 0. */
void counts(enum slowpath_counter counter, const char *name);
#define COUNTS(name) counts(COUNT_##name, #name)

#endif
