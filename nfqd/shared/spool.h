/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool: records of one size from one writing process to one reading process, through shared memory; never blocks.
 *
 * The memory belongs to the supervisor, so it outlives either end: what a killed gate has put is still read, and a
 * recorder that is killed begins again at what its database says was committed. Records are numbered from 0 for the
 * life of the spool; a record stays readable until `room` more have been put, also after it was taken. */
#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

/* Made before the processes fork. `room` is rounded up to a power of two. NULL with errno set. */
struct spool *spool_new(const char *name, size_t record_size, size_t room);
void spool_free(struct spool *s); /* in this process; accepts NULL */
const char *spool_name(const struct spool *s);

/* The writer. False: the spool is full; the record is dropped and counted. */
bool spool_put(struct spool *s, const void *record);

/* The reader. Numbers of the next record to be put, and of the next to be taken. */
uint64_t spool_head(const struct spool *s);
uint64_t spool_tail(const struct spool *s);
uint64_t spool_lost(const struct spool *s); /* records dropped because the spool was full */
size_t spool_room(const struct spool *s);
/* The oldest record that is still there and can be read safely while the writer goes on. */
uint64_t spool_oldest(const struct spool *s);
/* Copies record `number`; false if it is not there (any more). */
bool spool_read(const struct spool *s, uint64_t number, void *record);
/* Everything before `number` may be overwritten. */
void spool_take(struct spool *s, uint64_t number);

#endif
