/* SPDX-License-Identifier: GPL-2.0-only */
/* The path to a tunnel's peer, for the templates of its data. */
#include "switch/destination.h"

#include <string.h>


/* Ethernet and a tag around the MTU; loopback's does not fit in 16 bits. */
static uint16_t frame_max(const struct nexthop_path *path)
{
	uint32_t max = path->mtu + 14u + (path->vlan ? 4u : 0u);

	return max < UINT16_MAX ? (uint16_t)max : UINT16_MAX;
}

bool tunnel_entry_sums(const struct tunnel_entry *entry)
{
	if (entry->udp_checksum == CONF_CHECKSUM_AUTO)
		return entry->destination->peer.family == AF_INET6;
	return entry->udp_checksum == CONF_CHECKSUM_COMPUTED;
}

void tunnel_entry_path(struct tunnel_entry *entry,
		       const struct nexthop_path *path)
{
	struct node *node = entry->node;
	struct dataplane_l2tp_path l2tp = {
		.local = entry->destination->local,
		.peer = entry->destination->peer,
		.local_port = L2TP_PORT,
		.peer_port = entry->peer_port,
		.ttl = 64,
		.tos = (uint8_t)(node->conf->l2tp.dscp.value << 2),
		.copy_dscp = node->conf->l2tp.dscp.mode == CONF_DSCP_COPY,
		.copy_ecn = entry->ecn,
		.length_bit = node->conf->l2tp.length_bit,
		.udp_sum = tunnel_entry_sums(entry),
	};

	if (!path->resolved) {
		dataplane_template_unready(node->dataplane, entry->template);
		return;
	}
	l2tp.ifindex = path->ifindex;
	l2tp.vlan = path->vlan;
	l2tp.frame_max = frame_max(path);
	memcpy(l2tp.source_mac, path->source_mac, sizeof(l2tp.source_mac));
	memcpy(l2tp.next_hop_mac, path->next_hop_mac,
	       sizeof(l2tp.next_hop_mac));
	dataplane_template_l2tp(node->dataplane, entry->template, &l2tp,
				node->now);
}
