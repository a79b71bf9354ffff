/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two tunnels joined back to back, or one with its peer played by hand: what
 * the tests of tunnels and sessions share.  Time moves only when told to.
 */
#ifndef UNIT_L2TP_PAIR_H
#define UNIT_L2TP_PAIR_H

#include "proto/tunnel.h"

enum { SIDE_QUEUE = 64, SIDE_CALLS = 8, DATAGRAM_MAX = 2048 };

struct datagram {
	size_t len;
	uint8_t data[DATAGRAM_MAX];
};

/* What happened to one call. */
struct call_log {
	struct side *side;
	struct session *session; /* NULL: closed */
	unsigned int replied, connected, closed;
	struct iccn *iccn; /* a copy */
	BYTES(32) notice; /* value of the last WEN or SLI */
	struct l2tp_result why;
	enum ended_by by;
};

struct side {
	struct tunnel *tunnel;
	struct datagram out[SIDE_QUEUE];
	unsigned int out_count;
	unsigned int up, down, done;
	struct l2tp_result why;
	enum ended_by by;
	/* what incoming answers */
	int refuse; /* not 0: refuse with refusal */
	struct l2tp_result refusal;
	uint16_t next_id;
	struct icrq *icrq; /* a copy of the last */
	struct call_log calls[SIDE_CALLS];
	unsigned int call_count;
	/* message types that were sent and received, in order */
	uint16_t sent[SIDE_QUEUE], received[SIDE_QUEUE];
	unsigned int sent_count, received_count;
	/* done by the replied op at once if set */
	const struct iccn *connect_with;
	bool close_in_callback; /* ops->connected closes the session */
	bool close_tunnel_in_callback;
	bool close_tunnel_in_incoming;
	bool close_others_in_closed;
	struct instant *now;
};

extern const struct tunnel_ops side_ops;
extern const struct session_ops side_session_ops;

void side_init(struct side *side, const struct tunnel_config *config,
	       struct instant *now);
void side_fini(struct side *side);
struct session *side_call(struct side *side, uint16_t id,
			  const struct icrq *icrq);
/* Octets that look random and repeat from run to run. */
void test_random(void *out, unsigned long len);
/* The next octets that test_random gives. */
void test_random_next(const char *hex);
/* ... and after them a number as the program will see it. */
void test_random_append(uint16_t number);

struct pair {
	struct side lac; /* initiator */
	struct side lns;
	struct instant now;
	bool cut; /* datagrams go nowhere */
};

struct tunnel_config pair_config(uint16_t id, const char *host,
				 const char *secret);
void pair_init(struct pair *pair, const struct tunnel_config *lac,
	       const struct tunnel_config *lns);
void pair_fini(struct pair *pair);
/* Delivers what one side has sent so far, once. */
bool pair_deliver(struct pair *pair, struct side *from, struct side *to);
/* Delivers until nothing is left. */
void pair_run(struct pair *pair);
/* Lets time go by, with all timers and deliveries in their order. */
void pair_pass(struct pair *pair, uint64_t ms);

/* Octets from hex digits; blanks and bars are skipped.  Fails the test. */
struct datagram from_hex(const char *hex);
struct view datagram_view(const struct datagram *datagram);
/* Fails with both in hex if they differ. */
void assert_octets(struct view got, const char *hex);
/* The only thing the side has sent; forgets it. */
void assert_sent(struct side *side, const char *hex);
void assert_silent(const struct side *side);

/* A StopCCN or CDN as the RFC lays it out; own: our tunnel or session id. */
struct farewell {
	uint16_t type;
	uint16_t tunnel, session, ns, nr; /* header */
	uint16_t own;
	uint16_t result, error;
	const char *text;
};
void assert_farewell(struct side *side, const struct farewell *want);

/* Lives only for one side: a responder whose initiator is played by hand. */
struct solo {
	struct side side;
	struct instant now;
};
enum solo_stage {
	SOLO_WAIT_CTL_CONN, /* SCCRP sent */
	SOLO_UP, /* SCCCN received, Ns 2 is next */
	SOLO_CALLED, /* ICRP sent for 0a01/0b02, Ns 3 is next */
	SOLO_CONNECTED, /* ICCN received, Ns 4 is next */
};
/* Tunnel 5678 of "lns1", peer 1234; all it sent is acknowledged and cleared. */
void solo_init(struct solo *solo, enum solo_stage stage, const char *secret);
void solo_fini(struct solo *solo);
void solo_input(struct solo *solo, const char *hex);
/* Lets time go by with its timers; what it sends piles up. */
void solo_pass(struct solo *solo, uint64_t ms);

/* An initiator whose responder is played by hand: 1234 of "lac1". */
struct dialer {
	struct side side;
	struct instant now;
};
/* SCCRQ was sent, with challenge 00 01 .. 0f if there is a secret. */
void dialer_init(struct dialer *dialer, const char *secret);
void dialer_input(struct dialer *dialer, const char *hex);

#endif
