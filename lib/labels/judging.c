/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/judge/words.h"
#include "devices.h"
#include "rows.h"
#include "lib/base/when.h"

#define REASONS (2 * JUDGE_SENTENCES * (JUDGE_SENTENCE + 2))

struct judging {
	struct judging_rows *rows;
	struct judging_devices *devices;
	struct judge *judge;
	struct judging_sink sink;
	uint64_t dropped;
	/* the current host and minute */
	struct judge_key who;
	struct addr host;
	struct judging_state state;
	struct judge_usual usual;
	struct prefix network; /* of the row */
	bool listed;           /* the policy allowed one of its attempts in this minute */
	bool failed;           /* the sink refused a step */
};

static void
take_step(void *arg, const struct judge_step *s)
{
	struct judging *g = arg;
	struct judging_step step = {
	        .when = s->when, .network = g->network, .fresh = s->fresh, .step = s->step, .score = s->score};

	if (s->score == s->step)
		g->state.steps = 0;
	step.n = ++g->state.steps;
	g->failed = g->failed || !g->sink.step(g->sink.arg, &g->who, &step);
}

struct judging *
judging_new(struct store *store, bool wire, struct store *devices, const struct judge_parameters *p,
            const struct judging_sink *sink)
{
	struct judging *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->sink = *sink;
	if ((g->judge = judge_new(p, take_step, g)) == NULL || (g->rows = judging_rows_new(store, wire)) == NULL ||
	    (g->devices = judging_devices_new(devices != NULL ? devices : store)) == NULL) {
		judging_free(g);
		return NULL;
	}
	return g;
}

void
judging_free(struct judging *g)
{
	if (g == NULL)
		return;
	judging_devices_free(g->devices);
	judging_rows_free(g->rows);
	judge_free(g->judge);
	free(g);
}

void
judging_learn(struct judging *g, struct learned *names)
{
	judging_rows_learn(g->rows, names);
}

void
judging_only(struct judging *g, const struct table *hosts)
{
	judging_rows_only(g->rows, hosts);
}

uint64_t
judging_dropped(const struct judging *g)
{
	return g->dropped;
}

bool
judging_key(struct judging *g, const struct addr *host, int64_t end, struct judge_key *who)
{
	bool good = judging_devices_key(g->devices, host, end, who);

	judging_devices_end(g->devices);
	return good;
}

/* The end of a minute. */
static int64_t
end_of(int64_t when)
{
	return when - when % MINUTE + MINUTE - 1;
}

struct judgement
judging_label(const struct judging_state *s, int64_t now)
{
	bool later = now >= end_of(s->last) + JUDGING_SILENCE;

	return (struct judgement){
	        .label = (enum judge_label)(later ? s->later_label : s->label),
	        .certainty = (enum judge_certainty)(later ? s->later_certainty : s->certainty),
	        .score = s->score,
	        .last = s->tried,
	        .unusual = {.hours = s->unusual_until > 0,
	                    .since = (uint32_t)(s->unusual_since / HOUR),
	                    .until = (uint32_t)(s->unusual_until / HOUR - (s->unusual_until > 0))},
	};
}

/* The usual hours of the host; false if there are none, or if the bytes are damaged. */
static bool
unpack_usual(const struct judging_state *s, struct judge_usual *out)
{
	*out = (struct judge_usual){0};
	return s->usual_size > 0 && judge_usual_unpack(out, s->bytes + s->size, s->usual_size);
}

bool
judging_verdict(struct judging *g, const struct judging_state *s, int64_t now, struct judgement *out)
{
	int64_t end = end_of(s->last);
	struct judge_usual usual;

	if (!judge_unpack(g->judge, s->bytes, s->size))
		return false;
	*out = judge_verdict(g->judge, now >= end + JUDGING_SILENCE ? end + JUDGING_SILENCE : end);
	if (unpack_usual(s, &usual)) {
		out->unusual = usual.unusual;
		out->usual = judge_usual_level(&usual);
	}
	return true;
}

/* False if the bytes are damaged, or of another host. */
static bool
unpack(struct judging *g)
{
	struct judge_key key;

	if (!judge_unpack(g->judge, g->state.bytes, g->state.size))
		return false;
	key = judge_key(g->judge);
	if (memcmp(&key, &g->who, sizeof key) == 0)
		return true;
	judge_begin(g->judge, &g->who);
	return false;
}

