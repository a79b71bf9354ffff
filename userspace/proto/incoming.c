/* SPDX-License-Identifier: GPL-2.0-only */
/* ICRQ and ICCN: reading, building, copying; see incoming.h. */
#include "proto/incoming.h"

#include <stdlib.h>
#include <string.h>

/* An AVP that may be absent, and the flag that says whether it is there. */
struct part {
	enum avp_number avp;
	unsigned int flag;
};

static const struct part icrq_parts[] = {
	{AVP_BEARER_TYPE, ICRQ_HAS_BEARER},
	{AVP_PHYSICAL_CHANNEL, ICRQ_HAS_CHANNEL},
	{AVP_CALLED_NUMBER, ICRQ_HAS_CALLED},
	{AVP_CALLING_NUMBER, ICRQ_HAS_CALLING},
	{AVP_SUB_ADDRESS, ICRQ_HAS_SUB_ADDRESS},
};

static const struct part proxy_parts[] = {
	{AVP_INITIAL_RECEIVED_CONFREQ, PROXY_HAS_INITIAL_RECEIVED},
	{AVP_LAST_SENT_CONFREQ, PROXY_HAS_LAST_SENT},
	{AVP_LAST_RECEIVED_CONFREQ, PROXY_HAS_LAST_RECEIVED},
	{AVP_PROXY_AUTH_TYPE, PROXY_HAS_AUTH_TYPE},
	{AVP_PROXY_AUTH_NAME, PROXY_HAS_AUTH_NAME},
	{AVP_PROXY_AUTH_CHALLENGE, PROXY_HAS_AUTH_CHALLENGE},
	{AVP_PROXY_AUTH_ID, PROXY_HAS_AUTH_ID},
	{AVP_PROXY_AUTH_RESPONSE, PROXY_HAS_AUTH_RESPONSE},
};

#define LCP_AVPS                                 \
	(AVP_BIT(AVP_INITIAL_RECEIVED_CONFREQ) | \
	 AVP_BIT(AVP_LAST_SENT_CONFREQ) | AVP_BIT(AVP_LAST_RECEIVED_CONFREQ))
#define AUTH_AVPS                                                         \
	(AVP_BIT(AVP_PROXY_AUTH_TYPE) | AVP_BIT(AVP_PROXY_AUTH_NAME) |    \
	 AVP_BIT(AVP_PROXY_AUTH_CHALLENGE) | AVP_BIT(AVP_PROXY_AUTH_ID) | \
	 AVP_BIT(AVP_PROXY_AUTH_RESPONSE))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void icrq_read(const struct avps *avps, struct icrq *out)
{
	*out = (struct icrq){
		.peer_session = avps_u16(avps, AVP_ASSIGNED_SESSION),
		.serial = avps_u32(avps, AVP_CALL_SERIAL),
		.bearer = avps_u32(avps, AVP_BEARER_TYPE),
		.channel = avps_u32(avps, AVP_PHYSICAL_CHANNEL),
		.called = avps->value[AVP_CALLED_NUMBER],
		.calling = avps->value[AVP_CALLING_NUMBER],
		.sub_address = avps->value[AVP_SUB_ADDRESS],
	};
	for (size_t i = 0; i < COUNT(icrq_parts); i++)
		if (avps_has(avps, icrq_parts[i].avp))
			out->has |= icrq_parts[i].flag;
}

void icrq_build(struct builder *b, uint16_t session, const struct icrq *icrq)
{
	avp_build_u16(b, AVP_MESSAGE_TYPE, L2TP_ICRQ);
	avp_build_u16(b, AVP_ASSIGNED_SESSION, session);
	avp_build_u32(b, AVP_CALL_SERIAL, icrq->serial);
	if (icrq->has & ICRQ_HAS_BEARER)
		avp_build_u32(b, AVP_BEARER_TYPE, icrq->bearer);
	if (icrq->has & ICRQ_HAS_CHANNEL)
		avp_build_u32(b, AVP_PHYSICAL_CHANNEL, icrq->channel);
	if (icrq->has & ICRQ_HAS_CALLING)
		avp_build(b, AVP_CALLING_NUMBER, icrq->calling);
	if (icrq->has & ICRQ_HAS_CALLED)
		avp_build(b, AVP_CALLED_NUMBER, icrq->called);
	if (icrq->has & ICRQ_HAS_SUB_ADDRESS)
		avp_build(b, AVP_SUB_ADDRESS, icrq->sub_address);
}

static void proxy_read(const struct avps *avps, struct proxy *out)
{
	*out = (struct proxy){
		.initial_received = avps->value[AVP_INITIAL_RECEIVED_CONFREQ],
		.last_sent = avps->value[AVP_LAST_SENT_CONFREQ],
		.last_received = avps->value[AVP_LAST_RECEIVED_CONFREQ],
		.auth_type = avps_u16(avps, AVP_PROXY_AUTH_TYPE),
		.auth_name = avps->value[AVP_PROXY_AUTH_NAME],
		.auth_challenge = avps->value[AVP_PROXY_AUTH_CHALLENGE],
		.auth_id = (uint8_t)avps_u16(avps, AVP_PROXY_AUTH_ID),
		.auth_response = avps->value[AVP_PROXY_AUTH_RESPONSE],
	};
	for (size_t i = 0; i < COUNT(proxy_parts); i++)
		if (avps_has(avps, proxy_parts[i].avp))
			out->has |= proxy_parts[i].flag;
	if (avps->bad & LCP_AVPS)
		out->has |= PROXY_BAD_LCP;
	if (avps->bad & AUTH_AVPS)
		out->has |= PROXY_BAD_AUTH;
}

