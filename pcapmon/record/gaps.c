/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gaps.h"

static const char *const gap_text[GAP_COUNT] = {
        [GAP_DROPS] = "capture: kernel dropped packets",
        [GAP_INTERFACE] = "capture: interface was away",
        [GAP_STOPPED] = "pcapmon was not running",
        [GAP_ROOM] = "pcapmon: no room for rows while wire.db could not be written",
        [GAP_CLOCK] = "the clock was not set: SYNs are counted under the times that it had",
        [GAP_FORWARD] = "the clock was set forward: SYNs may be counted under earlier times",
        [GAP_FRAGMENTS] = "pcapmon: too many packets in fragments at once",
};

void
gaps_add(struct pending_gaps *gaps, enum wire_gap kind, int64_t since, int64_t until, int64_t missing)
{
	struct pending_gap *g = &gaps->gap[kind];

	if (!g->open) {
		*g = (struct pending_gap){.open = true, .since = since, .until = until, .missing = missing};
		return;
	}
	if (since < g->since)
		g->since = since;
	if (until > g->until)
		g->until = until;
	g->missing = g->missing < 0 || missing < 0 ? MISSING_UNKNOWN : g->missing + missing;
}

bool
gaps_any(const struct pending_gaps *gaps)
{
	for (int i = 0; i < GAP_COUNT; i++)
		if (gaps->gap[i].open)
			return true;
	return false;
}

bool
gaps_put(const struct pending_gaps *gaps, struct common_rows *r)
{
	for (int i = 0; i < GAP_COUNT; i++) {
		const struct pending_gap *g = &gaps->gap[i];

		if (g->open && !common_put_gap(r, g->since, g->until, gap_text[i], g->missing))
			return false;
	}
	return true;
}
