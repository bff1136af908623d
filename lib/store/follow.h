/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow: the rows of one table that stand beside the hosts of another, when these come in the order of their bytes:
 * the table is read along with them instead of being asked for each. Hosts in any other order are found as well, only
 * slower. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

#include "store.h"

struct follow {
	/* Its ?1 is the host from which on it reads, its first column the host, by which it is ordered. Other values
	 * are bound before follow_to, and follow_end comes before they are bound anew. */
	struct statement *st;
	bool begun, done;         /* it was asked for `from`; there is nothing more */
	struct addr from, stands; /* at a row of this host */
};

/* Functions return 1: the statement stands at a row of the host; 0: there is none; -1: the store failed. */
int follow_to(struct follow *f, const struct addr *host);   /* its first */
int follow_next(struct follow *f, const struct addr *host); /* ... and, after a 1, the others */
/* Lets go of the table. Rows that were written since the last one are seen after this alone. */
void follow_end(struct follow *f);

#endif
