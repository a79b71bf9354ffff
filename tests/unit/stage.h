/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole nodes without a network: up to four switches (actors) with the real
 * control plane, their maps on anonymous memory, and PPPoE clients (callers).
 * What they send each other lies in one queue and is delivered in order; time
 * moves only when told to.  There is no XDP, so all data takes the slow path.
 */
#ifndef UNIT_STAGE_H
#define UNIT_STAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "switch/call.h"

enum {
	STAGE_ACTORS = 4,
	STAGE_CALLERS = 8,
	STAGE_PORT = 7, /* ifindex of every actor's access port */
};

struct stage;

struct actor {
	struct stage *stage;
	struct node node;
	struct conf *conf;
	struct dataplane *dataplane;
	struct dataplane_fds fds;
	struct leg *legs;
	struct template *templates;
	struct tunnel_rx *tunnels;
	struct ip4_pool *pools;
	struct settings *settings;
	struct policer *policers;
	bool running;
	bool mute; /* nothing gets in or out */
	uint16_t mtu; /* of the access port; 0 = 1500 */
	uint8_t mac; /* the last octet of its MAC address; 0 = as at first */
	struct {
		struct in_addr address;
		uint8_t length;
		uint16_t mtu;
	} routes[256]; /* that the kernel would have */
	unsigned int route_count, route_base; /* base: those of the pools */
	int neighbours;
	unsigned int neighbour_drops; /* how often all were let go */
	struct keeper_port asked; /* the last port that the keeper was asked for */
	uint32_t asked_number; /* of the last request to it */
	char refused[32]; /* reason of the last event tunnel-refused */
	const char *listens; /* to events of this name; NULL: to none */
	unsigned int told; /* how many came */
};

/* A PPPoE client; it answers what it should unless told otherwise. */
struct caller {
	struct stage *stage;
	struct actor *ac;
	uint8_t mac[6];
	char user[256];
	char password[64];
	uint16_t mru; /* asked for; 0 = none */
	uint8_t vlans; /* tags it sends, and must see on what comes */
	uint16_t vlan[2], outer_type;
	uint16_t max_payload; /* RFC 4638, 0 = none */
	/* value of the Vendor-Specific tag that an access node adds */
	struct view line_tag;
	bool mute; /* neither hears nor speaks */
	bool deaf; /* speaks, but does not hear */
	bool no_ipcp; /* rejects IPCP */
	bool any_tag; /* the outer tag of what comes has any type */
	bool wrong_magic; /* in its Echo-Replies */
	bool stays; /* answers no Terminate-Request */
	const char *host_uniq; /* in PADI and PADR */

	uint16_t session; /* 0: none */
	bool refused; /* PADS without a session */
	bool dialling; /* waits for PADO and PADS */
	BYTES(32) cookie; /* of the PADO */
	uint16_t pads; /* session of the last PADS */
	unsigned int pads_count;
	uint16_t last_padt; /* session of the last PADT that came */
	unsigned int padt_count;
	uint8_t padt_source[6];
	unsigned int echoes; /* Echo-Requests that came in */
	bool lcp_ours, lcp_theirs, terminated, padt;
	bool auth_failed;
	uint16_t auth_protocol;
	uint16_t pado_payload, their_mru; /* that came; 0 = none */
	struct in_addr address;
	bool online; /* IPCP is open on our side */
	unsigned int lcp_requests; /* that came in */
	unsigned int auths; /* PAP requests sent */
};

struct letter;

struct stage {
	struct instant now;
	struct actor actors[STAGE_ACTORS];
	unsigned int actor_count;
	struct caller callers[STAGE_CALLERS];
	unsigned int caller_count;
	struct letter *first, **last;
	unsigned int letters;
	/* whether a control datagram is lost on its way; sees all of them */
	bool (*lose)(struct stage *stage, const struct actor *from,
		     struct view datagram);
	unsigned int lose_type; /* for lose_type() */
};

struct stage *stage_new(void);
/* Ends all actors, whatever state they are in. */
void stage_free(struct stage *stage);
/* An actor with this configuration (YAML); it begins with an access port. */
struct actor *stage_actor(struct stage *stage, const char *conf);
struct caller *stage_caller(struct stage *stage, struct actor *ac,
			    const char *user, const char *password);
/* Delivers what lies in the queue, and what that causes. */
void stage_deliver(struct stage *stage);
/* Moves the time on, ringing all that becomes due on the way. */
void stage_pass(struct stage *stage, uint64_t ms);
/* stage->lose: control messages of type stage->lose_type are lost. */
bool stage_lose_type(struct stage *stage, const struct actor *from,
		     struct view datagram);

/* A new engine on the maps and routes of the old one, which was killed. */
void actor_restart(struct actor *actor, const char *conf);
void actor_port(struct actor *actor, enum keeper_port_state state);
/* The one call there is. */
struct call *actor_call(struct actor *actor);
/* A control datagram of a peer that the test plays. */
void actor_control(struct actor *actor, struct address from,
		   struct address to, struct view datagram);
/* An operator's command, and what follows every event. */
void actor_disconnect(struct actor *actor, struct call *call);
void actor_close_tunnels(struct actor *actor);
/* Fails the test if anything of a call or tunnel is left. */
void actor_is_empty(struct actor *actor);
/* How the last call ended. */
const struct ended_call *actor_ended(const struct actor *actor);

/* Discovery, up to the first LCP packet and as far as it gets. */
void caller_dial(struct caller *caller);
/* The last PADR once more. */
void caller_repeat(struct caller *caller);
/* LCP once more, on the session there is. */
void caller_renegotiate(struct caller *caller);
/* The Authenticate-Request again, as after no answer. */
void caller_authenticate(struct caller *caller);
/* The last IPCP Configure-Request again, with the same Identifier. */
void caller_ask_address(struct caller *caller);
void caller_terminate(struct caller *caller);
void caller_padt(struct caller *caller);
/* An IPv4 packet to an address of the net. */

#endif
