/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether nftables has a policy that drops packets which the kernel forwards.
 * The keeper may ask the kernel; the engine reports it to operators.  Rules
 * are not read, and nothing is changed.  (Legacy iptables is not seen.)
 */
#include "program/keeper_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum { READS = 64 }; /* of news in a row; the rest wakes us again */

/* ---- chains -------------------------------------------------------------- */

/* What of a chain matters here. */
struct chain {
	const char *table;
	const char *name;
	uint32_t hook;
	uint32_t policy;
};

static uint32_t number_read(const struct nlattr *a)
{
	return mnl_attr_get_payload_len(a) == sizeof(uint32_t)
		       ? ntohl(mnl_attr_get_u32(a))
		       : UINT32_MAX;
}

static const char *name_read(const struct nlattr *a)
{
	return mnl_attr_validate(a, MNL_TYPE_NUL_STRING) < 0
		       ? NULL
		       : mnl_attr_get_str(a);
}

/* A chain that hangs at no hook has no such attribute, nor a policy. */
static void chain_read(const struct nlmsghdr *h, struct chain *chain)
{
	const struct nlattr *a, *in;

	*chain = (struct chain){.hook = UINT32_MAX, .policy = NF_ACCEPT};
	mnl_attr_for_each(a, h, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(a)) {
		case NFTA_CHAIN_TABLE:
			chain->table = name_read(a);
			break;
		case NFTA_CHAIN_NAME:
			chain->name = name_read(a);
			break;
		case NFTA_CHAIN_POLICY:
			chain->policy = number_read(a);
			break;
		case NFTA_CHAIN_HOOK:
			mnl_attr_for_each_nested(in, a)
				if (mnl_attr_get_type(in) ==
				    NFTA_HOOK_HOOKNUM)
					chain->hook = number_read(in);
			break;
		}
	}
}

/* The text for the first chain that drops. */
static int chain_answer(const struct nlmsghdr *h, void *ctx)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(h);
	bool ip = head->nfgen_family == NFPROTO_IPV4;
	struct chain chain;
	char *text = ctx;

	if ((h->nlmsg_type & 0xff) != NFT_MSG_NEWCHAIN || *text ||
	    (!ip && head->nfgen_family != NFPROTO_INET))
		return MNL_CB_OK;
	chain_read(h, &chain);
	if (chain.hook == NF_INET_FORWARD && chain.policy == NF_DROP &&
	    chain.table && chain.name)
		snprintf(text, KEEPER_TEXT, "%s %.64s %.64s",
			 ip ? "ip" : "inet", chain.table, chain.name);
	return MNL_CB_OK;
}

static int chains_ask(struct mnl_socket *socket, uint8_t *space, size_t size,
		      char *text)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(space);
	struct nfgenmsg *head =
		mnl_nlmsg_put_extra_header(h, sizeof(*head));
	ssize_t len;
	int more;

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = 1;
	head->nfgen_family = NFPROTO_UNSPEC;
	head->version = NFNETLINK_V0;
	if (mnl_socket_sendto(socket, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		len = mnl_socket_recvfrom(socket, space, size);
		if (len < 0)
			return -errno;
		more = mnl_cb_run(space, (size_t)len, 1,
				  mnl_socket_get_portid(socket), chain_answer,
				  text);
	} while (more > 0);
	return more < 0 ? -errno : 0;
}

/* -errno: there is no nftables, or it changes just now. */
static int firewall_look(char text[KEEPER_TEXT])
{
	static uint8_t space[32768] __attribute__((aligned(8)));
	struct mnl_socket *socket =
		mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int error = 0;

	text[0] = '\0';
	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		error = -errno;
	if (!error)
		error = chains_ask(socket, space, sizeof(space), text);
	mnl_socket_close(socket);
	return error;
}

/* ---- news ---------------------------------------------------------------- */

static void firewall_update(struct keeper *k)
{
	char text[KEEPER_TEXT];
	int error = firewall_look(text);

	/* changed while it was read: a notification will follow */
	if (error == -EINTR || !strcmp(text, k->firewall_chain))
		return;
	memcpy(k->firewall_chain, text, sizeof(text));
	k->firewall_untold = true;
}

void firewall_open(struct keeper *k)
{
	int group = NFNLGRP_NFTABLES;
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};

	k->firewall = socket(AF_NETLINK,
			     SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			     NETLINK_NETFILTER);
	if (k->firewall < 0)
		return; /* a kernel without */
	if (bind(k->firewall, (struct sockaddr *)&any, sizeof(any)) ||
	    setsockopt(k->firewall, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group))) {
		log_info("keeper: nftables is not watched: %s",
			 strerror(errno));
		close(k->firewall);
		k->firewall = -1;
		return;
	}
	firewall_update(k);
}

void firewall_read(struct keeper *k)
{
	uint8_t octets[64];

	/* the contents do not matter, nor that some were lost */
	for (unsigned int i = 0; i < READS; i++)
		if (recv(k->firewall, octets, sizeof(octets), MSG_DONTWAIT) <
			    0 &&
		    errno != ENOBUFS)
			break;
	firewall_update(k);
}

bool firewall_tell(struct keeper *k)
{
	struct keeper_msg msg = {.type = KEEPER_FIREWALL};
	int error;

	if (!k->firewall_untold)
		return true;
	memcpy(msg.text, k->firewall_chain, sizeof(msg.text));
	error = keeper_msg_send(k->engine_socket, &msg, -1);
	if (error == -EAGAIN)
		return false;
	k->firewall_untold = false;
	return true;
}
