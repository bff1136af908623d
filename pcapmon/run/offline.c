/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "offline.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pcapmon/capture/capture.h"
#include "lib/decode/decode.h"
#include "lib/base/log.h"

#define TRIES 50          /* of 100 ms each, for a database that is busy */
#define WAKE 200          /* milliseconds between two looks at a file that grows */
#define COMMIT 1000000    /* microseconds between two transactions */
#define CLOCK_EVERY 4096  /* packets between two looks at the clock */
#define LAST_READ 1000000 /* microseconds that reading may go on after a signal */

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

void
offline_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* Not for the database: the counts are classified, and then dropped. */
static void
forget(struct offline *o)
{
	struct counters *b = &o->counting->counters;

	if (o->counting->labels != NULL)
		capture_labels_take(o->counting->labels, b->minutes, b->devices);
	minutes_clear(b->minutes);
	devices_clear(b->devices);
	if (b->outcomes != NULL)
		outcomes_clear(b->outcomes);
	if (o->counting->companion_rows != NULL)
		companion_rows_done(o->counting->companion_rows);
}

/* Rows that were counted before are not written again. */
static bool
write_rows(struct offline *o)
{
	if (o->rows == NULL || progress_known(&o->progress)) {
		forget(o);
		return true;
	}
	return wire_rows_write(o->rows, o->counting->counters.minutes, o->counting->counters.devices, 0);
}

static bool
write_patiently(struct offline *o)
{
	struct timespec pause = {.tv_nsec = 100000000};

	for (int i = 0; i < TRIES; i++) {
		if (write_rows(o))
			return true;
		nanosleep(&pause, NULL);
	}
	return write_rows(o);
}

/* Comes from within a packet, before anything of it was counted. The tally keeps back packets of one stamp, so there
 * may be others before it: only if somebody has more rows in one microsecond than minutes_crowded leaves room for, and
 * we are killed before the next transaction, are they counted never. */
void
offline_flush(struct offline *o)
{
	if (o->rows != NULL)
		progress_mark(&o->progress, false);
	write_patiently(o);
}

static void
commit(struct offline *o)
{
	tally_settle(o->counting->tally);
	if (o->rows != NULL)
		progress_mark(&o->progress, true);
	write_rows(o);
	o->due = steady_add(steady_now(), COMMIT);
}

/* Between two packets of different stamps: everything before is counted, and nothing of what follows. */
static void
commit_if_due(struct offline *o, int64_t when)
{
	const struct counters *b = &o->counting->counters;

	if (when != o->last_when && b->minutes != NULL &&
	    (minutes_crowded(b->minutes) ||
	     (o->rows != NULL && (outcomes_crowded(b->outcomes) ||
	                          (o->summary.packets % CLOCK_EVERY == 0 && !steady_before(steady_now(), o->due))))))
		commit(o);
}

/* Only once, and never over what this run has counted since: a followed file may be replaced by another. */
static void
recall(struct offline *o)
{
	if (!o->remembers)
		counting_recall(o->counting);
	o->remembers = true;
}

/* False: nothing of this capture may be counted. */
static bool
note_progress(struct offline *o, const struct frame *f)
{
	if (o->progress.rows == NULL)
		progress_begin(&o->progress, o->rows, o->scope);
	if (!progress_frame(&o->progress, f, o->error, sizeof o->error))
		return false;
	/* Connections may continue from the last run into a new capture. For a capture that was counted before, they
	 * are loaded at the mark. */
	if (o->progress.now.packets == 1 && o->progress.past.packets == 0)
		recall(o);
	return true;
}

static void
sum_up(struct summary *s, int64_t when)
{
	if (s->packets == 0 || when < s->first)
		s->first = when;
	if (s->packets == 0 || when > s->last)
		s->last = when;
	s->packets++;
}

/* False, with the error set: it must not be counted. */
static bool
count(struct offline *o, const struct frame *f)
{
	commit_if_due(o, f->when);
	if (o->rows != NULL && !note_progress(o, f))
		return false;
	sum_up(&o->summary, f->when);
	o->last_when = f->when;
	if (decode_knows(f->link))
		tally_frame(o->counting->tally, f);
	else if (o->unknown++ == 0)
		o->unknown_link = f->link;
	if (o->rows != NULL && progress_resumes(&o->progress)) {
		tally_settle(o->counting->tally);
		forget(o);
		memory_rows_whole(o->counting->memory_rows);
		recall(o);
	}
	return true;
}

/* The end of a capture, or of one of those that followed each other. `whole`: it was read to its end. */
static void
finish_file(struct offline *o, bool whole)
{
	const struct progress *p = &o->progress;

	if (p->rows == NULL)
		return;
	if (whole && !progress_end(p, o->error, sizeof o->error))
		return;
	if (p->past.packets > 0 && p->now.packets >= p->past.packets)
		log_info("%s: %s %" PRIu64 " packets were counted before", o->path,
		         p->past.packets == p->now.packets ? "all" : "the first", p->past.packets);
	commit(o);
}

/* No frame for now. */
static void
idle(struct offline *o)
{
	bool torn;

	if (savefile_anew(o->file, &torn)) {
		o->torn = o->torn || torn;
		finish_file(o, true);
		o->progress = (struct progress){0};
		return;
	}
	if (o->rows != NULL && !steady_before(steady_now(), o->due))
		commit(o);
	savefile_wait(o->file, WAKE);
}

