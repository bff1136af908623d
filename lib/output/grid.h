/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grid: aligned columns on a terminal. Behind it is libsmartcols. */
#ifndef GRID_H
#define GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/text.h"

#define GRID_COLUMNS 80 /* what a report may take of a terminal */

enum paint { PAINT_PLAIN, PAINT_STRONG, PAINT_FAINT, PAINT_GOOD, PAINT_WARN, PAINT_ALARM };

struct grid;

/* Columns are separated by `gap` spaces. Memory that is short ends the program (fatal). */
struct grid *grid_new(size_t gap);
void grid_free(struct grid *t); /* accepts NULL */
void grid_column(struct grid *t, const char *name, bool right);
/* Begins a line. `lead`, if not NULL, stands on a line of its own above it. */
void grid_line(struct grid *t, const char *lead, enum paint paint);
/* The next cell of the line: harmless text, copied. */
void grid_cell(struct grid *t, const char *text);
size_t grid_lines(const struct grid *t); /* without the header */
/* Columns of a terminal that the grid takes. */
size_t grid_width(struct grid *t, struct text_style style);
void grid_print(struct grid *t, FILE *out, struct text_style style);

/* Switches to a paint and back, where colours are wanted. */
void paint_begin(FILE *out, enum paint paint, struct text_style style);
void paint_end(FILE *out, enum paint paint, struct text_style style);

#endif
