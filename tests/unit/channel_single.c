/* SPDX-License-Identifier: GPL-2.0-only */
/* One reliable channel, fed by the test; see channel_single.h. */
#include "channel_single.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

const struct channel_config channel_usual = {
	.window = 16,
	.retransmit_max = 5,
	.retransmit_ms = 1000,
	.retransmit_cap_ms = 8000,
	.retransmit_floor_ms = 100,
};

static void single_send(void *ctx, struct view datagram)
{
	struct single *s = ctx;
	struct datagram *d = &s->out[s->out_count++];

	assert_true(s->out_count < 64);
	d->len = datagram.len;
	memcpy(d->data, datagram.data, datagram.len);
}

void single_init(struct single *s, uint16_t window)
{
	memset(s, 0, sizeof(*s));
	channel_init(&s->channel, &channel_usual, single_send, s);
	channel_set_peer(&s->channel, 1);
	channel_set_window(&s->channel, window);
}

void single_put(struct single *s, unsigned int count, struct instant now)
{
	const uint8_t body[] = {0xab};

	while (count--)
		assert_int_equal(channel_send(&s->channel, 0, VIEW(body), now),
				 0);
}

void single_ack(struct single *s, uint16_t nr, struct instant now)
{
	const struct l2tp_control zlb = {.tunnel = 1, .nr = nr};

	assert_false(channel_input(&s->channel, &zlb, now));
	channel_settle(&s->channel, now);
}

void single_get(struct single *s, uint16_t ns, bool want, struct instant now)
{
	const uint8_t body[] = {1};
	const struct l2tp_control control = {
		.tunnel = 1, .ns = ns, .body = VIEW(body)};

	assert_int_equal(channel_input(&s->channel, &control, now), want);
	while (want && channel_next(&s->channel))
		;
	channel_settle(&s->channel, now);
}
