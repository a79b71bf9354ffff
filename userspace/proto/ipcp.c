/* SPDX-License-Identifier: GPL-2.0-only */
/* IPCP of the network side; see ipcp.h. */
#include "proto/ipcp.h"

enum {
	TOO_MANY_FROM_PEER = 1, /* RFC 3145 code 19 */
	TOO_MANY_TO_PEER = 2,
};

static void ipcp_fail(struct ipcp *ipcp, uint8_t direction)
{
	ipcp->failing = true;
	ipcp->direction = direction;
}

/* ---- options ------------------------------------------------------------- */

/* Ack what is ours to give, Nak everything else. */
static enum verdict address_give(struct view value, struct in_addr give,
				 uint8_t type, struct builder *nak)
{
	struct view right = view_of(&give.s_addr, sizeof(give.s_addr));

	if (view_equal(value, right))
		return VERDICT_ACK;
	option_build(nak, type, right.data, right.len);
	return VERDICT_NAK;
}

static enum verdict address_judge(void *owner, struct view value,
				  struct builder *nak)
{
	struct ipcp *ipcp = owner;
	enum verdict verdict =
		address_give(value, ipcp->addresses.user, IPCP_ADDRESS, nak);

	ipcp->has_address = verdict == VERDICT_ACK;
	return verdict;
}

static void address_wish(void *owner, struct builder *nak)
{
	struct ipcp *ipcp = owner;

	option_build(nak, IPCP_ADDRESS, &ipcp->addresses.user.s_addr, 4);
}

static void address_ask(void *owner, struct builder *request)
{
	struct ipcp *ipcp = owner;

	if (!ipcp->ours_refused)
		option_build(request, IPCP_ADDRESS,
			     &ipcp->addresses.ours.s_addr, 4);
}

/* We keep our address, whatever the client would like better. */
static void address_naked(void *owner, struct view value)
{
	struct ipcp *ipcp = owner;

	(void)value;
	if (++ipcp->ours_naked >= ipcp->config->max_configure)
		ipcp_fail(ipcp, TOO_MANY_FROM_PEER);
}

static void address_refused(void *owner)
{
	struct ipcp *ipcp = owner;

	ipcp->ours_refused = true;
}

static enum verdict dns_judge(struct ipcp *ipcp, unsigned int which,
			      uint8_t type, struct view value,
			      struct builder *nak)
{
	struct in_addr dns = ipcp->addresses.dns[which];

	if (!dns.s_addr)
		return VERDICT_REJECT;
	return address_give(value, dns, type, nak);
}

static enum verdict dns1_judge(void *owner, struct view value,
			       struct builder *nak)
{
	return dns_judge(owner, 0, IPCP_DNS1, value, nak);
}

static enum verdict dns2_judge(void *owner, struct view value,
			       struct builder *nak)
{
	return dns_judge(owner, 1, IPCP_DNS2, value, nak);
}

static const struct option_row ipcp_rows[] = {
	{.type = IPCP_ADDRESS,
	 .len = 6,
	 .name = "IP-Address",
	 .judge = address_judge,
	 .wish = address_wish,
	 .ask = address_ask,
	 .naked = address_naked,
	 .refused = address_refused},
	{.type = IPCP_DNS1,
	 .len = 6,
	 .name = "Primary-DNS",
	 .judge = dns1_judge},
	{.type = IPCP_DNS2,
	 .len = 6,
	 .name = "Secondary-DNS",
	 .judge = dns2_judge},
	{.type = IPCP_ADDRESSES, .name = "IP-Addresses"},
	{.type = IPCP_COMPRESSION, .name = "IP-Compression"},
	{.type = IPCP_MOBILE, .name = "Mobile-IPv4"},
	{.type = IPCP_NBNS1, .name = "Primary-NBNS"},
	{.type = IPCP_NBNS2, .name = "Secondary-NBNS"},
	{0},
};

static void ipcp_begin(void *owner)
{
	struct ipcp *ipcp = owner;

	ipcp->has_address = false;
}

/* All is acknowledged but the client does not take an address: no wish left. */
static bool ipcp_agreed(void *owner)
{
	struct ipcp *ipcp = owner;

	return ipcp->has_address;
}

/* ---- life ---------------------------------------------------------------- */

static void ipcp_send(void *owner, struct view packet)
{
	struct ipcp *ipcp = owner;

	ipcp->ops->send(ipcp->ctx, packet);
}

static bool fsm_was_negotiating(const struct fsm *fsm)
{
	return fsm->from >= FSM_REQ_SENT && fsm->from <= FSM_ACK_SENT;
}

static void ipcp_layer(void *owner, enum fsm_action action, struct instant now)
{
	struct ipcp *ipcp = owner;
	const struct fsm *fsm = &ipcp->n.fsm;

	if (action == FSM_TLU)
		ipcp->ops->up(ipcp->ctx, now);
	else if (action == FSM_TLD)
		ipcp->ops->down(ipcp->ctx, now);
	else if (action != FSM_TLF)
		return;
	else if (fsm->event == FSM_REJECT_BAD)
		ipcp->ops->failed(ipcp->ctx, PPP_END_NO_NCP, 0, now);
	else if (fsm->event == FSM_TIMEOUT_LAST && fsm_was_negotiating(fsm))
		ipcp->ops->failed(ipcp->ctx, PPP_END_NCP_TIMEOUT, 0, now);
}

static const struct negotiation_ops ipcp_negotiation = {
	.send = ipcp_send,
	.layer = ipcp_layer,
	.begin = ipcp_begin,
	.agreed = ipcp_agreed,
};

void ipcp_init(struct ipcp *ipcp, const struct ppp_config *config,
	       const struct ppp_addresses *addresses,
	       const struct ipcp_ops *ops, void *ctx, const char *subject)
{
	*ipcp = (struct ipcp){
		.config = config,
		.addresses = *addresses,
		.ops = ops,
		.ctx = ctx,
	};
	negotiation_init(&ipcp->n, ipcp, &ipcp_negotiation, ipcp_rows,
			 config->max_failure);
	ipcp->n.fsm.config = (struct fsm_config){
		.restart_ms = config->restart_ms,
		.max_configure = config->max_configure,
		.max_terminate = config->max_terminate,
	};
	ipcp->n.fsm.subject = subject;
	ipcp->n.fsm.name = "IPCP";
	ipcp->n.next_id = 1;
}

void ipcp_start(struct ipcp *ipcp, struct instant now)
{
	fsm_event(&ipcp->n.fsm, FSM_OPEN, now);
	fsm_event(&ipcp->n.fsm, FSM_UP, now);
}

int ipcp_input(struct ipcp *ipcp, struct view info, struct instant now)
{
	int status = negotiation_input(&ipcp->n, info, now);

	if (ipcp->n.exhausted && !ipcp->has_address)
		ipcp_fail(ipcp, TOO_MANY_TO_PEER);
	if (ipcp->failing) {
		ipcp->failing = false;
		ipcp->ops->failed(ipcp->ctx, PPP_END_ADDRESS, ipcp->direction,
				  now);
	}
	return status;
}

void ipcp_timeout(struct ipcp *ipcp, struct instant now)
{
	if (instant_due(ipcp->n.fsm.timer, now))
		fsm_timeout(&ipcp->n.fsm, now);
}

void ipcp_down(struct ipcp *ipcp, struct instant now)
{
	fsm_event(&ipcp->n.fsm, FSM_DOWN, now);
}
