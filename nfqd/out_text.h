/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_text: what the text forms of `report` and `host` share. */
#ifndef OUT_TEXT_H
#define OUT_TEXT_H

#include "output.h"
#include "table.h"
#include "text.h"
#include "when.h"

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
/* A painted line of its own, wrapped at TABLE_COLUMNS. */
void page_say(const struct page *p, enum paint paint, size_t indent, const char *text);
/* The period, and whether the log is complete in it. */
void page_period(const struct page *p, const struct report *r);
void page_complete(const struct page *p, const struct report *r);
/* The sentences on a host. */
void page_why(const struct page *p, const struct host *h);
const char *page_label(const struct host *h);
enum paint page_paint(const struct host *h);
/* The name of its range, harmless and at most `width` columns; "-" if it has none. */
const char *page_range(const struct page *p, const struct host *h, size_t width, char buf[RANGE_TEXT]);

/* out_text_plan.c */
void text_plan(const struct report *r, const struct detail *details, size_t count, const struct output_style *style);

/* out_text_host.c */
void text_host(const struct report *r, const struct detail *d, const struct output_style *style);

#endif
