/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table whose links lie in the elements, keyed by 32-bit integers.  It
 * grows with its elements and owns only its buckets.  Keys are unique: the
 * caller looks before it inserts.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_link {
	struct table_link *next;
	uint32_t key;
};

/* All zeros is an empty table. */
struct table {
	struct table_link **buckets;
	unsigned int bits; /* 2^bits buckets */
	unsigned int used;
};

/* Frees the buckets; elements are left alone. */
void table_fini(struct table *table);
/* 0; -ENOMEM: not inserted. */
int table_insert(struct table *table, struct table_link *link, uint32_t key);
/* NULL: not there. */
struct table_link *table_find(const struct table *table, uint32_t key);
/* The link must be in the table. */
void table_remove(struct table *table, struct table_link *link);

#define table_entry(link, type, member)                                        \
	((type *)(void *)((char *)(link) - offsetof(type, member)))

#endif
