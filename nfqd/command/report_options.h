/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_options: options of `nfqd report` and `nfqd host`. */
#ifndef REPORT_OPTIONS_H
#define REPORT_OPTIONS_H

#include "lib/base/options.h"
#include "nfqd/output/output.h"
#include "nfqd/query/query.h"
#include "nfqd/query/sources.h"
#include "nfqd/report/breakdown.h"

struct report_request {
	const char *config; /* or NULL */
	struct option_list paths, geo;
	int64_t since, until;
	uint64_t top;
	bool json, csv, local, rejudge, zombies, check;
	unsigned by; /* enum breakdown_kind */
	/* Derived from these. */
	struct query query;
	const struct output *output;
	struct output_style style;
	const struct command_line *line;
	/* Set by report_sources_open. */
	struct geo *places; /* or NULL */
	struct judge_parameters parameters;
};

extern const struct option_table report_options, host_options;

/* Parses the options. Ends the program on --help and wrong usage. */
void report_options_take(struct report_request *q, struct command_line *line);
void report_options_free(struct report_request *q);
/* Opens the databases and the files that locate addresses. Ends the program on failure. */
void report_sources_open(struct sources *s, struct report_request *q);

#endif
