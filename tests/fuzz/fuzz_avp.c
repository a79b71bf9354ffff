/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of AVPs, as it follows the control header: read with a secret, and all
 * that is read from it afterwards.  What comes out must lie in the input or in
 * the scratch, and be read alike when it is built again.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/incoming.h"
#include "proto/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rebuild(const struct iccn *iccn)
{
	static uint8_t list[16384];
	struct builder b = builder_on(list, sizeof(list));
	struct builder none = builder_on(NULL, 0);
	struct avp_hiding clear = {0};
	struct iccn again;
	struct avps avps;

	iccn_build(&b, iccn, &clear);
	if (b.full)
		abort();
	avps_read(builder_view(&b), clear.secret, &none, &avps);
	iccn_read(&avps, &again);
	if (avps.problem.fault || avps.bad ||
	    (again.proxy.has ^ iccn->proxy.has) & 0xff ||
	    !view_equal(again.proxy.auth_response, iccn->proxy.auth_response) ||
	    !view_equal(again.proxy.last_sent, iccn->proxy.last_sent))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t octets[8192];
	struct builder scratch = builder_on(octets, sizeof(octets));
	struct l2tp_result result;
	struct avps avps;
	struct icrq icrq;
	struct iccn iccn;

	avps_read(view_of(data, size), view_text("l2tpsecret"), &scratch,
		  &avps);
	if (avps.problem.fault)
		avp_problem_result(&avps.problem, &result);
	avps_missing(&avps, ~avps.bad & (AVP_BIT(AVP_COUNT) - 1), &result);
	result_read(&avps, &result);
	icrq_read(&avps, &icrq);
	free(icrq_copy(&icrq));
	iccn_read(&avps, &iccn);
	free(iccn_copy(&iccn));
	rebuild(&iccn);
	return 0;
}
