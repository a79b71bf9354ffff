/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All joins, both directions: whole frames, leg counters, trimming, PPP
 * forms, L2TP header forms.  Expected frames are built from `ends`, not by
 * the program under test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include "records.h"

static struct world *w;

static const __u16 protocols[] = {0x0021, 0x0057, 0xc021, 0x8021, 0x00fd};

static bool is_data(__u16 protocol)
{
	return protocol == 0x0021 || protocol == 0x0057;
}

static bool is_terminated(enum end_id id)
{
	return ends[id].kind == LEG_IP || ends[ends[id].other].kind == LEG_IP;
}

/* The frame expected out of the other end for n octets arriving at `id`. */
static void wanted_build(struct frame *f, enum end_id id, __u16 protocol,
			 size_t n, __u64 packets_before)
{
	enum end_id out = ends[id].other;
	__u8 ttl = is_terminated(id) ? 63 : 64;

	inner_build(f, id, protocol, n, ttl);
	end_leave(f, out, protocol, expected_id(out, packets_before));
}

/* A message with Ns is the one expected, and the next one is expected then. */
static void number_expect(struct records *r, enum end_id id,
			  const struct frame *in)
{
	const __u8 *l2tp = in->room + in->at + end_l2tp(id);

	if (ends[id].kind != LEG_L2TP || !(l2tp[0] & L2TP_FLAG_S >> 8))
		return;
	end_leg(w, id, 0)->in.l2tp.sequence = L2TP_NS;
	r->legs[id].in.l2tp.sequence = L2TP_NS + 1;
}

static void name_it(char *what, size_t size, enum end_id id, __u16 protocol,
		    size_t n, const char *variant)
{
	snprintf(what, size, "%s -> %s, %04x, %zu octets%s%s", ends[id].name,
		 ends[ends[id].other].name, protocol, n, variant ? ", " : "",
		 variant ? variant : "");
}

/* Run a frame that must be forwarded as n octets of protocol. */
static void forwards(enum end_id id, __u16 protocol, size_t n,
		     const struct frame *in, const char *variant)
{
	const struct leg *leg = end_leg(w, id, protocol);
	__u64 sent = is_data(protocol) ? leg->packets : leg->control;
	struct records wanted_records;
	struct frame wanted;
	struct outcome o;
	char what[128];

	name_it(what, sizeof(what), id, protocol, n, variant);
	records_read(w, &wanted_records);
	records_count(&wanted_records, id, protocol, n);
	number_expect(&wanted_records, id, in);
	world_run(w, end_port(w, id), in, &o);
	if (o.reason != REASON_FORWARDED || o.verdict != XDP_REDIRECT)
		fail_msg("%s: reason %d, verdict %d", what, o.reason,
			 o.verdict);
	wanted_build(&wanted, id, protocol, n, sent);
	assert_frame(what, &o.out, &wanted);
	records_assert(what, w, &wanted_records);
}

static void joins(size_t n, size_t padding)
{
	static const __u8 zeros[64];
	enum end_id id;
	struct frame in;
	size_t i;

	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < 5; i++) {
			if (is_terminated(id) && !is_data(protocols[i]))
				continue;
			inner_build(&in, id, protocols[i], n, 64);
			end_arrive(&in, id, protocols[i]);
			frame_append(&in, zeros, padding);
			forwards(id, protocols[i], n, &in,
				 padding ? "padded" : NULL);
		}
}

static void test_joins(void **state)
{
	(void)state;
	joins(60, 0);
	joins(61, 0);
	joins(1492, 0);
}

static void test_joins_padded(void **state)
{
	(void)state;
	joins(40, 1);
	joins(41, 18);
	joins(200, 64);
}

/* IP total length beyond what the program can see in one piece. */
static void test_joins_jumbo(void **state)
{
	size_t sizes[] = {4000, 8000};
	enum end_id lac[] = {END_PPPOE,	    END_LAC_A, END_LTS_A,
			     END_LTS_B,	    END_LAC_C, END_LAC_D,
			     END_LTS_46_C,  END_LTS_66_C,
			     END_PPPOE_QINQ_8100};
	struct frame in;
	size_t i, j;

	(void)state;
	for (i = 0; i < 2; i++)
		for (j = 0; j < 9; j++) {
			inner_build(&in, lac[j], 0x0021, sizes[i], 64);
			end_arrive(&in, lac[j], 0x0021);
			forwards(lac[j], 0x0021, sizes[i], &in, "jumbo");
		}
}

