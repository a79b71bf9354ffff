/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of TCP SYNs that the MSS clamp must know its way through: the same
 * for the XDP program (tests/bpf/test_clamp) and in software (test_mss).
 */
#ifndef TCP_SEGMENTS_H
#define TCP_SEGMENTS_H

#include <stdint.h>

struct segment {
	const char *name;
	uint8_t options[40];
	uint8_t length; /* of options, a multiple of 4 */
	uint8_t mss; /* where its value is in options; 0: nothing is changed */
};

#define MSS_1460 2, 4, 0x05, 0xb4
#define NOP4	 1, 1, 1, 1

static const struct segment segments[] = {
	{"alone", {MSS_1460}, 4, 2},
	{"odd", {1, MSS_1460, 1, 1, 0}, 8, 3},
	{"even behind NOPs", {1, 1, MSS_1460, 4, 2}, 8, 4},
	{"behind SACK, timestamps, scale",
	 {4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 3, 3, 7, MSS_1460, 0},
	 20,
	 17},
	{"last of 40",
	 {NOP4, NOP4, NOP4, NOP4, NOP4, NOP4, NOP4, NOP4, NOP4, MSS_1460},
	 40,
	 38},
	{"without options", {0}, 0, 0},
	{"without MSS", {4, 2, 1, 1}, 4, 0},
	{"small already", {2, 4, 0x02, 0x18}, 4, 0},
	{"wrong length", {2, 3, 0x05, 0xb4}, 4, 0},
	{"option of length 0", {3, 0, MSS_1460, 1, 1}, 8, 0},
	{"option of length 1", {3, 1, MSS_1460, 1, 1}, 8, 0},
	{"option of length 255", {3, 255, MSS_1460, 1, 1}, 8, 0},
	{"behind the end of options", {0, 1, MSS_1460, 1, 1}, 8, 0},
	{"runs past the header", {1, 1, 1, 2}, 4, 0},
};
enum { SEGMENTS = sizeof(segments) / sizeof(segments[0]) };

#undef MSS_1460
#undef NOP4

#endif
