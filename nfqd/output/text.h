/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text: the text output, a file per command; text.c has that of `report`. */
#ifndef TEXT_OUTPUT_H
#define TEXT_OUTPUT_H

#include "output.h"
#include "page.h"

/* text_evidence.c: the steps of the sequential test, and the history of labels. */
void text_evidence(const struct page *p, const struct host *h, const struct history *e);

/* text_plan.c */
void text_plan(const struct report *r, const struct detail *details, size_t count, const struct output_style *style);

/* text_breakdown.c */
void text_breakdown(const struct report *r, const struct breakdown *b, const struct output_style *style);

/* text_host.c */
void text_host(const struct report *r, const struct detail *d, const struct output_style *style);

#endif
