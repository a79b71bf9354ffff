/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data plane's maps as the engine fills them, on anonymous memory instead
 * of BPF arrays.  What needs system calls of BPF is in tests/bpf.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "map_world.h"

#define T(n) ((struct instant){n})

static struct in_addr ip(const char *text)
{
	return (struct in_addr){inet_addr(text)};
}

static struct address end(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

static struct leg_end l2tp_end(uint8_t bank, uint16_t id)
{
	return (struct leg_end){
		.kind = LEG_L2TP,
		.slot = dataplane_slot(bank, id),
		.template = 5,
		.mtu = 1460,
		.l2tp = {.tunnel = 0x1111,
			 .peer_tunnel = 0x2222,
			 .peer_session = 0x3333},
	};
}

static struct leg_end pppoe_leg_end(uint8_t bank, uint16_t id)
{
	return (struct leg_end){
		.kind = LEG_PPPOE,
		.slot = dataplane_slot(bank, id),
		.template = 6,
		.mtu = 1492,
		.pppoe = {.mac = {2, 0, 0, 0, 0, 9},
			  .vlan = 101,
			  .session = id},
	};
}

/* ---- legs ---------------------------------------------------------------- */

static void test_join_switched(void **state)
{
	struct map_world *w = *state;
	struct leg_end a = pppoe_leg_end(1, 7), c = l2tp_end(2, 8);
	struct leg up, down, want = {0};
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};

	assert_int_equal(dataplane_leg_punt(w->dp, 42, &a), 0);
	up = w->legs[1 << 16 | 7];
	assert_int_equal(up.state, LEG_PUNT);
	assert_int_equal(up.kind, LEG_PPPOE);
	assert_int_equal(up.in.pppoe.vlan, 101);
	w->legs[1 << 16 | 7].packets = 77;

	assert_int_equal(dataplane_join(w->dp, 42, &a, &c), 0);
	up = w->legs[1 << 16 | 7];
	want = (struct leg){
		.state = LEG_FORWARD,
		.kind = LEG_PPPOE,
		.out = LEG_L2TP,
		.call = 42,
		.out_template = 5,
		.out_mtu = 1460,
		.in.pppoe.vlan = 101,
		.packets = 77, /* kept over the join */
	};
	memcpy(want.in.pppoe.mac, mac, 6);
	want.to.l2tp.tunnel = htons(0x2222);
	want.to.l2tp.session = htons(0x3333);
	assert_memory_equal(&up, &want, sizeof(want));

	down = w->legs[2 << 16 | 8];
	want = (struct leg){
		.state = LEG_FORWARD,
		.kind = LEG_L2TP,
		.out = LEG_PPPOE,
		.call = 42,
		.out_template = 6,
		.out_mtu = 1492,
		.in.l2tp.tunnel = 0x1111,
	};
	memcpy(want.to.pppoe.mac, mac, 6);
	want.to.pppoe.session = htons(7);
	want.to.pppoe.vlan = htons(101);
	assert_memory_equal(&down, &want, sizeof(want));
}

static void test_join_ip(void **state)
{
	struct map_world *w = *state;
	struct leg_end a = l2tp_end(0, 9), c = {.kind = LEG_IP, .mtu = 1500};
	struct leg *up = &w->legs[9], *down;

	c.slot = FIRST_IP_SLOT + 3;
	c.ip.ip4 = ip("10.0.0.3");
	down = &w->legs[c.slot];
	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	assert_int_equal(up->flags, LEG_IP4);
	assert_int_equal(down->flags, LEG_IP4);
	assert_int_equal(up->to.ip.user4, inet_addr("10.0.0.3"));
	assert_int_equal(up->out, LEG_IP);
	assert_int_equal(up->out_mtu, 1460); /* no template yet */
	assert_int_equal(down->kind, LEG_IP);
	assert_int_equal(down->to.ip.user4, 0);
	assert_int_equal(down->to.l2tp.session, htons(0x3333));
	/* IPV6CP opens: the same join again, counters stay */
	up->packets = 5;
	c.ip.ip6 = true;
	memcpy(c.ip.prefix6, "\x20\x01\x0d\xb8\0\0\0\1", 8);
	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	assert_int_equal(up->flags, LEG_IP4 | LEG_IP6);
	assert_int_equal(up->state, LEG_FORWARD);
	assert_memory_equal(up->to.ip.prefix6, c.ip.prefix6, 8);
	assert_int_equal(up->packets, 5);
	/* the port carries less than the subscriber takes */
	w->templates[5].image[0].head_len = 50;
	w->templates[5].image[0].out_max = 1514;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	assert_int_equal(up->out_mtu, 1460);
	w->templates[5].image[0].out_max = 1511;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	assert_int_equal(up->out_mtu, 1459);
	assert_int_equal(down->out_mtu, 1460);
}

