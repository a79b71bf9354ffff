/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A data message on the slow path: what is read must lie inside of the
 * datagram, and build to something that is read alike.
 */
#include <stdlib.h>

#include "proto/l2tp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t octets[70000];
	struct builder b = builder_on(octets, sizeof(octets));
	struct l2tp_control control;
	struct l2tp_data_form form = {0};
	struct l2tp_data got, again;

	l2tp_control_read(view_of(data, size), &control);
	if (l2tp_data_read(view_of(data, size), 16, &got))
		return 0;
	if (!got.payload.len || got.payload.data < data ||
	    got.payload.data + got.payload.len > data + size)
		abort();
	form.tunnel = got.tunnel;
	form.session = got.session;
	form.numbered = got.payload.len & 1;
	if (l2tp_data_build(&b, &form, got.payload) ||
	    l2tp_data_read(builder_view(&b), 0, &again) ||
	    again.tunnel != got.tunnel || again.session != got.session ||
	    !view_equal(again.payload, got.payload))
		abort();
	return 0;
}
