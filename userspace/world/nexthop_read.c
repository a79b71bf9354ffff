/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts of route netlink messages; see nexthop_read.h. */
#include "world/nexthop_read.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum {
	/* states in which the kernel itself would use the address */
	NEIGHBOUR_VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE |
			  NUD_PROBE | NUD_STALE | NUD_DELAY,
};

/* The family header, NULL if the message is too short for it. */
static const void *message_head(const struct nlmsghdr *message, size_t size)
{
	if (mnl_nlmsg_get_payload_len(message) < size)
		return NULL;
	return mnl_nlmsg_get_payload(message);
}

/* Copies an attribute of exactly this size; false: it has another one. */
static bool attribute_copy(const struct nlattr *attribute, void *out,
			   size_t size)
{
	if (mnl_attr_get_payload_len(attribute) != size)
		return false;
	memcpy(out, mnl_attr_get_payload(attribute), size);
	return true;
}

/* An address of this family; false: it has another size. */
static bool address_copy(const struct nlattr *attribute, uint32_t family,
			 struct address *out)
{
	struct address found = {.family = family};

	if (!attribute_copy(attribute, found.octets, address_size(&found)))
		return false;
	*out = found;
	return true;
}

/* RTA_METRICS: what the route says of packets that take it. */
static bool metrics_read(const struct nlattr *metrics, struct route_facts *facts)
{
	const struct nlattr *attribute;
	bool fits = true;

	mnl_attr_for_each_nested(attribute, metrics)
		if (mnl_attr_get_type(attribute) == RTAX_MTU)
			fits &= attribute_copy(attribute, &facts->mtu,
					       sizeof(facts->mtu));
	return fits;
}

/* 0: not one we know. */
static uint8_t family_length(uint8_t family)
{
	const struct address any = {.family = family};

	return (uint8_t)(address_size(&any) * 8);
}

int route_read(const struct nlmsghdr *message, struct route_facts *facts)
{
	const struct rtmsg *head = message_head(message, sizeof(*head));
	const struct nlattr *attribute;
	struct route_facts found = {0};

	if (!head || !family_length(head->rtm_family) ||
	    head->rtm_dst_len > family_length(head->rtm_family))
		return -EBADMSG;
	found.prefix.family = head->rtm_family;
	found.length = head->rtm_dst_len;
	found.unicast = head->rtm_type == RTN_UNICAST;
	mnl_attr_for_each(attribute, message, sizeof(*head))
	{
		bool fits = true;

		switch (mnl_attr_get_type(attribute)) {
		case RTA_DST:
			fits = address_copy(attribute, head->rtm_family,
					    &found.prefix);
			break;
		case RTA_OIF:
			fits = attribute_copy(attribute, &found.ifindex,
					      sizeof(found.ifindex));
			break;
		case RTA_GATEWAY:
			fits = address_copy(attribute, head->rtm_family,
					    &found.gateway);
			break;
		case RTA_METRICS:
			fits = metrics_read(attribute, &found);
			break;
		case RTA_VIA:
			/* an IPv6 router for IPv4: not followed */
			found.unicast = false;
			break;
		}
		if (!fits)
			return -EBADMSG;
	}
	*facts = found;
	return 0;
}

bool route_leads_to(const struct route_facts *route,
		    const struct address *address)
{
	unsigned int octets = route->length / 8;
	unsigned int bits = route->length % 8;
	unsigned int differ;

	if (route->prefix.family != address->family ||
	    memcmp(route->prefix.octets, address->octets, octets))
		return false;
	if (!bits)
		return true;
	differ = route->prefix.octets[octets] ^ address->octets[octets];
	return !(differ >> (8 - bits));
}

static bool vlan_read(const struct nlattr *data, struct link_facts *facts)
{
	const struct nlattr *attribute;
	uint16_t protocol = htons(ETH_P_8021Q);
	bool fits = true;

	mnl_attr_for_each_nested(attribute, data)
	{
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_VLAN_ID:
			fits &= attribute_copy(attribute, &facts->vlan_id,
					       sizeof(facts->vlan_id));
			break;
		case IFLA_VLAN_PROTOCOL:
			fits &= attribute_copy(attribute, &protocol,
					       sizeof(protocol));
			break;
		}
	}
	facts->vlan_protocol = ntohs(protocol);
	return fits;
}

