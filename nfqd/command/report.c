/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd report` and `nfqd host`: query, rows, output. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nfqd/report/breakdown.h"
#include "commands.h"
#include "nfqd/report/detail.h"
#include "nfqd/report/hosts.h"
#include "nfqd/report/labels.h"
#include "lib/base/addr_wrong.h"
#include "lib/base/log.h"
#include "nfqd/output/output.h"
#include "report_options.h"
#include "nfqd/query/companions.h"
#include "nfqd/report/ends.h"
#include "nfqd/report/evidence.h"
#include "nfqd/report/take.h"

#define FEW 200   /* up to this number of hosts, details are read host by host */
#define ZOMBIES 3 /* exit status of --check: there is a zombie */
#define UNUSUAL 4 /* ... no zombie, but a listed host with unusual activity */

/* Of the rows of a breakdown. */
struct take_by {
	struct breakdown *by;
	struct report *report;
};

/* The open readings of the databases. */
struct opened {
	struct reading *reading;
	struct companion_reading *companions;
	struct labels_set *labels;
};

static void
take_row_by(void *arg, const struct row *row)
{
	const struct take_by *take = arg;

	breakdown_row(take->by, take->report, row);
}

/* For the hosts that are shown, or for the host of `nfqd host`. */
static void
read_companions(struct take *take, const struct report_request *q, struct companion_reading *reading)
{
	struct report *r = take->report;
	struct companion_found found;
	bool done = true;
	char why[512];

	for (size_t n = 0; done && n < r->host_count && (take->detail != NULL || n < q->style.top); n++)
		done = evidence_apply(&r->hosts[n], reading, why, sizeof why);
	if (done && take->detail != NULL && r->host_count == 0) {
		done = companion_reading_host(reading, &take->detail->host, &found, why, sizeof why);
		r->companion = found.sum;
	}
	if (!done)
		fatalx("%s", why);
}

/* Reads the rows again, now that the hosts are known. */
static struct breakdown *
read_by(struct report *r, const struct report_request *q, struct reading *reading)
{
	struct take_by take = {breakdown_new((enum breakdown_kind)q->by, q->places), r};
	struct sink sink = {.arg = &take, .row = take_row_by};
	char why[512];

	if (!reading_minutes(reading, &sink, why, sizeof why))
		fatalx("%s", why);
	breakdown_finish(take.by);
	return take.by;
}

/* Completes the hosts that are shown; `sink` (or NULL) takes the rows that a brief query leaves out. */
static void
read_shown(struct take *take, const struct report_request *q, const struct opened *o, const struct sink *sink)
{
	const struct report *r = take->report;
	char why[512];

	for (size_t n = 0; n < report_shown(r) && n < q->style.top; n++)
		if ((sink != NULL && !reading_about(o->reading, &r->hosts[n].addr, sink, why, sizeof why)) ||
		    !labels_about(o->labels, &r->hosts[n].addr, why, sizeof why))
			fatalx("%s", why);
	read_companions(take, q, o->companions);
}

/* Reads what the order of the hosts depends on for all hosts; the rest only for the hosts that are shown, if they are
 * few. Returns the breakdown; NULL: none was asked for. */
static struct breakdown *
read_report(struct take *take, struct report_request *q)
{
	struct sink sink = take_sink(take);
	struct breakdown *by = NULL;
	struct query query = q->query;
	struct sources sources = {0};
	struct labels_request labels = {.query = &q->query};
	struct opened o;
	char why[512];

	query.sealed = take->detail == NULL;
	query.brief = take->report->brief = query.sealed && (q->style.top <= FEW || q->by != BREAKDOWN_NONE);
	report_sources_open(&sources, q);
	take->report->geo = q->places;
	labels.parameters = q->parameters;
	labels.evidence = take->detail != NULL ? &take->detail->evidence : NULL;
	labels.again = take->report->again = q->rejudge;
	take->report->zombies = q->zombies;
	if ((o.reading = reading_open(sources.list, sources.count, &query, why, sizeof why)) == NULL ||
	    !reading_rows(o.reading, &sink, why, sizeof why) ||
	    !ends_read(&sources, &query, take->report, why, sizeof why) ||
	    (o.labels = labels_read(&labels, &sources, take->report, why, sizeof why)) == NULL ||
	    (o.companions = companion_reading_open(sources.list, sources.count, &query, why, sizeof why)) == NULL ||
	    !evidence_apply_all(take->report, o.labels, o.companions, why, sizeof why))
		fatalx("%s", why);
	report_finish(take->report);
	if (q->by != BREAKDOWN_NONE)
		by = read_by(take->report, q, o.reading);
	else
		read_shown(take, q, &o, query.brief ? &sink : NULL);
	companion_reading_close(o.companions);
	labels_free(o.labels);
	reading_close(o.reading);
	sources_close(&sources);
	return by;
}

/* Returns the exit status. */
static int
run(struct report_request *q, struct detail *detail)
{
	struct report *report = report_new(q->query.since, q->query.until);
	struct take take = {.report = report, .detail = detail};
	struct breakdown *by;
	int status;

	/* Character encoding only: numbers and names of months do not follow the locale. */
	setlocale(LC_CTYPE, "");
	by = read_report(&take, q);
	if (by != NULL) {
		q->output->by(report, by, &q->style);
	} else if (detail == NULL) {
		q->output->report(report, &q->style);
	} else {
		detail_finish(detail);
		q->output->host(report, detail, &q->style);
	}
	status = !q->check                            ? 0
	         : report->labels[LABEL_ZOMBIE] > 0   ? ZOMBIES
	         : report->unusual > 0 && !q->zombies ? UNUSUAL
	                                              : 0;
	breakdown_free(by);
	report_free(report);
	return status;
}

static int
run_report(struct command_line *line)
{
	struct report_request q;
	int status;

	report_options_take(&q, line);
	status = run(&q, NULL);
	report_options_free(&q);
	return status;
}

const struct command report_command = {&report_options, run_report};

static int
run_host(struct command_line *line)
{
	struct report_request q;
	struct detail detail = {0};
	char wrong[ADDR_WRONG];

	report_options_take(&q, line);
	if (!addr_parse(line->operands[0], &detail.host))
		options_wrong(line, "\"%s\" %s", line->operands[0], addr_wrong(line->operands[0], wrong));
	q.query.host = &detail.host;
	run(&q, &detail);
	detail_free(&detail);
	report_options_free(&q);
	return 0;
}

const struct command host_command = {&host_options, run_host};
