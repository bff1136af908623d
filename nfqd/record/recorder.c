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
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/count/attempts.h"
#include "backlog.h"
#include "inbox.h"
#include "logbook.h"
#include "lib/base/log.h"
#include "lib/priv/priv.h"
#include "lib/decode/stack.h"
#include "lib/base/steady.h"
#include "lib/base/when.h"
#include "nfqd/shared/note.h"
#include "nfqd/shared/valid.h"

#define TICK 1000           /* milliseconds */
#define ALIVE (10 * SECOND) /* between commits that only record that nothing is missing */
#define PRUNE MINUTE
#define JUDGING (250 * 1000) /* microseconds of a tick, at most */
#define ROWS 32768
#define ATTEMPTS 131072

struct recorder {
	struct shared *shared;
	struct logbook book;
	struct minutes *minutes;
	struct attempts *attempts;
	struct devices *devices;
	struct inbox inbox;             /* events */
	uint64_t note_next, flood_next; /* numbers of the first records that were not read */
	uint64_t note_done, flood_done; /* ... and that are not committed */
	int64_t named;                  /* openings dropped by the shield that are recorded */
	int64_t named_set, named_more;  /* not committed: the same by the supervisor (-1: no news), and by floods */
	uint64_t lost;                  /* records dropped by full spools, as recorded */
	uint64_t events_damaged, floods_damaged; /* records that were not valid, since the last commit */
	bool damaged;                            /* and that was logged */
	int64_t recorded;                        /* all events ever recorded in this file, committed */
	int64_t alive, pruned;                   /* wall time of the last commit, and of the last pruning */
	struct steady judge_until;               /* has_time */
	struct backlog backlog;                  /* of judging */
	enum store_fate fate;                    /* of the file, by the last failure to write */
	bool failing, judging_fails;
};

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* Adds an event to the rows in memory. False: no room until the rows are written. */
static bool
add_event(struct recorder *r, const struct event *e)
{
	struct flow flow = {e->src, e->dst, e->sport, e->dport};
	struct minute_row *row;
	bool fresh;

	if (minutes_full(r->minutes) || (e->has_mac && !devices_saw(r->devices, &e->src, e->mac, e->when)))
		return false;
	attempts_syn(r->attempts, &flow, e->isn, e->when, &fresh);
	row = (fresh ? minutes_at : minutes_after)(r->minutes, e->when, &e->src, &e->dst, e->dport, e->verdict,
	                                           e->reason);
	row->count[fresh ? GATE_ATTEMPTS : GATE_RETRANSMITS]++;
	if (fresh && e->verdict != VERDICT_PASS) {
		row->count[GATE_RAW] += e->raw;
		row->count[GATE_STACKS] |= stacks_bit(e->stack);
		minutes_clock(row, e->when, e->clock);
	}
	return true;
}

static void
take_events(struct recorder *r)
{
	const struct event *e;

	while ((e = inbox_peek(&r->inbox)) != NULL) {
		if (!valid_event(e))
			r->events_damaged++;
		else if (!add_event(r, e))
			return;
		inbox_pop(&r->inbox);
	}
}

/* Adds what the shield dropped of one source. False: no room until the rows are written. */
static bool
add_flood(struct recorder *r, const struct flood *f)
{
	static const struct addr nowhere;
	struct minute_row *row =
	        minutes_at(r->minutes, f->last, &f->source, &nowhere, f->port, VERDICT_DROP, REASON_FLOOD);

	if (row == NULL)
		return false;
	if (row->first > f->first)
		row->first = row->begun = f->first;
	row->count[GATE_ATTEMPTS] += f->count;
	r->named_more += (int64_t)f->count;
	return true;
}

static void
take_floods(struct recorder *r)
{
	const struct spool *s = r->shared->floods;
	struct flood f;

	for (; spool_read(s, r->flood_next, &f); r->flood_next++)
		if (!valid_flood(&f))
			r->floods_damaged++;
		else if (!add_flood(r, &f))
			return;
}

/* The kernel counts every opening that reaches our rules, even while nfqd is not running; `recorded` is how many of
 * them are rows. The difference at the end of the last run is remembered as REMEMBERED_UNSEEN; its growth since then is
 * the number of missing openings. */
