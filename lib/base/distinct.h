/* SPDX-License-Identifier: GPL-3.0-or-later */
/* distinct: estimate of the number of distinct things, in 128 bytes whatever their number. Pure.
 *
 * HyperLogLog (Flajolet et al. 2007) with 256 registers of four bits: the standard error is 6.5 %, and nearly zero up
 * to about 20 things. Estimates of the same kind of thing can be merged across hours and databases. So hashes have no
 * seed, and an attacker who chooses names can move the estimate; exact counts are kept as well. */
#ifndef DISTINCT_H
#define DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTINCT_BYTES 128

struct distinct {
	uint8_t bytes[DISTINCT_BYTES];
};

/* Adds a thing of any size up to 4 GiB. */
void distinct_add(struct distinct *d, const void *thing, size_t size);
void distinct_merge(struct distinct *to, const struct distinct *from);
bool distinct_empty(const struct distinct *d);
uint64_t distinct_count(const struct distinct *d);

#endif
