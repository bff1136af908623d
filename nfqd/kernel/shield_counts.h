/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shield_counts: reads the counters of the shield's drops by netlink, and reports their growth since the last reading.
 * Follows net/netfilter/nf_tables_api.c and include/uapi/linux/netfilter/nf_tables.h. */
#ifndef SHIELD_COUNTS_H
#define SHIELD_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/steady.h"

struct shield_counts;

/* The kernel's counts since the table was created. */
struct shield_totals {
	uint64_t named;   /* dropped and counted for a source */
	uint64_t unnamed; /* dropped, but the set of sources was full */
};

struct shield_counts *shield_counts_new(void);    /* NULL with errno set */
void shield_counts_free(struct shield_counts *s); /* accepts NULL */
/* False if the table is not there. */
bool shield_counts_totals(struct shield_counts *s, struct shield_totals *out);
/* Begins to read every source's counter; `grown` gets each that has grown, and by how much. If it returns false the
 * growth is kept for the next time. `grown` may be NULL: then the present counts are taken as reported. */
void shield_counts_begin(struct shield_counts *s, bool (*grown)(void *arg, const struct addr *source, uint64_t by),
                         void *arg);
/* Reads on until that moment, at least 32 KiB. *more: it goes on; otherwise *sum is the sum of all counters. False: the
 * sets could not be read, and it is over; growth reported by then stays reported. */
bool shield_counts_step(struct shield_counts *s, struct steady until, bool *more, uint64_t *sum);

#endif
