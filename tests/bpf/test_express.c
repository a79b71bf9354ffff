/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The express path and the generic stages agree: every frame goes through the
 * shipped program and, in a world made anew, through its generic part alone.
 * Verdict, reason, the whole frame that comes out and all records must be the
 * same.  And what the express path is for, it takes.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "express.skel.h"
#include "generic.skel.h"
#include "vectors.h"

#define BODY 60 /* octets of the inner packet of frames that are damaged */

static struct world *w;
static struct generic_bpf *generic;
static struct express_bpf *express;
static unsigned int compared, forwarded;

/* A token bucket holds the time of day. */
static void clocks_even(struct records *r)
{
	struct records now;
	enum end_id id;

	records_read(w, &now);
	for (id = 0; id < END_COUNT; id++) {
		if (r->policers[id].full_at)
			r->policers[id].full_at = now.policers[id].full_at;
		if (r->policers6[id].full_at)
			r->policers6[id].full_at = now.policers6[id].full_at;
	}
}

static void same(const char *what, __u32 port, const struct frame *in,
		 void (*change)(struct world *w))
{
	struct records records;
	struct outcome a, b;

	world_reset(w);
	if (change)
		change(w);
	world_run_by(w, bpf_program__fd(generic->progs.only_generic), port, in,
		     &b);
	records_read(w, &records);
	world_reset(w);
	if (change)
		change(w);
	world_run(w, port, in, &a);
	if (a.verdict != b.verdict || a.reason != b.reason)
		fail_msg("%s: reason %d, generic %d", what, a.reason, b.reason);
	assert_frame(what, &a.out, &b.out);
	clocks_even(&records);
	records_assert(what, w, &records);
	compared++;
	forwarded += a.reason == REASON_FORWARDED;
}

/* ---- worlds -------------------------------------------------------------- */

static void each_leg(struct world *v, __u8 flags, enum leg_state state,
		     __u16 mtu)
{
	enum end_id id;

	for (id = 0; id < END_COUNT; id++) {
		struct leg *leg = end_leg(v, id, 0x0021);

		leg->flags |= flags;
		leg->state = state;
		leg->out_mtu = mtu;
		v->policers[end_slot(id)] =
			(struct policer){.cost = 1000, .depth = 1 << 20};
	}
}

static void policed(struct world *v)
{
	each_leg(v, LEG_POLICED, LEG_FORWARD, 1500);
}

static void dry(struct world *v)
{
	enum end_id id;

	policed(v);
	for (id = 0; id < END_COUNT; id++)
		v->policers[end_slot(id)].cost = 0xffffffff;
}

/* For one packet of BODY octets and its protocol, to the octet. */
static void once(struct world *v)
{
	enum end_id id;

	policed(v);
	for (id = 0; id < END_COUNT; id++)
		v->policers[end_slot(id)] = (struct policer){
			.cost = 0xffff0000, .depth = 0xffff * (BODY + 2)};
}

static void blocked(struct world *v)
{
	each_leg(v, 0, LEG_BLOCKED, 1500);
}

static void in_setup(struct world *v)
{
	each_leg(v, 0, LEG_PUNT, 1500);
}

static void narrow(struct world *v)
{
	each_leg(v, 0, LEG_FORWARD, BODY - 1);
}

static void ordered(struct world *v)
{
	each_leg(v, LEG_ORDERED | LEG_ROUTES, LEG_FORWARD, 1500);
}

static void numbering(struct world *v)
{
	each_leg(v, LEG_SEQUENCED, LEG_FORWARD, 1500);
}

/* The LNS decides: it has not numbered yet, or its last message was. */
static void follows(struct world *v)
{
	enum end_id id;

	for (id = 0; id < END_COUNT; id++)
		if (ends[id].kind == LEG_L2TP &&
		    ends[ends[id].other].kind != LEG_IP)
			end_follow(v, id);
}

static void followed(struct world *v)
{
	enum end_id id;

	follows(v);
	for (id = 0; id < END_COUNT; id++) {
		struct leg *leg = end_leg(v, id, 0);

		if (leg->flags & LEG_FOLLOWS)
			leg->flags |= LEG_NUMBERED;
		if (leg->out == LEG_L2TP)
			leg->flags |= LEG_SEQUENCED;
	}
}

