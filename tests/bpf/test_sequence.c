/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data sequence numbers (RFC 2661 section 5.4): what is expected, late and a
 * gap, with and without order demanded; the numbers that we send; and that of
 * both sides it is the LNS who decides whether there are numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "records.h"

#define LCP 0xc021
#define IP4 0x0021
#define IP6 0x0057
#define N   64

static struct world *w;

static bool is_lns(enum end_id id)
{
	return ends[ends[id].other].kind == LEG_IP;
}

/* ---- receiving ------------------------------------------------------------ */

static void numbered(struct frame *f, enum end_id id, __u16 flags, __u16 ns)
{
	size_t at = end_l2tp(id) + (flags & L2TP_FLAG_L ? 8 : 6);

	inner_build(f, id, IP4, N, 64);
	push_ppp(f, IP4, PPP_HDLC);
	l2tp_arrive(f, id, flags | L2TP_FLAG_S, 0, 0);
	*frame_at(f, at) = ns >> 8;
	*frame_at(f, at + 1) = ns & 0xff;
}

static void set_expected(enum end_id id, __u32 sequence, bool ordered)
{
	struct leg *leg = end_leg(w, id, 0);

	leg->in.l2tp.sequence = sequence;
	leg->flags &= ~LEG_ORDERED;
	leg->flags |= ordered ? LEG_ORDERED : 0;
}

/* What one message does: `after` is what the record says then. */
static void takes(enum end_id id, __u16 flags, __u16 ns, bool late, __u32 after)
{
	struct leg *leg = end_leg(w, id, 0), *wanted_leg;
	bool drops = late && leg->flags & LEG_ORDERED;
	__u64 sent = leg->packets;
	struct frame in, wanted;
	struct records records;
	char what[80];

	snprintf(what, sizeof(what), "%#x after %#x", ns,
		 leg->in.l2tp.sequence);
	records_read(w, &records);
	wanted_leg = records_leg(&records, id, IP4);
	wanted_leg->in.l2tp.sequence = after;
	wanted_leg->in.l2tp.late += late;
	wanted_leg->dropped += drops;
	numbered(&in, id, flags, ns);
	if (drops) {
		frame_expect(w, what, id, &in, REASON_LATE_SEQUENCE, NULL,
			     &records);
		return;
	}
	records_count(&records, id, IP4, N);
	inner_build(&wanted, id, IP4, N, is_lns(id) ? 63 : 64);
	end_leave(&wanted, ends[id].other, IP4,
		  expected_id(ends[id].other, sent));
	frame_expect(w, what, id, &in, REASON_FORWARDED, &wanted, &records);
}

static const struct {
	__u32 before;
	__u16 ns;
	bool late;
	__u32 after;
} steps[] = {
	{0, 0, false, 1},
	{5, 5, false, 6},
	{5, 10, false, 11}, /* a gap is loss */
	{5, 4, true, 0x10005},
	{5, 5 - 100, true, 0x10005},
	{65535, 65535, false, 0},
	{65535, 0, false, 1},
	{65535, 3, false, 4},
	{65534, 65535, false, 0},
	{0, 65535, true, 0x10000},
	{1, 65535, true, 0x10001},
	{0, 0x7fff, false, 0x8000}, /* half of the numbers are ahead */
	{0, 0x8000, true, 0x10000},
	{0xffff, 0x7ffe, false, 0x7fff},
	{0xffff, 0x7fff, true, 0x1ffff},
	{0x8000, 0, true, 0x18000},
	{0x8001, 0, false, 1},
	{0x20005, 4, true, 0x30005}, /* late ones in a row are counted */
	{0x40005, 4, true, 0x50005},
	{0x50005, 4, false, 5}, /* until the peer has begun anew */
	{0x50000, 0x8000, false, 0x8001},
	{0x50005, 5, false, 6},
	{0x30005, 5, false, 6}, /* and one that is not ends the row */
	{0x30005, 9, false, 10},
};

static void test_steps(void **state)
{
	static const __u16 forms[] = {0, L2TP_FLAG_L};
	enum end_id id;
	size_t i, k;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (k = 0; ends[id].kind == LEG_L2TP && k < 4; k++)
			for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
				set_expected(id, steps[i].before, k & 1);
				takes(id, forms[k >> 1], steps[i].ns,
				      steps[i].late, steps[i].after);
			}
}

/* A peer that begins anew at 0: five are late, the sixth counts. */
static void test_begins_anew(void **state)
{
	enum end_id id;
	__u16 n;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (ends[id].kind != LEG_L2TP)
			continue;
		set_expected(id, 1000, true);
		for (n = 0; n < 5; n++)
			takes(id, 0, n, true, (n + 1u) << 16 | 1000);
		takes(id, 0, 5, false, 6);
		takes(id, 0, 6, false, 7);
		takes(id, 0, 5, true, 0x10007);
	}
}

