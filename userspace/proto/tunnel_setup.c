/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Setting a tunnel up and being told to stop: SCCRQ, SCCRP, SCCCN, StopCCN, and
 * the proof that each side knows the secret (RFC 2661 5.1.1).  State comes and
 * legality was checked by tunnel_receive.c.
 */
#include <errno.h>

#include "proto/result.h"
#include "proto/tunnel_inner.h"

void tunnel_proof(uint8_t type, struct view secret, struct view challenge,
		  uint8_t out[TUNNEL_PROOF])
{
	chap_md5(type, secret, challenge, out);
}

static struct view tunnel_secret(const struct tunnel *tunnel)
{
	return view_text(tunnel->config.secret);
}

static void refuse(struct tunnel *tunnel, uint16_t result, uint16_t error,
		   const char *text, struct instant now)
{
	struct l2tp_result why = {.result = result, .error = error};

	view_print(view_text(text), why.text, sizeof(why.text));
	if (log_allowed(&tunnel->limit, now))
		log_warning("tunnel %u/%s: refused: %s", tunnel->config.id,
			    tunnel_peer(tunnel), text);
	tunnel_stop(tunnel, &why, ENDED_BY_US, now);
}

/* ---- our challenges ------------------------------------------------------ */

enum { CHALLENGE_TRIES = 16 };

/* Challenges are drawn at random, so four octets tell them apart. */
static uint32_t challenge_key(struct view challenge)
{
	struct reader r = reader_of_view(challenge);
	uint32_t key = 0;

	read_u32(&r, &key);
	return key;
}

/*
 * Draws a challenge that differs from all others in its key.  -EBUSY, -ENOMEM:
 * there is none, as one that nobody can recognise is not safe to send.
 */
static int challenge_draw(struct tunnel *tunnel)
{
	struct table *all = tunnel->config.challenges;
	uint32_t key;
	int err;

	for (int i = 0; i < CHALLENGE_TRIES; i++) {
		tunnel->ops->random(tunnel->challenge,
				    sizeof(tunnel->challenge));
		if (!all)
			return 0;
		key = challenge_key(VIEW(tunnel->challenge));
		if (table_find(all, key))
			continue;
		err = table_insert(all, &tunnel->by_challenge, key);
		tunnel->challenging = !err;
		return err;
	}
	return -EBUSY;
}

void tunnel_challenge_over(struct tunnel *tunnel)
{
	if (tunnel->challenging)
		table_remove(tunnel->config.challenges, &tunnel->by_challenge);
	tunnel->challenging = false;
}

/* Whether some tunnel of ours waits for the answer to this challenge. */
static bool challenge_is_own(const struct tunnel *tunnel,
			     struct view challenge)
{
	const struct table *all = tunnel->config.challenges;
	const struct table_link *link;
	const struct tunnel *other;

	if (challenge.len != TUNNEL_CHALLENGE)
		return false;
	/* a responder's is drawn only after this */
	if (!all)
		return tunnel->initiator && tunnel->config.challenge &&
		       view_equal(challenge, VIEW(tunnel->challenge));
	link = table_find(all, challenge_key(challenge));
	if (!link)
		return false;
	other = table_entry(link, struct tunnel, by_challenge);
	return view_equal(challenge, VIEW(other->challenge));
}

/* ---- messages ------------------------------------------------------------ */

/* What SCCRQ and SCCRP have in common. */
static void build_setup(struct tunnel *tunnel, uint16_t type, struct builder *b)
{
	avp_build_u16(b, AVP_MESSAGE_TYPE, type);
	avp_build_u16(b, AVP_PROTOCOL_VERSION, TUNNEL_VERSION);
	avp_build_u32(b, AVP_FRAMING_CAPABILITIES, TUNNEL_FRAMING_ANY);
	if (type == L2TP_SCCRQ) /* we place no outgoing calls */
		avp_build_u32(b, AVP_BEARER_CAPABILITIES, 0);
	avp_build(b, AVP_HOST_NAME, view_text(tunnel->config.host_name));
	avp_build_u16(b, AVP_ASSIGNED_TUNNEL, tunnel->config.id);
	avp_build_u16(b, AVP_RECEIVE_WINDOW, tunnel->config.window);
	if (tunnel->config.ecn)
		avp_build(b, AVP_ECN, (struct view){0});
	if (!tunnel->config.challenge)
		return;
	if (challenge_draw(tunnel))
		b->full = true; /* it is not sent, and the tunnel fails */
	avp_build(b, AVP_CHALLENGE, VIEW(tunnel->challenge));
}

