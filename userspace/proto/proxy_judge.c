/* SPDX-License-Identifier: GPL-2.0-only */
/* Acceptance of proxy LCP and authentication; see proxy_judge.h. */
#include "proto/proxy_judge.h"

#include "proto/chap.h"

/* ---- LCP ----------------------------------------------------------------- */

/*
 * Reads a list as terms.  NULL, or what is wrong with it.  Compressed headers
 * and control character maps are no obstacle: we send neither, and receive
 * frames in all forms.
 */
static const char *terms_read(struct view options, bool from_lac,
			      struct lcp_terms *out)
{
	struct reader r = reader_of_view(options);
	struct option o;
	int status;

	while ((status = option_read(&r, &o)) > 0) {
		struct reader value = reader_of_view(o.value);

		switch (o.type) {
		case LCP_MRU:
			if (read_u16(&value, &out->mru) || value.left)
				return "MRU option has a wrong length";
			break;
		case LCP_MAGIC:
			if (read_u32(&value, &out->magic) || value.left)
				return "magic number has a wrong length";
			break;
		case LCP_AUTH:
			out->auth = lcp_auth_read(o.value);
			if (!from_lac)
				return "client asked us to authenticate";
			if (out->auth == PPP_AUTH_NONE)
				return "authentication method not permitted";
			break;
		case LCP_ACCM:
		case LCP_PFC:
		case LCP_ACFC:
			break;
		default:
			return "option that we do not accept";
		}
	}
	return status ? "malformed option list" : NULL;
}

/* The LAC's magic number, even if nothing else is usable. */
static uint32_t magic_of(struct view options)
{
	struct reader r = reader_of_view(options);
	uint32_t magic = 0;
	struct option o;

	while (option_read(&r, &o) > 0) {
		struct reader value = reader_of_view(o.value);

		if (o.type == LCP_MAGIC && o.value.len == sizeof(magic))
			read_u32(&value, &magic);
	}
	return magic;
}

static bool auth_permitted(const struct ppp_config *config, enum ppp_auth auth)
{
	for (unsigned int i = 0; i < config->auth_count; i++)
		if (config->auth[i] == auth)
			return true;
	return !config->auth_count;
}

/* Malformed lists first: the terms of one are not worth a look. */
static const char *lcp_objection(const struct proxy *proxy,
				 const struct ppp_config *config,
				 struct proxy_judgement *j)
{
	const char *why;

	if (proxy->has & PROXY_BAD_LCP)
		return "unreadable AVP";
	if (!options_well_formed(proxy->last_received) ||
	    !options_well_formed(proxy->last_sent))
		return "malformed option list";
	j->theirs.mru = config->peer_mru_default;
	why = terms_read(proxy->last_sent, true, &j->ours);
	if (!why)
		why = terms_read(proxy->last_received, false, &j->theirs);
	if (why)
		return why;
	if (j->ours.mru > config->mru || j->theirs.mru > config->peer_mru_max)
		return "MRU too large";
	/* no cause to negotiate again, although it may be too large */
	if (!j->ours.mru)
		j->ours.mru = LCP_MRU_DEFAULT;
	if (j->theirs.mru < config->peer_mru_min)
		return "MRU too small";
	if (j->ours.magic && j->ours.magic == j->theirs.magic)
		return "both magic numbers are the same";
	if (!auth_permitted(config, j->ours.auth))
		return j->ours.auth == PPP_AUTH_NONE
			       ? "client has not agreed to authenticate"
			       : "authentication method not permitted";
	return NULL;
}

/* ---- authentication ------------------------------------------------------ */

static bool proxy_has(const struct proxy *proxy, unsigned int has)
{
	return (proxy->has & has) == has;
}

/* Whether AVP 29 and the option that the client acknowledged contradict. */
static bool auth_contradicts(const struct proxy *proxy, enum ppp_auth agreed)
{
	switch (proxy->auth_type) {
	case PROXY_AUTH_CHAP:
		return agreed != PPP_AUTH_CHAP;
	case PROXY_AUTH_PAP:
		return agreed != PPP_AUTH_PAP;
	case PROXY_AUTH_NONE:
	case PROXY_AUTH_TEXT:
		return false;
	default:
		return true;
	}
}

