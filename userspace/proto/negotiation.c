/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets and option rules of LCP and the NCPs; see negotiation.h. */
#include "proto/negotiation.h"

#include <errno.h>

#include "base/log.h"

/* ---- packets and options ------------------------------------------------- */

int packet_read(struct view info, struct packet *out)
{
	struct reader r = reader_of_view(info);
	struct packet p;
	uint16_t len;

	if (read_u8(&r, &p.code) || read_u8(&r, &p.id) || read_u16(&r, &len))
		return -EBADMSG;
	if (len < PACKET_HEADER || read_view(&r, len - PACKET_HEADER, &p.body))
		return -EBADMSG;
	p.whole = view_of(info.data, len);
	*out = p;
	return 0;
}

static struct view view_cut(struct view v, size_t len)
{
	return view_of(v.data, v.len < len ? v.len : len);
}

struct view packet_build(uint8_t room[PACKET_MAX], size_t limit, uint8_t code,
			 uint8_t id, struct view first, struct view rest)
{
	struct builder b = builder_on(room, PACKET_MAX);
	size_t left = limit < PACKET_MAX ? limit : PACKET_MAX;

	left -= left < PACKET_HEADER ? left : PACKET_HEADER;
	first = view_cut(first, left);
	rest = view_cut(rest, left - first.len);
	build_u8(&b, code);
	build_u8(&b, id);
	build_u16(&b, (uint16_t)(PACKET_HEADER + first.len + rest.len));
	build_view(&b, first);
	build_view(&b, rest);
	return builder_view(&b);
}

int option_read(struct reader *r, struct option *out)
{
	struct reader at = *r;
	struct option o;
	uint8_t len;

	if (!r->left)
		return 0;
	if (read_u8(&at, &o.type) || read_u8(&at, &len) || len < 2 ||
	    read_view(&at, len - 2u, &o.value) || read_view(r, len, &o.whole))
		return -EBADMSG;
	*out = o;
	return 1;
}

bool options_well_formed(struct view options)
{
	struct reader r = reader_of_view(options);
	struct option o;
	int status;

	while ((status = option_read(&r, &o)) > 0)
		;
	return status == 0;
}

void option_build(struct builder *b, uint8_t type, const void *value,
		  size_t len)
{
	build_u8(b, type);
	build_u8(b, (uint8_t)(len + 2));
	build_bytes(b, value, len);
}

void option_build_u32(struct builder *b, uint8_t type, uint32_t value)
{
	build_u8(b, type);
	build_u8(b, 6);
	build_u32(b, value);
}

static const struct option_row *row_find(const struct option_row *rows,
					 uint8_t type)
{
	for (; rows->name; rows++)
		if (rows->type == type)
			return rows;
	return NULL;
}

void negotiation_send(struct negotiation *n, uint8_t code, uint8_t id,
		      struct view first, struct view rest)
{
	uint8_t room[PACKET_MAX];

	n->ops->send(n->owner, packet_build(room, n->peer_mru, code, id, first,
					    rest));
}

/* ---- what the peer asks for ---------------------------------------------- */

struct judgement {
	struct builder nak;
	struct builder reject;
	uint8_t seen[32]; /* a bit for each type */
};

static bool option_seen(struct judgement *j, uint8_t type)
{
	uint8_t bit = (uint8_t)(1 << (type & 7));
	bool before = j->seen[type >> 3] & bit;

	j->seen[type >> 3] |= bit;
	return before;
}

static void option_judge(struct negotiation *n, struct judgement *j,
			 const struct option *o)
{
	const struct option_row *row = row_find(n->rows, o->type);
	enum verdict verdict = VERDICT_REJECT;

	if (!option_seen(j, o->type) && row && row->judge &&
	    (!row->len || row->len == o->whole.len))
		verdict = row->judge(n->owner, o->value, &j->nak);
	/*
	 * Naks without end become a Reject of what was asked (RFC 1661 4.6);
	 * what was built is not sent, since a Reject goes first
	 */
	if (verdict == VERDICT_NAK && n->naks >= n->max_failure) {
		n->exhausted = true;
		verdict = VERDICT_REJECT;
	}
	if (verdict == VERDICT_REJECT)
		build_view(&j->reject, o->whole);
}

