/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output: the ways to show a report. They write to `out` and change nothing; who calls checks ferror(out). */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "nfqd/report/by.h"
#include "nfqd/report/detail.h"
#include "nfqd/report/hosts.h"

struct output_style {
	FILE *out;
	bool local; /* times with the local offset instead of UTC */
	size_t top; /* hosts, destinations of one host, or groups, to show */
};

struct output {
	size_t top; /* to show when nobody asks for a number */
	/* A finished report. */
	void (*report)(const struct report *r, const struct output_style *style);
	/* One host: a finished report of it alone, which has no host if there is no record of it. */
	void (*host)(const struct report *r, const struct detail *d, const struct output_style *style);
	/* By where it went: a finished report, and its finished groups. */
	void (*by)(const struct report *r, const struct by *b, const struct output_style *style);
	/* Who would be cut off: a finished report of that alone; details[n] is of its host n, for `count` of them. */
	void (*plan)(const struct report *r, const struct detail *details, size_t count,
	             const struct output_style *style);
};

extern const struct output out_text, out_json;
extern const struct output out_csv; /* has no plan */

#endif
