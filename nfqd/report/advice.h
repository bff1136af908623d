/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advice: what a host did that is refused, or would be -> whether an allow line for it is plausible. Pure. */
#ifndef ADVICE_H
#define ADVICE_H

#include "lib/config/config.h"
#include "detail.h"
#include "hosts.h"

#define ADVICE_FEW 8    /* destinations that one host may well have to do with */
#define ADVICE_PACE 60  /* attempts of the busiest minute, at most, of an honest sender */
#define ADVICE_HOURS 3  /* in which it was seen: enough to believe in few destinations */
#define ADVICE_SERVER 6 /* ... and in a mail server */

enum advice_kind {
	ADVICE_ALLOW, /* a line that can stand */
	ADVICE_ASK,   /* a line, if somebody who knows the host says so */
	ADVICE_NONE,  /* no line */
	ADVICE_COUNT
};

struct advice {
	enum advice_kind kind;
	const char *why;              /* a sentence */
	struct prefix to[ADVICE_FEW]; /* what the line is limited to; none: any destination */
	size_t to_count;              /* an IPv6 destination stands for its /64 */
	size_t hours;                 /* distinct ones in which it was seen */
	const char *note;             /* for a line without `to`, or NULL */
};

/* Whether the row (of either side) tells of openings that the policy refuses or would refuse: `out` becomes what there
 * is of them. `c` (or NULL) is the policy as it is now: what it allows by now is left out, as is what no allow line
 * changes (deny-to), and ports that are not enforced (without `c`: all but 25). */
bool advice_takes(const struct config *c, const struct row *row, int64_t now, struct row *out);
/* On the host and the detail of such rows, both finished. */
struct advice advice_on(const struct host *h, const struct detail *d);
const char *advice_name(enum advice_kind kind); /* "allow", "ask", "none" */
/* The n-th line of configuration, of at most `width` bytes where two addresses fit; false if there are no more. */
#define ADVICE_LINE 512
bool advice_line(const struct advice *a, const struct host *h, size_t n, size_t width, char line[ADVICE_LINE]);

#endif
