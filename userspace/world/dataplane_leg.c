/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunnels and legs: what a received frame must match and how it is sent on.
 * Makes two leg records from the two ends of a call.
 */
#include "world/dataplane.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "numbering.h"
#include "proto/l2tp.h"
#include "world/dataplane_maps.h"

enum { PPP_PROTOCOL = 2 }; /* octets */

/* ---- tunnels ------------------------------------------------------------- */

static void tunnel_set_ends(struct tunnel_rx *record,
			    const struct dataplane_tunnel *tunnel)
{
	bool ip6 = tunnel->peer.family == AF_INET6;

	record->peer_port = htons(tunnel->peer_port);
	record->own_port = htons(L2TP_PORT);
	memset(record->peer_ip6, 0, sizeof(record->peer_ip6));
	memset(record->local_ip6, 0, sizeof(record->local_ip6));
	record->peer_ip4 = ip6 ? 0 : tunnel->peer.ip4.s_addr;
	record->local_ip4 = ip6 ? 0 : tunnel->local.ip4.s_addr;
	if (!ip6)
		return;
	memcpy(record->peer_ip6, &tunnel->peer.ip6, sizeof(record->peer_ip6));
	memcpy(record->local_ip6, &tunnel->local.ip6,
	       sizeof(record->local_ip6));
}

static uint16_t tunnel_flags(const struct dataplane_tunnel *tunnel)
{
	uint16_t flags = tunnel->ecn ? TUNNEL_RX_ECN : 0;

	if (tunnel->peer.family == AF_INET6)
		flags |= (uint16_t)(TUNNEL_RX_IP6 |
				    (tunnel->zero_sum ? TUNNEL_RX_ZERO_SUM
						      : 0));
	return flags;
}

int dataplane_tunnel_open(struct dataplane *dp,
			  const struct dataplane_tunnel *tunnel)
{
	struct tunnel_rx *record = &dp->tunnels[tunnel->id];
	struct tunnel_rx first = {
		.state = TUNNEL_RX_OPEN,
		.bank = tunnel->bank,
		.flags = tunnel_flags(tunnel),
	};
	uint32_t word;

	if (!tunnel->id || tunnel->bank >= ID_BANKS ||
	    !tunnel->peer.family || tunnel->peer.family != tunnel->local.family)
		return -EINVAL;
	if (record->state != TUNNEL_RX_FREE)
		return -EBUSY;
	tunnel_set_ends(record, tunnel);
	memcpy(&word, &first, sizeof(word));
	word_publish(record, word);
	return 0;
}

void dataplane_tunnel_close(struct dataplane *dp, uint16_t id)
{
	word_publish(&dp->tunnels[id], 0);
}

/* ---- making records ------------------------------------------------------ */

static bool end_is_valid(const struct leg_end *end)
{
	bool by_ip = end->slot >= FIRST_IP_SLOT;

	if (end->slot >= LEG_SLOTS || by_ip != (end->kind == LEG_IP))
		return false;
	if (end->kind == LEG_IP)
		return true;
	/* ids 0 are never assigned */
	return (end->kind == LEG_PPPOE || end->kind == LEG_L2TP) &&
	       end->slot % BANK_SLOTS && end->template <TEMPLATE_SLOTS;
}

/* How frames arrive on this end. */
static void record_match(struct leg *record, const struct leg_end *end)
{
	record->kind = (uint8_t)end->kind;
	if (end->kind == LEG_L2TP) {
		record->in.l2tp.tunnel = end->l2tp.tunnel;
	} else if (end->kind == LEG_PPPOE) {
		memcpy(record->in.pppoe.mac, end->pppoe.mac,
		       sizeof(record->in.pppoe.mac));
		record->in.pppoe.vlan = end->pppoe.vlan;
		record->in.pppoe.inner_vlan = end->pppoe.inner_vlan;
	}
}

static void record_to_pppoe(const struct dataplane *dp, struct leg *record,
			    const struct leg_end *end)
{
	uint16_t priority = dp->notes[end->template].priority;

	memcpy(record->to.pppoe.mac, end->pppoe.mac,
	       sizeof(record->to.pppoe.mac));
	record->to.pppoe.session = htons(end->pppoe.session);
	record->to.pppoe.vlan =
		htons((uint16_t)(priority << 13 | end->pppoe.vlan));
	if (end->pppoe.inner_vlan)
		record->to.pppoe.inner_vlan = htons(
			(uint16_t)(priority << 13 | end->pppoe.inner_vlan));
}

