/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DSCP and ECN between the headers: RFC 6040 out of tunnels, copies into them,
 * and what an LNS does to the DSCP of what it routes.  Inner checksums are
 * computed anew in the expected frames.
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
#define N   70 /* octets of the inner packet */

#define CE   3
#define DROP (-1)

static struct world *w;

static const __u16 families[] = {IP4, IP6};

/* The table of RFC 6040 section 4.2: by inner and outer ECN. */
static const int ecn_table[4][4] = {
	/* outer: Not-ECT, ECT(1), ECT(0), CE */
	{0, 0, 0, DROP}, /* Not-ECT */
	{1, 1, 1, CE},	 /* ECT(1) */
	{2, 1, 2, CE},	 /* ECT(0) */
	{CE, CE, CE, CE},
};

/* Set the traffic class of the IP packet at `off`. */
static void mark(struct frame *f, size_t off, __u8 tos)
{
	__u8 *ip = frame_at(f, off);

	if (ip[0] >> 4 == 4) {
		ip[1] = tos;
		frame_ip4_sum(ip);
	} else {
		ip[0] = 0x60 | tos >> 4;
		ip[1] = (__u8)(tos << 4) | (ip[1] & 15);
	}
}

static bool is_tunnel(enum end_id id)
{
	return ends[id].kind == LEG_L2TP;
}

static bool is_lns(enum end_id id)
{
	return ends[ends[id].other].kind == LEG_IP;
}

static size_t outer_at(enum end_id id)
{
	return tunnels[ends[id].tunnel].vlan ? 18 : 14;
}

static void resum(struct frame *f, enum end_id id)
{
	const struct tunnel_end *t = &tunnels[ends[id].tunnel];

	if (!t->peer_ip4 && !t->zero_sum)
		frame_udp_sum(frame_at(f, outer_at(id)));
}

/* What changes from test to test of an inner IPv4 header. */
static __u16 inner_id;
static bool inner_options;

static void inner(struct frame *f, enum end_id from, __u16 protocol, __u8 tos,
		  __u8 ttl)
{
	inner_build(f, from, protocol, N, ttl);
	if (protocol == IP4) {
		memcpy(frame_at(f, 4), &inner_id, 2);
		if (inner_options) {
			__u8 front[20];

			memcpy(front, frame_data(f), 20);
			f->at += 20;
			push_octets(f, "\x01\x01\x01\x00", 4);
			push_octets(f, front, 20);
			*frame_at(f, 0) = 0x46;
			*frame_at(f, 3) += 4;
		}
	}
	if (protocol != LCP)
		mark(f, 0, tos);
}

static size_t inner_octets(__u16 protocol)
{
	return protocol == IP4 && inner_options ? N + 4 : N;
}

/* Out of a tunnel: which traffic class the packet must have then. */
static void leaves(enum end_id id, __u16 protocol, __u8 tos, __u8 outer,
		   int after)
{
	size_t n = inner_octets(protocol);
	const struct leg *leg = end_leg(w, id, protocol);
	__u64 sent = protocol == LCP ? leg->control : leg->packets;
	struct frame in, wanted;
	struct records records;
	char what[80];

	snprintf(what, sizeof(what), "%04x %02x in %02x", protocol, tos, outer);
	records_read(w, &records);
	inner(&in, id, protocol, tos, 64);
	end_arrive(&in, id, protocol);
	mark(&in, outer_at(id), outer);
	resum(&in, id);
	if (after == DROP) {
		frame_expect(w, what, id, &in, REASON_ECN_CONFLICT, NULL,
			     &records);
		return;
	}
	inner(&wanted, id, protocol, (__u8)after, is_lns(id) ? 63 : 64);
	end_leave(&wanted, ends[id].other, protocol,
		  expected_id(ends[id].other, sent));
	records_count(&records, id, protocol, n);
	frame_expect(w, what, id, &in, REASON_FORWARDED, &wanted, &records);
}

static void agree(bool agreed)
{
	int i;

	for (i = 0; i < TUNNELS; i++) {
		struct tunnel_rx *t = &w->tunnels[tunnels[i].id];

		t->flags &= ~TUNNEL_RX_ECN;
		t->flags |= agreed ? TUNNEL_RX_ECN : 0;
	}
}

