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
#include "nfqd/report/entries.h"
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
	struct sources sources;
	struct reading *reading;
	struct companion_reading *companions;
	struct labels_set *labels;
	struct entries *entries; /* or NULL */
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

static struct report *
new_report(const struct report_request *q, const struct query *query, const struct entries *entries)
{
	struct report *r = report_new(query->since, query->until);

	r->entries = entries;
	r->brief = query->brief;
	r->geo = q->places;
	r->again = q->rejudge;
	r->zombies = q->zombies;
	return r;
}

/* Reads what the order of the hosts depends on into the report, and sorts it. */
static void
read_rows(struct take *take, struct opened *o, struct labels_request *labels)
{
	struct sink sink = take_sink(take);
	struct report *r = take->report;
	char why[512];

	if (!reading_rows(o->reading, &sink, why, sizeof why) ||
	    !ends_read(&o->sources, labels->query, r, why, sizeof why) ||
	    (o->labels == NULL ? (o->labels = labels_read(labels, &o->sources, r, why, sizeof why)) == NULL
	                       : !labels_again(o->labels, r, why, sizeof why)) ||
	    !evidence_apply_all(r, o->labels, o->companions, why, sizeof why))
		fatalx("%s", why);
	report_finish(r);
}

/* `nfqd host`: which other addresses belong to the host, if it may have any, is known when all hosts are judged.
 * Returns them all; NULL: it has no others. */
static const struct host_addresses *
find_others(const struct report_request *q, struct query *query, struct opened *o, struct labels_request *labels)
{
	const struct addr *host = q->query.host;
	struct take all = {.detail = NULL};

	if (host->family != 6)
		return NULL;
	query->brief = true;
	all.report = new_report(q, query, NULL);
	read_rows(&all, o, labels);
	o->entries = entries_find(all.report);
	report_free(all.report);
	query->host = entries_of(o->entries, host) != NULL ? NULL : host;
	query->sealed = query->brief = false;
	return entries_of(o->entries, host);
}

/* Reads the rows of all hosts, or of one. Those of several addresses that are judged as one host are read again, into
 * one entry: the distinct destinations of several cannot be had from their numbers. */
static void
read_hosts(struct take *take, const struct report_request *q, struct query *query, struct opened *o)
{
	struct labels_request labels = {
	        .query = query, .host = q->query.host, .parameters = q->parameters, .again = q->rejudge};

	if (take->detail != NULL) {
		labels.evidence = &take->detail->evidence;
		take->only = find_others(q, query, o, &labels);
		take->report = new_report(q, query, o->entries);
		read_rows(take, o, &labels);
		/* Of several addresses it is shown under the one that was asked for. */
		if (take->only != NULL)
			take->report->hosts[0].addr = *labels.host;
		return;
	}
	take->report = new_report(q, query, NULL);
	read_rows(take, o, &labels);
	if ((o->entries = entries_find(take->report)) == NULL)
		return;
	query->brief = false;
	report_free(take->report);
	take->report = new_report(q, query, o->entries);
	read_rows(take, o, &labels);
}

/* The details only for the hosts that are shown, if they are few. Returns the breakdown; NULL: none was asked for. */
static struct breakdown *
read_report(struct take *take, struct report_request *q, struct opened *o)
{
	struct sink sink = take_sink(take);
	struct breakdown *by = NULL;
	struct query query = q->query;
	char why[512];

	query.sealed = take->detail == NULL;
	query.brief = query.sealed && (q->style.top <= FEW || q->by != BREAKDOWN_NONE);
	if (query.host != NULL && query.host->family == 6) { /* find_others */
		query.host = NULL;
		query.sealed = true;
	}
	report_sources_open(&o->sources, q);
	o->reading = reading_open(o->sources.list, o->sources.count, &query, why, sizeof why);
	o->companions = companion_reading_open(o->sources.list, o->sources.count, &query, why, sizeof why);
	if (o->reading == NULL || o->companions == NULL)
		fatalx("%s", why);
	read_hosts(take, q, &query, o);
	if (!misfits_read(&o->sources, &q->query, &take->report->misfits, why, sizeof why))
		fatalx("%s", why);
	if (q->by != BREAKDOWN_NONE)
		by = read_by(take->report, q, o->reading);
	else
		read_shown(take, q, o, query.brief ? &sink : NULL);
	companion_reading_close(o->companions);
	labels_free(o->labels);
	reading_close(o->reading);
	sources_close(&o->sources);
	return by;
}

/* Returns the exit status. */
static int
run(struct report_request *q, struct detail *detail)
{
	struct take take = {.detail = detail};
	struct opened opened = {.reading = NULL};
	const struct report *report;
	struct breakdown *by;
	int status;

	/* Character encoding only: numbers and names of months do not follow the locale. */
	setlocale(LC_CTYPE, "");
	by = read_report(&take, q, &opened);
	report = take.report;
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
	report_free(take.report);
	entries_free(opened.entries);
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
