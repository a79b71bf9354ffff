/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A window on the frame: the only file that touches its octets.
 *
 * pos moves forward over what has been read.  `left` is what the innermost
 * length field still grants; `end` is where directly readable memory stops.
 * cursor_has() checks both, and the verifier refuses any access that no such
 * check covers.  With fragments (xdp.frags) readable memory can end before the
 * frame does; headers beyond it count as missing.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "packet.h"

struct cursor {
	void *pos;
	void *end;
	__u32 left;
};

/*
 * Kernel 6.1 loses the bounds of a scalar that was spilled, and does not
 * relate two sums of one base.  Hiding a value from the compiler and bounding
 * it at the use keeps both away.
 */
#define HIDE(value) asm volatile("" : "+r"(value))

/*
 * A frame that continues in fragments has filled its first buffer, which no
 * driver makes smaller than this; so the length of a small frame is known
 * without asking (7 ns, a fortieth of what a packet costs).
 */
#define FIRST_BUFFER_MIN 1024

static __always_inline __u32 frame_linear(struct xdp_md *ctx)
{
	__u64 linear = ctx->data_end - ctx->data;

	HIDE(linear);
	return linear;
}

static __always_inline __u32 frame_length(struct xdp_md *ctx)
{
	__u32 linear = frame_linear(ctx);

	return linear < FIRST_BUFFER_MIN ? linear : bpf_xdp_get_buff_len(ctx);
}

/* The same, of a cursor that is still where it was opened. */
static __always_inline __u32 cursor_length(const struct cursor *c,
					   struct xdp_md *ctx)
{
	__u64 linear = c->end - c->pos;

	HIDE(linear);
	return linear < FIRST_BUFFER_MIN ? linear : bpf_xdp_get_buff_len(ctx);
}

static __always_inline void cursor_open(struct cursor *c, struct xdp_md *ctx,
					__u32 len)
{
	c->pos = (void *)(long)ctx->data;
	c->end = (void *)(long)ctx->data_end;
	c->left = len;
}

/*
 * What forwards a packet comes behind fifty branches.  Unless told, clang takes
 * each for even and so the end of the path for cold, and lets it pay with
 * spilled registers for the beginning; and it sets what the ways out return in
 * front of their branches.  A function's result loses a hint when inlined, so
 * these are macros.
 */
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Return from here, at no cost to those who go on. */
#define refuse(what)              \
	do {                      \
		asm volatile(""); \
		return what;      \
	} while (0)

static __always_inline bool cursor_holds(const struct cursor *c, __u32 n)
{
	return c->left >= n && c->pos + n <= c->end;
}

#define cursor_has(c, n) likely(cursor_holds(c, n))

/* The same where no length field has limited `left` below the frame's end. */
#define cursor_reaches(c, n) likely((c)->pos + (n) <= (c)->end)

static __always_inline void cursor_skip(struct cursor *c, __u32 n)
{
	c->pos += n;
	c->left -= n;
}

/* Skip a length read from the packet; the caller knows n <= 255. */
static __always_inline void cursor_skip_octet(struct cursor *c, __u32 n)
{
	HIDE(n);
	n &= 0xff;
	c->pos += n;
	HIDE(c->pos);
	c->left -= n;
}

/* Octets in front of the cursor. */
static __always_inline __u32 cursor_offset(const struct cursor *c,
					   const struct xdp_md *ctx)
{
	__u64 span = c->pos - (void *)(long)ctx->data;

	HIDE(span); /* or clang makes it 32-bit pointer arithmetic */
	return span;
}

/* Go to an offset that parse has found; bounded by the deepest header. */
static __always_inline void cursor_seek(struct cursor *c, __u32 off)
{
	HIDE(off);
	off &= 0x1ff;
	c->pos += off;
	HIDE(c->pos);
	c->left -= off;
}

/*
 * Make the verifier forget what it knows of a number's range, by way of one it
 * knows nothing of.  Each way that leads to a point brings ranges of its own,
 * and what follows is walked once for each of them.
 */
#define FORGET(value, any) \
	asm volatile("%0 ^= %1\n\t%0 ^= %1" : "+r"(value) : "r"(any))

/* A length field grants n octets from here; false if there are fewer. */
static __always_inline bool cursor_limit(struct cursor *c, __u32 n)
{
	if (n > c->left)
		return false;
	c->left = n;
	return true;
}

static __always_inline __u8 cursor_get8(const struct cursor *c, __u32 off)
{
	return *(__u8 *)(c->pos + off);
}

static __always_inline __be16 cursor_get16(const struct cursor *c, __u32 off)
{
	return *(__be16 *)(c->pos + off);
}

static __always_inline __be32 cursor_get32(const struct cursor *c, __u32 off)
{
	return *(__be32 *)(c->pos + off);
}

static __always_inline __be64 cursor_get64(const struct cursor *c, __u32 off)
{
	return *(__be64 *)(c->pos + off);
}

static __always_inline void cursor_put8(struct cursor *c, __u32 off, __u8 v)
{
	*(__u8 *)(c->pos + off) = v;
}

static __always_inline void cursor_put16(struct cursor *c, __u32 off, __be16 v)
{
	*(__be16 *)(c->pos + off) = v;
}

static __always_inline void cursor_put32(struct cursor *c, __u32 off, __be32 v)
{
	*(__be32 *)(c->pos + off) = v;
}

static __always_inline void cursor_put64(struct cursor *c, __u32 off, __u64 v)
{
	*(__u64 *)(c->pos + off) = v;
}

/* Whole words: clang copies octets of unknown alignment one by one. */
static __always_inline void cursor_copy64(struct cursor *c, __u32 off,
					  const void *from)
{
	*(__u64 *)(c->pos + off) = *(const __u64 *)from;
}

static __always_inline void cursor_copy128(struct cursor *c, __u32 off,
					   const void *from)
{
	cursor_copy64(c, off, from);
	cursor_copy64(c, off + 8, from + 8);
}

/* A MAC address: four octets and two. */
static __always_inline void cursor_put_mac(struct cursor *c, __u32 off,
					   const __u8 *mac)
{
	cursor_put32(c, off, *(const __u32 *)mac);
	cursor_put16(c, off + 4, *(const __u16 *)(mac + 4));
}

#endif
