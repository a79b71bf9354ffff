/* SPDX-License-Identifier: GPL-2.0-only */
/* LCP of the network side; see lcp.h. */
#include "proto/lcp.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

enum {
	LOOP_LIMIT = 3, /* signs of a loop before the link counts as looped */
	PROBES = 3, /* without an answer: nobody is there */
	PROBE_MS = 1000,
};

enum ppp_auth lcp_auth_read(struct view value)
{
	struct reader r = reader_of_view(value);
	uint16_t protocol;
	uint8_t algorithm;

	if (read_u16(&r, &protocol))
		return PPP_AUTH_NONE;
	if (protocol == PPP_PAP && !r.left)
		return PPP_AUTH_PAP;
	if (protocol == PPP_CHAP && !read_u8(&r, &algorithm) && !r.left &&
	    algorithm == CHAP_ALGORITHM_MD5)
		return PPP_AUTH_CHAP;
	return PPP_AUTH_NONE;
}

uint16_t ppp_auth_protocol(enum ppp_auth auth)
{
	switch (auth) {
	case PPP_AUTH_PAP:
		return PPP_PAP;
	case PPP_AUTH_CHAP:
		return PPP_CHAP;
	default:
		return 0;
	}
}

/* Reported at the end of the packet that showed it. */
static void lcp_fail(struct lcp *lcp, enum ppp_end_reason reason)
{
	lcp->failing = true;
	lcp->failure = reason;
}

static void lcp_loop_seen(struct lcp *lcp)
{
	if (++lcp->loops >= LOOP_LIMIT)
		lcp_fail(lcp, PPP_END_LOOPBACK);
}

/* Random, not 0, and not the one that is to be avoided. */
static uint32_t magic_new(const struct lcp *lcp, uint32_t avoid)
{
	uint32_t magic;

	do
		lcp->random(&magic, sizeof(magic));
	while (!magic || magic == avoid);
	return magic;
}

/* ---- options ------------------------------------------------------------- */

static enum verdict mru_judge(void *owner, struct view value,
			      struct builder *nak)
{
	const uint8_t head[] = {LCP_MRU, 4};
	struct lcp *lcp = owner;
	struct reader r = reader_of_view(value);
	uint16_t mru, wish;

	if (read_u16(&r, &mru))
		return VERDICT_REJECT;
	wish = mru;
	if (mru < lcp->config->peer_mru_min)
		wish = lcp->config->peer_mru_min;
	if (mru > lcp->config->peer_mru_max)
		wish = lcp->config->peer_mru_max;
	if (wish == mru) {
		lcp->asked.mru = mru;
		return VERDICT_ACK;
	}
	build_bytes(nak, head, sizeof(head));
	build_u16(nak, wish);
	return VERDICT_NAK;
}

static void mru_ask(void *owner, struct builder *request)
{
	struct lcp *lcp = owner;

	if (lcp->mru_refused || lcp->ours.mru == LCP_MRU_DEFAULT)
		return;
	build_u8(request, LCP_MRU);
	build_u8(request, 4);
	build_u16(request, lcp->ours.mru);
}

/* A client may want less than we offer, never more. */
static void mru_naked(void *owner, struct view value)
{
	struct lcp *lcp = owner;
	struct reader r = reader_of_view(value);
	uint16_t mru;

	if (!read_u16(&r, &mru) && mru >= LCP_MRU_MIN &&
	    mru <= lcp->config->mru)
		lcp->ours.mru = mru;
}

static void mru_refused(void *owner)
{
	struct lcp *lcp = owner;

	lcp->mru_refused = true;
	lcp->ours.mru = LCP_MRU_DEFAULT;
}

static void auth_ask(void *owner, struct builder *request)
{
	struct lcp *lcp = owner;
	bool chap = lcp->ours.auth == PPP_AUTH_CHAP;

	if (lcp->ours.auth == PPP_AUTH_NONE)
		return;
	build_u8(request, LCP_AUTH);
	build_u8(request, chap ? 5 : 4);
	build_u16(request, ppp_auth_protocol(lcp->ours.auth));
	if (chap)
		build_u8(request, CHAP_ALGORITHM_MD5);
}

/* The method the client names if it is one of ours, else our next. */
static void auth_naked(void *owner, struct view value)
{
	struct lcp *lcp = owner;
	const struct ppp_config *config = lcp->config;
	enum ppp_auth named = lcp_auth_read(value);

	if (lcp->ours.auth == PPP_AUTH_NONE)
		return;
	for (unsigned int i = 0; i < config->auth_count; i++)
		if (named == config->auth[i] && named != lcp->ours.auth) {
			lcp->ours.auth = named;
			return;
		}
	if (lcp->auth_index + 1 >= config->auth_count) {
		lcp_fail(lcp, PPP_END_AUTH_PROTOCOL);
		return;
	}
	lcp->ours.auth = config->auth[++lcp->auth_index];
}

