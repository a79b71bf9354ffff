/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnels under test; see l2tp_pair.h. */
#include "l2tp_pair.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t random_state = 1;
static struct datagram random_script;
static size_t random_script_at;

void test_random_next(const char *hex)
{
	random_script = from_hex(hex);
	random_script_at = 0;
}

void test_random_append(uint16_t number)
{
	memcpy(random_script.data + random_script.len, &number, sizeof(number));
	random_script.len += sizeof(number);
}

void test_random(void *out, unsigned long len)
{
	uint8_t *at = out;

	for (; len && random_script_at < random_script.len; len--)
		*at++ = random_script.data[random_script_at++];
	while (len--) {
		random_state = random_state * 1664525u + 1013904223u;
		*at++ = (uint8_t)(random_state >> 24);
	}
}

struct view datagram_view(const struct datagram *datagram)
{
	return view_of(datagram->data, datagram->len);
}

struct datagram from_hex(const char *hex)
{
	struct datagram d = {0};
	unsigned int digits = 0, value = 0;

	for (; *hex; hex++) {
		if (!isxdigit((unsigned char)*hex))
			continue;
		value = value << 4 |
			(unsigned int)(isdigit((unsigned char)*hex)
					       ? *hex - '0'
					       : tolower(*hex) - 'a' + 10);
		if (++digits % 2)
			continue;
		assert_true(d.len < sizeof(d.data));
		d.data[d.len++] = (uint8_t)value;
	}
	assert_int_equal(digits % 2, 0);
	return d;
}

void assert_octets(struct view got, const char *hex)
{
	struct datagram want = from_hex(hex);

	if (view_equal(got, datagram_view(&want)))
		return;
	fprintf(stderr, "# got  ");
	for (size_t i = 0; i < got.len; i++)
		fprintf(stderr, "%02x", got.data[i]);
	fprintf(stderr, "\n# want ");
	for (size_t i = 0; i < want.len; i++)
		fprintf(stderr, "%02x", want.data[i]);
	fprintf(stderr, "\n");
	fail();
}

void assert_silent(const struct side *side)
{
	if (side->out_count)
		assert_octets(datagram_view(&side->out[0]), "");
	assert_int_equal(side->out_count, 0);
}

void assert_sent(struct side *side, const char *hex)
{
	assert_int_equal(side->out_count, 1);
	assert_octets(datagram_view(&side->out[0]), hex);
	side->out_count = 0;
}

static void farewell_avp(struct builder *b, uint16_t number, uint16_t value)
{
	build_u16(b, 0x8008);
	build_u16(b, 0);
	build_u16(b, number);
	build_u16(b, value);
}

static void farewell_result(struct builder *b, const struct farewell *f)
{
	size_t text = strlen(f->text);
	bool error = f->error || text;

	build_u16(b, (uint16_t)(0x8008 + (error ? 2 + text : 0)));
	build_u16(b, 0);
	build_u16(b, 1);
	build_u16(b, f->result);
	if (error)
		build_u16(b, f->error);
	build_bytes(b, f->text, text);
}