static void test_leg_refusals(void **state)
{
	struct map_world *w = *state;
	struct leg_end a = pppoe_leg_end(0, 7), c = l2tp_end(0, 8), bad;

	assert_int_equal(dataplane_leg_punt(w->dp, 1, &a), 0);
	assert_int_equal(dataplane_leg_punt(w->dp, 1, &a), -EBUSY);
	assert_int_equal(dataplane_join(w->dp, 2, &a, &c), -EBUSY);
	assert_int_equal(w->legs[8].state, LEG_FREE);
	bad = c;
	bad.slot = FIRST_IP_SLOT;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &bad), -EINVAL);
	bad = c;
	bad.kind = LEG_IP;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &bad), -EINVAL);
	bad = c;
	bad.slot = LEG_SLOTS;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &bad), -EINVAL);
	bad = c;
	bad.slot = 1 << 16; /* id 0 */
	assert_int_equal(dataplane_join(w->dp, 1, &a, &bad), -EINVAL);
	bad = c;
	bad.template = TEMPLATE_SLOTS;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &bad), -EINVAL);
	assert_int_equal(dataplane_join(w->dp, 1, &a, &a), -EINVAL);
}

static void test_suspend_clear_count(void **state)
{
	struct map_world *w = *state;
	struct leg_end a = pppoe_leg_end(0, 7), c = l2tp_end(0, 8);
	struct leg_counters more = {.packets = 2, .octets = 300, .control = 1};

	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	w->legs[7].packets = 40;
	dataplane_leg_count(w->dp, 7, &more);
	assert_int_equal(dataplane_leg_counters(w->dp, 7).packets, 42);
	assert_int_equal(dataplane_leg_counters(w->dp, 7).octets, 300);
	assert_int_equal(dataplane_leg_counters(w->dp, 7).control, 1);
	dataplane_leg_suspend(w->dp, 7);
	assert_int_equal(w->legs[7].state, LEG_PUNT);
	assert_int_equal(w->legs[7].in.pppoe.vlan, 101);
	assert_int_equal(w->legs[8].state, LEG_FORWARD);
	assert_int_equal(dataplane_leg_read(w->dp, 7).packets, 42);
	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	assert_int_equal(w->legs[7].packets, 42);
	dataplane_leg_clear(w->dp, 7);
	assert_int_equal(w->legs[7].state, LEG_FREE);
	dataplane_leg_suspend(w->dp, 7);
	assert_int_equal(w->legs[7].state, LEG_FREE);
	/* a new call at the slot counts from 0 */
	assert_int_equal(dataplane_leg_punt(w->dp, 9, &a), 0);
	assert_int_equal(w->legs[7].packets, 0);
	/* beyond the map: nothing happens */
	dataplane_leg_clear(w->dp, LEG_SLOTS);
	dataplane_leg_suspend(w->dp, LEG_SLOTS);
	dataplane_leg_count(w->dp, LEG_SLOTS, &more);
	assert_int_equal(dataplane_leg_read(w->dp, LEG_SLOTS).state, 0);
}