/* How frames leave by the other end. */
static void record_out(struct dataplane *dp, struct leg *record,
		       const struct leg_end *end)
{
	record->out = (uint8_t)end->kind;
	record->out_mtu = end->mtu;
	if (end->kind == LEG_IP) {
		memcpy(record->to.ip.prefix6, end->ip.prefix6,
		       sizeof(record->to.ip.prefix6));
		record->to.ip.user4 = end->ip.ip4.s_addr;
		return;
	}
	record->out_template = (uint16_t)end->template;
	dp->notes[end->template].used = true;
	if (end->kind == LEG_PPPOE) {
		record_to_pppoe(dp, record, end);
		return;
	}
	record->to.l2tp.tunnel = htons(end->l2tp.peer_tunnel);
	record->to.l2tp.session = htons(end->l2tp.peer_session);
	if (!end->l2tp.sequenced)
		return;
	record->to.l2tp.ns = end->l2tp.ns;
	record->flags |= LEG_SEQUENCED;
}

/* The peer decides whether what leaves by `in` is numbered: that of `out`. */
static void record_follow(struct leg *record, const struct leg_end *out)
{
	record->flags |= LEG_FOLLOWS;
	record->in.l2tp.other_bank = (uint16_t)(out->slot >> BANK_SHIFT);
	if (out->kind == LEG_L2TP) /* else it is the PPPoE session's id */
		record->to.l2tp.other = (uint16_t)out->slot;
}

static uint8_t ip_flags(const struct leg_end *end)
{
	if (end->kind != LEG_IP)
		return 0;
	return (uint8_t)((end->ip.ip4.s_addr ? LEG_IP4 : 0) |
			 (end->ip.ip6 ? LEG_IP6 : 0));
}

/*
 * The largest IP packet that goes to the subscriber by this end without
 * fragments: what the other direction may ask for.  The template as it is now.
 */
static uint16_t end_limit(const struct dataplane *dp, const struct leg_end *end)
{
	const struct template *t = &dp->templates[end->template];
	const struct image *image = &t->image[t->active & 1];
	int room = image->out_max - image->head_len - PPP_PROTOCOL;

	if (end->kind == LEG_L2TP && end->l2tp.sequenced)
		room -= NUMBERING_LEN;
	return room > 0 && room < end->mtu ? (uint16_t)room : end->mtu;
}

static struct leg record_make(struct dataplane *dp, uint32_t call,
			      const struct leg_end *in,
			      const struct leg_end *out)
{
	struct leg record = {.state = LEG_FORWARD, .call = call};

	if (in->blocked)
		record.state = LEG_BLOCKED;
	if (in->policed)
		record.flags |= LEG_POLICED;
	/* if the peer numbers its data, keep it in order */
	if (in->kind == LEG_L2TP && (in->l2tp.sequenced || in->l2tp.follows))
		record.flags |= LEG_ORDERED;
	if (out->kind == LEG_IP && out->ip.routes)
		record.flags |= LEG_ROUTES;
	record_match(&record, in);
	record_out(dp, &record, out);
	if (in->kind == LEG_L2TP && in->l2tp.follows)
		record_follow(&record, out);
	if (out->kind == LEG_IP && in->kind != LEG_IP)
		record.out_mtu = end_limit(dp, in);
	record.flags |= (uint8_t)(ip_flags(in) | ip_flags(out));
	return record;
}

/* ---- publishing ---------------------------------------------------------- */

/*
 * Stores the first word, except the bits in `kept`, which the program may
 * change at the same time.
 */
