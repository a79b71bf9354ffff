/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files dataplane*.c share, and nobody else sees: the mapped arrays
 * and what this process remembers about them.
 */
#ifndef WORLD_DATAPLANE_MAPS_H
#define WORLD_DATAPLANE_MAPS_H

#include "world/dataplane.h"

/* The last IP bank holds single addresses, the others hold the pools. */
#define HOST_BANK (FIRST_IP_SLOT + (IP_BANKS - 1) * BANK_SLOTS)

/* How long an image that was replaced is left alone (abi.h). */
#define FLIP_REST_MS 100

/* What we know about a template beyond what the map says. */
struct template_note {
	bool taken;
	bool waiting;	  /* `next` is to be published when the rest is over */
	bool used;	  /* a leg has named it: a packet may be reading it */
	uint8_t priority; /* 802.1p of the tags, added to the leg's TCI */
	uint32_t stale_legs; /* of an earlier engine, that name it */
	struct instant flipped;
	struct image next;
};

struct dataplane {
	struct dataplane_fds fds;
	struct port *ports;
	struct tunnel_rx *tunnels;
	struct leg *legs;
	struct template *templates;
	struct settings *settings;
	struct ip4_pool *ip4_pools;
	struct ip6_pool *ip6_pools;
	struct egress *egress;
	struct unresolved *unresolved;
	struct policer *policers;
	struct watch *watch;
	struct punt_limit *punt_limits;

	struct dataplane_clock clock;
	struct template_note *notes; /* TEMPLATE_SLOTS */
	uint32_t last_template; /* handed out last; search begins behind it */
	uint32_t *waiting;	/* templates whose note says so */
	unsigned int waiting_count;

	uint64_t *stale; /* one bit per leg slot: an earlier engine's leg */
	struct in_addr *hosts; /* by slot of the host bank; 0.0.0.0 = free */
	uint32_t pools_added; /* one bit per entry of ip4_pools */
	uint32_t last_host;

	bool watching;		  /* every port has PORT_WATCHED */
	struct ring_buffer *ring; /* NULL: not opened */
	struct watch_reading *reading; /* while it is read */
	void *routes; /* tree of struct route_note, see dataplane_route.c */
	uint32_t route_count[2]; /* IPv4, IPv6 */
};

/* Cost and depth of a policer in one word, so that nobody sees half of it. */
typedef uint64_t __attribute__((may_alias)) policer_word;

union policer_pair {
	struct {
		uint32_t cost;
		uint32_t depth;
	};
	uint64_t both;
};

static inline bool bit_is_set(const uint64_t *bits, uint32_t n)
{
	return bits[n / 64] >> (n % 64) & 1;
}

static inline void bit_set(uint64_t *bits, uint32_t n)
{
	bits[n / 64] |= 1ull << (n % 64);
}

static inline void bit_clear(uint64_t *bits, uint32_t n)
{
	bits[n / 64] &= ~(1ull << (n % 64));
}

/* Four octets of any record. */
typedef uint32_t __attribute__((may_alias)) record_word;

/*
 * The first word of a record (state, flags, count ..) is what the XDP program
 * looks at first: stored last with release, so that the rest is there.
 */
static inline void word_publish(void *word, uint32_t value)
{
	__atomic_store_n((record_word *)word, value, __ATOMIC_RELEASE);
}

static inline uint32_t word_read(const void *word)
{
	return __atomic_load_n((const record_word *)word, __ATOMIC_ACQUIRE);
}

/* dataplane_template.c: takes the template that a stale leg names. */
void template_take_stale(struct dataplane *dp, uint32_t slot);
/* Frees those of an earlier engine that no leg names. */
void templates_scan(struct dataplane *dp);
/* The last stale leg that named it gives it back. */
void template_drop_stale(struct dataplane *dp, uint32_t slot);

/* dataplane_watch.c: nobody watches (any more). */
void watch_forget(struct dataplane *dp);
void watch_close(struct dataplane *dp);

/* dataplane_host.c: reads what an earlier engine left in ip4_hosts. */
void hosts_scan(struct dataplane *dp);
/* dataplane_route.c: reads what an earlier engine left in the tries. */
void routes_scan(struct dataplane *dp);
void routes_free(struct dataplane *dp);
/* A stale leg of the host bank is cleared: its address goes too. */
void host_drop_stale(struct dataplane *dp, uint32_t slot);

/* dataplane_police.c: the kernel's ticks; its coarse clock moves by them. */
uint64_t ticks_per_second(void);

#endif
