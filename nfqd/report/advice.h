/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advice: refused openings of a host -> whether an allow line for it is plausible. Pure. */
#ifndef ADVICE_H
#define ADVICE_H

#include "lib/config/config.h"
#include "detail.h"
#include "hosts.h"

#define ADVICE_FEW 8    /* destinations, at most, of a host with a fixed purpose */
#define ADVICE_PACE 60  /* attempts in its busiest minute, at most, of an honest sender */
#define ADVICE_HOURS 3  /* distinct hours seen: enough to trust that the destinations are few */
#define ADVICE_SERVER 6 /* distinct hours seen: enough to suppose a mail server */

enum advice_kind {
	ADVICE_ALLOW, /* a line to take over as it is */
	ADVICE_ASK,   /* a line that a person who knows the host must confirm */
	ADVICE_NONE,  /* no line */
	ADVICE_COUNT
};

struct advice {
	enum advice_kind kind;
	const char *why;              /* a sentence */
	struct prefix to[ADVICE_FEW]; /* destinations of the line; none: any */
	size_t to_count;              /* an IPv6 destination is given as its /64 */
	size_t hours;                 /* distinct hours in which it was seen */
	const char *note;             /* for a line without `to`, or NULL */
};

/* True if the row (of either side) holds openings that the policy refuses or would refuse; `out` receives them. `c` (or
 * NULL) is the current policy: openings that it allows are left out, as are those that no allow line changes (deny-to),
 * and ports that are not enforced (without `c`: all but 25). */
bool advice_takes(const struct config *c, const struct row *row, int64_t now, struct row *out);
/* `h` and `d` hold such rows alone and are finished. */
struct advice advice_on(const struct host *h, const struct detail *d);
const char *advice_name(enum advice_kind kind); /* "allow", "ask", "none" */
/* The n-th line of configuration, of at most `width` bytes where two addresses fit; false if there are no more. */
#define ADVICE_LINE 512
bool advice_line(const struct advice *a, const struct host *h, size_t n, size_t width, char line[ADVICE_LINE]);

#endif
