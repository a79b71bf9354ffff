/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A million random frames: good ones of every kind, damaged, spliced, cut and
 * padded, and noise, in a world whose services change all the time.  What is
 * sent must have been well-formed and go on as it was; what is not sent must
 * be as it came; and all counters must add up.
 *
 * L2X_FRAMES and L2X_SEED in the environment choose a longer or another run.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include "frame_read.h"
#include "records.h"

#define FRAMES	 1000000
#define SEED	 0x1701
#define INTERVAL 4096 /* frames between two looks at the counters */
#define GOOD_MAX 1024
#define ROOM	 768

static struct world *w;

/* One frame on its way, small: a copy is most of what this test costs. */
struct small {
	__u8 at[ROOM];
	size_t len;
	__u32 port;
};

static struct small good[GOOD_MAX];
static size_t goods;

/* What the frames of an interval must have done to the counters. */
struct expected {
	__u64 frames, octets;
	__u64 verdict[XDP_REDIRECT + 1];
	__u64 legs;	  /* packets and control on all legs */
	__u64 leg_octets;
};

static struct expected expected;
static __u64 number, seed; /* of the frame, for a report */

/* ---- randomness -------------------------------------------------------------- */

static __u64 random_state;

static __u32 next_random(void)
{
	random_state = random_state * 6364136223846793005ull +
		       1442695040888963407ull;
	return (__u32)(random_state >> 33);
}

static bool one_in(__u32 n)
{
	return next_random() % n == 0;
}

/* ---- good frames --------------------------------------------------------------- */

static void good_add(enum end_id id, const struct frame *f)
{
	struct small *s = &good[goods++];

	assert_true(goods < GOOD_MAX && frame_len(f) <= ROOM / 2);
	s->len = frame_len(f);
	s->port = end_port(w, id);
	memcpy(s->at, f->room + f->at, s->len);
}

/* All header forms of L2TP. */
static void good_forms(enum end_id id, __u16 protocol)
{
	struct frame f;
	unsigned int bits;

	for (bits = 0; bits < 16; bits++) {
		__u16 flags = (bits & 1 ? L2TP_FLAG_L : 0) |
			      (bits & 2 ? L2TP_FLAG_S : 0) |
			      (bits & 4 ? L2TP_FLAG_O : 0) |
			      (bits & 8 ? L2TP_FLAG_P : 0);

		inner_build(&f, id, protocol, 60 + bits * 5, 64);
		push_ppp(&f, protocol, bits & 1 ? PPP_HDLC : PPP_LONG);
		l2tp_arrive(&f, id, flags, flags & L2TP_FLAG_O ? bits : 0, 0);
		good_add(id, &f);
	}
}

/* From one subscriber to another, and a SYN to the world. */
static void good_packets(enum end_id id)
{
	struct ip4_header ip = {.ttl = 64, .protocol = 253};
	struct frame f;

	if (ends[ends[id].other].kind != LEG_IP)
		return;
	ip.src = ends[ends[id].other].user_ip4;
	ip.dst = ends[END_IP_PTA].user_ip4;
	frame_body(&f, 40, id);
	push_ip4(&f, &ip);
	end_arrive(&f, id, 0x0021);
	good_add(id, &f);
	inner_build(&f, id, 0x0021, 64, 64);
	*frame_at(&f, 9) = 6;
	frame_ip4_sum(frame_data(&f));
	memcpy(frame_at(&f, 32), "\x60\x02\x20\x00\x00\x00\x00\x00", 8);
	memcpy(frame_at(&f, 40), "\x02\x04\x23\x00", 4);
	end_arrive(&f, id, 0x0021);
	good_add(id, &f);
}

static void goods_build(void)
{
	static const __u16 protocols[] = {0x0021, 0x0057, 0xc021};
	enum end_id id;
	struct frame f;
	size_t i;

	for (id = 0; id < END_COUNT; id++) {
		for (i = 0; i < 3; i++) {
			if (ends[id].kind == LEG_IP && i == 2)
				continue;
			if (ends[id].kind == LEG_L2TP)
				good_forms(id, protocols[i]);
			inner_build(&f, id, protocols[i], 70, 64);
			end_arrive(&f, id, protocols[i]);
			good_add(id, &f);
		}
		good_packets(id);
	}
}

/* ---- bad frames ----------------------------------------------------------------- */

/* The first octets of one, the rest of another. */
static void splice(struct small *s)
{
	const struct small *other = &good[next_random() % goods];
	size_t at = 12 + next_random() % 60;

	if (at >= s->len || at >= other->len)
		return;
	memcpy(s->at + at, other->at + at, other->len - at);
	s->len = other->len;
}

