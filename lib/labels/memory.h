/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging_memory: states of hosts in memory, for readers of a database and for captures. It grows with the number of
 * hosts. */
#ifndef JUDGING_MEMORY_H
#define JUDGING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "judging.h"

struct judging_memory;

struct judging_memory *judging_memory_new(void);    /* NULL if memory is short */
void judging_memory_free(struct judging_memory *m); /* accepts NULL */
/* As in struct judging_sink. False: memory is short. */
bool judging_memory_save(struct judging_memory *m, const struct judge_key *who, const struct addr *host,
                         const struct judging_state *s);
/* The state of a key, and the latest key of a host; NULL: unknown. A state has only size + usual_size bytes allocated
 * in `bytes`. Valid until the next judging_memory_save. */
const struct judging_state *judging_memory_state(const struct judging_memory *m, const struct judge_key *who);
const struct judge_key *judging_memory_key(const struct judging_memory *m, const struct addr *host);
/* Copies a state that may have only its used bytes allocated. */
void judging_memory_copy(struct judging_state *to, const struct judging_state *from);
/* All hosts, in the order in which they came. NULL after the last; *at starts at 0. */
const struct addr *judging_memory_next(const struct judging_memory *m, size_t *at);

#endif
