/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shared.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "note.h"

#define PACED_SOURCES 65536 /* 2 MiB; sources with a `max` that opened within a minute */

/* These names are stored in gate.db: never change them. */
static const char *const spool_names[CONFIG_WORKERS] = {
        "events",   "events 2",  "events 3",  "events 4",  "events 5",  "events 6",  "events 7",  "events 8",
        "events 9", "events 10", "events 11", "events 12", "events 13", "events 14", "events 15", "events 16"};

static void *
make_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

struct shared *
shared_new(unsigned workers)
{
	struct shared *shared = calloc(1, sizeof *shared);
	uint64_t seed;

	if (shared == NULL || getrandom(&seed, sizeof seed, 0) != sizeof seed ||
	    (shared->debts = debts_new(PACED_SOURCES, seed)) == NULL ||
	    (shared->recorder = make_memory(sizeof *shared->recorder)) == NULL ||
	    (shared->last_missing = make_memory(sizeof *shared->last_missing)) == NULL ||
	    (shared->supervisor = make_memory(sizeof *shared->supervisor)) == NULL ||
	    (shared->floods = spool_new("floods", sizeof(struct flood), SPOOL_FLOODS)) == NULL ||
	    (shared->notes = spool_new("notes", sizeof(struct note), SPOOL_NOTES)) == NULL ||
	    (shared->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		fatal("cannot allocate shared memory");
	shared->gate_count = workers;
	for (unsigned i = 0; i < workers; i++) {
		struct gate_share *g = &shared->gates[i];

		if ((g->state = make_memory(sizeof *g->state)) == NULL ||
		    (g->events = spool_new(spool_names[i], sizeof(struct event), SPOOL_EVENTS)) == NULL)
			fatal("cannot allocate shared memory");
	}
	shared->run = when_now();
	return shared;
}

static void
limit(struct spool *s, enum spool_end end)
{
	if (!spool_limit(s, end))
		fatal("cannot limit shared memory");
}

static void
drop(struct spool **s)
{
	spool_free(*s);
	*s = NULL;
}

static void
drop_state(struct gate_state **state)
{
	munmap(*state, sizeof **state);
	*state = NULL;
}

void
shared_limit_gate(struct shared *s, unsigned number)
{
	for (unsigned i = 0; i < s->gate_count; i++) {
		if (i == number) {
			limit(s->gates[i].events, SPOOL_WRITER);
			continue;
		}
		drop(&s->gates[i].events);
		drop_state(&s->gates[i].state);
	}
	drop(&s->notes);
	drop(&s->floods);
	if (mprotect((void *)(uintptr_t)s->last_missing, sizeof *s->last_missing, PROT_READ) != 0)
		fatal("cannot limit shared memory");
	munmap(s->recorder, sizeof *s->recorder);
	munmap(s->supervisor, sizeof *s->supervisor);
	s->recorder = NULL;
	s->supervisor = NULL;
}

void
shared_limit_recorder(struct shared *s)
{
	for (unsigned i = 0; i < s->gate_count; i++) {
		limit(s->gates[i].events, SPOOL_READER);
		drop_state(&s->gates[i].state);
	}
	if (mprotect(s->supervisor, sizeof *s->supervisor, PROT_READ) != 0)
		fatal("cannot limit shared memory");
	limit(s->notes, SPOOL_READER);
	limit(s->floods, SPOOL_READER);
	munmap((void *)(uintptr_t)s->last_missing, sizeof *s->last_missing);
	s->last_missing = NULL;
	debts_free(s->debts);
	s->debts = NULL;
}