static bool
begin_host(struct judging *g, const struct addr *host, int64_t minute)
{
	g->host = *host;
	g->listed = g->failed = false;
	if (!judging_devices_key(g->devices, host, (minute + 1) * MINUTE, &g->who))
		return false;
	g->state = (struct judging_state){.size = 0};
	if (!g->sink.load(g->sink.arg, &g->who, &g->state))
		return false;
	judge_begin(g->judge, &g->who);
	if (g->state.size > 0 && !unpack(g)) {
		g->dropped++;
		g->state.size = 0;
		g->state.usual_size = 0;
		g->state.steps = 0;
	}
	if (!unpack_usual(&g->state, &g->usual) && g->state.usual_size > 0) {
		g->dropped++;
		g->state.usual_size = 0;
	}
	return true;
}

/* Attempts to a destination that is closed to all are no evidence against a listed host. */
static bool
is_listed(struct judging *g, int64_t now)
{
	return g->listed || judge_verdict(g->judge, now).label == LABEL_LISTED;
}

static void
feed(struct judging *g, const struct judging_row *given, int64_t minute)
{
	struct judge_row row = given->row;

	g->network = judge_network_of(&row.destination);
	if (given->listed > 0) {
		g->listed = row.listed = true;
		row.attempts = given->listed;
		judge_usual_row(&g->usual, minute, row.attempts, row.destination.family != 0 ? &g->network : NULL);
		judge_row(g->judge, &row);
		if (given->row.attempts <= given->listed)
			return;
	}
	g->state.named = g->state.named || row.name.kind != NAMING_NONE;
	row.attempts = given->row.attempts - given->listed;
	row.listed = given->forbidden && is_listed(g, row.first);
	judge_row(g->judge, &row);
}

static void
join(const struct judge_words *w, char reasons[REASONS])
{
	size_t used = strlen(reasons);

	for (size_t n = 0; n < w->count; n++)
		used += (size_t)snprintf(reasons + used, REASONS - used, "%s%s", used > 0 ? "; " : "", w->text[n]);
}

/* Reports a change of the label or of its certainty, or the beginning of unusual hours. */
static bool
emit_change(struct judging *g, const struct judgement *v, int64_t at, bool unusual)
{
	struct judging_state *s = &g->state;
	bool same = s->label == v->label && s->certainty == v->certainty;
	char reasons[REASONS] = "";
	struct judging_change c = {.at = at,
	                           .from_label = s->label,
	                           .from_certainty = s->certainty,
	                           .label = (uint8_t)v->label,
	                           .certainty = (uint8_t)v->certainty,
	                           .reasons = reasons};
	struct judge_words words;

	if (same && !unusual)
		return true;
	if (s->label != v->label)
		s->since = at;
	s->label = c.label;
	s->certainty = c.certainty;
	if (unusual) {
		judge_reasons_unusual(&g->usual.unusual, &words);
		join(&words, reasons);
	}
	if (!same) {
		judge_reasons(v, &words);
		join(&words, reasons);
	}
	return g->sink.change(g->sink.arg, &g->who, &c);
}

/* At the end of a minute. Returns true if unusual hours of the host begin. */
static bool
look_at_usual(struct judging *g)
{
	struct judging_state *s = &g->state;
	bool begins = g->listed && judge_usual_look(&g->usual);

	if (g->usual.unusual.hours > 0) {
		s->unusual_since = g->usual.unusual.since * HOUR;
		s->unusual_until = (g->usual.unusual.until + INT64_C(1)) * HOUR;
	} else {
		s->unusual_since = s->unusual_until = 0;
	}
	return begins;
}

/* `at` is the host's latest attempt of the minute. In a minute without attempts (`tried` is false) it is a
 * retransmission: only counts change, and the judgement stays that of the end of the latest minute with an attempt. */
