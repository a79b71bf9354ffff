/* SPDX-License-Identifier: GPL-2.0-only */
/* The PPPoE client that the frames of a leg go to, from the record alone. */
#include "world/dataplane.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "world/dataplane_maps.h"
#include "world/dataplane_read.h"

enum { VLAN_ID_MASK = 0x0FFF };

bool dataplane_leg_client(const struct dataplane *dp, const struct leg *leg,
			  struct pppoe_client *client, uint8_t source[6],
			  uint16_t *session)
{
	struct image image = {0};
	uint16_t outer_type = 0;
	struct reader r;

	if (leg->state == LEG_FREE || leg->out != LEG_PPPOE ||
	    !dataplane_find_image(dp, leg->out_template, &image) ||
	    image.kind != LEG_PPPOE || image.tags > 2)
		return false;
	r = reader_of(image.head, sizeof(image.head));
	read_skip(&r, sizeof(client->mac));
	read_bytes(&r, source, sizeof(client->mac));
	read_u16(&r, &outer_type);
	*client = (struct pppoe_client){
		.ifindex = image.ifindex,
		.vlans = image.tags,
	};
	memcpy(client->mac, leg->to.pppoe.mac, sizeof(client->mac));
	if (image.tags) {
		client->outer_type = outer_type;
		client->vlan[0] = ntohs(leg->to.pppoe.vlan) & VLAN_ID_MASK;
	}
	if (image.tags > 1)
		client->vlan[1] =
			ntohs(leg->to.pppoe.inner_vlan) & VLAN_ID_MASK;
	*session = ntohs(leg->to.pppoe.session);
	return true;
}