/* Small control frames, down to an empty information field. */
static void test_small_frames(void **state)
{
	enum end_id id;
	struct frame in;
	size_t n;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (n = 0; !is_terminated(id) && n < 12; n++) {
			inner_build(&in, id, 0xc021, n, 0);
			end_arrive(&in, id, 0xc021);
			forwards(id, 0xc021, n, &in, "small");
		}
}

/* FF 03 and one-octet protocols are taken on both carriers. */
static void test_ppp_forms(void **state)
{
	enum end_id id;
	enum ppp_form form;
	struct frame in;
	size_t i;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < PPP_FORMS * 2; i++) {
			__u16 protocol = protocols[i & 1];

			form = (enum ppp_form)(i / 2);
			if (ends[id].kind == LEG_IP)
				continue;
			inner_build(&in, id, protocol, 100, 64);
			push_ppp(&in, protocol, form);
			if (ends[id].kind == LEG_L2TP)
				l2tp_arrive(&in, id, 0, 0, 0);
			else
				pppoe_arrive(&in, id);
			forwards(id, protocol, 100, &in, "PPP form");
		}
}

/* Tags of a client's frame, written from the inside out. */
static void tags_arrive(struct frame *f, enum end_id id, __u16 protocol,
			const __u16 (*tags)[2], size_t count)
{
	__u16 type = 0x8864;

	inner_build(f, id, protocol, 80, 64);
	push_ppp(f, protocol, PPP_LONG);
	push_pppoe(f, ends[id].session);
	while (count--) {
		push_tag(f, tags[count][1], type);
		type = tags[count][0];
	}
	push_ethernet(f, access_mac, ends[id].client, type);
}

/*
 * A tag with VLAN id 0 carries only a priority, wherever it stands: in front
 * of the call's own tags, between them and behind them, up to three in all.
 */
static void test_priority_tag(void **state)
{
	static const __u16 priority[] = {0xe000, 0};
	__u16 tags[3][2], own[2][2];
	size_t owned, at, i, k;
	enum end_id id;
	struct frame in;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (ends[id].kind != LEG_PPPOE)
			continue;
		own[0][0] = ends[id].inner_vlan ? 0x88a8 : 0x8100;
		own[0][1] = ends[id].vlan;
		own[1][0] = 0x8100;
		own[1][1] = ends[id].inner_vlan;
		owned = !!ends[id].vlan + !!ends[id].inner_vlan;
		for (i = 0; i < 4 * (owned + 1); i++) {
			at = i / 4;
			for (k = 0; k <= owned; k++)
				memcpy(tags[k], k < at ? own[k] : own[k - 1],
				       k == at ? 0 : sizeof(tags[k]));
			tags[at][0] = i & 1 ? 0x8100 : 0x88a8;
			tags[at][1] = priority[i >> 1 & 1];
			tags_arrive(&in, id, 0x0021, tags, owned + 1);
			forwards(id, 0x0021, 80, &in, "priority tag");
		}
	}
}

/* Only priorities: three of them are none. */
static void test_priorities_only(void **state)
{
	static const __u16 tags[3][2] = {
		{0x8100, 0xe000}, {0x88a8, 0}, {0x8100, 0x2000}};
	struct frame in;

	(void)state;
	tags_arrive(&in, END_PTA, 0x0021, tags, 3);
	forwards(END_PTA, 0x0021, 80, &in, "three priorities");
}