static void test_tunnels(void **state)
{
	struct map_world *w = *state;
	struct dataplane_tunnel t = {
		.id = 4711,
		.bank = 3,
		.peer = end("192.0.2.1"),
		.local = end("192.0.2.2"),
		.peer_port = 1701,
	};
	const struct tunnel_rx want = {
		.state = TUNNEL_RX_OPEN,
		.bank = 3,
		.peer_port = htons(1701),
		.own_port = htons(1701),
		.peer_ip4 = inet_addr("192.0.2.1"),
		.local_ip4 = inet_addr("192.0.2.2"),
	};

	assert_int_equal(dataplane_tunnel_open(w->dp, &t), 0);
	assert_memory_equal(&w->tunnels[4711], &want, sizeof(want));
	assert_int_equal(dataplane_tunnel_open(w->dp, &t), -EBUSY);
	dataplane_tunnel_close(w->dp, 4711);
	assert_int_equal(w->tunnels[4711].state, TUNNEL_RX_FREE);
	t.bank = ID_BANKS;
	assert_int_equal(dataplane_tunnel_open(w->dp, &t), -EINVAL);
	t.bank = 0;
	t.id = 0;
	assert_int_equal(dataplane_tunnel_open(w->dp, &t), -EINVAL);
}

/* ---- templates ----------------------------------------------------------- */

static const struct dataplane_l2tp_path l2tp_path = {
	.ifindex = 12,
	.source_mac = {2, 0, 0, 0, 0, 1},
	.next_hop_mac = {2, 0, 0, 0, 0, 2},
	.vlan = 100,
	.frame_max = 1518,
	.local_port = 1701,
	.peer_port = 0x1234,
	.ttl = 64,
	.tos = 0xb8,
	.length_bit = true,
};

static const struct image *active_image(const struct map_world *w, uint32_t slot)
{
	return &w->templates[slot].image[w->templates[slot].active];
}

static void test_image_l2tp(void **state)
{
	struct map_world *w = *state;
	struct dataplane_l2tp_path path = l2tp_path;
	const struct image *i;
	uint32_t slot, sum = 0;
	uint16_t word;
	static const uint8_t want[] = {
		2,    0, 0,    0,    0,	   2,	 2,    0,    0, 0, 0,	 1,
		0x81, 0, 0,    100,  0x08, 0,	 0x45, 0xb8, 0, 0, 0,	 0,
		0,    0, 64,   17,   0,	   0,	 192,  0,    2, 1, 192,	 0,
		2,    2, 0x06, 0xa5, 0x12, 0x34, 0,    0,    0, 0, 0x40, 0x02,
		0,    0, 0,    0,    0,	   0,	 0xff, 0x03,
	};

	path.local = end("192.0.2.1");
	path.peer = end("192.0.2.2");
	assert_int_equal(dataplane_template_new(w->dp, 3, &slot), 0);
	assert_int_not_equal(slot, 0);
	assert_int_equal(active_image(w, slot)->flags, 0);
	dataplane_template_l2tp(w->dp, slot, &path, T(1000));
	i = active_image(w, slot);
	assert_int_equal(i->head_len, sizeof(want));
	assert_memory_equal(i->head, want, sizeof(want));
	assert_int_equal(i->ifindex, 12);
	assert_int_equal(i->out_max, 1518);
	assert_int_equal(i->kind, LEG_L2TP);
	assert_int_equal(i->tags, 1);
	assert_int_equal(i->flags, IMAGE_READY | IMAGE_LENGTH);
	for (unsigned int at = 18; at < 38; at += 2) {
		memcpy(&word, want + at, 2);
		sum += word;
	}
	assert_int_equal(i->sum, sum);

	path.length_bit = false;
	path.vlan = 0;
	dataplane_template_l2tp(w->dp, slot, &path, T(2000));
	i = active_image(w, slot);
	assert_int_equal(i->head_len, 50);
	assert_int_equal(i->head[43], 0x02);
	assert_int_equal(i->tags, 0);
	assert_int_equal(i->sum, sum);
}

