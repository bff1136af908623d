/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge_words.h"
#include "when.h"

/* What the two kinds of rows have in common. `answer` is enum judge_answer; `listed` counts attempts that the policy
 * lets; `forbidden` is 1 if the destination decided, which nobody reaches. Rows that are listed come first.
 * (Numbers of verdicts and reasons are those of the table `verdict` and `reason`.) */
static const char gate_sql[] = "SELECT host, destination, port, first, last, attempts, retransmits, 0,"
                               " CASE verdict WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE 0 END,"
                               " CASE WHEN reason IN (0, 9) THEN attempts ELSE 0 END, reason = 6 FROM attempt"
                               " WHERE minute = ?1 AND host >= ?2"
                               " ORDER BY host, reason NOT IN (0, 9), first, destination, port, verdict, reason";
static const char wire_sql[] = "SELECT host, destination, port, first, last, attempts, retransmits, established,"
                               " CASE WHEN established > 0 THEN 0 WHEN refused > 0 THEN 1 ELSE 2 END,"
                               " min(listed, attempts), 0 FROM attempt WHERE minute = ?1 AND host >= ?2"
                               " ORDER BY host, first, destination, port";
static const char minute_sql[] = "SELECT min(minute) FROM attempt WHERE minute >= ?1 AND minute < ?2";
static const char macs_sql[] = "SELECT mac FROM device WHERE host = ?1 AND first < ?2 LIMIT 2";
static const char hosts_sql[] = "SELECT host FROM device WHERE mac = ?1 AND first < ?2";

/* Few minutes have any. */
static const char some_raw_sql[] = "SELECT 1 FROM raw_syn WHERE minute = ?1 LIMIT 1";
static const char raw_sql[] = "SELECT attempts FROM raw_syn WHERE minute = ?1 AND host = ?2";

static const char stacks_sql[] = "SELECT stack, minutes FROM syn_stack WHERE hour = ?1 AND host = ?2";

enum column { HOST, DESTINATION, PORT, FIRST, LAST, ATTEMPTS, RETRANSMITS, ESTABLISHED, ANSWER, LISTED, FORBIDDEN };

#define REASONS (2 * JUDGE_SENTENCES * (JUDGE_SENTENCE + 2))

struct judging {
	struct store *store;
	struct judge *judge; /* of one host at a time */
	struct judging_sink sink;
	struct statement *rows, *next_minute, *some_raw, *raw, *stacks, *macs, *hosts;
	uint64_t dropped;
	/* the host and minute that is judged */
	struct judge_key who;
	struct addr host;
	struct judging_state state;
	struct judge_usual usual;
	struct prefix network; /* of the row */
	bool listed;           /* it has opened what the policy lets, in this minute */
	bool failed;           /* the sink, in a step */
	bool has_raw;          /* somebody in this minute */
};