static void
find_error(struct offline *o, enum frame_result result)
{
	char *error = o->error;
	size_t size = sizeof o->error;
	struct tally_sums sums = tally_sums(o->counting->tally);

	if (error[0] != '\0')
		return;
	if (result == FRAME_ERROR)
		snprintf(error, size, "%s", savefile_error(o->file));
	else if (result == FRAME_READ)
		snprintf(error, size, "stopped by a signal behind packet %" PRIu64, o->summary.packets);
	else if (result == FRAME_NOTHING && o->summary.packets > 0 && savefile_inside(o->file))
		snprintf(error, size, "stopped by a signal inside packet %" PRIu64, o->summary.packets + 1);
	else if (o->torn)
		snprintf(error, size, "a file that was replaced ended inside a packet");
	else if (o->unknown > 0)
		snprintf(error, size, "%" PRIu64 " packets are of a link type that is not known: %d (%s)", o->unknown,
		         o->unknown_link, capture_link_name(o->unknown_link));
	else if (totals_beyond(o->counting->counters.totals) > 0)
		snprintf(error, size, "more than %d hosts: %" PRIu64 " SYNs of others are not shown", TOTALS_HOSTS,
		         totals_beyond(o->counting->counters.totals));
	else if (totals_inexact(o->counting->counters.totals))
		snprintf(error, size, "too many destinations for the memory: destinations and peaks are lower bounds");
	else if (sums.evicted > 0)
		snprintf(error, size,
		         "%" PRIu64 " attempts too many at once: some SYNs may be retransmissions or attempts",
		         sums.evicted);
	else if (sums.fragments > 0)
		snprintf(error, size, "%" PRIu64 " packets in fragments too many at once: some openings may be missing",
		         sums.fragments);
}

/* A pipe or a growing file is read as far as it is there when the signal comes. */
static bool
go_on(const struct offline *o, enum frame_result last, struct steady *until)
{
	if (!stop)
		return true;
	if (last != FRAME_READ || (savefile_is_file(o->file) && !o->follow))
		return false;
	if (until->us == 0)
		*until = steady_add(steady_now(), LAST_READ);
	return steady_before(steady_now(), *until);
}

void
offline_read(struct offline *o)
{
	enum frame_result result = FRAME_NOTHING;
	bool counted = true;
	struct steady until = {0}; /* {0}: no signal yet */
	struct frame f;

	while (counted && go_on(o, result, &until)) {
		result = savefile_next(o->file, &f);
		if (result == FRAME_READ)
			counted = count(o, &f);
		else if (result == FRAME_NOTHING)
			idle(o);
		else
			break;
	}
	tally_settle(o->counting->tally);
	o->summary.unknown = tally_sums(o->counting->tally).unknown;
	find_error(o, result);
	if (counted)
		finish_file(o, result == FRAME_END);
}

/* Hours that are over by the capture's own time. */
static bool
seal(struct offline *o)
{
	bool more = true;

	while (more)
		if (!wire_rows_seal(o->rows, o->summary.last, &more))
			return false;
	return true;
}

/* Rows that could not be written are classified nevertheless. */
static bool
write_last(struct offline *o)
{
	bool stored;

	if (o->rows == NULL) {
		forget(o);
		return true;
	}
	memory_rows_whole(o->counting->memory_rows);
	stored = write_patiently(o) && o->counting->counters.lost == 0 && seal(o);
	forget(o);
	return stored;
}

/* Labels by all evidence of the capture. */
static void
apply_evidence(const struct offline *o, struct capture_label *labels, const struct capture_index *index)
{
	const struct summary *s = &o->summary;
	struct capture_evidence all = {
	        .companions = s->companions, .companion_count = s->companion_count, .span = s->last - s->first};

	all.totals = totals_sorted(o->counting->counters.totals, &all.total_count);
	capture_labels_evidence(labels, s->label_count, index, &all);
}

int
offline_run(struct offline *o)
{
	struct summary *s = &o->summary;
	struct totals *totals = o->counting->counters.totals;
	struct companion_row *companions;
	struct capture_label *labels;
	struct capture_index *index = NULL;
	struct host_total *joined = NULL;
	bool stored, printed;

	offline_read(o);
	stored = write_last(o);
	s->error = o->error[0] != '\0' ? o->error : NULL;
	s->local = o->local;
	s->companions = companions = counting_companions(o->counting, &s->companion_count);
	if (companions != NULL)
		s->companions_lost = companions_lost(o->counting->companions);
	labels = capture_labels_read(o->counting->labels, &o->parameters, s->last, &s->label_count);
	if (labels != NULL) {
		index = capture_index_new(labels, s->label_count);
		s->places = geo_count(o->geo) > 0 && capture_labels_places(o->counting->labels, o->geo, index);
		apply_evidence(o, labels, index);
		joined = capture_labels_join(o->counting->labels, index, totals, &s->joined_count);
	}
	s->labels = labels;
	s->index = index;
	s->joined = joined;
	printed = (o->json ? summary_json : o->csv ? summary_csv : summary_text)(stdout, s, totals);
	if (!printed)
		log_warn("cannot print the summary");
	capture_index_free(index);
	free(companions);
	free(joined);
	capture_labels_done(labels, s->label_count);
	if (s->error != NULL)
		log_warnx("%s: %s", o->path, s->error);
	return printed && stored && labels != NULL && s->error == NULL ? 0 : 1;
}
