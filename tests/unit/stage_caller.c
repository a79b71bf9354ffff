/* SPDX-License-Identifier: GPL-2.0-only */
/* A PPPoE client with PAP, as simple as one can be; see stage.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "proto/negotiation.h"
#include "proto/pppoe_tag.h"
#include "stage_inner.h"

struct caller *stage_caller(struct stage *stage, struct actor *ac,
			    const char *user, const char *password)
{
	struct caller *c = &stage->callers[stage->caller_count++];

	assert_true(stage->caller_count <= STAGE_CALLERS);
	*c = (struct caller){
		.stage = stage,
		.ac = ac,
		.mac = {2, 0, 0, 0, 1, (uint8_t)stage->caller_count},
		.host_uniq = "stage",
	};
	snprintf(c->user, sizeof(c->user), "%s", user);
	snprintf(c->password, sizeof(c->password), "%s", password);
	return c;
}

/* ---- out ----------------------------------------------------------------- */

/* The concentrator, behind the tags of this caller. */
static struct pppoe_client caller_to(const struct caller *c)
{
	struct pppoe_client to = {
		.vlans = c->vlans,
		.vlan = {c->vlan[0], c->vlan[1]},
		.outer_type = c->outer_type,
	};

	memcpy(to.mac, stage_mac, 6);
	if (c->ac->mac)
		to.mac[5] = c->ac->mac;
	return to;
}

static void send_discovery(struct caller *c, uint8_t code, uint16_t session,
			   struct view cookie)
{
	struct pppoe_client to = caller_to(c);
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));
	size_t at;

	if (code == PPPOE_PADI)
		memset(to.mac, 0xff, 6);
	pppoe_begin(&b, &to, c->mac, 0, ETHER_PPPOE_DISCOVERY, code, session,
		    &at);
	if (code != PPPOE_PADT) {
		pppoe_tag(&b, TAG_SERVICE_NAME, (struct view){0});
		pppoe_tag(&b, TAG_HOST_UNIQ, view_text(c->host_uniq));
	}
	if (c->max_payload && code != PPPOE_PADT) {
		build_u16(&b, TAG_MAX_PAYLOAD);
		build_u16(&b, 2);
		build_u16(&b, c->max_payload);
	}
	if (c->line_tag.len && code != PPPOE_PADT)
		pppoe_tag(&b, TAG_VENDOR, c->line_tag);
	if (cookie.len)
		pppoe_tag(&b, TAG_AC_COOKIE, cookie);
	pppoe_end(&b, at);
	stage_send_frame(c, builder_view(&b));
}

static void send_ppp(struct caller *c, uint16_t protocol, struct view info)
{
	struct pppoe_client to = caller_to(c);
	uint8_t room[1600];
	struct builder b = builder_on(room, sizeof(room));
	size_t at;

	if (!c->session)
		return;
	pppoe_begin(&b, &to, c->mac, 0, ETHER_PPPOE_SESSION, PPPOE_SESSION,
		    c->session, &at);
	build_u16(&b, protocol);
	build_view(&b, info);
	pppoe_end(&b, at);
	stage_send_frame(c, builder_view(&b));
}

static void send_packet(struct caller *c, uint16_t protocol, uint8_t code,
			uint8_t id, struct view body)
{
	uint8_t room[1500];
	struct builder b = builder_on(room, sizeof(room));

	build_u8(&b, code);
	build_u8(&b, id);
	build_u16(&b, (uint16_t)(PACKET_HEADER + body.len));
	build_view(&b, body);
	send_ppp(c, protocol, builder_view(&b));
}

static void send_lcp_request(struct caller *c)
{
	uint8_t room[8];
	struct builder b = builder_on(room, sizeof(room));

	if (c->mru) {
		build_u16(&b, 0x0104); /* MRU, 4 octets */
		build_u16(&b, c->mru);
	}
	send_packet(c, PPP_LCP, CODE_CONFIGURE_REQUEST, 1, builder_view(&b));
}

