/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shield: reads what the shield's rules have dropped, by netlink, and tells the difference to the last time. The only
 * file that knows libnftnl. Follows net/netfilter/nf_tables_api.c and include/uapi/linux/netfilter/nf_tables.h. */
#ifndef SHIELD_H
#define SHIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct shield;

/* What the kernel has counted since the table was made. */
struct shield_totals {
	uint64_t named;   /* dropped and counted for a source */
	uint64_t unnamed; /* dropped, but the set of sources was full */
};

struct shield *shield_new(void);    /* NULL with errno set */
void shield_free(struct shield *s); /* accepts NULL */
/* False if the table is not there. */
bool shield_totals(struct shield *s, struct shield_totals *out);
/* Reads every source's counter; `grown` gets each that has grown, and by how much. If it returns false the growth is
 * kept for the next time. `grown` may be NULL: then what is there now is taken as told. *sum gets the sum of all
 * counters. False if the sets could not be read; what was told by then stays told. */
bool shield_read(struct shield *s, bool (*grown)(void *arg, const struct addr *source, uint64_t by), void *arg,
                 uint64_t *sum);

#endif