/* Tags of the core, too: IP and L2TP behind a priority and a VLAN. */
static void test_priority_tag_core(void **state)
{
	static const enum end_id ids[] = {END_LTS_A, END_LNS_A, END_IP_LNS_A,
					  END_IP_PTA};
	struct frame in;
	size_t i;
	__u8 macs[12];

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		inner_build(&in, ids[i], 0x0021, 80, 64);
		end_arrive(&in, ids[i], 0x0021);
		memcpy(macs, frame_data(&in), sizeof(macs));
		in.at += 14;
		push_tag(&in, 77, 0x0800);
		push_tag(&in, 0xe000, 0x8100);
		push_ethernet(&in, macs, macs + 6, 0x8100);
		forwards(ids[i], 0x0021, 80, &in, "priority tag, core");
	}
}

/*
 * Either kind of tag is taken outside, 802.1Q within; ours are as the template
 * says.
 */
static void test_tag_types(void **state)
{
	static const __u16 outer[] = {0x8100, 0x88a8};
	enum end_id id;
	struct frame in;
	struct outcome o;
	size_t i;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; ends[id].inner_vlan && i < 2; i++) {
			__u16 tags[2][2] = {{outer[i], ends[id].vlan},
					    {0x8100, ends[id].inner_vlan}};

			tags_arrive(&in, id, 0x0057, tags, 2);
			forwards(id, 0x0057, 80, &in, "tag types");
			tags[1][0] = 0x88a8;
			tags_arrive(&in, id, 0x0057, tags, 2);
			world_run(w, w->access, &in, &o);
			assert_int_equal(o.reason, REASON_NOT_OURS);
		}
}

/* ---- L2TP header forms --------------------------------------------------- */

static void form_name(char *what, size_t size, __u16 flags, unsigned int pad)
{
	snprintf(what, size, "%s%s%s%s pad %u", flags & L2TP_FLAG_L ? "L" : "",
		 flags & L2TP_FLAG_S ? "S" : "", flags & L2TP_FLAG_O ? "O" : "",
		 flags & L2TP_FLAG_P ? "P" : "", pad);
}

static void pad_drops(enum end_id id, const struct frame *in, const char *what)
{
	struct records before;
	struct outcome o;

	records_read(w, &before);
	world_run(w, end_port(w, id), in, &o);
	if (o.reason != REASON_OFFSET_TOO_LARGE || o.verdict != XDP_DROP)
		fail_msg("%s: reason %d", what, o.reason);
	records_assert(what, w, &before);
}

/* One L2TP header form on one join, alone and with octets behind Length. */
static void form_run(enum end_id id, __u16 protocol, __u16 flags, __u16 pad,
		     __u32 limit)
{
	static const __u8 trailer[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct frame in;
	char what[64];
	int beyond;

	for (beyond = 0; beyond < 2; beyond++) {
		inner_build(&in, id, protocol, 90, 64);
		push_ppp(&in, protocol, PPP_HDLC);
		l2tp_arrive(&in, id, flags, pad, 0xabcd);
		form_name(what, sizeof(what), flags, pad);
		if (beyond)
			frame_append(&in, trailer, sizeof(trailer));
		if (flags & L2TP_FLAG_O && pad > limit)
			pad_drops(id, &in, what);
		else
			forwards(id, protocol, 90, &in, what);
	}
}

static void forms_run(enum end_id id, __u16 protocol, __u32 limit)
{
	const unsigned int pads[] = {0, 1, 3, 15, 16, 17, limit, limit + 1};
	unsigned int bits;
	size_t i;

	for (bits = 0; bits < 16; bits++)
		for (i = 0; i < 8; i++) {
			__u16 flags = (bits & 1 ? L2TP_FLAG_L : 0) |
				      (bits & 2 ? L2TP_FLAG_S : 0) |
				      (bits & 4 ? L2TP_FLAG_O : 0) |
				      (bits & 8 ? L2TP_FLAG_P : 0);

			if (!(flags & L2TP_FLAG_O) && pads[i])
				continue;
			form_run(id, protocol, flags, (__u16)pads[i], limit);
		}
}

/* A limit below 16 counts as 16, one above 240 as 240. */
static void test_l2tp_forms(void **state)
{
	static const __u32 set[] = {0, 16, 64, 240, 1000};
	static const __u32 limit[] = {16, 16, 64, 240, 240};
	enum end_id id;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		w->settings->offset_limit = set[i];
		for (id = 0; id < END_COUNT; id++)
			if (ends[id].kind == LEG_L2TP) {
				forms_run(id, 0x0021, limit[i]);
				forms_run(id, 0x0057, limit[i]);
			}
	}
}