static void sums_checked(struct world *v)
{
	v->settings->flags = SETTINGS_CHECK_SUMS | SETTINGS_MSS_CLAMP;
}

static void ecn(struct world *v)
{
	int i;

	for (i = 0; i < TUNNELS; i++)
		v->tunnels[tunnels[i].id].flags |= TUNNEL_RX_ECN;
	v->settings->inner_dscp = INNER_DSCP_COPY;
}

static void dscp_taken(struct world *v)
{
	v->settings->inner_dscp = INNER_DSCP_COPY;
}

static void dscp_set(struct world *v)
{
	v->settings->inner_dscp = INNER_DSCP_SET;
	v->settings->inner_dscp_value = 46;
}

/* An address in the network behind the subscriber of this end. */
#define BEHIND 0x64420001 /* 100.66.0.1 */
static enum end_id behind;

static void network(struct world *v)
{
	struct ip4_prefix key = {24, htonl(BEHIND & 0xffffff00)};
	__u32 slot = end_slot(behind);

	each_leg(v, LEG_ROUTES, LEG_FORWARD, 1500);
	v->settings->ip4_routes = 1;
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(v->skel->maps.ip4_routes), &key,
				    &slot, BPF_ANY),
		0);
}

/* Whatever the call, its address is not checked. */
static void unchecked(struct world *v)
{
	enum end_id id;

	for (id = 0; id < END_COUNT; id++)
		if (ends[ends[id].other].kind == LEG_IP)
			v->legs[end_slot(id)].to.ip.user4 = 0;
}

static void each_image(struct world *v, __u8 flags, __u8 tags, int out_max)
{
	int i;

	for (i = 1; i < TEMPLATES; i++) {
		struct image *image = &v->templates[i].image[0];

		image->flags ^= flags;
		image->tags ^= tags;
		image->out_max = (__u16)out_max;
	}
}

static void marked(struct world *v)
{
	each_image(v, IMAGE_COPY_DSCP, 0, WIDE_MTU);
}

static void not_ready(struct world *v)
{
	each_image(v, IMAGE_READY, 0, WIDE_MTU);
}

static void small_port(struct world *v)
{
	each_image(v, 0, 0, BODY + 51);
}

static void no_port(struct world *v)
{
	int i;

	for (i = 1; i < TEMPLATES; i++)
		v->templates[i].image[0].ifindex = v->alien;
}

/* What is punted for that is too much already. */
static void no_port_limited(struct world *v)
{
	no_port(v);
	v->punt_limits[PUNT_DATA] = (struct punt_limit){.port_cost = 1};
}

static void detached(struct world *v)
{
	v->ports[v->access].flags = v->ports[v->core].flags = 0;
}

static const struct {
	const char *name;
	void (*change)(struct world *v);
} worlds[] = {
	{"plain", NULL},	  {"DSCP copied", marked},
	{"policed", policed},	  {"dry", dry},
	{"once", once},		  {"blocked", blocked},
	{"in setup", in_setup},	  {"narrow", narrow},
	{"ordered", ordered},	  {"sums checked", sums_checked},
	{"ECN", ecn},		  {"DSCP taken", dscp_taken},
	{"DSCP set", dscp_set},	  {"unchecked", unchecked},
	{"not ready", not_ready}, {"small port", small_port},
	{"no port", no_port},	  {"no port, limited", no_port_limited},
	{"detached", detached},   {"numbering", numbering},
	{"follows", follows},	  {"followed", followed},
};

#define WORLDS (sizeof(worlds) / sizeof(worlds[0]))
#define MARKED 1 /* its place */
#define UNCHECKED 13
#define INNER_MAX 34 /* octets of the inner packet that any test reads */

/* ---- forms --------------------------------------------------------------- */

static const __u16 protocols[] = {IP4, IP6, LCP, 0x00fd};

static void in_world(enum end_id id, const struct frame *in, const char *form,
		     size_t world)
{
	char what[128];

	snprintf(what, sizeof(what), "%s, %s, %s", ends[id].name, form,
		 worlds[world].name);
	same(what, end_port(w, id), in, worlds[world].change);
}

