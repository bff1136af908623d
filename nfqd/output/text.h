/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_text: the text forms, a file each; that of `report` is out_text.c. They write on a page. */
#ifndef OUT_TEXT_H
#define OUT_TEXT_H

#include "output.h"
#include "page.h"

/* out_text_evidence.c: the steps of the test, and the labels so far. */
void text_evidence(const struct page *p, const struct host *h, const struct evidence *e);

/* out_text_plan.c */
void text_plan(const struct report *r, const struct detail *details, size_t count, const struct output_style *style);

/* out_text_by.c */
void text_by(const struct report *r, const struct by *b, const struct output_style *style);

/* out_text_host.c */
void text_host(const struct report *r, const struct detail *d, const struct output_style *style);

#endif