static void build_proof(const struct tunnel *tunnel, uint8_t type,
			struct view challenge, struct builder *b)
{
	uint8_t proof[TUNNEL_PROOF];

	if (!challenge.len)
		return;
	tunnel_proof(type, tunnel_secret(tunnel), challenge, proof);
	avp_build(b, AVP_CHALLENGE_RESPONSE, VIEW(proof));
}

static enum tunnel_doubt check_proof(struct tunnel *tunnel, uint8_t type,
				     const struct avps *avps)
{
	uint8_t proof[TUNNEL_PROOF];

	if (!tunnel->config.challenge)
		return TUNNEL_DOUBT_NONE;
	if (!tunnel->config.secret[0])
		return TUNNEL_DOUBT_NO_SECRET;
	if (!avps_has(avps, AVP_CHALLENGE_RESPONSE))
		return TUNNEL_DOUBT_NO_RESPONSE;
	tunnel_proof(type, tunnel_secret(tunnel), VIEW(tunnel->challenge),
		     proof);
	if (!view_equal_secret(VIEW(proof),
			       avps->value[AVP_CHALLENGE_RESPONSE]))
		return TUNNEL_DOUBT_WRONG_RESPONSE;
	tunnel->authenticated = true;
	return TUNNEL_DOUBT_NONE;
}

/* Whether we can answer the peer's challenge, if there is one. */
static enum tunnel_doubt check_challenge(const struct tunnel *tunnel,
					 struct view challenge)
{
	if (!challenge.len)
		return TUNNEL_DOUBT_NONE;
	if (!tunnel->config.secret[0])
		return TUNNEL_DOUBT_CHALLENGED;
	if (challenge_is_own(tunnel, challenge))
		return TUNNEL_DOUBT_OWN_CHALLENGE;
	return TUNNEL_DOUBT_NONE;
}

static enum tunnel_doubt check_host(const struct tunnel *tunnel,
				    struct view host)
{
	if (!tunnel->config.expect_host[0] ||
	    view_equal(host, view_text(tunnel->config.expect_host)))
		return TUNNEL_DOUBT_NONE;
	return TUNNEL_DOUBT_HOST;
}

/* Whether there was a doubt: then the tunnel is refused. */
static bool refuse_doubtful(struct tunnel *tunnel, enum tunnel_doubt doubt,
			    struct instant now)
{
	static const char *const texts[] = {
		[TUNNEL_DOUBT_HOST] = "unexpected host name",
		[TUNNEL_DOUBT_NO_SECRET] = "no secret to check the peer with",
		[TUNNEL_DOUBT_CHALLENGED] =
			"challenged, but no secret is configured",
		[TUNNEL_DOUBT_OWN_CHALLENGE] = "challenge is our own",
		[TUNNEL_DOUBT_NO_RESPONSE] = "no challenge response",
		[TUNNEL_DOUBT_WRONG_RESPONSE] = "wrong challenge response",
	};

	if (doubt == TUNNEL_DOUBT_NONE)
		return false;
	tunnel->doubt = doubt;
	refuse(tunnel, STOPCCN_UNAUTHORISED, 0, texts[doubt], now);
	return true;
}

static void up(struct tunnel *tunnel, const char *why, struct instant now)
{
	tunnel->channel.hold = true;
	tunnel_set_state(tunnel, TUNNEL_ESTABLISHED, why, now);
	tunnel->ops->up(tunnel->ctx);
	session_start_waiting(tunnel, now);
}

void tunnel_send_sccrq(struct tunnel *tunnel, struct instant now)
{
	uint8_t list[TUNNEL_MESSAGE_MAX];
	struct builder b = builder_on(list, sizeof(list));

	build_setup(tunnel, L2TP_SCCRQ, &b);
	tunnel_set_state(tunnel, TUNNEL_WAIT_CTL_REPLY, "started", now);
	tunnel_send(tunnel, L2TP_SCCRQ, 0, &b, now);
}

