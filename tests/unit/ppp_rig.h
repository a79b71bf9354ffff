/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PPP link whose client is the test: packets are put in and expected out as
 * hexadecimal text, protocol first; time stands still until it is moved.
 * Random octets are 01 02 03 ... from each rig_new on.
 */
#ifndef PPP_RIG_H
#define PPP_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/ppp.h"

enum rig_answer { RIG_WAIT, RIG_ACCEPT, RIG_REJECT, RIG_HAND_OVER };

struct rig_packet {
	uint16_t protocol;
	size_t len;
	uint8_t data[5000];
};

struct rig {
	struct ppp *ppp;
	struct instant now;
	enum rig_answer answer; /* to ops->identified */
	struct ppp_addresses ip4; /* given with RIG_ACCEPT */
	struct rig_packet sent[128];
	unsigned int sent_count, sent_seen;
	unsigned int drops; /* packets that had to be counted as dropped */
	unsigned int identified, networks_up, networks_down, ended;
	struct ppp_credentials who; /* views into `octets` */
	uint8_t octets[3][256];
	struct proxy proxy; /* of RIG_HAND_OVER */
	struct ppp_end end;
};

extern struct ppp_config rig_config; /* for rig_new; rig_reset sets defaults */
void rig_reset(void);
struct rig *rig_new(void);
void rig_free(struct rig *rig);
void rig_random(void *out, unsigned long len);

/* Reads hex text with blanks; returns octets written. */
size_t rig_octets(const char *hex, uint8_t *out, size_t cap);
/* A view of hex text, good for the next few calls. */
struct view rig_view(const char *hex);

void rig_start(struct rig *rig);
/* The client sends: "c021 01..." */
void rig_put(struct rig *rig, const char *hex);
/* Puts a packet that must change and answer nothing, and be counted. */
void rig_put_dropped(struct rig *rig, const char *hex);
/* The next packet sent must be this. */
void rig_expect(struct rig *rig, const char *hex);
/* Nothing more was sent. */
void rig_quiet(struct rig *rig);
/* Moves the time on, firing all that becomes due on the way. */
void rig_pass(struct rig *rig, uint64_t ms);

/* LCP up to Opened with the default configuration; output is consumed. */
void rig_lcp_open(struct rig *rig);
/* ...and through CHAP and IPCP. */
void rig_network_open(struct rig *rig);
void rig_ended(struct rig *rig, enum ppp_end_reason reason, uint16_t code,
	       uint16_t protocol, uint8_t direction);

#endif
