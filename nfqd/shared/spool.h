/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool: a ring of records of one size in shared memory, from one writing process to one reading process; never blocks.
 *
 * The memory belongs to the supervisor and outlives either end: records of a killed gate are still read, and the
 * successor of a killed recorder continues at the position that its database has. Records are numbered from 0 for the
 * life of the spool; a record stays readable until `room` more have been put, even after it was taken.
 *
 * spool_limit leaves a process its own end: a writer cannot change what was taken, nor a reader what was put, and
 * neither can undo that. */
#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

/* Call before the processes fork. `room` is rounded up to a power of two. NULL with errno set. */
struct spool *spool_new(const char *name, size_t record_size, size_t room);
void spool_free(struct spool *s); /* in this process; accepts NULL */
/* In a child: the memory of the other end becomes read-only, for good. False with errno set. */
enum spool_end { SPOOL_WRITER, SPOOL_READER };
bool spool_limit(struct spool *s, enum spool_end end);
const char *spool_name(const struct spool *s);

/* For the writer. False: the spool is full, and the record was dropped and counted. */
bool spool_put(struct spool *s, const void *record);

/* For the reader: the number of the next record to be put, and of the next to be taken. */
uint64_t spool_head(const struct spool *s);
uint64_t spool_tail(const struct spool *s);
uint64_t spool_lost(const struct spool *s); /* records dropped because the spool was full */
/* False: no writer of ours can have reached this head while records from `next` on are not taken. */
bool spool_sound(const struct spool *s, uint64_t next);
size_t spool_room(const struct spool *s);
/* The oldest record that can still be read safely while the writer continues. */
uint64_t spool_oldest(const struct spool *s);
/* Copies record `number`, which valid.h then checks; false if it has not been put or was overwritten. */
bool spool_read(const struct spool *s, uint64_t number, void *record);
/* Everything before `number` may be overwritten. */
void spool_take(struct spool *s, uint64_t number);

#endif