/* Once around all numbers. */
static void test_around(void **state)
{
	__u32 n;

	(void)state;
	set_expected(END_LAC_C, 0, true);
	for (n = 0; n < 0x10100; n += 13) {
		set_expected(END_LAC_C, n & 0xffff, true);
		takes(END_LAC_C, L2TP_FLAG_L, (__u16)n, false,
		      (n + 1) & 0xffff);
	}
}

/* Messages without the S bit neither ask nor change what is expected. */
static void test_without_numbers(void **state)
{
	struct frame in, wanted;
	struct records records;
	enum end_id id;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (ends[id].kind != LEG_L2TP)
			continue;
		set_expected(id, 0x30007, true);
		records_read(w, &records);
		records_count(&records, id, IP4, N);
		inner_build(&in, id, IP4, N, 64);
		end_arrive(&in, id, IP4);
		inner_build(&wanted, id, IP4, N, is_lns(id) ? 63 : 64);
		end_leave(&wanted, ends[id].other, IP4,
			  expected_id(ends[id].other, 0));
		frame_expect(w, "no S", id, &in, REASON_FORWARDED, &wanted,
			     &records);
	}
}

/* While a call is set up the punted messages count too. */
static void test_in_setup(void **state)
{
	struct records records;
	enum end_id id;
	struct frame in;
	__u16 n;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (ends[id].kind != LEG_L2TP)
			continue;
		end_leg(w, id, 0)->state = LEG_PUNT;
		for (n = 0; n < 3; n++) {
			records_read(w, &records);
			records.legs[id].in.l2tp.sequence = n + 1u;
			numbered(&in, id, 0, n);
			frame_expect(w, "setup", id, &in, REASON_CALL_SETUP,
				     NULL, &records);
		}
	}
}

/* ---- sending -------------------------------------------------------------- */

static void sends(enum end_id from, const struct tunnel_end *t, __u16 protocol,
		  __u16 ns)
{
	const struct end *out = &ends[ends[from].other];
	const struct leg *leg = end_leg(w, from, protocol);
	__u64 sent = protocol == LCP ? leg->control : leg->packets;
	size_t at = end_l2tp(ends[from].other) + (t->flags & L2TP_FLAG_L ? 8 : 6);
	struct frame in, wanted;
	struct records records;
	char what[80];

	snprintf(what, sizeof(what), "%04x, Ns %#x", protocol, ns);
	records_read(w, &records);
	records_count(&records, from, protocol, N);
	records_leg(&records, from, protocol)->to.l2tp.ns++;
	inner_build(&in, from, protocol, N, 64);
	end_arrive(&in, from, protocol);
	inner_build(&wanted, from, protocol, N,
		    ends[from].kind == LEG_IP ? 63 : 64);
	l2tp_leave(&wanted, out, t, protocol,
		   expected_id(ends[from].other, sent));
	*frame_at(&wanted, at) = ns >> 8;
	*frame_at(&wanted, at + 1) = ns & 0xff;
	memset(frame_at(&wanted, at + 2), 0, 2);
	if (!t->peer_ip4 && !t->zero_sum)
		frame_udp_sum(frame_at(&wanted, t->vlan ? 18 : 14));
	frame_expect(w, what, from, &in, REASON_FORWARDED, &wanted, &records);
}

/* All protocols of a session share its numbers, which wrap. */
static void sends_row(enum end_id from, const struct tunnel_end *t)
{
	static const __u32 first[] = {0, 7, 0xfffe, 0x1ffff};
	struct leg *leg = end_leg(w, from, IP4);
	size_t i;

	for (i = 0; i < 4; i++) {
		__u16 ns = (__u16)first[i];

		leg->flags |= LEG_SEQUENCED;
		leg->to.l2tp.ns = first[i];
		sends(from, t, IP4, ns);
		sends(from, t, IP4, (__u16)(ns + 1));
		if (ends[from].kind == LEG_IP)
			continue;
		sends(from, t, LCP, (__u16)(ns + 2));
		sends(from, t, IP6, (__u16)(ns + 3));
	}
}

static void test_send(void **state)
{
	enum end_id id;
	int i;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		const struct end *out = &ends[ends[id].other];
		struct tunnel_end t;

		if (out->kind != LEG_L2TP)
			continue;
		for (i = 0; i < 2; i++) {
			t = tunnels[out->tunnel];
			t.flags = L2TP_FLAG_S | (i ? L2TP_FLAG_L : 0);
			l2tp_image(w, out->template, &t);
			sends_row(id, &t);
		}
	}
}