/* A looped link rejects it too, but must be reported as a loop. */
static void auth_refused(void *owner)
{
	struct lcp *lcp = owner;

	if (!lcp->loops)
		lcp_fail(lcp, PPP_END_AUTH_PROTOCOL);
}

static enum verdict magic_judge(void *owner, struct view value,
				struct builder *nak)
{
	struct lcp *lcp = owner;
	struct reader r = reader_of_view(value);
	uint32_t magic;

	if (read_u32(&r, &magic))
		return VERDICT_REJECT;
	if (magic && magic != lcp->ours.magic) {
		lcp->asked.magic = magic;
		lcp->loops = 0;
		return VERDICT_ACK;
	}
	if (magic)
		lcp_loop_seen(lcp);
	option_build_u32(nak, LCP_MAGIC, magic_new(lcp, magic));
	return VERDICT_NAK;
}

static void magic_ask(void *owner, struct builder *request)
{
	struct lcp *lcp = owner;

	if (!lcp->magic_refused)
		option_build_u32(request, LCP_MAGIC, lcp->ours.magic);
}

/* A number of our own choice: theirs could be the one of a loop. */
static void magic_naked(void *owner, struct view value)
{
	struct lcp *lcp = owner;

	(void)value;
	if (!lcp->magic_refused)
		lcp->ours.magic = magic_new(lcp, lcp->ours.magic);
}

static void magic_refused(void *owner)
{
	struct lcp *lcp = owner;

	lcp->magic_refused = true;
	lcp->ours.magic = 0;
}

/* All of RFC 1661, 1570, 1990 and 2484; what has no judge is rejected. */
static const struct option_row lcp_rows[] = {
	{.type = LCP_MRU, .len = 4, .name = "MRU", .judge = mru_judge,
	 .ask = mru_ask, .naked = mru_naked, .refused = mru_refused},
	{.type = LCP_AUTH, .name = "Authentication-Protocol", .ask = auth_ask,
	 .naked = auth_naked, .refused = auth_refused},
	{.type = LCP_MAGIC, .len = 6, .name = "Magic-Number",
	 .judge = magic_judge, .ask = magic_ask, .naked = magic_naked,
	 .refused = magic_refused},
	{.type = LCP_VENDOR, .name = "Vendor"},
	{.type = LCP_ACCM, .name = "ACCM"},
	{.type = LCP_QUALITY, .name = "Quality-Protocol"},
	{.type = LCP_PFC, .name = "PFC"},
	{.type = LCP_ACFC, .name = "ACFC"},
	{.type = LCP_FCS, .name = "FCS-Alternatives"},
	{.type = LCP_PADDING, .name = "Self-Describing-Padding"},
	{.type = LCP_NUMBERED, .name = "Numbered-Mode"},
	{.type = LCP_CALLBACK, .name = "Callback"},
	{.type = LCP_COMPOUND, .name = "Compound-Frames"},
	{.type = LCP_MRRU, .name = "MRRU"},
	{.type = LCP_SHORT_SEQUENCE, .name = "Short-Sequence"},
	{.type = LCP_ENDPOINT, .name = "Endpoint-Discriminator"},
	{.type = LCP_LINK, .name = "Link-Discriminator"},
	{.type = LCP_INTERNATIONAL, .name = "Internationalization"},
	{0},
};

/* What we wish at the start of every negotiation. */
static void lcp_wish(struct lcp *lcp)
{
	lcp->auth_index = 0;
	lcp->mru_refused = false;
	lcp->magic_refused = false;
	lcp->ours.mru = lcp->config->mru;
	lcp->ours.magic = magic_new(lcp, lcp->ours.magic);
	lcp->ours.auth = lcp->config->auth_count ? lcp->config->auth[0]
						 : PPP_AUTH_NONE;
}

static void lcp_begin(void *owner)
{
	struct lcp *lcp = owner;

	lcp->asked = (struct lcp_terms){.mru = lcp->config->peer_mru_default};
}

static bool lcp_agreed(void *owner)
{
	struct lcp *lcp = owner;

	lcp->theirs = lcp->asked;
	lcp->n.peer_mru = lcp->theirs.mru;
	return true;
}

/* ---- echo ---------------------------------------------------------------- */

static void build_magic(const struct lcp *lcp, uint8_t magic[4])
{
	struct builder b = builder_on(magic, 4);

	build_u32(&b, lcp->ours.magic);
}

static void echo_start(struct lcp *lcp, struct instant now)
{
	lcp->echo_open = 0;
	lcp->probing = false;
	lcp->echo_at = lcp->config->echo_ms && !lcp->echo_refused
			       ? instant_after(now, lcp->config->echo_ms)
			       : NEVER;
}

