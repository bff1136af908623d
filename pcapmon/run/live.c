/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "lib/base/log.h"
#include "lib/base/notify.h"
#include "lib/base/steady.h"
#include "lib/base/text.h"
#include "lib/base/unset.h"
#include "lib/base/when.h"

#define EARLY (SECOND / 4) /* how early a tick may run when packets wake us */
#define BATCH 20000        /* packets between two looks at the clock */
#define PRUNE 60           /* ticks between two rounds of pruning */
#define PRUNING 50000      /* microseconds of a tick for it, at most, and the piece that is on */
#define SEAL 10            /* and between two looks for hours that are over */
#define BUSY 200           /* milliseconds until a busy database is tried again at the end */
#define LAST_TRIES 5       /* seconds that the last transaction may take to find the database free */
#define BEHIND (TAPS_LATEST * INT64_C(1000))
#define LAST_STEP 50           /* milliseconds between two looks for the last frames */
#define LAST_READ (2 * SECOND) /* the longest that reading goes on after a signal */

static volatile sig_atomic_t stop, show, again;
static sigset_t waiting; /* signals that stay blocked while it waits: none of ours */

/* The state of one run, besides the parts that it was given. */
struct live_state {
	struct live *l;
	uint64_t lost, fragments;
	uint64_t written; /* packets as of the last transaction */
	int64_t started, last_tick;
	unsigned ticks; /* so far */
	bool more;      /* hours to be summed up */
	bool pruning;   /* a round of pruning goes on */
	int64_t seen;   /* every frame up to here was counted */
	struct unset clock;
	bool undated;  /* it is not set: what is counted has its times */
	int64_t known; /* until when an earlier run watched; 0: there was none */
};

static void
on_signal(int number)
{
	if (number == SIGUSR1)
		show = 1;
	else if (number == SIGHUP)
		again = 1;
	else
		stop = 1;
}

void
live_signals(void)
{
	static const int ours[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		sigaction(ours[i], &action, NULL);
		sigaddset(&blocked, ours[i]);
	}
	/* Signals are delivered only during the wait, so that none arrives just before it and is noticed a wait
	 * later. */
	sigprocmask(SIG_BLOCK, &blocked, &waiting);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		sigdelset(&waiting, ours[i]);
}

static void
note_lost(struct live_state *w, int64_t now)
{
	struct tally_sums s = tally_sums(w->l->tally);
	uint64_t lost = w->l->counters->lost;

	if (lost != w->lost)
		wire_rows_gap(w->l->rows, GAP_ROOM, w->last_tick, now, (int64_t)(lost - w->lost));
	if (s.fragments != w->fragments)
		wire_rows_gap(w->l->rows, GAP_FRAGMENTS, w->last_tick, now, (int64_t)(s.fragments - w->fragments));
	w->lost = lost;
	w->fragments = s.fragments;
}

static void
keep_loss(void *rows, enum taps_loss kind, int64_t since, int64_t until, int64_t packets)
{
	wire_rows_gap(rows, kind == TAPS_DROPPED ? GAP_DROPS : GAP_INTERFACE, since, until,
	              packets == TAPS_UNKNOWN ? MISSING_UNKNOWN : packets);
}

static void
keep_cause(void *arg, const struct addr *host, int64_t when, const char *cause)
{
	wire_rows_cause(((struct live *)arg)->rows, host, when, cause);
}

/* The time until which the wire was watched, for wire_rows_write; 0 while an interface is away, or the clock is not
 * set, since a run that is killed then could not write the gap. */
static int64_t
watched(const struct live_state *w)
{
	return taps_whole(w->l->taps) && !w->undated ? w->seen : 0;
}

/* The number of SYNs is known if the run began lately. */
static void
put_forward(struct live_state *w, int64_t now, int64_t by)
{
	int64_t begun = w->started + by;
	bool lately = now - begun < UNSET_WAIT;

	wire_rows_gap(w->l->rows, GAP_FORWARD, lately ? begun : now - by, now,
	              lately ? (int64_t)tally_sums(w->l->tally).syns : MISSING_UNKNOWN);
	w->last_tick += by;
}

