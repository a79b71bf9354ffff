/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked lists whose links lie in the elements. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST(name) struct list name = {&(name), &(name)}

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

/* Takes a link out; the link is then a list of its own. */
static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

#define list_entry(link, type, member)                                         \
	((type *)(void *)((char *)(link) - offsetof(type, member)))

#define list_each(pos, head, member)                                           \
	for (pos = list_entry((head)->next, __typeof__(*pos), member);         \
	     &pos->member != (head);                                           \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

/* As list_each, but pos may be removed on the way. */
#define list_each_safe(pos, after, head, member)                               \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),         \
	    after = list_entry(pos->member.next, __typeof__(*pos), member);    \
	     &pos->member != (head); pos = after,                              \
	    after = list_entry(pos->member.next, __typeof__(*pos), member))

#endif