static void test_image_pppoe(void **state)
{
	struct map_world *w = *state;
	struct dataplane_pppoe_path path = {
		.ifindex = 3,
		.source_mac = {2, 0, 0, 0, 0, 1},
		.tags = 1,
		.outer_type = 0x8100,
		.priority = 6,
		.frame_max = 1514,
	};
	static const uint8_t want[] = {
		0,    0, 0, 0, 0,    0,	   2,	 0, 0, 0, 0, 1,
		0x81, 0, 0, 0, 0x88, 0x64, 0x11, 0, 0, 0, 0, 0,
	};
	struct leg_end a = pppoe_leg_end(0, 7), c = l2tp_end(0, 8);
	uint32_t slot;

	assert_int_equal(dataplane_template_new(w->dp, 3, &slot), 0);
	dataplane_template_pppoe(w->dp, slot, &path, T(1000));
	assert_int_equal(active_image(w, slot)->head_len, sizeof(want));
	assert_memory_equal(active_image(w, slot)->head, want, sizeof(want));
	assert_int_equal(active_image(w, slot)->kind, LEG_PPPOE);
	assert_int_equal(active_image(w, slot)->tags, 1);
	/* the priority goes with the leg's own TCI */
	a.template = slot;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	assert_int_equal(w->legs[8].to.pppoe.vlan, htons(6 << 13 | 101));
	assert_int_equal(w->legs[8].to.pppoe.inner_vlan, 0);
}

static void test_image_qinq(void **state)
{
	struct map_world *w = *state;
	struct dataplane_pppoe_path path = {
		.ifindex = 3,
		.source_mac = {2, 0, 0, 0, 0, 1},
		.tags = 2,
		.outer_type = 0x88a8,
		.priority = 6,
		.frame_max = 1522,
	};
	static const uint8_t want[] = {
		0,    0, 0, 0, 0,    0,	   2,	 0, 0, 0, 0, 1, 0x88, 0xa8,
		0,    0, 0x81, 0, 0, 0, 0x88, 0x64, 0x11, 0, 0, 0, 0, 0,
	};
	struct leg_end a = pppoe_leg_end(0, 7), c = l2tp_end(0, 8);
	uint32_t slot;

	assert_int_equal(dataplane_template_new(w->dp, 3, &slot), 0);
	dataplane_template_pppoe(w->dp, slot, &path, T(1000));
	assert_int_equal(active_image(w, slot)->head_len, sizeof(want));
	assert_memory_equal(active_image(w, slot)->head, want, sizeof(want));
	assert_int_equal(active_image(w, slot)->tags, 2);
	a.template = slot;
	a.pppoe.inner_vlan = 202;
	assert_int_equal(dataplane_join(w->dp, 1, &a, &c), 0);
	assert_int_equal(w->legs[7].in.pppoe.vlan, 101);
	assert_int_equal(w->legs[7].in.pppoe.inner_vlan, 202);
	assert_int_equal(w->legs[8].to.pppoe.vlan, htons(6 << 13 | 101));
	assert_int_equal(w->legs[8].to.pppoe.inner_vlan, htons(6 << 13 | 202));
}

/* A call whose core leg leaves by this template. */
static void join_with(struct map_world *w, uint32_t slot)
{
	struct leg_end access = pppoe_leg_end(1, 7), core = l2tp_end(2, 8);

	core.template = slot;
	assert_int_equal(dataplane_join(w->dp, 1, &access, &core), 0);
}

/* No image changes while a packet may still read it. */
static void test_flips_rest(void **state)
{
	struct map_world *w = *state;
	struct dataplane_l2tp_path a = l2tp_path, b = l2tp_path, c = l2tp_path;
	struct image before;
	uint32_t slot;

	b.next_hop_mac[5] = 0xbb;
	c.next_hop_mac[5] = 0xcc;
	assert_int_equal(dataplane_template_new(w->dp, 1, &slot), 0);
	join_with(w, slot);
	dataplane_template_l2tp(w->dp, slot, &a, T(1000));
	assert_true(instant_is_never(dataplane_deadline(w->dp)));
	assert_int_equal(active_image(w, slot)->head[5], 2);
	dataplane_template_l2tp(w->dp, slot, &b, T(1099));
	assert_int_equal(active_image(w, slot)->head[5], 2);
	assert_int_equal(dataplane_deadline(w->dp).ms, 1100);
	dataplane_template_l2tp(w->dp, slot, &c, T(1099));
	dataplane_tick(w->dp, T(1099));
	assert_int_equal(active_image(w, slot)->head[5], 2);
	before = *active_image(w, slot);
	dataplane_tick(w->dp, T(1100));
	assert_int_equal(active_image(w, slot)->head[5], 0xcc);
	/* the old one is as it was for whoever reads it */
	assert_memory_equal(
		&w->templates[slot].image[!w->templates[slot].active], &before,
		sizeof(before));
	assert_true(instant_is_never(dataplane_deadline(w->dp)));
	/* unready at once, and back at once when nothing else changed */
	dataplane_template_unready(w->dp, slot);
	assert_int_equal(active_image(w, slot)->flags, IMAGE_LENGTH);
	dataplane_template_l2tp(w->dp, slot, &c, T(1101));
	assert_int_equal(active_image(w, slot)->flags,
			 IMAGE_LENGTH | IMAGE_READY);
	/* unready forgets what waits */
	dataplane_template_l2tp(w->dp, slot, &a, T(1102));
	dataplane_template_unready(w->dp, slot);
	dataplane_tick(w->dp, T(9000));
	assert_int_equal(active_image(w, slot)->flags, IMAGE_LENGTH);
}

