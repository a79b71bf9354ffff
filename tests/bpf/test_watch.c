/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What somebody who watches gets to see: which frames by which filter, every
 * octet of them as received and as sent, how many drops of a reason, and
 * nothing when nobody asks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include "world.h"

#define IP4   0x0021
#define LCP   0xc021
#define INNER 100
#define KEPT  64
#define ETHERNET_IP4_UDP 42

static struct world *w;
static struct watch *watch;
static struct ring_buffer *ring;

/* What came out of the ring since the last reading. */
static struct kept {
	struct watch_record seen;
	struct frame frame;
} kept[KEPT];
static size_t kept_count;

static int on_record(void *ctx, void *data, size_t size)
{
	struct kept *k = &kept[kept_count];

	(void)ctx;
	kept_count++;
	if (kept_count > KEPT)
		return 0;
	memcpy(&k->seen, data, sizeof(k->seen));
	assert_int_equal(size, sizeof(k->seen) + k->seen.captured);
	frame_body(&k->frame, 0, 0);
	frame_append(&k->frame, (__u8 *)data + sizeof(k->seen),
		     k->seen.captured);
	return 0;
}

static size_t ring_read(void)
{
	kept_count = 0;
	assert_true(ring_buffer__consume(ring) >= 0);
	return kept_count;
}

static void watch_for(__u32 on, enum watch_by by, __u32 value)
{
	world_reset(w);
	memset(watch, 0, sizeof(*watch));
	watch->generation = 7;
	watch->by = by;
	watch->value = value;
	watch->drops = 3;
	watch->on = on;
	w->ports[w->access].flags |= PORT_WATCHED;
	w->ports[w->core].flags |= PORT_WATCHED;
	ring_read();
}

static void build(struct frame *f, enum end_id id, __u16 protocol, size_t n)
{
	inner_build(f, id, protocol, n, 64);
	end_arrive(f, id, protocol);
}

/* One record: where, of what call and tunnel, and every octet. */
static void assert_seen(size_t at, enum seen_kind kind, __u32 ifindex,
			__u32 call, __u16 tunnel, struct frame *wanted)
{
	const struct watch_record *seen = &kept[at].seen;

	assert_int_equal(seen->kind, kind);
	assert_int_equal(seen->ifindex, ifindex);
	assert_int_equal(seen->call, call);
	assert_int_equal(seen->tunnel, tunnel);
	assert_int_equal(seen->generation, 7);
	assert_int_equal(seen->length, frame_len(wanted));
	assert_frame("captured", &kept[at].frame, wanted);
}

static __u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000000000 + (__u64)t.tv_nsec;
}

/* Sends a frame of n octets inside; what it looked like, both ways. */
static void forward(enum end_id id, size_t n, struct frame *in,
		    struct outcome *o)
{
	build(in, id, IP4, n);
	world_run(w, end_port(w, id), in, o);
	assert_int_equal(o->reason, REASON_FORWARDED);
}

static void assert_both(enum end_id id, size_t n)
{
	__u32 out = end_port(w, ends[id].other);
	__u16 tunnel = 0;
	struct outcome o;
	struct frame in;
	__u64 before = now();

	if (ends[id].kind == LEG_L2TP)
		tunnel = end_leg(w, id, IP4)->in.l2tp.tunnel;
	forward(id, n, &in, &o);
	assert_int_equal(ring_read(), 2);
	assert_seen(0, SEEN_ARRIVED, end_port(w, id), ends[id].call, tunnel,
		    &in);
	assert_seen(1, SEEN_SENT, out, ends[id].call, tunnel, &o.out);
	assert_int_equal(kept[0].seen.reason, REASON_FORWARDED);
	assert_in_range(kept[0].seen.time, before, now());
	assert_in_range(kept[1].seen.time, kept[0].seen.time, now());
}