/* IFLA_LINKINFO: the device's kind, and what a VLAN device says of itself. */
static bool kind_read(const struct nlattr *info, struct link_facts *facts)
{
	const struct nlattr *attribute;
	const struct nlattr *data = NULL;

	mnl_attr_for_each_nested(attribute, info)
	{
		if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
			facts->vlan =
				mnl_attr_get_payload_len(attribute) >= 5 &&
				!memcmp(mnl_attr_get_payload(attribute), "vlan",
					5);
		else if (mnl_attr_get_type(attribute) == IFLA_INFO_DATA)
			data = attribute;
	}
	if (!facts->vlan)
		return true;
	return data && vlan_read(data, facts);
}

int link_read(const struct nlmsghdr *message, struct link_facts *facts)
{
	const struct ifinfomsg *head = message_head(message, sizeof(*head));
	const unsigned int running = IFF_UP | IFF_LOWER_UP;
	const struct nlattr *attribute;
	struct link_facts found = {0};

	if (!head || head->ifi_index <= 0)
		return -EBADMSG;
	found.ifindex = (uint32_t)head->ifi_index;
	found.up = (head->ifi_flags & running) == running;
	mnl_attr_for_each(attribute, message, sizeof(*head))
	{
		bool fits = true;

		switch (mnl_attr_get_type(attribute)) {
		case IFLA_ADDRESS:
			found.ethernet = head->ifi_type == ARPHRD_ETHER &&
					 attribute_copy(attribute, found.mac,
							sizeof(found.mac));
			break;
		case IFLA_MTU:
			fits = attribute_copy(attribute, &found.mtu,
					      sizeof(found.mtu));
			break;
		case IFLA_LINK:
			fits = attribute_copy(attribute, &found.lower,
					      sizeof(found.lower));
			break;
		case IFLA_LINKINFO:
			fits = kind_read(attribute, &found);
			break;
		}
		if (!fits)
			return -EBADMSG;
	}
	if (!found.vlan) /* veth and others say something else there */
		found.lower = 0;
	*facts = found;
	return 0;
}

int link_way(const struct link_facts *device, const struct link_facts *lower,
	     struct nexthop_path *way)
{
	if (!device->up)
		return -ENETDOWN;
	if (!device->ethernet || (device->vlan && !lower->ethernet))
		return -EAFNOSUPPORT;
	if (device->vlan && (device->vlan_protocol != ETH_P_8021Q ||
			     !device->vlan_id || lower->vlan))
		return -EPROTONOSUPPORT;
	memset(way, 0, sizeof(*way));
	way->ifindex = device->vlan ? lower->ifindex : device->ifindex;
	way->vlan = device->vlan ? device->vlan_id : 0;
	way->mtu =
		device->mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)device->mtu;
	memcpy(way->source_mac, device->mac, sizeof(way->source_mac));
	return 0;
}

int neighbour_read(const struct nlmsghdr *message,
		   struct neighbour_facts *facts)
{
	const struct ndmsg *head = message_head(message, sizeof(*head));
	const struct nlattr *attribute;
	struct neighbour_facts found = {0};
	bool has_address = false;
	bool has_mac = false;

	if (!head || !family_length(head->ndm_family) || head->ndm_ifindex <= 0)
		return -EBADMSG;
	found.ifindex = (uint32_t)head->ndm_ifindex;
	mnl_attr_for_each(attribute, message, sizeof(*head))
	{
		switch (mnl_attr_get_type(attribute)) {
		case NDA_DST:
			has_address = address_copy(attribute, head->ndm_family,
						   &found.address);
			break;
		case NDA_LLADDR:
			has_mac = attribute_copy(attribute, found.mac,
						 sizeof(found.mac));
			break;
		}
	}
	if (!has_address)
		return -EBADMSG;
	found.valid = has_mac && head->ndm_state & NEIGHBOUR_VALID &&
		      message->nlmsg_type == RTM_NEWNEIGH;
	if (!found.valid)
		memset(found.mac, 0, sizeof(found.mac));
	*facts = found;
	return 0;
}
