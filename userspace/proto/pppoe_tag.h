/* SPDX-License-Identifier: GPL-2.0-only */
/* Tag types of PPPoE discovery.  Private to proto/pppoe*.c. */
#ifndef PROTO_PPPOE_TAG_H
#define PROTO_PPPOE_TAG_H

#include "base/buf.h"

enum pppoe_tag_type {
	TAG_END_OF_LIST = 0x0000,
	TAG_SERVICE_NAME = 0x0101,
	TAG_AC_NAME = 0x0102,
	TAG_HOST_UNIQ = 0x0103,
	TAG_AC_COOKIE = 0x0104,
	TAG_VENDOR = 0x0105,
	TAG_RELAY_SESSION = 0x0110,
	TAG_MAX_PAYLOAD = 0x0120,
	TAG_SERVICE_ERROR = 0x0201,
	TAG_SYSTEM_ERROR = 0x0202,
	TAG_GENERIC_ERROR = 0x0203,
};

void pppoe_tag(struct builder *b, uint16_t type, struct view value);

#endif
