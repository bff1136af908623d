/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "baselines.h"

#define SECONDS(n) (INT64_C(1000000) * (n))

const char *const baseline_names[BASELINE_COUNT] = {"10 attempts in 120 s", "20 attempts in 5 min",
                                                    "15 attempts in 15 min", "11 destinations in 5 min"};

/* True if `limit` attempts fall into one window. */
static bool
many_attempts(const struct life *l, int64_t window, size_t limit)
{
	for (size_t n = limit - 1; n < l->count; n++)
		if (l->list[n].when - l->list[n + 1 - limit].when <= window)
			return true;
	return false;
}

/* True if 11 destinations fall into one window. */
static bool
many_hosts(const struct life *l, int64_t window)
{
	for (size_t from = 0; from < l->count; from++) {
		struct addr seen[11];
		size_t count = 0;

		for (size_t n = from; n < l->count && l->list[n].when - l->list[from].when <= window; n++) {
			size_t k = 0;

			while (k < count && !addr_equal(&seen[k], &l->list[n].destination))
				k++;
			if (k == count)
				seen[count++] = l->list[n].destination;
			if (count == 11)
				return true;
		}
	}
	return false;
}

bool
baseline_accuses(enum baseline rule, const struct life *l)
{
	switch (rule) {
	case BASELINE_10_IN_120:
		return many_attempts(l, SECONDS(120), 10);
	case BASELINE_20_IN_300:
		return many_attempts(l, SECONDS(300), 20);
	case BASELINE_15_IN_900:
		return many_attempts(l, SECONDS(900), 15);
	default:
		return many_hosts(l, SECONDS(300));
	}
}
