/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Templates: building the outer headers that the frames of a tunnel or port
 * share, and publishing them without a packet ever seeing half of one.
 */
#include "world/dataplane.h"

#include <errno.h>
#include <net/ethernet.h>
#include <string.h>

#include "base/buf.h"
#include "world/dataplane_maps.h"

enum {
	ETHER_TYPE_VLAN = 0x8100,
	ETHER_TYPE_IP4 = 0x0800,
	ETHER_TYPE_IP6 = 0x86dd,
	ETHER_TYPE_PPPOE_SESSION = 0x8864,
	IP4_HEADER = 20,
	IP6_VERSION = 6,
	UDP_HEADER = 8,
	UDP_PROTOCOL = 17,
	L2TP_VERSION = 2,
	L2TP_FLAG_LENGTH = 0x4000,
	PPPOE_VERSION_TYPE = 0x11,
	PPP_ADDRESS_CONTROL = 0xff03,
};

/* ---- slots --------------------------------------------------------------- */

/* Searches from the last one on, so that a freed slot rests longest. */
int dataplane_template_new(struct dataplane *dp, uint32_t users,
			   uint32_t *template)
{
	for (uint32_t i = 1; i <= TEMPLATE_SLOTS; i++) {
		uint32_t slot = (dp->last_template + i) % TEMPLATE_SLOTS;
		struct template *t = &dp->templates[slot];

		if (dp->notes[slot].taken)
			continue;
		memset(&dp->notes[slot], 0, sizeof(dp->notes[slot]));
		dp->notes[slot].taken = true;
		memset(t->image, 0, sizeof(t->image));
		t->users = users;
		dp->last_template = slot;
		*template = slot;
		return 0;
	}
	return -ENOSPC;
}

static void waiting_remove(struct dataplane *dp, uint32_t slot)
{
	if (!dp->notes[slot].waiting)
		return;
	dp->notes[slot].waiting = false;
	for (unsigned int i = 0; i < dp->waiting_count; i++) {
		if (dp->waiting[i] != slot)
			continue;
		dp->waiting[i] = dp->waiting[--dp->waiting_count];
		return;
	}
}

void dataplane_template_free(struct dataplane *dp, uint32_t template)
{
	if (!template || template >= TEMPLATE_SLOTS)
		return;
	dataplane_template_unready(dp, template);
	dp->templates[template].users = 0;
	dp->notes[template].taken = false;
}

void template_take_stale(struct dataplane *dp, uint32_t slot)
{
	if (!slot || slot >= TEMPLATE_SLOTS)
		return;
	dp->notes[slot].taken = true;
	dp->notes[slot].stale_legs++;
}

void templates_scan(struct dataplane *dp)
{
	for (uint32_t slot = 1; slot < TEMPLATE_SLOTS; slot++)
		if (!dp->notes[slot].taken && dp->templates[slot].users)
			dataplane_template_free(dp, slot);
}

void template_drop_stale(struct dataplane *dp, uint32_t slot)
{
	if (slot >= TEMPLATE_SLOTS || !dp->notes[slot].stale_legs)
		return;
	if (--dp->notes[slot].stale_legs == 0)
		dataplane_template_free(dp, slot);
}

/* ---- publishing ---------------------------------------------------------- */

static void image_flip(struct dataplane *dp, uint32_t slot,
		       const struct image *image, struct instant now)
{
	struct template *t = &dp->templates[slot];
	uint32_t other = !(t->active & 1);

	t->image[other] = *image;
	word_publish(&t->active, other);
	dp->notes[slot].flipped = now;
}

/* The same header as the one in use, whether or not that one is ready. */
static bool image_is_active(const struct template *t, const struct image *image)
{
	struct image active = t->image[t->active & 1];

	active.flags |= IMAGE_READY;
	return !memcmp(&active, image, sizeof(active));
}

