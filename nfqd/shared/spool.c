/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spool.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory_file.h"

#define MARGIN 64 /* records that the writer may add after spool_oldest has returned */

/* The memory that the writer writes to. */
struct ring {
	_Atomic uint64_t head, lost;
	unsigned char records[] __attribute__((aligned(64)));
};

/* ... and the reader, in a page of its own. */
struct taken {
	_Atomic uint64_t tail;
};

/* Each process has a copy of its own, from which a record's place is computed: it lies within the ring whatever the
 * other end writes there. The ring's pages come first in the memory behind `fd`, the reader's page last. */
struct spool {
	const char *name;
	size_t record_size, room;
	struct ring *ring;
	struct taken *taken;
	size_t ring_size, taken_size; /* whole pages */
	int fd;                       /* -1: closed */
};

static bool
map(struct spool *s)
{
	size_t size = s->ring_size + s->taken_size;
	char *at;

	if ((s->fd = memory_file_new("nfqd spool", size)) < 0)
		return false;
	if ((at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0)) == MAP_FAILED) {
		close(s->fd);
		return false;
	}
	/* Mappings made from now on are for reading, and stay so. Before Linux 5.1 only system-call filters see to
	 * that. */
	if (fcntl(s->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		fcntl(s->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	s->ring = (struct ring *)(void *)at;
	s->taken = (struct taken *)(void *)(at + s->ring_size);
	return true;
}

struct spool *
spool_new(const char *name, size_t record_size, size_t room)
{
	struct spool *s = malloc(sizeof *s);
	size_t power = 2 * MARGIN, page = (size_t)sysconf(_SC_PAGESIZE), size;

	if (s == NULL)
		return NULL;
	while (power < room)
		power *= 2;
	size = sizeof *s->ring + record_size * power;
	*s = (struct spool){.name = name,
	                    .record_size = record_size,
	                    .room = power,
	                    .ring_size = (size + page - 1) / page * page,
	                    .taken_size = page};
	if (!map(s)) {
		free(s);
		return NULL;
	}
	return s;
}

static void
forget_memory(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void
spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	munmap(s->ring, s->ring_size + s->taken_size);
	forget_memory(s);
	free(s);
}

bool
spool_limit(struct spool *s, enum spool_end end)
{
	void *other = end == SPOOL_WRITER ? (void *)s->taken : (void *)s->ring;
	size_t size = end == SPOOL_WRITER ? s->taken_size : s->ring_size;
	off_t offset = end == SPOOL_WRITER ? (off_t)s->ring_size : 0;

	/* A new mapping of memory sealed against writing, in place of the old one: mprotect cannot undo it. */
	if (mmap(other, size, PROT_READ, MAP_SHARED | MAP_FIXED, s->fd, offset) == MAP_FAILED)
		return false;
	forget_memory(s);
	return true;
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

	if (head - atomic_load_explicit(&s->taken->tail, memory_order_acquire) >= s->room) {
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
	return atomic_load_explicit(&s->taken->tail, memory_order_relaxed);
}

uint64_t
spool_lost(const struct spool *s)
{
	return atomic_load_explicit(&s->ring->lost, memory_order_relaxed);
}

bool
spool_sound(const struct spool *s, uint64_t next)
{
	return spool_head(s) - next <= s->room;
}

uint64_t
spool_oldest(const struct spool *s)
{
	uint64_t head = spool_head(s), tail = spool_tail(s), oldest, least = tail > s->room ? tail - s->room : 0;

	oldest = head > s->room - MARGIN ? head - (s->room - MARGIN) : 0;
	if (oldest < least) /* a hostile head */
		return least;
	return oldest < tail ? oldest : tail; /* a record that was not taken is never overwritten */
}

bool
spool_read(const struct spool *s, uint64_t number, void *record)
{
	/* Differences: numbers may wrap behind a head that a hostile writer has left. */
	if (spool_head(s) == number || !spool_sound(s, number))
		return false;
	memcpy(record, slot(s, number), s->record_size);
	/* If it was taken already, the writer may have overwritten it meanwhile. */
	atomic_thread_fence(memory_order_acquire);
	return (int64_t)(number - spool_tail(s)) >= 0 || spool_head(s) - number < s->room;
}

void
spool_take(struct spool *s, uint64_t number)
{
	atomic_store_explicit(&s->taken->tail, number, memory_order_release);
}
