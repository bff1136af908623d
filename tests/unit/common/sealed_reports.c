/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/sealed_reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "nfqd/report/breakdown.h"
#include "nfqd/report/hosts.h"
#include "nfqd/report/take.h"
#include "nfqd/query/query.h"

/* How a report is read. */
enum read_way { BY_MINUTE, BY_HOUR, BY_HOUR_BRIEF };

struct sealed_take {
	struct take to;
	size_t sealed;
};

static void
take_row(void *arg, const struct row *row)
{
	struct sealed_take *t = arg;

	t->sealed += row->sealed;
	report_row(t->to.report, row);
}

static void
take_gap(void *arg, const struct gap *gap)
{
	(void)arg;
	free(gap->cause);
}

static struct sink
sink_of(struct sealed_take *take)
{
	struct sink sink = take_sink(take);

	sink.row = take_row;
	sink.gap = take_gap;
	sink.began = NULL;
	return sink;
}

struct take_by {
	struct breakdown *by;
	struct report *report;
};

static void
take_row_by(void *arg, const struct row *row)
{
	struct take_by *t = arg;

	assert_false(row->sealed);
	breakdown_row(t->by, t->report, row);
}

/* A second reading, by the minute, finds the attempts of the first. */
static void
read_by(struct reading *reading, struct report *r)
{
	struct geo *nowhere = geo_new(NULL, 0);
	struct take_by take = {breakdown_new(BREAKDOWN_COUNTRY, nowhere), r};
	struct sink sink = {.arg = &take, .row = take_row_by};
	const struct group *g = &take.by->others;
	uint64_t attempts, blocked, leaked;
	char why[256];

	assert_int_equal(g->syns, 0);

	assert_true(reading_minutes(reading, &sink, why, sizeof why));
	breakdown_finish(take.by);
	assert_true(take.by->count <= 1);
	attempts = g->attempts;
	blocked = g->blocked;
	leaked = g->leaked;
	for (size_t n = 0; n < take.by->count; n++) {
		attempts += take.by->groups[n].attempts;
		blocked += take.by->groups[n].blocked;
		leaked += take.by->groups[n].leaked;
	}
	assert_int_equal(g->syns, r->syns);
	assert_int_equal(attempts, r->attempts);
	assert_int_equal(take.by->attempts, r->attempts);
	assert_int_equal(blocked, r->blocked);
	assert_int_equal(leaked, r->leaked);
	breakdown_free(take.by);
	geo_free(nowhere);
}

/* The databases and the period of reports that are compared. */
struct compared {
	const char *const *files;
	size_t count;
	int64_t since, until;
};

static struct report *
read_report(const struct compared *c, enum read_way way, size_t *sealed)
{
	struct sealed_take take = {.to.report = report_new(c->since, c->until)};
	struct sink sink = sink_of(&take);
	struct query q = {
	        .since = c->since, .until = c->until, .sealed = way != BY_MINUTE, .brief = way == BY_HOUR_BRIEF};
	struct source sources[4];
	struct reading *reading;
	char why[256] = "";

	for (size_t n = 0; n < c->count; n++)
		assert_true(source_open(&sources[n], c->files[n], why, sizeof why));
	take.to.report->brief = q.brief;
	reading = reading_open(sources, c->count, &q, why, sizeof why);
	assert_string_equal(why, "");
	if (!reading_rows(reading, &sink, why, sizeof why))
		fail_msg("%s", why);
	report_finish(take.to.report);
	read_by(reading, take.to.report);
	for (size_t n = 0; q.brief && n < take.to.report->host_count; n++)
		assert_true(reading_about(reading, &take.to.report->hosts[n].addr, &sink, why, sizeof why));
	reading_close(reading);
	for (size_t n = 0; n < c->count; n++)
		source_close(&sources[n]);
	*sealed = take.sealed;
	return take.to.report;
}

static void
same_counts(const struct side_counts *a, const struct side_counts *b)
{
	assert_int_equal(a->rows > 0, b->rows > 0);
	assert_int_equal(a->attempts, b->attempts);
	assert_int_equal(a->retransmits, b->retransmits);
	assert_int_equal(a->syns, b->syns);
	assert_int_equal(a->blocked, b->blocked);
	assert_int_equal(a->allowed, b->allowed);
	assert_int_equal(a->established, b->established);
	assert_int_equal(a->refused, b->refused);
	assert_int_equal(a->leaked, b->leaked);
	assert_int_equal(a->listed, b->listed);
	assert_int_equal(a->peak, b->peak);
	assert_int_equal(a->peak_minute, b->peak_minute);
	assert_int_equal(a->destinations, b->destinations);
	assert_int_equal(a->networks, b->networks);
	assert_int_equal(a->others, b->others);
}