/* Each join and PPP form, alone, with padding, and cut by one octet. */
static void test_joins(void **state)
{
	static const size_t sizes[] = {0, 1, 7, 8, 9, BODY, 1492, 4000};
	struct frame in;
	enum end_id id;
	size_t i, k;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < 4 * 8; i++)
			for (k = 0; k < 3; k++) {
				__u16 protocol = protocols[i & 3];
				size_t n = sizes[i >> 2];

				if (ends[id].kind == LEG_IP &&
				    (n < 48 || (i & 3) > 1))
					continue;
				inner_build(&in, id, protocol,
					    n < 48 ? 48 : n, 64);
				frame_cut(&in, n);
				end_arrive(&in, id, protocol);
				if (k == 1)
					frame_append(&in, "padding", 7);
				if (k == 2)
					frame_cut(&in, frame_len(&in) - 1);
				in_world(id, &in, "join", 0);
			}
}

static void form_build(struct frame *in, enum end_id id, __u16 protocol,
		       enum ppp_form form, unsigned int bits)
{
	__u16 flags = (bits & 1 ? L2TP_FLAG_L : 0) |
		      (bits & 2 ? L2TP_FLAG_S : 0) |
		      (bits & 4 ? L2TP_FLAG_O : 0) |
		      (bits & 8 ? L2TP_FLAG_P : 0);

	inner_build(in, id, protocol, BODY, 64);
	if (ends[id].kind == LEG_IP) {
		end_arrive(in, id, protocol);
		return;
	}
	push_ppp(in, protocol, form);
	if (ends[id].kind == LEG_L2TP)
		l2tp_arrive(in, id, flags, 0, bits & 16 ? 0xabcd : 0);
	else
		pppoe_arrive(in, id);
}

/* Each form of the headers in each world. */
static void test_forms(void **state)
{
	unsigned int bits, form;
	struct frame in;
	enum end_id id;
	size_t world;

	(void)state;
	for (world = 0; world < WORLDS; world++)
		for (id = 0; id < END_COUNT; id++)
			for (bits = 0; bits < 32; bits++)
				for (form = 0; form < PPP_FORMS; form++) {
					if (ends[id].kind != LEG_L2TP && bits)
						continue;
					form_build(&in, id, protocols[bits & 1],
						   (enum ppp_form)form, bits);
					in_world(id, &in, "form", world);
				}
}

/* ---- damage -------------------------------------------------------------- */

/* Each bit of the headers turned over, and each length that remains. */
static void test_damage(void **state)
{
	struct frame good, in;
	enum end_id id;
	size_t i;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		inner_build(&good, id, IP4, BODY, 64);
		end_arrive(&good, id, IP4);
		for (i = 0; i < 8 * (frame_len(&good) - BODY + INNER_MAX);
		     i++) {
			in = good;
			*frame_at(&in, i / 8) ^= 1 << i % 8;
			in_world(id, &in, "one bit", 0);
			in_world(id, &in, "one bit", MARKED);
		}
		for (i = 14; i < frame_len(&good); i++) {
			in = good;
			frame_cut(&in, i);
			in_world(id, &in, "cut", 0);
			in_world(id, &in, "cut", MARKED);
		}
	}
}

/* ---- inside -------------------------------------------------------------- */

/* IPv4 with this protocol, and in octet 33, where TCP has its flags, these. */
static void transport_build(struct frame *f, enum end_id id, size_t n,
			    __u8 protocol, __u8 flags)
{
	inner_build(f, id, IP4, n, 64);
	*frame_at(f, 9) = protocol;
	if (n > 33)
		*frame_at(f, 33) = flags;
}

static void test_transport(void **state)
{
	static const __u8 flags[] = {0x10, 0x02, 0x12, 0xff};
	struct frame in;
	enum end_id id;
	size_t i, n;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < sizeof(flags); i++) {
			for (n = 32; n < BODY; n += n < 41 ? 1 : 19) {
				transport_build(&in, id, n, 6, flags[i]);
				end_arrive(&in, id, IP4);
				in_world(id, &in, "TCP", 0);
			}
			/* no SYN: behind the first fragment */
			transport_build(&in, id, BODY, 6, flags[i]);
			*frame_at(&in, 7) = 1;
			end_arrive(&in, id, IP4);
			in_world(id, &in, "fragment", 0);
			/* L2TP of a subscriber's own */
			transport_build(&in, id, BODY, 17, flags[i]);
			*frame_at(&in, 22) = 1701 >> 8;
			*frame_at(&in, 23) = 1701 & 0xff;
			end_arrive(&in, id, IP4);
			in_world(id, &in, "port 1701", 0);
		}
}

