/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inbox.h"

void
inbox_begin(struct inbox *b, unsigned gate, uint64_t done)
{
	b->gates[gate].next = b->gates[gate].done = done;
	b->gates[gate].loaded = false;
	spool_take(b->shared->gates[gate].events, done);
}

static int
oldest(const struct inbox *b)
{
	int best = -1;

	for (unsigned i = 0; i < b->shared->gate_count; i++)
		if (b->gates[i].loaded && (best < 0 || b->gates[i].event.when < b->gates[best].event.when))
			best = (int)i;
	return best;
}

const struct event *
inbox_peek(struct inbox *b)
{
	int gate;

	for (unsigned i = 0; i < b->shared->gate_count; i++)
		if (!b->gates[i].loaded)
			b->gates[i].loaded =
			        spool_read(b->shared->gates[i].events, b->gates[i].next, &b->gates[i].event);
	return (gate = oldest(b)) >= 0 ? &b->gates[gate].event : NULL;
}

void
inbox_pop(struct inbox *b)
{
	int gate = oldest(b);

	if (gate < 0)
		return;
	b->gates[gate].next++;
	b->gates[gate].loaded = false;
}

void
inbox_commit(struct inbox *b)
{
	for (unsigned i = 0; i < b->shared->gate_count; i++) {
		b->gates[i].done = b->gates[i].next;
		spool_take(b->shared->gates[i].events, b->gates[i].done);
	}
}

bool
inbox_skip_damaged(struct inbox *b, uint64_t *skipped)
{
	bool any = false;

	*skipped = 0;
	for (unsigned i = 0; i < b->shared->gate_count; i++) {
		const struct spool *s = b->shared->gates[i].events;
		uint64_t next = b->gates[i].next, head = spool_head(s);

		if (spool_sound(s, next) || next != b->gates[i].done)
			continue;
		inbox_begin(b, i, head);
		*skipped += head - next;
		any = true;
	}
	return any;
}

uint64_t
inbox_popped(const struct inbox *b)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < b->shared->gate_count; i++)
		sum += b->gates[i].next - b->gates[i].done;
	return sum;
}

uint64_t
inbox_committed(const struct inbox *b)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < b->shared->gate_count; i++)
		sum += b->gates[i].done;
	return sum;
}

uint64_t
inbox_lost(const struct inbox *b)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < b->shared->gate_count; i++)
		sum += spool_lost(b->shared->gates[i].events);
	return sum;
}

bool
inbox_fills_up(const struct inbox *b)
{
	for (unsigned i = 0; i < b->shared->gate_count; i++) {
		const struct spool *s = b->shared->gates[i].events;

		if (spool_head(s) - b->gates[i].done > spool_room(s) / 2)
			return true;
	}
	return false;
}
