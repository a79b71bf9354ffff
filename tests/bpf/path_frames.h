/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frames of the benchmark: what goes in on each path, and what must come
 * out, built without any of the code under test.
 */
#ifndef PATH_FRAMES_H
#define PATH_FRAMES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "bench.h"

#define BENCH_GATEWAY_NET  "192.0.2.1/24"
#define BENCH_NEXT_HOP	   "192.0.2.2"
#define BENCH_NEXT_HOP_MAC "02:00:00:00:00:02"
#define BENCH_INTERNET_NET "10.128.0.0/9" /* room for all sessions */
#define BENCH_POOL_FIRST   "10.64.0.0/32"

enum {
	BENCH_SESSIONS_MAX = BENCH_SESSIONS,
	BENCH_TUNNEL = 1000, /* id - this = its bank */
	BENCH_ACCESS = BENCH_TUNNEL, /* first tunnel of the access side, */
	BENCH_CORE = BENCH_TUNNEL + BENCH_BANKS, /* and of the core side */
	BENCH_PEER_TUNNEL = 0x7777,
	BENCH_INTERNET = 0x0a800000, /* 10.128.0.0, host order */
	BENCH_TOS = 0xb8, /* of every inner packet: DSCP EF */
};
#define BENCH_LOCAL 0xc0000201u /* 192.0.2.1 */
#define BENCH_PEER  0xc0000202u /* 192.0.2.2 */
#define BENCH_POOL  0x0a400000u /* 10.64.0.0 */

struct bench_path {
	const char *name;
	const char *generator; /* program of bench.bpf.c */
	int shift; /* octets the head moves: negative grows the frame */
	uint16_t tunnel; /* first of those it comes in by */
	bool pppoe_in, l2tp_in, l2tp_out, pppoe_out;
};
extern const struct bench_path bench_paths[];
extern const unsigned int bench_path_count;
extern const struct bench_path bench_kernel_path;
/* NULL if none of bench_paths has the name. */
const struct bench_path *bench_path_find(const char *name);
/* Whether l2x decrements the TTL: the path of a call that ends here. */
bool bench_path_routed(const struct bench_path *path);

extern const uint8_t bench_next_hop_mac[6];
extern const uint8_t bench_client_mac[6];

/* What goes over a path; its frames' heads are the path's, and these. */
struct bench_traffic {
	const struct bench_path *path;
	uint32_t sessions;
	bool ip6; /* L2TP over IPv6 */
	bool sum_in, sum_out; /* L2TP with UDP checksums */
	bool sequence; /* L2TP with Ns and Nr */
	bool copy_dscp; /* L2TP that goes out has the inner DSCP */
};

struct in_addr bench_address(uint32_t host_order);
/* The end points of L2TP. */
struct address bench_local(const struct bench_traffic *traffic);
struct address bench_peer(const struct bench_traffic *traffic);

/* The frame of session 0, and what the generator must know of the others. */
void bench_image_fill(struct bench_image *image,
		      const struct bench_traffic *traffic,
		      const uint8_t port_mac[6]);
/* Whether a frame that came out is, octet for octet, what must come out. */
bool bench_frame_right(const struct bench_traffic *traffic,
		       const struct bench_sample *sample,
		       const uint8_t egress_mac[6]);

#endif
