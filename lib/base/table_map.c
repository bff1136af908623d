/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A map has an open-addressed index, at most half full, of the numbers of its entries. */
#include <stdlib.h>
#include <string.h>

#include "table_parts.h"

bool
table_make_slots(struct table *t, size_t room)
{
	size_t count = 16;
	uint32_t *slots;

	while (count < 2 * room)
		count *= 2;
	if ((slots = calloc(count, sizeof *slots)) == NULL)
		return false;
	free(t->slots);
	t->slots = slots;
	t->mask = count - 1;
	return true;
}

static uint32_t *
slot_of(const struct table *t, const void *entry)
{
	return look(t, hash_of(t, entry), entry);
}

static bool
grow(struct table *t)
{
	size_t most = t->type->most != 0 ? t->type->most : MOST, room = 2 * t->room;
	unsigned char *entries;

	if (room > most)
		room = most;
	if (!t->type->grows || room <= t->room || (entries = reallocarray(t->entries, room, t->size)) == NULL)
		return false;
	t->entries = entries;
	if (!table_make_slots(t, room))
		return false;
	t->room = room;
	for (uint32_t n = 0; n < t->count; n++)
		*slot_of(t, entry_of(t, n)) = n + 1;
	return true;
}

void *
table_add(struct table *t, const void *key, bool *is_new)
{
	uint64_t hash = hash_of(t, key);
	uint32_t *slot = look(t, hash, key);
	unsigned char *entry;

	if (is_new != NULL)
		*is_new = *slot == 0;
	if (*slot != 0)
		return entry_of(t, *slot - 1);
	if (t->count == t->room) {
		if (!grow(t))
			return NULL;
		slot = look(t, hash, key);
	}
	entry = entry_of(t, t->count);
	*slot = (uint32_t)++t->count;
	copy_key(t, entry, key);
	memset(entry + t->key, 0, t->size - t->key);
	return entry;
}

/* Entries after the gap move up, or a look-up would stop at the gap before it reaches them. */
static void
free_slot(struct table *t, uint32_t *slot)
{
	uint32_t number;

	*slot = 0;
	for (size_t n = (size_t)(slot - t->slots + 1) & t->mask; (number = t->slots[n]) != 0; n = (n + 1) & t->mask) {
		t->slots[n] = 0;
		*slot_of(t, entry_of(t, number - 1)) = number;
	}
}

void
table_remove(struct table *t, void *entry)
{
	unsigned char *last = t->entries + (t->count - 1) * t->size;

	free_slot(t, slot_of(t, entry));
	if (entry != last) {
		*slot_of(t, last) = (uint32_t)place_of(t, entry) + 1;
		memcpy(entry, last, t->size);
	}
	t->count--;
}

size_t
table_keep(struct table *t, bool (*keep)(const void *entry, const void *arg), const void *arg)
{
	size_t before = t->count, kept = 0;

	for (size_t n = 0; n < before; n++) {
		unsigned char *entry = t->entries + n * t->size;

		if (!keep(entry, arg))
			continue;
		if (kept < n)
			memcpy(t->entries + kept * t->size, entry, t->size);
		kept++;
	}
	if (kept == before)
		return 0;
	table_clear(t);
	while (t->count < kept) {
		uint32_t *slot = slot_of(t, entry_of(t, t->count));

		*slot = (uint32_t)++t->count;
	}
	return before - kept;
}
