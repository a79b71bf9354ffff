/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ICRQ and ICCN say about a call (RFC 2661 6.6, 6.8), between AVPs and
 * struct icrq and struct iccn.  No state.
 */
#ifndef PROTO_INCOMING_H
#define PROTO_INCOMING_H

#include "proto/avp.h"
#include "proto/tunnel.h"

/* Views in *out are those of the list. */
void icrq_read(const struct avps *avps, struct icrq *out);
void icrq_build(struct builder *b, uint16_t session, const struct icrq *icrq);

void iccn_read(const struct avps *avps, struct iccn *out);
/* hiding with an empty secret: all in clear. */
void iccn_build(struct builder *b, const struct iccn *iccn,
		const struct avp_hiding *hiding);

#endif