static void send_pap(struct caller *c)
{
	uint8_t room[512];
	struct builder b = builder_on(room, sizeof(room));

	c->auths++;
	build_u8(&b, (uint8_t)strlen(c->user));
	build_view(&b, view_text(c->user));
	build_u8(&b, (uint8_t)strlen(c->password));
	build_view(&b, view_text(c->password));
	send_packet(c, PPP_PAP, 1, 1, builder_view(&b));
}

static void send_ipcp_request(struct caller *c)
{
	uint8_t room[8];
	struct builder b = builder_on(room, sizeof(room));

	build_u16(&b, 0x0306); /* IP address, 6 octets */
	build_bytes(&b, &c->address, 4);
	send_packet(c, PPP_IPCP, CODE_CONFIGURE_REQUEST, 1, builder_view(&b));
}

/* ---- in ------------------------------------------------------------------ */

static void lcp_is_open(struct caller *c)
{
	if (c->lcp_ours && c->lcp_theirs && c->auth_protocol == PPP_PAP)
		send_pap(c);
}

static void lcp_request_came(struct caller *c, uint8_t id, struct view options)
{
	struct reader r = reader_of_view(options);
	uint8_t type, len;
	struct view value;

	c->lcp_requests++;
	/* the other side begins anew: so do we */
	if (c->lcp_ours && c->lcp_theirs) {
		c->lcp_ours = false;
		c->online = false;
		send_lcp_request(c);
	}
	c->auth_protocol = c->their_mru = 0;
	while (!read_u8(&r, &type) && !read_u8(&r, &len) && len >= 2 &&
	       !read_view(&r, len - 2u, &value)) {
		if (type == 3)
			c->auth_protocol =
				(uint16_t)(value.data[0] << 8 | value.data[1]);
		if (type == 1)
			c->their_mru =
				(uint16_t)(value.data[0] << 8 | value.data[1]);
	}
	c->lcp_theirs = true;
	send_packet(c, PPP_LCP, CODE_CONFIGURE_ACK, id, options);
	lcp_is_open(c);
}

static void lcp_came(struct caller *c, uint8_t code, uint8_t id,
		     struct view body)
{
	static const uint8_t magics[2][4] = {{0}, {1, 2, 3, 4}};

	switch (code) {
	case CODE_CONFIGURE_REQUEST:
		lcp_request_came(c, id, body);
		break;
	case CODE_CONFIGURE_ACK:
		c->lcp_ours = true;
		lcp_is_open(c);
		break;
	case CODE_TERMINATE_REQUEST:
		if (c->stays)
			break;
		c->terminated = true;
		c->online = false;
		send_packet(c, PPP_LCP, CODE_TERMINATE_ACK, id,
			    (struct view){0});
		break;
	case CODE_TERMINATE_ACK:
		c->terminated = true;
		break;
	case CODE_ECHO_REQUEST:
		c->echoes++;
		send_packet(c, PPP_LCP, CODE_ECHO_REPLY, id,
			    VIEW(magics[c->wrong_magic]));
		break;
	default:
		break;
	}
}

static void ipcp_came(struct caller *c, uint8_t code, uint8_t id,
		      struct view body)
{
	if (c->no_ipcp)
		return;
	if (code == CODE_CONFIGURE_REQUEST) {
		send_packet(c, PPP_IPCP, CODE_CONFIGURE_ACK, id, body);
	} else if (code == CODE_CONFIGURE_NAK && body.len >= 6) {
		memcpy(&c->address, body.data + 2, 4);
		send_ipcp_request(c);
	} else if (code == CODE_CONFIGURE_ACK) {
		c->online = true;
	}
}