/* Length in the L2TP header shorter than the datagram: the rest is ignored. */
static void test_l2tp_length_trims(void **state)
{
	enum end_id id;
	struct frame in;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		if (ends[id].kind != LEG_L2TP)
			continue;
		inner_build(&in, id, 0x0021, 70, 64);
		frame_append(&in, "ten octets", 10);
		push_ppp(&in, 0x0021, PPP_HDLC);
		l2tp_arrive(&in, id, L2TP_FLAG_L, 0, 0);
		frame_at(&in, end_l2tp(id) + 3)[0] -= 10;
		forwards(id, 0x0021, 70, &in, "Length less by 10");
	}
}

/* ---- subscriber to subscriber -------------------------------------------- */

static void test_subscribers(void **state)
{
	static const enum end_id pairs[][2] = {
		{END_LNS_A, END_LNS_B},	   {END_LNS_B, END_PTA},
		{END_PTA, END_LNS_A},	   {END_PTA, END_PTA_TAGGED},
		{END_PTA_TAGGED, END_PTA}, {END_LNS_A, END_PTA_QINQ},
		{END_LNS_C, END_LNS_D},	   {END_LNS_D, END_PTA_QINQ_8100},
		{END_PTA_QINQ, END_LNS_C},
	};
	struct ip4_header ip = {.ttl = 9, .protocol = 253};
	struct records wanted_records;
	struct frame in, wanted;
	struct outcome o;
	__u64 sent;
	size_t i;

	(void)state;
	for (i = 0; i < 9; i++) {
		enum end_id a = pairs[i][0], b = pairs[i][1];

		records_read(w, &wanted_records);
		records_count(&wanted_records, a, 0x0021, 70);
		records_count(&wanted_records, ends[b].other, 0x0021, 70);
		sent = end_leg(w, ends[b].other, 0x0021)->packets;
		ip.src = ends[ends[a].other].user_ip4;
		ip.dst = ends[ends[b].other].user_ip4;
		ip.ttl = 9;
		frame_body(&in, 50, 1);
		push_ip4(&in, &ip);
		end_arrive(&in, a, 0x0021);
		world_run(w, end_port(w, a), &in, &o);
		assert_int_equal(o.reason, REASON_FORWARDED);
		ip.ttl = 8;
		frame_body(&wanted, 50, 1);
		push_ip4(&wanted, &ip);
		end_leave(&wanted, b, 0x0021, expected_id(b, sent));
		assert_frame(ends[a].name, &o.out, &wanted);
		records_assert(ends[a].name, w, &wanted_records);
	}
}

/* The second image of a template is used once `active` says so. */
static void test_template_flip(void **state)
{
	struct template *t = &w->templates[ends[END_LAC_A].template];
	struct frame in;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		inner_build(&in, END_PPPOE, 0x0021, 99, 64);
		end_arrive(&in, END_PPPOE, 0x0021);
		forwards(END_PPPOE, 0x0021, 99, &in, "flipped");
		t->image[!t->active] = t->image[t->active];
		memset(&t->image[t->active], 0, sizeof(t->image[0]));
		t->active = !t->active;
	}
}

/* ---- the port a frame leaves by ------------------------------------------ */

/* Only this port may be redirected to. */
static void only_port(__u32 ifindex)
{
	const __u32 all[] = {w->access, w->core, w->tagged, w->alien, w->tun};
	int fd = bpf_map__fd(w->skel->maps.tx_ports);
	size_t i;

	for (i = 0; i < 5; i++)
		bpf_map_delete_elem(fd, &all[i]);
	if (ifindex)
		assert_int_equal(bpf_map_update_elem(fd, &ifindex, &ifindex, 0),
				 0);
}

