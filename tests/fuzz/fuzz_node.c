/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole node under hostile peers.  The input is a list of what they do:
 * one octet says what, one who, then what else that needs (table `acts`).
 * Good messages with the ids, challenges and secrets of the moment bring a run
 * deep, octets of the input's own go anywhere.  At the end everything is taken
 * down, and nothing may be left of it.
 *
 * Octets of an input's own have their length in front, in one octet.
 */
#include <stdlib.h>
#include <string.h>

#include "node_peers.h"
#include "proto/ppp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ACTS_MAX = 200, OCTETS_MAX = 255 };

static uint8_t take(struct reader *r)
{
	uint8_t value = 0;

	read_u8(r, &value);
	return value;
}

static struct view take_octets(struct reader *r)
{
	uint8_t len = take(r);
	struct view v;

	return read_view(r, len, &v) ? read_rest(r) : v;
}

/* ---- PPPoE --------------------------------------------------------------- */

static void act_padi(struct peers *p, uint8_t who, struct reader *r)
{
	client_padi(p, who % CLIENTS, take_octets(r));
}

static void act_padr(struct peers *p, uint8_t who, struct reader *r)
{
	client_padr(p, who % CLIENTS, take_octets(r));
}

static void act_padt(struct peers *p, uint8_t who, struct reader *r)
{
	(void)r;
	client_padt(p, who % CLIENTS);
}

static void act_discovery(struct peers *p, uint8_t who, struct reader *r)
{
	unsigned int client = who % CLIENTS;
	uint16_t session = who & 0x80 ? take(r) : p->clients[client].session;
	uint8_t code = take(r);

	client_discovery(p, client, code, session, take_octets(r));
}

static void act_frame(struct peers *p, uint8_t who, struct reader *r)
{
	const struct vlan_tag stripped = {
		.type = who & 1 ? ETHER_VLAN : 0,
		.tci = who,
	};

	world_access(p->world, take_octets(r), stripped);
}

/* From nothing to PADS, and then all of PPP. */
static void act_dial(struct peers *p, uint8_t who, struct reader *r)
{
	static const uint8_t uniq[] = {1, 3, 0, 1, 'u'};

	client_padi(p, who % CLIENTS, (struct view){0});
	client_padr(p, who % CLIENTS, VIEW(uniq));
	line_up(p, who % CLIENTS, take(r));
}

/* ---- PPP ----------------------------------------------------------------- */

static void act_ppp_step(struct peers *p, uint8_t who, struct reader *r)
{
	uint8_t step = take(r);

	line_step(p, who % LINES, step % PPP_STEPS, take(r));
}

static void act_ppp_up(struct peers *p, uint8_t who, struct reader *r)
{
	line_up(p, who % LINES, take(r));
}

static uint16_t protocol_of(uint8_t choice)
{
	static const uint16_t protocols[] = {
		PPP_LCP, PPP_PAP, PPP_CHAP, PPP_IPCP,
		PPP_IPV4, PPP_IPV6, 0x8057, 0x80fd,
	};

	return protocols[choice % 8];
}

/* Code and body of the input's own, with an id that may be the right one. */
static void act_ppp_packet(struct peers *p, uint8_t who, struct reader *r)
{
	uint16_t protocol = protocol_of(take(r));
	uint8_t code = take(r), id = take(r);

	line_packet(p, who % LINES, protocol, code,
		    id > 0xc0	? ID_ASKED
		    : id > 0x80 ? ID_NEW
				: id,
		    take_octets(r));
}

static void act_ppp_frame(struct peers *p, uint8_t who, struct reader *r)
{
	uint16_t protocol = protocol_of(take(r));

	line_send(p, who % LINES, protocol, take_octets(r));
}

/* ---- L2TP ---------------------------------------------------------------- */

static const uint8_t types[] = {
	L2TP_SCCRQ, L2TP_SCCRP, L2TP_SCCCN, L2TP_STOPCCN, L2TP_HELLO,
	L2TP_ICRQ,  L2TP_ICRP,	L2TP_ICCN,  L2TP_CDN,	  L2TP_WEN,
	L2TP_SLI,   L2TP_OCRQ,	L2TP_OCRP,  L2TP_OCCN,
};

/* who: tunnel and session */
static void act_step(struct peers *p, uint8_t who, struct reader *r)
{
	uint8_t type = types[take(r) % sizeof(types)];
	uint8_t how = take(r);

	tunnel_step(p, who % TUNNELS, who / TUNNELS % SESSIONS, type, how,
		    take_octets(r));
}

/* The rest of the list is the input's own; numbers may be wrong. */
static void act_message(struct peers *p, uint8_t who, struct reader *r)
{
	uint8_t type = take(r);
	int8_t ns = (int8_t)take(r);
	int8_t nr = (int8_t)take(r);
	int session = who & 0x80 ? -1 : who / TUNNELS % SESSIONS;

	tunnel_say(p, who % TUNNELS, session, type, take_octets(r), ns, nr);
}

static void act_ack(struct peers *p, uint8_t who, struct reader *r)
{
	(void)r;
	tunnel_ack(p, who % TUNNELS);
}

