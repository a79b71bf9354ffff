/* SPDX-License-Identifier: GPL-2.0-only */
/* PAP, the side that asks for the password (RFC 1334 section 2). */
#ifndef PROTO_PAP_H
#define PROTO_PAP_H

#include "base/buf.h"

enum pap_code {
	PAP_REQUEST = 1,
	PAP_ACK = 2,
	PAP_NAK = 3,
};

struct pap_request {
	uint8_t id;
	struct view name; /* Peer-ID */
	struct view password;
};
/* -EBADMSG: malformed; -EPROTO: not an Authenticate-Request. */
int pap_request_read(struct view info, struct pap_request *out);
/* An Ack or Nak; the message is cut at 255 octets. */
void pap_reply_build(struct builder *b, enum pap_code code, uint8_t id,
		     const char *message);

#endif
