/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The access concentrator's answers to discovery; see pppoe.h.  No state is
 * kept between PADI and PADR: the cookie carries it.
 */
#include <errno.h>
#include <nettle/hmac.h>
#include <string.h>

#include "proto/pppoe.h"
#include "proto/pppoe_tag.h"

enum {
	COOKIE_LEN = 16,
	COOKIE_STAMP = 4, /* octets of the time in front */
	COOKIE_PROOF = COOKIE_LEN - COOKIE_STAMP,
	COOKIE_LIFE_MS = 60000,
	ETHERNET_MTU = 1500,
	PPPOE_HEADER = 6,
};

static void cookie_prove(const struct pppoe_ac *ac,
			 const struct pppoe_client *client, uint64_t at_ms,
			 uint8_t proof[COOKIE_PROOF])
{
	struct hmac_sha256_ctx hmac;
	uint8_t text[32];
	struct builder b = builder_on(text, sizeof(text));

	build_bytes(&b, client->mac, sizeof(client->mac));
	build_u32(&b, client->ifindex);
	build_u8(&b, client->vlans);
	build_u16(&b, client->vlan[0]);
	build_u16(&b, client->vlan[1]);
	build_u64(&b, at_ms);
	hmac_sha256_set_key(&hmac, sizeof(ac->cookie_key), ac->cookie_key);
	hmac_sha256_update(&hmac, b.len, b.data);
	hmac_sha256_digest(&hmac, COOKIE_PROOF, proof);
}

/*
 * The time of the PADO (milliseconds, lower half) and a proof that covers all
 * of it: so two PADOs never have the same cookie, and a client that dials again
 * is told from one that repeats its PADR.
 */
static void cookie_make(const struct pppoe_ac *ac,
			const struct pppoe_client *client, struct instant now,
			uint8_t cookie[COOKIE_LEN])
{
	uint8_t proof[COOKIE_PROOF];
	struct builder b = builder_on(cookie, COOKIE_LEN);

	cookie_prove(ac, client, now.ms, proof);
	build_u32(&b, (uint32_t)now.ms);
	build_bytes(&b, proof, sizeof(proof));
}

static bool cookie_valid(const struct pppoe_ac *ac,
			 const struct pppoe_client *client, struct view cookie,
			 struct instant now)
{
	struct reader r = reader_of_view(cookie);
	uint8_t right[COOKIE_PROOF];
	uint32_t stamp;
	uint32_t age;

	if (read_u32(&r, &stamp))
		return false;
	age = (uint32_t)now.ms - stamp;
	if (age > COOKIE_LIFE_MS || age > now.ms)
		return false;
	cookie_prove(ac, client, now.ms - age, right);
	return view_equal_secret(read_rest(&r), VIEW(right));
}

/* No name asks for any service. */
static bool service_served(const struct pppoe_ac *ac, struct view name)
{
	if (!name.len || ac->any_service || !ac->service_count)
		return true;
	for (unsigned int i = 0; i < ac->service_count; i++)
		if (view_equal(view_text(ac->services[i]), name))
			return true;
	return false;
}

/* A reply that is being built. */
struct answer {
	const struct pppoe_ac *ac;
	const struct pppoe_client *client;
	const uint8_t *mac; /* ours */
	struct builder *b;
	size_t length_at;
};

static void answer_begin(struct answer *a, uint8_t code, uint16_t session)
{
	pppoe_begin(a->b, a->client, a->mac, a->ac->priority,
		    ETHER_PPPOE_DISCOVERY, code, session, &a->length_at);
}

/* -EBADMSG, and no reply, when the client's tags make it too long. */
static int answer_end(struct answer *a)
{
	pppoe_end(a->b, a->length_at);
	if (!a->b->full &&
	    a->b->len - a->length_at - 2 + PPPOE_HEADER <= ETHERNET_MTU)
		return 0;
	a->b->len = 0;
	return -EBADMSG;
}

/* Tags that must be echoed to a client or relay. */
static void answer_echo(struct answer *a, const struct pppoe_tags *tags)
{
	if (tags->has_host_uniq)
		pppoe_tag(a->b, TAG_HOST_UNIQ, tags->host_uniq);
	if (tags->has_relay)
		pppoe_tag(a->b, TAG_RELAY_SESSION, tags->relay);
}

