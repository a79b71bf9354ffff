/* SPDX-License-Identifier: GPL-2.0-only */
/* A datagram before there is any state: SCCRQ, refusal, StopCCN on tunnel 0. */
#include <errno.h>
#include <stdlib.h>

#include "proto/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct view datagram = view_of(data, size);
	uint8_t scratch[1024], reply[512];
	struct builder b = builder_on(reply, sizeof(reply));
	struct l2tp_result why = {0};
	struct sccrq sccrq;
	struct view host;
	uint16_t assigned;
	int err;

	stopccn_assigned(datagram, &assigned);
	err = sccrq_read(datagram, view_text("l2tpsecret"), &sccrq, scratch,
			 sizeof(scratch), &why);
	if (err == -EBADMSG)
		return 0;
	if (err == -EKEYREJECTED && !sccrq.assigned)
		return 0; /* where an answer would go is hidden, too */
	/* what has an answer names where it goes, and has a good header */
	if (!sccrq.assigned || sccrq_host_name(datagram, &host))
		abort();
	if (err && sccrq_refuse(&b, sccrq.assigned, 1, &why))
		abort();
	if (!err && (!sccrq.host_name.len || !sccrq.window))
		abort();
	return 0;
}