static void assert_none(enum end_id id)
{
	struct outcome o;
	struct frame in;

	forward(id, INNER, &in, &o);
	assert_int_equal(ring_read(), 0);
}

/* ---- capture -------------------------------------------------------------- */

static void test_nothing_when_nobody_asks(void **state)
{
	(void)state;
	watch_for(0, WATCH_ALL, 0);
	assert_none(END_PPPOE);
	watch_for(WATCH_CAPTURE, WATCH_ALL, 0);
	w->ports[w->access].flags &= ~(__u32)PORT_WATCHED;
	assert_none(END_PPPOE);
	assert_int_equal(watch->lost, 0);
}

static void test_all_paths_as_received_and_as_sent(void **state)
{
	(void)state;
	for (enum end_id id = 0; id < END_COUNT; id++) {
		watch_for(WATCH_CAPTURE, WATCH_ALL, 0);
		assert_both(id, INNER);
	}
}

static void test_by_call(void **state)
{
	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_CALL, ends[END_LTS_A].call);
	assert_both(END_LTS_A, INNER);
	assert_both(END_LTS_B, INNER);
	assert_none(END_PPPOE);
	assert_none(END_LNS_A);
	watch_for(WATCH_CAPTURE, WATCH_CALL, ends[END_IP_LNS_A].call);
	assert_both(END_LNS_A, INNER);
	assert_both(END_IP_LNS_A, INNER);
	assert_none(END_IP_LNS_B);
}

/* Both what comes out of it and what goes into it. */
static void test_by_tunnel(void **state)
{
	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_TUNNEL, TUNNEL_A);
	w->templates[ends[END_LAC_A].template].users = TUNNEL_A;
	w->templates[ends[END_LAC_B].template].users = TUNNEL_B;
	assert_both(END_LAC_A, INNER);
	assert_both(END_PPPOE, INNER);
	assert_both(END_LTS_B, INNER);
	assert_none(END_LAC_B);
	assert_none(END_PPPOE_TAGGED);
	assert_none(END_PTA);
}

static void test_by_port(void **state)
{
	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_PORT, w->access);
	assert_both(END_PPPOE, INNER);
	assert_both(END_LAC_A, INNER);
	assert_none(END_LTS_A);
}

static void test_by_reason(void **state)
{
	struct outcome o;
	struct frame in;

	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_REASON, REASON_UNKNOWN_SESSION);
	assert_none(END_LAC_A);
	end_leg(w, END_LAC_A, IP4)->state = LEG_FREE;
	build(&in, END_LAC_A, IP4, INNER);
	world_run(w, w->core, &in, &o);
	assert_int_equal(o.reason, REASON_UNKNOWN_SESSION);
	assert_int_equal(ring_read(), 1);
	assert_seen(0, SEEN_ARRIVED, w->core, 0, TUNNEL_A, &in);
	assert_int_equal(kept[0].seen.reason, REASON_UNKNOWN_SESSION);
}

/* Control, and data of a call that ends here. */
static void test_punted_frames(void **state)
{
	struct outcome o;
	struct frame in;

	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_CALL, ends[END_PTA].call);
	build(&in, END_PTA, LCP, 20);
	world_run(w, w->access, &in, &o);
	assert_int_equal(o.reason, REASON_PPP_CONTROL);
	assert_int_equal(ring_read(), 1);
	assert_seen(0, SEEN_ARRIVED, w->access, ends[END_PTA].call, 0, &in);
	inner_build(&in, END_PTA, IP4, INNER, 1);
	end_arrive(&in, END_PTA, IP4);
	world_run(w, w->access, &in, &o);
	assert_int_equal(o.reason, REASON_TTL_EXPIRED);
	assert_int_equal(ring_read(), 1);
	assert_seen(0, SEEN_ARRIVED, w->access, ends[END_PTA].call, 0, &in);
}

