/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report_options.h"

#include <assert.h>
#include <stdlib.h>

#include "common_options.h"
#include "lib/base/log.h"
#include "lib/base/when.h"
#include "lib/geo/geo.h"

#define ROW(name, letter, member, value, help) OPTION(name, letter, struct report_request, member, value, help)

/* Options of both commands; `things` names what --top counts. */
#define SHARED_ROWS(things)                                                                                            \
	{ROW("config", 'c', config, "FILE", "read the databases named in this configuration")},                        \
	        OPTION_DATABASES(struct report_request, paths), OPTION_PERIOD(struct report_request, since, until),    \
	        OPTION_TOP(struct report_request, top, "show N " things " (default: 20 as text, else all)"),           \
	        {ROW("json", 0, json, NULL, "print one JSON object"), .excludes = 'f'},                                \
	        {ROW("csv", 0, csv, NULL, "print comma-separated values, with a header line"), .excludes = 'f'},       \
	        OPTION_LOCAL(struct report_request, local),                                                            \
	        {ROW("geo", 0, geo, "FILE",                                                                            \
	             "locate addresses by this file in MaxMind's format (default: the configuration's)"),              \
	         .high = GEO_FILES},                                                                                   \
	{                                                                                                              \
		ROW("rejudge", 0, rejudge, NULL,                                                                       \
		    "label hosts again, from the start of the databases, with the judge line of the configuration "    \
		    "(or the defaults)")                                                                               \
	}

static_assert(BREAKDOWN_COUNTRY == 1 && BREAKDOWN_SYSTEM == 2, "the words of --by are in this order");
static const struct option_row report_rows[] = {
        SHARED_ROWS("hosts"),
        {ROW("by", 0, by, "country|as",
             "print sums by country or autonomous system of the destinations, instead of by host")},
        {ROW("zombies", 0, zombies, NULL, "list zombies only; with --by, add up zombies only")},
        {ROW("check", 0, check, NULL,
             "exit status 3 if there is a zombie; else 4 if a listed host was unusually active (without "
             "--zombies); else 0")},
};

static const struct option_row host_rows[] = {SHARED_ROWS("destinations")};

const struct option_table report_options = {
        .program = "nfqd",
        .command = "report",
        .purpose = "list the hosts that tried, the outcome, and gaps in the log",
        .forms = (const char *const[]){"[OPTION...]", NULL},
        .rows = report_rows,
        .row_count = sizeof report_rows / sizeof *report_rows,
};

const struct option_table host_options = {
        .program = "nfqd",
        .command = "host",
        .purpose = "show one host: timeline, destinations, evidence",
        .forms = (const char *const[]){"[OPTION...] ADDR", NULL},
        .operands = "one address",
        .operand_count = 1,
        .rows = host_rows,
        .row_count = sizeof host_rows / sizeof *host_rows,
};

void
report_options_take(struct report_request *q, struct command_line *line)
{
	*q = (struct report_request){.since = line->now - DAY, .until = line->now, .line = line};
	options_take(line, q);
	options_period(line, q->since, q->until);
	if (q->local)
		when_sentences_local();
	q->query = (struct query){.since = q->since, .until = q->until, .now = line->now};
	q->output = q->json ? &out_json : q->csv ? &out_csv : &out_text;
	q->style = (struct output_style){stdout, q->local, options_given(line, "top") ? q->top : q->output->top};
}

void
report_options_free(struct report_request *q)
{
	free(q->paths.text);
	free(q->geo.text);
	geo_free(q->places);
}

/* Opens the files that locate addresses: those of --geo, or else of the configuration. */
static void
open_places(struct report_request *q, const struct config *c)
{
	const char *const *files = (const char *const *)q->geo.text;
	size_t count = q->geo.count;

	static_assert(GEO_FILES >= CONFIG_GEO, "a report opens all files of the configuration");
	if (count == 0 && c != NULL) {
		files = c->geo;
		count = c->geo_count;
	}
	if (count == 0 && q->by != BREAKDOWN_NONE)
		options_wrong(
		        q->line,
		        "--by needs to know where addresses are, expected --geo FILE, or geo in the configuration");
	if (count > 0 && (q->places = geo_new(files, count)) == NULL)
		fatal("geo");
}

void
report_sources_open(struct sources *s, struct report_request *q)
{
	struct config *c = q->paths.count > 0 && q->config == NULL ? NULL : sources_config(q->config);

	q->parameters = c != NULL ? c->judge : judge_defaults;
	open_places(q, c);
	sources_open(s, q->paths.text, q->paths.count, c);
	config_free(c);
}