/* What was counted before the clock was set is a gap with its number, or of unknown size if an earlier run ended in it.
 */
static void
look_at_clock(struct live_state *w, int64_t now)
{
	int64_t by = unset_forward(&w->clock, now, when_boot());
	bool unset = unset_look(&w->clock, w->ticks == 0 || w->undated ? w->known : 0, now, steady_now());
	char at[WHEN_TEXT];

	if (unset && !w->undated)
		log_warnx("the clock is not set (%s): until it is, what is counted will be a gap",
		          when_print(now, false, at));
	if (!unset && w->undated) {
		w->started = unset_moved(&w->clock, w->started);
		w->last_tick = unset_moved(&w->clock, w->last_tick);
		wire_rows_gap(w->l->rows, GAP_CLOCK, w->known > 0 ? w->known : w->started, now,
		              w->known > 0 ? MISSING_UNKNOWN : (int64_t)tally_sums(w->l->tally).syns);
	}
	if (by > 0)
		put_forward(w, now, by);
	w->undated = unset;
}

/* Without news there is no transaction. */
static bool
write_due(const struct live_state *w)
{
	return taps_packets(w->l->taps) != w->written || wire_rows_urgent(w->l->rows, watched(w));
}

static bool
write_rows(struct live_state *w)
{
	struct live *l = w->l;

	if (!wire_rows_write(l->rows, l->counters->minutes, l->counters->devices, watched(w)))
		return false;
	w->written = taps_packets(l->taps);
	return true;
}

static void
record_run(const struct live_state *w, int64_t since, int64_t now)
{
	struct wire_run run = {.since = since, .packets = taps_packets(w->l->taps), .drops = taps_drops(w->l->taps)};

	_Static_assert(sizeof run.interfaces >= TAPS_TEXT, "room for all names");
	taps_names(w->l->taps, run.interfaces);
	wire_rows_run(w->l->rows, &run, now);
}

static bool
has_time(void *until)
{
	return steady_before(steady_now(), *(const struct steady *)until);
}

static void
prune(struct live_state *w, int64_t now)
{
	struct steady until = steady_add(steady_now(), PRUNING);
	const struct time_left time = {has_time, &until};

	w->pruning |= w->ticks % PRUNE == 0;
	while (w->pruning && has_time(&until))
		wire_rows_prune(w->l->rows, now, &time, &w->pruning);
}

static void
tick(struct live_state *w, int64_t now)
{
	struct live *l = w->l;
	const struct taps_losses losses = {keep_loss, l->rows};
	bool ok = true;

	notify_alive();
	look_at_clock(w, now);
	taps_tick(l->taps, &losses, w->last_tick, now);
	note_lost(w, now);
	tally_settle(l->tally);
	wire_rows_look(l->rows, now);
	if (!w->undated)
		record_run(w, w->started, now);
	if (write_due(w))
		ok = write_rows(w);
	if (l->follow(l->arg))
		wire_rows_journal(l->rows, now, "reload", "the policy that the gate has put in force");
	leak_causes(tally_leaks(l->tally), *l->directory, now, keep_cause, l);
	w->ticks++;
	if (ok && (w->ticks % SEAL == 0 || w->more))
		wire_rows_seal(l->rows, now, &w->more);
	prune(w, now);
	w->last_tick = now;
	log_catch_up();
}

/* False: there is more. `now` as for taps_next. */
static bool
drain(struct live_state *w, int64_t now)
{
	int64_t begun = when_now();
	struct frame f;

	for (int i = 0; i < BATCH; i++) {
		if (!taps_next(w->l->taps, now, &f)) {
			w->seen = begun - BEHIND;
			return true;
		}
		tally_frame(w->l->tally, &f);
		w->seen = f.when - BEHIND;
	}
	return false;
}