/* The whole table for one DSCP of each header. */
static void table_run(enum end_id id, __u16 protocol, __u8 dscp, __u8 outer)
{
	__u8 i, o;
	int after;

	for (i = 0; i < 4; i++)
		for (o = 0; o < 4; o++) {
			after = ecn_table[i][o];
			leaves(id, protocol, dscp | i, outer | o,
			       after == DROP ? DROP : dscp | after);
		}
}

static void test_ecn(void **state)
{
	enum end_id id;
	size_t p;

	(void)state;
	agree(true);
	for (id = 0; id < END_COUNT; id++)
		for (p = 0; is_tunnel(id) && p < 2; p++) {
			table_run(id, families[p], 0, 0);
			table_run(id, families[p], 0xb8, 0x28);
			table_run(id, families[p], 0xfc, 0x00);
		}
}

/* Options of switched packets, and every kind of checksum. */
static void test_ecn_checksums(void **state)
{
	__u32 i;

	(void)state;
	agree(true);
	for (i = 0; i < 0x10000; i += 97) {
		inner_id = (__u16)i;
		leaves(END_LNS_A, IP4, 2, CE, CE);
		leaves(END_LAC_C, IP4, 2, 1, 1);
	}
	inner_options = true;
	for (i = 0; i < 0x10000; i += 997) {
		inner_id = (__u16)i;
		table_run(END_LAC_A, IP4, 0x88, 0);
		table_run(END_LTS_66_D, IP4, 0x88, 0);
	}
}

/* The checksums at which the sum of RFC 1624 carries. */
static void test_ecn_carries(void **state)
{
	static const __u16 edges[] = {0x0000, 0x0001, 0x0002, 0x0003, 0xfffc,
				      0xfffd, 0xfffe, 0xffff, 0x00ff, 0x0100};
	struct frame f;
	__u32 sum, i;

	(void)state;
	agree(true);
	for (i = 0; i < 10; i++) {
		inner_id = 0;
		inner(&f, END_LAC_A, IP4, 2, 64);
		sum = *frame_at(&f, 10) << 8 | *frame_at(&f, 11);
		/* one more in the id is one less in the sum */
		sum = sum >= edges[i] ? sum - edges[i]
				      : sum + 0xffff - edges[i];
		inner_id = (__u16)(sum << 8 | sum >> 8);
		leaves(END_LAC_A, IP4, 2, CE, CE);
		leaves(END_LAC_A, IP4, 2, 1, 1);
		leaves(END_LNS_A, IP4, 1, CE, CE);
	}
}

/* Nothing of this where the two ends have not agreed. */
static void test_ecn_not_agreed(void **state)
{
	enum end_id id;
	__u8 i, o;
	size_t p;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (p = 0; is_tunnel(id) && p < 2; p++)
			for (i = 0; i < 4; i++)
				for (o = 0; o < 4; o++)
					leaves(id, families[p], 0xb8 | i,
					       0x28 | o, 0xb8 | i);
}

/* Neither version 4 nor 6: no traffic class that could be changed. */
static void test_ecn_no_ip(void **state)
{
	static const __u8 first[] = {0x00, 0x55, 0x7f, 0xff};
	struct frame in, wanted;
	struct records records;
	enum end_id id;
	size_t i;

	(void)state;
	agree(true);
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; is_tunnel(id) && !is_lns(id) && i < 4; i++) {
			__u64 sent = end_leg(w, id, IP4)->packets;

			records_read(w, &records);
			records_count(&records, id, IP4, N);
			inner(&in, id, IP4, 2, 64);
			*frame_at(&in, 0) = first[i];
			wanted = in;
			end_arrive(&in, id, IP4);
			mark(&in, outer_at(id), CE);
			resum(&in, id);
			end_leave(&wanted, ends[id].other, IP4,
				  expected_id(ends[id].other, sent));
			frame_expect(w, "no IP", id, &in, REASON_FORWARDED,
				     &wanted, &records);
		}
}

/* Other PPP protocols have no traffic class. */
static void test_ecn_control(void **state)
{
	enum end_id id;

	(void)state;
	agree(true);
	for (id = 0; id < END_COUNT; id++)
		if (is_tunnel(id) && !is_lns(id))
			leaves(id, LCP, 0, CE, 0);
}

/* ---- what an LNS does to the DSCP ------------------------------------------ */

