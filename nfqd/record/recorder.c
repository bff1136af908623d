/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a tick reads the spools, adds up events into rows in memory, and writes the rows together with the
 * positions in the spools in one transaction. Only then is memory cleared. The successor of a recorder that was killed
 * at any point continues at the committed positions, so that no event is lost or counted twice. It also reads earlier
 * events that are still in the spools, in order to recognise their retransmissions. */
#include "recorder.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/priv/priv.h"
#include "lib/base/when.h"
#include "recording.h"

#define TICK 1000           /* milliseconds */
#define ALIVE (10 * SECOND) /* between commits that only record that nothing is missing */
#define PRUNE MINUTE
#define OPEN_PAUSE SECOND /* between tries to open the database; grows to ... */
#define OPEN_PAUSE_MOST (10 * SECOND)
#define PRUNING (100 * 1000) /* microseconds of a tick, at most, and the piece that is on */
#define JUDGING (250 * 1000) /* microseconds of a tick, at most */
#define ROWS 32768
#define ATTEMPTS 262144 /* and half as many again: 2,184 new ones a second for 180 s */

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static int64_t
named_now(const struct recorder *r)
{
	int64_t before = r->named_set >= 0 ? r->named_set : r->named;

	return (before >= 0 ? before : 0) + r->named_more;
}

/* Openings in the file when what is in memory is written. */
static int64_t
recorded_now(const struct recorder *r, uint64_t lost)
{
	return r->recorded + (int64_t)(inbox_popped(&r->inbox) - r->answers) + (int64_t)(lost - r->lost);
}

static int64_t
doubt_now(const struct recorder *r)
{
	int64_t doubt = atomic_load(&r->shared->supervisor->doubt);

	return doubt != 0 ? unset_moved(&r->unset, doubt) : 0;
}

/* Everything in memory, as one transaction. */
static bool
put_all(struct recorder *r, int64_t now, uint64_t lost)
{
	int64_t run = r->shared->run;
	int64_t recorded = recorded_now(r, lost);

	if (!gate_rows_begin(r->logbook.rows) || (!r->undated && !gate_rows_put_began(r->logbook.rows, now)) ||
	    !logbook_put(&r->logbook, now, r->named) || !recording_put_notes(r, now) ||
	    !recording_put_undated(r, now) || !recording_put_forward(r, now) ||
	    !gate_rows_remember(r->logbook.rows, REMEMBERED_SHIELDED, named_now(r)) ||
	    !gate_rows_remember(r->logbook.rows, REMEMBERED_EMPTIED, r->emptied) ||
	    !minutes_each(r->minutes, gate_rows_put, r->logbook.rows) ||
	    !gate_rows_put_devices(r->logbook.rows, r->devices))
		return false;
	if (lost > r->lost && !gate_rows_put_gap(r->logbook.rows, r->alive, now, "the spool was full: details lost",
	                                         (int64_t)(lost - r->lost)))
		return false;
	if (r->events_damaged > 0 && !recording_put_damaged(r, "shared memory was damaged: openings of a gate are lost",
	                                                    now, (int64_t)r->events_damaged))
		return false;
	if (r->spools_damaged &&
	    !recording_put_damaged(r, "shared memory was damaged: records of a spool are lost", now, MISSING_UNKNOWN))
		return false;
	if (r->floods_damaged > 0 &&
	    !recording_put_damaged(r, "shared memory was damaged: what the shield dropped is lost", now,
	                           MISSING_UNKNOWN))
		return false;
	for (unsigned i = 0; i < r->shared->gate_count; i++)
		if (!gate_rows_put_position(r->logbook.rows, spool_name(r->shared->gates[i].events), run,
		                            r->inbox.gates[i].next))
			return false;
	return gate_rows_remember(r->logbook.rows, REMEMBERED_RECORDED, recorded) &&
	       gate_rows_remember(r->logbook.rows, REMEMBERED_ALIVE, now) &&
	       gate_rows_remember(r->logbook.rows, REMEMBERED_DOUBT, doubt_now(r)) &&
	       gate_rows_remember(r->logbook.rows, REMEMBERED_CLOCK, r->deleting.time) &&
	       gate_rows_put_position(r->logbook.rows, spool_name(r->shared->notes), run, r->note_next) &&
	       gate_rows_put_position(r->logbook.rows, spool_name(r->shared->floods), run, r->flood_next) &&
	       gate_rows_put_position(r->logbook.rows, "lost", run, lost) &&
	       gate_rows_put_position(r->logbook.rows, "answers", run, r->answers_done + r->answers) &&
	       gate_rows_commit(r->logbook.rows);
}