/* To subscribers behind tags, of which one is for the express path. */
static void test_tagged(void **state)
{
	static const struct {
		__u16 type, tci;
	} tags[] = {{0x8100, 5}, {0x8100, 0}, {0x8100, 0xe000}, {0x88a8, 5}};
	struct frame in;
	enum end_id id;
	size_t i, world;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < sizeof(tags) / sizeof(*tags); i++)
			for (world = 0; world < WORLDS; world++) {
				if (ends[id].kind != LEG_IP)
					continue;
				inner_build(&in, id, IP4, BODY, 64);
				push_tag(&in, tags[i].tci, 0x0800);
				push_ethernet(&in, core_mac, gateway_mac,
					      tags[i].type);
				in_world(id, &in, "tag", world);
			}
}

static void test_networks(void **state)
{
	__be32 address = htonl(BEHIND);
	enum end_id id, other;
	struct frame in;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		other = ends[id].other;
		if (ends[id].kind != LEG_IP && ends[other].kind != LEG_IP)
			continue;
		behind = ends[id].kind == LEG_IP ? id : other;
		inner_build(&in, id, IP4, BODY, 64);
		memcpy(frame_at(&in, behind == id ? 16 : 12), &address, 4);
		end_arrive(&in, id, IP4);
		same(ends[id].name, end_port(w, id), &in, network);
	}
}

/*
 * Source or destination begins with each octet that a martian can begin with,
 * and its neighbours: what the express path leaves, the stages must see.
 */
static void test_addresses(void **state)
{
	static const __u8 first[] = {0,	  1,   126, 127, 128, 223,
				     224, 239, 240, 254, 255};
	static const size_t at[] = {12, 16};
	struct frame in;
	enum end_id id;
	size_t i, k, world;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < 2 * sizeof(first); i++)
			for (k = 0; k < 2; k++) {
				world = k ? UNCHECKED : 0;
				inner_build(&in, id, IP4, BODY, 64);
				*frame_at(&in, at[i & 1]) = first[i / 2];
				frame_ip4_sum(frame_data(&in));
				end_arrive(&in, id, IP4);
				in_world(id, &in, "first octet", world);
			}
}

/* The outer tag alone, of a call behind two. */
static void test_one_tag_of_two(void **state)
{
	const struct end *e;
	struct frame in;
	enum end_id id;

	(void)state;
	for (id = 0; id < END_COUNT; id++) {
		e = &ends[id];
		if (!e->inner_vlan)
			continue;
		inner_build(&in, id, IP4, BODY, 64);
		push_ppp(&in, IP4, PPP_LONG);
		push_pppoe(&in, e->session);
		push_tag(&in, e->vlan, 0x8864);
		push_ethernet(&in, access_mac, e->client, 0x8100);
		in_world(id, &in, "outer tag alone", 0);
	}
}

/* Every session's frames with the id of every other. */
static void test_other_sessions(void **state)
{
	enum end_id id, other;
	struct frame in;
	size_t at;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (other = 0; other < END_COUNT; other++) {
			if (ends[id].kind == LEG_IP ||
			    ends[other].kind == LEG_IP)
				continue;
			inner_build(&in, id, IP4, BODY, 64);
			end_arrive(&in, id, IP4);
			at = frame_len(&in) - BODY - 6;
			*frame_at(&in, at) = (__u8)(ends[other].session >> 8);
			*frame_at(&in, at + 1) = (__u8)ends[other].session;
			in_world(id, &in, ends[other].name, 0);
		}
}

static void test_vectors(void **state)
{
	struct frame in;
	size_t t, i;

	(void)state;
	for (t = 0; t < VECTOR_TABLES; t++)
		for (i = 0; i < vector_tables[t]->count; i++) {
			const struct vector *v = &vector_tables[t]->rows[i];

			vector_build(v, w, &in);
			same(v->name, end_port(w, v->end), &in, v->world);
		}
}

/* ---- what it is for ------------------------------------------------------ */

