/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spool.h"

#include <sys/mman.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 64 /* records that the writer may add after spool_oldest has returned */

/* The memory that both ends write to. */
struct ring {
	_Atomic uint64_t head __attribute__((aligned(64))); /* the writer's */
	_Atomic uint64_t lost;
	_Atomic uint64_t tail __attribute__((aligned(64))); /* the reader's */
	unsigned char records[] __attribute__((aligned(64)));
};

/* Each process has a copy of its own, from which a record's place is computed: it lies within the ring whatever the
 * other end writes there. */
struct spool {
	const char *name;
	size_t record_size, room;
	struct ring *ring;
};

struct spool *
spool_new(const char *name, size_t record_size, size_t room)
{
	struct spool *s = malloc(sizeof *s);
	size_t power = 2 * MARGIN;

	if (s == NULL)
		return NULL;
	while (power < room)
		power *= 2;
	*s = (struct spool){.name = name, .record_size = record_size, .room = power};
	s->ring = mmap(NULL, sizeof *s->ring + record_size * power, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	               -1, 0);
	if (s->ring == MAP_FAILED) {
		free(s);
		return NULL;
	}
	return s;
}

void
spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	munmap(s->ring, sizeof *s->ring + s->record_size * s->room);
	free(s);
}

const char *
spool_name(const struct spool *s)
{
	return s->name;
}

size_t
spool_room(const struct spool *s)
{
	return s->room;
}

static unsigned char *
slot(const struct spool *s, uint64_t number)
{
	return s->ring->records + (number & (s->room - 1)) * s->record_size;
}

bool
spool_put(struct spool *s, const void *record)
{
	uint64_t head = atomic_load_explicit(&s->ring->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&s->ring->tail, memory_order_acquire) >= s->room) {
		atomic_fetch_add_explicit(&s->ring->lost, 1, memory_order_relaxed);
		return false;
	}
	memcpy(slot(s, head), record, s->record_size);
	atomic_store_explicit(&s->ring->head, head + 1, memory_order_release);
	return true;
}

uint64_t
spool_head(const struct spool *s)
{
	return atomic_load_explicit(&s->ring->head, memory_order_acquire);
}

uint64_t
spool_tail(const struct spool *s)
{
	return atomic_load_explicit(&s->ring->tail, memory_order_relaxed);
}

uint64_t
spool_lost(const struct spool *s)
{
	return atomic_load_explicit(&s->ring->lost, memory_order_relaxed);
}

uint64_t
spool_oldest(const struct spool *s)
{
	uint64_t head = spool_head(s), tail = spool_tail(s), oldest;

	oldest = head > s->room - MARGIN ? head - (s->room - MARGIN) : 0;
	return oldest < tail ? oldest : tail; /* a record that was not taken is never overwritten */
}

bool
spool_read(const struct spool *s, uint64_t number, void *record)
{
	uint64_t head = spool_head(s);

	if (number >= head || head - number > s->room)
		return false;
	memcpy(record, slot(s, number), s->record_size);
	/* If it was taken already, the writer may have overwritten it meanwhile. */
	atomic_thread_fence(memory_order_acquire);
	return number >= spool_tail(s) || spool_head(s) - number < s->room;
}

void
spool_take(struct spool *s, uint64_t number)
{
	atomic_store_explicit(&s->ring->tail, number, memory_order_release);
}
