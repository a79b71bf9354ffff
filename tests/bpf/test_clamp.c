/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSS clamp: SYNs of both families, both directions, options at even and
 * odd places.  Expected frames carry a checksum computed anew over the whole
 * segment, so that the program's incremental one is proved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../unit/tcp_segments.h"
#include "records.h"

static struct world *w;

#define LIMIT 1300 /* largest IP packet of the subscribers' side */
#define IP4   0x0021
#define IP6   0x0057
#define SYN   0x02
#define ACK   0x10

static const enum end_id terminated[] = {
	END_LNS_A,    END_LNS_B,    END_PTA,	END_PTA_TAGGED,
	END_IP_LNS_A, END_IP_LNS_B, END_IP_PTA, END_IP_PTA_TAGGED,
};
enum { ENDS = sizeof(terminated) / sizeof(terminated[0]) };

static __u32 words(const __u8 *at, size_t n)
{
	__u32 sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += i & 1 ? at[i] : (__u32)at[i] << 8;
	return sum;
}

/* RFC 9293 section 3.1: pseudo header and segment; f holds the IP packet. */
static void tcp_sum(struct frame *f, __u16 protocol)
{
	size_t ip = protocol == IP4 ? 20 : 40, n = frame_len(f) - ip;
	__u8 *tcp = frame_at(f, ip);
	__u32 sum = (__u32)n + 6;

	tcp[16] = tcp[17] = 0;
	sum += protocol == IP4 ? words(frame_at(f, 12), 8)
			       : words(frame_at(f, 8), 32);
	sum += words(tcp, n);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	tcp[16] = (__u8)(~sum >> 8);
	tcp[17] = (__u8)~sum;
}

struct packet_of {
	enum end_id from;
	__u16 protocol;
	__u8 flags; /* of TCP */
	__u16 mss;  /* 0: as the segment has it */
	__u8 ttl;
	__u8 fragment; /* IPv4: offset in eighths */
	__u8 next;     /* IP protocol */
};

static void segment_build(struct frame *f, const struct segment *s,
			  const struct packet_of *p)
{
	size_t ip = p->protocol == IP4 ? 20 : 40;
	__u8 *tcp;

	inner_build(f, p->from, p->protocol, ip + 20 + s->length + 7, p->ttl);
	*frame_at(f, p->protocol == IP4 ? 9 : 6) = p->next;
	tcp = frame_at(f, ip);
	tcp[12] = (__u8)((20 + s->length) / 4 << 4);
	tcp[13] = p->flags;
	memcpy(tcp + 20, s->options, s->length);
	if (p->mss && s->mss) {
		tcp[20 + s->mss] = (__u8)(p->mss >> 8);
		tcp[20 + s->mss + 1] = (__u8)p->mss;
	}
	if (p->protocol == IP4) {
		*frame_at(f, 7) = p->fragment;
		frame_ip4_sum(frame_data(f));
	}
	tcp_sum(f, p->protocol);
}

/* mss: the value that must come out, 0 if nothing is to be changed */
static void clamps(const struct segment *s, struct packet_of p, __u16 mss)
{
	struct leg *leg = end_leg(w, p.from, p.protocol);
	__u64 sent = leg->packets;
	struct frame in, wanted;
	struct outcome o;

	p.ttl = 64;
	segment_build(&in, s, &p);
	end_arrive(&in, p.from, p.protocol);
	p.ttl = 63;
	p.mss = mss ? mss : p.mss;
	segment_build(&wanted, s, &p);
	end_leave(&wanted, ends[p.from].other, p.protocol,
		  expected_id(ends[p.from].other, sent));
	world_run(w, end_port(w, p.from), &in, &o);
	assert_int_equal(o.reason, REASON_FORWARDED);
	assert_frame(s->name, &o.out, &wanted);
}

static __u16 fits(__u16 protocol)
{
	return protocol == IP4 ? LIMIT - 40 : LIMIT - 60;
}