static void first_publish(struct leg *record, uint32_t word, uint32_t kept)
{
	record_word *first = (record_word *)record;
	uint32_t old = __atomic_load_n(first, __ATOMIC_RELAXED), next;

	do {
		next = (word & ~kept) | (old & kept);
	} while (!__atomic_compare_exchange_n(first, &old, next, false,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}

static void record_set_state(struct leg *record, enum leg_state state)
{
	first_publish(record, state, ~UINT32_C(0xff));
}

/* Flags that are the program's as long as the leg and its other side live. */
static uint32_t bits_kept(const struct leg *live, const struct leg *want)
{
	uint32_t kept = 0;

	if (live->state == LEG_FREE)
		return 0;
	if (live->flags & want->flags & LEG_FOLLOWS)
		kept |= NUMBERING_BIT(LEG_NUMBERED);
	if (live->out == LEG_L2TP && want->out == LEG_L2TP)
		kept |= NUMBERING_BIT(LEG_SEQUENCED);
	return kept;
}

enum { WORDS = offsetof(struct leg, packets) / sizeof(record_word) };

#define WORD_BIT(member)                                                       \
	(1u << offsetof(struct leg, member) / sizeof(record_word))

/* Words that are the program's as long as the leg lives, one bit each. */
static uint32_t words_kept(const struct leg *live, const struct leg *want)
{
	uint32_t kept = WORD_BIT(dropped);

	if (live->state == LEG_FREE)
		return 0;
	if (live->kind == LEG_L2TP)
		kept |= WORD_BIT(in.l2tp.sequence) | WORD_BIT(in.l2tp.late);
	if (live->out == LEG_L2TP && want->out == LEG_L2TP)
		kept |= WORD_BIT(to.l2tp.ns);
	return kept;
}

/* Those that are to be stored, without the first. */
static uint32_t words_new(const struct leg *live, const struct leg *want)
{
	const record_word *have = (const record_word *)live;
	const record_word *words = (const record_word *)want;
	uint32_t kept = words_kept(live, want);
	uint32_t news = 0;

	for (unsigned int i = 1; i < WORDS; i++)
		if (!(kept >> i & 1) && have[i] != words[i])
			news |= 1u << i;
	return news;
}

/*
 * Stores what differs, word by word, without the counters; the first word
 * comes last.  A leg that is joined punts in the meantime.
 */
static void record_publish(struct leg *live, const struct leg *want)
{
	const record_word *words = (const record_word *)want;
	uint32_t kept = bits_kept(live, want);
	uint32_t news = words_new(live, want);
	record_word *to = (record_word *)live;

	if (live->state == LEG_FREE) {
		live->packets = 0;
		live->octets = 0;
		live->control = 0;
	} else if (live->state >= LEG_FORWARD && news) {
		record_set_state(live, LEG_PUNT);
	}
	for (unsigned int i = 1; i < WORDS; i++)
		if (news >> i & 1)
			__atomic_store_n(&to[i], words[i], __ATOMIC_RELAXED);
	first_publish(live, words[0], kept);
}

static bool slot_is_open(const struct dataplane *dp, uint32_t slot,
			 uint32_t call)
{
	const struct leg *record = &dp->legs[slot];

	if (record->state == LEG_FREE)
		return true;
	return record->call == call && !bit_is_set(dp->stale, slot);
}

int dataplane_leg_punt(struct dataplane *dp, uint32_t call,
		       const struct leg_end *end)
{
	struct leg record = {.state = LEG_PUNT, .call = call};

	if (!end_is_valid(end))
		return -EINVAL;
	if (dp->legs[end->slot].state != LEG_FREE)
		return -EBUSY;
	record_match(&record, end);
	record_publish(&dp->legs[end->slot], &record);
	return 0;
}

int dataplane_join(struct dataplane *dp, uint32_t call,
		   const struct leg_end *access, const struct leg_end *core)
{
	struct leg up, down;

	if (!end_is_valid(access) || !end_is_valid(core) ||
	    access->slot == core->slot)
		return -EINVAL;
	if (!slot_is_open(dp, access->slot, call) ||
	    !slot_is_open(dp, core->slot, call))
		return -EBUSY;
	up = record_make(dp, call, access, core);
	down = record_make(dp, call, core, access);
	record_publish(&dp->legs[core->slot], &down);
	record_publish(&dp->legs[access->slot], &up);
	return 0;
}

void dataplane_leg_suspend(struct dataplane *dp, uint32_t slot)
{
	if (slot < LEG_SLOTS && dp->legs[slot].state >= LEG_FORWARD)
		record_set_state(&dp->legs[slot], LEG_PUNT);
}

void dataplane_leg_clear(struct dataplane *dp, uint32_t slot)
{
	struct leg *record;

	if (slot >= LEG_SLOTS)
		return;
	record = &dp->legs[slot];
	if (bit_is_set(dp->stale, slot)) {
		bit_clear(dp->stale, slot);
		if (record->out != LEG_IP)
			template_drop_stale(dp, record->out_template);
		host_drop_stale(dp, slot);
	}
	word_publish(record, 0);
}

/* ---- counters ------------------------------------------------------------ */

struct leg_counters dataplane_leg_counters(const struct dataplane *dp,
					   uint32_t slot)
{
	const struct leg *record;

	if (slot >= LEG_SLOTS)
		return (struct leg_counters){0};
	record = &dp->legs[slot];
	return (struct leg_counters){
		.packets = __atomic_load_n(&record->packets, __ATOMIC_RELAXED),
		.octets = __atomic_load_n(&record->octets, __ATOMIC_RELAXED),
		.control = __atomic_load_n(&record->control, __ATOMIC_RELAXED),
	};
}

void dataplane_leg_count(struct dataplane *dp, uint32_t slot,
			 const struct leg_counters *more)
{
	struct leg *record;

	if (slot >= LEG_SLOTS)
		return;
	record = &dp->legs[slot];
	__atomic_add_fetch(&record->packets, more->packets, __ATOMIC_RELAXED);
	__atomic_add_fetch(&record->octets, more->octets, __ATOMIC_RELAXED);
	__atomic_add_fetch(&record->control, more->control, __ATOMIC_RELAXED);
}

uint16_t dataplane_leg_number(struct dataplane *dp, uint32_t slot)
{
	if (slot >= LEG_SLOTS)
		return 0;
	return (uint16_t)__atomic_fetch_add(&dp->legs[slot].to.l2tp.ns, 1,
					    __ATOMIC_RELAXED);
}

bool dataplane_leg_numbers(const struct dataplane *dp, uint32_t slot)
{
	return slot < LEG_SLOTS && numbering_adds(word_read(&dp->legs[slot]));
}

struct leg dataplane_leg_read(const struct dataplane *dp, uint32_t slot)
{
	if (slot >= LEG_SLOTS)
		return (struct leg){0};
	return dp->legs[slot];
}