static void damage(struct small *s)
{
	size_t near = s->len < 120 ? s->len : 120;
	__u32 times = 1 + next_random() % 4;

	while (times--) {
		size_t at = next_random() % near;

		if (one_in(3))
			s->at[at] = (__u8)next_random();
		else
			s->at[at] ^= 1u << next_random() % 8;
	}
}

static void cut_or_pad(struct small *s)
{
	size_t n = next_random() % 64, i;

	if (one_in(2)) {
		s->len = 14 + next_random() % (s->len - 13);
		return;
	}
	for (i = 0; i < n && s->len < ROOM; i++)
		s->at[s->len++] = (__u8)next_random();
}

/* Noise, half of it for our MAC and of a type that we read. */
static void noise(struct small *s)
{
	static const __u16 types[] = {0x8864, 0x8863, 0x0800,
				      0x86dd, 0x8100, 0x88a8};
	__u16 type = types[next_random() % 6];
	size_t i;

	s->len = 14 + next_random() % 200;
	for (i = one_in(2) ? 6 : 0; i < s->len; i++)
		s->at[i] = (__u8)next_random();
	if (one_in(2))
		return;
	s->at[12] = type >> 8;
	s->at[13] = type & 0xff;
}

static void frame_random(struct small *s)
{
	const struct small *from = &good[next_random() % goods];

	s->len = from->len;
	s->port = from->port;
	memcpy(s->at, from->at, from->len);
	if (one_in(10)) {
		noise(s);
		return;
	}
	if (one_in(8))
		splice(s);
	if (!one_in(4))
		damage(s);
	if (one_in(5))
		cut_or_pad(s);
}

/* ---- the world around them -------------------------------------------------------- */

static void image_random(struct image *image)
{
	image->flags |= IMAGE_READY;
	image->flags ^= one_in(16) ? IMAGE_READY : 0;
	image->ifindex = one_in(16)		? w->alien
			 : image->kind == LEG_L2TP ? w->core
						   : w->access;
	if (image->kind != LEG_L2TP)
		return;
	image->flags ^= one_in(2) ? IMAGE_COPY_DSCP : 0;
	image->flags ^= one_in(2) ? IMAGE_COPY_ECN : 0;
	image->flags ^= one_in(4) ? IMAGE_UDP_SUM : 0;
}

static void services_random(void)
{
	static const __u32 limits[] = {0, 16, 64, 240};
	int i;

	w->settings->flags = next_random() % 4;
	w->settings->inner_dscp = (__u8)(next_random() % 3);
	w->settings->inner_dscp_value = (__u8)(next_random() % 64);
	w->settings->offset_limit = limits[next_random() % 4];
	w->settings->ip4_routes = w->settings->ip6_routes = next_random() % 2;
	for (i = 0; i < TUNNELS; i++) {
		struct tunnel_rx *t = &w->tunnels[tunnels[i].id];

		t->flags ^= one_in(2) ? TUNNEL_RX_ECN : 0;
		t->flags ^= one_in(2) ? TUNNEL_RX_ZERO_SUM : 0;
	}
	for (i = 1; i < TEMPLATES; i++)
		image_random(&w->templates[i].image[0]);
}

static void leg_random(struct leg *leg, struct policer *p)
{
	static const __u8 states[] = {LEG_FREE, LEG_PUNT, LEG_BLOCKED};

	leg->state = one_in(8) ? states[next_random() % 3] : LEG_FORWARD;
	leg->flags = one_in(16) ? 0 : LEG_IP4 | LEG_IP6;
	leg->flags |= next_random() & (LEG_POLICED | LEG_ROUTES | LEG_ORDERED);
	leg->out_mtu = one_in(8) ? 90 : 1492;
	p->cost = 1u << 18;
	p->depth = next_random() % 8 << 16;
}

static void world_random(void)
{
	enum end_id id;

	services_random();
	for (id = 0; id < END_COUNT; id++) {
		leg_random(end_leg(w, id, 0x0021), &w->policers[end_slot(id)]);
		if (ends[id].kind == LEG_IP)
			leg_random(end_leg(w, id, 0x0057),
				   &w->policers[end_slot6(id)]);
	}
}

/* ---- what must hold ------------------------------------------------------------- */

static void octets_print(const char *name, const __u8 *at, size_t len)
{
	size_t i;

	fprintf(stderr, "# %s, %zu octets: ", name, len);
	for (i = 0; i < len; i++)
		fprintf(stderr, "%02x", at[i]);
	fprintf(stderr, "\n");
}

static void broken(const char *why, const struct small *in,
		   const struct small *out)
{
	octets_print("in", in->at, in->len);
	octets_print("out", out->at, out->len);
	fail_msg("frame %" PRIu64 " of seed %" PRIu64 ": %s",
		 (uint64_t)number, (uint64_t)seed, why);
}

