/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies frames for l2xctl: whole ones (capture), and the beginning of some
 * that are dropped (events drops).  Reads watch and templates, writes watched,
 * events and the counters of watch.
 *
 * A filter needs the frame's reason, but by then the frame has been rewritten.
 * So while somebody watches, each frame is copied on arrival; at its end the
 * copy is sent to user space or forgotten.  While nobody watches, the program
 * only tests the port's flags, twice, in a cache line that every frame needs.
 */
#ifndef WATCH_H
#define WATCH_H

#include "match.h"
#include "verdict.h"

#define NSEC_PER_SEC 1000000000ull

/* A macro, so that the hint reaches the branch. */
#define watch_is_on(p) \
	unlikely((p)->port && (p)->port->flags & PORT_WATCHED)

static __always_inline struct watch *watch_find(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&watch, &zero);
}

static __always_inline struct watched *watched_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&watched, &zero);
}

/* Copies the frame as it is now, of any size and number of buffers. */
static __always_inline void watch_copy(struct xdp_md *ctx, struct watched *w,
				       __u32 length, __u32 limit)
{
	__u32 n = length < limit ? length : limit;
	__u32 last = n - 1;

	w->seen.time = bpf_ktime_get_ns();
	w->seen.length = length;
	w->seen.captured = 0;
	HIDE(last); /* 6.1 does not learn from n != 0 that n is at least 1 */
	if (last < WATCH_FRAME_MAX &&
	    !bpf_xdp_load_bytes(ctx, 0, w->frame, last + 1))
		w->seen.captured = n;
}

/* A record with the first n octets of the frame; false: no room. */
static __always_inline bool watch_put(struct watched *w, __u32 n)
{
	HIDE(n);
	if (n > WATCH_FRAME_MAX)
		return false;
	return !bpf_ringbuf_output(&events, w, sizeof(w->seen) + n, 0);
}

/*
 * Each reason has seconds that begin with a drop.  If two CPUs begin one at the
 * same time, one event too many may be sent, which is harmless.
 */
static __always_inline bool watch_may_tell(struct watch_limit *limit, __u64 now,
					   __u32 drops)
{
	__u64 since = limit->since;

	if (now - since >= NSEC_PER_SEC &&
	    __sync_val_compare_and_swap(&limit->since, since, now) == since)
		limit->told = 0;
	return __sync_fetch_and_add(&limit->told, 1) < drops;
}

static __always_inline void watch_drop(struct watch *watch, struct watched *w)
{
	struct watch_limit *limit = &watch->limits[w->seen.reason & 63];
	__u32 whole = w->seen.captured, n = whole;

	if (!watch_may_tell(limit, w->seen.time, watch->drops)) {
		__sync_fetch_and_add(&limit->left_out, 1);
		return;
	}
	if (n > WATCH_DROP_MAX)
		n = WATCH_DROP_MAX;
	w->seen.kind = SEEN_DROP;
	w->seen.captured = n;
	w->seen.left_out = __sync_lock_test_and_set(&limit->left_out, 0);
	if (!watch_put(w, n))
		__sync_fetch_and_add(&limit->left_out, w->seen.left_out + 1);
	w->seen.captured = whole;
	w->seen.left_out = 0;
}

static __always_inline bool leg_is_call(const struct leg *leg, __u32 call)
{
	return leg && leg->state != LEG_FREE && leg->call == call;
}

/* Whether what is sent by this leg goes into that tunnel of ours. */
static __always_inline bool leg_leaves_by(const struct leg *leg, __u32 tunnel)
{
	struct template *template;
	__u32 slot;

	if (!leg || leg->out != LEG_L2TP)
		return false;
	slot = leg->out_template;
	template = bpf_map_lookup_elem(&templates, &slot);
	return template && template->users == tunnel;
}

