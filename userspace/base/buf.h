/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounds-checked reading and building of octets.  The only place in user space
 * that touches raw bytes of a peer: all other code reads through a reader and
 * builds through a builder.
 *
 * Integers are in network byte order on the wire and in host order here.
 * A read that does not fit returns -EBADMSG and leaves reader and output as
 * they were.  A build that does not fit sets `full`, builds nothing, and every
 * later build fails too: the check is made once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets that belong to somebody else. */
struct view {
	const uint8_t *data;
	size_t len;
};

#define VIEW(array) ((struct view){(const uint8_t *)(array), sizeof(array)})

struct view view_of(const void *data, size_t len);
struct view view_text(const char *text); /* without the NUL */
bool view_equal(struct view a, struct view b);
/* FNV-1a; seed with a random number, or with the hash of what came before. */
uint64_t view_hash(struct view v, uint64_t seed);
/* Compares without telling by time where the difference is. */
bool view_equal_secret(struct view a, struct view b);
/*
 * Writes v as text into out[cap], which is always terminated: printable ASCII
 * as it is, all else as \xNN, cut where it does not fit.  Returns out.
 */
char *view_print(struct view v, char *out, size_t cap);

struct reader {
	const uint8_t *at;
	size_t left;
};

struct reader reader_of(const void *data, size_t len);
struct reader reader_of_view(struct view v);
int read_u8(struct reader *r, uint8_t *out);
int read_u16(struct reader *r, uint16_t *out);
int read_u32(struct reader *r, uint32_t *out);
int read_u64(struct reader *r, uint64_t *out);
int read_bytes(struct reader *r, void *out, size_t len);
int read_view(struct reader *r, size_t len, struct view *out);
int read_skip(struct reader *r, size_t len);
/* All that is left, which may be nothing. */
struct view read_rest(struct reader *r);

struct builder {
	uint8_t *data;
	size_t len;
	size_t cap;
	bool full; /* something did not fit */
};

struct builder builder_on(void *data, size_t cap);
void build_u8(struct builder *b, uint8_t v);
void build_u16(struct builder *b, uint16_t v);
void build_u32(struct builder *b, uint32_t v);
void build_u64(struct builder *b, uint64_t v);
void build_bytes(struct builder *b, const void *data, size_t len);
void build_view(struct builder *b, struct view v);
void build_zeros(struct builder *b, size_t len);
/* Overwrites two octets that were built before, at offset `at`. */
void build_patch_u16(struct builder *b, size_t at, uint16_t v);
void build_patch_u8(struct builder *b, size_t at, uint8_t v);
struct view builder_view(const struct builder *b);

/*
 * Octets of a record's own, up to a fixed size: names, option lists, secrets.
 * Declare with BYTES(n) and pass with bytes_view()/bytes_set().
 */
#define BYTES(n)                                                               \
	struct {                                                               \
		uint16_t len;                                                  \
		uint8_t data[n];                                               \
	}
#define bytes_view(b) view_of((b)->data, (b)->len)
/* 0 or -EMSGSIZE, then *b is as it was. */
#define bytes_set(b, v)                                                        \
	bytes_copy((b)->data, sizeof((b)->data), &(b)->len, (v))
int bytes_copy(uint8_t *data, size_t cap, uint16_t *len, struct view v);

#endif