static bool
end_host(struct judging *g, int64_t minute, int64_t at, bool tried)
{
	struct judging_state *s = &g->state;
	struct judgement v, later;

	if (g->failed)
		return false;
	if (s->size == 0)
		s->since = s->last = at;
	if (tried && (s->last < at || s->last / MINUTE > minute)) /* or the clock was set back */
		s->last = at;
	if (at < s->last)
		at = s->last;
	v = judge_verdict(g->judge, end_of(s->last));
	later = judge_verdict(g->judge, end_of(s->last) + JUDGING_SILENCE);
	if (v.score == 0 && s->steps > 0) { /* it began anew and has no step yet */
		s->steps = 0;
		if (!g->sink.step(g->sink.arg, &g->who, NULL))
			return false;
	}
	if (!emit_change(g, &v, at, look_at_usual(g)))
		return false;
	s->later_label = (uint8_t)later.label;
	s->later_certainty = (uint8_t)later.certainty;
	s->tried = v.last;
	s->score = v.score;
	s->size = judge_pack(g->judge, s->bytes);
	s->usual_size = g->usual.hour > 0 ? judge_usual_pack(&g->usual, s->bytes + s->size) : 0;
	return g->sink.save(g->sink.arg, &g->who, &g->host, s);
}

/* Adds the host's SYNs that a tool made, and the systems and clocks that alternate. */
static bool
feed_syns(struct judging *g, int64_t minute)
{
	struct judge_row row = {.first = minute * MINUTE, .last = minute * MINUTE};
	struct stack_turns turns[STACKS_MOST], by_clock[STACKS_MOST];
	size_t machines, clocks;

	if (!judging_rows_raw(g->rows, &g->host, &row.raw) ||
	    !judging_rows_stacks(g->rows, &g->host, turns, &machines) ||
	    !judging_rows_clocks(g->rows, &g->host, by_clock, &clocks))
		return false;
	if (row.raw > 0)
		judge_row(g->judge, &row);
	if (machines > 1 || clocks > 1)
		judge_stacks(g->judge, minute * MINUTE + MINUTE - 1, clocks > machines ? by_clock : turns);
	return true;
}

/* Judges all rows of the host of *row. Returns 1 with the next host's first row in *row, 0 if there is none, -1 on
 * error. */
static int
judge_one(struct judging *g, int64_t minute, struct judging_row *row, size_t *rows)
{
	struct addr host = row->host;
	int64_t at = 0;
	bool tried = false;
	int step = 1;

	if (!begin_host(g, &host, minute))
		return -1;
	for (; step == 1 && addr_equal(&row->host, &host); step = judging_rows_next(g->rows, row)) {
		bool attempt = row->row.attempts > 0 || row->row.syns > 0;

		if (attempt > tried || (attempt == tried && at < row->row.last))
			at = row->row.last;
		tried |= attempt;
		feed(g, row, minute);
		++*rows;
	}
	/* A damaged row may hold a time outside the minute. */
	if (at / MINUTE != minute)
		at = minute * MINUTE;
	return step >= 0 && (!tried || feed_syns(g, minute)) && end_host(g, minute, at, tried) ? step : -1;
}

/* Judges the hosts of a minute, from *at on. */
static bool
judge_minute(struct judging *g, struct judging_place *at, size_t most, size_t *rows)
{
	struct judging_row row;
	int step;

	judging_rows_begin(g->rows, at->minute, at->next, at->next_size);
	step = judging_rows_next(g->rows, &row);
	while (step == 1 && *rows < most) {
		step = judge_one(g, at->minute, &row, rows);
		at->next_size = addr_after(&g->host, at->next);
	}
	judging_rows_end(g->rows);
	judging_devices_end(g->devices);
	if (step == 0)
		*at = (struct judging_place){.minute = at->minute + 1};
	return step >= 0;
}

bool
judging_run(struct judging *g, struct judging_place *at, int64_t end, size_t most, bool *more)
{
	size_t rows = 0;
	int64_t minute;

	*more = false;
	while (at->minute < end) {
		if (rows >= most) {
			*more = true;
			return true;
		}
		if (!judging_rows_minute(g->rows, at->minute, end, &minute))
			return false;
		if (minute > at->minute)
			*at = (struct judging_place){.minute = minute};
		if (minute < end && !judge_minute(g, at, most, &rows))
			return false;
	}
	return true;
}
