/* SPDX-License-Identifier: GPL-2.0-only */
/* A PPP link under test; see ppp_rig.h. */
#include "ppp_rig.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ppp_config rig_config;
static uint8_t rig_next_random;

void rig_random(void *out, unsigned long len)
{
	uint8_t *at = out;

	while (len--)
		*at++ = ++rig_next_random;
}

void rig_reset(void)
{
	rig_config = ppp_config_default;
}

size_t rig_octets(const char *hex, uint8_t *out, size_t cap)
{
	size_t len = 0;

	while (*hex) {
		unsigned int octet;

		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_int_equal(sscanf(hex, "%2x", &octet), 1);
		assert_true(len < cap);
		out[len++] = (uint8_t)octet;
		hex += 2;
	}
	return len;
}

struct view rig_view(const char *hex)
{
	static uint8_t rooms[8][2048];
	static unsigned int next;
	uint8_t *room = rooms[next++ % 8];

	return view_of(room, rig_octets(hex, room, 2048));
}

/* ---- ops ----------------------------------------------------------------- */

static void on_send(void *ctx, uint16_t protocol, struct view info)
{
	struct rig *rig = ctx;
	struct rig_packet *p = &rig->sent[rig->sent_count++];

	assert_true(rig->sent_count <= 128);
	assert_true(info.len <= sizeof(p->data));
	p->protocol = protocol;
	p->len = info.len;
	memcpy(p->data, info.data, info.len);
}

static struct view keep(uint8_t room[256], struct view v)
{
	assert_true(v.len <= 256);
	if (v.len)
		memcpy(room, v.data, v.len);
	return view_of(room, v.len);
}

static void on_identified(void *ctx, const struct ppp_credentials *who)
{
	struct rig *rig = ctx;

	rig->identified++;
	rig->who = *who;
	rig->who.name = keep(rig->octets[0], who->name);
	rig->who.challenge = keep(rig->octets[1], who->challenge);
	rig->who.response = keep(rig->octets[2], who->response);
	if (rig->answer == RIG_ACCEPT)
		ppp_accept(rig->ppp, &rig->ip4, rig->now);
	else if (rig->answer == RIG_REJECT)
		ppp_reject(rig->ppp, "no", rig->now);
	else if (rig->answer == RIG_HAND_OVER)
		ppp_hand_over(rig->ppp, &rig->proxy);
}

static void on_network(void *ctx, bool up, const struct ppp_addresses *ip4)
{
	struct rig *rig = ctx;

	assert_memory_equal(ip4, &rig->ip4, sizeof(*ip4));
	if (up)
		rig->networks_up++;
	else
		rig->networks_down++;
	assert_true(rig->networks_up - rig->networks_down <= 1);
}

static void on_ended(void *ctx, const struct ppp_end *why)
{
	struct rig *rig = ctx;

	rig->ended++;
	rig->end = *why;
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_DEAD);
	assert_int_equal(rig->networks_up, rig->networks_down);
}

static const struct ppp_ops rig_ops = {
	.send = on_send,
	.identified = on_identified,
	.network = on_network,
	.ended = on_ended,
	.random = rig_random,
};

/* ---- life ---------------------------------------------------------------- */

struct rig *rig_new(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig_next_random = 0;
	rig->now.ms = 1000;
	rig->answer = RIG_ACCEPT;
	inet_aton("10.0.0.1", &rig->ip4.ours);
	inet_aton("10.0.0.9", &rig->ip4.user);
	inet_aton("10.0.0.53", &rig->ip4.dns[0]);
	rig->ppp = ppp_new(&rig_config, &rig_ops, rig, "call 1");
	assert_non_null(rig->ppp);
	return rig;
}

void rig_free(struct rig *rig)
{
	assert_true(rig->ended <= 1);
	assert_int_equal(ppp_info(rig->ppp).dropped, rig->drops);
	ppp_free(rig->ppp);
	free(rig);
}

void rig_start(struct rig *rig)
{
	ppp_start(rig->ppp, rig->now);
}

void rig_put(struct rig *rig, const char *hex)
{
	uint8_t octets[2048];
	size_t len = rig_octets(hex, octets, sizeof(octets));
	uint8_t *exact = malloc(len - 1); /* reading past it is caught */

	assert_non_null(exact);
	memcpy(exact, octets + 2, len - 2);
	ppp_input(rig->ppp, (uint16_t)(octets[0] << 8 | octets[1]),
		  view_of(exact, len - 2), rig->now);
	free(exact);
}

