/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attribute Value Pairs (RFC 2661 4): one table of those we know, a parser that
 * checks a whole list against it, and builders.  No state; the secret comes in
 * as an argument.
 */
#ifndef PROTO_AVP_H
#define PROTO_AVP_H

#include "base/buf.h"
#include "proto/l2tp.h"

enum avp_number {
	AVP_MESSAGE_TYPE = 0,
	AVP_RESULT_CODE = 1,
	AVP_PROTOCOL_VERSION = 2,
	AVP_FRAMING_CAPABILITIES = 3,
	AVP_BEARER_CAPABILITIES = 4,
	AVP_TIE_BREAKER = 5,
	AVP_FIRMWARE_REVISION = 6,
	AVP_HOST_NAME = 7,
	AVP_VENDOR_NAME = 8,
	AVP_ASSIGNED_TUNNEL = 9,
	AVP_RECEIVE_WINDOW = 10,
	AVP_CHALLENGE = 11,
	AVP_Q931_CAUSE = 12,
	AVP_CHALLENGE_RESPONSE = 13,
	AVP_ASSIGNED_SESSION = 14,
	AVP_CALL_SERIAL = 15,
	AVP_MINIMUM_BPS = 16,
	AVP_MAXIMUM_BPS = 17,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_CALLED_NUMBER = 21,
	AVP_CALLING_NUMBER = 22,
	AVP_SUB_ADDRESS = 23,
	AVP_TX_SPEED = 24,
	AVP_PHYSICAL_CHANNEL = 25,
	AVP_INITIAL_RECEIVED_CONFREQ = 26,
	AVP_LAST_SENT_CONFREQ = 27,
	AVP_LAST_RECEIVED_CONFREQ = 28,
	AVP_PROXY_AUTH_TYPE = 29,
	AVP_PROXY_AUTH_NAME = 30,
	AVP_PROXY_AUTH_CHALLENGE = 31,
	AVP_PROXY_AUTH_ID = 32,
	AVP_PROXY_AUTH_RESPONSE = 33,
	AVP_CALL_ERRORS = 34,
	AVP_ACCM = 35,
	AVP_RANDOM_VECTOR = 36,
	AVP_PRIVATE_GROUP = 37,
	AVP_RX_SPEED = 38,
	AVP_SEQUENCING_REQUIRED = 39,
	AVP_DISCONNECT_CAUSE = 46, /* RFC 3145 */
	AVP_ECN = 47, /* 103 on the wire (RFC 9601): far from the others */
	AVP_COUNT,
};

#define AVP_BIT(number) (1ull << (number))

enum {
	AVP_HEADER = 6,
	AVP_VALUE_MAX = 1017, /* the Length field has ten bits */
	AVP_VENDOR_3COM = 43, /* sent AVP 46 before it had an RFC */
};

/* What is wrong with a list, in the order of what we answer to it. */
enum avp_fault {
	AVP_FINE,
	AVP_FAULT_LENGTH, /* a value of the wrong size, or a list that overruns */
	AVP_FAULT_VALUE, /* out of range, or hidden in a way that cannot be */
	AVP_FAULT_CIPHER, /* hidden, and our secret does not open it */
	AVP_FAULT_SECRET, /* hidden, and we have no secret */
	AVP_FAULT_UNKNOWN, /* mandatory and not known */
	AVP_FAULT_NO_TYPE, /* does not begin with a Message Type */
};

struct avp_problem {
	enum avp_fault fault;
	bool named; /* vendor and number of the AVP */
	uint16_t vendor;
	uint16_t number;
};

/* A list that was read; views point into the message or into the scratch. */
struct avps {
	bool has_type;
	bool type_mandatory; /* M bit of the Message Type */
	uint16_t type; /* enum l2tp_message, or any other */
	uint64_t has; /* AVP_BIT of what has a usable value */
	uint64_t bad; /* AVP_BIT of what was there, unusable, with M = 0 */
	unsigned int ignored; /* not for us, out of place or repeated */
	uint16_t first_vendor; /* the first of the bad and ignored ones */
	uint16_t first_number;
	enum avp_fault hidden; /* AVP_FAULT_CIPHER or _SECRET of any, or fine */
	struct view value[AVP_COUNT];
	struct avp_problem problem; /* the first that may not be ignored */
};

/*
 * Reads a whole list.  secret may be empty: then hidden AVPs are unreadable.
 * Revealed values are built in scratch; those that do not fit are unreadable.
 */
void avps_read(struct view body, struct view secret, struct builder *scratch,
	       struct avps *out);
static inline bool avps_has(const struct avps *avps, enum avp_number number)
{
	return avps->has & AVP_BIT(number);
}
/*
 * What a log line says of AVPs that were left out: "1 unusable and 2 other AVPs,
 * the first is 9/1" (vendor and number); "" if there was none.
 */
enum { AVPS_IGNORED_TEXT = 128 };
const char *avps_ignored_text(const struct avps *avps,
			      char out[AVPS_IGNORED_TEXT]);
/* The value of an AVP, 0 or empty when it is not there. */
uint16_t avps_u16(const struct avps *avps, enum avp_number number);
uint32_t avps_u32(const struct avps *avps, enum avp_number number);
uint64_t avps_u64(const struct avps *avps, enum avp_number number);
/* Result 2 with the error and text for a problem; fault is not AVP_FINE. */
void avp_problem_result(const struct avp_problem *problem,
			struct l2tp_result *out);
/* Whether a required AVP is missing, and the answer to that. */
bool avps_missing(const struct avps *avps, uint64_t required,
		  struct l2tp_result *why);

/* M and the number come from the table; too long a value sets b->full. */
void avp_build(struct builder *b, enum avp_number number, struct view value);
void avp_build_u16(struct builder *b, enum avp_number number, uint16_t value);
void avp_build_u32(struct builder *b, enum avp_number number, uint32_t value);
/* How to hide; the Random Vector AVP is to be built before. */
struct avp_hiding {
	struct view secret; /* empty: do not hide */
	struct view vector;
	struct view padding;
};
void avp_build_hidden(struct builder *b, enum avp_number number,
		      struct view value, const struct avp_hiding *hiding);

/*
 * RFC 2661 4.3.  hide builds the value field, reveal the original value in
 * scratch; -EBADMSG: does not decrypt to something that fits.
 */
void avp_hide(struct builder *b, uint16_t number, struct view value,
	      const struct avp_hiding *hiding);
int avp_reveal(struct view hidden, uint16_t number, struct view secret,
	       struct view vector, struct builder *scratch, struct view *value);

#endif
