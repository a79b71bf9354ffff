/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an earlier engine left in the data plane: it keeps forwarding, its ids
 * and addresses are not used again, and after stale-hold it is swept.
 */
#ifndef SWITCH_STALE_H
#define SWITCH_STALE_H

#include "switch/node.h"

int stale_collect(struct node *node);
void stale_sweep(struct node *node);
void stale_free(struct node *node);

#endif