/* Each side's parts have an order that sentences show. */
static size_t
next_part(const struct host *h, size_t from, enum side side)
{
	while (from < h->part_count && h->parts[from].side != side)
		from++;
	return from;
}

static void
same_host(const struct host *a, const struct host *b)
{
	assert_true(addr_equal(&a->addr, &b->addr));
	for (int side = 0; side < SIDE_COUNT; side++)
		same_counts(&a->side[side], &b->side[side]);
	assert_int_equal(a->destinations, b->destinations);
	assert_int_equal(a->networks, b->networks);
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->last, b->last);
	assert_int_equal(a->has_mac, b->has_mac);
	assert_string_equal(host_label(a), host_label(b));
	assert_int_equal(a->part_count, b->part_count);
	for (int side = 0; side < SIDE_COUNT; side++)
		for (size_t n = 0, x = 0, y = 0; n < a->part_count; n++) {
			x = next_part(a, x, (enum side)side);
			y = next_part(b, y, (enum side)side);
			assert_int_equal(x == a->part_count, y == b->part_count);
			if (x == a->part_count)
				break;
			assert_memory_equal(&a->parts[x++], &b->parts[y++], sizeof a->parts[n]);
		}
}

size_t
sealed_compare(const char *const *files, size_t count, int64_t since, int64_t until)
{
	size_t sealed[3];
	const struct compared c = {files, count, since, until};
	struct report *r = read_report(&c, BY_MINUTE, &sealed[BY_MINUTE]);

	assert_int_equal(sealed[BY_MINUTE], 0);
	for (enum read_way way = BY_HOUR; way <= BY_HOUR_BRIEF; way++) {
		struct report *other = read_report(&c, way, &sealed[way]);

		assert_int_equal(r->host_count, other->host_count);
		assert_int_equal(r->attempts, other->attempts);
		assert_int_equal(r->retransmits, other->retransmits);
		assert_int_equal(r->syns, other->syns);
		assert_int_equal(r->blocked, other->blocked);
		assert_int_equal(r->allowed, other->allowed);
		assert_int_equal(r->leaked, other->leaked);
		for (size_t n = 0; n < r->host_count; n++)
			same_host(&r->hosts[n], &other->hosts[n]);
		report_free(other);
	}
	report_free(r);
	assert_int_equal(sealed[BY_HOUR], sealed[BY_HOUR_BRIEF]);
	return sealed[BY_HOUR];
}

void
sealed_compare_periods(const struct two_logs *p, int count)
{
	const char *const files[] = {p->scratch.gate, p->scratch.wire};
	size_t sealed = sealed_compare(files, 2, 0, LOGS_LATER);

	assert_true(sealed > 0);
	sealed = 0;
	for (int n = 0; n < count; n++) {
		int64_t since = LOGS_START - HOUR + (int64_t)two_logs_random(LOGS_HOURS * 3600) * SECOND +
		                two_logs_random(2) * 777777;
		int64_t until = since + (int64_t)two_logs_random((LOGS_HOURS + 2) * 3600) * SECOND;

		sealed += sealed_compare(files, 2, since, until);
		since = LOGS_START + (int64_t)two_logs_random(LOGS_HOURS) * HOUR;
		sealed += sealed_compare(files, 2, since, since + two_logs_random(3) * HOUR + two_logs_random(2) * 1);
	}
	assert_true(sealed > 0);
}

bool
sealed_read_one(const char *file, char *why, size_t why_size)
{
	struct sealed_take take = {.to.report = report_new(0, LOGS_LATER)};
	struct sink sink = sink_of(&take);
	struct query q = {.until = LOGS_LATER, .sealed = true};
	struct source source;
	struct reading *reading;
	bool good;

	assert_true(source_open(&source, file, why, why_size));
	reading = reading_open(&source, 1, &q, why, why_size);
	assert_non_null(reading);
	good = reading_rows(reading, &sink, why, why_size);
	reading_close(reading);
	source_close(&source);
	report_free(take.to.report);
	return good;
}