/*
 * Without a leg nobody reads it: the peer's port, learnt a round trip after the
 * first image, is there at once.  Afterwards the rest holds, also for the legs
 * that an earlier engine left.
 */
static void test_unused_needs_no_rest(void **state)
{
	struct map_world *w = *state;
	struct dataplane_l2tp_path a = l2tp_path, b = l2tp_path;
	uint32_t slot;

	b.peer_port = 5000;
	assert_int_equal(dataplane_template_new(w->dp, 1, &slot), 0);
	dataplane_template_l2tp(w->dp, slot, &a, T(1000));
	dataplane_template_l2tp(w->dp, slot, &b, T(1001));
	assert_int_equal(active_image(w, slot)->head[40] << 8 |
				 active_image(w, slot)->head[41],
			 5000);
	assert_true(instant_is_never(dataplane_deadline(w->dp)));
	join_with(w, slot);
	dataplane_template_l2tp(w->dp, slot, &a, T(1002));
	assert_int_equal(active_image(w, slot)->head[41], 5000 & 0xff);
	assert_int_equal(dataplane_deadline(w->dp).ms, 1101);
	dataplane_tick(w->dp, T(1101));
	assert_int_equal(active_image(w, slot)->head[41], 0x1234 & 0xff);
}

static void test_templates_full(void **state)
{
	struct map_world *w = *state;
	uint32_t slot, first = 0;

	for (unsigned int i = 1; i < TEMPLATE_SLOTS; i++) {
		assert_int_equal(dataplane_template_new(w->dp, i, &slot), 0);
		assert_int_not_equal(slot, 0);
		if (!first)
			first = slot;
	}
	assert_int_equal(dataplane_template_new(w->dp, 0, &slot), -ENOSPC);
	dataplane_template_free(w->dp, first);
	assert_int_equal(dataplane_template_new(w->dp, 0, &slot), 0);
	assert_int_equal(slot, first);
	dataplane_template_free(w->dp, 0);
	dataplane_template_free(w->dp, TEMPLATE_SLOTS);
	dataplane_template_unready(w->dp, TEMPLATE_SLOTS);
}

/* ---- restart ------------------------------------------------------------- */

struct seen {
	unsigned int legs, tunnels;
	uint32_t slots[4];
};

static void see_leg(void *ctx, uint32_t slot, const struct leg *record)
{
	struct seen *seen = ctx;

	assert_int_equal(record->call, 42);
	seen->slots[seen->legs++] = slot;
}

static void see_tunnel(void *ctx, uint16_t id, const struct tunnel_rx *record)
{
	struct seen *seen = ctx;

	assert_int_equal(id, 4711);
	assert_int_equal(record->bank, 3);
	seen->tunnels++;
}

