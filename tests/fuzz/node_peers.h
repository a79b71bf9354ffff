/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Those on the other ends of a node: PPPoE clients, LACs and LNSes with their
 * sessions, each session with a PPP end.  They remember what a peer has to
 * know of what the node sent (cookies, ids, challenges, requests), and build
 * good messages of it.  Nothing is sent unless asked for.
 */
#ifndef FUZZ_NODE_PEERS_H
#define FUZZ_NODE_PEERS_H

#include "node_world.h"

enum {
	CLIENTS = 4,
	TUNNELS = 6,
	SESSIONS = 3, /* of a tunnel */
	LINES = CLIENTS + TUNNELS * SESSIONS,
	USERS = 8,
};

/* What the node said last in PPP. */
struct ppp_told {
	uint8_t lcp_id, chap_id, ipcp_id, echo_id;
	BYTES(512) lcp; /* options of its Configure-Request */
	BYTES(255) chap; /* challenge */
	BYTES(64) ipcp;
	uint8_t address[4]; /* that it told us to take */
};

struct client {
	uint16_t session; /* 0: none */
	BYTES(128) cookie;
	struct ppp_told ppp;
};

struct far_session {
	uint16_t own; /* 0: none */
	uint16_t theirs; /* 0: not known yet */
	struct ppp_told ppp;
};

struct far_tunnel {
	struct address peer;
	uint16_t port;
	uint16_t own; /* 0: none */
	uint16_t theirs;
	uint16_t ns, nr;
	BYTES(255) challenge;
	struct far_session sessions[SESSIONS];
};

struct peers {
	struct world *world;
	struct client clients[CLIENTS];
	struct far_tunnel tunnels[TUNNELS];
	uint16_t last_id;
	uint8_t last_packet; /* id of PPP packets */
};

/* Begins the world as well. */
void peers_begin(struct peers *p, struct world *world);

/* ---- PPPoE --------------------------------------------------------------- */

void client_discovery(struct peers *p, unsigned int client, uint8_t code,
		      uint16_t session, struct view tags);
void client_padi(struct peers *p, unsigned int client, struct view more);
/* With the cookie of the last PADO. */
void client_padr(struct peers *p, unsigned int client, struct view more);
void client_padt(struct peers *p, unsigned int client);

/* ---- PPP ----------------------------------------------------------------- */

/* A PPP frame in one of the sessions; false: it is not there. */
bool line_send(struct peers *p, unsigned int line, uint16_t protocol,
	       struct view info);
/* The same with code, id and length in front. */
enum { ID_NEW = -1, ID_ASKED = -2 /* as in its last request */ };
bool line_packet(struct peers *p, unsigned int line, uint16_t protocol,
		 uint8_t code, int id, struct view body);
enum ppp_step {
	STEP_LCP_REQUEST,
	STEP_LCP_ACK,
	STEP_PAP,
	STEP_CHAP,
	STEP_IPCP_REQUEST, /* for the address it told us */
	STEP_IPCP_ACK,
	STEP_ECHO_REPLY,
	STEP_LCP_TERMINATE,
	STEP_LCP_TERMINATE_ACK,
	STEP_IPCP_TERMINATE,
	STEP_ECHO,
	STEP_PACKET, /* IPv4 */
	STEP_LCP_LOOP, /* its own request comes back */
	STEP_IPCP_DNS,
	PPP_STEPS,
};
/* user: which one, and with 0x80 with a wrong password */
void line_step(struct peers *p, unsigned int line, enum ppp_step step,
	       uint8_t user);
/* All that is needed for the network to be up. */
void line_up(struct peers *p, unsigned int line, uint8_t user);

/* ---- L2TP ---------------------------------------------------------------- */

/*
 * A message with this type and body; its numbers are right, and then moved by
 * so much.  session < 0: of the tunnel.
 */
void tunnel_say(struct peers *p, unsigned int tunnel, int session,
		uint16_t type, struct view body, int ns, int nr);
/* A good one, with `more` behind what it needs; `how` varies it. */
void tunnel_step(struct peers *p, unsigned int tunnel, unsigned int session,
		 uint16_t type, uint8_t how, struct view more);
void tunnel_ack(struct peers *p, unsigned int tunnel);

#endif