static __u8 dscp_after(enum inner_dscp mode, __u8 tos, __u8 outer)
{
	if (mode == INNER_DSCP_COPY)
		return (outer & 0xfc) | (tos & 3);
	if (mode == INNER_DSCP_SET)
		return 46 << 2 | (tos & 3);
	return tos;
}

static void test_inner_dscp(void **state)
{
	enum inner_dscp mode;
	enum end_id id;
	__u8 tos, outer;
	size_t p;

	(void)state;
	w->settings->inner_dscp_value = 46;
	for (mode = INNER_DSCP_LEAVE; mode <= INNER_DSCP_SET; mode++) {
		w->settings->inner_dscp = (__u8)mode;
		for (id = 0; id < END_COUNT; id++)
			for (p = 0; is_tunnel(id) && p < 2; p++)
				for (tos = 0, outer = 3; tos < 253; tos += 23) {
					leaves(id, families[p], tos, outer,
					       is_lns(id) ? dscp_after(mode, tos,
								       outer)
							  : tos);
					outer += 40;
				}
	}
}

/*
 * What the kernel is to send on stays as it came: an outer checksum covers it,
 * and the slow path does the same.
 */
static void test_inner_dscp_punted(void **state)
{
	static const __u8 nobody[4] = {100, 67, 0, 1};
	struct records records;
	struct frame in;

	(void)state;
	w->settings->inner_dscp = INNER_DSCP_SET;
	w->settings->inner_dscp_value = 46;
	records_read(w, &records);
	inner(&in, END_LNS_A, IP4, 0x88 | 1, 64);
	memcpy(frame_at(&in, 16), nobody, sizeof(nobody));
	frame_ip4_sum(frame_data(&in));
	end_arrive(&in, END_LNS_A, IP4);
	frame_expect(w, "punted", END_LNS_A, &in, REASON_NEXT_HOP_UNRESOLVED,
		     &in, &records);
}

/* Both at once: DSCP by the setting, ECN by the table. */
static void test_inner_dscp_and_ecn(void **state)
{
	size_t p;

	(void)state;
	agree(true);
	w->settings->inner_dscp = INNER_DSCP_COPY;
	for (p = 0; p < 2; p++) {
		leaves(END_LNS_A, families[p], 0x88 | 2, 0x20 | CE, 0x20 | CE);
		leaves(END_LNS_D, families[p], 0x88 | 2, 0x20 | 1, 0x20 | 1);
		leaves(END_LNS_D, families[p], 0x88, 0x20 | CE, DROP);
		leaves(END_LTS_A, families[p], 0x88 | 2, 0x20 | CE, 0x88 | CE);
	}
}

/* Not what did not come in a tunnel: PPPoE joined with IP, and downstream. */
static void test_inner_dscp_elsewhere(void **state)
{
	struct frame in, wanted;
	struct records records;
	enum end_id id;
	size_t p;

	(void)state;
	agree(true);
	w->settings->inner_dscp = INNER_DSCP_SET;
	w->settings->inner_dscp_value = 46;
	for (id = 0; id < END_COUNT; id++)
		for (p = 0; !is_tunnel(id) && p < 2; p++) {
			enum end_id out = ends[id].other;
			bool routed = ends[id].kind == LEG_IP || is_lns(id);
			__u64 sent = end_leg(w, id, families[p])->packets;

			records_read(w, &records);
			records_count(&records, id, families[p], N);
			inner(&in, id, families[p], 0x8b, 64);
			end_arrive(&in, id, families[p]);
			inner(&wanted, id, families[p], 0x8b, routed ? 63 : 64);
			end_leave(&wanted, out, families[p],
				  expected_id(out, sent));
			frame_expect(w, "no tunnel", id, &in, REASON_FORWARDED,
				     &wanted, &records);
		}
}

/* ---- into tunnels ---------------------------------------------------------- */

/* The template's own class, to be seen where nothing is copied. */
static void template_class(struct image *image, enum end_id out, __u8 tos)
{
	__u8 *ip = image->head + outer_at(out);
	__u16 word;

	if (image->flags & IMAGE_IP6) {
		ip[0] = 0x60 | tos >> 4;
		ip[1] = (__u8)(tos << 4) | (ip[1] & 15);
		return;
	}
	memcpy(&word, ip, 2);
	image->sum -= word;
	ip[1] = tos;
	memcpy(&word, ip, 2);
	image->sum += word;
}