static void session_came(struct caller *c, struct view frame)
{
	struct view info, body;
	uint16_t protocol, len;
	uint8_t code, id;
	struct reader r;

	assert_int_equal(ppp_frame_read(frame, &protocol, &info), 0);
	r = reader_of_view(info);
	if (protocol == PPP_IPV4 || read_u8(&r, &code) || read_u8(&r, &id) ||
	    read_u16(&r, &len) || read_view(&r, len - 4u, &body))
		return;
	if (protocol == PPP_LCP) {
		lcp_came(c, code, id, body);
	} else if (protocol == PPP_PAP && code == 2) {
		c->address.s_addr = 0;
		if (!c->no_ipcp)
			send_ipcp_request(c);
	} else if (protocol == PPP_PAP) {
		c->auth_failed = true;
	} else if (protocol == PPP_IPCP) {
		ipcp_came(c, code, id, body);
	}
}

static void pads_came(struct caller *c, uint16_t session)
{
	c->pads = session;
	c->pads_count++;
	if (c->session || !c->dialling)
		return;
	c->dialling = false;
	c->session = session;
	c->refused = !session;
	if (session)
		send_lcp_request(c);
}

void caller_input(struct caller *c, struct view octets)
{
	struct pppoe_frame frame;
	struct pppoe_tags tags;

	if (c->mute)
		return;
	assert_int_equal(pppoe_read(octets, (struct vlan_tag){0}, &frame), 0);
	assert_int_equal(frame.vlans, c->vlans);
	if (!c->any_tag)
		assert_int_equal(frame.outer_type, c->outer_type);
	assert_memory_equal(frame.vlan, c->vlan, sizeof(c->vlan));
	if (frame.ethertype == ETHER_PPPOE_SESSION) {
		/* after a PADT nothing may follow (RFC 2516 5.5) */
		if (c->padt)
			assert_int_not_equal(frame.session, c->last_padt);
		if (frame.session == c->session)
			session_came(c, frame.payload);
	} else if (frame.code == PPPOE_PADO) {
		assert_int_equal(pppoe_tags_read(frame.payload, &tags), 0);
		if (!c->dialling)
			return; /* for another with this MAC address */
		bytes_set(&c->cookie, tags.cookie);
		c->pado_payload = tags.max_payload;
		send_discovery(c, PPPOE_PADR, 0, tags.cookie);
	} else if (frame.code == PPPOE_PADS) {
		pads_came(c, frame.session);
	} else if (frame.code == PPPOE_PADT) {
		c->padt_count++;
		c->last_padt = frame.session;
		memcpy(c->padt_source, frame.source, 6);
		if (frame.session != c->session)
			return;
		c->padt = true;
		c->session = 0;
		c->online = false;
	}
}

/* ---- what a user does ---------------------------------------------------- */

void caller_dial(struct caller *c)
{
	c->session = 0;
	c->dialling = true;
	c->refused = c->lcp_ours = c->lcp_theirs = false;
	c->terminated = c->padt = c->auth_failed = c->online = false;
	c->auth_protocol = 0;
	c->lcp_requests = c->auths = 0;
	send_discovery(c, PPPOE_PADI, 0, (struct view){0});
	stage_deliver(c->stage);
}

void caller_repeat(struct caller *c)
{
	send_discovery(c, PPPOE_PADR, 0, bytes_view(&c->cookie));
	stage_deliver(c->stage);
}

void caller_renegotiate(struct caller *c)
{
	c->lcp_ours = c->lcp_theirs = false;
	c->online = false;
	send_lcp_request(c);
	stage_deliver(c->stage);
}

void caller_authenticate(struct caller *c)
{
	send_pap(c);
	stage_deliver(c->stage);
}

void caller_ask_address(struct caller *c)
{
	send_ipcp_request(c);
	stage_deliver(c->stage);
}

void caller_terminate(struct caller *c)
{
	send_packet(c, PPP_LCP, CODE_TERMINATE_REQUEST, 9, (struct view){0});
	stage_deliver(c->stage);
}

void caller_padt(struct caller *c)
{
	send_discovery(c, PPPOE_PADT, c->session, (struct view){0});
	c->session = 0;
	c->online = false;
	stage_deliver(c->stage);
}
