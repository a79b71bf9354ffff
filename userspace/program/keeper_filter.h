/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic filters that keep subscribers' data away from control, so that no
 * flood of it fills a queue that control waits in.
 *
 * Data is a PPP protocol below 0x8000, which is the network layer (RFC 1661
 * section 2); IPv6 from or to link-local or multicast addresses is not, for it
 * is with us that it speaks.
 */
#ifndef PROGRAM_KEEPER_FILTER_H
#define PROGRAM_KEEPER_FILTER_H

#include <stdbool.h>

/* Which socket of UDP port 1701's group a message goes to, in bind order. */
enum filter_l2tp {
	FILTER_L2TP_PPP, /* T=0: PPP's own, and what is too short to tell */
	FILTER_L2TP_CONTROL, /* T=1 */
	FILTER_L2TP_DATA, /* T=0: data */
	FILTER_L2TP_SOCKETS,
};
/* For the whole group of this socket; -errno. */
int filter_l2tp(int fd);

/*
 * PPPoE below up to two tags: session frames with data, or all the others
 * (discovery, PPP's own protocols).
 */
int filter_pppoe(int fd, bool data);

#endif
