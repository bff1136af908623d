/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/addr_map.h"

/* Of a host: its address -> as whom it was judged; of a key, whose name is an address of family KEYS + kind -> its
 * state. */
struct entry {
	struct judge_key who;
	struct judging_state *state; /* as long as it must be; NULL for a host */
};

#define KEYS 100

struct judging_memory {
	struct addr_map *entries;
};

static struct addr
name_of(const struct judge_key *who)
{
	struct addr name = {.family = (uint8_t)(KEYS + who->kind)};

	memcpy(name.bytes, who->bytes, sizeof who->bytes);
	return name;
}

struct judging_memory *
judging_memory_new(void)
{
	struct judging_memory *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	if ((m->entries = addr_map_new(sizeof(struct entry))) != NULL)
		return m;
	free(m);
	return NULL;
}

void
judging_memory_free(struct judging_memory *m)
{
	size_t at = 0;
	void *e;

	if (m == NULL)
		return;
	while (addr_map_next(m->entries, &at, &e) != NULL)
		free(((struct entry *)e)->state);
	addr_map_free(m->entries);
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
	struct entry *e = addr_map_add(m->entries, &name);
	struct judging_state *state;

	if (e == NULL || (state = realloc(e->state, state_size(s))) == NULL)
		return false;
	judging_memory_copy(state, s);
	e->who = *who;
	e->state = state;
	if ((e = addr_map_add(m->entries, host)) == NULL)
		return false;
	e->who = *who;
	return true;
}

const struct judging_state *
judging_memory_state(const struct judging_memory *m, const struct judge_key *who)
{
	struct addr name = name_of(who);
	const struct entry *e = addr_map_find(m->entries, &name);

	return e != NULL ? e->state : NULL;
}

const struct judge_key *
judging_memory_who(const struct judging_memory *m, const struct addr *host)
{
	const struct entry *e = addr_map_find(m->entries, host);

	return e != NULL ? &e->who : NULL;
}

const struct addr *
judging_memory_next(const struct judging_memory *m, size_t *at)
{
	const struct addr *name;
	void *e;

	while ((name = addr_map_next(m->entries, at, &e)) != NULL && name->family >= KEYS)
		;
	return name;
}