/* The header of a control message in place of that of data. */
static void control_build(struct frame *in, __u16 tunnel, __u16 session)
{
	__u8 *at;

	build(in, END_LAC_A, LCP, 20);
	at = frame_at(in, ETHERNET_IP4_UDP);
	at[0] = 0xc8;
	at[2] = 0;
	at[3] = 12;
	at[4] = (__u8)(tunnel >> 8);
	at[5] = (__u8)tunnel;
	at[6] = (__u8)(session >> 8);
	at[7] = (__u8)session;
}

static void assert_punted(struct frame *in, __u32 port, enum reason reason,
			  __u32 call, __u16 tunnel)
{
	struct outcome o;

	world_run(w, port, in, &o);
	assert_int_equal(o.reason, reason);
	assert_int_equal(ring_read(), 1);
	assert_seen(0, SEEN_ARRIVED, port, call, tunnel, in);
}

static void assert_not_seen(struct frame *in, __u32 port)
{
	struct outcome o;

	world_run(w, port, in, &o);
	assert_int_equal(ring_read(), 0);
}

/* Control messages name the session of a call. */
static void test_control_of_a_call(void **state)
{
	const struct end *e = &ends[END_LAC_A];
	struct frame in;

	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_CALL, e->call);
	control_build(&in, TUNNEL_A, e->session);
	assert_punted(&in, w->core, REASON_L2TP_CONTROL, e->call, TUNNEL_A);
	control_build(&in, TUNNEL_A, 0);
	assert_not_seen(&in, w->core);
	control_build(&in, TUNNEL_A, ends[END_LNS_A].session);
	assert_not_seen(&in, w->core);
	control_build(&in, TUNNEL_B, e->session);
	assert_not_seen(&in, w->core);
	end_leg(w, END_LAC_A, IP4)->state = LEG_FREE;
	control_build(&in, TUNNEL_A, e->session);
	assert_not_seen(&in, w->core);
	/* by tunnel it does not matter whose it is */
	watch_for(WATCH_CAPTURE, WATCH_TUNNEL, TUNNEL_A);
	assert_punted(&in, w->core, REASON_L2TP_CONTROL, e->call, TUNNEL_A);
	control_build(&in, TUNNEL_A, 0);
	assert_punted(&in, w->core, REASON_L2TP_CONTROL, 0, TUNNEL_A);
}

/* So does a PADT; what has no session is of the port only. */
static void test_discovery_of_a_call(void **state)
{
	const struct end *e = &ends[END_PPPOE];
	struct frame in;

	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_CALL, e->call);
	build(&in, END_PPPOE, LCP, 20);
	*frame_at(&in, 13) = 0x63;
	assert_punted(&in, w->access, REASON_PPPOE_DISCOVERY, e->call, 0);
	*frame_at(&in, 16) = *frame_at(&in, 17) = 0;
	assert_not_seen(&in, w->access);
	watch_for(WATCH_CAPTURE, WATCH_PORT, w->access);
	assert_punted(&in, w->access, REASON_PPPOE_DISCOVERY, 0, 0);
	frame_cut(&in, 17); /* shorter than a header */
	assert_punted(&in, w->access, REASON_PPPOE_DISCOVERY, 0, 0);
}

/* 9,000 octets and more lie in several buffers. */
static void test_large_frames_are_whole(void **state)
{
	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_ALL, 0);
	assert_both(END_LTS_A, 8800);
	assert_both(END_IP_LNS_A, 8800);
}

static void test_full_ring_is_counted(void **state)
{
	struct outcome o;
	struct frame in;
	__u32 sent;

	(void)state;
	watch_for(WATCH_CAPTURE, WATCH_ALL, 0);
	for (sent = 0; sent < 400; sent++)
		forward(END_LTS_A, 8000, &in, &o);
	sent *= 2;
	assert_in_range(watch->lost, 1, sent - 1);
	assert_int_equal(ring_read() + watch->lost, sent);
}

/* ---- drops ---------------------------------------------------------------- */