/* Options that the peer should have asked for go into a Nak. */
static void options_wish(struct negotiation *n, struct judgement *j)
{
	for (const struct option_row *row = n->rows; row->name; row++)
		if (row->wish && !(j->seen[row->type >> 3] &
				   1 << (row->type & 7))) {
			if (n->naks >= n->max_failure)
				n->exhausted = true;
			else
				row->wish(n->owner, &j->nak);
		}
}

/* Our answer to a well-formed list, which is also the automaton's event. */
static enum fsm_event options_answer(struct negotiation *n,
				     struct judgement *j, struct view options)
{
	if (j->reject.len) {
		n->answer_code = CODE_CONFIGURE_REJECT;
		n->answer = builder_view(&j->reject);
		return FSM_REQUEST_BAD;
	}
	if (j->nak.len) {
		n->answer_code = CODE_CONFIGURE_NAK;
		n->answer = builder_view(&j->nak);
		return FSM_REQUEST_BAD;
	}
	n->answer_code = CODE_CONFIGURE_ACK;
	n->answer = options;
	return FSM_REQUEST_GOOD;
}

/* A request to an open link begins a new negotiation. */
static void remember_first(struct negotiation *n, struct view options)
{
	if (n->first_seen && n->fsm.state != FSM_OPENED)
		return;
	n->first_seen = true;
	n->has_first = !bytes_set(&n->first_received, options);
}

/*
 * Whether this is the request that we have acknowledged, repeated before our
 * Ack arrived.  The automaton would take it for a new negotiation, so a link
 * whose round trip is longer than the peer's restart timer would never come
 * up.  A peer repeats a request at most Max-Configure times (RFC 1661 4.6); a
 * peer that goes on wants to renegotiate.
 */
static bool request_repeats(const struct negotiation *n,
			    const struct packet *p)
{
	return n->fsm.state == FSM_OPENED && n->acked && !n->confirmed &&
	       n->repeats < n->fsm.config.max_configure &&
	       (n->acked_by_lac || p->id == n->acked_id) &&
	       view_equal(p->body, bytes_view(&n->last_received));
}

static void request_acked(struct negotiation *n, const struct packet *p)
{
	n->acked_id = p->id;
	n->acked = true;
	n->acked_by_lac = false;
	n->confirmed = false;
	n->repeats = 0;
}

void negotiation_confirm(struct negotiation *n)
{
	n->confirmed = true;
}

static int input_request(struct negotiation *n, const struct packet *p,
			 struct instant now)
{
	uint8_t nak[OPTIONS_FIRST_MAX], reject[PACKET_MAX];
	/* a list cut in the middle of an option would be malformed */
	size_t limit = n->peer_mru < PACKET_MAX ? n->peer_mru : PACKET_MAX;
	struct judgement j = {
		.nak = builder_on(nak, sizeof(nak)),
		.reject = builder_on(reject, limit - PACKET_HEADER),
	};
	struct reader r = reader_of_view(p->body);
	enum fsm_event event;
	struct option o;

	if (!options_well_formed(p->body))
		return -EBADMSG;
	if (request_repeats(n, p)) {
		n->repeats++;
		negotiation_send(n, CODE_CONFIGURE_ACK, p->id, p->body,
				 (struct view){0});
		return 0;
	}
	remember_first(n, p->body);
	n->ops->begin(n->owner);
	while (option_read(&r, &o) > 0)
		option_judge(n, &j, &o);
	options_wish(n, &j);
	if (j.nak.full || j.reject.full)
		return -EBADMSG;
	event = options_answer(n, &j, p->body);
	if (event == FSM_REQUEST_GOOD) {
		/* a list we agree to is short: each option once */
		if (!n->ops->agreed(n->owner) ||
		    bytes_set(&n->last_received, p->body))
			return -EPROTO;
		request_acked(n, p);
	}
	fsm_event(&n->fsm, event, now);
	return 0;
}