/* Over IPv4, which peers send without options; or with one tag at most. */
static bool is_usual(const struct end *e)
{
	return e->kind == LEG_L2TP ? tunnels[e->tunnel].peer_ip4 != 0
				   : !e->inner_vlan;
}

/* Whether the express path is for what comes at this end. */
static bool is_express(enum end_id id, __u16 protocol)
{
	const struct end *e = &ends[id], *other = &ends[e->other];

	if (!is_usual(e) || !is_usual(other) ||
	    (other->kind == LEG_L2TP && tunnels[other->tunnel].flags))
		return false;
	return protocol == IP4 || (e->kind != LEG_IP && other->kind != LEG_IP);
}

static int alone(enum end_id id, const struct frame *in)
{
	struct xdp_md ctx = {.data_end = (__u32)frame_len(in),
			     .ingress_ifindex = end_port(w, id)};
	LIBBPF_OPTS(bpf_test_run_opts, run,
		    .data_in = (void *)(in->room + in->at),
		    .data_size_in = (__u32)frame_len(in), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);
	int fd = bpf_program__fd(express->progs.only_express);

	assert_int_equal(bpf_prog_test_run_opts(fd, &run), 0);
	return (int)run.retval;
}

static void test_taken(void **state)
{
	static void (*const changes[])(struct world *) = {NULL, marked, policed,
							  follows};
	unsigned int taken = 0;
	struct frame in;
	enum end_id id;
	int i, k;

	(void)state;
	for (id = 0; id < END_COUNT; id++)
		for (i = 0; i < 2; i++)
			for (k = 0; k < 4; k++) {
				/* no image of PPPoE has that mark */
				if (changes[k] == marked &&
				    ends[ends[id].other].kind == LEG_PPPOE)
					continue;
				world_reset(w);
				if (changes[k])
					changes[k](w);
				inner_build(&in, id, protocols[i], BODY, 64);
				if (protocols[i] == IP4)
					transport_build(&in, id, BODY, 6, 0x10);
				end_arrive(&in, id, protocols[i]);
				if (alone(id, &in) !=
				    (is_express(id, protocols[i])
					     ? XDP_REDIRECT
					     : XDP_ABORTED))
					fail_msg("%s, %04x, world %d",
						 ends[id].name, protocols[i],
						 k);
				taken += is_express(id, protocols[i]);
			}
	assert_int_not_equal(taken, 0);
}

/* Not what changes who numbers, nor what is to have a number. */
static void test_numbers_not_taken(void **state)
{
	unsigned int left = 0;
	struct frame in;
	enum end_id id;

	(void)state;
	world_reset(w);
	followed(w);
	for (id = 0; id < END_COUNT; id++) {
		const struct leg *leg = end_leg(w, id, 0);

		if (!(leg->flags & (LEG_NUMBERED | LEG_SEQUENCED)))
			continue;
		inner_build(&in, id, IP4, BODY, 64);
		end_arrive(&in, id, IP4);
		assert_int_equal(alone(id, &in), XDP_ABORTED);
		left++;
	}
	assert_true(left > 10);
}

static void share(const struct world *v, struct bpf_object *object)
{
	struct bpf_map *map, *theirs;

	bpf_object__for_each_map(map, object)
	{
		theirs = bpf_object__find_map_by_name(v->skel->obj,
						      bpf_map__name(map));
		if (!bpf_map__is_internal(map) && theirs)
			bpf_map__reuse_fd(map, bpf_map__fd(theirs));
	}
}

static int load(struct world *v)
{
	generic = generic_bpf__open();
	express = express_bpf__open();
	if (!generic || !express)
		return -1;
	bpf_program__set_autoload(generic->progs.l2x, false);
	bpf_program__set_autoload(generic->progs.l2x_core, false);
	share(v, generic->obj);
	share(v, express->obj);
	return generic_bpf__load(generic) || express_bpf__load(express);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joins),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_tagged),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_one_tag_of_two),
		cmocka_unit_test(test_other_sessions),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_numbers_not_taken),
	};
	int failed;

	w = world_new();
	if (load(w))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	printf("# %u frames compared, %u of them forwarded\n", compared,
	       forwarded);
	express_bpf__destroy(express);
	generic_bpf__destroy(generic);
	world_free(w);
	return failed;
}
