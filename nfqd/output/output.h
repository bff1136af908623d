/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output: the formats of a report. The functions only write to `out`; the caller checks ferror(out). */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "nfqd/report/breakdown.h"
#include "nfqd/report/detail.h"
#include "nfqd/report/hosts.h"

struct output_style {
	FILE *out;
	bool local; /* times with the local offset instead of UTC */
	size_t top; /* number of hosts, destinations of one host, or groups to show */
};

struct output {
	size_t top; /* default of output_style.top */
	/* All hosts of a finished report. */
	void (*report)(const struct report *r, const struct output_style *style);
	/* One host. The finished report has that host alone, or no host if there is no record of it. */
	void (*host)(const struct report *r, const struct detail *d, const struct output_style *style);
	/* Sums by country or autonomous system: a finished report and its finished groups. */
	void (*by)(const struct report *r, const struct breakdown *b, const struct output_style *style);
	/* Hosts that would be cut off: a finished report of them; details[n] belongs to host n, for n < count. */
	void (*plan)(const struct report *r, const struct detail *details, size_t count,
	             const struct output_style *style);
};

extern const struct output out_text, out_json;
extern const struct output out_csv; /* .plan is NULL */

#endif
