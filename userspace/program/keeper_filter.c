/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters that tell data from control; see keeper_filter.h.  A load beyond
 * the end of a packet ends a classic filter with 0.
 */
#include "program/keeper_filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <sys/socket.h>

#include "vlan.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define LOAD8(at)	 BPF_STMT(BPF_LD | BPF_B | BPF_IND, at)
#define LOAD16(at)	 BPF_STMT(BPF_LD | BPF_H | BPF_IND, at)
#define FRAME16(at)	 BPF_STMT(BPF_LD | BPF_H | BPF_ABS, at)
#define ALU(op, k)	 BPF_STMT(BPF_ALU | (op) | BPF_K, k)
#define ADD_X		 BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0)
#define A_TO_X		 BPF_STMT(BPF_MISC | BPF_TAX, 0)
#define X_TO_A		 BPF_STMT(BPF_MISC | BPF_TXA, 0)
#define SET_X(k)	 BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, k)
#define KEEP(n)		 BPF_STMT(BPF_ST, n)
#define KEPT(n)		 BPF_STMT(BPF_LD | BPF_W | BPF_MEM, n)
#define IF(op, k, t, f)	 BPF_JUMP(BPF_JMP | (op) | BPF_K, k, t, f)
#define SKIP(n)		 BPF_STMT(BPF_JMP | BPF_JA, n)
#define ANSWER(k)	 BPF_STMT(BPF_RET | BPF_K, k)

/*
 * A PPP frame at X: answers whether it is data.  24 instructions; jumps are
 * relative, the last two lines are where they end.  A protocol of one octet
 * is odd, and below 0x100 all are data.
 */
#define PPP_SPLIT(data, control)                                               \
	LOAD8(0),                                                              \
	IF(BPF_JEQ, 0xff, 0, 4), /* FF 03: behind it */                        \
	X_TO_A, ALU(BPF_ADD, 2), A_TO_X,                                       \
	LOAD8(0),                                                              \
	IF(BPF_JSET, 1, 0, 5),                                                 \
	IF(BPF_JEQ, 0x57, 0, 14),                                              \
	X_TO_A, ALU(BPF_SUB, 1), A_TO_X, SKIP(3), /* as if of two octets */    \
	LOAD16(0),                                                             \
	IF(BPF_JGE, 0x8000, 9, 0),                                             \
	IF(BPF_JEQ, 0x57, 0, 7),                                               \
	LOAD16(10), /* IPv6 source */                                          \
	ALU(BPF_AND, 0xffc0),                                                  \
	IF(BPF_JEQ, 0xfe80, 5, 0),                                             \
	LOAD16(26), /* destination */                                          \
	IF(BPF_JGE, 0xff00, 3, 0),                                             \
	ALU(BPF_AND, 0xffc0),                                                  \
	IF(BPF_JEQ, 0xfe80, 1, 0),                                             \
	ANSWER(data),                                                          \
	ANSWER(control)

static int filter_set(int fd, int name, struct sock_filter *code, size_t count)
{
	struct sock_fprog filter = {(unsigned short)count, code};

	return setsockopt(fd, SOL_SOCKET, name, &filter, sizeof(filter))
		       ? -errno
		       : 0;
}

/*
 * X = octets of the L2TP header: 6, 2 more with L (0x4000), 4 more with S
 * (0x0800), 2 and the pad with O (0x0200).
 */
int filter_l2tp(int fd)
{
	struct sock_filter code[] = {
		FRAME16(0),
		IF(BPF_JSET, 0x8000, 0, 1),
		ANSWER(FILTER_L2TP_CONTROL),
		KEEP(0),
		ALU(BPF_RSH, 13),
		ALU(BPF_AND, 2),
		ALU(BPF_ADD, 6),
		A_TO_X,
		KEPT(0),
		ALU(BPF_RSH, 9),
		ALU(BPF_AND, 4),
		ADD_X,
		A_TO_X,
		KEPT(0),
		IF(BPF_JSET, 0x0200, 0, 4),
		LOAD16(0),
		ALU(BPF_ADD, 2),
		ADD_X,
		A_TO_X,
		PPP_SPLIT(FILTER_L2TP_DATA, FILTER_L2TP_PPP),
	};

	return filter_set(fd, SO_ATTACH_REUSEPORT_CBPF, code, COUNT_OF(code));
}

/*
 * EtherType at `at`: jumps for session, discovery and others; after a tag the
 * next EtherType is tested.  Kinds and number of tags are those of vlan.h; the
 * kernel has usually removed the outermost one.
 */
#define LOOK_AT(at, session, discovery, other)                                 \
	FRAME16(at),                                                           \
	IF(BPF_JEQ, ETH_P_PPP_SES, session, 0),                                \
	IF(BPF_JEQ, ETH_P_PPP_DISC, discovery, 0),                             \
	IF(BPF_JEQ, VLAN_TYPE, 1, 0),                                          \
	IF(BPF_JEQ, VLAN_TYPE_AD, 0, other)

#define WHOLE 0xffff

int filter_pppoe(int fd, bool data)
{
	unsigned int want_data = data ? WHOLE : 0;
	unsigned int want_rest = data ? 0 : WHOLE;
	_Static_assert(VLAN_TAGS == 3, "one look more than tags");
	/* X: where the PPP frame begins below this number of tags */
	struct sock_filter code[] = {
		LOOK_AT(12, 18, 15, 14),
		LOOK_AT(16, 15, 10, 9),
		LOOK_AT(20, 12, 5, 4),
		FRAME16(24),
		IF(BPF_JEQ, ETH_P_PPP_SES, 9, 0),
		IF(BPF_JEQ, ETH_P_PPP_DISC, 0, 1),
		ANSWER(want_rest),
		ANSWER(0),
		SET_X(20),
		SKIP(5),
		SET_X(24),
		SKIP(3),
		SET_X(28),
		SKIP(1),
		SET_X(32),
		PPP_SPLIT(want_data, want_rest),
	};

	return filter_set(fd, SO_ATTACH_FILTER, code, COUNT_OF(code));
}
