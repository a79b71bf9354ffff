/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call: one subscriber, an access leg joined to a core leg.  The role is what
 * its two legs are:
 *
 *            access   core
 *     lac    PPPoE    L2TP
 *     lts    L2TP     L2TP
 *     lns    L2TP     IP
 *     pta    PPPoE    IP
 *
 * call.c         life: begin, join, end, what each leg looks like
 * call_ppp.c     the PPP link, and the domain map's decision
 * redial.c       subscribers who dial again
 * call_l2tp.c    sessions: as LNS on the access side, as LAC on the core side
 * call_line.c    AVPs about the subscriber's line for the LNS
 */
#ifndef SWITCH_CALL_H
#define SWITCH_CALL_H

#include "proto/ppp.h"
#include "proto/pppoe.h"
#include "proto/tunnel.h"
#include "switch/cause.h"
#include "switch/destination.h"
#include "switch/node.h"

enum call_state {
	CALL_SETUP, /* the subscriber's side is being negotiated */
	CALL_TUNNELLING, /* waits for the tunnel or session of its core */
	CALL_UP, /* legs are joined, data flows */
	CALL_CLOSING, /* PPP says goodbye */
	CALL_ENDED,
};

/* One side of a call: what it is made of, besides its leg. */
struct call_leg {
	enum leg_kind kind; /* LEG_NONE: not there yet */
	uint32_t slot; /* valid if kind is set */
	bool installed; /* the data plane knows it */

	/* LEG_PPPOE */
	struct access_port *port;
	struct pppoe_client client;
	uint16_t pppoe_session;
	uint16_t max_payload; /* 1492, or what the port or RFC 4638 says */
	/* TR-101: where the access node saw the line; printed, "": none */
	char circuit_id[64];
	char remote_id[64];

	/* LEG_L2TP */
	struct tunnel_entry *entry;
	struct session *session; /* NULL when it is closed */
	uint16_t l2tp_session; /* ours */
	bool tunnel_is_new; /* it was opened for this session */
	bool sequenced; /* data is numbered both ways */
	bool follows; /* or ours as the peer's is, from message to message */
	uint16_t ns; /* next in software, while the legs are not joined */

	/* LEG_IP */
	struct in_addr address;
	struct pool_entry *pool; /* NULL: a single host's slot */
	uint16_t route_mtu; /* of the kernel's route of its own; 0: none */
};

struct call {
	struct list link; /* node->calls, or node->dead_calls */
	struct table_link by_id; /* node->calls_by_id */
	struct node *node;
	uint32_t id;
	enum call_state state;
	enum cause closing; /* what PPP's goodbye will end it with */
	struct call_leg access;
	struct call_leg core;

	struct ppp *ppp; /* NULL: PPP is not ours (any more) */
	enum ppp_phase phase; /* as last seen */
	uint64_t echo_mismatches; /* as last counted */
	uint32_t interface; /* number of ppp<N>; 0 = none */
	struct alarm alarm;
	const struct conf_host *host; /* access L2TP: the LAC's profile */
	const struct conf_domain *domain;
	unsigned int attempt; /* index in domain->tunnels: the one in use */
	uint8_t tried; /* of domain->tunnels, one bit each */
	uint8_t tried_again; /* those whose tunnel ended under the call */
	struct list waiting; /* tunnel_entry->waiting: the core is not up yet */
	char user[128]; /* printed, and perhaps cut: for people only */
	BYTES(255) name; /* as PPP was told it */
	struct icrq *icrq; /* access L2TP: to be passed on */
	struct iccn *iccn;
	struct ppp_addresses ip4;
	bool network_up;
	uint64_t packets_at_join; /* up, when the network was up last */
	struct conf_rates rates;
	bool rates_ordered; /* by command: no profile changes them */
	uint32_t burst_up, burst_down; /* in force, in octets */
	bool blocked; /* suspended: no data flows */
	const struct conf_user *account; /* whose routes these are, or NULL */
	uint32_t routes; /* one bit for each of the account's that leads here */
	uint32_t serial;
	struct instant since;
	struct instant up_since;
	/* over PPPoE, see access.c */
	struct group_link by_client; /* node->clients */
	struct group_link dialling; /* node->dialling, while in LCP */
	struct table_link by_padr; /* node->padrs, if padr is set */
	uint64_t padr; /* hash of what asked for it; 0: nothing did */
	/* of a subscriber who is let in, see redial.c */
	struct group_link by_user; /* node->subscribers */
	struct call *heir; /* waits for what a probe of this call finds... */
	struct call *rival; /* ...and this one for that one */
	struct pool_entry *wants; /* it waits for an address of this pool */
	struct in_addr wish; /* an older call's, 0.0.0.0: any */
	struct alarm resume; /* something is known */
	struct instant waits_since; /* NEVER: it does not wait */
	struct instant alive_at; /* a probe was answered last */
	bool probing;
	struct l2tp_result peer_result; /* CDN received, passed on by an LTS */
	bool has_peer_result;
	bool result_received; /* it is a peer's, not made up for one */
};