void iccn_read(const struct avps *avps, struct iccn *out)
{
	*out = (struct iccn){
		.tx_speed = avps_u32(avps, AVP_TX_SPEED),
		.rx_speed = avps_u32(avps, AVP_RX_SPEED),
		.framing = avps_u32(avps, AVP_FRAMING_TYPE),
		.group = avps->value[AVP_PRIVATE_GROUP],
		.sequencing = avps_has(avps, AVP_SEQUENCING_REQUIRED),
	};
	if (avps_has(avps, AVP_TX_SPEED))
		out->has |= ICCN_HAS_TX_SPEED;
	if (avps_has(avps, AVP_RX_SPEED))
		out->has |= ICCN_HAS_RX_SPEED;
	if (avps_has(avps, AVP_PRIVATE_GROUP))
		out->has |= ICCN_HAS_GROUP;
	proxy_read(avps, &out->proxy);
}

static void proxy_build(struct builder *b, const struct proxy *proxy,
			const struct avp_hiding *hiding)
{
	const uint8_t id[2] = {0, proxy->auth_id};

	if (proxy->has & PROXY_HAS_INITIAL_RECEIVED)
		avp_build(b, AVP_INITIAL_RECEIVED_CONFREQ,
			  proxy->initial_received);
	if (proxy->has & PROXY_HAS_LAST_SENT)
		avp_build(b, AVP_LAST_SENT_CONFREQ, proxy->last_sent);
	if (proxy->has & PROXY_HAS_LAST_RECEIVED)
		avp_build(b, AVP_LAST_RECEIVED_CONFREQ, proxy->last_received);
	if (proxy->has & PROXY_HAS_AUTH_TYPE)
		avp_build_u16(b, AVP_PROXY_AUTH_TYPE, proxy->auth_type);
	if (proxy->has & PROXY_HAS_AUTH_NAME)
		avp_build_hidden(b, AVP_PROXY_AUTH_NAME, proxy->auth_name,
				 hiding);
	if (proxy->has & PROXY_HAS_AUTH_CHALLENGE)
		avp_build_hidden(b, AVP_PROXY_AUTH_CHALLENGE,
				 proxy->auth_challenge, hiding);
	if (proxy->has & PROXY_HAS_AUTH_ID)
		avp_build_hidden(b, AVP_PROXY_AUTH_ID, VIEW(id), hiding);
	if (proxy->has & PROXY_HAS_AUTH_RESPONSE)
		avp_build_hidden(b, AVP_PROXY_AUTH_RESPONSE,
				 proxy->auth_response, hiding);
}

void iccn_build(struct builder *b, const struct iccn *iccn,
		const struct avp_hiding *hiding)
{
	avp_build_u16(b, AVP_MESSAGE_TYPE, L2TP_ICCN);
	avp_build_u32(b, AVP_TX_SPEED, iccn->tx_speed);
	avp_build_u32(b, AVP_FRAMING_TYPE, iccn->framing);
	if (hiding->secret.len)
		avp_build(b, AVP_RANDOM_VECTOR, hiding->vector);
	proxy_build(b, &iccn->proxy, hiding);
	if (iccn->has & ICCN_HAS_GROUP)
		avp_build(b, AVP_PRIVATE_GROUP, iccn->group);
	if (iccn->has & ICCN_HAS_RX_SPEED)
		avp_build_u32(b, AVP_RX_SPEED, iccn->rx_speed);
	if (iccn->sequencing)
		avp_build(b, AVP_SEQUENCING_REQUIRED, (struct view){0});
}

/* Moves the octets of a view to the builder's block. */
static void view_move(struct view *v, struct builder *b)
{
	size_t at = b->len;

	build_view(b, *v);
	v->data = b->data + at;
}

struct icrq *icrq_copy(const struct icrq *icrq)
{
	size_t octets =
		icrq->called.len + icrq->calling.len + icrq->sub_address.len;
	struct icrq *copy = malloc(sizeof(*copy) + octets);
	struct builder b;

	if (!copy)
		return NULL;
	*copy = *icrq;
	b = builder_on(copy + 1, octets);
	view_move(&copy->called, &b);
	view_move(&copy->calling, &b);
	view_move(&copy->sub_address, &b);
	return copy;
}

struct iccn *iccn_copy(const struct iccn *iccn)
{
	const struct proxy *p = &iccn->proxy;
	size_t octets = iccn->group.len + p->initial_received.len +
			p->last_sent.len + p->last_received.len +
			p->auth_name.len + p->auth_challenge.len +
			p->auth_response.len;
	struct iccn *copy = malloc(sizeof(*copy) + octets);
	struct builder b;

	if (!copy)
		return NULL;
	*copy = *iccn;
	b = builder_on(copy + 1, octets);
	view_move(&copy->group, &b);
	view_move(&copy->proxy.initial_received, &b);
	view_move(&copy->proxy.last_sent, &b);
	view_move(&copy->proxy.last_received, &b);
	view_move(&copy->proxy.auth_name, &b);
	view_move(&copy->proxy.auth_challenge, &b);
	view_move(&copy->proxy.auth_response, &b);
	return copy;
}
