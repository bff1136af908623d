/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page: the parts that all text output has in common: times, the period, the completeness of the log, totals, and the
 * label and sentences of a host. No line is wider than GRID_COLUMNS. */
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

/* Destination and style of the text. */
struct page {
	FILE *out;
	struct text_style style;
	bool local;
	int64_t until; /* end of the report, from which page_short_time counts */
};

#define RANGE_TEXT 64 /* name of a range, escaped and truncated */

/* RFC 3339, to the second. */
const char *page_time(const struct page *p, int64_t when, char buf[WHEN_TEXT]);
/* As ls(1): "19:42" ("19:42:10" with seconds) within 24 h before `until`, "Nov 20" ("Nov 20 19:42") within 300 days,
 * else "2026-11-20". */
const char *page_short_time(const struct page *p, int64_t when, bool seconds, char buf[WHEN_TEXT]);
/* A coloured paragraph, wrapped at GRID_COLUMNS. */
void page_say(const struct page *p, enum paint paint, size_t indent, const char *text);
/* The period; whether the log is complete in it, else the losses. */
void page_period(const struct page *p, const struct report *r);
void page_complete(const struct page *p, const struct report *r);
/* Where the policy does not fit the network, if it does not. */
void page_misfits(const struct page *p, const struct report *r);
/* Of a report without a host: what was seen beside it, and where to look. */
void page_nothing(const struct page *p, const struct report *r);
/* True if the gate saw any host: else "nothing was blocked" means nothing. */
bool page_has_gate(const struct report *r);
/* Totals of all hosts, and the number of hosts per label. */
void page_totals(const struct page *p, const struct report *r);
/* The reasons and the advice about a host. */
void page_why(const struct page *p, const struct host *h);
const char *page_label(const struct host *h);
enum paint page_paint(const struct host *h);
/* The columns of counts by one side: those of the gate, with SYNs if wanted, or of the wire. */
void page_count_columns(struct grid *t, bool gate, bool syns);
/* The name of its range, escaped, in at most `width` columns; "-" if it has none. */
const char *page_range(const struct page *p, const struct host *h, size_t width, char buf[RANGE_TEXT]);

#endif
