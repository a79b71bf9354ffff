/* SPDX-License-Identifier: GPL-2.0-only */
/* Peers of a node under fuzzing; see node_peers.h. */
#include "node_peers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "proto/avp.h"
#include "proto/chap.h"
#include "proto/negotiation.h"
#include "proto/pppoe_tag.h"

#define SECRET "one"
#define NOTHING ((struct view){0})

static const struct {
	const char *name, *password;
} users[USERS] = {
	{"alice@here", "pw"},	{"fixed@here", "pw"}, {"host@here", "pw"},
	{"someone@far", "any"}, {"someone@six", ""},  {"someone@no", "x"},
	{"nobody", "x"},	{"fixed@here", "pw"},
};

/* ---- PPP: what the node said --------------------------------------------- */

static void lcp_hear(struct ppp_told *told, uint8_t code, uint8_t id,
		     struct view body)
{
	if (code == CODE_ECHO_REQUEST)
		told->echo_id = id;
	if (code == CODE_CONFIGURE_REQUEST &&
	    !bytes_set(&told->lcp, body))
		told->lcp_id = id;
}

static void chap_hear(struct ppp_told *told, uint8_t code, uint8_t id,
		      struct view body)
{
	struct reader r = reader_of_view(body);
	struct view value;
	uint8_t len;

	if (code != CHAP_CHALLENGE || read_u8(&r, &len) ||
	    read_view(&r, len, &value))
		return;
	bytes_set(&told->chap, value);
	told->chap_id = id;
}

static void ipcp_hear(struct ppp_told *told, uint8_t code, uint8_t id,
		      struct view body)
{
	struct reader r = reader_of_view(body);

	if (code == CODE_CONFIGURE_REQUEST && !bytes_set(&told->ipcp, body))
		told->ipcp_id = id;
	if (code == CODE_CONFIGURE_NAK && !read_skip(&r, 2))
		read_bytes(&r, told->address, sizeof(told->address));
}

/* What is switched can be anything: then there is nothing to learn. */
static void ppp_hear(struct ppp_told *told, struct view frame)
{
	uint16_t protocol, len;
	struct view info, body;
	struct reader r;
	uint8_t code, id;

	if (ppp_frame_read(frame, &protocol, &info))
		return;
	r = reader_of_view(info);
	if (read_u8(&r, &code) || read_u8(&r, &id) || read_u16(&r, &len) ||
	    len < PACKET_HEADER || read_view(&r, len - PACKET_HEADER, &body))
		return;
	if (protocol == PPP_LCP)
		lcp_hear(told, code, id, body);
	else if (protocol == PPP_CHAP)
		chap_hear(told, code, id, body);
	else if (protocol == PPP_IPCP)
		ipcp_hear(told, code, id, body);
}

/* ---- PPPoE --------------------------------------------------------------- */

/* Clients have none, one, two tags, and one that the kernel takes out. */
static struct pppoe_client client_where(unsigned int client)
{
	struct pppoe_client where = {
		.mac = {2, 0, 0, 0, 1, (uint8_t)client},
		.vlans = client == 1 ? 1 : client == 2 ? 2 : 0,
		.vlan = {100, 200},
		.outer_type = client == 2 ? ETHER_QINQ : ETHER_VLAN,
	};

	return where;
}

static void client_send(struct peers *p, unsigned int client,
			uint16_t ethertype, uint8_t code, uint16_t session,
			struct view payload)
{
	static const struct vlan_tag stripped = {ETHER_VLAN, 300};
	struct pppoe_client to = client_where(client);
	uint8_t room[2048], own[6];
	struct builder b = builder_on(room, sizeof(room));
	size_t at;

	memcpy(own, to.mac, 6);
	memcpy(to.mac, world_mac, 6);
	if (ethertype == ETHER_PPPOE_DISCOVERY && code == PPPOE_PADI)
		memset(to.mac, 0xff, 6);
	pppoe_begin(&b, &to, own, 0, ethertype, code, session, &at);
	build_view(&b, payload);
	pppoe_end(&b, at);
	if (!b.full)
		world_access(p->world, builder_view(&b),
			     client == 3 ? stripped : (struct vlan_tag){0});
}

void client_discovery(struct peers *p, unsigned int client, uint8_t code,
		      uint16_t session, struct view tags)
{
	client_send(p, client, ETHER_PPPOE_DISCOVERY, code, session, tags);
}