static void learn_peer(struct tunnel *tunnel, uint16_t id, struct view host,
		       struct view vendor, uint16_t firmware, uint16_t window)
{
	channel_set_peer(&tunnel->channel, id);
	channel_set_window(&tunnel->channel, window);
	view_print(host, tunnel->peer_host, sizeof(tunnel->peer_host));
	view_print(vendor, tunnel->peer_vendor, sizeof(tunnel->peer_vendor));
	tunnel->peer_firmware = firmware;
}

void tunnel_answer_sccrq(struct tunnel *tunnel, const struct sccrq *sccrq,
			 struct instant now)
{
	uint8_t list[TUNNEL_MESSAGE_MAX];
	struct builder b = builder_on(list, sizeof(list));
	enum tunnel_doubt doubt;

	learn_peer(tunnel, sccrq->assigned, sccrq->host_name,
		   sccrq->vendor_name, sccrq->firmware, sccrq->window);
	tunnel->peer_ecn = sccrq->ecn;
	doubt = check_host(tunnel, sccrq->host_name);
	if (!doubt)
		doubt = check_challenge(tunnel, sccrq->challenge);
	if (refuse_doubtful(tunnel, doubt, now))
		return;
	build_setup(tunnel, L2TP_SCCRP, &b);
	build_proof(tunnel, L2TP_SCCRP, sccrq->challenge, &b);
	tunnel_set_state(tunnel, TUNNEL_WAIT_CTL_CONN, "SCCRQ", now);
	tunnel_send(tunnel, L2TP_SCCRP, 0, &b, now);
}

void tunnel_got_sccrp(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now)
{
	uint8_t list[64];
	struct builder b = builder_on(list, sizeof(list));
	uint16_t window = CHANNEL_PEER_WINDOW;
	enum tunnel_doubt doubt;

	if (avps_has(avps, AVP_RECEIVE_WINDOW))
		window = avps_u16(avps, AVP_RECEIVE_WINDOW);
	learn_peer(tunnel, avps_u16(avps, AVP_ASSIGNED_TUNNEL),
		   avps->value[AVP_HOST_NAME], avps->value[AVP_VENDOR_NAME],
		   avps_u16(avps, AVP_FIRMWARE_REVISION), window);
	tunnel->peer_ecn = avps_has(avps, AVP_ECN);
	if (avps_u16(avps, AVP_PROTOCOL_VERSION) >> 8 != TUNNEL_VERSION >> 8) {
		refuse(tunnel, STOPCCN_VERSION, TUNNEL_VERSION,
		       "protocol version", now);
		return;
	}
	doubt = check_host(tunnel, avps->value[AVP_HOST_NAME]);
	if (!doubt)
		doubt = check_challenge(tunnel, avps->value[AVP_CHALLENGE]);
	if (!doubt)
		doubt = check_proof(tunnel, L2TP_SCCRP, avps);
	if (refuse_doubtful(tunnel, doubt, now))
		return;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_SCCCN);
	build_proof(tunnel, L2TP_SCCCN, avps->value[AVP_CHALLENGE], &b);
	tunnel_send(tunnel, L2TP_SCCCN, 0, &b, now);
	up(tunnel, "SCCRP", now);
}

void tunnel_got_scccn(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now)
{
	enum tunnel_doubt doubt = check_proof(tunnel, L2TP_SCCCN, avps);

	if (!refuse_doubtful(tunnel, doubt, now))
		up(tunnel, "SCCCN", now);
}

void tunnel_got_stopccn(struct tunnel *tunnel, const struct avps *avps,
			struct instant now)
{
	struct l2tp_result why;

	/* so that the acknowledgement can be addressed */
	if (!tunnel->channel.peer_tunnel && avps_has(avps, AVP_ASSIGNED_TUNNEL))
		channel_set_peer(&tunnel->channel,
				 avps_u16(avps, AVP_ASSIGNED_TUNNEL));
	result_read(avps, &why);
	if (log_allowed(&tunnel->limit, now))
		log_info("tunnel %u/%s: StopCCN: result %u error %u %s",
			 tunnel->config.id, tunnel_peer(tunnel), why.result,
			 why.error, why.text);
	tunnel_stopped(tunnel, &why, now);
}
