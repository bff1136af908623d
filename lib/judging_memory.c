/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judging_memory.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Of a host: its address -> as whom it was judged; of a key -> its state. */
struct entry {
	struct addr name; /* family 0: free; of a key: KEYS + kind */
	struct judge_key who;
	struct judging_state *state; /* as long as it must be; NULL for a host */
};

#define KEYS 100

struct judging_memory {
	struct entry *entries; /* open addressing */
	size_t count, mask;
};

static struct addr
name_of(const struct judge_key *who)
{
	struct addr name = {.family = (uint8_t)(KEYS + who->kind)};

	memcpy(name.bytes, who->bytes, sizeof who->bytes);
	return name;
}

/* The entry of that name, or the free place for it. */
static struct entry *
entry_at(const struct judging_memory *m, const struct addr *name)
{
	size_t n = (size_t)XXH3_64bits(name, sizeof *name) & m->mask;

	while (m->entries[n].name.family != 0 && !addr_equal(&m->entries[n].name, name))
		n = (n + 1) & m->mask;
	return &m->entries[n];
}

static bool
grow(struct judging_memory *m)
{
	struct judging_memory larger = {.mask = 2 * m->mask + 1, .count = m->count};

	if ((larger.entries = calloc(larger.mask + 1, sizeof *larger.entries)) == NULL)
		return false;
	for (size_t n = 0; n <= m->mask; n++)
		if (m->entries[n].name.family != 0)
			*entry_at(&larger, &m->entries[n].name) = m->entries[n];
	free(m->entries);
	*m = larger;
	return true;
}

static struct entry *
add_entry(struct judging_memory *m, const struct addr *name)
{
	struct entry *e = entry_at(m, name);

	if (e->name.family != 0)
		return e;
	if (2 * (m->count + 1) > m->mask) {
		if (!grow(m))
			return NULL;
		e = entry_at(m, name);
	}
	m->count++;
	e->name = *name;
	return e;
}

struct judging_memory *
judging_memory_new(void)
{
	struct judging_memory *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->mask = 255;
	if ((m->entries = calloc(m->mask + 1, sizeof *m->entries)) != NULL)
		return m;
	free(m);
	return NULL;
}

void
judging_memory_free(struct judging_memory *m)
{
	if (m == NULL)
		return;
	for (size_t n = 0; n <= m->mask; n++)
		free(m->entries[n].state);
	free(m->entries);
	free(m);
}

/* Without the bytes that are not used. */
static size_t
state_size(const struct judging_state *s)
{
	return offsetof(struct judging_state, bytes) + s->size + s->usual_size;
}

void
judging_memory_copy(struct judging_state *to, const struct judging_state *from)
{
	memcpy(to, from, state_size(from));
}

bool
judging_memory_save(struct judging_memory *m, const struct judge_key *who, const struct addr *host,
                    const struct judging_state *s)
{
	struct addr name = name_of(who);
	struct entry *e = add_entry(m, &name);
	struct judging_state *state;

	if (e == NULL || (state = realloc(e->state, state_size(s))) == NULL)
		return false;
	judging_memory_copy(state, s);
	e->who = *who;
	e->state = state;
	if ((e = add_entry(m, host)) == NULL)
		return false;
	e->who = *who;
	return true;
}

const struct judging_state *
judging_memory_state(const struct judging_memory *m, const struct judge_key *who)
{
	struct addr name = name_of(who);

	return entry_at(m, &name)->state;
}

const struct judge_key *
judging_memory_who(const struct judging_memory *m, const struct addr *host)
{
	const struct entry *e = entry_at(m, host);

	return e->name.family != 0 ? &e->who : NULL;
}

const struct addr *
judging_memory_next(const struct judging_memory *m, size_t *at)
{
	while (*at <= m->mask) {
		const struct entry *e = &m->entries[(*at)++];

		if (e->name.family != 0 && e->name.family < KEYS)
			return &e->name;
	}
	return NULL;
}