void client_padi(struct peers *p, unsigned int client, struct view more)
{
	uint8_t room[512];
	struct builder b = builder_on(room, sizeof(room));

	pppoe_tag(&b, TAG_SERVICE_NAME, NOTHING);
	build_view(&b, more);
	client_discovery(p, client, PPPOE_PADI, 0, builder_view(&b));
}

void client_padr(struct peers *p, unsigned int client, struct view more)
{
	struct client *c = &p->clients[client];
	uint8_t room[512];
	struct builder b = builder_on(room, sizeof(room));

	pppoe_tag(&b, TAG_SERVICE_NAME, NOTHING);
	pppoe_tag(&b, TAG_AC_COOKIE, bytes_view(&c->cookie));
	build_view(&b, more);
	client_discovery(p, client, PPPOE_PADR, 0, builder_view(&b));
}

void client_padt(struct peers *p, unsigned int client)
{
	client_discovery(p, client, PPPOE_PADT, p->clients[client].session,
			 NOTHING);
}

/* pppoe_tags_read() is for what clients send: a PADO has more than it takes. */
static void pado_hear(struct client *c, struct view tags)
{
	struct reader r = reader_of_view(tags);
	uint16_t type, len;
	struct view value;

	while (!read_u16(&r, &type) && !read_u16(&r, &len) &&
	       !read_view(&r, len, &value))
		if (type == TAG_AC_COOKIE)
			bytes_set(&c->cookie, value);
}

static void on_frame(void *ctx, const struct pppoe_frame *frame)
{
	struct peers *p = ctx;
	struct client *c = &p->clients[frame->destination[5] % CLIENTS];

	if (frame->ethertype == ETHER_PPPOE_SESSION) {
		if (frame->session == c->session)
			ppp_hear(&c->ppp, frame->payload);
		return;
	}
	if (frame->code == PPPOE_PADO)
		pado_hear(c, frame->payload);
	if (frame->code == PPPOE_PADS) {
		c->session = frame->session;
		c->ppp = (struct ppp_told){0};
	}
	if (frame->code == PPPOE_PADT && frame->session == c->session)
		c->session = 0;
}

/* ---- PPP: what we say ---------------------------------------------------- */

static struct far_tunnel *line_tunnel(struct peers *p, unsigned int line)
{
	return &p->tunnels[(line - CLIENTS) / SESSIONS];
}

static struct far_session *line_session(struct peers *p, unsigned int line)
{
	return &line_tunnel(p, line)->sessions[(line - CLIENTS) % SESSIONS];
}

static struct ppp_told *line_told(struct peers *p, unsigned int line)
{
	return line < CLIENTS ? &p->clients[line].ppp
			      : &line_session(p, line)->ppp;
}

static void session_send(struct peers *p, unsigned int line, struct view frame)
{
	const struct far_tunnel *t = line_tunnel(p, line);
	struct l2tp_data_form form = {
		.tunnel = t->theirs,
		.session = line_session(p, line)->theirs,
		.length_bit = line & 1,
		/* a peer that now and then changes its mind */
		.numbered = p->last_packet & 1,
		.ns = p->last_packet,
	};
	uint8_t room[2048];
	struct builder b = builder_on(room, sizeof(room));

	if (!l2tp_data_build(&b, &form, frame))
		world_data(p->world, t->peer, t->port, builder_view(&b));
}

bool line_send(struct peers *p, unsigned int line, uint16_t protocol,
	       struct view info)
{
	uint8_t room[1600];
	struct builder b = builder_on(room, sizeof(room));
	bool there = line < CLIENTS ? p->clients[line].session
				    : line_session(p, line)->theirs;

	build_u16(&b, protocol);
	build_view(&b, info);
	if (!there || b.full)
		return false;
	if (line < CLIENTS)
		client_send(p, line, ETHER_PPPOE_SESSION, PPPOE_SESSION,
			    p->clients[line].session, builder_view(&b));
	else
		session_send(p, line, builder_view(&b));
	return true;
}

/* What it asked in this protocol last. */
static uint8_t line_asked(struct peers *p, unsigned int line, uint16_t protocol)
{
	const struct ppp_told *told = line_told(p, line);

	return protocol == PPP_LCP    ? told->lcp_id
	       : protocol == PPP_CHAP ? told->chap_id
				      : told->ipcp_id;
}

