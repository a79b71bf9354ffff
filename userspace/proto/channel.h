/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reliable delivery of control messages (RFC 2661 5.8, Appendix A): sequence
 * numbers, window with slow start, retransmission, acknowledgement.  Messages
 * come out exactly once and in order.  Knows nothing of what they say; bytes
 * and the time go in, datagrams go out through one function.
 *
 * Retransmission follows TCP: after a timeout from measured round trips (RFC
 * 6298), or earlier after repeated acknowledgements (RFC 5681) or two round
 * trips without any (RFC 8985).  Many peers drop messages that arrive out of
 * order, so those after a lost message are sent again too, as soon as the peer
 * has acknowledged that one (go-back-N).
 *
 * The send function must not call back into the channel.
 */
#ifndef PROTO_CHANNEL_H
#define PROTO_CHANNEL_H

#include "base/instant.h"
#include "base/list.h"
#include "proto/l2tp.h"

enum {
	CHANNEL_PEER_WINDOW = 4, /* before the peer says (RFC 2661 4.4.3) */
	CHANNEL_QUICK_WINDOW = 10, /* is kept if a loss is seen early */
	CHANNEL_QUEUE_MAX = 262144, /* messages that wait to be sent */
	CHANNEL_EARLY_OCTETS = 262144, /* of messages that came too early */
	CHANNEL_ACK_MS = 20, /* time in which a reply can carry the ack */
	CHANNEL_ACK_EVERY = 2, /* messages per delayed acknowledgement */
	CHANNEL_SAME_ACKS = 3, /* so many: the oldest is lost (RFC 5681 3.2) */
	CHANNEL_PROBE_PART = 5, /* a probe waits for floor / this at least */
};

struct channel_config {
	uint16_t window; /* ours: messages held that arrived out of order */
	uint16_t retransmit_max; /* see channel_patience_ms */
	/*
	 * The first timeout while no round trip is measured, and the longest
	 * one afterwards; doubled each time up to the cap.
	 */
	uint32_t retransmit_ms;
	uint32_t retransmit_cap_ms;
	/* The shortest timeout; retransmit_ms or more: nothing is measured. */
	uint32_t retransmit_floor_ms;
};

struct channel_counters {
	uint64_t sent, received, retransmitted, duplicates, out_of_window;
	uint64_t zlb_sent, zlb_received, bad_nr;
};

/* Fields are the channel's own; others read ns, nr and counters. */
struct channel {
	struct channel_config config;
	void (*send)(void *ctx, struct view datagram);
	void *ctx;
	struct channel_counters counters;
	uint16_t peer_tunnel; /* 0: not known yet */
	bool hold; /* keep what comes too early */
	bool failed; /* nothing can be delivered any more */

	uint16_t ns; /* next to be used */
	uint16_t una; /* oldest not acknowledged */
	struct list unacked; /* sent at least once, in order */
	struct list *resend; /* first in unacked to be sent again, or its end */
	unsigned int in_flight; /* those before resend */
	struct list waiting; /* never sent */
	unsigned int waiting_count;
	uint16_t peer_window;
	uint16_t cwnd;
	uint16_t ssthresh;
	uint16_t cwnd_acks; /* towards the next step of avoidance */
	bool recovering; /* something was sent again, and... */
	bool quickly; /* ...no timeout was needed to know it was lost */
	uint16_t recover; /* ...what was sent before this is not yet acked */
	unsigned int same_acks; /* that acknowledged nothing new */
	bool measured; /* the next two are known (RFC 6298 2) */
	uint32_t round_trip_8; /* SRTT in eighths of a ms */
	uint32_t variation_4; /* RTTVAR in quarters of a ms */
	uint32_t rto_ms;
	bool probe; /* the next retransmission comes before the timeout */
	unsigned int probes; /* such ones since the last progress */
	struct instant retransmit;
	struct instant give_up; /* if nothing is acknowledged until then */

	uint16_t nr; /* next expected */
	struct list early; /* came before their turn, in order */
	unsigned int early_count;
	size_t early_octets;
	struct early_message *current; /* what channel_next gave last */
	unsigned int to_ack; /* messages since our Nr was last sent */
	bool ack_now;
	struct instant ack;
};

/*
 * How long a peer may acknowledge nothing: as long as retransmit_max
 * repetitions take when nothing was measured (31 s by RFC 2661's numbers).
 */
uint32_t channel_patience_ms(const struct channel_config *config);

void channel_init(struct channel *channel, const struct channel_config *config,
		  void (*send)(void *ctx, struct view datagram), void *ctx);
void channel_fini(struct channel *channel);

/* The peer's tunnel id, once it is known. */
void channel_set_peer(struct channel *channel, uint16_t tunnel);
/* The peer's Receive Window Size, not 0. */
void channel_set_window(struct channel *channel, uint16_t window);

/*
 * Sends a message, now or when the window opens; the octets are copied.
 * session: the peer's id, for the header.  -ENOBUFS or -ENOMEM: the channel
 * has failed, as delivery could no longer be promised.
 */
int channel_send(struct channel *channel, uint16_t session, struct view body,
		 struct instant now);
/* Whether a message would leave at once: none waits, and the window is open. */
bool channel_has_room(const struct channel *channel);
/* Forgets messages that were never sent. */
void channel_drop_waiting(struct channel *channel);
/*
 * Sends what is not acknowledged once more, without waiting for the timer.
 */
void channel_nudge(struct channel *channel, struct instant now);
/* The peer has ended the tunnel: only acknowledgements are sent from now on. */
void channel_abandon(struct channel *channel);

/*
 * Takes a datagram of the peer.  True: its body is the next message; handle it,
 * then those that channel_next gives, then call channel_settle.
 */
bool channel_input(struct channel *channel, const struct l2tp_control *control,
		   struct instant now);
/* The peer repeats what it once sent: our acknowledgement was lost. */
void channel_repeated(struct channel *channel);
/* NULL: no more.  The message is valid until the next call. */
const struct l2tp_control *channel_next(struct channel *channel);
/* Acknowledges if due, and sends what the window now allows. */
void channel_settle(struct channel *channel, struct instant now);
/* Acknowledges at once: no message will follow that could carry it. */
void channel_settle_all(struct channel *channel);

/* All that was sent is acknowledged. */
bool channel_idle(const struct channel *channel);
unsigned int channel_unacknowledged(const struct channel *channel);
/* Smoothed, in ms; -1: not measured yet. */
int channel_round_trip(const struct channel *channel);
struct instant channel_deadline(const struct channel *channel);
/* -ETIMEDOUT: the peer is dead. */
int channel_timeout(struct channel *channel, struct instant now);

#endif
