/* SPDX-License-Identifier: GPL-2.0-only */
/* PPPoE frames and tags (RFC 2516, RFC 4638, TR-101); see pppoe.h. */
#include "proto/pppoe.h"

#include <errno.h>
#include <string.h>

#include "proto/pppoe_tag.h"

enum {
	VERSION_TYPE = 0x11,
	DSL_FORUM = 0x00000DE9,
	DSL_CIRCUIT_ID = 0x01,
	DSL_REMOTE_ID = 0x02,
};

/* One tag, outer ones first. */
static int tag_add(struct pppoe_frame *frame, struct vlan_tag tag)
{
	uint32_t ids = frame->vlan[0] | (uint32_t)frame->vlan[1] << 16;

	ids = vlan_take(ids, tag.type, tag.tci);
	if (ids == VLAN_REFUSED)
		return -EBADMSG;
	if (ids && !frame->vlans)
		frame->outer_type = tag.type;
	frame->vlan[0] = VLAN_OUTER(ids);
	frame->vlan[1] = VLAN_INNER(ids);
	frame->vlans = (uint8_t)(!!frame->vlan[0] + !!frame->vlan[1]);
	return 0;
}

/* Addresses, tags, and the EtherType that follows them. */
static int ethernet_read(struct reader *r, struct vlan_tag tag,
			 struct pppoe_frame *out)
{
	if (read_bytes(r, out->destination, sizeof(out->destination)) ||
	    read_bytes(r, out->source, sizeof(out->source)) ||
	    read_u16(r, &out->ethertype))
		return -EBADMSG;
	if (out->source[0] & 1)
		return -EBADMSG; /* a group is no sender */
	if (tag.type)
		tag_add(out, tag);
	for (int tags = tag.type != 0; vlan_is_tag(out->ethertype); tags++) {
		tag.type = out->ethertype;
		if (tags == VLAN_TAGS || read_u16(r, &tag.tci) ||
		    tag_add(out, tag) || read_u16(r, &out->ethertype))
			return -EBADMSG;
	}
	return 0;
}

int pppoe_read(struct view ethernet, struct vlan_tag stripped,
	       struct pppoe_frame *out)
{
	struct reader r = reader_of_view(ethernet);
	struct pppoe_frame frame = {0};
	uint8_t version_type;
	uint16_t length;

	if (ethernet_read(&r, stripped, &frame) ||
	    read_u8(&r, &version_type) || read_u8(&r, &frame.code) ||
	    read_u16(&r, &frame.session) || read_u16(&r, &length) ||
	    read_view(&r, length, &frame.payload))
		return -EBADMSG;
	if (version_type != VERSION_TYPE)
		return -EBADMSG;
	/* code 0 is for session frames, and they have no other */
	if (frame.ethertype != (frame.code == PPPOE_SESSION
					? ETHER_PPPOE_SESSION
					: ETHER_PPPOE_DISCOVERY))
		return -EBADMSG;
	*out = frame;
	return 0;
}

void pppoe_begin(struct builder *b, const struct pppoe_client *to,
		 const uint8_t source[6], uint8_t priority, uint16_t ethertype,
		 uint8_t code, uint16_t session, size_t *length_at)
{
	build_bytes(b, to->mac, sizeof(to->mac));
	build_bytes(b, source, 6);
	for (int i = 0; i < to->vlans; i++) {
		build_u16(b, i ? ETHER_VLAN : to->outer_type);
		build_u16(b, (uint16_t)(priority << 13 | to->vlan[i]));
	}
	build_u16(b, ethertype);
	build_u8(b, VERSION_TYPE);
	build_u8(b, code);
	build_u16(b, session);
	*length_at = b->len;
	build_u16(b, 0);
}

void pppoe_end(struct builder *b, size_t length_at)
{
	if (!b->full)
		build_patch_u16(b, length_at,
				(uint16_t)(b->len - length_at - 2));
}

void pppoe_tag(struct builder *b, uint16_t type, struct view value)
{
	build_u16(b, type);
	build_u16(b, (uint16_t)value.len);
	build_view(b, value);
}

