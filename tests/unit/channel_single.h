/* SPDX-License-Identifier: GPL-2.0-only */
/* One reliable channel; the test feeds it and reads what it has sent. */
#ifndef TESTS_CHANNEL_SINGLE_H
#define TESTS_CHANNEL_SINGLE_H

#include "l2tp_pair.h"
#include "proto/channel.h"

/* RFC 2661's timers, a floor of 100 ms, a window of 16. */
extern const struct channel_config channel_usual;

struct single {
	struct channel channel;
	struct datagram out[64];
	unsigned int out_count;
};

void single_init(struct single *s, uint16_t window);
/* Sends so many messages of one octet. */
void single_put(struct single *s, unsigned int count, struct instant now);
/* The peer acknowledges all before nr. */
void single_ack(struct single *s, uint16_t nr, struct instant now);
/* A message of the peer comes; want: it is in its turn. */
void single_get(struct single *s, uint16_t ns, bool want, struct instant now);

#endif