static void test_scan(void **state)
{
	struct map_world *w = *state;
	struct leg_end a = pppoe_leg_end(1, 7), c = l2tp_end(2, 8);
	struct dataplane_tunnel t = {
		.id = 4711,
		.bank = 3,
		.peer = end("192.0.2.1"),
		.local = end("192.0.2.2"),
	};
	struct dataplane_stale stale;
	struct seen seen = {0};
	uint32_t slot;

	assert_int_equal(dataplane_tunnel_open(w->dp, &t), 0);
	assert_int_equal(dataplane_join(w->dp, 42, &a, &c), 0);
	map_world_restart(w);
	stale = dataplane_scan(w->dp, see_leg, see_tunnel, &seen);
	assert_int_equal(stale.legs, 2);
	assert_int_equal(stale.tunnels, 1);
	assert_int_equal(seen.legs, 2);
	assert_int_equal(seen.slots[0], 1 << 16 | 7);
	assert_int_equal(seen.tunnels, 1);
	/* still forwarding; the same call number is not the same call */
	assert_int_equal(w->legs[1 << 16 | 7].state, LEG_FORWARD);
	assert_int_equal(dataplane_join(w->dp, 42, &a, &c), -EBUSY);
	/* their templates are not handed out (5 and 6) until the sweep */
	for (unsigned int i = 1; i < TEMPLATE_SLOTS - 2; i++) {
		assert_int_equal(dataplane_template_new(w->dp, i, &slot), 0);
		assert_int_not_equal(slot, 5);
		assert_int_not_equal(slot, 6);
	}
	assert_int_equal(dataplane_template_new(w->dp, 0, &slot), -ENOSPC);
	dataplane_leg_clear(w->dp, 1 << 16 | 7);
	assert_int_equal(dataplane_template_new(w->dp, 0, &slot), 0);
	assert_int_equal(slot, 5);
	dataplane_leg_clear(w->dp, 2 << 16 | 8);
	dataplane_tunnel_close(w->dp, 4711);
	assert_int_equal(dataplane_template_new(w->dp, 0, &slot), 0);
	assert_int_equal(slot, 6);
	assert_int_equal(dataplane_join(w->dp, 42, &a, &c), 0);
}

/* ---- pools, ports, settings ---------------------------------------------- */

static void test_pools(void **state)
{
	struct map_world *w = *state;
	uint32_t a, b, c, banks = (IP_BANKS - 1) * BANK_SLOTS;

	assert_int_equal(dataplane_pool_add(w->dp, ip("10.0.0.0"), 256, &a), 0);
	assert_int_equal(a, FIRST_IP_SLOT);
	assert_int_equal(dataplane_pool_add(w->dp, ip("10.1.0.0"), 100, &b), 0);
	assert_int_equal(b, FIRST_IP_SLOT + 256);
	assert_int_equal(w->settings->ip4_pools, 2);
	assert_int_equal(w->pools[1].base, 0x0a010000);
	/* after a restart the same pools keep their places */
	map_world_restart(w);
	assert_int_equal(dataplane_pool_add(w->dp, ip("10.1.0.0"), 100, &c), 0);
	assert_int_equal(c, b);
	assert_int_equal(w->settings->ip4_pools, 2);
	/* other borders: only when nobody is in there */
	w->legs[b + 99].state = LEG_FORWARD;
	assert_int_equal(dataplane_pool_add(w->dp, ip("10.1.0.50"), 100, &c),
			 -EBUSY);
	w->legs[b + 99].state = LEG_FREE;
	assert_int_equal(dataplane_pool_add(w->dp, ip("10.1.0.50"), 100, &c),
			 0);
	assert_int_equal(c, b);
	assert_int_equal(w->pools[1].base, 0x0a010032);
	assert_int_equal(dataplane_pool_add(w->dp, ip("10.9.0.0"), 0, &c),
			 -EINVAL);
	assert_int_equal(
		dataplane_pool_add(w->dp, ip("255.255.255.0"), 257, &c),
		-EINVAL);
	assert_int_equal(dataplane_pool_add(w->dp, ip("11.0.0.0"), banks, &c),
			 -ENOSPC);
	assert_int_equal(
		dataplane_pool_add(w->dp, ip("11.0.0.0"), banks + 1, &c),
		-ENOSPC);
	assert_int_equal(
		dataplane_pool_add(w->dp, ip("11.0.0.0"), banks - 356, &c), 0);
	for (unsigned int i = 3; i < POOL_SLOTS; i++)
		assert_int_equal(
			dataplane_pool_add(w->dp, ip("12.0.0.0"), 1, &c),
			-ENOSPC);
}