/* Hands the latest message to the supervisor, if it takes it now. */
static void
send_message(struct recorder *r)
{
	size_t size = strlen(r->message);

	if (size > 0 && send(r->channel, r->message, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size)
		r->message[0] = '\0';
}

static void
report_database(struct recorder *r, bool works)
{
	const char *why = r->logbook.rows != NULL ? gate_rows_error(r->logbook.rows) : r->logbook.file.why;

	if (works)
		snprintf(r->message, sizeof r->message, "%c", RECORDER_WORKS);
	else
		snprintf(r->message, sizeof r->message, "%c%.*s", RECORDER_FAILS, RECORDER_MESSAGE - 2, why);
	send_message(r);
}

/* Logs and publishes when writing starts to fail, and when it works again. */
static void
report_writing(struct recorder *r, bool works, int64_t now)
{
	bool failed = r->logbook.writing.failing;

	if (works == failed)
		report_database(r, works);
	database_result(&r->logbook.file, &r->logbook.writing, works, "cannot write gate.db");
	if (works == failed)
		atomic_store(&r->shared->recorder->failing, works ? 0 : now);
}

/* True when everything taken is committed. */
static bool
commit(struct recorder *r)
{
	uint64_t lost = inbox_lost(&r->inbox);
	int64_t now = when_now();

	if (r->logbook.rows == NULL || !put_all(r, now, lost)) {
		report_writing(r, false, now);
		return false;
	}
	logbook_committed(&r->logbook);
	minutes_clear(r->minutes);
	devices_clear(r->devices);
	r->recorded = recorded_now(r, lost);
	inbox_commit(&r->inbox);
	r->note_done = r->note_next;
	r->flood_done = r->flood_next;
	r->named = named_now(r);
	r->named_set = -1;
	r->named_more = 0;
	r->answers_done += r->answers;
	r->events_damaged = r->floods_damaged = r->answers = 0;
	r->spools_damaged = false;
	r->lost = lost;
	r->alive = now;
	r->undated = r->undated && now < r->unset.floor;
	r->forward = 0;
	spool_take(r->shared->notes, r->note_done);
	spool_take(r->shared->floods, r->flood_done);
	atomic_store(&r->shared->recorder->committed, now);
	atomic_store(&r->shared->recorder->events, inbox_committed(&r->inbox));
	atomic_store(&r->shared->recorder->evicted, attempts_evicted(r->attempts));
	report_writing(r, true, now);
	return true;
}

static bool
has_time(void *arg)
{
	struct recorder *r = arg;

	return steady_before(steady_now(), r->work_until) && !inbox_fills_up(&r->inbox);
}

/* Keeps `keep` and `max-size`, for PRUNING at most, until the round that begins once a minute is over. */
static void
prune(struct recorder *r, int64_t now, int64_t deleting)
{
	const struct time_left time = {has_time, r};

	if (now - r->pruned >= PRUNE || now < r->pruned) {
		r->pruning = true;
		r->pruned = now;
	}
	r->work_until = steady_add(steady_now(), PRUNING);
	while (r->pruning && has_time(r))
		if (!gate_rows_prune(r->logbook.rows, deleting, &time, &r->pruning))
			log_warnx("cannot prune gate.db: %s", gate_rows_error(r->logbook.rows));
}

/* Judges minutes that are over, for JUDGING at most. Logs once if states cannot be read, and a backlog. */
static void
judge_minutes(struct recorder *r, int64_t now)
{
	const struct time_left time = {has_time, r};
	uint64_t before = gate_rows_judge_dropped(r->logbook.rows);
	char text[BACKLOG_TEXT];
	int64_t until;
	bool more;

	r->work_until = steady_add(steady_now(), JUDGING);
	if (has_time(r))
		database_result(&r->logbook.file, &r->logbook.judging,
		                gate_rows_judge(r->logbook.rows, now, &time, &more), "gate.db: cannot judge hosts");
	until = gate_rows_judged_until(r->logbook.rows);
	atomic_store(&r->shared->recorder->judged, until);
	if (backlog_report(&r->backlog, until, now, text))
		log_info("%s", text);
	if (before == 0 && gate_rows_judge_dropped(r->logbook.rows) > 0)
		log_warnx("gate.db: the state by which a host is judged is damaged; judging starts anew for that host");
}

/* The gates do not wait for a database: until there is one, their events stay in the spools. */
static bool
open_database(struct recorder *r, int64_t now)
{
	struct steady steady = steady_now();

	if (steady_before(steady, r->open_at))
		return false;
	r->open = logbook_open(&r->logbook, now);
	if (r->open && recording_waits_for_clock(r, now, stopping)) {
		r->open = false;
		logbook_close(&r->logbook);
		return false;
	}
	if (r->open)
		recording_take_over(r);
	if (r->open || !r->logbook.opening.failing)
		atomic_store(&r->shared->recorder->failing, r->open ? 0 : now);
	report_database(r, r->open);
	database_result(&r->logbook.file, &r->logbook.opening, r->open, "cannot open gate.db");
	r->open_at = steady_add(steady_now(), r->open_pause);
	r->open_pause = r->open_pause < OPEN_PAUSE_MOST / 2 ? 2 * r->open_pause : OPEN_PAUSE_MOST;
	return r->open;
}

static void
tick(struct recorder *r)
{
	int64_t now = when_now(), deleting;
	bool due;

	log_catch_up();
	send_message(r);
	if (!r->open && !open_database(r, now))
		return;
	deleting = standing_time(&r->deleting, now, steady_now());
	recording_follow_clock(r, now);
	r->undated = recording_clock_unset(r, 0, now) || r->undated;
	if (logbook_check(&r->logbook, now, r->recorded, r->named > 0 ? r->named : 0))
		r->recorded = 0;
	recording_mend(r);
	/* If memory is full, rows are committed early; if that fails, the rest stays in the spool. */
	do {
		recording_take_events(r);
		recording_take_floods(r);
		due = inbox_peek(&r->inbox) != NULL || spool_head(r->shared->floods) > r->flood_next;
	} while (due && commit(r));
	due = inbox_popped(&r->inbox) > 0 || r->flood_next > r->flood_done ||
	      spool_head(r->shared->notes) > r->note_done || inbox_lost(&r->inbox) > r->lost || r->spools_damaged ||
	      r->forward > 0 || now - r->alive >= ALIVE || now < r->alive || r->logbook.file.lost[0] != '\0';
	if (!due)
		atomic_store(&r->shared->recorder->idle, now);
	if (due)
		commit(r);
	if (!r->logbook.writing.failing && r->logbook.rows != NULL) {
		prune(r, now, deleting);
		gate_rows_seal(r->logbook.rows, now, &due);
		judge_minutes(r, now);
	}
}

/* A tick a second; in between, a gate wakes us when its spool fills up. */
static void
loop(struct recorder *r)
{
	struct epoll_event e = {.events = EPOLLIN};
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int64_t next = 0, now;
	uint64_t wakes;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, r->shared->wake, &e) != 0)
		fatal("cannot wait for events");
	while (!stopping) {
		now = when_now();
		if (now >= next || next - now > TICK * 1000) {
			tick(r);
			next = now + TICK * 1000;
		} else if (epoll_wait(epoll, &e, 1, (int)((next - now) / 1000) + 1) > 0) {
			(void)!read(r->shared->wake, &wakes, sizeof wakes);
			if (r->open)
				recording_take_events(r);
			if (r->open && inbox_fills_up(&r->inbox))
				tick(r);
		}
	}
	close(epoll);
}

