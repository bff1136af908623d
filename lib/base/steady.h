/* SPDX-License-Identifier: GPL-3.0-or-later */
/* steady: moments of CLOCK_MONOTONIC, which nobody sets and which stops while the machine sleeps. They are a struct, so
 * that the compiler refuses to compare them with wall time (when.h, int64_t) or to store them in a database.
 *
 * Durations are int64_t microseconds, as in when.h: SECOND, MINUTE. The moment {0} is before every other one: a task
 * last done at {0} is overdue, one next due at {0} is due now. */
#ifndef STEADY_H
#define STEADY_H

#include <stdbool.h>
#include <stdint.h>

struct steady {
	int64_t us; /* microseconds since some moment of this boot; for this header, and for conversions that say why */
};

struct steady steady_now(void);

static inline struct steady
steady_add(struct steady t, int64_t us)
{
	return (struct steady){t.us + us};
}

/* Microseconds from `from` to `to`; negative if `to` is earlier. */
static inline int64_t
steady_between(struct steady from, struct steady to)
{
	return to.us - from.us;
}

static inline bool
steady_before(struct steady a, struct steady b)
{
	return a.us < b.us;
}

/* The moment of what is not due. */
#define STEADY_NEVER ((struct steady){INT64_MAX})

static inline struct steady
steady_earlier(struct steady a, struct steady b)
{
	return steady_before(a, b) ? a : b;
}

/* Microseconds that have gone by since `from`. */
static inline int64_t
steady_since(struct steady from)
{
	return steady_between(from, steady_now());
}

#endif