void rig_put_dropped(struct rig *rig, const char *hex)
{
	struct ppp_info before = ppp_info(rig->ppp);
	unsigned int sent = rig->sent_count;
	struct ppp_info after;

	rig->drops++;
	rig_put(rig, hex);
	after = ppp_info(rig->ppp);
	if (after.dropped != before.dropped + 1 || rig->sent_count != sent)
		print_error("not dropped: %s\n", hex);
	assert_int_equal(after.dropped, before.dropped + 1);
	assert_int_equal(rig->sent_count, sent);
	assert_int_equal(after.phase, before.phase);
	assert_string_equal(after.lcp_state, before.lcp_state);
	assert_string_equal(after.ipcp_state, before.ipcp_state);
	assert_string_equal(after.auth_state, before.auth_state);
}

static void packet_print(char *out, size_t cap, const struct rig_packet *p)
{
	int at = snprintf(out, cap, "%04x ", p->protocol);

	for (size_t i = 0; i < p->len && (size_t)at + 3 < cap; i++)
		at += snprintf(out + at, cap - (size_t)at, "%02x", p->data[i]);
}

void rig_expect(struct rig *rig, const char *hex)
{
	struct rig_packet want = {0};
	uint8_t octets[2048];
	char a[4200], b[4200];

	want.len = rig_octets(hex, octets, sizeof(octets)) - 2;
	want.protocol = (uint16_t)(octets[0] << 8 | octets[1]);
	memcpy(want.data, octets + 2, want.len);
	packet_print(a, sizeof(a), &want);
	if (rig->sent_seen == rig->sent_count)
		fail_msg("nothing was sent instead of %s", a);
	packet_print(b, sizeof(b), &rig->sent[rig->sent_seen++]);
	assert_string_equal(b, a);
}

void rig_quiet(struct rig *rig)
{
	char text[4200];

	if (rig->sent_seen == rig->sent_count)
		return;
	packet_print(text, sizeof(text), &rig->sent[rig->sent_seen]);
	fail_msg("unexpected %s", text);
}

void rig_pass(struct rig *rig, uint64_t ms)
{
	struct instant end = instant_after(rig->now, ms);
	unsigned int rounds = 0;

	for (;;) {
		struct instant at = ppp_deadline(rig->ppp);

		if (instant_is_never(at) || at.ms > end.ms)
			break;
		assert_true(rounds++ < 1000);
		rig->now = at.ms > rig->now.ms ? at : rig->now;
		ppp_timeout(rig->ppp, rig->now);
	}
	rig->now = end;
}

/* ---- the usual ----------------------------------------------------------- */

void rig_lcp_open(struct rig *rig)
{
	rig_start(rig);
	rig_expect(rig, "c021 01010013 010405d4 0305c22305 050605040302");
	rig_put(rig, "c021 0107000e 010405d4 0506aabbccdd");
	rig_expect(rig, "c021 0207000e 010405d4 0506aabbccdd");
	rig_put(rig, "c021 02010013 010405d4 0305c22305 050605040302");
	assert_string_equal(ppp_info(rig->ppp).lcp_state, "Opened");
}

void rig_network_open(struct rig *rig)
{
	rig_lcp_open(rig);
	rig_expect(rig, "c223 01160019 10 060708090a0b0c0d0e0f101112131415"
			" 6c327864");
	rig_put(rig, "c223 0216001a 10 00112233445566778899aabbccddeeff"
		     " 616c696365");
	rig_expect(rig, "c223 03160004");
	rig_expect(rig, "8021 0101000a 03060a000001");
	rig_put(rig, "8021 0105000a 03060a000009");
	rig_expect(rig, "8021 0205000a 03060a000009");
	rig_put(rig, "8021 0201000a 03060a000001");
	assert_string_equal(ppp_info(rig->ppp).ipcp_state, "Opened");
	assert_int_equal(rig->networks_up, 1);
	rig_quiet(rig);
}

void rig_ended(struct rig *rig, enum ppp_end_reason reason, uint16_t code,
	       uint16_t protocol, uint8_t direction)
{
	assert_int_equal(rig->ended, 1);
	assert_int_equal(rig->end.reason, reason);
	assert_true(rig->end.cause.set);
	assert_int_equal(rig->end.cause.code, code);
	assert_int_equal(rig->end.cause.protocol, protocol);
	assert_int_equal(rig->end.cause.direction, direction);
	assert_true(instant_is_never(ppp_deadline(rig->ppp)));
	assert_int_equal(ppp_info(rig->ppp).phase, PPP_DEAD);
}