/* Whether a packet may still be reading the image that a flip would change. */
static bool image_rests(const struct template_note *note, struct instant now)
{
	if (!note->used && !note->stale_legs)
		return false;
	return !instant_is_never(note->flipped) &&
	       !instant_due(instant_after(note->flipped, FLIP_REST_MS), now);
}

static void image_publish(struct dataplane *dp, uint32_t slot,
			  const struct image *image, struct instant now)
{
	struct template_note *note = &dp->notes[slot];
	struct template *t = &dp->templates[slot];

	if (image_is_active(t, image)) {
		waiting_remove(dp, slot);
		__atomic_store_n(&t->image[t->active & 1].flags, image->flags,
				 __ATOMIC_RELEASE);
		return;
	}
	if (!image_rests(note, now)) {
		waiting_remove(dp, slot);
		image_flip(dp, slot, image, now);
		return;
	}
	note->next = *image;
	if (!note->waiting)
		dp->waiting[dp->waiting_count++] = slot;
	note->waiting = true;
}

/* One octet of the image in use, which a packet reads once: no tear. */
void dataplane_template_unready(struct dataplane *dp, uint32_t template)
{
	struct template *t;
	struct image *active;

	if (!template || template >= TEMPLATE_SLOTS)
		return;
	waiting_remove(dp, template);
	t = &dp->templates[template];
	active = &t->image[t->active & 1];
	__atomic_and_fetch(&active->flags, (uint8_t)~IMAGE_READY,
			   __ATOMIC_RELEASE);
}

void dataplane_tick(struct dataplane *dp, struct instant now)
{
	for (unsigned int i = dp->waiting_count; i-- > 0;) {
		uint32_t slot = dp->waiting[i];
		struct template_note *note = &dp->notes[slot];

		if (!instant_due(instant_after(note->flipped, FLIP_REST_MS),
				 now))
			continue;
		waiting_remove(dp, slot);
		image_flip(dp, slot, &note->next, now);
	}
}

struct instant dataplane_deadline(const struct dataplane *dp)
{
	struct instant first = NEVER;

	for (unsigned int i = 0; i < dp->waiting_count; i++) {
		struct instant flipped = dp->notes[dp->waiting[i]].flipped;

		first = instant_first(first,
				      instant_after(flipped, FLIP_REST_MS));
	}
	return first;
}

/* ---- images -------------------------------------------------------------- */

static void build_ethernet(struct builder *b, const uint8_t to[6],
			   const uint8_t from[6])
{
	build_bytes(b, to, ETH_ALEN);
	build_bytes(b, from, ETH_ALEN);
}

static void build_ip4(struct builder *b, const struct dataplane_l2tp_path *p)
{
	build_u8(b, 0x45);
	build_u8(b, p->tos);
	build_u16(b, 0); /* total length: per packet */
	build_u16(b, 0); /* id: per packet */
	build_u16(b, 0); /* DF 0: the core may fragment */
	build_u8(b, p->ttl);
	build_u8(b, UDP_PROTOCOL);
	build_u16(b, 0); /* checksum: per packet, from `sum` */
	build_bytes(b, &p->local.ip4, sizeof(p->local.ip4));
	build_bytes(b, &p->peer.ip4, sizeof(p->peer.ip4));
}

static void build_ip6(struct builder *b, const struct dataplane_l2tp_path *p)
{
	/* flow label 0: a label must not change or reveal sessions */
	build_u32(b, (uint32_t)IP6_VERSION << 28 | (uint32_t)p->tos << 20);
	build_u16(b, 0); /* payload length: per packet */
	build_u8(b, UDP_PROTOCOL);
	build_u8(b, p->ttl);
	build_bytes(b, &p->local.ip6, sizeof(p->local.ip6));
	build_bytes(b, &p->peer.ip6, sizeof(p->peer.ip6));
}