#define HOLDS(condition)                            \
	do {                                        \
		if (!(condition))                   \
			broken(#condition, in, out); \
	} while (0)

/* Whether L2TP is between others: its destination, or source, is not ours. */
static bool is_foreign(const struct small *s, const struct reading *r, bool sent)
{
	const __u8 *ip = s->at + 14 + r->tags * 4u;
	const __be32 local = htonl(LOCAL_IP4);

	if (r->carrier != CARRIER_L2TP)
		return false;
	if (ip[0] >> 4 == 4)
		return memcmp(ip + (sent ? 12 : 16), &local, 4);
	return memcmp(ip + (sent ? 8 : 24), local_ip6, 16);
}

/* L2TP that is none of our business is IP. */
static struct reading small_read(const struct small *s, bool sent)
{
	struct reading r = frame_read(s->at, s->len, sent);

	if (!is_foreign(s, &r, sent))
		return r;
	r.carrier = CARRIER_IP;
	r.off = 14 + r.tags * 4u;
	r.protocol = s->at[r.off] >> 4 == 4 ? 0x0021 : 0x0057;
	r.len = ip_total(s->at + r.off, s->len - r.off);
	return r;
}

/* The end that a frame came from; END_COUNT if it has no ids of ours. */
static enum end_id end_of(const struct reading *r)
{
	enum leg_kind kind = r->carrier == CARRIER_L2TP ? LEG_L2TP : LEG_PPPOE;
	enum end_id id;

	if (r->carrier <= CARRIER_IP)
		return END_COUNT;
	for (id = 0; id < END_COUNT; id++)
		if (ends[id].kind == kind && ends[id].session == r->session &&
		    (kind != LEG_L2TP ||
		     tunnels[ends[id].tunnel].id == r->tunnel))
			break;
	return id;
}

/* The inner packet as it came, apart from what may differ. */
static void inner_holds(const struct small *in, const struct reading *a,
			const struct small *out, const struct reading *b,
			bool routed)
{
	const __u8 *from = in->at + a->off, *to = out->at + b->off;
	bool ip4 = b->protocol == 0x0021, ip6 = b->protocol == 0x0057;
	size_t hop = ip4 ? 8 : 7, i;
	bool marked = a->carrier == CARRIER_L2TP && (ip4 || ip6);

	for (i = 0; i < b->len; i++) {
		if (from[i] == to[i])
			continue;
		if (routed && i == hop && to[i] == from[i] - 1)
			continue;
		if (ip4 && (routed || marked) && (i == 10 || i == 11))
			continue;
		if (marked && (i == 1 || (i == 0 && to[0] >> 4 == 6)))
			continue;
		/* the MSS of a SYN: behind the ports, in the TCP header */
		if (routed && w->settings->flags & SETTINGS_MSS_CLAMP &&
		    i >= (ip4 ? 36u : 56u) &&
		    from[ip4 ? 9 : 6] == 6 && from[ip4 ? 33 : 53] & 2)
			continue;
		broken("an octet of the inner packet changed", in, out);
	}
	if (routed)
		HOLDS(ip_sum_holds(from) == ip_sum_holds(to) ||
		      !ip_sum_holds(from));
}

/* Sent: what was in it, how it left, and which counters it moved. */
static void sent_holds(const struct small *in, const struct small *out)
{
	struct reading a = small_read(in, false), b = small_read(out, true);
	enum end_id id = end_of(&a);
	bool up = id < END_COUNT && ends[ends[id].other].kind == LEG_IP;
	bool routed = up || a.carrier == CARRIER_IP;
	bool data = a.protocol == 0x0021 || a.protocol == 0x0057;
	int legs = up && b.carrier != CARRIER_IP ? 2 : 1;

	HOLDS(a.carrier != CARRIER_NONE && b.carrier != CARRIER_NONE);
	HOLDS(a.carrier == CARRIER_IP || id < END_COUNT);
	if (routed) {
		a.len = ip_total(in->at + a.off, a.len);
		HOLDS(data && a.len);
	}
	HOLDS(b.protocol == a.protocol);
	HOLDS(b.len == a.len);
	HOLDS(out->len == b.off + b.len);
	HOLDS(out->len + a.off <= in->len + b.off);
	inner_holds(in, &a, out, &b, routed);
	expected.legs += legs;
	expected.leg_octets += data ? (a.len + 2) * legs : 0;
}

static void verdict_holds(const struct small *in, const struct small *out,
			  __u32 verdict)
{
	bool same = in->len == out->len && !memcmp(in->at, out->at, in->len);

	HOLDS(verdict == XDP_DROP || verdict == XDP_PASS ||
	      verdict == XDP_REDIRECT);
	expected.verdict[verdict]++;
	if (verdict == XDP_REDIRECT)
		sent_holds(in, out);
	else
		HOLDS(same);
}

/* ---- counters --------------------------------------------------------------------- */

static __u64 reached;

static void reasons_hold(struct reason_count *last)
{
	struct reason_count now[REASON_SLOTS];
	__u64 verdicts[XDP_REDIRECT + 1] = {0}, packets = 0, octets = 0;
	int i;

	reasons_read(w, now);
	for (i = 0; i < REASON_SLOTS; i++) {
		__u64 n = now[i].packets - last[i].packets;

		packets += n;
		octets += now[i].octets - last[i].octets;
		if (!n)
			continue;
		reached |= 1ull << i;
		verdicts[reason_verdict((enum reason)i)] += n;
	}
	assert_int_equal(packets, expected.frames);
	assert_int_equal(octets, expected.octets);
	assert_memory_equal(verdicts, expected.verdict, sizeof(verdicts));
	memcpy(last, now, sizeof(now));
}

struct leg_sums {
	__u64 packets, octets, dropped;
};

static void leg_add(struct leg_sums *s, const struct leg *leg)
{
	s->packets += leg->packets + leg->control;
	s->octets += leg->octets;
	s->dropped += leg->dropped;
}

static struct leg_sums legs_sum(void)
{
	struct leg_sums s = {0};
	enum end_id id;

	for (id = 0; id < END_COUNT; id++) {
		leg_add(&s, end_leg(w, id, 0x0021));
		if (ends[id].kind == LEG_IP)
			leg_add(&s, end_leg(w, id, 0x0057));
	}
	return s;
}

static void legs_hold(struct leg_sums *last, __u64 dropped)
{
	struct leg_sums now = legs_sum();

	assert_int_equal(now.packets - last->packets, expected.legs);
	assert_int_equal(now.octets - last->octets, expected.leg_octets);
	assert_int_equal(now.dropped - last->dropped, dropped);
	*last = now;
}

static __u64 drops_of_legs(const struct reason_count *c)
{
	return c[REASON_BLOCKED].packets + c[REASON_POLICED].packets +
	       c[REASON_LATE_SEQUENCE].packets;
}

/* ---- the run ------------------------------------------------------------------------ */

static void frame_run(struct small *in)
{
	static struct small out;
	struct xdp_md ctx = {.data_end = (__u32)in->len,
			     .ingress_ifindex = in->port};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = in->at,
		    .data_size_in = (__u32)in->len, .data_out = out.at,
		    .data_size_out = ROOM, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	if (bpf_prog_test_run_opts(bpf_program__fd(w->skel->progs.l2x), &run))
		fail_msg("test run of %zu octets", in->len);
	out.len = run.data_size_out;
	expected.frames++;
	expected.octets += in->len;
	verdict_holds(in, &out, run.retval);
}

static __u64 from_environment(const char *name, __u64 otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static void routes_add(void)
{
	struct ip4_prefix key4 = {.length = 8};
	struct ip6_prefix key6 = {.length = 48,
				  .address = {0x20, 0x01, 0x0d, 0xb8, 0xff,
					      0xff}};
	__u32 slot = end_slot(END_IP_PTA), slot6 = end_slot6(END_IP_PTA);

	memset(&key4.address, 9, 1);
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(w->skel->maps.ip4_routes),
				    &key4, &slot, 0),
		0);
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(w->skel->maps.ip6_routes),
				    &key6, &slot6, 0),
		0);
}

