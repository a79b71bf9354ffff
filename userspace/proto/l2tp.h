/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of L2TPv2 (RFC 2661) and why a tunnel or call ended. */
#ifndef PROTO_L2TP_H
#define PROTO_L2TP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	L2TP_PORT = 1701,
	L2TP_VERSION = 2,
};

/* RFC 2661 3.1, first 16 bits of the header */
enum l2tp_flags {
	L2TP_FLAG_TYPE = 0x8000,
	L2TP_FLAG_LENGTH = 0x4000,
	L2TP_FLAG_SEQUENCE = 0x0800,
	L2TP_FLAG_OFFSET = 0x0200,
	L2TP_FLAG_PRIORITY = 0x0100,
	L2TP_MASK_VERSION = 0x000F,
};

enum l2tp_message {
	L2TP_SCCRQ = 1,
	L2TP_SCCRP = 2,
	L2TP_SCCCN = 3,
	L2TP_STOPCCN = 4,
	L2TP_HELLO = 6,
	L2TP_OCRQ = 7,
	L2TP_OCRP = 8,
	L2TP_OCCN = 9,
	L2TP_ICRQ = 10,
	L2TP_ICRP = 11,
	L2TP_ICCN = 12,
	L2TP_CDN = 14,
	L2TP_WEN = 15,
	L2TP_SLI = 16,
};

/* Result codes of StopCCN (RFC 2661 4.4.2) */
enum stopccn_result {
	STOPCCN_CLEAR = 1,
	STOPCCN_ERROR = 2,
	STOPCCN_EXISTS = 3,
	STOPCCN_UNAUTHORISED = 4,
	STOPCCN_VERSION = 5,
	STOPCCN_SHUTDOWN = 6,
	STOPCCN_FSM = 7,
};

/* 0 is reserved; peers send it when they have no result. */
static inline bool stopccn_is_clear(uint16_t result)
{
	return result <= STOPCCN_CLEAR;
}

/* Result codes of CDN */
enum cdn_result {
	CDN_CARRIER = 1,
	CDN_ERROR = 2,
	CDN_ADMIN = 3,
	CDN_TEMPORARY = 4,
	CDN_PERMANENT = 5,
	CDN_DESTINATION = 6,
	CDN_TIMEOUT = 10,
};

/* General error codes, used with result 2 */
enum l2tp_error {
	L2TP_ERROR_NONE = 0,
	L2TP_ERROR_NO_CONTROL = 1,
	L2TP_ERROR_LENGTH = 2,
	L2TP_ERROR_VALUE = 3,
	L2TP_ERROR_RESOURCES = 4,
	L2TP_ERROR_SESSION = 5,
	L2TP_ERROR_VENDOR = 6,
	L2TP_ERROR_TRY_ANOTHER = 7,
	L2TP_ERROR_UNKNOWN_AVP = 8,
	L2TP_ERROR_NEXT_HOP = 10, /* tunnel switching */
};

/* RFC 3145 PPP Disconnect Cause Code (AVP 46) */
struct disconnect_cause {
	bool set;
	uint16_t code;
	uint16_t protocol;
	uint8_t direction;
};

/* Q.931 Cause Code (AVP 12), as a bearer network gave it */
struct q931_cause {
	bool set;
	uint16_t code;
	uint8_t message;
	char text[48]; /* printable, terminated; "" = none */
};

/* Octets that are kept of an AVP's error message. */
enum { AVP_TEXT_MAX = 255 };

/* Why a tunnel or session ended: the Result Code AVP and related ones. */
struct l2tp_result {
	uint16_t result; /* any number: a peer's is kept as it came */
	uint16_t error; /* sent if not 0, or with text, or... */
	bool has_error; /* ...if this says so, as the peer did */
	char text[96]; /* printable, terminated; "" = none */
	struct disconnect_cause cause; /* CDN only... */
	BYTES(AVP_TEXT_MAX) cause_text; /* ...and its message, as it came */
	struct q931_cause q931; /* CDN only */
};

/* A control message: the only legal header, 12 octets, and its AVPs. */
enum { L2TP_CONTROL_HEADER = 12 };
struct l2tp_control {
	uint16_t tunnel;
	uint16_t session;
	uint16_t ns;
	uint16_t nr;
	struct view body; /* empty: only an acknowledgement (ZLB) */
};
/* -EBADMSG: drop silently. */
int l2tp_control_read(struct view datagram, struct l2tp_control *out);
/* Builds the header for the body that is there; -EMSGSIZE. */
int l2tp_control_build(struct builder *b, const struct l2tp_control *control);

/* A data header as the slow path reads it. */
struct l2tp_data {
	uint16_t tunnel;
	uint16_t session;
	bool numbered; /* with the S bit, and... */
	uint16_t ns;
	struct view payload; /* the PPP frame as it came */
};
/*
 * Reads a data message (RFC 2661 3.1: L, S, O bits in all forms).
 * -EBADMSG: malformed or not a data message; -E2BIG: offset pad above limit.
 */
int l2tp_data_read(struct view datagram, uint16_t offset_limit,
		   struct l2tp_data *out);
/* What a data message that we send has in its header. */
struct l2tp_data_form {
	uint16_t tunnel; /* the peer's ids */
	uint16_t session;
	bool length_bit;
	bool numbered; /* with the S bit, and Nr 0 */
	uint16_t ns;
};
/* The header in front of `len` octets of PPP frame; -EMSGSIZE. */
int l2tp_data_head(struct builder *b, const struct l2tp_data_form *form,
		   size_t len);
/* Builds header and payload; -EMSGSIZE. */
int l2tp_data_build(struct builder *b, const struct l2tp_data_form *form,
		    struct view payload);

/* "SCCRQ" and so on; "message 99" is "?" */
const char *l2tp_message_name(uint16_t type);

#endif