void assert_farewell(struct side *side, const struct farewell *want)
{
	char hex[512] = "";
	uint8_t data[256];
	struct builder b = builder_on(data, sizeof(data));

	build_u16(&b, 0xc802);
	build_u16(&b, 0);
	build_u16(&b, want->tunnel);
	build_u16(&b, want->session);
	build_u16(&b, want->ns);
	build_u16(&b, want->nr);
	farewell_avp(&b, 0, want->type);
	if (want->type == L2TP_STOPCCN)
		farewell_avp(&b, 9, want->own);
	farewell_result(&b, want);
	if (want->type == L2TP_CDN)
		farewell_avp(&b, 14, want->own);
	build_patch_u16(&b, 2, (uint16_t)b.len);
	assert_false(b.full);
	for (size_t i = 0; i < b.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", data[i]);
	assert_sent(side, hex);
}

static void on_send(void *ctx, struct view datagram)
{
	struct side *side = ctx;
	struct datagram *d = &side->out[side->out_count];

	assert_true(side->out_count < SIDE_QUEUE);
	assert_true(datagram.len <= DATAGRAM_MAX);
	d->len = datagram.len;
	memcpy(d->data, datagram.data, datagram.len);
	side->out_count++;
}

static void on_message(void *ctx, bool sent, uint16_t type, uint16_t session)
{
	struct side *side = ctx;

	(void)session;
	if (sent && side->sent_count < SIDE_QUEUE)
		side->sent[side->sent_count++] = type;
	if (!sent && side->received_count < SIDE_QUEUE)
		side->received[side->received_count++] = type;
}

static void on_up(void *ctx)
{
	((struct side *)ctx)->up++;
}

static void on_down(void *ctx, const struct l2tp_result *why, enum ended_by by)
{
	struct side *side = ctx;

	for (unsigned int i = 0; i < side->call_count; i++)
		assert_int_equal(side->calls[i].closed, 1);
	assert_int_equal(side->down, 0);
	side->down++;
	side->why = *why;
	side->by = by;
}

static void on_done(void *ctx)
{
	((struct side *)ctx)->done++;
}

static struct call_log *new_call(struct side *side)
{
	struct call_log *call = &side->calls[side->call_count++];

	assert_true(side->call_count <= SIDE_CALLS);
	call->side = side;
	return call;
}

static int on_incoming(void *ctx, struct session *session,
		       const struct icrq *icrq, struct session_accept *accept,
		       struct l2tp_result *why)
{
	struct side *side = ctx;
	struct call_log *call;

	free(side->icrq);
	side->icrq = icrq_copy(icrq);
	if (side->close_tunnel_in_incoming)
		tunnel_close(side->tunnel, &(struct l2tp_result){.result = 1},
			     *side->now);
	if (side->refuse) {
		*why = side->refusal;
		return side->refuse;
	}
	call = new_call(side);
	call->session = session;
	accept->id = side->next_id++;
	accept->ops = &side_session_ops;
	accept->ctx = call;
	return 0;
}

const struct tunnel_ops side_ops = {
	.send = on_send,
	.message = on_message,
	.up = on_up,
	.down = on_down,
	.done = on_done,
	.incoming = on_incoming,
	.random = test_random,
};

static void misbehave(struct call_log *call)
{
	const struct l2tp_result why = {.result = CDN_ADMIN};

	if (call->side->close_in_callback)
		session_close(call->session, &why, *call->side->now);
	if (call->side->close_tunnel_in_callback)
		tunnel_close(call->side->tunnel, &why, *call->side->now);
}

static void on_replied(void *ctx, struct session *session)
{
	struct call_log *call = ctx;

	call->replied++;
	if (call->side->connect_with)
		assert_int_equal(session_connect(session,
						 call->side->connect_with,
						 *call->side->now),
				 0);
	misbehave(call);
}

static void on_connected(void *ctx, struct session *session,
			 const struct iccn *iccn)
{
	struct call_log *call = ctx;

	assert_ptr_equal(call->session, session);
	call->connected++;
	call->iccn = iccn_copy(iccn);
	misbehave(call);
}

static void on_notice(void *ctx, enum l2tp_message type, struct view value)
{
	struct call_log *call = ctx;

	(void)type;
	assert_int_equal(bytes_set(&call->notice, value), 0);
}

static void on_closed(void *ctx, const struct l2tp_result *why,
		      enum ended_by by)
{
	struct call_log *call = ctx;

	call->session = NULL;
	call->closed++;
	call->why = *why;
	call->by = by;
	for (unsigned int i = 0; i < call->side->call_count; i++) {
		struct call_log *other = &call->side->calls[i];

		if (call->side->close_others_in_closed && other->session)
			session_close(other->session, why, *call->side->now);
	}
}

const struct session_ops side_session_ops = {
	.replied = on_replied,
	.connected = on_connected,
	.notice = on_notice,
	.closed = on_closed,
};

void side_init(struct side *side, const struct tunnel_config *config,
	       struct instant *now)
{
	memset(side, 0, sizeof(*side));
	side->now = now;
	side->next_id = 0x0b02;
	side->tunnel = tunnel_new(config, &side_ops, side);
	assert_non_null(side->tunnel);
}

void side_fini(struct side *side)
{
	tunnel_free(side->tunnel);
	free(side->icrq);
	for (unsigned int i = 0; i < side->call_count; i++) {
		assert_int_equal(side->calls[i].closed, 1);
		free(side->calls[i].iccn);
	}
}

struct session *side_call(struct side *side, uint16_t id,
			  const struct icrq *icrq)
{
	struct call_log *call = new_call(side);

	call->session = session_open(side->tunnel, id, icrq, &side_session_ops,
				     call, *side->now);
	if (!call->session)
		side->call_count--;
	return call->session;
}

struct tunnel_config pair_config(uint16_t id, const char *host,
				 const char *secret)
{
	struct tunnel_config config = tunnel_config_default;

	config.id = id;
	config.challenge = *secret;
	snprintf(config.host_name, sizeof(config.host_name), "%s", host);
	snprintf(config.secret, sizeof(config.secret), "%s", secret);
	return config;
}

void pair_init(struct pair *pair, const struct tunnel_config *lac,
	       const struct tunnel_config *lns)
{
	memset(pair, 0, sizeof(*pair));
	pair->now.ms = 1000;
	side_init(&pair->lac, lac, &pair->now);
	side_init(&pair->lns, lns, &pair->now);
}

void pair_fini(struct pair *pair)
{
	side_fini(&pair->lac);
	side_fini(&pair->lns);
}

/* What the owner of tunnels does with an SCCRQ. */
static bool accept_sccrq(struct side *to, const struct datagram *d,
			 struct instant now)
{
	struct tunnel_info info = tunnel_info(to->tunnel);
	uint8_t scratch[2048];
	struct l2tp_result why;
	struct sccrq sccrq;

	if (info.state != TUNNEL_IDLE)
		return false;
	assert_int_equal(sccrq_read(datagram_view(d), (struct view){0}, &sccrq,
				    scratch, sizeof(scratch), &why),
			 0);
	tunnel_accept(to->tunnel, datagram_view(d), &sccrq, now);
	return true;
}

bool pair_deliver(struct pair *pair, struct side *from, struct side *to)
{
	struct datagram queue[SIDE_QUEUE];
	unsigned int count = from->out_count;

	memcpy(queue, from->out, sizeof(queue[0]) * count);
	from->out_count = 0;
	for (unsigned int i = 0; i < count && !pair->cut; i++)
		if (!accept_sccrq(to, &queue[i], pair->now))
			tunnel_input(to->tunnel, datagram_view(&queue[i]),
				     pair->now);
	return count;
}

void pair_run(struct pair *pair)
{
	bool more = true;

	for (int i = 0; more && i < 1000; i++) {
		more = pair_deliver(pair, &pair->lac, &pair->lns);
		more |= pair_deliver(pair, &pair->lns, &pair->lac);
	}
	assert_false(more);
}

void pair_pass(struct pair *pair, uint64_t ms)
{
	struct instant end = instant_after(pair->now, ms);

	for (int i = 0; i < 100000; i++) {
		struct instant next =
			instant_first(tunnel_deadline(pair->lac.tunnel),
				      tunnel_deadline(pair->lns.tunnel));

		if (instant_is_never(next) || next.ms > end.ms)
			break;
		if (next.ms > pair->now.ms)
			pair->now = next;
		tunnel_timeout(pair->lac.tunnel, pair->now);
		tunnel_timeout(pair->lns.tunnel, pair->now);
		pair_run(pair);
	}
	pair->now = end;
}

static const char sccrq_open[] =
	"c802 0038 0000 0000 0000 0000 8008 0000 0000 0001 8008 0000 0002 0100"
	"800a 0000 0003 00000003 800a 0000 0007 6c616331 8008 0000 0009 1234";
static const char sccrq_challenge[] =
	"c802 0060 0000 0000 0000 0000 8008 0000 0000 0001 8008 0000 0002 0100"
	"800a 0000 0003 00000003 800a 0000 0004 00000000"
	"800a 0000 0007 6c616331 8008 0000 0009 1234 8008 0000 000a 0010"
	"8016 0000 000b 000102030405060708090a0b0c0d0e0f";

void solo_input(struct solo *solo, const char *hex)
{
	struct datagram d = from_hex(hex);

	tunnel_input(solo->side.tunnel, datagram_view(&d), solo->now);
}

void solo_init(struct solo *solo, enum solo_stage stage, const char *secret)
{
	struct tunnel_config config = pair_config(0x5678, "lns1", secret);
	struct datagram sccrq =
		from_hex(*secret ? sccrq_challenge : sccrq_open);

	solo->now.ms = 1000;
	side_init(&solo->side, &config, &solo->now);
	test_random_next("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
	assert_true(accept_sccrq(&solo->side, &sccrq, solo->now));
	if (stage >= SOLO_UP && *secret)
		solo_input(solo, "c802 002a 5678 0000 0001 0001"
				 "8008 0000 0000 0003 8016 0000 000d"
				 "1008604b6937a9deab745c5133a2e5c8");
	else if (stage >= SOLO_UP)
		solo_input(solo, "c802 0014 5678 0000 0001 0001"
				 "8008 0000 0000 0003");
	if (stage >= SOLO_CALLED)
		solo_input(solo, "c802 0026 5678 0000 0002 0001"
				 "8008 0000 0000 000a 8008 0000 000e 0a01"
				 "800a 0000 000f 00000001");
	if (stage >= SOLO_CONNECTED)
		solo_input(solo, "c802 0028 5678 0b02 0003 0002"
				 "8008 0000 0000 000c 800a 0000 0018 000003e8"
				 "800a 0000 0013 00000001");
	else if (stage == SOLO_CALLED)
		solo_input(solo, "c802 000c 5678 0000 0003 0002");
	solo_pass(solo, 200);
	solo->side.out_count = 0;
}

void solo_fini(struct solo *solo)
{
	side_fini(&solo->side);
}

void solo_pass(struct solo *solo, uint64_t ms)
{
	struct instant end = instant_after(solo->now, ms);

	for (int i = 0; i < 10000; i++) {
		struct instant next = tunnel_deadline(solo->side.tunnel);

		if (instant_is_never(next) || next.ms > end.ms)
			break;
		if (next.ms > solo->now.ms)
			solo->now = next;
		tunnel_timeout(solo->side.tunnel, solo->now);
	}
	solo->now = end;
}

void dialer_init(struct dialer *d, const char *secret)
{
	struct tunnel_config config = pair_config(0x1234, "lac1", secret);

	memset(d, 0, sizeof(*d));
	d->now.ms = 1000;
	side_init(&d->side, &config, &d->now);
	test_random_next("000102030405060708090a0b0c0d0e0f");
	tunnel_start(d->side.tunnel, d->now);
	d->side.out_count = 0;
}

void dialer_input(struct dialer *d, const char *hex)
{
	struct datagram datagram = from_hex(hex);

	tunnel_input(d->side.tunnel, datagram_view(&datagram), d->now);
}
