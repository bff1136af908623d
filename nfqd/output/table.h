/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table: aligned columns on a terminal. The only file with libsmartcols.h in nfqd. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/text.h"

#define TABLE_COLUMNS 80 /* what a report may take of a terminal */

enum paint { PAINT_PLAIN, PAINT_STRONG, PAINT_FAINT, PAINT_GOOD, PAINT_WARN, PAINT_ALARM };

struct table;

/* Columns are separated by `gap` spaces. Memory that is short ends the program (fatal). */
struct table *table_new(size_t gap);
void table_free(struct table *t); /* accepts NULL */
void table_column(struct table *t, const char *name, bool right);
/* Begins a line. `lead`, if not NULL, stands on a line of its own above it. */
void table_line(struct table *t, const char *lead, enum paint paint);
/* The next cell of the line: harmless text, copied. */
void table_cell(struct table *t, const char *text);
/* Columns of a terminal that the table takes. */
size_t table_width(struct table *t, struct text_style style);
void table_print(struct table *t, FILE *out, struct text_style style);

/* Switches to a paint and back, where colours are wanted. */
void paint_begin(FILE *out, enum paint paint, struct text_style style);
void paint_end(FILE *out, enum paint paint, struct text_style style);

#endif
