/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outer UDP checksum over IPv4 and IPv6: computed for every length, sent
 * as ffff where it would be 0, verified where the operator wants it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "records.h"

#define LCP 0xc021
#define IP4 0x0021

static struct world *w;

/* Where the outer IP header is. */
static size_t outer_at(enum end_id id)
{
	return tunnels[ends[id].tunnel].vlan ? 18 : 14;
}

static size_t udp_at(enum end_id id)
{
	return end_l2tp(id) - 8;
}

static struct image *image_of(enum end_id id)
{
	return &w->templates[ends[id].template].image[0];
}

/* ---- sending -------------------------------------------------------------- */

static const enum end_id senders[] = {
	END_PPPOE, END_PPPOE_TAGGED, END_PPPOE_QINQ, END_PPPOE_QINQ_8100,
	END_LTS_A, END_LTS_46_A,     END_LTS_66_C,
};
enum { SENDERS = sizeof(senders) / sizeof(senders[0]) };

/* The frame that must leave for what f holds, with its checksum. */
static void leave_summed(struct frame *f, enum end_id from, __u16 protocol,
			 __u64 sent)
{
	enum end_id out = ends[from].other;

	end_leave(f, out, protocol, expected_id(out, sent));
	frame_udp_sum(frame_at(f, outer_at(out)));
}

static void sends(enum end_id from, __u16 protocol, size_t n)
{
	const struct leg *leg = end_leg(w, from, protocol);
	__u64 sent = protocol == LCP ? leg->control : leg->packets;
	struct frame in, wanted;
	struct records records;

	records_read(w, &records);
	records_count(&records, from, protocol, n);
	inner_build(&in, from, protocol, n, 64);
	end_arrive(&in, from, protocol);
	inner_build(&wanted, from, protocol, n, 64);
	leave_summed(&wanted, from, protocol, sent);
	frame_expect(w, "summed", from, &in, REASON_FORWARDED, &wanted,
		     &records);
}

static void test_send_every_length(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < SENDERS; i++) {
		image_of(ends[senders[i]].other)->flags |= IMAGE_UDP_SUM;
		for (n = 1; n <= 1500; n++)
			sends(senders[i], LCP, n);
		for (n = 20; n <= 60; n++)
			sends(senders[i], IP4, n);
		for (n = 2040; n <= 2052; n++)
			sends(senders[i], LCP, n);
		sends(senders[i], LCP, 3333);
	}
}

/* A payload whose sum makes the checksum 0, which would mean "none". */
static void test_send_zero(void **state)
{
	struct frame in, wanted;
	struct records records;
	size_t i, udp;
	__u8 fill[2];

	(void)state;
	for (i = 0; i < SENDERS; i++) {
		enum end_id from = senders[i], out = ends[from].other;

		image_of(out)->flags |= IMAGE_UDP_SUM;
		udp = udp_at(out);
		inner_build(&wanted, from, LCP, 32, 0);
		memset(frame_at(&wanted, 30), 0, 2);
		leave_summed(&wanted, from, LCP, 0);
		memcpy(fill, frame_at(&wanted, udp + 6), 2);
		inner_build(&in, from, LCP, 32, 0);
		memcpy(frame_at(&in, 30), fill, 2);
		wanted = in;
		end_arrive(&in, from, LCP);
		leave_summed(&wanted, from, LCP, 0);
		assert_memory_equal(frame_at(&wanted, udp + 6), "\xff\xff", 2);
		records_read(w, &records);
		records_count(&records, from, LCP, 32);
		frame_expect(w, "sum 0", from, &in, REASON_FORWARDED, &wanted,
			     &records);
		world_reset(w);
	}
}

/* ---- receiving ------------------------------------------------------------ */

static bool is_tunnel(enum end_id id)
{
	return ends[id].kind == LEG_L2TP;
}

/* Joined with IP, which takes no LCP. */
static bool is_lns(enum end_id id)
{
	return ends[ends[id].other].kind == LEG_IP;
}

/* A frame of the end with this in its checksum field; right if sum is NULL. */
static void arrive_with(struct frame *f, enum end_id id, __u16 protocol,
			size_t n, const void *sum)
{
	inner_build(f, id, protocol, n, 64);
	end_arrive(f, id, protocol);
	frame_udp_sum(frame_at(f, outer_at(id)));
	if (sum)
		memcpy(frame_at(f, udp_at(id) + 6), sum, 2);
}

static void receives(enum end_id id, __u16 protocol, size_t n, struct frame *in)
{
	const struct leg *leg = end_leg(w, id, protocol);
	__u64 sent = protocol == LCP ? leg->control : leg->packets;
	enum end_id out = ends[id].other;
	struct records records;
	struct frame wanted;

	inner_build(&wanted, id, protocol, n, is_lns(id) ? 63 : 64);
	end_leave(&wanted, out, protocol, expected_id(out, sent));
	records_read(w, &records);
	records_count(&records, id, protocol, n);
	frame_expect(w, "checked", id, in, REASON_FORWARDED, &wanted, &records);
}