static bool echo_has_failed(const struct lcp *lcp)
{
	return lcp->probing ? lcp->probes >= PROBES
			    : lcp->echo_open >= lcp->config->echo_failures;
}

static void echo_send(struct lcp *lcp, struct instant now)
{
	uint32_t wait = lcp->probing ? PROBE_MS : lcp->config->echo_ms;
	uint8_t magic[4];

	lcp->echo_at = NEVER;
	if (!wait)
		return; /* a probe was answered, and echo is off */
	if (echo_has_failed(lcp)) {
		lcp->ops->failed(lcp->ctx, PPP_END_ECHO, now);
		return;
	}
	build_magic(lcp, magic);
	lcp->echo_id++;
	if (lcp->echo_open < UINT8_MAX)
		lcp->echo_open++;
	lcp->probes += lcp->probing;
	lcp->echo_at = instant_after(now, wait);
	negotiation_send(&lcp->n, CODE_ECHO_REQUEST, lcp->echo_id, VIEW(magic),
			 (struct view){0});
}

static int echo_answer(struct lcp *lcp, const struct packet *p,
		       struct instant now)
{
	struct reader r = reader_of_view(p->body);
	uint8_t own[4];
	uint32_t magic;

	if (read_u32(&r, &magic))
		return -EBADMSG;
	if (magic && magic == lcp->ours.magic) {
		lcp_loop_seen(lcp);
		return -EPROTO;
	}
	lcp->loops = 0;
	negotiation_confirm(&lcp->n);
	fsm_event(&lcp->n.fsm, FSM_ECHO, now);
	build_magic(lcp, own);
	negotiation_send(&lcp->n, CODE_ECHO_REPLY, p->id, VIEW(own),
			 read_rest(&r));
	return 0;
}

/*
 * A reply to our outstanding request shows that the client is alive: the
 * Identifier proves it (RFC 1661 5.8).  The magic number only detects loops,
 * which return the Echo-Request itself (6.4).  Replies with 0, with our number
 * or with none are only counted.
 */
static int echo_replied(struct lcp *lcp, const struct packet *p)
{
	struct reader r = reader_of_view(p->body);
	uint32_t magic;

	if ((uint8_t)(lcp->echo_id - p->id) >= lcp->echo_open)
		return -EPROTO;
	lcp->echo_open = 0;
	negotiation_confirm(&lcp->n);
	if (read_u32(&r, &magic) || magic != lcp->theirs.magic)
		lcp->echo_mismatches++;
	lcp->probing = false;
	return 0;
}

/* ---- the codes that only LCP has ----------------------------------------- */

static int input_protocol_reject(struct lcp *lcp, const struct packet *p,
				 struct instant now)
{
	struct reader r = reader_of_view(p->body);
	uint16_t protocol;

	if (read_u16(&r, &protocol))
		return -EBADMSG;
	if (protocol == PPP_LCP) {
		lcp_fail(lcp, PPP_END_PROTOCOL);
		return 0;
	}
	fsm_event(&lcp->n.fsm, FSM_REJECT_GOOD, now);
	lcp->ops->rejected(lcp->ctx, protocol, now);
	return 0;
}

static void identification_log(const struct lcp *lcp, const struct packet *p)
{
	struct reader r = reader_of_view(p->body);
	char text[128];

	if (read_skip(&r, 4))
		return;
	log_debug("%s: LCP client identifies itself: %s", lcp->n.fsm.subject,
		  view_print(read_rest(&r), text, sizeof(text)));
}

static int lcp_code(void *owner, const struct packet *p, struct instant now)
{
	struct lcp *lcp = owner;

	switch (p->code) {
	case CODE_IDENTIFICATION:
		identification_log(lcp, p);
		return 0;
	case CODE_PROTOCOL_REJECT:
	case CODE_ECHO_REQUEST:
	case CODE_ECHO_REPLY:
	case CODE_DISCARD_REQUEST:
	case CODE_TIME_REMAINING:
		break;
	default:
		return -ENOSYS;
	}
	if (!lcp_is_open(lcp))
		return -EPROTO;
	if (p->code == CODE_PROTOCOL_REJECT)
		return input_protocol_reject(lcp, p, now);
	if (p->code == CODE_ECHO_REQUEST)
		return echo_answer(lcp, p, now);
	if (p->code == CODE_ECHO_REPLY)
		return echo_replied(lcp, p);
	return 0;
}

static void lcp_terminated(void *owner)
{
	lcp_fail(owner, PPP_END_USER);
}