static bool
put_start(struct recorder *r, int64_t at, const struct note_start *n)
{
	int64_t alive, unseen, rules, missing = MISSING_UNKNOWN;
	const char *cause = "nfqd was not running, and its rules were not in place";

	if (n->counted >= 0 && gate_rows_remembered(r->book.rows, REMEMBERED_RULES, &rules) && rules == n->rules) {
		cause = "nfqd was not running";
		if (gate_rows_remembered(r->book.rows, REMEMBERED_UNSEEN, &unseen) &&
		    n->counted - r->recorded >= unseen)
			missing = n->counted - r->recorded - unseen;
	}
	/* If the wall clock was set back, the length of the gap is not known, but the number of missing openings is. */
	if (gate_rows_remembered(r->book.rows, REMEMBERED_ALIVE, &alive) &&
	    !gate_rows_put_gap(r->book.rows, alive < at ? alive : at, at, cause, missing))
		return false;
	return gate_rows_remember(r->book.rows, REMEMBERED_UNSEEN, (n->counted >= 0 ? n->counted : 0) - r->recorded);
}

/* `more` openings that the kernel's rules counted are known not to be recorded. */
static bool
add_unseen(struct recorder *r, int64_t more)
{
	int64_t unseen = 0;

	gate_rows_remembered(r->book.rows, REMEMBERED_UNSEEN, &unseen);
	return gate_rows_remember(r->book.rows, REMEMBERED_UNSEEN, unseen + more);
}

static bool
put_gap(struct recorder *r, int64_t since, const struct note_gap *n)
{
	if (n->counted && n->missing > 0 && !add_unseen(r, n->missing))
		return false;
	return gate_rows_put_gap(r->book.rows, since, n->until, n->cause, n->missing);
}

/* What was recorded before this run, plus what its gates had seen by then, is no longer unseen. */
static bool
put_rules(struct recorder *r, const struct note_rules *n)
{
	int64_t before = r->recorded - (int64_t)inbox_committed(&r->inbox) - (int64_t)r->lost;

	return n->counted < 0 || gate_rows_remember(r->book.rows, REMEMBERED_UNSEEN, n->counted - (before + n->seen));
}

static bool
put_note(struct recorder *r, const struct note *n)
{
	switch ((enum note_kind)n->kind) {
	case NOTE_JOURNAL:
		return gate_rows_put_journal(r->book.rows, n->at, n->journal.event, n->journal.text);
	case NOTE_GAP:
		return put_gap(r, n->at, &n->gap);
	case NOTE_RULES:
		return put_rules(r, &n->rules);
	case NOTE_REMEMBER:
		if (n->remember.what == REMEMBERED_SHIELDED)
			r->named_set = n->remember.value;
		return gate_rows_remember(r->book.rows, (enum remembered)n->remember.what, n->remember.value);
	case NOTE_COUNTERS:
		return add_unseen(r, n->counters.jump);
	case NOTE_START:
		return put_start(r, n->at, &n->start);
	case NOTE_KINDS:
		break;
	}
	return true;
}

/* A record that is not valid was not written by nfqd; the one that it replaced is missing. */
static bool
put_damaged(struct recorder *r, const char *cause, int64_t now, int64_t missing)
{
	if (!r->damaged)
		log_warnx("%s", cause);
	r->damaged = true;
	return gate_rows_put_gap(r->book.rows, r->alive, now, cause, missing);
}

static bool
put_notes(struct recorder *r, int64_t now)
{
	struct note n;

	for (r->note_next = r->note_done; spool_read(r->shared->notes, r->note_next, &n); r->note_next++)
		if (valid_note(&n) ? !put_note(r, &n)
		                   : !put_damaged(r, "shared memory was damaged: a note of the supervisor is lost", now,
		                                  MISSING_UNKNOWN))
			return false;
	return true;
}

static int64_t
named_now(const struct recorder *r)
{
	int64_t before = r->named_set >= 0 ? r->named_set : r->named;

	return (before >= 0 ? before : 0) + r->named_more;
}

