/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPPoE (RFC 2516): reading and building frames, and the access concentrator's
 * answers to discovery, which keep no state: the AC-Cookie proves that the
 * client is where it says it is.
 */
#ifndef PROTO_PPPOE_H
#define PROTO_PPPOE_H

#include "base/buf.h"
#include "base/ids.h"
#include "base/instant.h"
#include "vlan.h"

enum {
	ETHER_PPPOE_DISCOVERY = 0x8863,
	ETHER_PPPOE_SESSION = 0x8864,
	ETHER_VLAN = VLAN_TYPE,
	ETHER_QINQ = VLAN_TYPE_AD,
};

enum pppoe_code {
	PPPOE_SESSION = 0x00,
	PPPOE_PADO = 0x07,
	PPPOE_PADI = 0x09,
	PPPOE_PADR = 0x19,
	PPPOE_PADS = 0x65,
	PPPOE_PADT = 0xA7,
};

/* A VLAN tag as it stood in a frame. */
struct vlan_tag {
	uint16_t type; /* 0: there is none */
	uint16_t tci;
};

/* Where a client is on the access side. */
struct pppoe_client {
	uint32_t ifindex;
	uint8_t mac[6];
	uint8_t vlans; /* tags, 0..2 */
	uint16_t vlan[2]; /* ids, outer first; 0 where not used */
	/* of the outer tag, ETHER_VLAN or ETHER_QINQ: how to answer, not who */
	uint16_t outer_type;
};

struct pppoe_frame {
	uint8_t destination[6];
	uint8_t source[6];
	uint8_t vlans;
	uint16_t vlan[2];
	uint16_t outer_type; /* as in pppoe_client */
	uint16_t ethertype; /* of PPPoE */
	uint8_t code;
	uint16_t session;
	struct view payload; /* LENGTH octets: tags, or a PPP frame */
};
/*
 * Reads an Ethernet frame with the tags that vlan.h allows.  stripped: one that
 * the kernel took out of the frame.
 * -EBADMSG: not PPPoE version 1 type 1, or lengths that do not add up.
 */
int pppoe_read(struct view ethernet, struct vlan_tag stripped,
	       struct pppoe_frame *out);

/* Begins a frame to a client; *length_at is for pppoe_end. */
void pppoe_begin(struct builder *b, const struct pppoe_client *to,
		 const uint8_t source[6], uint8_t priority, uint16_t ethertype,
		 uint8_t code, uint16_t session, size_t *length_at);
void pppoe_end(struct builder *b, size_t length_at);
/* A PADT with an optional Generic-Error text ("" = none). */
void pppoe_padt(struct builder *b, const struct pppoe_client *to,
		const uint8_t source[6], uint16_t session, const char *error);

/*
 * Answers a frame of a session that does not exist (any more) with a PADT to
 * its sender.  False: no answer, as the frame is not for this address, its
 * session id is invalid, or its sender is invalid or this node.
 */
bool pppoe_padt_unknown(struct builder *b, const struct pppoe_frame *frame,
			const uint8_t mac[6]);

/* What a discovery frame carries; views into the frame. */
struct pppoe_tags {
	bool has_service, has_host_uniq, has_relay, has_max_payload;
	struct view service;
	struct view host_uniq;
	struct view cookie;
	struct view relay;
	uint16_t max_payload;
	struct view circuit_id; /* TR-101 access line, empty: none */
	struct view remote_id;
};
/* -EBADMSG: a tag overruns, or not exactly one Service-Name. */
int pppoe_tags_read(struct view payload, struct pppoe_tags *out);

enum {
	PPPOE_PAYLOAD = 1492, /* RFC 2516; above it, RFC 4638 */
};

struct pppoe_ac {
	char name[64]; /* AC-Name */
	/* service names that are served; none and any_service: all */
	char services[8][64];
	unsigned int service_count;
	bool any_service;
	uint16_t max_payload; /* that the port carries */
	uint8_t priority; /* 802.1p of answers on tagged frames */
	uint8_t cookie_key[32];
};

/*
 * Answers a PADI with a PADO in *reply.  -ENOENT: service not served, say
 * nothing; -EBADMSG: malformed, say nothing.
 */
int pppoe_ac_padi(const struct pppoe_ac *ac, const struct pppoe_frame *padi,
		  const struct pppoe_client *client, const uint8_t mac[6],
		  struct builder *reply, struct instant now);
/*
 * Checks a PADR.  0: a session may be made, answer with pppoe_ac_pads;
 * -ENOENT: *reply is a PADS with Service-Name-Error; -EACCES: bad or missing
 * cookie, say nothing; -EBADMSG: malformed, say nothing.
 */
int pppoe_ac_padr(const struct pppoe_ac *ac, const struct pppoe_frame *padr,
		  const struct pppoe_client *client, const uint8_t mac[6],
		  struct pppoe_tags *tags, struct builder *reply,
		  struct instant now);
/* The largest PPP payload that holds with a client that sent these tags. */
uint16_t pppoe_ac_payload(const struct pppoe_ac *ac,
			  const struct pppoe_tags *tags);
/* The PADS; session 0: an AC-System-Error (no resources). */
void pppoe_ac_pads(const struct pppoe_ac *ac, const struct pppoe_tags *tags,
		   const struct pppoe_client *client, const uint8_t mac[6],
		   uint16_t session, struct builder *reply);

#endif
