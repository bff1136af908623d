/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pairs: a set of 64-bit hashes, each with some bits of its own. It counts distinct values among millions of pairs of
 * host and destination, in 16 to 32 bytes each. Equal hashes count as equal pairs: with 10,000,000 pairs, the chance
 * that there are any such is 1 in 300,000. */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pairs;

struct pairs *pairs_new(void);    /* NULL if memory is short */
void pairs_free(struct pairs *p); /* accepts NULL */
/* Sets `bits` (1 to 255) of the pair, which is these bytes; *seen is what was set before, 0 for a new pair. false if
 * memory is short. */
bool pairs_add(struct pairs *p, const void *bytes, size_t size, unsigned int bits, unsigned int *seen);

#endif
