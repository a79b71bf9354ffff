/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and builds the AVPs that say why a tunnel or session ended. */
#include "proto/result.h"

static void read_result_code(const struct avps *avps, struct l2tp_result *out)
{
	struct reader r = reader_of_view(avps->value[AVP_RESULT_CODE]);

	if (read_u16(&r, &out->result))
		out->result = STOPCCN_CLEAR;
	if (read_u16(&r, &out->error))
		return;
	out->has_error = true;
	view_print(read_rest(&r), out->text, sizeof(out->text));
}

static void read_q931(const struct avps *avps, struct q931_cause *out)
{
	struct reader r = reader_of_view(avps->value[AVP_Q931_CAUSE]);

	if (read_u16(&r, &out->code) || read_u8(&r, &out->message))
		return;
	view_print(read_rest(&r), out->text, sizeof(out->text));
	out->set = true;
}

static void read_disconnect(const struct avps *avps, struct l2tp_result *result)
{
	struct reader r = reader_of_view(avps->value[AVP_DISCONNECT_CAUSE]);
	struct disconnect_cause *out = &result->cause;
	struct view text;

	if (read_u16(&r, &out->code) || read_u16(&r, &out->protocol) ||
	    read_u8(&r, &out->direction))
		return;
	out->set = true;
	text = read_rest(&r);
	if (text.len > AVP_TEXT_MAX)
		text.len = AVP_TEXT_MAX;
	bytes_set(&result->cause_text, text);
}

void result_read(const struct avps *avps, struct l2tp_result *out)
{
	*out = (struct l2tp_result){0};
	read_result_code(avps, out);
	read_q931(avps, &out->q931);
	read_disconnect(avps, out);
}

void result_build(struct builder *b, const struct l2tp_result *result)
{
	uint8_t value[4 + sizeof(result->text)];
	struct builder v = builder_on(value, sizeof(value));

	build_u16(&v, result->result);
	if (result->has_error || result->error || result->text[0])
		build_u16(&v, result->error);
	build_view(&v, view_text(result->text));
	avp_build(b, AVP_RESULT_CODE, builder_view(&v));
}

void result_build_causes(struct builder *b, const struct l2tp_result *result)
{
	uint8_t value[8 + sizeof(result->cause_text)];
	struct builder v = builder_on(value, sizeof(value));

	if (result->q931.set) {
		build_u16(&v, result->q931.code);
		build_u8(&v, result->q931.message);
		build_view(&v, view_text(result->q931.text));
		avp_build(b, AVP_Q931_CAUSE, builder_view(&v));
	}
	if (result->cause.set) {
		v = builder_on(value, sizeof(value));
		build_u16(&v, result->cause.code);
		build_u16(&v, result->cause.protocol);
		build_u8(&v, result->cause.direction);
		build_view(&v, bytes_view(&result->cause_text));
		avp_build(b, AVP_DISCONNECT_CAUSE, builder_view(&v));
	}
}
