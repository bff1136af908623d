/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shield: reads the counters of the shield's drops by netlink, and reports their growth since the last reading. The
 * only file that knows libnftnl. Follows net/netfilter/nf_tables_api.c and include/uapi/linux/netfilter/nf_tables.h. */
#ifndef SHIELD_H
#define SHIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct shield;

/* The kernel's counts since the table was created. */
struct shield_totals {
	uint64_t named;   /* dropped and counted for a source */
	uint64_t unnamed; /* dropped, but the set of sources was full */
};

struct shield *shield_new(void);    /* NULL with errno set */
void shield_free(struct shield *s); /* accepts NULL */
/* False if the table is not there. */
bool shield_totals(struct shield *s, struct shield_totals *out);
/* Reads every source's counter; `grown` gets each that has grown, and by how much. If it returns false the growth is
 * kept for the next time. `grown` may be NULL: then the present counts are taken as reported. *sum gets the sum of all
 * counters. False if the sets could not be read; growth reported by then stays reported. */
bool shield_read(struct shield *s, bool (*grown)(void *arg, const struct addr *source, uint64_t by), void *arg,
                 uint64_t *sum);

#endif
