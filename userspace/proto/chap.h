/* SPDX-License-Identifier: GPL-2.0-only */
/* CHAP with MD5, the side that challenges (RFC 1994). */
#ifndef PROTO_CHAP_H
#define PROTO_CHAP_H

#include "base/buf.h"

enum chap_code {
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE = 2,
	CHAP_SUCCESS = 3,
	CHAP_FAILURE = 4,
};

enum {
	CHAP_MD5_LEN = 16,
	CHAP_CHALLENGE_LEN = 16,
};

struct chap_response {
	uint8_t id;
	struct view value; /* CHAP_MD5_LEN octets */
	struct view name; /* may be empty */
};
/* -EBADMSG: malformed, or no MD5 value; -EPROTO: not a Response. */
int chap_response_read(struct view info, struct chap_response *out);
void chap_challenge_build(struct builder *b, uint8_t id, struct view challenge,
			  const char *name);
/* Success or Failure. */
void chap_result_build(struct builder *b, enum chap_code code, uint8_t id,
		       const char *message);
/* MD5(id, secret, challenge), RFC 1994 4.1 */
void chap_md5(uint8_t id, struct view secret, struct view challenge,
	      uint8_t out[CHAP_MD5_LEN]);

#endif