/* Everything in memory, as one transaction. */
static bool
put_all(struct recorder *r, int64_t now, uint64_t lost)
{
	int64_t run = r->shared->run;
	int64_t recorded = r->recorded + (int64_t)inbox_popped(&r->inbox) + (int64_t)(lost - r->lost);

	if (!gate_rows_begin(r->book.rows) || !logbook_put(&r->book, now, r->named) || !put_notes(r, now) ||
	    !gate_rows_remember(r->book.rows, REMEMBERED_SHIELDED, named_now(r)) ||
	    !minutes_each(r->minutes, gate_rows_put, r->book.rows) || !gate_rows_put_devices(r->book.rows, r->devices))
		return false;
	if (lost > r->lost && !gate_rows_put_gap(r->book.rows, r->alive, now, "the spool was full: details lost",
	                                         (int64_t)(lost - r->lost)))
		return false;
	if (r->events_damaged > 0 &&
	    !put_damaged(r, "shared memory was damaged: openings of a gate are lost", now, (int64_t)r->events_damaged))
		return false;
	if (r->floods_damaged > 0 &&
	    !put_damaged(r, "shared memory was damaged: what the shield dropped is lost", now, MISSING_UNKNOWN))
		return false;
	for (unsigned i = 0; i < r->shared->gate_count; i++)
		if (!gate_rows_put_position(r->book.rows, spool_name(r->shared->gates[i].events), run,
		                            r->inbox.gates[i].next))
			return false;
	return gate_rows_remember(r->book.rows, REMEMBERED_RECORDED, recorded) &&
	       gate_rows_remember(r->book.rows, REMEMBERED_ALIVE, now) &&
	       gate_rows_put_position(r->book.rows, spool_name(r->shared->notes), run, r->note_next) &&
	       gate_rows_put_position(r->book.rows, spool_name(r->shared->floods), run, r->flood_next) &&
	       gate_rows_put_position(r->book.rows, "lost", run, lost) && gate_rows_commit(r->book.rows);
}

/* Logs once when writing starts to fail, and once when it works again. */
static void
report_writing(struct recorder *r, bool works, int64_t now)
{
	if (!works && !r->failing)
		log_warnx("cannot write gate.db: %s; verdicts continue, rows are kept in memory",
		          r->book.rows != NULL ? gate_rows_error(r->book.rows) : r->book.why);
	if (works && r->failing)
		log_info("gate.db can be written again");
	if (works == r->failing)
		atomic_store(&r->shared->recorder->failing, works ? 0 : now);
	r->failing = !works;
}

/* True when everything taken is committed. */
static bool
commit(struct recorder *r)
{
	uint64_t lost = inbox_lost(&r->inbox);
	int64_t now = when_now();

	if (r->book.rows == NULL || !put_all(r, now, lost)) {
		report_writing(r, false, now);
		if (r->book.rows != NULL) {
			r->fate = gate_rows_fate(r->book.rows);
			gate_rows_rollback(r->book.rows);
		}
		return false;
	}
	logbook_committed(&r->book);
	minutes_clear(r->minutes);
	devices_clear(r->devices);
	r->recorded += (int64_t)inbox_popped(&r->inbox) + (int64_t)(lost - r->lost);
	inbox_commit(&r->inbox);
	r->note_done = r->note_next;
	r->flood_done = r->flood_next;
	r->named = named_now(r);
	r->named_set = -1;
	r->named_more = 0;
	r->events_damaged = r->floods_damaged = 0;
	r->lost = lost;
	r->alive = now;
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

	return steady_before(steady_now(), r->judge_until) && !inbox_fills_up(&r->inbox);
}

/* Logs once when judging starts to fail, and once when it works again. */
static void
report_judging(struct recorder *r, bool works)
{
	if (!works) {
		if (!r->judging_fails)
			log_warnx("gate.db: cannot judge hosts: %s; rows are still recorded",
			          gate_rows_error(r->book.rows));
		r->fate = gate_rows_fate(r->book.rows);
		gate_rows_rollback(r->book.rows);
	} else if (r->judging_fails) {
		log_info("gate.db: judging hosts works again");
	}
	r->judging_fails = !works;
}

/* Judges minutes that are over, for JUDGING at most. Logs once if states cannot be read, and a backlog. */
static void
judge_minutes(struct recorder *r, int64_t now)
{
	const struct judged_time time = {has_time, r};
	uint64_t before = gate_rows_judge_dropped(r->book.rows);
	char text[BACKLOG_TEXT];
	int64_t until;
	bool more;

	r->judge_until = steady_add(steady_now(), JUDGING);
	if (has_time(r))
		report_judging(r, gate_rows_judge(r->book.rows, now, &time, &more));
	until = gate_rows_judged_until(r->book.rows);
	atomic_store(&r->shared->recorder->judged, until);
	if (backlog_report(&r->backlog, until, now, text))
		log_info("%s", text);
	if (before == 0 && gate_rows_judge_dropped(r->book.rows) > 0)
		log_warnx("gate.db: the state by which a host is judged is damaged; judging starts anew for that host");
}