static void test_pools_no_entry(void **state)
{
	struct map_world *w = *state;
	uint32_t slot;

	for (uint32_t i = 0; i < POOL_SLOTS; i++)
		assert_int_equal(
			dataplane_pool_add(
				w->dp,
				(struct in_addr){htonl(0x0a000000 + (i << 8))},
				10, &slot),
			0);
	assert_int_equal(dataplane_pool_add(w->dp, ip("11.0.0.0"), 1, &slot),
			 -ENOSPC);
	assert_int_equal(w->settings->ip4_pools, POOL_SLOTS);
}

static void test_ports_settings(void **state)
{
	struct map_world *w = *state;
	struct port port = {
		.flags = PORT_ATTACHED | PORT_ACCESS,
		.mac = {2, 0, 0, 0, 0, 1},
		.mtu = 1500,
		.banks = {1},
	};

	assert_int_equal(dataplane_port_set(w->dp, 9, &port), 0);
	assert_memory_equal(&w->ports[9], &port, sizeof(port));
	assert_int_equal(dataplane_port_set(w->dp, 0, &port), -ERANGE);
	assert_int_equal(dataplane_port_set(w->dp, PORT_SLOTS, &port), -ERANGE);
	dataplane_port_clear(w->dp, 9);
	assert_int_equal(w->ports[9].flags, 0);
	dataplane_port_clear(w->dp, PORT_SLOTS);
	/* what the program writes there stays */
	w->ports[9].tags_seen[1] = 77;
	assert_int_equal(dataplane_port_set(w->dp, 9, &port), 0);
	assert_int_equal(w->ports[9].tags_seen[1], 77);

	assert_int_equal(dataplane_egress_set(w->dp, 20, 9, 100), 0);
	assert_int_equal(w->egress[20].ifindex, 9);
	assert_int_equal(w->egress[20].vlan, htons(100));
	assert_int_equal(dataplane_egress_set(w->dp, 20, 0, 0), 0);
	assert_int_equal(w->egress[20].ifindex, 0);
	assert_int_equal(dataplane_egress_set(w->dp, PORT_SLOTS, 9, 0),
			 -ERANGE);

	assert_int_equal(w->settings->offset_limit, 16);
	assert_int_equal(dataplane_offset_limit_set(w->dp, 15), -ERANGE);
	assert_int_equal(dataplane_offset_limit_set(w->dp, 241), -ERANGE);
	assert_int_equal(dataplane_offset_limit_set(w->dp, 240), 0);
	assert_int_equal(w->settings->offset_limit, 240);

	dataplane_mss_clamp_set(w->dp, true);
	assert_int_equal(w->settings->flags, SETTINGS_MSS_CLAMP);
	dataplane_mss_clamp_set(w->dp, false);
	assert_int_equal(w->settings->flags, 0);

	assert_int_equal(dataplane_local_add(w->dp, end("192.0.2.1")), 0);
	assert_int_equal(dataplane_local_add(w->dp, end("192.0.2.1")), 0);
	assert_int_equal(w->settings->locals, 1);
	for (uint32_t i = 1; i < LOCAL_SLOTS; i++)
		assert_int_equal(
			dataplane_local_add(
				w->dp, address_of_ip4((struct in_addr){i})),
			0);
	assert_int_equal(dataplane_local_add(w->dp, end("192.0.2.99")),
			 -ENOSPC);
}