/* ---- what the peer says about our request -------------------------------- */

static bool answer_belongs(const struct negotiation *n, const struct packet *p)
{
	return !n->answered && p->id == n->request_id &&
	       n->fsm.state >= FSM_REQ_SENT;
}

static int input_ack(struct negotiation *n, const struct packet *p,
		     struct instant now)
{
	if (!answer_belongs(n, p))
		return -EPROTO;
	if (!view_equal(p->body, bytes_view(&n->last_sent))) {
		n->mistaken = true;
		return -EPROTO;
	}
	n->answered = true;
	fsm_event(&n->fsm, FSM_ACK, now);
	return 0;
}

static int input_nak(struct negotiation *n, const struct packet *p,
		     struct instant now)
{
	struct reader r = reader_of_view(p->body);
	struct option o;

	if (!options_well_formed(p->body) || !p->body.len)
		return -EBADMSG;
	if (!answer_belongs(n, p))
		return -EPROTO;
	n->answered = true;
	while (option_read(&r, &o) > 0) {
		const struct option_row *row = row_find(n->rows, o.type);

		if (row && row->naked &&
		    (!row->len || row->len == o.whole.len))
			row->naked(n->owner, o.value);
	}
	fsm_event(&n->fsm, FSM_NAK, now);
	return 0;
}

/* Whether a Reject holds only options of ours, unchanged and in order. */
static bool reject_belongs(struct negotiation *n, struct view rejected)
{
	struct reader ours = reader_of_view(bytes_view(&n->last_sent));
	struct reader theirs = reader_of_view(rejected);
	struct option mine, o;

	while (option_read(&theirs, &o) > 0) {
		do {
			if (option_read(&ours, &mine) <= 0)
				return false;
		} while (!view_equal(mine.whole, o.whole));
	}
	return true;
}

static int input_reject(struct negotiation *n, const struct packet *p,
			struct instant now)
{
	struct reader r = reader_of_view(p->body);
	struct option o;

	if (!options_well_formed(p->body) || !p->body.len)
		return -EBADMSG;
	if (!answer_belongs(n, p) || !reject_belongs(n, p->body))
		return -EPROTO;
	n->answered = true;
	while (option_read(&r, &o) > 0) {
		const struct option_row *row = row_find(n->rows, o.type);

		if (row && row->refused)
			row->refused(n->owner);
	}
	fsm_event(&n->fsm, FSM_NAK, now);
	return 0;
}

static int input_code_reject(struct negotiation *n, const struct packet *p,
			     struct instant now)
{
	struct reader r = reader_of_view(p->body);
	uint8_t code;

	if (read_u8(&r, &code))
		return -EBADMSG;
	if (code <= CODE_CODE_REJECT) {
		fsm_event(&n->fsm, FSM_REJECT_BAD, now);
		return 0;
	}
	if (n->ops->code_rejected)
		n->ops->code_rejected(n->owner, code);
	fsm_event(&n->fsm, FSM_REJECT_GOOD, now);
	return 0;
}

static int input_other(struct negotiation *n, const struct packet *p,
		       struct instant now)
{
	int status = n->ops->code ? n->ops->code(n->owner, p, now) : -ENOSYS;

	if (status != -ENOSYS)
		return status;
	fsm_event(&n->fsm, FSM_UNKNOWN_CODE, now);
	return 0;
}

/* ---- the automaton's actions --------------------------------------------- */

/*
 * A retransmission is the same packet; any other request is built anew.  So is
 * one whose Identifier the peer confused with an earlier packet, perhaps of the
 * LAC: it would answer that one for ever.
 */