static void build_udp_l2tp(struct builder *b,
			   const struct dataplane_l2tp_path *p)
{
	build_u16(b, p->local_port);
	build_u16(b, p->peer_port);
	build_u16(b, 0); /* length: per packet */
	build_u16(b, 0); /* checksum: per packet, or none (RFC 2661 8.1) */
	build_u16(b, (uint16_t)(L2TP_VERSION |
				(p->length_bit ? L2TP_FLAG_LENGTH : 0)));
	if (p->length_bit)
		build_u16(b, 0);
	build_u32(b, 0); /* ids: per leg; Ns and Nr: if it numbers */
	build_u16(b, PPP_ADDRESS_CONTROL);
}

/* As the XDP program will add to it: words as they lie in memory. */
static uint32_t words_sum(const uint8_t *at, size_t len)
{
	uint32_t sum = 0;
	uint16_t word;

	for (size_t i = 0; i + 1 < len; i += sizeof(word)) {
		memcpy(&word, at + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static uint8_t l2tp_flags(const struct dataplane_l2tp_path *path)
{
	return (uint8_t)(IMAGE_READY |
			 (path->length_bit ? IMAGE_LENGTH : 0) |
			 (path->local.family == AF_INET6 ? IMAGE_IP6 : 0) |
			 (path->udp_sum ? IMAGE_UDP_SUM : 0) |
			 (path->copy_dscp ? IMAGE_COPY_DSCP : 0) |
			 (path->copy_ecn ? IMAGE_COPY_ECN : 0));
}

void dataplane_template_l2tp(struct dataplane *dp, uint32_t template,
			     const struct dataplane_l2tp_path *path,
			     struct instant now)
{
	bool ip6 = path->local.family == AF_INET6;
	struct image image = {
		.ifindex = path->ifindex,
		.out_max = path->frame_max,
		.kind = LEG_L2TP,
		.tags = path->vlan != 0,
		.flags = l2tp_flags(path),
	};
	struct builder b = builder_on(image.head, sizeof(image.head));
	size_t ip;

	if (!template || template >= TEMPLATE_SLOTS)
		return;
	build_ethernet(&b, path->next_hop_mac, path->source_mac);
	if (path->vlan) {
		build_u16(&b, ETHER_TYPE_VLAN);
		build_u16(&b, path->vlan);
	}
	build_u16(&b, ip6 ? ETHER_TYPE_IP6 : ETHER_TYPE_IP4);
	ip = b.len;
	if (ip6)
		build_ip6(&b, path);
	else
		build_ip4(&b, path);
	build_udp_l2tp(&b, path);
	if (!ip6) /* whose header has no checksum */
		image.sum = words_sum(image.head + ip, IP4_HEADER);
	image.head_len = (uint8_t)b.len;
	image_publish(dp, template, &image, now);
}

void dataplane_template_pppoe(struct dataplane *dp, uint32_t template,
			      const struct dataplane_pppoe_path *path,
			      struct instant now)
{
	static const uint8_t nobody[ETH_ALEN]; /* the client: per leg */
	struct image image = {
		.ifindex = path->ifindex,
		.out_max = path->frame_max,
		.kind = LEG_PPPOE,
		.tags = path->tags,
		.flags = IMAGE_READY,
	};
	struct builder b = builder_on(image.head, sizeof(image.head));

	if (!template || template >= TEMPLATE_SLOTS)
		return;
	build_ethernet(&b, nobody, path->source_mac);
	for (uint8_t i = 0; i < path->tags; i++) {
		build_u16(&b, i ? ETHER_TYPE_VLAN : path->outer_type);
		build_u16(&b, 0); /* TCI: per leg */
	}
	build_u16(&b, ETHER_TYPE_PPPOE_SESSION);
	build_u8(&b, PPPOE_VERSION_TYPE);
	build_u8(&b, 0);
	build_u32(&b, 0); /* session: per leg; length: per packet */
	image.head_len = (uint8_t)b.len;
	dp->notes[template].priority = path->priority;
	image_publish(dp, template, &image, now);
}