static void
take_step(void *arg, const struct judge_host *h, const struct judge_step *s)
{
	struct judging *g = arg;
	struct judging_step step = {
	        .when = s->when, .network = g->network, .fresh = s->fresh, .step = s->step, .score = s->score};

	(void)h;
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
	if (devices == NULL)
		devices = store;
	g->store = store;
	g->sink = *sink;
	if ((g->judge = judge_new(p, 1, 1, take_step, g)) == NULL ||
	    (g->rows = store_prepare(store, wire ? wire_sql : gate_sql)) == NULL ||
	    (g->next_minute = store_prepare(store, minute_sql)) == NULL ||
	    (g->some_raw = store_prepare(store, some_raw_sql)) == NULL ||
	    (g->raw = store_prepare(store, raw_sql)) == NULL ||
	    (g->stacks = store_prepare(store, stacks_sql)) == NULL ||
	    (g->macs = store_prepare(devices, macs_sql)) == NULL ||
	    (g->hosts = store_prepare(devices, hosts_sql)) == NULL) {
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
	judge_free(g->judge);
	free(g);
}

uint64_t
judging_dropped(const struct judging *g)
{
	return g->dropped;
}

/* Whether the hardware address is that of one device. A router speaks for many. */
static bool
is_device(struct judging *g, const uint8_t mac[6], int64_t end, bool *good)
{
	uint8_t net[2][8];
	size_t v4 = 0, v6 = 0;
	int step;

	bind_blob(g->hosts, 1, mac, 6);
	bind_int(g->hosts, 2, end);
	while ((step = store_step(g->hosts)) == 1) {
		struct addr a = column_addr(g->hosts, 0);

		if (a.family == 4)
			v4++;
		else if (!(v6 > 0 && memcmp(net[0], a.bytes, 8) == 0) && !(v6 > 1 && memcmp(net[1], a.bytes, 8) == 0)) {
			if (v6 < 2)
				memcpy(net[v6], a.bytes, 8);
			v6++;
		}
		if (v4 > 1 || v6 > 2) {
			store_reset(g->hosts);
			return false;
		}
	}
	*good = step == 0;
	return true;
}

bool
judging_who(struct judging *g, const struct addr *host, int64_t end, struct judge_key *who)
{
	uint8_t mac[6];
	size_t macs = 0;
	bool good = true;
	int step;

	*who = judge_key_address(host);
	bind_addr(g->macs, 1, host);
	bind_int(g->macs, 2, end);
	while ((step = store_step(g->macs)) == 1)
		macs += column_blob(g->macs, 0, mac, sizeof mac) == sizeof mac ? 1 : 2;
	if (step != 0)
		return false;
	if (macs == 1 && is_device(g, mac, end, &good))
		*who = judge_key_mac(mac);
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

/* What is usual for the host; false if the bytes say nothing of it. */
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
	size_t at = 0;

	judge_clear(g->judge);
	if (!judge_unpack(g->judge, s->bytes, s->size))
		return false;
	*out = judge_verdict(g->judge, judge_next(g->judge, &at),
	                     now >= end + JUDGING_SILENCE ? end + JUDGING_SILENCE : end);
	if (unpack_usual(s, &usual)) {
		out->unusual = usual.unusual;
		out->usual = judge_usual_level(&usual);
	}
	return true;
}

static bool
begin_host(struct judging *g, const struct addr *host, int64_t minute)
{
	g->host = *host;
	g->listed = g->failed = false;
	if (!judging_who(g, host, (minute + 1) * MINUTE, &g->who))
		return false;
	g->state = (struct judging_state){.size = 0};
	if (!g->sink.load(g->sink.arg, &g->who, &g->state))
		return false;
	judge_clear(g->judge);
	if (g->state.size > 0 && !judge_unpack(g->judge, g->state.bytes, g->state.size)) {
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

/* What nobody reaches tells nothing of a host that is on the list. */
static bool
is_listed(struct judging *g, int64_t now)
{
	struct judgement v;

	if (g->listed)
		return true;
	v = judge_verdict(g->judge, judge_at(g->judge, &g->who), now);
	return v.label == LABEL_LISTED;
}

static void
feed(struct judging *g, struct statement *st, int64_t minute)
{
	struct judge_row row = {
	        .destination = column_addr(st, DESTINATION),
	        .port = (uint16_t)column_int(st, PORT),
	        .answer = (uint8_t)column_int(st, ANSWER),
	        .first = column_int(st, FIRST),
	        .last = column_int(st, LAST),
	        .attempts = column_count(st, LISTED),
	        .retransmits = column_count(st, RETRANSMITS),
	        .established = column_count(st, ESTABLISHED),
	        .listed = true,
	};
	uint64_t attempts = column_count(st, ATTEMPTS);

	if (row.attempts > 0) {
		g->listed = true;
		g->network = judge_network_of(&row.destination);
		judge_usual_row(&g->usual, minute, row.attempts, row.destination.family != 0 ? &g->network : NULL);
		judge_row(g->judge, judge_at(g->judge, &g->who), &row);
		if (attempts <= row.attempts)
			return;
	}
	row.attempts = attempts - row.attempts;
	row.listed = column_int(st, FORBIDDEN) != 0 && is_listed(g, row.first);
	g->network = judge_network_of(&row.destination);
	judge_row(g->judge, judge_at(g->judge, &g->who), &row);
}

static void
join(const struct judge_words *w, char reasons[REASONS])
{
	size_t used = strlen(reasons);

	for (size_t n = 0; n < w->count; n++)
		used += (size_t)snprintf(reasons + used, REASONS - used, "%s%s", used > 0 ? "; " : "", w->text[n]);
}

/* ... or unusual hours that begin. */
static bool
tell_change(struct judging *g, const struct judgement *v, bool unusual)
{
	struct judging_state *s = &g->state;
	bool same = s->label == v->label && s->certainty == v->certainty;
	char reasons[REASONS] = "";
	struct judging_change c = {.at = s->last,
	                           .from_label = s->label,
	                           .from_certainty = s->certainty,
	                           .label = (uint8_t)v->label,
	                           .certainty = (uint8_t)v->certainty,
	                           .reasons = reasons};
	struct judge_words words;

	if (same && !unusual)
		return true;
	if (s->label != v->label)
		s->since = s->last;
	s->label = c.label;
	s->certainty = c.certainty;
	if (unusual) {
		judge_why_unusual(&g->usual.unusual, &words);
		join(&words, reasons);
	}
	if (!same) {
		judge_why(v, &words);
		join(&words, reasons);
	}
	return g->sink.change(g->sink.arg, &g->who, &c);
}

/* The minute is over. True: hours begin that are not usual for the host. */
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

static bool
end_host(struct judging *g, int64_t minute, int64_t last)
{
	struct judging_state *s = &g->state;
	struct judge_host *h = judge_at(g->judge, &g->who);
	struct judgement v, later;

	if (g->failed)
		return false;
	if (s->size == 0)
		s->since = last;
	if (s->last < last || s->last / MINUTE > minute) /* (or the clock was put back) */
		s->last = last;
	v = judge_verdict(g->judge, h, end_of(s->last));
	later = judge_verdict(g->judge, h, end_of(s->last) + JUDGING_SILENCE);
	if (v.score == 0 && s->steps > 0) { /* it began anew, and has made no step since */
		s->steps = 0;
		if (!g->sink.step(g->sink.arg, &g->who, NULL))
			return false;
	}
	if (!tell_change(g, &v, look_at_usual(g)))
		return false;
	s->later_label = (uint8_t)later.label;
	s->later_certainty = (uint8_t)later.certainty;
	s->tried = v.last;
	s->score = v.score;
	s->size = judge_pack(h, s->bytes);
	s->usual_size = g->usual.hour > 0 ? judge_usual_pack(&g->usual, s->bytes + s->size) : 0;
	return g->sink.save(g->sink.arg, &g->who, &g->host, s);
}

/* How its SYNs look. */
static bool
feed_raw(struct judging *g, int64_t minute)
{
	struct judge_row row = {.first = minute * MINUTE, .last = minute * MINUTE};
	int step;

	if (!g->has_raw)
		return true;
	bind_int(g->raw, 1, minute);
	bind_addr(g->raw, 2, &g->host);
	if ((step = store_step(g->raw)) != 1)
		return step == 0;
	row.raw = column_count(g->raw, 0);
	store_reset(g->raw);
	judge_row(g->judge, judge_at(g->judge, &g->who), &row);
	return true;
}

/* Of what its SYNs said in this hour, up to the minute that is judged: later ones may be there already. */
static bool
feed_stacks(struct judging *g, int64_t minute)
{
	uint64_t minutes[STACKS] = {0}, past = (UINT64_C(2) << minute % 60) - 1;
	struct stack_turns turns[STACKS_MOST];
	size_t rows = 0;
	int step;

	bind_int(g->stacks, 1, minute / 60);
	bind_addr(g->stacks, 2, &g->host);
	for (; (step = store_step(g->stacks)) == 1; rows++) {
		int64_t stack = column_int(g->stacks, 0);

		if (stack > 0 && stack <= STACKS)
			minutes[stack - 1] = (uint64_t)column_int(g->stacks, 1) & past;
	}
	if (step == 0 && rows > 1 && stacks_by_turns(minutes, turns) > 1)
		judge_stacks(judge_at(g->judge, &g->who), minute * MINUTE + MINUTE - 1, turns);
	return step == 0;
}

/* All rows of the host at which the statement stands; *there tells whether it stands at another one after that. */
static bool
judge_one(struct judging *g, int64_t minute, size_t *rows, bool *there)
{
	struct addr host = column_addr(g->rows, HOST);
	int64_t last = 0;
	int step = 1;

	if (!begin_host(g, &host, minute))
		return false;
	for (; step == 1; step = store_step(g->rows)) {
		struct addr of = column_addr(g->rows, HOST);

		if (!addr_equal(&of, &host))
			break;
		if (last < column_int(g->rows, LAST))
			last = column_int(g->rows, LAST);
		feed(g, g->rows, minute);
		++*rows;
	}
	/* Whatever the column says: a moment of this minute. */
	if (last / MINUTE != minute)
		last = minute * MINUTE;
	*there = step == 1;
	return step >= 0 && feed_raw(g, minute) && feed_stacks(g, minute) && end_host(g, minute, last);
}

/* The hosts of a minute, from *at on. */
static bool
judge_minute(struct judging *g, struct judging_place *at, size_t most, size_t *rows)
{
	bool there;
	size_t size;
	int step;

	bind_int(g->some_raw, 1, at->minute);
	if ((step = store_step(g->some_raw)) < 0)
		return false;
	g->has_raw = step == 1;
	store_reset(g->some_raw);
	bind_int(g->rows, 1, at->minute);
	bind_blob(g->rows, 2, at->next, at->next_size);
	switch (store_step(g->rows)) {
	case -1:
		return false;
	case 0:
		there = false;
		break;
	default:
		there = true;
	}
	while (there) {
		if (*rows >= most) {
			store_reset(g->rows);
			return true;
		}
		if (!judge_one(g, at->minute, rows, &there)) {
			store_reset(g->rows);
			return false;
		}
		size = addr_size(&g->host);
		memcpy(at->next, g->host.bytes, size);
		at->next[size] = 0; /* the first that comes after it */
		at->next_size = size + 1;
	}
	*at = (struct judging_place){.minute = at->minute + 1};
	return true;
}

bool
judging_run(struct judging *g, struct judging_place *at, int64_t end, size_t most, bool *more)
{
	size_t rows = 0;
	int64_t minute;
	int step;

	*more = false;
	while (at->minute < end) {
		if (rows >= most) {
			*more = true;
			return true;
		}
		bind_int(g->next_minute, 1, at->minute);
		bind_int(g->next_minute, 2, end);
		if ((step = store_step(g->next_minute)) != 1)
			return false;
		minute = column_null(g->next_minute, 0) ? end : column_int(g->next_minute, 0);
		store_reset(g->next_minute);
		if (minute > at->minute)
			*at = (struct judging_place){.minute = minute};
		if (minute < end && !judge_minute(g, at, most, &rows))
			return false;
	}
	return true;
}