/* The one port without which a frame of this end is not forwarded. */
static void leaves_by(enum end_id id, __u16 protocol, __u32 port)
{
	const __u32 all[] = {w->access, w->core, w->tagged, w->alien, w->tun};
	enum reason wanted;
	struct frame in;
	struct outcome o;
	size_t i;

	for (i = 0; i < 5; i++) {
		only_port(all[i]);
		inner_build(&in, id, protocol, 90, 64);
		end_arrive(&in, id, protocol);
		world_run(w, end_port(w, id), &in, &o);
		wanted = all[i] == port ? REASON_FORWARDED : REASON_NO_PORT;
		if (o.reason != wanted)
			fail_msg("%s, only port %u: reason %d, wanted %d",
				 ends[id].name, all[i], o.reason, wanted);
	}
}

static __u32 leave_port(enum end_id id)
{
	const struct end *o = &ends[ends[id].other];

	if (o->kind == LEG_IP)
		return w->core;
	return w->templates[o->template].image[0].ifindex;
}

/*
 * A redirect is only the promise of the map's entry, so the port is the one
 * entry that a frame needs: for every join, each template with its own port.
 */
static void test_ports(void **state)
{
	const __u32 ports[] = {w->access, w->core, w->tagged, w->alien};
	enum end_id id;
	__u32 turn, t;

	(void)state;
	for (turn = 0; turn < 4; turn++) {
		for (t = 0; t < TEMPLATES; t++)
			w->templates[t].image[0].ifindex =
				ports[(turn + t) & 3];
		for (id = 0; id < END_COUNT; id++) {
			leaves_by(id, 0x0021, leave_port(id));
			leaves_by(id, 0x0057, leave_port(id));
		}
	}
}

/* What is routed behind a VLAN leaves by the port that the VLAN is on. */
static void test_port_behind_vlan(void **state)
{
	const __u32 by[] = {w->core, w->access};
	struct ip4_header ip = {.src = ends[END_IP_LNS_A].user_ip4,
				.dst = 0x64400001,
				.ttl = 64,
				.protocol = 253};
	struct outcome o;
	struct frame in;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		w->egress[w->tagged].ifindex = by[i & 1];
		only_port(by[i >> 1]);
		frame_body(&in, 50, 1);
		push_ip4(&in, &ip);
		end_arrive(&in, END_LNS_A, 0x0021);
		world_run(w, w->core, &in, &o);
		assert_int_equal(o.reason, by[i & 1] == by[i >> 1]
						   ? REASON_FORWARDED
						   : REASON_NO_PORT);
	}
}

/* Out of the port it came in by: the LTS, and two calls of one port. */
static void test_hairpin(void **state)
{
	static const enum end_id lts[] = {END_LTS_A, END_LTS_B, END_LTS_66_C,
					  END_LTS_46_C};
	struct ip4_header ip = {.src = ends[END_IP_PTA].user_ip4,
				.dst = ends[END_IP_PTA_QINQ].user_ip4,
				.ttl = 64,
				.protocol = 253};
	struct outcome o;
	struct frame in;
	size_t i;

	(void)state;
	only_port(w->core);
	for (i = 0; i < 4; i++) {
		assert_int_equal(end_port(w, lts[i]), w->core);
		inner_build(&in, lts[i], 0x0021, 300, 64);
		end_arrive(&in, lts[i], 0x0021);
		forwards(lts[i], 0x0021, 300, &in, "same port");
	}
	only_port(w->access);
	frame_body(&in, 50, 1);
	push_ip4(&in, &ip);
	end_arrive(&in, END_PTA, 0x0021);
	world_run(w, w->access, &in, &o);
	assert_int_equal(o.reason, REASON_FORWARDED);
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
		TEST(test_joins),	TEST(test_joins_padded),
		TEST(test_joins_jumbo), TEST(test_small_frames),
		TEST(test_ppp_forms),	TEST(test_priority_tag),
		TEST(test_tag_types),	TEST(test_priorities_only),
		TEST(test_priority_tag_core),
		TEST(test_l2tp_forms),	TEST(test_l2tp_length_trims),
		TEST(test_subscribers), TEST(test_template_flip),
		TEST(test_hairpin),	TEST(test_ports),
		TEST(test_port_behind_vlan),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
