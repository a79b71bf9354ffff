/* SPDX-License-Identifier: GPL-2.0-only */
/* Elements of a table that share a key; see group.h. */
#include "base/group.h"

static struct group_link *ring_entry(struct list *ring)
{
	return list_entry(ring, struct group_link, ring);
}

static struct group_link *group_oldest(const struct table *table, uint32_t key)
{
	struct table_link *link = table_find(table, key);

	return link ? table_entry(link, struct group_link, link) : NULL;
}

int group_add(struct table *table, struct group_link *link, uint32_t key)
{
	struct group_link *oldest = group_oldest(table, key);
	int err = 0;

	list_init(&link->ring);
	link->key = key;
	link->oldest = !oldest;
	if (oldest)
		list_append(&oldest->ring, &link->ring);
	else
		err = table_insert(table, &link->link, key);
	link->in = !err;
	return err;
}

void group_remove(struct table *table, struct group_link *link)
{
	if (!link->in)
		return;
	link->in = false;
	if (link->oldest) {
		table_remove(table, &link->link);
		if (!list_empty(&link->ring)) {
			struct group_link *next = ring_entry(link->ring.next);

			next->oldest = true;
			/* there are buckets, so this cannot fail */
			table_insert(table, &next->link, link->key);
		}
	}
	list_remove(&link->ring);
}

struct group_link *group_newest(const struct table *table, uint32_t key)
{
	struct group_link *oldest = group_oldest(table, key);

	return oldest ? ring_entry(oldest->ring.prev) : NULL;
}

struct group_link *group_older(const struct group_link *link)
{
	return link->oldest ? NULL : ring_entry(link->ring.prev);
}
