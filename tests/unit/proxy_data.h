/* SPDX-License-Identifier: GPL-2.0-only */
/* What a LAC says of a client whose authentication is in order. */
#ifndef PROXY_DATA_H
#define PROXY_DATA_H

#include "ppp_rig.h"

#define SENT "010405d4 0305c22305 050605040302"
#define SENT_PAP "010405d4 0304c023 050605040302"
#define RECEIVED "010405d4 0506aabbccdd"
#define CHALLENGE "060708090a0b0c0d0e0f101112131415"
#define RESPONSE "00112233445566778899aabbccddeeff"
#define LCP_AVPS (PROXY_HAS_LAST_SENT | PROXY_HAS_LAST_RECEIVED)
#define PAP_AVPS                                                               \
	(PROXY_HAS_AUTH_TYPE | PROXY_HAS_AUTH_NAME | PROXY_HAS_AUTH_ID |       \
	 PROXY_HAS_AUTH_RESPONSE)
#define CHAP_AVPS (PAP_AVPS | PROXY_HAS_AUTH_CHALLENGE)

static inline struct proxy proxy_chap(void)
{
	return (struct proxy){
		.has = LCP_AVPS | CHAP_AVPS,
		.last_sent = rig_view(SENT),
		.last_received = rig_view(RECEIVED),
		.auth_type = PROXY_AUTH_CHAP,
		.auth_name = rig_view("616c696365"),
		.auth_challenge = rig_view(CHALLENGE),
		.auth_id = 0x16,
		.auth_response = rig_view(RESPONSE),
	};
}

static inline struct proxy proxy_pap(void)
{
	return (struct proxy){
		.has = LCP_AVPS | PAP_AVPS,
		.last_sent = rig_view(SENT_PAP),
		.last_received = rig_view(RECEIVED),
		.auth_type = PROXY_AUTH_PAP,
		.auth_name = rig_view("616c696365"),
		.auth_id = 0x31,
		.auth_response = rig_view("7077"),
	};
}

#endif