static void lcp_code_rejected(void *owner, uint8_t code)
{
	struct lcp *lcp = owner;

	if (code != CODE_ECHO_REQUEST)
		return;
	lcp->echo_refused = true;
	lcp->probing = false;
	lcp->echo_at = NEVER;
}

/* ---- life ---------------------------------------------------------------- */

static void lcp_send(void *owner, struct view packet)
{
	struct lcp *lcp = owner;

	lcp->ops->send(lcp->ctx, packet);
}

static void lcp_layer(void *owner, enum fsm_action action, struct instant now)
{
	struct lcp *lcp = owner;

	switch (action) {
	case FSM_TLU:
		echo_start(lcp, now);
		lcp->ops->up(lcp->ctx, now);
		break;
	case FSM_TLD:
		lcp->echo_at = NEVER;
		lcp->probing = false;
		/* the next try uses a new number */
		lcp_wish(lcp);
		lcp->ops->down(lcp->ctx, now);
		break;
	case FSM_TLF:
		lcp->ops->finished(lcp->ctx, now);
		break;
	default:
		break;
	}
}

static const struct negotiation_ops lcp_negotiation = {
	.send = lcp_send,
	.layer = lcp_layer,
	.begin = lcp_begin,
	.agreed = lcp_agreed,
	.terminated = lcp_terminated,
	.code = lcp_code,
	.code_rejected = lcp_code_rejected,
};

void lcp_init(struct lcp *lcp, const struct ppp_config *config,
	      const struct lcp_ops *ops, void *ctx, random_fill *random,
	      const char *subject)
{
	*lcp = (struct lcp){
		.config = config,
		.ops = ops,
		.ctx = ctx,
		.random = random,
	};
	negotiation_init(&lcp->n, lcp, &lcp_negotiation, lcp_rows,
			 config->max_failure);
	lcp->n.fsm.config = (struct fsm_config){
		.restart_ms = config->restart_ms,
		.max_configure = config->max_configure,
		.max_terminate = config->max_terminate,
	};
	lcp->n.fsm.subject = subject;
	lcp->n.fsm.name = "LCP";
	lcp->ours.mru = LCP_MRU_DEFAULT;
	lcp->theirs.mru = config->peer_mru_default;
}

void lcp_start(struct lcp *lcp, struct instant now)
{
	lcp->random(&lcp->n.next_id, sizeof(lcp->n.next_id));
	lcp_wish(lcp);
	fsm_event(&lcp->n.fsm, FSM_OPEN, now);
	fsm_event(&lcp->n.fsm, FSM_UP, now);
}

void lcp_adopt(struct lcp *lcp, const struct lcp_terms *ours,
	       const struct lcp_terms *theirs, struct instant now)
{
	lcp->random(&lcp->n.next_id, sizeof(lcp->n.next_id));
	lcp->ours = *ours;
	lcp->theirs = *theirs;
	lcp->n.peer_mru = theirs->mru;
	fsm_adopt(&lcp->n.fsm);
	echo_start(lcp, now);
}

int lcp_input(struct lcp *lcp, struct view info, struct instant now)
{
	int status = negotiation_input(&lcp->n, info, now);

	if (lcp->failing) {
		lcp->failing = false;
		lcp->ops->failed(lcp->ctx, lcp->failure, now);
	}
	return status;
}

struct instant lcp_deadline(const struct lcp *lcp)
{
	return instant_first(lcp->n.fsm.timer, lcp->echo_at);
}

void lcp_timeout(struct lcp *lcp, struct instant now)
{
	if (instant_due(lcp->n.fsm.timer, now))
		fsm_timeout(&lcp->n.fsm, now);
	if (instant_due(lcp->echo_at, now))
		echo_send(lcp, now);
}

void lcp_close(struct lcp *lcp, struct instant now)
{
	fsm_event(&lcp->n.fsm, FSM_CLOSE, now);
}

bool lcp_probe(struct lcp *lcp, struct instant now)
{
	if (!lcp_is_open(lcp) || lcp->echo_refused)
		return false;
	if (lcp->probing)
		return true;
	lcp->probing = true;
	lcp->probes = 0;
	echo_send(lcp, now);
	return true;
}

void lcp_stop(struct lcp *lcp)
{
	lcp->echo_at = NEVER;
	lcp->probing = false;
	fsm_stop(&lcp->n.fsm);
}

bool lcp_is_open(const struct lcp *lcp)
{
	return lcp->n.fsm.state == FSM_OPENED;
}

void lcp_reject_protocol(struct lcp *lcp, uint16_t protocol, struct view info)
{
	uint8_t number[2];
	struct builder b = builder_on(number, sizeof(number));

	build_u16(&b, protocol);
	negotiation_send(&lcp->n, CODE_PROTOCOL_REJECT, lcp->n.next_id++,
			 VIEW(number), info);
}
