/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole conversations with a PPP link.  The first octet chooses the phase the
 * link is in when the input begins and what its owner does; then records of
 * two octets (kind, length) and a frame, or a time to wait.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "proto/ppp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WAIT = 0, CLOSE = 1, ACCEPT = 2, REJECT = 3, HAND_OVER = 4 };

struct world {
	struct ppp *ppp;
	struct instant now;
	uint8_t answer; /* to identified */
	bool network_up, ended;
	uint8_t random;
	size_t checksum; /* so that every octet handed out is read */
};

static struct world *world;

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void touch(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		world->checksum += v.data[i];
}

static void fuzz_random(void *out, unsigned long len)
{
	uint8_t *at = out;

	while (len--)
		*at++ = ++world->random;
}

static void owner_answers(struct world *w, uint8_t answer)
{
	static const struct ppp_addresses ip4 = {
		.ours = {0x0100000a}, .user = {0x0900000a}, .dns = {{0x35}}};
	struct proxy proxy;

	switch (answer) {
	case ACCEPT:
		ppp_accept(w->ppp, &ip4, w->now);
		break;
	case REJECT:
		ppp_reject(w->ppp, "no", w->now);
		break;
	case HAND_OVER:
		ppp_hand_over(w->ppp, &proxy);
		touch(proxy.initial_received);
		touch(proxy.last_sent);
		touch(proxy.last_received);
		touch(proxy.auth_name);
		touch(proxy.auth_challenge);
		touch(proxy.auth_response);
		break;
	case CLOSE:
		ppp_close(w->ppp, w->now);
		break;
	default:
		break;
	}
}

static void on_send(void *ctx, uint16_t protocol, struct view info)
{
	struct world *w = ctx;

	require(!w->ended && protocol);
	require(info.len >= 4 && info.len <= 4642);
	require((size_t)(info.data[2] << 8 | info.data[3]) == info.len);
	touch(info);
}

static void on_identified(void *ctx, const struct ppp_credentials *who)
{
	struct world *w = ctx;

	require(!w->ended);
	touch(who->name);
	touch(who->challenge);
	touch(who->response);
	ppp_credentials_check(who, view_text("secret"));
	owner_answers(w, w->answer);
}

static void on_network(void *ctx, bool up, const struct ppp_addresses *ip4)
{
	struct world *w = ctx;

	require(!w->ended && up != w->network_up && ip4->user.s_addr);
	w->network_up = up;
}

static void on_ended(void *ctx, const struct ppp_end *why)
{
	struct world *w = ctx;

	require(!w->ended && !w->network_up && why->cause.set && why->text[0]);
	w->ended = true;
}

static const struct ppp_ops ops = {
	.send = on_send,
	.identified = on_identified,
	.network = on_network,
	.ended = on_ended,
	.random = fuzz_random,
};

static void put(struct world *w, const void *octets, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);
	uint16_t protocol;
	struct view info;

	memcpy(exact, octets, len);
	if (!ppp_frame_read(view_of(exact, len), &protocol, &info))
		ppp_input(w->ppp, protocol, info, w->now);
	free(exact);
}
#define PUT(w, text) put(w, text, sizeof(text) - 1)

/* Good packets that bring a fresh link to a phase (random is 1, 2, 3...). */
static void advance(struct world *w, unsigned int phase)
{
	ppp_start(w->ppp, w->now);
	if (phase < 1)
		return;
	PUT(w, "\xc0\x21\x02\x01\x00\x13\x01\x04\x05\xd4\x03\x05\xc2\x23\x05"
	       "\x05\x06\x05\x04\x03\x02");
	if (phase < 2)
		return;
	PUT(w, "\xc0\x21\x01\x01\x00\x0a\x05\x06\xaa\xbb\xcc\xdd");
	if (phase < 3)
		return;
	PUT(w, "\xc2\x23\x02\x16\x00\x16\x10"
	       "0123456789abcdef"
	       "u");
	if (phase < 4)
		return;
	PUT(w, "\x80\x21\x01\x01\x00\x0a\x03\x06\x0a\x00\x00\x09");
	PUT(w, "\x80\x21\x02\x01\x00\x0a\x03\x06\x0a\x00\x00\x01");
}

static struct view take(struct reader *r)
{
	struct view v = {0};
	uint8_t len;

	if (read_u8(r, &len) || read_view(r, len, &v))
		return read_rest(r);
	return v;
}

/* Proxy data of the input's choice. */
static void advance_proxy(struct world *w, struct reader *r)
{
	struct proxy proxy = {0};
	uint16_t has = 0;
	uint8_t use = 0;

	read_u16(r, &has);
	read_u8(r, &use);
	proxy.has = has;
	proxy.auth_type = use >> 4;
	proxy.last_sent = take(r);
	proxy.last_received = take(r);
	proxy.auth_name = take(r);
	proxy.auth_challenge = take(r);
	proxy.auth_response = take(r);
	ppp_start_proxy(w->ppp, &proxy, use & 1, use & 2, w->now);
}

static void step(struct world *w, uint8_t kind, struct view octets)
{
	if (kind < 0xE0) {
		put(w, octets.data, octets.len);
		return;
	}
	if (kind < 0xF0) {
		w->now = instant_after(w->now, 100u << (kind & 15));
		ppp_timeout(w->ppp, w->now);
		return;
	}
	owner_answers(w, kind & 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.now = {1000}};
	struct reader r = reader_of(data, size);
	struct ppp_config config = ppp_config_default;
	uint8_t how, kind;

	log_set_level(LOG_LEVEL_ERROR);
	if (read_u8(&r, &how))
		return 0;
	world = &w;
	w.answer = how >> 5;
	if (how & 0x08)
		config.auth[0] = PPP_AUTH_PAP;
	if (how & 0x10)
		config.auth_count = 0;
	w.ppp = ppp_new(&config, &ops, &w, "fuzz");
	if ((how & 7) < 6)
		advance(&w, how & 7);
	else
		advance_proxy(&w, &r);
	while (!read_u8(&r, &kind))
		step(&w, kind, take(&r));
	touch(ppp_info(w.ppp).user);
	if (w.ended)
		require(instant_is_never(ppp_deadline(w.ppp)));
	ppp_free(w.ppp);
	return 0;
}
