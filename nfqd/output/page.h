/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page: what all text forms say alike: times, the period and whether the log is complete in it, what all hosts did, and
 * the name, label and sentences of one. Nothing is wider than GRID_COLUMNS. */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "nfqd/report/hosts.h"
#include "lib/output/grid.h"
#include "lib/base/text.h"
#include "lib/base/when.h"

/* How the text is written, and where. */
struct page {
	FILE *out;
	struct text_style style;
	bool local;
	int64_t until; /* of the report: short times are told apart from here */
};

#define RANGE_TEXT 64 /* a range's name, harmless and cut */

/* RFC 3339, to the second. */
const char *page_time(const struct page *p, int64_t when, char buf[WHEN_TEXT]);
/* As ls(1) does: "19:42" ("19:42:10" with seconds) in the last 24 h before `until`, else "Nov 20" ("Nov 20 19:42"), or
 * "2026-11-20" if that is long ago. */
const char *page_short_time(const struct page *p, int64_t when, bool seconds, char buf[WHEN_TEXT]);
/* A painted line of its own, wrapped at GRID_COLUMNS. */
void page_say(const struct page *p, enum paint paint, size_t indent, const char *text);
/* The period, and whether the log is complete in it. */
void page_period(const struct page *p, const struct report *r);
void page_complete(const struct page *p, const struct report *r);
/* Whether the gate saw any host, so that "nothing blocked" means something. */
bool page_has_gate(const struct report *r);
/* What all hosts did, and how many have which label. */
void page_totals(const struct page *p, const struct report *r);
/* The sentences on a host. */
void page_why(const struct page *p, const struct host *h);
const char *page_label(const struct host *h);
enum paint page_paint(const struct host *h);
/* The name of its range, harmless and at most `width` columns; "-" if it has none. */
const char *page_range(const struct page *p, const struct host *h, size_t width, char buf[RANGE_TEXT]);

#endif
