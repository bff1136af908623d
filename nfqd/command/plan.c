/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd plan`: a dry run: the hosts that a policy would cut off, from the log or from a capture.
 *
 * How it works: the rows are read twice. The first pass adds up all hosts and sorts them; the second keeps the details
 * of the hosts that are shown. */
#include <sys/wait.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/report/advice.h"
#include "nfqd/report/take.h"
#include "commands.h"
#include "lib/base/log.h"
#include "nfqd/output/output.h"
#include "replay.h"
#include "common_options.h"
#include "nfqd/query/sources.h"
#include "lib/base/when.h"

/* The options, and the values derived from them. */
struct request {
	const char *config_path, *capture;
	struct config *config; /* or NULL */
	struct option_list paths;
	struct prefix_list lan;
	int64_t since, until;
	uint64_t top;
	bool json, local;
	struct query query;
	const struct output *output;
	struct output_style style;
	bool damaged; /* the capture: it may have more packets than were read */
};

static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, config_path, "FILE",
                "leave out what this configuration already allows")},
        OPTION_DATABASES(struct request, paths),
        OPTION_PERIOD(struct request, since, until),
        {OPTION("capture", 0, struct request, capture, "FILE",
                "read a pcap or pcapng file, by pcapmon(8), instead of databases")},
        {OPTION("lan", 0, struct request, lan, "PREFIX", "with --capture and without -c: list hosts in this prefix")},
        OPTION_TOP(struct request, top, "show N hosts (default: 20; with --json, all)"),
        {OPTION("json", 0, struct request, json, NULL, "print one JSON object")},
        OPTION_LOCAL(struct request, local),
};

static const struct option_table options = {
        .program = "nfqd",
        .command = "plan",
        .purpose = "list the hosts that would be cut off, and suggest allow lines",
        .forms = (const char *const[]){"[OPTION...]", "--capture FILE [OPTION...]", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

/* Destination of the rows. */
struct plan {
	struct take take; /* first pass */
	const struct request *q;
	bool gate;              /* some source is a gate.db: then rows of wire.db add nothing */
	struct detail *details; /* second pass: the first hosts of the report, by address */
	size_t detail_count;
};

static void
take_options(struct request *q, struct command_line *line)
{
	bool period;

	q->since = line->now - DAY;
	q->until = line->now;
	options_take(line, q);
	period = options_given(line, "since") || options_given(line, "until");
	if (q->capture != NULL && (q->paths.count > 0 || period))
		options_wrong(line, "--capture reads a whole capture file, expected no --db, --since or --until");
	if (q->capture != NULL && q->config_path != NULL && strcmp(q->config_path, "-") == 0)
		options_wrong(line, "--config - is standard input, expected a file: with --capture it is read twice");
	if (q->capture != NULL && q->config_path != NULL && q->lan.count > 0)
		options_wrong(line, "-c and --lan are given, expected one of them");
	if (q->capture == NULL && q->lan.count > 0)
		options_wrong(line, "--lan is given without --capture, expected both: the log names its hosts");
	options_period(line, q->since, q->until);
	if (q->local)
		when_sentences_local();
	q->query = (struct query){.since = q->since, .until = q->until, .now = line->now};
	q->output = q->json ? &out_json : &out_text;
	q->style = (struct output_style){stdout, q->local, options_given(line, "top") ? q->top : q->output->top};
}

static bool
takes(const struct plan *t, const struct row *row, struct row *out)
{
	if (row->side == SIDE_WIRE && t->gate)
		return false;
	return advice_takes(t->q->config, row, t->q->query.now, out);
}

static void
take_row(void *arg, const struct row *row)
{
	struct plan *t = arg;
	struct row taken;

	if (takes(t, row, &taken))
		report_row(t->take.report, &taken);
}

static int
detail_cmp(const void *left, const void *right)
{
	const struct detail *a = left, *b = right;

	return addr_cmp(&a->host, &b->host);
}

static void
take_detail(void *arg, const struct row *row)
{
	struct plan *t = arg;
	struct detail key = {.host = row->host}, *d;
	struct row taken;

	if (!takes(t, row, &taken))
		return;
	if ((d = bsearch(&key, t->details, t->detail_count, sizeof key, detail_cmp)) == NULL)
		return;
	/* One entry for each destination, regardless of the verdict. */
	taken.verdict = taken.reason = 0;
	detail_row(d, &taken);
}

static int
most_first(const void *left, const void *right)
{
	const struct host *a = left, *b = right;
	const struct side_counts *x = host_counts(a), *y = host_counts(b);

	if (x->attempts != y->attempts)
		return x->attempts > y->attempts ? -1 : 1;
	return addr_cmp(&a->addr, &b->addr);
}

static void
read_sources(struct plan *t, const struct sink *sink)
{
	const struct request *q = t->q;
	struct sources sources = {0};
	char why[512];

	sources_open(&sources, q->paths.text, q->paths.count, q->config);
	for (size_t n = 0; n < sources.count; n++)
		t->gate = t->gate || sources.list[n].side == SIDE_GATE;
	if (!query_run(&sources, &q->query, sink, why, sizeof why) ||
	    !misfits_read(&sources, &q->query, &t->take.report->misfits, why, sizeof why))
		fatalx("%s", why);
	sources_close(&sources);
}

/* Details of the hosts that are shown: details[n] belongs to hosts[n]. */
static void
read_details(struct plan *t)
{
	const struct sink sink = {.arg = t, .row = take_detail};
	struct report *r = t->take.report;
	struct detail *sorted;

	t->detail_count = r->host_count < t->q->style.top ? r->host_count : t->q->style.top;
	t->details = calloc(t->detail_count + 1, sizeof *t->details);
	sorted = calloc(t->detail_count + 1, sizeof *sorted);
	if (t->details == NULL || sorted == NULL)
		fatal("plan of %zu hosts", t->detail_count);
	if (t->detail_count == 0) {
		free(sorted);
		return;
	}
	for (size_t n = 0; n < t->detail_count; n++)
		t->details[n].host = r->hosts[n].addr;
	qsort(t->details, t->detail_count, sizeof *t->details, detail_cmp);
	read_sources(t, &sink);
	for (size_t n = 0; n < t->detail_count; n++) {
		struct detail key = {.host = r->hosts[n].addr};

		sorted[n] = *(struct detail *)bsearch(&key, t->details, t->detail_count, sizeof key, detail_cmp);
		detail_finish(&sorted[n]);
	}
	free(t->details);
	t->details = sorted;
}

static void
show(const struct request *q)
{
	struct plan t = {.take.report = report_new(q->query.since, q->query.until), .q = q};
	struct sink sink = take_sink(&t);

	sink.row = take_row;
	sink.destination = NULL;
	read_sources(&t, &sink);
	if (q->damaged)
		report_gap(t.take.report,
		           &(struct gap){.side = SIDE_WIRE,
		                         .since = q->query.until - 1,
		                         .until = q->query.until - 1,
		                         .cause = strdup("the capture is damaged or could not be read whole")});
	report_finish(t.take.report);
	if (t.take.report->host_count > 0)
		qsort(t.take.report->hosts, t.take.report->host_count, sizeof *t.take.report->hosts, most_first);
	read_details(&t);
	q->output->plan(t.take.report, t.details, t.detail_count, &q->style);
	for (size_t n = 0; n < t.detail_count; n++)
		detail_free(&t.details[n]);
	free(t.details);
	report_free(t.take.report);
}

/* In a process of its own, which may give up root for good (sources_open): we remove the folder. */
static int
show_apart(const struct request *q)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		show(q);
		if (fflush(stdout) != 0 || ferror(stdout))
			fatal("cannot write to standard output");
		exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Also shows the readable part of a damaged capture. */
static int
show_capture(struct request *q)
{
	struct replay replay;

	if (replay_begin(&replay, q->capture, q->config_path, &q->lan)) {
		q->query.since = replay.since;
		q->query.until = replay.until;
		q->damaged = replay.status != 0;
		q->paths = (struct option_list){&replay.database, 1};
		if (show_apart(q) != 0)
			replay.status = 1;
		q->paths = (struct option_list){0};
	}
	replay_end(&replay);
	return replay.status;
}

static int
run(struct command_line *line)
{
	struct request q = {0};
	int status = 0;

	take_options(&q, line);
	/* Character encoding only: numbers and names of months do not follow the locale. */
	setlocale(LC_CTYPE, "");
	if (q.config_path != NULL || (q.capture == NULL && q.paths.count == 0))
		q.config = sources_config(q.config_path);
	if (q.capture != NULL)
		status = show_capture(&q);
	else
		show(&q);
	config_free(q.config);
	free(q.paths.text);
	free(q.lan.prefix);
	return status;
}

const struct command plan_command = {&options, run};