static void
tick(struct recorder *r)
{
	int64_t now = when_now();
	bool due;

	if (logbook_check(&r->book, r->fate, now, r->recorded, r->named > 0 ? r->named : 0))
		r->recorded = 0;
	r->fate = STORE_KEPT;
	/* If memory is full, rows are committed early; if that fails, the rest stays in the spool. */
	do {
		take_events(r);
		take_floods(r);
		due = inbox_peek(&r->inbox) != NULL || spool_head(r->shared->floods) > r->flood_next;
	} while (due && commit(r));
	due = inbox_popped(&r->inbox) > 0 || r->flood_next > r->flood_done ||
	      spool_head(r->shared->notes) > r->note_done || inbox_lost(&r->inbox) > r->lost ||
	      now - r->alive >= ALIVE || now < r->alive || r->book.lost[0] != '\0';
	if (!due)
		atomic_store(&r->shared->recorder->idle, now);
	if (due && commit(r) && (now - r->pruned >= PRUNE || now < r->pruned)) {
		if (!gate_rows_prune(r->book.rows, now))
			log_warnx("cannot prune gate.db: %s", gate_rows_error(r->book.rows));
		r->pruned = now;
	}
	if (!r->failing && r->book.rows != NULL) {
		gate_rows_seal(r->book.rows, now, &due);
		judge_minutes(r, now);
	}
}

static void
recall(struct recorder *r, enum remembered what, _Atomic int64_t *out)
{
	int64_t value = -1;

	gate_rows_remembered(r->book.rows, what, &value);
	atomic_store(out, value);
}

/* The first record that is not committed. A database that replaced the last recorder's has no position: then it is the
 * spool's tail. */
static uint64_t
position(const struct recorder *r, const struct spool *s)
{
	uint64_t known = gate_rows_position(r->book.rows, spool_name(s), r->shared->run);

	return known > spool_tail(s) ? known : spool_tail(s);
}

/* Continues with a gate's events behind those that are committed. */
static void
take_over_gate(struct recorder *r, unsigned gate)
{
	const struct spool *s = r->shared->gates[gate].events;
	uint64_t first = spool_oldest(s), begin = position(r, s);
	struct event e;
	bool fresh;

	for (uint64_t i = first; i < begin; i++)
		if (spool_read(s, i, &e)) {
			struct flow flow = {e.src, e.dst, e.sport, e.dport};

			attempts_syn(r->attempts, &flow, e.isn, e.when, &fresh);
		}
	inbox_begin(&r->inbox, gate, begin);
}

/* Continues where the last recorder of this run ended. */
static void
take_over(struct recorder *r)
{
	for (unsigned i = 0; i < r->shared->gate_count; i++)
		take_over_gate(r, i);
	r->note_done = position(r, r->shared->notes);
	r->lost = gate_rows_position(r->book.rows, "lost", r->shared->run);
	r->flood_done = position(r, r->shared->floods);
	r->note_next = r->note_done;
	r->flood_next = r->flood_done;
	spool_take(r->shared->floods, r->flood_done);
	spool_take(r->shared->notes, r->note_done);
	gate_rows_remembered(r->book.rows, REMEMBERED_RECORDED, &r->recorded);
	recall(r, REMEMBERED_SHIELDED, &r->shared->recorder->named);
	recall(r, REMEMBERED_UNNAMED, &r->shared->recorder->unnamed);
	recall(r, REMEMBERED_ALIVE, &r->shared->recorder->alive);
	r->named = atomic_load(&r->shared->recorder->named);
	r->named_set = -1;
	r->alive = when_now();
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
			take_events(r);
			if (inbox_fills_up(&r->inbox))
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
	    (r->devices = devices_new(seed)) == NULL)
		fatal("recorder");
	r->inbox.shared = r->shared = setup->shared;
	if (!logbook_open(&r->book, setup->config, when_now()))
		fatalx("%s", r->book.why);
	take_over(r);
	priv_filter(PRIV_RECORDER);
	if (send(setup->channel, &ready, 1, MSG_NOSIGNAL) == 1) /* otherwise the supervisor has ended */
		loop(r);
	tick(r);
	if (inbox_behind(&r->inbox) > 0)
		log_warnx("stopped: %" PRIu64 " openings are not recorded in gate.db", inbox_behind(&r->inbox));
	logbook_close(&r->book);
	minutes_free(r->minutes);
	attempts_free(r->attempts);
	devices_free(r->devices);
	free(r);
	return 0;
}