/* ifindex and leg: by which it left, if it was sent. */
static __always_inline bool
watch_wants(const struct watch *watch, const struct watch_record *seen,
	    const struct leg *from, const struct leg *leg, __u32 ifindex)
{
	bool sent = reason_forwards(seen->reason);
	__u32 value = watch->value;

	switch (watch->by) {
	case WATCH_CALL:
		return seen->call == value || leg_is_call(from, value) ||
		       leg_is_call(leg, value);
	case WATCH_TUNNEL:
		return seen->tunnel == value ||
		       (sent && leg_leaves_by(leg, value));
	case WATCH_PORT:
		return seen->ifindex == value || (sent && ifindex == value);
	case WATCH_REASON:
		return seen->reason == value;
	}
	return true;
}

static __always_inline void watch_frame(struct xdp_md *ctx, struct watch *watch,
					struct watched *w, __u32 ifindex)
{
	w->seen.kind = SEEN_ARRIVED;
	if (!watch_put(w, w->seen.captured))
		__sync_fetch_and_add(&watch->lost, 1);
	if (!reason_forwards(w->seen.reason))
		return;
	w->seen.kind = SEEN_SENT;
	w->seen.ifindex = ifindex;
	watch_copy(ctx, w, bpf_xdp_get_buff_len(ctx), WATCH_FRAME_MAX);
	if (!watch_put(w, w->seen.captured))
		__sync_fetch_and_add(&watch->lost, 1);
}

/* Functions of their own, which the verifier walks once, as in clamp.h. */
__noinline int watch_arrived(struct xdp_md *ctx, __u32 length)
{
	struct watched *w = watched_here();
	struct watch *watch = watch_find();
	__u32 limit = WATCH_FRAME_MAX;

	if (!w || !watch)
		return 0;
	if (!(watch->on & WATCH_CAPTURE))
		limit = WATCH_DROP_MAX;
	w->seen.generation = watch->generation;
	w->seen.ifindex = ctx->ingress_ifindex;
	w->seen.call = 0;
	watch_copy(ctx, w, length, limit);
	return 0;
}

/*
 * The call whose session a control message or PADT names; these are punted
 * without a match.  A control message has only our session id in its slot.
 */
__noinline int watch_named(__u32 reason, __u32 tunnel, __u32 slot)
{
	bool control = reason == REASON_L2TP_CONTROL;
	struct watched *w = watched_here();
	struct tunnel_rx *t;
	struct leg *leg;

	if (!w || (!control && reason != REASON_PPPOE_DISCOVERY))
		return 0;
	if (control) {
		t = tunnel_find(tunnel);
		if (!t)
			return 0;
		slot |= (__u32)t->bank << BANK_SHIFT;
	}
	leg = bpf_map_lookup_elem(&legs, &slot);
	if (!leg || leg->state == LEG_FREE)
		return 0;
	if (control ? leg->kind == LEG_L2TP && leg->in.l2tp.tunnel == tunnel
		   : leg->kind == LEG_PPPOE)
		w->seen.call = leg->call;
	return 0;
}

/* facts: reason, and our tunnel id from bit 16 on. */
__noinline int watch_ended(struct xdp_md *ctx, __u32 facts, struct leg *from,
			   struct leg *leg, __u32 ifindex)
{
	struct watched *w = watched_here();
	struct watch *watch = watch_find();

	if (!w || !watch || !w->seen.captured)
		return 0;
	w->seen.reason = facts;
	w->seen.tunnel = facts >> 16;
	if (from)
		w->seen.call = from->call;
	else if (leg && leg->state != LEG_FREE)
		w->seen.call = leg->call;
	if (watch->on & WATCH_DROPS && reason_drops(w->seen.reason & 63))
		watch_drop(watch, w);
	if (watch->on & WATCH_CAPTURE &&
	    watch_wants(watch, &w->seen, from, leg, ifindex))
		watch_frame(ctx, watch, w, ifindex);
	w->seen.captured = 0;
	return 0;
}

/* The port is known. */
static __always_inline void watch_begin(struct xdp_md *ctx,
					const struct packet *p)
{
	if (unlikely(p->port->flags & PORT_WATCHED))
		watch_arrived(ctx, p->len);
}

static __always_inline void watch_end(struct xdp_md *ctx,
				      const struct packet *p,
				      enum reason reason)
{
	watch_ended(ctx, reason | (__u32)p->tunnel << 16, p->from, p->leg,
		    p->ifindex);
}

#endif
