/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A switched call (LAC, LTS) never touches the inner packet, whatever is wrong
 * with it and whatever is on for terminated calls: it goes on octet for octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "records.h"

#define IP4 0x0021
#define IP6 0x0057
#define N   96

static struct world *w;

static void ttl_0(struct frame *f)
{
	*frame_at(f, *frame_at(f, 0) >> 4 == 4 ? 8 : 7) = 0;
}

static void ttl_1(struct frame *f)
{
	*frame_at(f, *frame_at(f, 0) >> 4 == 4 ? 8 : 7) = 1;
}

static void options(struct frame *f)
{
	*frame_at(f, 0) = (*frame_at(f, 0) & 0xf0) | 0x0f;
}

static void header_16(struct frame *f)
{
	*frame_at(f, 0) = 0x44;
}

static void version_0(struct frame *f)
{
	*frame_at(f, 0) &= 0x0f;
}

static void version_other(struct frame *f)
{
	*frame_at(f, 0) ^= 0x20;
}

static void fragment_first(struct frame *f)
{
	*frame_at(f, 6) = *frame_at(f, 0) >> 4 == 4 ? 0x20 : 44;
}

static void fragment_later(struct frame *f)
{
	fragment_first(f);
	*frame_at(f, 7) = 0xb9;
}

static void source_foreign(struct frame *f)
{
	*frame_at(f, 12) ^= 0x55;
	*frame_at(f, 15) ^= 0x55;
}

static void source_0(struct frame *f)
{
	memset(frame_at(f, 8), 0, 16);
}

static void multicast(struct frame *f)
{
	memset(frame_at(f, *frame_at(f, 0) >> 4 == 4 ? 16 : 24), 0xff, 4);
}

static void length_beyond(struct frame *f)
{
	*frame_at(f, *frame_at(f, 0) >> 4 == 4 ? 2 : 4) = 0x7f;
}

static void length_0(struct frame *f)
{
	memset(frame_at(f, 2), 0, 4);
}

static void sum_wrong(struct frame *f)
{
	*frame_at(f, 10) ^= 0xff;
}

/* L2TP of the subscriber's own, to our own end point. */
static void l2tp_inside(struct frame *f)
{
	bool ip4 = *frame_at(f, 0) >> 4 == 4;
	__u8 *udp = frame_at(f, ip4 ? 20 : 40);

	*frame_at(f, ip4 ? 9 : 6) = 17;
	if (ip4)
		memcpy(frame_at(f, 16), "\xc0\x00\x02\x01", 4);
	else
		memcpy(frame_at(f, 24), local_ip6, 16);
	memcpy(udp, "\x06\xa5\x06\xa5\x00\x28\x00\x00", 8);
	memcpy(udp + 8, "\x00\x02\x56\x78\x0b\x06", 6);
}

/* A SYN whose MSS is more than any side carries. */
static void syn(struct frame *f)
{
	bool ip4 = *frame_at(f, 0) >> 4 == 4;
	__u8 *tcp = frame_at(f, ip4 ? 20 : 40);

	*frame_at(f, ip4 ? 9 : 6) = 6;
	tcp[12] = 0x60;
	tcp[13] = 2;
	memcpy(tcp + 20, "\x02\x04\xff\xff", 4);
}

static void ones(struct frame *f)
{
	memset(frame_at(f, 0), 0xff, frame_len(f));
}

static void zeros(struct frame *f)
{
	memset(frame_at(f, 0), 0, frame_len(f));
}

static void header_cut(struct frame *f)
{
	frame_cut(f, 19);
}

static void one_octet(struct frame *f)
{
	frame_cut(f, 1);
}

static void empty(struct frame *f)
{
	frame_cut(f, 0);
}

static const struct {
	const char *name;
	void (*change)(struct frame *f);
} rows[] = {
	{"TTL 0", ttl_0},
	{"TTL 1", ttl_1},
	{"options", options},
	{"header of 16", header_16},
	{"version 0", version_0},
	{"another version", version_other},
	{"first fragment", fragment_first},
	{"later fragment", fragment_later},
	{"foreign source", source_foreign},
	{"source 0", source_0},
	{"multicast", multicast},
	{"length beyond", length_beyond},
	{"length 0", length_0},
	{"wrong checksum", sum_wrong},
	{"L2TP inside", l2tp_inside},
	{"SYN", syn},
	{"all ones", ones},
	{"all zeros", zeros},
	{"header cut", header_cut},
	{"one octet", one_octet},
	{"nothing", empty},
};

static bool is_switched(enum end_id id)
{
	return ends[id].kind != LEG_IP && ends[ends[id].other].kind != LEG_IP;
}

static void switches(enum end_id id, __u16 protocol, size_t row)
{
	enum end_id out = ends[id].other;
	__u64 sent = end_leg(w, id, protocol)->packets;
	struct frame in, wanted;
	struct records records;

	inner_build(&in, id, protocol, N, 64);
	rows[row].change(&in);
	wanted = in;
	records_read(w, &records);
	records_count(&records, id, protocol, frame_len(&in));
	end_arrive(&in, id, protocol);
	end_leave(&wanted, out, protocol, expected_id(out, sent));
	frame_expect(w, rows[row].name, id, &in, REASON_FORWARDED, &wanted,
		     &records);
}

static void switch_all(void)
{
	enum end_id id;
	size_t row;

	for (id = 0; id < END_COUNT; id++)
		for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
			if (is_switched(id)) {
				switches(id, IP4, row);
				switches(id, IP6, row);
			}
}

static void test_inner(void **state)
{
	(void)state;
	switch_all();
}

/* What an operator has on for terminated calls; NCPs that never opened. */
static void test_services_of_others(void **state)
{
	enum end_id id;

	(void)state;
	w->settings->flags = SETTINGS_MSS_CLAMP | SETTINGS_CHECK_SUMS;
	w->settings->inner_dscp = INNER_DSCP_SET;
	w->settings->inner_dscp_value = 63;
	w->settings->ip4_routes = w->settings->ip6_routes = 1;
	for (id = 0; id < END_COUNT; id++)
		end_leg(w, id, IP4)->flags = LEG_ROUTES | LEG_ORDERED;
	switch_all();
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
		TEST(test_inner),
		TEST(test_services_of_others),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