static void clamp_all(__u8 flags, __u8 fragment, __u8 next, bool changed)
{
	struct packet_of p = {
		.flags = flags, .fragment = fragment, .next = next};
	size_t i, k;

	for (i = 0; i < (size_t)ENDS * 2; i++) {
		p.from = terminated[i / 2];
		p.protocol = i & 1 ? IP6 : IP4;
		for (k = 0; k < SEGMENTS; k++)
			clamps(&segments[k], p,
			       changed && segments[k].mss ? fits(p.protocol)
							  : 0);
	}
}

static void test_syn(void **state)
{
	(void)state;
	clamp_all(SYN, 0, 6, true);
	clamp_all(SYN | ACK, 0, 6, true);
}

static void test_not_syn(void **state)
{
	(void)state;
	clamp_all(ACK, 0, 6, false);
	clamp_all(SYN, 0, 17, false);
}

static void test_off(void **state)
{
	(void)state;
	w->settings->flags = 0;
	clamp_all(SYN, 0, 6, false);
}

/* Never raised, lowered from one above. */
static void test_bounds(void **state)
{
	struct packet_of p = {
		.from = END_LNS_A, .protocol = IP4, .flags = SYN, .next = 6};

	(void)state;
	p.mss = LIMIT - 40;
	clamps(&segments[0], p, 0);
	p.mss = LIMIT - 41;
	clamps(&segments[1], p, 0);
	p.mss = LIMIT - 39;
	clamps(&segments[1], p, LIMIT - 40);
	p.mss = 65535;
	clamps(&segments[0], p, LIMIT - 40);
}

/* A later fragment has data where the TCP header would be. */
static void test_fragment(void **state)
{
	struct packet_of p = {.from = END_IP_PTA,
			      .protocol = IP4,
			      .flags = SYN,
			      .fragment = 3,
			      .next = 6};

	(void)state;
	clamps(&segments[0], p, 0);
}

/* Downstream the template counts too: what its port can carry. */
static void test_template(void **state)
{
	struct image *image = &w->templates[ends[END_LNS_A].template].image[0];
	struct packet_of p = {
		.from = END_IP_LNS_A, .protocol = IP4, .flags = SYN, .next = 6};

	(void)state;
	image->out_max = (__u16)(image->head_len + 2 + 1000);
	clamps(&segments[0], p, 960);
	p.from = END_LNS_A;
	end_leg(w, END_LNS_A, IP4)->out_mtu = 0;
	clamps(&segments[0], p, 0);
}

/* To where the kernel alone knows the way. */
static void segment_plain(struct frame *f, const struct segment *s,
			  const struct packet_of *p)
{
	static const __u8 nobody[4] = {100, 67, 0, 1};

	segment_build(f, s, p);
	memcpy(frame_at(f, 16), nobody, sizeof(nobody));
	frame_ip4_sum(frame_data(f));
	tcp_sum(f, IP4);
}

/*
 * What the kernel is to send on stays as it came: an outer checksum covers it,
 * and the slow path lowers it.
 */
static void test_punted(void **state)
{
	struct packet_of p = {.from = END_LNS_A,
			      .protocol = IP4,
			      .flags = SYN,
			      .ttl = 64,
			      .next = 6};
	struct records records;
	struct frame in;
	size_t k;

	(void)state;
	for (k = 0; k < SEGMENTS; k++) {
		records_read(w, &records);
		segment_plain(&in, &segments[k], &p);
		end_arrive(&in, END_LNS_A, IP4);
		frame_expect(w, segments[k].name, END_LNS_A, &in,
			     REASON_NEXT_HOP_UNRESOLVED, &in, &records);
	}
}

static int setup(void **state)
{
	size_t i;

	(void)state;
	world_reset(w);
	w->settings->flags = SETTINGS_MSS_CLAMP;
	for (i = 0; i < ENDS; i++) {
		end_leg(w, terminated[i], IP4)->out_mtu = LIMIT;
		end_leg(w, terminated[i], IP6)->out_mtu = LIMIT;
	}
	return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_syn),	   TEST(test_not_syn),	TEST(test_off),
		TEST(test_bounds), TEST(test_fragment), TEST(test_template),
		TEST(test_punted),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