static const char *chap_objection(const struct proxy *proxy)
{
	if (!proxy_has(proxy, PROXY_HAS_AUTH_NAME | PROXY_HAS_AUTH_CHALLENGE |
				      PROXY_HAS_AUTH_ID |
				      PROXY_HAS_AUTH_RESPONSE))
		return "incomplete authentication data";
	if (proxy->auth_response.len != CHAP_MD5_LEN)
		return "CHAP response has a wrong length";
	if (!proxy->auth_challenge.len || proxy->auth_challenge.len > 255)
		return "CHAP challenge has a wrong length";
	return NULL;
}

static const char *auth_objection(const struct proxy *proxy,
				  enum ppp_auth agreed)
{
	const char *why = NULL;

	if (proxy->has & PROXY_BAD_AUTH)
		return "unreadable authentication AVP";
	switch (proxy->auth_type) {
	case PROXY_AUTH_CHAP:
		why = chap_objection(proxy);
		break;
	case PROXY_AUTH_PAP:
		if (!proxy_has(proxy, PROXY_HAS_AUTH_NAME | PROXY_HAS_AUTH_ID |
					      PROXY_HAS_AUTH_RESPONSE))
			why = "incomplete authentication data";
		else if (proxy->auth_response.len > 255)
			why = "PAP password too long";
		break;
	case PROXY_AUTH_NONE:
		if (agreed != PPP_AUTH_NONE)
			why = "LAC has no authentication data";
		break;
	default:
		why = "authentication type not supported";
	}
	if (!why && proxy->auth_name.len > 255)
		why = "name too long";
	return why;
}

static void auth_judge(const struct proxy *proxy, struct proxy_judgement *j,
		       bool use_auth)
{
	const char *why;

	if (!use_auth) {
		j->auth = PROXY_DISABLED;
		return;
	}
	if (!(proxy->has & (PROXY_HAS_AUTH_TYPE | PROXY_BAD_AUTH))) {
		j->auth = PROXY_ABSENT;
		return;
	}
	why = auth_objection(proxy, j->ours.auth);
	if (why) {
		j->auth = PROXY_UNACCEPTABLE;
		j->why = why;
		return;
	}
	j->auth = PROXY_USED;
	j->who = (struct ppp_credentials){.method = j->ours.auth};
	if (j->who.method == PPP_AUTH_NONE)
		return;
	j->who.name = proxy->auth_name;
	j->who.id = proxy->auth_id;
	j->who.response = proxy->auth_response;
	if (j->who.method == PPP_AUTH_CHAP)
		j->who.challenge = proxy->auth_challenge;
}

struct proxy_judgement proxy_judge(const struct proxy *proxy,
				   const struct ppp_config *config,
				   bool use_lcp, bool use_auth)
{
	struct proxy_judgement j = {
		.why = "",
		.magic = magic_of(proxy->last_sent),
	};
	const char *why = NULL;
	bool both = proxy_has(proxy, PROXY_HAS_LAST_SENT |
					     PROXY_HAS_LAST_RECEIVED);

	if (!use_lcp) {
		j.lcp = PROXY_DISABLED;
	} else if (!both && !(proxy->has & PROXY_BAD_LCP)) {
		j.lcp = PROXY_ABSENT;
	} else {
		why = lcp_objection(proxy, config, &j);
		if (!why && use_auth && (proxy->has & PROXY_HAS_AUTH_TYPE) &&
		    !(proxy->has & PROXY_BAD_AUTH) &&
		    auth_contradicts(proxy, j.ours.auth))
			why = "authentication type does not match the option";
		j.lcp = why ? PROXY_UNACCEPTABLE : PROXY_USED;
	}
	if (j.lcp == PROXY_USED) {
		auth_judge(proxy, &j, use_auth);
		return j;
	}
	j.auth = j.lcp;
	j.why = why ? why : "";
	return j;
}