/* What is not sent takes no number. */
static void test_punt_takes_none(void **state)
{
	struct tunnel_end t = tunnels[0];
	struct records records;
	struct frame in;

	(void)state;
	t.flags = L2TP_FLAG_S;
	l2tp_image(w, ends[END_LAC_A].template, &t);
	end_leg(w, END_PPPOE, 0)->flags |= LEG_SEQUENCED;
	end_leg(w, END_PPPOE, 0)->out_mtu = N - 1;
	records_read(w, &records);
	inner_build(&in, END_PPPOE, IP4, N, 64);
	end_arrive(&in, END_PPPOE, IP4);
	frame_expect(w, "too big", END_PPPOE, &in, REASON_TOO_BIG, NULL,
		     &records);
}

/* ---- an LNS that decides -------------------------------------------------- */

static bool follows(enum end_id id)
{
	return ends[id].kind == LEG_L2TP && !is_lns(id);
}

/* A message of the LNS with this S bit; `on`: numbers afterwards. */
static void decides(enum end_id id, bool s, __u16 ns, bool on)
{
	const struct leg *leg = end_leg(w, id, 0);
	enum end_id other = ends[id].other;
	__u64 sent = leg->packets;
	struct frame in, wanted;
	struct records records;

	records_read(w, &records);
	records_count(&records, id, IP4, N);
	records.legs[id].flags &= ~LEG_NUMBERED;
	records.legs[other].flags &= ~LEG_SEQUENCED;
	records.legs[id].flags |= on ? LEG_NUMBERED : 0;
	records.legs[other].flags |= on ? LEG_SEQUENCED : 0;
	if (s) {
		records.legs[id].in.l2tp.sequence = (__u16)(ns + 1);
		numbered(&in, id, 0, ns);
	} else {
		inner_build(&in, id, IP4, N, 64);
		end_arrive(&in, id, IP4);
	}
	inner_build(&wanted, id, IP4, N, 64);
	end_leave(&wanted, other, IP4, expected_id(other, sent));
	frame_expect(w, s ? "LNS numbers" : "LNS does not number", id, &in,
		     REASON_FORWARDED, &wanted, &records);
}

/* What goes to that LNS has no number. */
static void sends_plain(enum end_id from)
{
	__u64 sent = end_leg(w, from, IP4)->packets;
	struct frame in, wanted;
	struct records records;

	records_read(w, &records);
	records_count(&records, from, IP4, N);
	inner_build(&in, from, IP4, N, 64);
	end_arrive(&in, from, IP4);
	inner_build(&wanted, from, IP4, N, 64);
	end_leave(&wanted, ends[from].other, IP4,
		  expected_id(ends[from].other, sent));
	frame_expect(w, "no number", from, &in, REASON_FORWARDED, &wanted,
		     &records);
}

/* Each turn the LNS can take; numbers go on where they had stopped. */
static void test_follows(void **state)
{
	enum end_id id, other;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		struct tunnel_end t = tunnels[ends[id].tunnel];

		if (!follows(id))
			continue;
		world_reset(w);
		t.flags |= L2TP_FLAG_S;
		other = ends[id].other;
		end_follow(w, id);
		end_leg(w, id, 0)->flags |= LEG_ORDERED;
		sends_plain(other);
		decides(id, false, 0, false);
		sends_plain(other);
		decides(id, true, 0, true);
		sends(other, &t, IP4, 0);
		sends(other, &t, LCP, 1);
		decides(id, true, 1, true);
		sends(other, &t, IP6, 2);
		decides(id, false, 0, false);
		sends_plain(other);
		/* one that left before it stopped, and came late */
		takes(id, 0, 1, true, 0x10002);
		sends_plain(other);
		decides(id, true, 7, true);
		sends(other, &t, IP4, 3);
	}
}

/* With its first message, of whatever number. */
static void test_follows_at_once(void **state)
{
	enum end_id id;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		struct tunnel_end t = tunnels[ends[id].tunnel];

		if (!follows(id))
			continue;
		world_reset(w);
		t.flags |= L2TP_FLAG_S;
		end_follow(w, id);
		decides(id, true, 0x1234, true);
		sends(ends[id].other, &t, LCP, 0);
	}
}

/* A slot that is another call's now, or nobody's, is left alone. */
static void test_follows_no_other(void **state)
{
	enum end_id id;
	struct leg *other;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (!follows(id))
			continue;
		world_reset(w);
		end_follow(w, id);
		other = end_leg(w, ends[id].other, 0);
		other->call++;
		decides(id, true, 0, false);
		other->call--;
		other->state = LEG_FREE;
		decides(id, true, 1, false);
		other->state = LEG_FORWARD;
		other->out = LEG_IP;
		decides(id, true, 2, false);
		other->out = LEG_L2TP;
		decides(id, true, 3, true);
	}
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
		TEST(test_steps),	    TEST(test_begins_anew),
		TEST(test_around),	    TEST(test_without_numbers),
		TEST(test_in_setup),	    TEST(test_send),
		TEST(test_punt_takes_none), TEST(test_follows),
		TEST(test_follows_at_once), TEST(test_follows_no_other),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