static void send_request(struct negotiation *n)
{
	uint8_t room[OPTIONS_MAX];
	struct builder b = builder_on(room, sizeof(room));

	if (n->fsm.event != FSM_TIMEOUT_MORE || n->answered || n->mistaken) {
		for (const struct option_row *row = n->rows; row->name; row++)
			if (row->ask)
				row->ask(n->owner, &b);
		bytes_set(&n->last_sent, builder_view(&b));
		n->request_id = n->next_id++;
		n->answered = false;
		n->mistaken = false;
	}
	negotiation_send(n, CODE_CONFIGURE_REQUEST, n->request_id,
			 bytes_view(&n->last_sent), (struct view){0});
}

static void send_answer(struct negotiation *n)
{
	if (n->answer_code == CODE_CONFIGURE_ACK) {
		n->naks = 0;
		n->exhausted = false;
	} else if (n->answer_code == CODE_CONFIGURE_NAK) {
		n->naks++;
	}
	negotiation_send(n, n->answer_code, n->packet->id, n->answer,
			 (struct view){0});
}

static void negotiation_act(void *ctx, enum fsm_action action,
			    struct instant now)
{
	static const struct view nothing;
	struct negotiation *n = ctx;

	switch (action) {
	case FSM_SCR:
		send_request(n);
		break;
	case FSM_SCA:
	case FSM_SCN:
		send_answer(n);
		break;
	case FSM_STR:
		negotiation_send(n, CODE_TERMINATE_REQUEST, n->next_id++,
				 nothing, nothing);
		break;
	case FSM_STA:
		negotiation_send(n, CODE_TERMINATE_ACK, n->packet->id, nothing,
				 nothing);
		break;
	case FSM_SCJ:
		negotiation_send(n, CODE_CODE_REJECT, n->next_id++,
				 n->packet->whole, nothing);
		break;
	default:
		n->ops->layer(n->owner, action, now);
	}
}

/* ---- in and out ---------------------------------------------------------- */

void negotiation_init(struct negotiation *n, void *owner,
		      const struct negotiation_ops *ops,
		      const struct option_row *rows, uint8_t max_failure)
{
	n->fsm.act = negotiation_act;
	n->fsm.ctx = n;
	n->owner = owner;
	n->ops = ops;
	n->rows = rows;
	n->max_failure = max_failure;
	n->answered = true;
	n->peer_mru = 1500;
}

static int input_terminate(struct negotiation *n, const struct packet *p,
			   struct instant now)
{
	if (p->code == CODE_TERMINATE_ACK) {
		fsm_event(&n->fsm, FSM_TERMINATE_ACK, now);
		return 0;
	}
	fsm_event(&n->fsm, FSM_TERMINATE, now);
	if (n->ops->terminated)
		n->ops->terminated(n->owner);
	return 0;
}

/* By code: what reads it. */
static int (*const inputs[])(struct negotiation *n, const struct packet *p,
			     struct instant now) = {
	[CODE_CONFIGURE_REQUEST] = input_request,
	[CODE_CONFIGURE_ACK] = input_ack,
	[CODE_CONFIGURE_NAK] = input_nak,
	[CODE_CONFIGURE_REJECT] = input_reject,
	[CODE_TERMINATE_REQUEST] = input_terminate,
	[CODE_TERMINATE_ACK] = input_terminate,
	[CODE_CODE_REJECT] = input_code_reject,
};

int negotiation_input(struct negotiation *n, struct view info,
		      struct instant now)
{
	struct packet p;
	int status;

	if (packet_read(info, &p))
		return -EBADMSG;
	n->packet = &p;
	if (p.code && p.code < sizeof(inputs) / sizeof(inputs[0]))
		status = inputs[p.code](n, &p, now);
	else
		status = input_other(n, &p, now);
	n->packet = NULL;
	n->answer = (struct view){0};
	if (!status)
		n->heard = true;
	return status;
}
