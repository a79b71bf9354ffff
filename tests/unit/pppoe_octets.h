/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of PPPoE share: who is who, and octets as hexadecimal text, in
 * which blanks and | are for the eye.
 */
#ifndef UNIT_PPPOE_OCTETS_H
#define UNIT_PPPOE_OCTETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>

#include "proto/pppoe.h"

static const uint8_t ac_mac[6] = {0x02, 0, 0, 0, 0, 0xAC};
static const struct pppoe_client client = {
	.ifindex = 7,
	.mac = {0x02, 0, 0, 0, 0, 0x01},
};

#define FROM_CLIENT "020000000001"
#define TO_AC	    "0200000000ac"
#define TO_ALL	    "ffffffffffff"

/* A client behind an access node (TR-101). */
#define LINE_TAG                                                               \
	"0105 002d 00000de9 010f 616e3120657468 20312f323a313030"              \
	"0205 6375737437 8104 00002710 8204 0000c350 9003 010200"
#define PADI_TAGS "0101 0000 | 0103 0004 01020304 | 0120 0002 05dc" LINE_TAG

struct octets {
	uint8_t data[2048];
	size_t len;
};

static inline struct octets hex(const char *text)
{
	struct octets out = {.len = 0};
	char pair[3] = "";

	for (; *text; text++) {
		if (!isxdigit((unsigned char)*text))
			continue;
		pair[0] = text[0];
		pair[1] = *++text;
		out.data[out.len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return out;
}

static inline struct view view(const struct octets *octets)
{
	return view_of(octets->data, octets->len);
}

static inline void assert_octets(struct view got, const char *expected)
{
	struct octets right = hex(expected);

	assert_int_equal(got.len, right.len);
	assert_memory_equal(got.data, right.data, right.len);
}

/* Tags that no discovery frame may have. */
static const char *const bad_tags[] = {
	"",
	"0103 0000", /* no Service-Name */
	"0101 0000 0101 0000", /* two of them */
	"0101 0000 0101 0001 41",
	"0101 0001", /* overruns */
	"0101 0000 0103 0004 010203",
	"0101 0000 01",
	"0101 0000 0103 00",
	"0000 0000 0101 0000", /* the list ends before it */
};

#endif
