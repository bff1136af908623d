/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turns: finds kinds of SYNs that alternate at one address, and so come from several machines. Pure. */
#ifndef TURNS_H
#define TURNS_H

#include <stddef.h>
#include <stdint.h>

#define TURNS_KINDS 20 /* kinds that are compared */
#define TURNS_MOST 3   /* kinds that are reported */
#define TURNS_MINUTES 60

/* `minutes`: for each kind, the minutes of an hour in which it was seen, as bits, the first one lowest. Fills in the
 * numbers of the kinds of which any two alternate, the most frequent ones first. Returns their number; fewer than two
 * mean none. Two kinds alternate if each was seen in at least three minutes, with at least three changes from one to
 * the other, where a minute with both counts as one. A new lease, or another system on the same machine, makes one
 * change. */
size_t turns_find(const uint64_t *minutes, size_t kinds, size_t out[TURNS_MOST]);

static inline unsigned
turns_count(uint64_t minutes)
{
	return (unsigned)__builtin_popcountll(minutes & ((UINT64_C(1) << TURNS_MINUTES) - 1));
}

#endif
