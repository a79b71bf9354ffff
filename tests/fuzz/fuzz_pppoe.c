/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPPoE frames from anybody: read, and answered by a concentrator.  Whatever
 * comes, an answer is a frame that can be read again and fits 1500 octets; a
 * PADT for a session that is not there is to its sender alone.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/pppoe.h"

enum { ETHERNET_HEADER = 14 + 2 * 4, PPPOE_MTU = 1500 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0xAC};
static const struct instant now = {1000000};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_reply(const struct builder *reply)
{
	struct pppoe_frame again;

	require(!reply->full);
	require(reply->len <= ETHERNET_HEADER + PPPOE_MTU);
	require(!pppoe_read(builder_view(reply), (struct vlan_tag){0},
			    &again));
	require(again.code == PPPOE_PADO || again.code == PPPOE_PADS);
}

static void request(const struct pppoe_ac *ac, struct pppoe_frame *frame,
		    const struct pppoe_client *client)
{
	uint8_t room[1600];
	struct builder reply = builder_on(room, sizeof(room));
	struct pppoe_tags tags;
	int rc;

	rc = pppoe_ac_padi(ac, frame, client, mac, &reply, now);
	require((rc == 0) == (reply.len > 0));
	if (!rc)
		check_reply(&reply);
	reply = builder_on(room, sizeof(room));
	rc = pppoe_ac_padr(ac, frame, client, mac, &tags, &reply, now);
	require((rc == -ENOENT) == (reply.len > 0));
	if (!rc)
		pppoe_ac_pads(ac, &tags, client, mac, 0x1234, &reply);
	if (reply.len)
		check_reply(&reply);
	/* the cookie is hard to guess: look behind it as well */
	if (pppoe_tags_read(frame->payload, &tags))
		return;
	reply = builder_on(room, sizeof(room));
	pppoe_ac_pads(ac, &tags, client, mac, 0, &reply);
	if (reply.len)
		check_reply(&reply);
}

static void no_session(const struct pppoe_frame *frame)
{
	uint8_t room[128];
	struct builder b = builder_on(room, sizeof(room));
	struct pppoe_frame again;

	if (!pppoe_padt_unknown(&b, frame, mac)) {
		require(!b.len);
		return;
	}
	require(!b.full && frame->code == PPPOE_SESSION);
	require(!memcmp(frame->destination, mac, sizeof(mac)));
	require(!pppoe_read(builder_view(&b), (struct vlan_tag){0}, &again));
	require(again.code == PPPOE_PADT && again.session == frame->session);
	require(!memcmp(again.destination, frame->source, sizeof(mac)));
	require(!memcmp(again.source, mac, sizeof(mac)));
	require(!memcmp(again.vlan, frame->vlan, sizeof(again.vlan)));
}

/* Two octets say what the kernel stripped and what is served; then a frame. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pppoe_ac ac = {.name = "bng", .services = {"gold"}};
	struct pppoe_client client = {.ifindex = 7};
	struct vlan_tag stripped = {0};
	struct pppoe_frame frame;

	if (len < 2)
		return 0;
	ac.service_count = data[1] & 1;
	ac.max_payload = data[1] & 2 ? 1500 : 1492;
	if (data[0])
		stripped = (struct vlan_tag){
			data[1] & 4 ? ETHER_QINQ : ETHER_VLAN,
			(uint16_t)(data[0] << 4),
		};
	if (pppoe_read(view_of(data + 2, len - 2), stripped, &frame))
		return 0;
	memcpy(client.mac, frame.source, 6);
	client.vlans = frame.vlans;
	memcpy(client.vlan, frame.vlan, sizeof(client.vlan));
	client.outer_type = frame.outer_type;
	request(&ac, &frame, &client);
	no_session(&frame);
	return 0;
}
