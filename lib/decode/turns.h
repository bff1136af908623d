/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turns: which kinds of SYNs come by turns from one address, and so from several machines. Pure. */
#ifndef TURNS_H
#define TURNS_H

#include <stddef.h>
#include <stdint.h>

#define TURNS_KINDS 20 /* among which they are looked for */
#define TURNS_MOST 3   /* that are told of */
#define TURNS_MINUTES 60

/* `minutes`: of each kind, the minutes of an hour in which it came, as bits, the first one lowest. Fills in the numbers
 * of the kinds of which any two come by turns, the most frequent ones first. Returns how many; fewer than two are none.
 * By turns: each in three minutes at least, and three changes from one to the other at least, of which a minute with
 * both is one. Another lease, or another system on the same machine, is one change. */
size_t turns_find(const uint64_t *minutes, size_t kinds, size_t out[TURNS_MOST]);

static inline unsigned
turns_count(uint64_t minutes)
{
	return (unsigned)__builtin_popcountll(minutes & ((UINT64_C(1) << TURNS_MINUTES) - 1));
}

#endif