void pppoe_padt(struct builder *b, const struct pppoe_client *to,
		const uint8_t source[6], uint16_t session, const char *error)
{
	size_t length_at;

	pppoe_begin(b, to, source, 0, ETHER_PPPOE_DISCOVERY, PPPOE_PADT,
		    session, &length_at);
	if (error[0])
		pppoe_tag(b, TAG_GENERIC_ERROR, view_text(error));
	pppoe_end(b, length_at);
}

bool pppoe_padt_unknown(struct builder *b, const struct pppoe_frame *frame,
			const uint8_t mac[6])
{
	static const uint8_t nobody[6];
	struct pppoe_client to = {
		.vlans = frame->vlans,
		.vlan = {frame->vlan[0], frame->vlan[1]},
		.outer_type = frame->outer_type,
	};

	if (frame->ethertype != ETHER_PPPOE_SESSION || !frame->session ||
	    memcmp(frame->destination, mac, sizeof(frame->destination)) ||
	    !memcmp(frame->source, mac, sizeof(frame->source)) ||
	    !memcmp(frame->source, nobody, sizeof(nobody)))
		return false;
	memcpy(to.mac, frame->source, sizeof(to.mac));
	pppoe_padt(b, &to, mac, frame->session, "no such session");
	return !b->full;
}

/* ---- tags ---------------------------------------------------------------- */

/*
 * The access node's sub-options.  If one overruns, the whole tag is ignored,
 * but the frame is still accepted.
 */
static void dsl_read(struct view value, struct pppoe_tags *out)
{
	struct reader r = reader_of_view(value);
	struct view circuit = out->circuit_id;
	struct view remote = out->remote_id;
	struct view sub;
	uint32_t vendor;
	uint8_t type;
	uint8_t len;

	if (read_u32(&r, &vendor) || vendor != DSL_FORUM)
		return;
	while (r.left) {
		if (read_u8(&r, &type) || read_u8(&r, &len) ||
		    read_view(&r, len, &sub))
			return;
		if (type == DSL_CIRCUIT_ID)
			circuit = sub;
		else if (type == DSL_REMOTE_ID)
			remote = sub;
	}
	out->circuit_id = circuit;
	out->remote_id = remote;
}

static void max_payload_read(struct view value, struct pppoe_tags *out)
{
	struct reader r = reader_of_view(value);

	/* of a wrong length: as if it were not there (RFC 4638) */
	if (value.len == 2 && !read_u16(&r, &out->max_payload))
		out->has_max_payload = true;
}

/* The first of its kind counts; only Service-Name must not be repeated. */
static int tag_take(uint16_t type, struct view value, struct pppoe_tags *out)
{
	switch (type) {
	case TAG_SERVICE_NAME:
		if (out->has_service)
			return -EBADMSG;
		out->has_service = true;
		out->service = value;
		break;
	case TAG_HOST_UNIQ:
		if (!out->has_host_uniq)
			out->host_uniq = value;
		out->has_host_uniq = true;
		break;
	case TAG_AC_COOKIE:
		if (!out->cookie.data)
			out->cookie = value;
		break;
	case TAG_RELAY_SESSION:
		if (!out->has_relay)
			out->relay = value;
		out->has_relay = true;
		break;
	case TAG_MAX_PAYLOAD:
		if (!out->has_max_payload)
			max_payload_read(value, out);
		break;
	case TAG_VENDOR:
		dsl_read(value, out);
		break;
	default:
		break;
	}
	return 0;
}

int pppoe_tags_read(struct view payload, struct pppoe_tags *out)
{
	struct reader r = reader_of_view(payload);
	struct pppoe_tags tags = {0};
	struct view value;
	uint16_t type;
	uint16_t len;

	while (r.left) {
		if (read_u16(&r, &type) || read_u16(&r, &len) ||
		    read_view(&r, len, &value))
			return -EBADMSG;
		if (type == TAG_END_OF_LIST)
			break;
		if (tag_take(type, value, &tags))
			return -EBADMSG;
	}
	if (!tags.has_service)
		return -EBADMSG;
	*out = tags;
	return 0;
}