static void test_million(void **state)
{
	const __u64 frames = from_environment("L2X_FRAMES", FRAMES);
	struct reason_count last[REASON_SLOTS];
	struct leg_sums sums = legs_sum();
	__u64 redirected = 0, before;
	struct small f;

	(void)state;
	seed = random_state = from_environment("L2X_SEED", SEED);
	printf("# %" PRIu64 " frames, L2X_SEED=%" PRIu64 "\n",
	       (uint64_t)frames, (uint64_t)seed);
	goods_build();
	routes_add();
	reasons_read(w, last);
	for (number = 0; number < frames;) {
		memset(&expected, 0, sizeof(expected));
		world_random();
		do {
			frame_random(&f);
			frame_run(&f);
		} while (++number < frames && number % INTERVAL);
		before = drops_of_legs(last);
		reasons_hold(last);
		legs_hold(&sums, drops_of_legs(last) - before);
		redirected += expected.verdict[XDP_REDIRECT];
	}
	printf("# %" PRIu64 " were sent on, %d reasons reached\n",
	       (uint64_t)redirected, __builtin_popcountll(reached));
#define REASON_MISSING(value, name, class, text) \
	if (!(reached >> (value)&1))             \
		printf("# not reached: %s\n", #name);
	REASON_TABLE(REASON_MISSING)
#undef REASON_MISSING
	/* all outcomes must occur, or it proves nothing */
	assert_in_range(redirected, frames / 20, frames / 2);
	if (frames >= 100000)
		assert_in_range(__builtin_popcountll(reached), 32, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_million),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