/* A LAC's tunnel with a call, as far as the node lets it. */
static void act_lac(struct peers *p, uint8_t who, struct reader *r)
{
	unsigned int tunnel = who % TUNNELS, session = who / TUNNELS % SESSIONS;
	uint8_t how = take(r);

	if (!p->tunnels[tunnel].own) {
		tunnel_step(p, tunnel, 0, L2TP_SCCRQ, how & 0x1f,
			    (struct view){0});
		tunnel_step(p, tunnel, 0, L2TP_SCCCN, how, (struct view){0});
	}
	tunnel_step(p, tunnel, session, L2TP_ICRQ, how, (struct view){0});
	tunnel_step(p, tunnel, session, L2TP_ICCN, how, (struct view){0});
}

/* An LNS answers what the node began. */
static void act_lns(struct peers *p, uint8_t who, struct reader *r)
{
	unsigned int tunnel = who % TUNNELS, session = who / TUNNELS % SESSIONS;
	uint8_t how = take(r);

	if (p->tunnels[tunnel].ns == 0)
		tunnel_step(p, tunnel, 0, L2TP_SCCRP, how, (struct view){0});
	tunnel_step(p, tunnel, session, L2TP_ICRP, how, (struct view){0});
	tunnel_ack(p, tunnel);
}

static void act_datagram(struct peers *p, uint8_t who, struct reader *r)
{
	const struct far_tunnel *t = &p->tunnels[who % TUNNELS];

	world_control(p->world, t->peer, t->port ? t->port : L2TP_PORT,
		      take_octets(r));
}

/* With the right ids behind flags of the input's own. */
static void act_data(struct peers *p, uint8_t who, struct reader *r)
{
	const struct far_tunnel *t = &p->tunnels[who % TUNNELS];
	uint8_t flags = take(r), octets[OCTETS_MAX + 6];
	struct view rest = take_octets(r);
	struct builder b = builder_on(octets, sizeof(octets));

	build_u8(&b, flags & 0x7f);
	build_u8(&b, L2TP_VERSION);
	if (flags & 0x80) {
		build_u16(&b, t->theirs);
		build_u16(&b, t->sessions[who / TUNNELS % SESSIONS].theirs);
	}
	build_view(&b, rest);
	world_data(p->world, t->peer, t->port, builder_view(&b));
}

/* ---- all else ------------------------------------------------------------ */

static void act_pass(struct peers *p, uint8_t who, struct reader *r)
{
	(void)r;
	world_pass(p->world, 10ull << who % 15);
}

static void act_acked_pass(struct peers *p, uint8_t who, struct reader *r)
{
	(void)r;
	for (unsigned int i = 0; i < TUNNELS; i++)
		tunnel_ack(p, i);
	world_pass(p->world, 10ull << who % 12);
}

/* The id of a call or tunnel, most often of one there is. */
static json_int_t id_of(const struct peers *p, uint8_t choice)
{
	const struct node *node = &p->world->node;

	if (choice & 0x80)
		return p->tunnels[choice % TUNNELS].theirs;
	return (json_int_t)node->last_call - (choice >> 5);
}

static json_t *arguments_of(const struct peers *p, uint8_t choice,
			    struct view octets)
{
	static const char *const words[] = {
		"calls", "tunnels", "ports", "reasons", "access", "core",
		"none",	 "1M",
	};
	const char *text = words[choice % 8];
	json_t *arguments = json_object();
	char own[OCTETS_MAX + 1];
	json_t *said;

	memcpy(own, octets.data ? octets.data : (const uint8_t *)"",
	       octets.len);
	own[octets.len] = 0;
	said = json_string(own);
	if (octets.len && said)
		text = own;
	json_decref(said);
	json_object_set_new(arguments, "id", json_integer(id_of(p, choice)));
	json_object_set_new(arguments, "what", json_string(text));
	json_object_set_new(arguments, "name", json_string(text));
	json_object_set_new(arguments, "up", json_string(text));
	if (choice & 8)
		json_object_set_new(arguments, "down", json_string("2500k"));
	json_object_set_new(arguments, "since", json_integer(p->world->asked));
	if (choice & 16)
		json_object_set_new(arguments, "burst-up", json_string(text));
	if (choice & 32)
		json_object_set_new(arguments, "access", json_true());
	return arguments;
}

static void act_command(struct peers *p, uint8_t who, struct reader *r)
{
	uint8_t choice = take(r);

	world_command(p->world, who,
		      arguments_of(p, choice, take_octets(r)));
}

static void act_path(struct peers *p, uint8_t who, struct reader *r)
{
	(void)r;
	world_path(p->world, who & 1, (uint16_t)(576 + 8 * who));
}

static void act_port(struct peers *p, uint8_t who, struct reader *r)
{
	(void)r;
	world_port(p->world, who % 4, (uint16_t)(1280 + who));
}

typedef void act(struct peers *p, uint8_t who, struct reader *r);

/* By the octet that says what; seeds know the order. */
static act *const acts[] = {
	act_padi,     act_padr,	      act_padt,	     act_discovery,
	act_frame,    act_dial,	      act_ppp_step,  act_ppp_up,
	act_ppp_packet, act_ppp_frame, act_step,     act_message,
	act_ack,      act_lac,	      act_lns,	     act_datagram,
	act_data,     act_pass,	      act_acked_pass, act_command,
	act_path,     act_port,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(data, size);
	static struct world world;
	struct peers peers;
	uint8_t what, who;

	peers_begin(&peers, &world);
	for (int i = 0; i < ACTS_MAX && !read_u8(&r, &what); i++) {
		who = take(&r);
		acts[what % (sizeof(acts) / sizeof(*acts))](&peers, who, &r);
	}
	world_end(&world);
	return 0;
}
