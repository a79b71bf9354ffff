/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SCCRQ before there is a tunnel, and StopCCN for one whose id the peer does
 * not know: see tunnel.h.  No state, no allocation.
 */
#include <errno.h>

#include "proto/result.h"
#include "proto/tunnel_inner.h"

static int sccrq_list(struct view datagram, struct view secret,
		      struct builder *scratch, struct avps *out)
{
	struct l2tp_control control;

	if (l2tp_control_read(datagram, &control) || control.tunnel ||
	    control.session || control.ns)
		return -EBADMSG;
	avps_read(control.body, secret, scratch, out);
	return out->has_type && out->type == L2TP_SCCRQ ? 0 : -EBADMSG;
}

int sccrq_host_name(struct view datagram, struct view *host_name)
{
	struct builder none = builder_on(NULL, 0);
	struct avps avps;

	if (sccrq_list(datagram, (struct view){0}, &none, &avps))
		return -EBADMSG;
	*host_name = avps.value[AVP_HOST_NAME];
	return 0;
}

_Static_assert(sizeof(((struct sccrq *)0)->ignored) == AVPS_IGNORED_TEXT,
	       "one text, two sizes");

/* Whether the list cannot be used because of what is hidden in it. */
static bool hidden_matters(const struct avps *avps)
{
	return avps->problem.fault && avps->problem.fault == avps->hidden;
}

/* Whether what the SCCRQ says lets it become a tunnel. */
static int sccrq_check(const struct avps *avps, struct l2tp_result *why)
{
	const uint64_t required = AVP_BIT(AVP_PROTOCOL_VERSION) |
				  AVP_BIT(AVP_HOST_NAME) |
				  AVP_BIT(AVP_FRAMING_CAPABILITIES) |
				  AVP_BIT(AVP_ASSIGNED_TUNNEL);

	if (avps->problem.fault) {
		avp_problem_result(&avps->problem, why);
		return hidden_matters(avps) ? -EKEYREJECTED : -EPROTO;
	}
	if (avps_missing(avps, required, why))
		return -EPROTO;
	if (avps_u16(avps, AVP_PROTOCOL_VERSION) >> 8 != TUNNEL_VERSION >> 8) {
		*why = (struct l2tp_result){
			.result = STOPCCN_VERSION,
			.error = TUNNEL_VERSION, /* the highest we speak */
		};
		return -EPROTO;
	}
	return 0;
}

int sccrq_read(struct view datagram, struct view secret, struct sccrq *out,
	       uint8_t *scratch, size_t cap, struct l2tp_result *why)
{
	struct builder revealed = builder_on(scratch, cap);
	struct avps avps;

	if (sccrq_list(datagram, secret, &revealed, &avps))
		return -EBADMSG;
	if (!avps_has(&avps, AVP_ASSIGNED_TUNNEL) && !hidden_matters(&avps))
		return -EBADMSG; /* nowhere to send an answer to */
	*out = (struct sccrq){
		.assigned = avps_u16(&avps, AVP_ASSIGNED_TUNNEL),
		.host_name = avps.value[AVP_HOST_NAME],
		.vendor_name = avps.value[AVP_VENDOR_NAME],
		.firmware = avps_u16(&avps, AVP_FIRMWARE_REVISION),
		.framing = avps_u32(&avps, AVP_FRAMING_CAPABILITIES),
		.window = CHANNEL_PEER_WINDOW,
		.challenge = avps.value[AVP_CHALLENGE],
		.has_tie_breaker = avps_has(&avps, AVP_TIE_BREAKER),
		.tie_breaker = avps_u64(&avps, AVP_TIE_BREAKER),
		.ecn = avps_has(&avps, AVP_ECN),
	};
	if (avps_has(&avps, AVP_RECEIVE_WINDOW))
		out->window = avps_u16(&avps, AVP_RECEIVE_WINDOW);
	avps_ignored_text(&avps, out->ignored);
	return sccrq_check(&avps, why);
}

int sccrq_refuse(struct builder *out, uint16_t peer_tunnel, uint16_t own,
		 const struct l2tp_result *why)
{
	uint8_t list[256];
	struct builder b = builder_on(list, sizeof(list));
	struct l2tp_control control = {.tunnel = peer_tunnel, .nr = 1};

	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_STOPCCN);
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, own);
	result_build(&b, why);
	if (b.full)
		return -EMSGSIZE;
	control.body = builder_view(&b);
	return l2tp_control_build(out, &control);
}

int stopccn_assigned(struct view datagram, uint16_t *assigned)
{
	struct builder none = builder_on(NULL, 0);
	struct l2tp_control control;
	struct avps avps;

	if (l2tp_control_read(datagram, &control) || control.session)
		return -EBADMSG;
	avps_read(control.body, (struct view){0}, &none, &avps);
	if (!avps.has_type || avps.type != L2TP_STOPCCN ||
	    !avps_has(&avps, AVP_ASSIGNED_TUNNEL))
		return -EBADMSG;
	*assigned = avps_u16(&avps, AVP_ASSIGNED_TUNNEL);
	return 0;
}