static void
pause_busy(void)
{
	struct timespec wait = {.tv_nsec = BUSY * 1000000L};

	nanosleep(&wait, NULL);
}

/* Sums up this run in one line. */
static void
sum_up(const struct live_state *w, int64_t now, char *text, size_t size)
{
	struct tally_sums s = tally_sums(w->l->tally);
	char span[WHEN_TEXT], names[TAPS_TEXT];

	snprintf(text, size,
	         "%s: %" PRIu64 " SYNs, %" PRIu64 " attempts, %" PRIu64 " established, %" PRIu64 " leaks, %" PRIu64
	         " packets dropped by the kernel, in %s",
	         taps_names(w->l->taps, names), s.syns, s.attempts, s.established, s.leaked, taps_drops(w->l->taps),
	         span_print(now - w->started, span));
}

static void
show_state(struct live_state *w, int64_t now)
{
	char text[TAPS_TEXT + 256];

	show = 0;
	sum_up(w, now, text, sizeof text);
	log_info("%s; %" PRIu64 " packets passed the kernel's filter", text, taps_packets(w->l->taps));
}

/* Packets captured so far are counted under the old policy. */
static void
read_again(struct live_state *w, int64_t now)
{
	again = 0;
	notify("RELOADING=1");
	tally_settle(w->l->tally);
	if (w->l->reload(w->l->arg))
		wire_rows_journal(w->l->rows, now, "reload", "the policy was read again");
	notify("READY=1");
}

/* Reads the packets that the kernel has captured and not yet handed over. */
static void
read_last(struct live_state *w, int64_t now)
{
	struct steady begun = steady_now();

	do {
		taps_wait(w->l->taps, LAST_STEP, &waiting);
		while (!drain(w, when_now()) && w->seen < now && steady_since(begun) < LAST_READ)
			;
	} while (w->seen < now && steady_since(begun) < LAST_READ);
	drain(w, INT64_MAX);
}

static int
finish(struct live_state *w)
{
	struct live *l = w->l;
	const struct taps_losses losses = {keep_loss, l->rows};
	int64_t now = when_now();
	char text[TAPS_TEXT + 256];
	bool ok = false;

	notify("STOPPING=1");
	read_last(w, now);
	tally_settle(l->tally);
	memory_rows_last(l->memory);
	taps_end(l->taps, &losses, w->last_tick, now);
	note_lost(w, now);
	look_at_clock(w, now);
	sum_up(w, now, text, sizeof text);
	if (!w->undated)
		record_run(w, 0, now);
	for (int i = 0; !ok && i < LAST_TRIES * 1000 / BUSY; i++) {
		if (i > 0)
			pause_busy();
		wire_rows_look(l->rows, now);
		ok = wire_rows_write(l->rows, l->counters->minutes, l->counters->devices, w->undated ? 0 : now) &&
		     wire_rows_journal(l->rows, now, "stop", text);
	}
	log_info("%s", text);
	return ok ? 0 : 1;
}

int
live_run(struct live *l)
{
	struct live_state w = {.l = l, .started = when_now()};
	struct steady due = steady_add(steady_now(), SECOND), now;
	char text[TAPS_TEXT + 16], names[TAPS_TEXT];

	w.last_tick = w.started;
	w.known = wire_rows_watched(l->rows);
	look_at_clock(&w, w.started);
	snprintf(text, sizeof text, "watching %s", taps_names(l->taps, names));
	wire_rows_journal(l->rows, w.started, "start", text);
	log_info("%s", text);
	notify("READY=1\nSTATUS=watching");
	while (!stop) {
		now = steady_now();
		taps_wait(l->taps, steady_before(now, due) ? (int)(steady_between(now, due) / 1000 + 1) : 0, &waiting);
		drain(&w, when_now());
		if (show)
			show_state(&w, when_now());
		if (again)
			read_again(&w, when_now());
		now = steady_now();
		if (steady_between(now, due) > EARLY)
			continue;
		due = steady_add(now, SECOND);
		tick(&w, when_now());
	}
	return finish(&w);
}
