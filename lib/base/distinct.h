/* SPDX-License-Identifier: GPL-3.0-or-later */
/* distinct: about how many different things there were, in 128 bytes whatever their number. Pure.
 *
 * HyperLogLog (Flajolet et al. 2007) with 256 registers of four bits: a standard error of 6.5 %, and hardly any up to
 * some 20. Two estimates of the same kind of thing can be put together, of another hour or another database: so hashes
 * have no seed, and who chooses names with that in mind can move the estimate. The counts beside it are exact. */
#ifndef DISTINCT_H
#define DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTINCT_BYTES 128

struct distinct {
	uint8_t bytes[DISTINCT_BYTES];
};

/* One more, of any size up to 4 GiB. */
void distinct_add(struct distinct *d, const void *thing, size_t size);
void distinct_merge(struct distinct *to, const struct distinct *from);
bool distinct_empty(const struct distinct *d);
uint64_t distinct_count(const struct distinct *d);

#endif
