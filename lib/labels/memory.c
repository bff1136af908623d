/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"

#define ROOM 192 /* at first */

struct judged_host {
	struct addr host;
	struct judge_key who;
};

struct known {
	struct judge_key who;
	struct judging_state *state; /* allocated for its used bytes alone */
};

struct judging_memory {
	struct table *hosts, *states; /* struct judged_host, struct known */
};

static const struct table_type host_type = {
        .size = sizeof(struct judged_host), .key = sizeof(struct addr), .grows = true};
static const struct table_type known_type = {
        .size = sizeof(struct known), .key = sizeof(struct judge_key), .grows = true};

struct judging_memory *
judging_memory_new(void)
{
	struct judging_memory *m = calloc(1, sizeof *m);

	if (m != NULL && (m->hosts = table_new(&host_type, ROOM)) != NULL &&
	    (m->states = table_new(&known_type, ROOM)) != NULL)
		return m;
	judging_memory_free(m);
	return NULL;
}

void
judging_memory_free(struct judging_memory *m)
{
	const struct known *k;

	if (m == NULL)
		return;
	for (size_t n = 0; m->states != NULL && (k = table_at(m->states, n)) != NULL; n++)
		free(k->state);
	table_free(m->hosts);
	table_free(m->states);
	free(m);
}

/* Size without the unused bytes. */
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
	struct known *k = table_add(m->states, who, NULL);
	struct judging_state *state;
	struct judged_host *h;

	if (k == NULL || (state = realloc(k->state, state_size(s))) == NULL)
		return false;
	judging_memory_copy(state, s);
	k->state = state;
	if ((h = table_add(m->hosts, host, NULL)) == NULL)
		return false;
	h->who = *who;
	return true;
}

const struct judging_state *
judging_memory_state(const struct judging_memory *m, const struct judge_key *who)
{
	const struct known *k = table_find(m->states, who);

	return k != NULL ? k->state : NULL;
}

const struct judge_key *
judging_memory_key(const struct judging_memory *m, const struct addr *host)
{
	const struct judged_host *h = table_find(m->hosts, host);

	return h != NULL ? &h->who : NULL;
}

const struct addr *
judging_memory_next(const struct judging_memory *m, size_t *at)
{
	const struct judged_host *h = table_at(m->hosts, (*at)++);

	return h != NULL ? &h->host : NULL;
}