/* ---- call.c -------------------------------------------------------------- */

/* A call without legs; NULL: no memory. */
struct call *call_new(struct node *node);
void call_set_state(struct call *call, enum call_state state, const char *why);
/* Tells the data plane of the access leg: frames that match are punted. */
int call_access_install(struct call *call);
/* Joins the legs; they must be complete. */
int call_join(struct call *call);
void call_suspend(struct call *call);
/* Removes the core leg, so that the call can go on with another one. */
void call_release_core(struct call *call, enum cause cause);
/*
 * Ends a call whatever its state: forwarding goes first, then sessions, PADT,
 * ids, address.  The memory is freed after the current event (node->dead_calls).
 */
void call_end(struct call *call, enum cause cause);
/* On an operator's request: terminates PPP if it ends here, then call_end. */
void call_disconnect(struct call *call, enum cause cause);
/*
 * Frees the calls and tunnels that ended: to be called after every event, from
 * outside of all of them.
 */
void call_reap(struct node *node);
struct call *call_find(struct node *node, uint32_t id);
const char *call_role(const struct call *call);
const char *call_state_name(enum call_state state);
/* Whether data to the peer of this L2TP leg is numbered, and its next Ns. */
bool call_numbers(const struct call *call, const struct call_leg *leg);
uint16_t call_next_ns(struct call *call, const struct call_leg *leg);
void call_set_slot(struct call *call, struct call_leg *leg, uint32_t slot);

/* ---- call_ppp.c ---------------------------------------------------------- */

/* Makes the PPP interface; LCP does not start yet. */
int call_ppp_new(struct call *call);
/* Starts LCP, from the LAC's proxy data if iccn is there. */
void call_ppp_start(struct call *call);
/* A PPP packet of the subscriber that is for us. */
void call_ppp_input(struct call *call, uint16_t protocol, struct view info);
/* Sends a PPP frame out of one of the call's legs, in software. */
void call_send_leg(struct call *call, const struct call_leg *leg,
		   uint16_t protocol, struct view info);
/* After every use of call->ppp: timers, phase changes. */
void call_ppp_settle(struct call *call);
void call_ppp_stop(struct call *call);
/* An address of a pool, 0.0.0.0 any, becomes the core; -EBUSY, -ENOSPC. */
int call_take_address(struct call *call, struct pool_entry *pool,
		      struct in_addr address);
/*
 * The subscriber is authenticated: gets them an address, or waits for one and
 * is called again, or refuses them.
 */
void call_admit(struct call *call);

/* ---- call_l2tp.c --------------------------------------------------------- */

/* tunnel_ops.incoming: an ICRQ came. */
int call_incoming(struct tunnel_entry *entry, struct session *session,
		  const struct icrq *icrq, struct session_accept *accept,
		  struct l2tp_result *why);
/* Opens the core session in the first tunnel of the domain that works. */
void call_tunnel(struct call *call);
/*
 * Calls that wait for a tunnel that does not answer (entry->waiting) go
 * elsewhere: those that have an alternative, or all of them, `back` to the same
 * destination, which has answered in another tunnel.
 */
void calls_move(struct tunnel_entry *entry, bool back);
void call_close_session(struct call_leg *leg, const struct l2tp_result *why);

/* ---- call_line.c --------------------------------------------------------- */

enum { CALL_NUMBER_MAX = 256 }; /* octets, with the one that ends it */
struct call_numbers {
	char called[CALL_NUMBER_MAX];
	char calling[CALL_NUMBER_MAX];
};
/*
 * The numbers of a PPPoE subscriber, as this tunnel wants them; they lie in
 * *room.  An empty one is not sent.
 */
void call_line_numbers(const struct call *call, const struct conf_tunnel *conf,
		       struct call_numbers *room, struct icrq *icrq);
/* The connect speeds, if they are not there already. */
void call_line_speeds(const struct call *call, struct iccn *iccn);

#endif
