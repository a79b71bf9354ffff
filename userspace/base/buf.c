/* SPDX-License-Identifier: GPL-2.0-only */
/* Bounds-checked reading and building of octets; see buf.h. */
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct view view_of(const void *data, size_t len)
{
	return (struct view){data, len};
}

struct view view_text(const char *text)
{
	return view_of(text, strlen(text));
}

bool view_equal(struct view a, struct view b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

uint64_t view_hash(struct view v, uint64_t seed)
{
	uint64_t hash = seed ^ 0xcbf29ce484222325ull;

	for (size_t i = 0; i < v.len; i++)
		hash = (hash ^ v.data[i]) * 0x100000001b3ull;
	return hash;
}

bool view_equal_secret(struct view a, struct view b)
{
	uint8_t difference = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		difference |= a.data[i] ^ b.data[i];
	return !difference;
}

char *view_print(struct view v, char *out, size_t cap)
{
	size_t at = 0;

	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.data[i];
		bool plain = c >= ' ' && c <= '~' && c != '\\';
		size_t need = plain ? 1 : 4;

		if (at + need >= cap)
			break;
		if (plain)
			out[at] = (char)c;
		else
			snprintf(out + at, cap - at, "\\x%02x", c);
		at += need;
	}
	if (cap)
		out[at] = '\0';
	return out;
}

struct reader reader_of(const void *data, size_t len)
{
	return (struct reader){data, len};
}

struct reader reader_of_view(struct view v)
{
	return reader_of(v.data, v.len);
}

int read_view(struct reader *r, size_t len, struct view *out)
{
	if (len > r->left)
		return -EBADMSG;
	*out = view_of(r->at, len);
	if (len)
		r->at += len;
	r->left -= len;
	return 0;
}

/* Big-endian integer of `len` octets. */
static int read_integer(struct reader *r, size_t len, uint64_t *out)
{
	struct view v;
	uint64_t value = 0;

	if (read_view(r, len, &v))
		return -EBADMSG;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | v.data[i];
	*out = value;
	return 0;
}

int read_u8(struct reader *r, uint8_t *out)
{
	uint64_t v;

	if (read_integer(r, 1, &v))
		return -EBADMSG;
	*out = (uint8_t)v;
	return 0;
}

int read_u16(struct reader *r, uint16_t *out)
{
	uint64_t v;

	if (read_integer(r, 2, &v))
		return -EBADMSG;
	*out = (uint16_t)v;
	return 0;
}

int read_u32(struct reader *r, uint32_t *out)
{
	uint64_t v;

	if (read_integer(r, 4, &v))
		return -EBADMSG;
	*out = (uint32_t)v;
	return 0;
}

int read_u64(struct reader *r, uint64_t *out)
{
	return read_integer(r, 8, out);
}

int read_bytes(struct reader *r, void *out, size_t len)
{
	struct view v;

	if (read_view(r, len, &v))
		return -EBADMSG;
	if (len)
		memcpy(out, v.data, len);
	return 0;
}

int read_skip(struct reader *r, size_t len)
{
	struct view v;

	return read_view(r, len, &v);
}

struct view read_rest(struct reader *r)
{
	struct view v = {0};

	read_view(r, r->left, &v);
	return v;
}

struct builder builder_on(void *data, size_t cap)
{
	return (struct builder){.data = data, .cap = cap};
}

/* Room for len more octets, or NULL when it does not fit. */
static uint8_t *build_room(struct builder *b, size_t len)
{
	uint8_t *room;

	if (b->full || len > b->cap - b->len) {
		b->full = true;
		return NULL;
	}
	room = b->data + b->len;
	b->len += len;
	return room;
}

static void build_integer(struct builder *b, uint64_t v, size_t len)
{
	uint8_t *room = build_room(b, len);

	if (!room)
		return;
	for (size_t i = len; i-- > 0; v >>= 8)
		room[i] = (uint8_t)v;
}

void build_u8(struct builder *b, uint8_t v)
{
	build_integer(b, v, 1);
}

void build_u16(struct builder *b, uint16_t v)
{
	build_integer(b, v, 2);
}

void build_u32(struct builder *b, uint32_t v)
{
	build_integer(b, v, 4);
}

void build_u64(struct builder *b, uint64_t v)
{
	build_integer(b, v, 8);
}

void build_bytes(struct builder *b, const void *data, size_t len)
{
	uint8_t *room = build_room(b, len);

	if (room && len)
		memcpy(room, data, len);
}

void build_view(struct builder *b, struct view v)
{
	build_bytes(b, v.data, v.len);
}

void build_zeros(struct builder *b, size_t len)
{
	uint8_t *room = build_room(b, len);

	if (room && len)
		memset(room, 0, len);
}

void build_patch_u8(struct builder *b, size_t at, uint8_t v)
{
	if (b->full || at >= b->len) {
		b->full = true;
		return;
	}
	b->data[at] = v;
}

void build_patch_u16(struct builder *b, size_t at, uint16_t v)
{
	if (b->full || b->len < 2 || at > b->len - 2) {
		b->full = true;
		return;
	}
	b->data[at] = (uint8_t)(v >> 8);
	b->data[at + 1] = (uint8_t)v;
}

struct view builder_view(const struct builder *b)
{
	return view_of(b->data, b->len);
}

int bytes_copy(uint8_t *data, size_t cap, uint16_t *len, struct view v)
{
	if (v.len > cap || v.len > UINT16_MAX)
		return -EMSGSIZE;
	if (v.len)
		memmove(data, v.data, v.len);
	*len = (uint16_t)v.len;
	return 0;
}
