/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hidden AVPs (RFC 2661 4.3): a value is masked with a chain of MD5 digests
 * that begins with the secret and the Random Vector.  No state.
 */
#include "proto/avp.h"

#include <errno.h>
#include <nettle/md5.h>

/* The first mask: MD5(attribute type, secret, Random Vector). */
static void mask_first(uint16_t number, struct view secret, struct view vector,
		       uint8_t mask[MD5_DIGEST_SIZE])
{
	uint8_t type[2] = {(uint8_t)(number >> 8), (uint8_t)number};
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, sizeof(type), type);
	md5_update(&md5, secret.len, secret.data);
	md5_update(&md5, vector.len, vector.data);
	md5_digest(&md5, MD5_DIGEST_SIZE, mask);
}

/* Every later mask: MD5(secret, the masked chunk before). */
static void mask_next(struct view secret, struct view masked,
		      uint8_t mask[MD5_DIGEST_SIZE])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, secret.len, secret.data);
	md5_update(&md5, masked.len, masked.data);
	md5_digest(&md5, MD5_DIGEST_SIZE, mask);
}

static void mask_apply(struct builder *b, struct view chunk,
		       const uint8_t mask[MD5_DIGEST_SIZE])
{
	for (size_t i = 0; i < chunk.len; i++)
		build_u8(b, chunk.data[i] ^ mask[i]);
}

static int next_chunk(struct reader *r, struct view *chunk)
{
	size_t len = r->left < MD5_DIGEST_SIZE ? r->left : MD5_DIGEST_SIZE;

	return read_view(r, len, chunk);
}

void avp_hide(struct builder *b, uint16_t number, struct view value,
	      const struct avp_hiding *hiding)
{
	uint8_t plain[2 + AVP_VALUE_MAX];
	struct builder p = builder_on(plain, sizeof(plain));
	uint8_t mask[MD5_DIGEST_SIZE];
	struct reader r;
	struct view chunk;

	build_u16(&p, (uint16_t)value.len);
	build_view(&p, value);
	build_view(&p, hiding->padding);
	if (p.full) {
		b->full = true;
		return;
	}
	mask_first(number, hiding->secret, hiding->vector, mask);
	r = reader_of_view(builder_view(&p));
	while (r.left && !b->full) {
		size_t at = b->len;

		if (next_chunk(&r, &chunk))
			break;
		mask_apply(b, chunk, mask);
		if (!b->full)
			mask_next(hiding->secret,
				  view_of(b->data + at, chunk.len), mask);
	}
}

int avp_reveal(struct view hidden, uint16_t number, struct view secret,
	       struct view vector, struct builder *scratch, struct view *value)
{
	struct builder plain = *scratch;
	uint8_t mask[MD5_DIGEST_SIZE];
	struct reader r = reader_of_view(hidden);
	struct view chunk;
	uint16_t len;

	mask_first(number, secret, vector, mask);
	while (r.left && !next_chunk(&r, &chunk)) {
		mask_apply(&plain, chunk, mask);
		mask_next(secret, chunk, mask);
	}
	if (plain.full)
		return -EBADMSG;
	r = reader_of(plain.data + scratch->len, plain.len - scratch->len);
	if (read_u16(&r, &len) || read_view(&r, len, value))
		return -EBADMSG;
	*scratch = plain;
	return 0;
}
