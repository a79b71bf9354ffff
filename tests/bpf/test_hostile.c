/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bad input: every vector cut at every length is never forwarded, and random
 * damage to good frames never breaks an invariant.  The seed is fixed, so a
 * failure repeats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/bpf.h>
#include "vectors.h"

#define SEED   0x1701
#define ROUNDS 20000

static struct world *w;

static const __u16 protocols[] = {IP4, IP6, LCP};

/* ---- truncation -----------------------------------------------------------
 */

static void cut_everywhere(const char *what, __u32 port, struct frame *f)
{
	size_t full = frame_len(f), n;
	struct frame cut;
	struct outcome o;

	for (n = 14; n < full; n++) {
		cut = *f;
		frame_cut(&cut, n);
		world_run(w, port, &cut, &o);
		if (o.reason == REASON_FORWARDED)
			fail_msg("%s, cut at %zu: forwarded", what, n);
		assert_int_equal(o.verdict, reason_verdict(o.reason));
	}
}

static void test_truncated_joins(void **state)
{
	enum end_id id;
	struct frame f;
	size_t i;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < 3; i++) {
			inner_build(&f, id, protocols[i], 64, 64);
			end_arrive(&f, id, protocols[i]);
			cut_everywhere(ends[id].name, end_port(w, id), &f);
		}
}

static void test_truncated_forms(void **state)
{
	const __u16 all = L2TP_FLAG_L | L2TP_FLAG_S | L2TP_FLAG_O;
	const __u16 some[] = {L2TP_FLAG_L, L2TP_FLAG_S, L2TP_FLAG_O, all};
	enum end_id id;
	struct frame f;
	size_t i;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; ends[id].kind == LEG_L2TP && i < 4; i++) {
			inner_build(&f, id, IP4, 64, 64);
			push_ppp(&f, IP4, PPP_HDLC);
			l2tp_arrive(&f, id, some[i], 16, 0);
			cut_everywhere(ends[id].name, end_port(w, id), &f);
		}
}

static void test_truncated_vectors(void **state)
{
	const struct vector *v;
	struct frame f;
	size_t t, i;

	(void)state;
	for (t = 0; t < VECTOR_TABLES; t++)
		for (i = 0; i < vector_tables[t]->count; i++) {
			v = &vector_tables[t]->rows[i];
			vector_build(v, w, &f);
			cut_everywhere(v->name, end_port(w, v->end), &f);
		}
}

/* ---- random damage --------------------------------------------------------
 */

static __u32 next_random(void)
{
	static __u64 state = SEED;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (__u32)(state >> 33);
}

static void damage(struct frame *f)
{
	__u32 times = 1 + next_random() % 4;
	size_t near;

	while (times--) {
		near = frame_len(f) < 90 ? frame_len(f) : 90;
		*frame_at(f, next_random() % near) ^= 1u << next_random() % 8;
		if (next_random() % 4 == 0)
			*frame_at(f, next_random() % near) =
				(__u8)next_random();
	}
	if (next_random() % 8 == 0 && frame_len(f) > 15)
		frame_cut(f, 14 + next_random() % (frame_len(f) - 14));
	if (next_random() % 8 == 0)
		frame_append(f, "sixteen octets..", next_random() % 16);
}

static __u16 word_at(struct frame *f, size_t off)
{
	return (__u16)(*frame_at(f, off) << 8 | *frame_at(f, off + 1));
}

static bool ip4_sum_holds(struct frame *f, size_t off)
{
	__u32 sum = 0;
	size_t i;

	for (i = 0; i < 20; i += 2)
		sum += word_at(f, off + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/* L2TP leaves from our address to one of two peers, lengths nested. */
static void l2tp_holds(struct frame *f, size_t ip)
{
	size_t n = frame_len(f) - ip;
	bool length = *frame_at(f, ip + 28) & 0x40;

	assert_int_equal(word_at(f, ip + 2), n);
	assert_int_equal(word_at(f, ip + 24), n - 20);
	assert_true(ip4_sum_holds(f, ip));
	assert_int_equal(word_at(f, ip + 26), 0);
	if (length)
		assert_int_equal(word_at(f, ip + 30), n - 28);
	assert_int_equal(word_at(f, ip + (length ? 36 : 34)), 0xff03);
}

/* A routed packet: the frame is as long as the packet says. */
static void ip_holds(struct frame *f, size_t ip, __u16 type)
{
	if (type == 0x0800)
		assert_int_equal(word_at(f, ip + 2), frame_len(f) - ip);
	else
		assert_int_equal(word_at(f, ip + 4) + 40, frame_len(f) - ip);
}

/* Whatever came in, what goes out is addressed and measured by us. */
static void forwarded_holds(struct frame *f)
{
	bool access = !memcmp(frame_at(f, 6), access_mac, 6);
	size_t off = 14;
	__u16 type = word_at(f, 12);

	assert_true(access || !memcmp(frame_at(f, 6), core_mac, 6) ||
		    *frame_at(f, 11) == 0x0d);
	while (type == 0x8100 || type == 0x88a8) {
		type = word_at(f, off + 2);
		off += 4;
	}
	if (access) {
		assert_int_equal(type, 0x8864);
		assert_int_equal(word_at(f, off), 0x1100);
		assert_int_equal(word_at(f, off + 4), frame_len(f) - off - 6);
		return;
	}
	assert_memory_equal(frame_at(f, 0), gateway_mac, 6);
	if (type == 0x0800 && *frame_at(f, off + 9) == 17 &&
	    word_at(f, off + 20) == 1701)
		l2tp_holds(f, off);
	else
		ip_holds(f, off, type);
}

static void test_random_damage(void **state)
{
	__u32 round, forwarded = 0;
	struct outcome o;
	struct frame f;
	enum end_id id;
	__u16 protocol;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		id = (enum end_id)(next_random() % END_COUNT);
		protocol = protocols[next_random() % 3];
		inner_build(&f, id, protocol, 60 + next_random() % 90, 64);
		end_arrive(&f, id, protocol);
		damage(&f);
		world_run(w, end_port(w, id), &f, &o);
		assert_int_equal(o.verdict, reason_verdict(o.reason));
		if (o.verdict == XDP_REDIRECT) {
			forwarded_holds(&o.out);
			forwarded++;
		} else if (o.verdict == XDP_PASS) {
			assert_frame("punted", &o.out, &f);
		}
	}
	/* both outcomes must occur, or the damage proves nothing */
	assert_in_range(forwarded, ROUNDS / 50, ROUNDS / 2);
}

static int setup(void **state)
{
	(void)state;
	world_reset(w);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_truncated_joins),
		TEST(test_truncated_forms),
		TEST(test_truncated_vectors),
		TEST(test_random_damage),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