static void drops(enum end_id id, struct frame *in, enum reason reason)
{
	struct records records;

	records_read(w, &records);
	frame_expect(w, "not checked", id, in, reason, NULL, &records);
}

/* Right ones pass at every length; what lies behind UDP is not summed. */
static void test_receive_every_length(void **state)
{
	enum end_id id;
	struct frame in;
	size_t n;

	(void)state;
	w->settings->flags = SETTINGS_CHECK_SUMS;
	for (id = 0; id < END_COUNT; id++) {
		__u16 protocol = is_lns(id) ? IP4 : LCP;

		for (n = is_lns(id) ? 20 : 1; is_tunnel(id) && n < 1500; n++) {
			arrive_with(&in, id, protocol, n, NULL);
			frame_append(&in, "beyond", n % 7);
			receives(id, protocol, n, &in);
		}
	}
}

/* Close to the end of the largest buffer that a test run has in one piece. */
static void test_receive_large(void **state)
{
	static const enum end_id ids[] = {END_LAC_A, END_LTS_B, END_LAC_C,
					  END_LAC_D};
	struct frame in;
	size_t i, n;

	(void)state;
	w->settings->flags = SETTINGS_CHECK_SUMS;
	for (i = 0; i < 4; i++)
		for (n = 3040; n < 3080; n++) {
			arrive_with(&in, ids[i], LCP, n, NULL);
			if (ids[i] == END_LAC_D)
				memset(frame_at(&in, udp_at(ids[i]) + 6), 0, 2);
			receives(ids[i], LCP, n, &in);
		}
}

/* Each octet that the sum covers, damaged behind the headers and in them. */
static void test_receive_damaged(void **state)
{
	enum end_id id;
	struct frame in;
	size_t at;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (!is_tunnel(id))
			continue;
		arrive_with(&in, id, IP4, 61, NULL);
		for (at = end_l2tp(id) + 6; at < frame_len(&in); at++) {
			w->settings->flags = SETTINGS_CHECK_SUMS;
			*frame_at(&in, at) ^= 0x20;
			drops(id, &in, REASON_BAD_CHECKSUM);
			*frame_at(&in, at) ^= 0x20;
		}
		arrive_with(&in, id, IP4, 61, "\x12\x34");
		drops(id, &in, REASON_BAD_CHECKSUM);
		w->settings->flags = 0;
		receives(id, IP4, 61, &in);
	}
}

/* Without a checksum: over IPv4 always, over IPv6 only where it is agreed. */
static void test_receive_none(void **state)
{
	enum end_id id;
	struct frame in;
	__u32 checked;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (checked = 0; is_tunnel(id) && checked < 2; checked++) {
			const struct tunnel_end *t = &tunnels[ends[id].tunnel];

			w->settings->flags = checked ? SETTINGS_CHECK_SUMS : 0;
			arrive_with(&in, id, IP4, 61, "\0");
			if (t->peer_ip4 || t->zero_sum)
				receives(id, IP4, 61, &in);
			else
				drops(id, &in, REASON_ZERO_CHECKSUM);
		}
}

/* LCP of 32 octets whose checksum, computed, is 0. */
static void inner_of_zero(struct frame *f, enum end_id id)
{
	struct frame sum;

	inner_build(f, id, LCP, 32, 0);
	memset(frame_at(f, 30), 0, 2);
	sum = *f;
	end_arrive(&sum, id, LCP);
	frame_udp_sum(frame_at(&sum, outer_at(id)));
	memcpy(frame_at(f, 30), frame_at(&sum, udp_at(id) + 6), 2);
}

/* ffff stands for a computed 0. */
static void test_receive_ffff(void **state)
{
	struct records records;
	struct frame in, wanted;
	enum end_id id;

	(void)state;
	w->settings->flags = SETTINGS_CHECK_SUMS;
	for (id = 0; id < END_COUNT; id++) {
		if (!is_tunnel(id) || is_lns(id))
			continue;
		inner_of_zero(&in, id);
		wanted = in;
		end_arrive(&in, id, LCP);
		frame_udp_sum(frame_at(&in, outer_at(id)));
		assert_memory_equal(frame_at(&in, udp_at(id) + 6), "\xff\xff",
				    2);
		end_leave(&wanted, ends[id].other, LCP,
			  expected_id(ends[id].other, 0));
		records_read(w, &records);
		records_count(&records, id, LCP, 32);
		frame_expect(w, "ffff", id, &in, REASON_FORWARDED, &wanted,
			     &records);
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
		TEST(test_send_every_length),
		TEST(test_send_zero),
		TEST(test_receive_every_length),
		TEST(test_receive_large),
		TEST(test_receive_damaged),
		TEST(test_receive_none),
		TEST(test_receive_ffff),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