static void enters(enum end_id id, __u16 protocol, __u8 tos, __u8 outer)
{
	enum end_id out = ends[id].other;
	const struct leg *leg = end_leg(w, id, protocol);
	__u64 sent = protocol == LCP ? leg->control : leg->packets;
	struct frame in, wanted;
	struct records records;
	char what[80];

	snprintf(what, sizeof(what), "%04x %02x into %02x", protocol, tos,
		 outer);
	records_read(w, &records);
	records_count(&records, id, protocol, inner_octets(protocol));
	inner(&in, id, protocol, tos, 64);
	end_arrive(&in, id, protocol);
	inner(&wanted, id, protocol, tos, ends[id].kind == LEG_IP ? 63 : 64);
	end_leave(&wanted, out, protocol, expected_id(out, sent));
	mark(&wanted, outer_at(out), outer);
	resum(&wanted, out);
	frame_expect(w, what, id, &in, REASON_FORWARDED, &wanted, &records);
}

/* The outer class of a packet: the template's is 0x29 then. */
static __u8 outer_class(__u8 flags, __u8 tos)
{
	__u8 dscp = flags & IMAGE_COPY_DSCP ? tos & 0xfc : 0x28;

	return dscp | (flags & IMAGE_COPY_ECN ? tos & 3 : 1);
}

static void enters_all(enum end_id id, __u8 flags)
{
	static const __u8 classes[] = {0x00, 0x01, 0x02, 0x03, 0x28, 0x2a, 0x88,
				       0xb8, 0xbb, 0xfc, 0xff, 0x7c, 0x81};
	size_t p, i;

	for (p = 0; p < 2; p++)
		for (i = 0; i < sizeof(classes); i++)
			enters(id, families[p], classes[i],
			       outer_class(flags, classes[i]));
	if (ends[id].kind != LEG_IP)
		enters(id, LCP, 0, 0x29);
}

static void test_copy(void **state)
{
	static const __u8 flags[] = {0, IMAGE_COPY_DSCP, IMAGE_COPY_ECN,
				     IMAGE_COPY_DSCP | IMAGE_COPY_ECN};
	struct image *image;
	enum end_id id;
	size_t i;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (!is_tunnel(ends[id].other))
			continue;
		for (i = 0; i < 4; i++) {
			world_reset(w);
			image = &w->templates[ends[ends[id].other].template]
					 .image[0];
			template_class(image, ends[id].other, 0x29);
			image->flags |= flags[i];
			enters_all(id, flags[i]);
		}
	}
}

/* From tunnel to tunnel: what came with the outer header goes on in one. */
static void test_lts_carries_marks(void **state)
{
	struct image *image =
		&w->templates[ends[END_LTS_66_D].template].image[0];
	struct frame in, wanted;
	struct records records;

	(void)state;
	agree(true);
	image->flags |= IMAGE_COPY_ECN | IMAGE_COPY_DSCP;
	records_read(w, &records);
	records_count(&records, END_LTS_66_C, IP4, N);
	inner(&in, END_LTS_66_C, IP4, 0x88 | 2, 64);
	end_arrive(&in, END_LTS_66_C, IP4);
	mark(&in, 14, CE);
	resum(&in, END_LTS_66_C);
	inner(&wanted, END_LTS_66_C, IP4, 0x88 | CE, 64);
	end_leave(&wanted, END_LTS_66_D, IP4, 0);
	mark(&wanted, outer_at(END_LTS_66_D), 0x88 | CE);
	frame_expect(w, "LTS", END_LTS_66_C, &in, REASON_FORWARDED, &wanted,
		     &records);
}

static int setup(void **state)
{
	(void)state;
	inner_id = 0x1111;
	inner_options = false;
	world_reset(w);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ecn),
		TEST(test_ecn_checksums),
		TEST(test_ecn_carries),
		TEST(test_ecn_not_agreed),
		TEST(test_ecn_no_ip),
		TEST(test_ecn_control),
		TEST(test_inner_dscp),
		TEST(test_inner_dscp_punted),
		TEST(test_inner_dscp_and_ecn),
		TEST(test_inner_dscp_elsewhere),
		TEST(test_copy),
		TEST(test_lts_carries_marks),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
