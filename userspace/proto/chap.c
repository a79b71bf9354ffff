/* SPDX-License-Identifier: GPL-2.0-only */
/* CHAP packets and the MD5 response; see chap.h. */
#include "proto/chap.h"

#include <errno.h>
#include <nettle/md5.h>
#include <string.h>

#include "proto/negotiation.h"

int chap_response_read(struct view info, struct chap_response *out)
{
	struct chap_response response;
	struct packet p;
	struct reader r;
	uint8_t len;

	if (packet_read(info, &p))
		return -EBADMSG;
	if (p.code != CHAP_RESPONSE)
		return -EPROTO;
	response.id = p.id;
	r = reader_of_view(p.body);
	if (read_u8(&r, &len) || len != CHAP_MD5_LEN ||
	    read_view(&r, len, &response.value))
		return -EBADMSG;
	response.name = read_rest(&r);
	*out = response;
	return 0;
}

void chap_challenge_build(struct builder *b, uint8_t id, struct view challenge,
			  const char *name)
{
	size_t len = strlen(name);

	build_u8(b, CHAP_CHALLENGE);
	build_u8(b, id);
	build_u16(b, (uint16_t)(PACKET_HEADER + 1 + challenge.len + len));
	build_u8(b, (uint8_t)challenge.len);
	build_view(b, challenge);
	build_bytes(b, name, len);
}

void chap_result_build(struct builder *b, enum chap_code code, uint8_t id,
		       const char *message)
{
	size_t len = strnlen(message, 255);

	build_u8(b, (uint8_t)code);
	build_u8(b, id);
	build_u16(b, (uint16_t)(PACKET_HEADER + len));
	build_bytes(b, message, len);
}

void chap_md5(uint8_t id, struct view secret, struct view challenge,
	      uint8_t out[CHAP_MD5_LEN])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 1, &id);
	md5_update(&md5, secret.len, secret.data);
	md5_update(&md5, challenge.len, challenge.data);
	md5_digest(&md5, CHAP_MD5_LEN, out);
}
