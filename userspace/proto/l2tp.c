/* SPDX-License-Identifier: GPL-2.0-only */
/* L2TPv2 headers and names of messages; see l2tp.h.  No state. */
#include "proto/l2tp.h"

#include <errno.h>

/* What a control and a data header have in common. */
struct header {
	uint16_t flags;
	uint16_t tunnel;
	uint16_t session;
	uint16_t ns;
	uint16_t nr;
	struct view rest; /* up to the Length field's end */
};

/* Cuts the reader to the Length field; it counts from the flags on. */
static int header_read_length(struct reader *r, size_t total)
{
	uint16_t length;
	size_t used;

	if (read_u16(r, &length))
		return -EBADMSG;
	used = total - r->left;
	if (length > total || length < used)
		return -EBADMSG;
	r->left = length - used;
	return 0;
}

static int header_read(struct view datagram, struct header *out)
{
	struct reader r = reader_of_view(datagram);
	struct header h = {0};

	if (read_u16(&r, &h.flags))
		return -EBADMSG;
	if ((h.flags & L2TP_MASK_VERSION) != L2TP_VERSION)
		return -EBADMSG;
	if (h.flags & L2TP_FLAG_LENGTH && header_read_length(&r, datagram.len))
		return -EBADMSG;
	if (read_u16(&r, &h.tunnel) || read_u16(&r, &h.session))
		return -EBADMSG;
	if (h.flags & L2TP_FLAG_SEQUENCE &&
	    (read_u16(&r, &h.ns) || read_u16(&r, &h.nr)))
		return -EBADMSG;
	h.rest = read_rest(&r);
	*out = h;
	return 0;
}

int l2tp_control_read(struct view datagram, struct l2tp_control *out)
{
	const uint16_t want =
		L2TP_FLAG_TYPE | L2TP_FLAG_LENGTH | L2TP_FLAG_SEQUENCE;
	struct header h;

	if (header_read(datagram, &h))
		return -EBADMSG;
	if ((h.flags & (want | L2TP_FLAG_OFFSET)) != want)
		return -EBADMSG;
	*out = (struct l2tp_control){
		.tunnel = h.tunnel,
		.session = h.session,
		.ns = h.ns,
		.nr = h.nr,
		.body = h.rest,
	};
	return 0;
}

int l2tp_control_build(struct builder *b, const struct l2tp_control *control)
{
	size_t length = L2TP_CONTROL_HEADER + control->body.len;

	if (length > UINT16_MAX)
		return -EMSGSIZE;
	build_u16(b, L2TP_FLAG_TYPE | L2TP_FLAG_LENGTH | L2TP_FLAG_SEQUENCE |
			     L2TP_VERSION);
	build_u16(b, (uint16_t)length);
	build_u16(b, control->tunnel);
	build_u16(b, control->session);
	build_u16(b, control->ns);
	build_u16(b, control->nr);
	build_view(b, control->body);
	return b->full ? -EMSGSIZE : 0;
}

int l2tp_data_read(struct view datagram, uint16_t offset_limit,
		   struct l2tp_data *out)
{
	struct header h;
	struct reader r;
	uint16_t offset = 0;

	if (header_read(datagram, &h) || h.flags & L2TP_FLAG_TYPE)
		return -EBADMSG;
	if (!h.tunnel || !h.session)
		return -EBADMSG;
	r = reader_of_view(h.rest);
	if (h.flags & L2TP_FLAG_OFFSET &&
	    (read_u16(&r, &offset) || read_skip(&r, offset)))
		return -EBADMSG;
	if (!r.left)
		return -EBADMSG;
	if (offset > offset_limit)
		return -E2BIG;
	*out = (struct l2tp_data){
		.tunnel = h.tunnel,
		.session = h.session,
		.numbered = h.flags & L2TP_FLAG_SEQUENCE,
		.ns = h.ns,
		.payload = read_rest(&r),
	};
	return 0;
}

int l2tp_data_head(struct builder *b, const struct l2tp_data_form *form,
		   size_t len)
{
	size_t length = (form->numbered ? 12u : 8u) + len;

	if (form->length_bit && length > UINT16_MAX)
		return -EMSGSIZE;
	build_u16(b, (uint16_t)((form->length_bit ? L2TP_FLAG_LENGTH : 0) |
				(form->numbered ? L2TP_FLAG_SEQUENCE : 0) |
				L2TP_VERSION));
	if (form->length_bit)
		build_u16(b, (uint16_t)length);
	build_u16(b, form->tunnel);
	build_u16(b, form->session);
	if (form->numbered) {
		build_u16(b, form->ns);
		build_u16(b, 0);
	}
	return b->full ? -EMSGSIZE : 0;
}

int l2tp_data_build(struct builder *b, const struct l2tp_data_form *form,
		    struct view payload)
{
	if (l2tp_data_head(b, form, payload.len))
		return -EMSGSIZE;
	build_view(b, payload);
	return b->full ? -EMSGSIZE : 0;
}

const char *l2tp_message_name(uint16_t type)
{
	static const char *const names[] = {
		[L2TP_SCCRQ] = "SCCRQ", [L2TP_SCCRP] = "SCCRP",
		[L2TP_SCCCN] = "SCCCN", [L2TP_STOPCCN] = "StopCCN",
		[L2TP_HELLO] = "HELLO", [L2TP_OCRQ] = "OCRQ",
		[L2TP_OCRP] = "OCRP",	[L2TP_OCCN] = "OCCN",
		[L2TP_ICRQ] = "ICRQ",	[L2TP_ICRP] = "ICRP",
		[L2TP_ICCN] = "ICCN",	[L2TP_CDN] = "CDN",
		[L2TP_WEN] = "WEN",	[L2TP_SLI] = "SLI",
	};

	if (type >= sizeof(names) / sizeof(names[0]) || !names[type])
		return "?";
	return names[type];
}