bool line_packet(struct peers *p, unsigned int line, uint16_t protocol,
		 uint8_t code, int id, struct view body)
{
	uint8_t room[1600];
	struct builder b = builder_on(room, sizeof(room));

	if (id == ID_NEW)
		id = ++p->last_packet;
	if (id == ID_ASKED)
		id = line_asked(p, line, protocol);
	build_u8(&b, code);
	build_u8(&b, (uint8_t)id);
	build_u16(&b, (uint16_t)(PACKET_HEADER + body.len));
	build_view(&b, body);
	return line_send(p, line, protocol, builder_view(&b));
}

static void say_pap(struct peers *p, unsigned int line, uint8_t user)
{
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));
	struct view name = view_text(users[user % USERS].name);
	struct view password = view_text(
		user & 0x80 ? "wrong" : users[user % USERS].password);

	build_u8(&b, (uint8_t)name.len);
	build_view(&b, name);
	build_u8(&b, (uint8_t)password.len);
	build_view(&b, password);
	line_packet(p, line, PPP_PAP, 1, ID_NEW, builder_view(&b));
}

static void say_chap(struct peers *p, unsigned int line, uint8_t user)
{
	const struct ppp_told *told = line_told(p, line);
	const char *password =
		user & 0x80 ? "wrong" : users[user % USERS].password;
	uint8_t room[64], md5[CHAP_MD5_LEN];
	struct builder b = builder_on(room, sizeof(room));

	chap_md5(told->chap_id, view_text(password), bytes_view(&told->chap),
		 md5);
	build_u8(&b, sizeof(md5));
	build_view(&b, VIEW(md5));
	build_view(&b, view_text(users[user % USERS].name));
	line_packet(p, line, PPP_CHAP, CHAP_RESPONSE, told->chap_id,
		    builder_view(&b));
}

static void say_ipcp(struct peers *p, unsigned int line)
{
	uint8_t room[8];
	struct builder b = builder_on(room, sizeof(room));

	build_u16(&b, 0x0306); /* IP address, 6 octets */
	build_bytes(&b, line_told(p, line)->address, 4);
	line_packet(p, line, PPP_IPCP, CODE_CONFIGURE_REQUEST, ID_NEW,
		    builder_view(&b));
}

/* What does not depend on what the node said; false: this does. */
static bool line_step_fixed(struct peers *p, unsigned int line,
			    enum ppp_step step)
{
	static const uint8_t none[4], ip[20] = {0x45};
	static const uint8_t dns[] = {129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0};

	switch (step) {
	case STEP_LCP_TERMINATE:
		line_packet(p, line, PPP_LCP, CODE_TERMINATE_REQUEST, ID_NEW,
			    NOTHING);
		return true;
	case STEP_LCP_TERMINATE_ACK:
		/* whatever its id is */
		for (int id = 0; id < 8; id++)
			line_packet(p, line, PPP_LCP, CODE_TERMINATE_ACK, id,
				    NOTHING);
		return true;
	case STEP_IPCP_TERMINATE:
		line_packet(p, line, PPP_IPCP, CODE_TERMINATE_REQUEST, ID_NEW,
			    NOTHING);
		return true;
	case STEP_ECHO:
		line_packet(p, line, PPP_LCP, CODE_ECHO_REQUEST, ID_NEW,
			    VIEW(none));
		return true;
	case STEP_IPCP_DNS:
		line_packet(p, line, PPP_IPCP, CODE_CONFIGURE_REQUEST, ID_NEW,
			    VIEW(dns));
		return true;
	case STEP_PACKET:
	case PPP_STEPS:
		line_send(p, line, PPP_IPV4, VIEW(ip));
		return true;
	default:
		return false;
	}
}

