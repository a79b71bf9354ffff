/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The option negotiation automaton of RFC 1661 section 4, as its table, with
 * the restart timer and counter.  LCP and every NCP run one.  It knows no
 * packets: the owner turns packets into events and actions into packets.
 */
#ifndef PROTO_FSM_H
#define PROTO_FSM_H

#include "base/instant.h"

enum fsm_state {
	FSM_INITIAL,
	FSM_STARTING,
	FSM_CLOSED,
	FSM_STOPPED,
	FSM_CLOSING,
	FSM_STOPPING,
	FSM_REQ_SENT,
	FSM_ACK_RCVD,
	FSM_ACK_SENT,
	FSM_OPENED,
	FSM_STATES,
};

enum fsm_event {
	FSM_UP, /* the lower layer is ready */
	FSM_DOWN,
	FSM_OPEN, /* the owner wants the layer up */
	FSM_CLOSE,
	FSM_TIMEOUT_MORE, /* TO+: restart timer, counter above 0 */
	FSM_TIMEOUT_LAST, /* TO-: restart timer, counter 0 */
	FSM_REQUEST_GOOD, /* RCR+ */
	FSM_REQUEST_BAD, /* RCR- */
	FSM_ACK, /* RCA */
	FSM_NAK, /* RCN: Nak or Reject */
	FSM_TERMINATE, /* RTR */
	FSM_TERMINATE_ACK, /* RTA */
	FSM_UNKNOWN_CODE, /* RUC */
	FSM_REJECT_GOOD, /* RXJ+: of something we can do without */
	FSM_REJECT_BAD, /* RXJ-: of something essential */
	FSM_ECHO, /* RXR */
	FSM_EVENTS,
};

/* Done in the order of these bits; what may call back comes last. */
enum fsm_action {
	FSM_TLD = 1 << 0, /* this layer down */
	FSM_IRC = 1 << 1, /* initialise restart counter (done inside) */
	FSM_ZRC = 1 << 2, /* zero restart counter (done inside) */
	FSM_SCR = 1 << 3, /* send Configure-Request */
	FSM_SCA = 1 << 4, /* send Configure-Ack */
	FSM_SCN = 1 << 5, /* send Configure-Nak or -Reject */
	FSM_STR = 1 << 6, /* send Terminate-Request */
	FSM_STA = 1 << 7, /* send Terminate-Ack */
	FSM_SCJ = 1 << 8, /* send Code-Reject */
	FSM_SER = 1 << 9, /* send Echo-Reply */
	FSM_TLS = 1 << 10, /* this layer started */
	FSM_TLU = 1 << 11, /* this layer up */
	FSM_TLF = 1 << 12, /* this layer finished */
	FSM_ACTION_END = 1 << 13,
};

struct fsm_cell {
	uint16_t actions; /* of enum fsm_action */
	uint8_t next; /* enum fsm_state */
	bool legal;
};

/* The table, for whoever wants to compare it with the RFC. */
const struct fsm_cell *fsm_cell(enum fsm_event event, enum fsm_state state);

struct fsm_config {
	uint32_t restart_ms;
	uint8_t max_configure;
	uint8_t max_terminate;
};

struct fsm {
	enum fsm_state state;
	enum fsm_state from; /* state before the last event */
	enum fsm_event event; /* the last one */
	uint32_t events; /* counted, to see that one came within another */
	uint8_t left; /* restart counter */
	struct instant timer; /* restart timer */
	struct fsm_config config;
	/* log lines begin "subject: name " */
	const char *subject;
	const char *name;
	/*
	 * Does one action.  May call fsm_event: what the outer event still had
	 * to do is then dropped, the inner one has decided.
	 */
	void (*act)(void *ctx, enum fsm_action action, struct instant now);
	void *ctx;
};

void fsm_event(struct fsm *fsm, enum fsm_event event, struct instant now);
/* Opened without a packet: another did the negotiation (proxy LCP). */
void fsm_adopt(struct fsm *fsm);
/* Stops for good, without actions: nobody is there any more. */
void fsm_stop(struct fsm *fsm);
/* To be called when fsm->timer is due. */
void fsm_timeout(struct fsm *fsm, struct instant now);
const char *fsm_state_name(enum fsm_state state); /* "Req-Sent" */

#endif
