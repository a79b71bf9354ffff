/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a tunnel or session ended, as AVPs: Result Code, Q.931 Cause Code and PPP
 * Disconnect Cause Code (RFC 2661 4.4.2, 4.4.7, RFC 3145).  No state.
 */
#ifndef PROTO_RESULT_H
#define PROTO_RESULT_H

#include "proto/avp.h"

/*
 * Without a usable Result Code the result is 1, which both messages have; a
 * number that RFC 2661 does not have (0 among them) is taken as it is.
 * RFC 3145 allows several causes; the first is kept.
 */
void result_read(const struct avps *avps, struct l2tp_result *out);
/* The Result Code AVP alone, which is all a StopCCN may have. */
void result_build(struct builder *b, const struct l2tp_result *result);
/* The AVPs that only a CDN has; built after its other AVPs. */
void result_build_causes(struct builder *b, const struct l2tp_result *result);

#endif
