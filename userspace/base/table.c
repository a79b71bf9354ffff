/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash table whose links lie in the elements; see table.h. */
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_BITS = 4, LAST_BITS = 24 };

/* Multiplicative hashing: the top bits are the well mixed ones. */
static struct table_link **table_bucket(struct table_link **buckets,
					unsigned int bits, uint32_t key)
{
	return &buckets[(key * 2654435769u) >> (32 - bits)];
}

static void table_move(struct table *table, struct table_link **to,
		       unsigned int bits)
{
	for (size_t i = 0; i < (size_t)1 << table->bits; i++) {
		struct table_link *link = table->buckets[i];

		while (link) {
			struct table_link *after = link->next;
			struct table_link **at;

			at = table_bucket(to, bits, link->key);
			link->next = *at;
			*at = link;
			link = after;
		}
	}
}

/* A table that cannot grow goes on with longer chains. */
static int table_grow(struct table *table)
{
	unsigned int bits = table->buckets ? table->bits + 1 : FIRST_BITS;
	struct table_link **buckets;

	buckets = calloc((size_t)1 << bits, sizeof(struct table_link *));
	if (!buckets)
		return table->buckets ? 0 : -ENOMEM;
	if (table->buckets)
		table_move(table, buckets, bits);
	free(table->buckets);
	table->buckets = buckets;
	table->bits = bits;
	return 0;
}

void table_fini(struct table *table)
{
	free(table->buckets);
	*table = (struct table){0};
}

int table_insert(struct table *table, struct table_link *link, uint32_t key)
{
	struct table_link **at;
	int err = 0;

	if (!table->buckets ||
	    (table->used >> table->bits && table->bits < LAST_BITS))
		err = table_grow(table);
	if (err)
		return err;
	at = table_bucket(table->buckets, table->bits, key);
	link->key = key;
	link->next = *at;
	*at = link;
	table->used++;
	return 0;
}

struct table_link *table_find(const struct table *table, uint32_t key)
{
	struct table_link *link;

	if (!table->buckets)
		return NULL;
	link = *table_bucket(table->buckets, table->bits, key);
	while (link && link->key != key)
		link = link->next;
	return link;
}

void table_remove(struct table *table, struct table_link *link)
{
	struct table_link **at;

	at = table_bucket(table->buckets, table->bits, link->key);
	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	link->next = NULL;
	table->used--;
}
