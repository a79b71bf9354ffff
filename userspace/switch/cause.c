/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a call ended, in every protocol's words; see cause.h. */
#include "switch/cause.h"

#include <stdio.h>

struct cause_row {
	const char *name;
	const char *text;
	uint16_t result; /* enum cdn_result */
	uint16_t error; /* enum l2tp_error, with result 2 */
	struct disconnect_cause disconnect;
	const char *padt; /* Generic-Error tag */
};

/* clang-format off */
static const struct cause_row cause_table[CAUSES] = {
[CAUSE_NONE] = {"none", "not ended", CDN_ADMIN, 0, {false, 0, 0, 0}, ""},
[CAUSE_USER_TERMINATE] = {"user-terminate", "subscriber terminated PPP",
	CDN_ADMIN, 0, {true, 3, 0, 1}, ""},
[CAUSE_USER_PADT] = {"user-padt", "subscriber sent PADT",
	CDN_CARRIER, 0, {false, 0, 0, 0}, ""},
[CAUSE_ECHO_TIMEOUT] = {"echo-timeout", "subscriber did not answer echo",
	CDN_ADMIN, 0, {true, 8, PPP_LCP, 0}, ""},
[CAUSE_ACCESS_DOWN] = {"access-down", "access port went away",
	CDN_CARRIER, 0, {false, 0, 0, 0}, ""},
[CAUSE_ACCESS_MOVED] = {"access-moved", "access port has another MAC address",
	CDN_CARRIER, 0, {false, 0, 0, 0}, ""},
[CAUSE_LCP_FAILED] = {"lcp-failed", "LCP was not agreed",
	CDN_ADMIN, 0, {true, 5, PPP_LCP, 0}, ""},
[CAUSE_AUTH_FAILED] = {"auth-failed", "name or password refused",
	CDN_ADMIN, 0, {true, 16, PPP_CHAP, 1}, ""},
[CAUSE_AUTH_TIMEOUT] = {"auth-timeout", "subscriber did not authenticate",
	CDN_ADMIN, 0, {true, 13, PPP_CHAP, 0}, ""},
[CAUSE_NCP_FAILED] = {"ncp-failed", "no network protocol was agreed",
	CDN_ADMIN, 0, {true, 18, 0, 0}, ""},
[CAUSE_ADDRESS_FAILED] = {"address-failed", "addresses were not agreed",
	CDN_ADMIN, 0, {true, 19, PPP_IPCP, 1}, ""},
[CAUSE_NO_ADDRESS] = {"no-address", "address pool is empty",
	CDN_ADMIN, 0, {true, 20, PPP_IPCP, 2}, ""},
[CAUSE_ADDRESS_IN_USE] = {"address-in-use",
	"the subscriber's address is in use",
	CDN_ADMIN, 0, {true, 20, PPP_IPCP, 2}, ""},
[CAUSE_SECOND_SESSION] = {"second-session",
	"the subscriber has a session already",
	CDN_ADMIN, 0, {true, 1, 0, 0}, ""},
[CAUSE_REPLACED] = {"replaced", "the subscriber has dialled again",
	CDN_ADMIN, 0, {true, 1, 0, 0}, ""},
[CAUSE_ADMIN] = {"admin", "disconnected by an operator",
	CDN_ADMIN, 0, {true, 1, 0, 0}, ""},
[CAUSE_NO_DOMAIN] = {"no-domain", "no domain entry for the name",
	CDN_TEMPORARY, 0, {false, 0, 0, 0}, ""},
[CAUSE_REFUSED] = {"refused", "refused by the domain entry",
	CDN_TEMPORARY, 0, {false, 0, 0, 0}, ""},
[CAUSE_NO_TUNNEL] = {"no-tunnel", "no tunnel could be opened",
	CDN_TEMPORARY, 0, {false, 0, 0, 0}, ""},
[CAUSE_PEER_CDN] = {"peer-cdn", "ended by the L2TP peer",
	CDN_ADMIN, 0, {false, 0, 0, 0}, ""},
[CAUSE_TUNNEL_DOWN] = {"tunnel-down", "the tunnel of a leg ended",
	CDN_CARRIER, 0, {false, 0, 0, 0}, ""},
[CAUSE_SETUP_TIMEOUT] = {"setup-timeout", "call set-up took too long",
	CDN_TIMEOUT, 0, {false, 0, 0, 0}, ""},
[CAUSE_PROTOCOL] = {"protocol-error", "the L2TP peer's message is wrong",
	CDN_ERROR, L2TP_ERROR_VENDOR, {false, 0, 0, 0}, ""},
[CAUSE_NO_RESOURCES] = {"no-resources", "no id, leg or memory",
	CDN_TEMPORARY, 0, {false, 0, 0, 0}, "out of resources"},
[CAUSE_INTERNAL] = {"internal", "internal error",
	CDN_ERROR, L2TP_ERROR_VENDOR, {true, 0, 0, 0}, "internal error"},
};
/* clang-format on */

const char *cause_name(enum cause cause)
{
	return cause_table[cause].name;
}

const char *cause_text(enum cause cause)
{
	return cause_table[cause].text;
}

const char *cause_padt_error(enum cause cause)
{
	return cause_table[cause].padt;
}

struct l2tp_result cause_result(enum cause cause)
{
	const struct cause_row *row = &cause_table[cause];
	struct l2tp_result result = {
		.result = row->result,
		.error = row->error,
		.cause = row->disconnect,
	};

	if (row->error)
		snprintf(result.text, sizeof(result.text), "%s", row->text);
	return result;
}

enum cause cause_of_ppp(enum ppp_end_reason reason)
{
	static const enum cause by_reason[] = {
		[PPP_END_USER] = CAUSE_USER_TERMINATE,
		[PPP_END_ADMIN] = CAUSE_ADMIN,
		[PPP_END_LCP_TIMEOUT] = CAUSE_LCP_FAILED,
		[PPP_END_LOOPBACK] = CAUSE_LCP_FAILED,
		[PPP_END_ECHO] = CAUSE_ECHO_TIMEOUT,
		[PPP_END_AUTH_PROTOCOL] = CAUSE_LCP_FAILED,
		[PPP_END_AUTH_TIMEOUT] = CAUSE_AUTH_TIMEOUT,
		[PPP_END_AUTH_FAILED] = CAUSE_AUTH_FAILED,
		[PPP_END_NCP_TIMEOUT] = CAUSE_NCP_FAILED,
		[PPP_END_NO_NCP] = CAUSE_NCP_FAILED,
		[PPP_END_ADDRESS] = CAUSE_ADDRESS_FAILED,
		[PPP_END_PROTOCOL] = CAUSE_LCP_FAILED,
	};

	return by_reason[reason];
}
