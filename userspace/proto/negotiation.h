/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What LCP and the NCPs have in common (RFC 1661 sections 5 and 6.0): packets
 * with code, identifier and length, option lists, and the rules for Ack, Nak
 * and Reject, driven by a table of options.  It runs the automaton; the
 * protocol itself says what each option means.
 */
#ifndef PROTO_NEGOTIATION_H
#define PROTO_NEGOTIATION_H

#include "base/buf.h"
#include "proto/fsm.h"

enum ppp_code {
	CODE_CONFIGURE_REQUEST = 1,
	CODE_CONFIGURE_ACK = 2,
	CODE_CONFIGURE_NAK = 3,
	CODE_CONFIGURE_REJECT = 4,
	CODE_TERMINATE_REQUEST = 5,
	CODE_TERMINATE_ACK = 6,
	CODE_CODE_REJECT = 7,
	/* the rest is LCP's only */
	CODE_PROTOCOL_REJECT = 8,
	CODE_ECHO_REQUEST = 9,
	CODE_ECHO_REPLY = 10,
	CODE_DISCARD_REQUEST = 11,
	CODE_IDENTIFICATION = 12, /* RFC 1570 */
	CODE_TIME_REMAINING = 13,
};

enum {
	PACKET_HEADER = 4,
	PACKET_MAX = 4642, /* what we ever build: 4638 (RFC 4638) + header */
	OPTIONS_MAX = 128, /* lists we send or agree to */
	OPTIONS_FIRST_MAX = 256, /* list that is only remembered */
};

struct packet {
	uint8_t code;
	uint8_t id;
	struct view body; /* Length - 4 octets; padding is left off */
	struct view whole; /* from Code, without padding */
};
/* -EBADMSG: too short, or Length does not fit. */
int packet_read(struct view info, struct packet *out);

/* Builds one packet of code, id and two parts; cut to fit `limit` octets. */
struct view packet_build(uint8_t room[PACKET_MAX], size_t limit, uint8_t code,
			 uint8_t id, struct view first, struct view rest);

struct option {
	uint8_t type;
	struct view value;
	struct view whole; /* with type and length */
};
/* 1: there was one; 0: the list is at its end; -EBADMSG: malformed. */
int option_read(struct reader *r, struct option *out);
/* Whether a list can be read to its end. */
bool options_well_formed(struct view options);
void option_build(struct builder *b, uint8_t type, const void *value,
		  size_t len);
void option_build_u32(struct builder *b, uint8_t type, uint32_t value);

enum verdict {
	VERDICT_ACK,
	VERDICT_NAK, /* the wished option was built */
	VERDICT_REJECT,
};

/*
 * An option of a protocol.  owner is the protocol's record; a function that is
 * NULL has nothing to do (judge NULL: always Reject).
 */
struct option_row {
	uint8_t type;
	uint8_t len; /* with type and length, 0 = any; else: Reject */
	const char *name;
	/* The peer asks for it; on Nak builds the wish. */
	enum verdict (*judge)(void *owner, struct view value,
			      struct builder *nak);
	/* The peer did not ask for it: may build a wish. */
	void (*wish)(void *owner, struct builder *nak);
	/* Puts it into our request, if wanted. */
	void (*ask)(void *owner, struct builder *request);
	/* The peer wants another value in our request, or none. */
	void (*naked)(void *owner, struct view value);
	void (*refused)(void *owner);
};

struct negotiation_ops {
	void (*send)(void *owner, struct view packet);
	/* FSM_TLU, FSM_TLD, FSM_TLF */
	void (*layer)(void *owner, enum fsm_action action, struct instant now);
	/* The peer's request begins: what it asks for is the default now. */
	void (*begin)(void *owner);
	/*
	 * The peer's request is good: what it asks for is valid now.  False:
	 * it will never be good enough, the owner gives up.
	 */
	bool (*agreed)(void *owner);
	/* The peer sent Terminate-Request, the automaton has had it. */
	void (*terminated)(void *owner);
	/*
	 * A code above 7.  0; -ENOSYS: not one of the protocol's; other
	 * errors: drop the packet.
	 */
	int (*code)(void *owner, const struct packet *packet,
		    struct instant now);
	/* Code-Reject of a code above 7. */
	void (*code_rejected)(void *owner, uint8_t code);
};

struct negotiation {
	struct fsm fsm;
	void *owner;
	const struct negotiation_ops *ops;
	const struct option_row *rows; /* NULL-name row ends the table */
	uint8_t max_failure;
	uint8_t naks; /* sent without an Ack between */
	bool exhausted; /* Naks have become Rejects */
	bool heard; /* a well-formed packet came */
	bool answered; /* our last request has its answer */
	bool mistaken; /* it was acknowledged with another's options */
	uint8_t request_id; /* of our last Configure-Request */
	uint8_t next_id; /* for all other packets of ours */
	size_t peer_mru; /* nothing longer is sent */
	BYTES(OPTIONS_MAX) last_sent;
	BYTES(OPTIONS_MAX) last_received; /* the last we acknowledged */
	BYTES(OPTIONS_FIRST_MAX) first_received;
	uint8_t acked_id; /* Identifier of last_received */
	bool acked; /* there is one */
	bool acked_by_lac; /* which has not told the Identifier */
	bool confirmed; /* the peer has shown that it got our Ack */
	uint8_t repeats; /* of it, since the layer is open */
	bool first_seen;
	bool has_first; /* it was not too long to remember */
	/* while an event runs: the packet it is about, and our answer */
	const struct packet *packet;
	uint8_t answer_code;
	struct view answer;
};

/* Fills fsm.ctx and the rest; the fsm's config and names come from outside. */
void negotiation_init(struct negotiation *n, void *owner,
		      const struct negotiation_ops *ops,
		      const struct option_row *rows, uint8_t max_failure);
/* 0, or -EBADMSG (malformed) / -EPROTO (does not belong): drop and count. */
int negotiation_input(struct negotiation *n, struct view info,
		      struct instant now);
/*
 * The peer has sent something that shows that its side is open: from now on
 * even a copy of the request that we acknowledged last is a new request.
 */
void negotiation_confirm(struct negotiation *n);
void negotiation_send(struct negotiation *n, uint8_t code, uint8_t id,
		      struct view first, struct view rest);

#endif
