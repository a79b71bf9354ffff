/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elements of a table that share a key, from the oldest to the newest: the
 * table holds the oldest, which is in a ring with the others.  Keys are hashes,
 * so a caller that walks a group must compare the hashed values themselves.
 */
#ifndef BASE_GROUP_H
#define BASE_GROUP_H

#include <stdbool.h>

#include "base/list.h"
#include "base/table.h"

/* Lies in the element; all zeros is in no group. */
struct group_link {
	struct table_link link; /* in the table, if this is the oldest */
	struct list ring;
	uint32_t key;
	bool in; /* a group */
	bool oldest;
};

/* Joins as the newest.  0; -ENOMEM: not in. */
int group_add(struct table *table, struct group_link *link, uint32_t key);
/* Nothing if it is in no group. */
void group_remove(struct table *table, struct group_link *link);
/* NULL: nobody has this key. */
struct group_link *group_newest(const struct table *table, uint32_t key);
/* The next older one, NULL: this is the oldest. */
struct group_link *group_older(const struct group_link *link);

#define group_entry(link, type, member)                                        \
	((type *)(void *)((char *)(link) - offsetof(type, member)))

#endif