int
recorder_main(const struct recorder_setup *setup)
{
	struct recorder *r = calloc(1, sizeof *r);
	char ready = RECORDER_READY;
	uint64_t seed;

	log_open("nfqd recorder");
	signal(SIGTERM, stop);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* From here on an ordinary user without capabilities. Files are opened as that user, so that those of the
	 * database never belong to root. */
	priv_drop(setup->config->user, PRIV_NO_CAPABILITY);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		fatal("cannot follow the supervisor");
	if (r == NULL || getrandom(&seed, sizeof seed, 0) != sizeof seed ||
	    (r->minutes = minutes_new(ROWS, seed)) == NULL || (r->attempts = attempts_new(ATTEMPTS, seed)) == NULL ||
	    (r->devices = devices_new()) == NULL || (r->rotating = rotating_new(seed)) == NULL)
		fatal("recorder");
	r->inbox.shared = r->shared = setup->shared;
	for (unsigned i = 0; i < r->shared->gate_count; i++)
		inbox_begin(&r->inbox, i, spool_tail(r->shared->gates[i].events));
	r->channel = setup->channel;
	r->open_pause = OPEN_PAUSE;
	atomic_store(&r->shared->recorder->opened, 0);
	r->unset.ahead = atomic_load(&r->shared->recorder->unset);
	logbook_new(&r->logbook, setup->config);
	priv_filter(PRIV_RECORDER);
	log_speak();
	if (send(r->channel, &ready, 1, MSG_NOSIGNAL) == 1) /* otherwise the supervisor has ended */
		loop(r);
	r->open_at = (struct steady){0}; /* a last try */
	tick(r);
	logbook_close(&r->logbook);
	minutes_free(r->minutes);
	attempts_free(r->attempts);
	devices_free(r->devices);
	rotating_free(r->rotating);
	free(r);
	return 0;
}