void line_step(struct peers *p, unsigned int line, enum ppp_step step,
	       uint8_t user)
{
	static const uint8_t mru[] = {1, 4, 5, 0xd4}, none[4];
	const struct ppp_told *told = line_told(p, line);

	if (line_step_fixed(p, line, step))
		return;
	switch (step) {
	case STEP_LCP_REQUEST:
		line_packet(p, line, PPP_LCP, CODE_CONFIGURE_REQUEST, ID_NEW,
			    user & 0x40 ? NOTHING : VIEW(mru));
		break;
	case STEP_LCP_ACK:
		line_packet(p, line, PPP_LCP, CODE_CONFIGURE_ACK, told->lcp_id,
			    bytes_view(&told->lcp));
		break;
	case STEP_PAP:
		say_pap(p, line, user);
		break;
	case STEP_CHAP:
		say_chap(p, line, user);
		break;
	case STEP_IPCP_REQUEST:
		say_ipcp(p, line);
		break;
	case STEP_IPCP_ACK:
		line_packet(p, line, PPP_IPCP, CODE_CONFIGURE_ACK,
			    told->ipcp_id, bytes_view(&told->ipcp));
		break;
	case STEP_ECHO_REPLY:
		line_packet(p, line, PPP_LCP, CODE_ECHO_REPLY, told->echo_id,
			    VIEW(none));
		break;
	case STEP_LCP_LOOP:
		line_packet(p, line, PPP_LCP, CODE_CONFIGURE_REQUEST,
			    told->lcp_id, bytes_view(&told->lcp));
		break;
	default: /* line_step_fixed */
		break;
	}
}

