/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSS clamp in software, on the options that tests/bpf/test_clamp has.
 * Checksums are computed anew over the whole segment, so that the change of
 * one is proved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "proto/mss.h"
#include "tcp_segments.h"

enum {
	LIMIT = 1300,
	SYN = 0x02,
	ACK = 0x10,
	TCP = 6,
	UDP = 17,
	DATA = 7,
};

/* What changes from packet to packet. */
struct form {
	size_t ip; /* octets of its header: 40 is IPv6, others are IPv4 */
	uint8_t flags;
	uint8_t protocol;
	uint8_t fragment;
	uint16_t mss; /* 0: as the segment has it */
};

static void tcp_sum(uint8_t *tcp, size_t len)
{
	uint32_t sum = 0;

	tcp[16] = tcp[17] = 0;
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? tcp[i] : (uint32_t)tcp[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	tcp[16] = (uint8_t)(~sum >> 8);
	tcp[17] = (uint8_t)~sum;
}

static size_t packet_make(uint8_t *at, const struct segment *s,
			  const struct form *form)
{
	size_t len = form->ip + 20 + s->length + DATA;
	uint8_t *tcp = at + form->ip;

	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(i * 13);
	at[0] = form->ip == 40 ? 0x60 : (uint8_t)(0x40 | form->ip / 4);
	at[6] = form->ip == 40 ? form->protocol : 0x40;
	if (form->ip != 40) {
		at[7] = form->fragment;
		at[9] = form->protocol;
	}
	tcp[12] = (uint8_t)((20 + s->length) / 4 << 4);
	tcp[13] = form->flags;
	memcpy(tcp + 20, s->options, s->length);
	if (form->mss && s->mss) {
		tcp[20 + s->mss] = (uint8_t)(form->mss >> 8);
		tcp[21 + s->mss] = (uint8_t)form->mss;
	}
	/* addresses and so the pseudo header stay: 0 does for them */
	tcp_sum(tcp, len - form->ip);
	return len;
}

/* wanted: the value that must come out, 0: nothing is changed. */
static void clamps(const struct segment *s, struct form form, uint16_t limit,
		   uint16_t wanted)
{
	uint8_t have[200], want[200];
	size_t len = packet_make(have, s, &form);
	struct builder b = {.data = have, .len = len, .cap = len};

	if (wanted)
		form.mss = wanted;
	packet_make(want, s, &form);
	if (mss_clamp(&b, limit) != !!wanted)
		fail_msg("%s: changed, or not", s->name);
	assert_false(b.full);
	if (memcmp(have, want, len))
		fail_msg("%s, header of %zu: other octets", s->name, form.ip);
}

static void test_syn(void **state)
{
	static const uint8_t flags[] = {SYN, SYN | ACK};

	(void)state;
	for (size_t i = 0; i < 2 * (size_t)SEGMENTS; i++) {
		const struct segment *s = &segments[i / 2];
		struct form form = {
			.ip = 20, .flags = flags[i & 1], .protocol = TCP};

		clamps(s, form, LIMIT, s->mss ? LIMIT - 40 : 0);
		form.ip = 24; /* options of IPv4 are not the MSS' business */
		clamps(s, form, LIMIT, s->mss ? LIMIT - 40 : 0);
		form.ip = 40;
		clamps(s, form, LIMIT, s->mss ? LIMIT - 60 : 0);
	}
}

static void test_nothing_else(void **state)
{
	const struct form others[] = {
		{.ip = 20, .flags = ACK, .protocol = TCP},
		{.ip = 40, .flags = ACK, .protocol = TCP},
		{.ip = 20, .flags = SYN, .protocol = UDP},
		{.ip = 40, .flags = SYN, .protocol = UDP},
		{.ip = 20, .flags = SYN, .protocol = TCP, .fragment = 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		for (size_t k = 0; k < SEGMENTS; k++)
			clamps(&segments[k], others[i], LIMIT, 0);
}

/* Never raised, lowered from one above; no limit, and one below all. */
static void test_bounds(void **state)
{
	struct form form = {.ip = 20, .flags = SYN, .protocol = TCP};

	(void)state;
	form.mss = LIMIT - 40;
	clamps(&segments[0], form, LIMIT, 0);
	form.mss = LIMIT - 39;
	clamps(&segments[1], form, LIMIT, LIMIT - 40);
	form.mss = 65535;
	clamps(&segments[1], form, LIMIT, LIMIT - 40);
	clamps(&segments[0], form, 41, 1);
	clamps(&segments[0], form, 40, 0);
	clamps(&segments[0], form, 0, 0);
	form.ip = 40;
	clamps(&segments[0], form, 60, 0);
	clamps(&segments[0], form, 61, 1);
}

/* Cut anywhere nothing is changed but what is there. */
static void test_cut(void **state)
{
	const struct form forms[] = {{.ip = 20, .flags = SYN, .protocol = TCP},
				     {.ip = 40, .flags = SYN, .protocol = TCP}};
	const struct segment *s = &segments[1];
	uint8_t whole[200], have[200];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t header = forms[i].ip + 20 + s->length;

		packet_make(whole, s, &forms[i]);
		for (size_t len = 0; len < header; len++) {
			struct builder b = {have, len, len, false};

			memcpy(have, whole, sizeof(have));
			assert_false(mss_clamp(&b, LIMIT));
			assert_memory_equal(have, whole, sizeof(have));
		}
	}
}

/* A TCP header that says it is shorter, or longer, than it can be. */
static void test_data_offset(void **state)
{
	const struct form form = {.ip = 20, .flags = SYN, .protocol = TCP};
	uint8_t have[200], before[200];
	size_t len = packet_make(have, &segments[0], &form);
	struct builder b = {have, len, len, false};

	(void)state;
	for (unsigned int words = 0; words < 16; words++) {
		if (words == 6 || words == 7) /* the option is inside */
			continue;
		have[32] = (uint8_t)(words << 4);
		memcpy(before, have, sizeof(before));
		assert_false(mss_clamp(&b, LIMIT));
		assert_memory_equal(have, before, sizeof(have));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syn),
		cmocka_unit_test(test_nothing_else),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_data_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