uint16_t pppoe_ac_payload(const struct pppoe_ac *ac,
			  const struct pppoe_tags *tags)
{
	if (ac->max_payload <= PPPOE_PAYLOAD)
		return ac->max_payload;
	if (!tags->has_max_payload || tags->max_payload <= PPPOE_PAYLOAD)
		return PPPOE_PAYLOAD;
	return tags->max_payload < ac->max_payload ? tags->max_payload
						   : ac->max_payload;
}

/* RFC 4638: the client's value comes back when we can exceed 1492 at all. */
static void answer_max_payload(struct answer *a, const struct pppoe_tags *tags)
{
	if (pppoe_ac_payload(a->ac, tags) <= PPPOE_PAYLOAD)
		return;
	build_u16(a->b, TAG_MAX_PAYLOAD);
	build_u16(a->b, sizeof(tags->max_payload));
	build_u16(a->b, tags->max_payload);
}

static bool is_for(const struct pppoe_frame *frame, const uint8_t mac[6])
{
	return !memcmp(frame->destination, mac, sizeof(frame->destination));
}

int pppoe_ac_padi(const struct pppoe_ac *ac, const struct pppoe_frame *padi,
		  const struct pppoe_client *client, const uint8_t mac[6],
		  struct builder *reply, struct instant now)
{
	struct answer a = {ac, client, mac, reply, 0};
	uint8_t cookie[COOKIE_LEN];
	struct pppoe_tags tags;

	if (padi->code != PPPOE_PADI || padi->session ||
	    (!(padi->destination[0] & 1) && !is_for(padi, mac)) ||
	    pppoe_tags_read(padi->payload, &tags))
		return -EBADMSG;
	if (!service_served(ac, tags.service))
		return -ENOENT;
	answer_begin(&a, PPPOE_PADO, 0);
	pppoe_tag(a.b, TAG_SERVICE_NAME, tags.service);
	for (unsigned int i = 0; !tags.service.len && i < ac->service_count;
	     i++)
		pppoe_tag(a.b, TAG_SERVICE_NAME, view_text(ac->services[i]));
	pppoe_tag(a.b, TAG_AC_NAME, view_text(ac->name));
	cookie_make(ac, client, now, cookie);
	pppoe_tag(a.b, TAG_AC_COOKIE, VIEW(cookie));
	answer_echo(&a, &tags);
	answer_max_payload(&a, &tags);
	return answer_end(&a);
}

/* A PADS without a session; text at most 16 octets, the room of the cookie. */
static void pads_error(struct answer *a, const struct pppoe_tags *tags,
		       uint16_t error, const char *text)
{
	answer_begin(a, PPPOE_PADS, 0);
	pppoe_tag(a->b, error, view_text(text));
	answer_echo(a, tags);
	answer_end(a);
}

int pppoe_ac_padr(const struct pppoe_ac *ac, const struct pppoe_frame *padr,
		  const struct pppoe_client *client, const uint8_t mac[6],
		  struct pppoe_tags *tags, struct builder *reply,
		  struct instant now)
{
	struct answer a = {ac, client, mac, reply, 0};
	struct pppoe_tags found;

	if (padr->code != PPPOE_PADR || padr->session ||
	    !is_for(padr, mac) || pppoe_tags_read(padr->payload, &found))
		return -EBADMSG;
	if (!cookie_valid(ac, client, found.cookie, now))
		return -EACCES;
	if (!service_served(ac, found.service)) {
		pads_error(&a, &found, TAG_SERVICE_ERROR, "unknown service");
		return -ENOENT;
	}
	*tags = found;
	return 0;
}

void pppoe_ac_pads(const struct pppoe_ac *ac, const struct pppoe_tags *tags,
		   const struct pppoe_client *client, const uint8_t mac[6],
		   uint16_t session, struct builder *reply)
{
	struct answer a = {ac, client, mac, reply, 0};

	if (!session) {
		pads_error(&a, tags, TAG_SYSTEM_ERROR, "no resources");
		return;
	}
	answer_begin(&a, PPPOE_PADS, session);
	pppoe_tag(a.b, TAG_SERVICE_NAME, tags->service);
	answer_echo(&a, tags);
	answer_max_payload(&a, tags);
	answer_end(&a);
}
