/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grid: aligned columns on a terminal, by libsmartcols. */
#ifndef GRID_H
#define GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/text.h"

#define GRID_COLUMNS 80 /* width of the output of both programs */

enum paint { PAINT_PLAIN, PAINT_STRONG, PAINT_FAINT, PAINT_GOOD, PAINT_WARN, PAINT_ALARM };

struct grid;

/* `gap` spaces separate columns. These functions end the program (fatal) if out of memory. */
struct grid *grid_new(size_t gap);
void grid_free(struct grid *t); /* accepts NULL */
void grid_column(struct grid *t, const char *name, bool right);
/* Begins a line. `lead`, if not NULL, is printed above it on a line of its own. */
void grid_line(struct grid *t, const char *lead, enum paint paint);
/* The next cell of the line: escaped text (text_safe), copied. */
void grid_cell(struct grid *t, const char *text);
size_t grid_lines(const struct grid *t); /* the header does not count */
/* The width of the widest line. */
size_t grid_width(struct grid *t, struct text_style style);
void grid_print(struct grid *t, FILE *out, struct text_style style);

/* Escape sequences for a colour and back, if the style allows colours. */
void paint_begin(FILE *out, enum paint paint, struct text_style style);
void paint_end(FILE *out, enum paint paint, struct text_style style);

#endif