static void test_sight(void **state)
{
	struct map_world *w = *state;
	uint32_t *seen = w->ports[9].tags_seen;
	/* 1000 units of 2^30 ns, and a bit */
	const struct instant now = {1074000};

	assert_int_equal(dataplane_sight(w->dp, 9, 1, now), SIGHT_NONE);
	seen[1] = 1000;
	assert_int_equal(dataplane_sight(w->dp, 9, 1, now), SIGHT_WHOLE);
	assert_int_equal(dataplane_sight(w->dp, 9, 2, now), SIGHT_WITHOUT_TAG);
	/* more than it has is nothing that could be the frame */
	assert_int_equal(dataplane_sight(w->dp, 9, 0, now), SIGHT_NONE);
	seen[2] = 1001; /* our clock is a bit behind */
	assert_int_equal(dataplane_sight(w->dp, 9, 2, now), SIGHT_WHOLE);
	seen[1] = 990;
	assert_int_equal(dataplane_sight(w->dp, 9, 1, now), SIGHT_WHOLE);
	seen[1] = 989;
	assert_int_equal(dataplane_sight(w->dp, 9, 1, now), SIGHT_NONE);
	seen[0] = 995;
	assert_int_equal(dataplane_sight(w->dp, 9, 1, now), SIGHT_WITHOUT_TAG);
	assert_int_equal(dataplane_sight(w->dp, 9, 0, now), SIGHT_WHOLE);
	assert_int_equal(dataplane_sight(w->dp, 9, 3, now), SIGHT_NONE);
	assert_int_equal(dataplane_sight(w->dp, PORT_SLOTS, 1, now),
			 SIGHT_NONE);
}

static void test_map_missing(void **state)
{
	struct map_world *w = *state;
	struct dataplane_fds fds = w->fds;
	struct dataplane *dp = NULL;

	fds.templates = -1;
	assert_int_equal(dataplane_new(&dp, &fds), -EBADF);
	assert_null(dp);
}

/* Every attached port says that somebody watches, also those to come. */
static void test_watch(void **state)
{
	struct dataplane_watch wish = {WATCH_DROPS, WATCH_ALL, 0, 10};
	struct port port = {.flags = PORT_ATTACHED};
	struct map_world *w = *state;
	uint32_t generation = w->watch->generation;
	int fd;

	assert_int_equal(dataplane_port_set(w->dp, 7, &port), 0);
	dataplane_watch_set(w->dp, &wish);
	assert_int_equal(w->ports[7].flags, PORT_ATTACHED | PORT_WATCHED);
	assert_int_equal(w->ports[8].flags, 0);
	assert_int_equal(dataplane_port_set(w->dp, 8, &port), 0);
	assert_int_equal(w->ports[8].flags, PORT_ATTACHED | PORT_WATCHED);
	dataplane_port_clear(w->dp, 8);
	assert_int_equal(w->ports[8].flags, 0);
	assert_int_equal(w->watch->on, WATCH_DROPS);
	assert_int_equal(w->watch->drops, 10);
	assert_int_equal(w->watch->generation, generation);
	w->watch->lost = 5;
	assert_int_equal(dataplane_watch_lost(w->dp), 5);
	wish = (struct dataplane_watch){WATCH_CAPTURE, WATCH_CALL, 17, 10};
	dataplane_watch_start(w->dp, &wish);
	assert_int_equal(w->watch->generation, generation + 1);
	assert_int_equal(w->watch->by, WATCH_CALL);
	assert_int_equal(w->watch->value, 17);
	assert_int_equal(dataplane_watch_lost(w->dp), 0);
	/* an engine after us: nobody listens, and old records are not its */
	map_world_restart(w);
	assert_int_equal(w->watch->on, 0);
	assert_int_equal(w->watch->generation, generation + 2);
	assert_int_equal(w->ports[7].flags, PORT_ATTACHED);
	/* there is no ring here */
	assert_true(dataplane_watch_open(w->dp, &fd) < 0);
	dataplane_watch_read(w->dp, 1, NULL, NULL);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, map_world_setup,                 \
					map_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_join_switched),  TEST(test_join_ip),
		TEST(test_leg_refusals),   TEST(test_suspend_clear_count),
		TEST(test_tunnels),	   TEST(test_image_l2tp),
		TEST(test_image_pppoe),	   TEST(test_image_qinq),
		TEST(test_flips_rest),
		TEST(test_unused_needs_no_rest),
		TEST(test_templates_full), TEST(test_scan),
		TEST(test_pools),	   TEST(test_pools_no_entry),
		TEST(test_ports_settings), TEST(test_map_missing),
		TEST(test_sight),
		TEST(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
