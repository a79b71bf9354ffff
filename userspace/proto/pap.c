/* SPDX-License-Identifier: GPL-2.0-only */
/* PAP packets; see pap.h. */
#include "proto/pap.h"

#include <errno.h>
#include <string.h>

#include "proto/negotiation.h"

static int read_counted(struct reader *r, struct view *out)
{
	uint8_t len;

	return read_u8(r, &len) || read_view(r, len, out) ? -EBADMSG : 0;
}

int pap_request_read(struct view info, struct pap_request *out)
{
	struct pap_request request;
	struct packet p;
	struct reader r;

	if (packet_read(info, &p))
		return -EBADMSG;
	if (p.code != PAP_REQUEST)
		return -EPROTO;
	request.id = p.id;
	r = reader_of_view(p.body);
	if (read_counted(&r, &request.name) ||
	    read_counted(&r, &request.password))
		return -EBADMSG;
	*out = request;
	return 0;
}

void pap_reply_build(struct builder *b, enum pap_code code, uint8_t id,
		     const char *message)
{
	size_t len = strnlen(message, 255);

	build_u8(b, (uint8_t)code);
	build_u8(b, id);
	build_u16(b, (uint16_t)(PACKET_HEADER + 1 + len));
	build_u8(b, (uint8_t)len);
	build_bytes(b, message, len);
}
