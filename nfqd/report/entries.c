/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "entries.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/table.h"

struct member {
	struct addr addr;
	uint32_t entry;
};

static const struct table_type member_type = {.size = sizeof(struct member), .key = sizeof(struct addr), .grows = true};

struct entries {
	struct table *members; /* struct member */
	struct host_addresses *entries;
	struct addr *addresses; /* of all entries, one after the other */
};

/* By who is judged, then the latest first. */
static int
by_who(const void *left, const void *right)
{
	const struct host *a = *(const struct host *const *)left, *b = *(const struct host *const *)right;
	int c = memcmp(&a->who, &b->who, sizeof a->who);

	if (c != 0)
		return c;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return addr_cmp(&a->addr, &b->addr);
}

static bool
may_share(const struct host *h)
{
	return h->addr.family == 6 && h->judged && host_label_of(h) != LABEL_LISTED;
}

/* Hosts that may share an entry, sorted. The caller frees the array. */
static const struct host **
candidates(const struct report *r, size_t *count)
{
	const struct host **list = whole(calloc(r->host_count + 1, sizeof *list));

	*count = 0;
	for (size_t n = 0; n < r->host_count; n++)
		if (may_share(&r->hosts[n]))
			list[(*count)++] = &r->hosts[n];
	if (*count > 0)
		qsort(list, *count, sizeof *list, by_who);
	return list;
}

/* The number of hosts, from the first of the list on, that are judged as one. */
static size_t
alike(const struct host *const *list, size_t count)
{
	size_t n = 1;

	while (n < count && memcmp(&list[0]->who, &list[n]->who, sizeof list[0]->who) == 0)
		n++;
	return n;
}

static void
add_entry(struct entries *e, uint32_t entry, struct addr *addresses, const struct host *const *hosts, size_t count)
{
	e->entries[entry] = (struct host_addresses){addresses, count};
	for (size_t n = 0; n < count; n++) {
		struct member *m = whole(table_add(e->members, &hosts[n]->addr, NULL));

		m->entry = entry;
		addresses[n] = hosts[n]->addr;
	}
}

struct entries *
entries_find(const struct report *r)
{
	size_t count, used = 0;
	uint32_t entry = 0;
	const struct host **list = candidates(r, &count);
	struct entries *e = whole(calloc(1, sizeof *e));

	e->members = whole(table_new(&member_type, 192));
	e->entries = whole(calloc(count + 1, sizeof *e->entries));
	e->addresses = whole(calloc(count + 1, sizeof *e->addresses));
	for (size_t n = 0, same; n < count; n += same)
		if ((same = alike(list + n, count - n)) > 1) {
			add_entry(e, entry++, e->addresses + used, list + n, same);
			used += same;
		}
	free(list);
	if (entry > 0)
		return e;
	entries_free(e);
	return NULL;
}

void
entries_free(struct entries *e)
{
	if (e == NULL)
		return;
	table_free(e->members);
	free(e->entries);
	free(e->addresses);
	free(e);
}

const struct host_addresses *
entries_of(const struct entries *e, const struct addr *address)
{
	const struct member *m = e != NULL && address->family == 6 ? table_find(e->members, address) : NULL;

	return m != NULL ? &e->entries[m->entry] : NULL;
}