void line_up(struct peers *p, unsigned int line, uint8_t user)
{
	static const enum ppp_step steps[] = {
		STEP_LCP_REQUEST,  STEP_LCP_ACK,      STEP_CHAP,
		STEP_IPCP_REQUEST, STEP_IPCP_REQUEST, STEP_IPCP_ACK,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		line_step(p, line, steps[i], user);
}

/* ---- L2TP: what the node said -------------------------------------------- */

static struct far_tunnel *tunnel_of(struct peers *p, struct address peer,
				    uint16_t own)
{
	for (unsigned int i = 0; own && i < TUNNELS; i++)
		if (p->tunnels[i].own == own &&
		    address_same(p->tunnels[i].peer, peer))
			return &p->tunnels[i];
	return NULL;
}

static struct far_session *session_of(struct far_tunnel *t, uint16_t own)
{
	for (unsigned int i = 0; own && i < SESSIONS; i++)
		if (t->sessions[i].own == own)
			return &t->sessions[i];
	return NULL;
}

static void tunnel_reset(struct peers *p, struct far_tunnel *t)
{
	struct address peer = t->peer;

	*t = (struct far_tunnel){
		.peer = peer,
		.port = L2TP_PORT,
		.own = ++p->last_id,
	};
}

/* An SCCRQ, if it is not a repeated one: the peer may have room for it. */
static struct far_tunnel *sccrq_heard(struct peers *p, struct address peer,
				      uint16_t theirs)
{
	struct far_tunnel *found = NULL;

	for (unsigned int i = 0; i < TUNNELS; i++) {
		struct far_tunnel *t = &p->tunnels[i];

		if (!address_same(t->peer, peer))
			continue;
		if (t->own && t->theirs == theirs)
			return t;
		if (!found || (found->own && !t->own))
			found = t;
	}
	if (found)
		tunnel_reset(p, found);
	return found;
}

/* An ICRQ: the first session that is free. */
static void icrq_heard(struct peers *p, struct far_tunnel *t, uint16_t theirs)
{
	for (unsigned int i = 0; i < SESSIONS; i++) {
		struct far_session *s = &t->sessions[i];

		if (s->own)
			continue;
		*s = (struct far_session){++p->last_id, theirs, {0}};
		return;
	}
}

static void message_hear(struct peers *p, struct far_tunnel *t,
			 uint16_t session, const struct avps *avps)
{
	struct far_session *s = session_of(t, session);

	if (avps_has(avps, AVP_ASSIGNED_TUNNEL))
		t->theirs = avps_u16(avps, AVP_ASSIGNED_TUNNEL);
	if (avps_has(avps, AVP_CHALLENGE))
		bytes_set(&t->challenge, avps->value[AVP_CHALLENGE]);
	if (avps->type == L2TP_ICRQ)
		icrq_heard(p, t, avps_u16(avps, AVP_ASSIGNED_SESSION));
	if (avps->type == L2TP_ICRP && s)
		s->theirs = avps_u16(avps, AVP_ASSIGNED_SESSION);
	if (avps->type == L2TP_CDN && s)
		*s = (struct far_session){0};
	if (avps->type == L2TP_STOPCCN)
		t->own = 0;
}

static void on_control(void *ctx, struct address peer,
		       const struct l2tp_control *control)
{
	struct peers *p = ctx;
	struct far_tunnel *t = tunnel_of(p, peer, control->tunnel);
	uint8_t room[2048];
	struct builder scratch = builder_on(room, sizeof(room));
	struct avps avps;

	if (!control->body.len)
		return;
	avps_read(control->body, view_text(SECRET), &scratch, &avps);
	REQUIRE(avps.has_type && avps.problem.fault == AVP_FINE && !avps.bad);
	if (avps.type == L2TP_SCCRQ)
		t = sccrq_heard(p, peer, avps_u16(&avps, AVP_ASSIGNED_TUNNEL));
	if (!t || control->ns != t->nr)
		return; /* nobody's, or a repeated one */
	t->nr++;
	message_hear(p, t, control->session, &avps);
}

static void on_data(void *ctx, struct address peer,
		    const struct l2tp_data *data)
{
	struct peers *p = ctx;
	struct far_tunnel *t = tunnel_of(p, peer, data->tunnel);
	struct far_session *s = t ? session_of(t, data->session) : NULL;

	if (s)
		ppp_hear(&s->ppp, data->payload);
}

/* ---- L2TP: what we say --------------------------------------------------- */

static void tunnel_send(struct peers *p, const struct far_tunnel *t,
			const struct l2tp_control *control)
{
	uint8_t room[2048];
	struct builder b = builder_on(room, sizeof(room));

	if (!l2tp_control_build(&b, control))
		world_control(p->world, t->peer, t->port, builder_view(&b));
}

void tunnel_ack(struct peers *p, unsigned int tunnel)
{
	const struct far_tunnel *t = &p->tunnels[tunnel];

	if (t->theirs)
		tunnel_send(p, t,
			    &(struct l2tp_control){
				    .tunnel = t->theirs,
				    .ns = t->ns,
				    .nr = t->nr,
			    });
}

void tunnel_say(struct peers *p, unsigned int tunnel, int session,
		uint16_t type, struct view body, int ns, int nr)
{
	struct far_tunnel *t = &p->tunnels[tunnel];
	struct far_session *s = session < 0 ? NULL : &t->sessions[session];
	uint8_t room[1900];
	struct builder b = builder_on(room, sizeof(room));
	struct l2tp_control control = {
		.tunnel = t->theirs,
		.session = s ? s->theirs : 0,
		.ns = (uint16_t)(t->ns + ns),
		.nr = (uint16_t)(t->nr + nr),
	};

	avp_build_u16(&b, AVP_MESSAGE_TYPE, type);
	build_view(&b, body);
	control.body = builder_view(&b);
	if (b.full || !t->own)
		return;
	t->ns += !ns; /* before the answer comes */
	tunnel_send(p, t, &control);
}

/* The proof that is asked for, by the type of message it goes into. */
static void build_proof(struct builder *b, const struct far_tunnel *t,
			uint8_t type)
{
	uint8_t proof[CHAP_MD5_LEN];

	if (!t->challenge.len)
		return;
	chap_md5(type, view_text(SECRET), bytes_view(&t->challenge), proof);
	avp_build(b, AVP_CHALLENGE_RESPONSE, VIEW(proof));
}

static void build_control(struct builder *b, const struct far_tunnel *t,
			  uint8_t how)
{
	static const char *const names[] = {"lac", "asks", "peer", "x"};
	static const uint8_t challenge[] = "0123456789abcde";

	avp_build_u16(b, AVP_PROTOCOL_VERSION, 0x0100);
	avp_build_u32(b, AVP_FRAMING_CAPABILITIES, 3);
	avp_build(b, AVP_HOST_NAME, view_text(names[how % 4]));
	avp_build_u16(b, AVP_ASSIGNED_TUNNEL, t->own);
	if (how & 4)
		avp_build(b, AVP_CHALLENGE, VIEW(challenge));
	if (how & 8)
		avp_build(b, AVP_ECN, NOTHING);
	if (how & 16)
		avp_build_u16(b, AVP_RECEIVE_WINDOW, 1);
}

/* What a LAC found out, hidden or not. */
static void build_proxy(struct builder *b, uint8_t how)
{
	static const uint8_t lcp[] = {1, 4, 5, 0xd4}, vector[16] = {7};
	static const uint8_t sent[] = {1, 4, 5, 0xd4, 3, 4, 0xc0, 0x23};
	struct view name = view_text(users[how % USERS].name);
	struct view password = view_text(users[how % USERS].password);
	struct avp_hiding hiding = {
		.secret = how & 0x40 ? view_text(SECRET) : NOTHING,
		.vector = VIEW(vector),
	};

	avp_build(b, AVP_INITIAL_RECEIVED_CONFREQ, VIEW(lcp));
	avp_build(b, AVP_LAST_SENT_CONFREQ, VIEW(sent));
	avp_build(b, AVP_LAST_RECEIVED_CONFREQ, VIEW(lcp));
	if (how & 0x40)
		avp_build(b, AVP_RANDOM_VECTOR, VIEW(vector));
	avp_build_u16(b, AVP_PROXY_AUTH_TYPE, 3); /* PAP */
	avp_build_hidden(b, AVP_PROXY_AUTH_NAME, name, &hiding);
	avp_build_u16(b, AVP_PROXY_AUTH_ID, 1);
	avp_build_hidden(b, AVP_PROXY_AUTH_RESPONSE, password, &hiding);
}

static void build_call(struct peers *p, struct builder *b,
		       struct far_session *s, uint16_t type, uint8_t how)
{
	switch (type) {
	case L2TP_ICRQ:
		*s = (struct far_session){.own = ++p->last_id};
		avp_build_u16(b, AVP_ASSIGNED_SESSION, s->own);
		avp_build_u32(b, AVP_CALL_SERIAL, how);
		break;
	case L2TP_ICRP:
		avp_build_u16(b, AVP_ASSIGNED_SESSION, s->own);
		break;
	case L2TP_ICCN:
		avp_build_u32(b, AVP_TX_SPEED, 1000);
		avp_build_u32(b, AVP_FRAMING_TYPE, 1);
		if (how & 0x10)
			avp_build(b, AVP_SEQUENCING_REQUIRED, NOTHING);
		if (how & 0x20)
			build_proxy(b, how);
		break;
	case L2TP_CDN:
		avp_build_u16(b, AVP_RESULT_CODE, how);
		avp_build_u16(b, AVP_ASSIGNED_SESSION, s->own);
		break;
	default:
		break;
	}
}

static void build_notice(struct builder *b, uint16_t type)
{
	static const uint8_t zeros[26];

	if (type == L2TP_WEN)
		avp_build(b, AVP_CALL_ERRORS, VIEW(zeros));
	if (type == L2TP_SLI)
		avp_build(b, AVP_ACCM, view_of(zeros, 10));
}

void tunnel_step(struct peers *p, unsigned int tunnel, unsigned int session,
		 uint16_t type, uint8_t how, struct view more)
{
	struct far_tunnel *t = &p->tunnels[tunnel];
	struct far_session *s = &t->sessions[session];
	uint8_t room[1600];
	struct builder b = builder_on(room, sizeof(room));
	bool of_session = type >= L2TP_ICRP;

	if (type == L2TP_SCCRQ) {
		uint16_t before = t->own;

		tunnel_reset(p, t);
		t->port = (uint16_t)(L2TP_PORT + (how >> 6));
		if (how & 32 && before) /* it began again with the same id */
			t->own = before;
	}
	if (type == L2TP_SCCRQ || type == L2TP_SCCRP)
		build_control(&b, t, how);
	if (type == L2TP_SCCRP || type == L2TP_SCCCN)
		build_proof(&b, t, (uint8_t)type);
	if (type == L2TP_STOPCCN) {
		avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, t->own);
		avp_build_u16(&b, AVP_RESULT_CODE, how % 8);
	}
	build_call(p, &b, s, type, how);
	build_notice(&b, type);
	build_view(&b, more);
	if (!b.full)
		tunnel_say(p, tunnel, of_session ? (int)session : -1, type,
			   builder_view(&b), 0, 0);
	if (type == L2TP_CDN)
		*s = (struct far_session){0};
}

/* ---- begin --------------------------------------------------------------- */

static const struct world_ops world_ops = {
	.frame = on_frame,
	.control = on_control,
	.data = on_data,
};

void peers_begin(struct peers *p, struct world *world)
{
	static const char *const addresses[TUNNELS] = {
		"192.0.2.2",   "192.0.2.2",   "192.0.2.3",
		"2001:db8::2", "2001:db8::2", "198.51.100.7",
	};

	*p = (struct peers){.world = world};
	for (unsigned int i = 0; i < TUNNELS; i++)
		REQUIRE(!address_parse(addresses[i], &p->tunnels[i].peer));
	world_begin(world, &world_ops, p);
}