static void drop(enum reason reason, struct frame *in)
{
	enum end_id id = reason == REASON_UNKNOWN_SESSION ? END_LAC_A
							  : END_PPPOE;
	struct outcome o;

	end_leg(w, id, IP4)->state = LEG_FREE;
	w->punt_limits[PUNT_UNKNOWN].port_cost = 1; /* no more are told */
	build(in, id, IP4, INNER);
	world_run(w, end_port(w, id), in, &o);
	assert_int_equal(o.reason, reason);
}

static void test_drops_are_sampled_by_reason(void **state)
{
	struct watch_limit *limit;
	struct frame in;
	size_t i;

	(void)state;
	watch_for(WATCH_DROPS, WATCH_ALL, 0);
	limit = &watch->limits[REASON_UNKNOWN_PPPOE];
	for (i = 0; i < 10; i++)
		drop(REASON_UNKNOWN_PPPOE, &in);
	assert_int_equal(ring_read(), 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(kept[i].seen.length, frame_len(&in));
		assert_int_equal(kept[i].seen.reason, REASON_UNKNOWN_PPPOE);
		assert_int_equal(kept[i].seen.ifindex, w->access);
		assert_int_equal(kept[i].seen.left_out, 0);
		assert_int_equal(kept[i].seen.kind, SEEN_DROP);
		assert_int_equal(kept[i].seen.captured, WATCH_DROP_MAX);
		assert_memory_equal(frame_data(&kept[i].frame), frame_data(&in),
				    WATCH_DROP_MAX);
	}
	/* another reason has a second of its own */
	drop(REASON_UNKNOWN_SESSION, &in);
	assert_int_equal(ring_read(), 1);
	/* the next second tells what was left out */
	assert_int_equal(limit->left_out, 7);
	limit->since -= 1000000000;
	drop(REASON_UNKNOWN_PPPOE, &in);
	assert_int_equal(ring_read(), 1);
	assert_int_equal(kept[0].seen.left_out, 7);
	assert_int_equal(limit->left_out, 0);
}

static void test_drops_and_capture_together(void **state)
{
	struct frame in;

	(void)state;
	watch_for(WATCH_DROPS | WATCH_CAPTURE, WATCH_ALL, 0);
	assert_both(END_LTS_A, INNER);
	drop(REASON_UNKNOWN_PPPOE, &in);
	assert_int_equal(ring_read(), 2);
	assert_int_equal(kept[0].seen.kind, SEEN_DROP);
	assert_int_equal(kept[0].seen.captured, WATCH_DROP_MAX);
	assert_seen(1, SEEN_ARRIVED, w->access, 0, 0, &in);
	assert_int_equal(kept[1].seen.left_out, 0);
}

static int setup(void **state)
{
	(void)state;
	w = world_new();
	watch = mmap(NULL, sizeof(*watch), PROT_READ | PROT_WRITE, MAP_SHARED,
		     bpf_map__fd(w->skel->maps.watch), 0);
	ring = ring_buffer__new(bpf_map__fd(w->skel->maps.events), on_record,
				NULL, NULL);
	return watch == MAP_FAILED || !ring;
}

static int teardown(void **state)
{
	(void)state;
	ring_buffer__free(ring);
	world_free(w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_when_nobody_asks),
		cmocka_unit_test(test_all_paths_as_received_and_as_sent),
		cmocka_unit_test(test_by_call),
		cmocka_unit_test(test_by_tunnel),
		cmocka_unit_test(test_by_port),
		cmocka_unit_test(test_by_reason),
		cmocka_unit_test(test_punted_frames),
		cmocka_unit_test(test_control_of_a_call),
		cmocka_unit_test(test_discovery_of_a_call),
		cmocka_unit_test(test_large_frames_are_whole),
		cmocka_unit_test(test_full_ring_is_counted),
		cmocka_unit_test(test_drops_are_sampled_by_reason),
		cmocka_unit_test(test_drops_and_capture_together),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
