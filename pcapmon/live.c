/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "log.h"
#include "text.h"
#include "when.h"

#define WAKE 200     /* milliseconds: the longest wait */
#define BATCH 20000  /* packets between two looks at the clock */
#define PRUNE 60     /* ticks between two prunings */
#define LAST_TRIES 5 /* seconds that the last transaction may take to find the database free */

static volatile sig_atomic_t stop, show;

/* What one run keeps beside the parts it was given. */
struct watch {
	struct live *l;
	uint64_t packets, drops; /* drops: of this opening of the interface */
	uint64_t all_drops, lost, fragments;
	int64_t started, last_tick, away_since; /* away_since 0: the interface is there */
	bool down_logged;
};

static void
on_signal(int number)
{
	if (number == SIGUSR1)
		show = 1;
	else
		stop = 1;
}

void
live_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
}

static int64_t
clock_micro(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t
live_now(void)
{
	return clock_micro(CLOCK_REALTIME);
}

/* The kernel's count of this opening belongs to the time since the last look. */
static void
note_drops(struct watch *w, int64_t now)
{
	uint64_t drops = w->l->capture != NULL ? capture_drops(w->l->capture) : w->drops;
	uint64_t more = drops > w->drops ? drops - w->drops : 0;

	if (more == 0)
		return;
	w->drops = drops;
	w->all_drops += more;
	log_warnx("%s: the kernel dropped %" PRIu64 " packets: no room in the buffer", w->l->interface, more);
	wire_rows_gap(w->l->rows, GAP_DROPS, w->last_tick, now, (int64_t)more);
}

static void
note_lost(struct watch *w, int64_t now)
{
	struct tally_sums s = tally_sums(w->l->tally);
	uint64_t lost = w->l->book->lost;

	if (lost != w->lost)
		wire_rows_gap(w->l->rows, GAP_ROOM, w->last_tick, now, (int64_t)(lost - w->lost));
	if (s.fragments != w->fragments)
		wire_rows_gap(w->l->rows, GAP_FRAGMENTS, w->last_tick, now, (int64_t)(s.fragments - w->fragments));
	w->lost = lost;
	w->fragments = s.fragments;
}

/* The interface was there at the last tick; when exactly it went, nobody says. */
static void
go_away(struct watch *w, int64_t now, const char *why)
{
	log_warnx("%s: %s; trying again every second", w->l->interface, why);
	note_drops(w, now);
	capture_close(w->l->capture);
	w->l->capture = NULL;
	w->away_since = w->last_tick;
}

static void
come_back(struct watch *w, int64_t now)
{
	struct live *l = w->l;
	char why[512], span[WHEN_TEXT];

	if (!capture_up(l->interface))
		return;
	l->capture = capture_live(l->interface, l->ports, l->port_count, why, sizeof why);
	if (l->capture == NULL) {
		if (!w->down_logged)
			log_warnx("%s", why);
		w->down_logged = true;
		return;
	}
	log_info("%s: watched again after %s", l->interface, span_print(now - w->away_since, span));
	wire_rows_gap(l->rows, GAP_INTERFACE, w->away_since, now, MISSING_UNKNOWN);
	w->away_since = 0;
	w->drops = 0;
	w->down_logged = false;
}

static void
keep_cause(void *arg, const struct addr *host, int64_t when, const char *cause)
{
	wire_rows_cause(((struct live *)arg)->rows, host, when, cause);
}

/* An interface that is merely down gives no error, so it is asked. */
static void
tick(struct watch *w, int64_t now)
{
	struct live *l = w->l;
	bool more;

	if (l->capture == NULL)
		come_back(w, now);
	else if (!capture_up(l->interface))
		go_away(w, now, "is down or gone");
	note_drops(w, now);
	note_lost(w, now);
	tally_settle(l->tally);
	if (wire_rows_write(l->rows, l->book->minutes, l->book->devices, l->capture != NULL ? now : 0))
		wire_rows_seal(l->rows, now, &more);
	leak_causes(tally_leaks(l->tally), l->directory, now, keep_cause, l);
	w->last_tick = now;
}

static void
drain(struct watch *w)
{
	struct live *l = w->l;
	struct frame f;

	for (int i = 0; i < BATCH && l->capture != NULL; i++) {
		switch (capture_next(l->capture, &f)) {
		case CAPTURE_FRAME:
			w->packets++;
			tally_frame(l->tally, f.link, f.bytes, f.caplen, f.when);
			break;
		case CAPTURE_NOTHING:
			return;
		default:
			go_away(w, live_now(), capture_error(l->capture));
			return;
		}
	}
}

static void
pause_away(void)
{
	struct timespec wait = {.tv_nsec = WAKE * 1000000L};

	nanosleep(&wait, NULL);
}

/* What this run has seen, in one line. */
static void
sum_up(const struct watch *w, int64_t now, char *text, size_t size)
{
	struct tally_sums s = tally_sums(w->l->tally);
	char span[WHEN_TEXT];

	snprintf(text, size,
	         "%s: %" PRIu64 " SYNs, %" PRIu64 " attempts, %" PRIu64 " established, %" PRIu64 " leaks, %" PRIu64
	         " packets dropped by the kernel, in %s",
	         w->l->interface, s.syns, s.attempts, s.established, s.leaked, w->all_drops,
	         span_print(now - w->started, span));
}

static void
show_state(struct watch *w, int64_t now)
{
	char text[256];

	show = 0;
	note_drops(w, now);
	sum_up(w, now, text, sizeof text);
	log_info("%s; %" PRIu64 " packets passed the kernel's filter%s", text, w->packets,
	         w->away_since != 0 ? "; the interface is away" : "");
}

static int
finish(struct watch *w)
{
	struct live *l = w->l;
	int64_t now = live_now();
	char text[256];
	bool ok;

	drain(w);
	tally_settle(l->tally);
	memory_rows_whole(l->memory);
	note_drops(w, now);
	note_lost(w, now);
	if (w->away_since != 0)
		wire_rows_gap(l->rows, GAP_INTERFACE, w->away_since, now, MISSING_UNKNOWN);
	sum_up(w, now, text, sizeof text);
	ok = wire_rows_journal(l->rows, now, "stop", text);
	for (int i = 0;
	     i < LAST_TRIES * 1000 / WAKE && !wire_rows_write(l->rows, l->book->minutes, l->book->devices, now); i++)
		pause_away();
	ok = wire_rows_write(l->rows, l->book->minutes, l->book->devices, now) && ok;
	log_info("%s", text);
	return ok ? 0 : 1;
}

int
live_run(struct live *l)
{
	struct watch w = {.l = l, .started = live_now()};
	int64_t due = clock_micro(CLOCK_MONOTONIC) + SECOND;
	char text[128];
	int ticks = 0;

	w.last_tick = w.started;
	snprintf(text, sizeof text, "watching %s", l->interface);
	wire_rows_journal(l->rows, w.started, "start", text);
	log_info("%s", text);
	while (!stop) {
		if (l->capture != NULL)
			capture_wait(l->capture, WAKE);
		else
			pause_away();
		drain(&w);
		if (show)
			show_state(&w, live_now());
		if (clock_micro(CLOCK_MONOTONIC) < due)
			continue;
		due = clock_micro(CLOCK_MONOTONIC) + SECOND;
		tick(&w, live_now());
		if (++ticks % PRUNE == 0)
			wire_rows_prune(l->rows, live_now());
	}
	return finish(&w);
}
