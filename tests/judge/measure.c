/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "learn.h"
#include "lib/count/minutes.h"
#include "lib/base/when.h"

#define BEGIN (INT64_C(28333333) * MINUTE)
#define ROWS 1024 /* more in a minute come in parts */

struct measure {
	struct setting setting;
	struct judge *judge, *walk; /* ours, and the threshold random walk */
	struct minutes *minutes;
	const struct minute_row *rows[2 * ROWS];
	size_t row_count;
	struct addr host;         /* the current host: be_host */
	struct addr knower;       /* its address in the names, which no other host had */
	struct names *names;      /* NULL: no answer is seen */
	uint64_t lived;           /* hosts so far, whose answers are in it */
	struct score *score;      /* of the host's kind, until the host crosses */
	int64_t moments[MOMENTS]; /* after the first attempt */
	struct life life;
	struct life_syns syns;  /* of the life */
	struct entries entries; /* ... and the keys of its attempts */
};

static const struct judge_parameters trw = {
        .fixed = .2, .fanout = .8, .accuse = .01, .miss = .01, .networks = UINT32_MAX};

static void *
owned(void *memory)
{
	if (memory == NULL) {
		perror("bench_judge");
		exit(1);
	}
	return memory;
}

/* Records the networks and attempts at which the host crosses. */
static void
see_step(void *arg, const struct judge_step *step)
{
	struct measure *m = arg;
	struct judgement v = judge_verdict(m->judge, step->when);

	if (v.crossed_at == 0 || m->score == NULL)
		return;
	m->score->crossed[v.fresh < CROSSINGS ? v.fresh : CROSSINGS - 1]++;
	m->score->tried[v.attempts < CROSSINGS ? v.attempts : CROSSINGS - 1]++;
	m->score = NULL;
}

struct measure *
measure_new(const struct setting *s, uint32_t end)
{
	struct measure *m = owned(calloc(1, sizeof *m));

	m->setting = *s;
	m->moments[AT_1H] = HOUR;
	m->moments[AT_6H] = 6 * HOUR;
	m->moments[AT_END] = end * HOUR;
	m->names = s->names ? owned(names_new(0)) : NULL;
	m->minutes = owned(minutes_new(ROWS, 1));
	m->judge = owned(judge_new(&judge_defaults, see_step, m));
	m->walk = owned(judge_new(&trw, NULL, NULL));
	return m;
}

void
measure_free(struct measure *m)
{
	judge_free(m->judge);
	judge_free(m->walk);
	minutes_free(m->minutes);
	names_free(m->names);
	life_free(&m->life);
	free(m->syns.list);
	entries_free(&m->entries);
	free(m);
}

static bool
take_row(void *arg, const struct minute_row *row)
{
	struct measure *m = arg;

	m->rows[m->row_count++] = row;
	return true;
}

static int
by_begun(const void *a, const void *b)
{
	const struct minute_row *x = *(const struct minute_row *const *)a, *y = *(const struct minute_row *const *)b;

	return (x->begun > y->begun) - (x->begun < y->begun);
}

/* Passes a minute, or the part of it so far, to both classifiers. */
static void
flush(struct measure *m)
{
	m->row_count = 0;
	minutes_each(m->minutes, take_row, m);
	qsort(m->rows, m->row_count, sizeof m->rows[0], by_begun);
	for (size_t n = 0; n < m->row_count; n++) {
		const struct minute_row *row = m->rows[n];
		struct judge_row r = {.destination = row->key.destination,
		                      .port = row->key.port,
		                      .answer = m->setting.reject ? JUDGE_REFUSED : JUDGE_SILENCE,
		                      .first = row->begun,
		                      .last = row->ended,
		                      .attempts = row->count[0],
		                      .retransmits = row->count[1],
		                      .raw = row->count[2],
		                      .name = {row->name, row->naming}};

		judge_row(m->judge, &r);
		judge_row(m->walk, &r);
	}
	minutes_clear(m->minutes);
}

/* The first opening to a destination in a minute that finds its name, as in pcapmon/tally/counters.c. */
static void
name_row(const struct measure *m, struct minute_row *row, uint32_t source, int64_t when)
{
	struct naming name;

	if (m->names == NULL || row->naming != NAMING_NONE)
		return;
	name = names_find(m->names, learn_host(&m->life, source, &m->knower), &row->key.destination, BEGIN + when);
	row->name = name.hash;
	row->naming = name.kind;
}

static void
count(struct measure *m, const struct life_syn *o, const struct addr *destination)
{
	const struct tried *t = &m->life.list[o->attempt];
	const struct minute_key what = {.host = m->host, .destination = *destination, .port = t->port};
	struct minute_row *row;

	if (minutes_full(m->minutes))
		flush(m);
	row = (o->again ? minutes_after : minutes_at)(m->minutes, BEGIN + o->when, &what);
	row->count[o->again]++;
	row->count[2] += t->raw && !o->again;
	if (!o->again)
		name_row(m, row, t->source, o->when);
}

static struct judgement
verdict(const struct measure *m, int64_t now)
{
	return judge_verdict(m->judge, BEGIN + now);
}

/* The label at each moment. */
struct labelled {
	enum judge_label label;
	bool confirmed;
};

static struct labelled
ask(const struct measure *m, int64_t now)
{
	struct judgement v = verdict(m, now);

	return (struct labelled){v.label, v.label == LABEL_ZOMBIE && v.certainty == CERTAINTY_CONFIRMED};
}

static void
begin(struct measure *m, const struct judge_key *key)
{
	judge_begin(m->judge, key);
	judge_begin(m->walk, key);
}

/* Makes the answers known that the host has got by then. */
static void
learn_until(struct measure *m, size_t *next, int64_t when)
{
	const struct life *l = &m->life;

	for (; m->names != NULL && *next < l->answer_count && l->answers[*next].when <= when; ++*next)
		learn_answer(m->names, l, &l->answers[*next], &m->knower, BEGIN + l->answers[*next].when);
}

/* Each host begins with no name known. */
static void
forget_names(struct measure *m)
{
	uint8_t bytes[4] = {10, (uint8_t)(m->lived >> 16), (uint8_t)(m->lived >> 8), (uint8_t)m->lived};

	m->knower = addr_v4(bytes);
	if (m->names == NULL || m->lived++ % 32 != 0) /* a table is large; the address is another one */
		return;
	names_free(m->names);
	m->names = owned(names_new(m->lived));
}

/* Judges the attempts under one key of the life. */
static void
run_entry(struct measure *m, uint32_t entry, struct labelled out[MOMENTS])
{
	int64_t minute = 0, first = m->life.list[0].when;
	size_t learned = 0;
	int next = 0;

	begin(m, &m->entries.keys[entry]);
	for (size_t n = 0; n < m->syns.count; n++) {
		const struct life_syn *o = &m->syns.list[n];

		learn_until(m, &learned, o->when);
		if (m->entries.of[o->attempt] != entry)
			continue;
		if (o->when / MINUTE != minute)
			flush(m);
		for (; next < MOMENTS && o->when > first + m->moments[next]; next++) {
			flush(m);
			out[next] = ask(m, first + m->moments[next]);
		}
		minute = o->when / MINUTE;
		count(m, o, &m->life.list[o->attempt].destination);
	}
	flush(m);
	for (; next < MOMENTS; next++)
		out[next] = ask(m, first + m->moments[next]);
}

/* Labels are in the order of severity. */
static bool
worse(const struct labelled *a, const struct labelled *b)
{
	return a->label != b->label ? a->label > b->label : a->confirmed && !b->confirmed;
}

static void
run_host(struct measure *m, struct score *s, enum kind kind)
{
	struct labelled worst[MOMENTS] = {0};

	entries_of(&m->entries, &m->life, &m->host);
	forget_names(m);
	s->entries += m->entries.count;
	m->score = m->entries.count == 1 ? s : NULL;
	for (uint32_t e = 0; e < m->entries.count; e++) {
		struct labelled v[MOMENTS];

		run_entry(m, e, v);
		for (int at = 0; at < MOMENTS; at++)
			if (e == 0 || worse(&v[at], &worst[at]))
				worst[at] = v[at];
	}
	m->score = NULL;
	for (int at = 0; at < MOMENTS; at++) {
		s->label[at][worst[at].label]++;
		s->confirmed[at] += worst[at].confirmed;
		s->right[at] += kind_right(kind, judge_label_name(worst[at].label), worst[at].confirmed);
	}
	if (kinds[kind].group != GROUP_WORKLOAD)
		return;
	for (enum baseline b = 0; b < BASELINE_COUNT; b++)
		s->accused[b] += baseline_accuses(b, &m->life);
	s->walked += judge_verdict(m->walk, BEGIN).crossed_at != 0;
}

static void
be_host(struct measure *m, uint64_t number)
{
	uint8_t bytes[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	struct judge_key key;

	m->host = addr_v4(bytes);
	key = judge_key_address(&m->host);
	begin(m, &key);
}

static void
live(struct measure *m, enum kind kind, uint64_t seed, uint64_t number)
{
	population_live(&m->life, kind, seed, number, &m->setting);
	life_syns(&m->syns, &m->life, RESEND_SOME);
}

void
measure_kind(struct measure *m, struct score *s, enum kind kind, uint64_t seed, uint64_t hosts)
{
	for (uint64_t n = 0; n < hosts; n++) {
		be_host(m, n);
		live(m, kind, seed, n);
		if (m->life.count == 0)
			continue;
		s->hosts++;
		s->attempts += m->life.count;
		run_host(m, s, kind);
	}
}

void
measure_new_addresses(struct measure *m, uint64_t seed, uint64_t hosts, uint64_t *by_address, uint64_t *by_mac)
{
	*by_address = *by_mac = 0;
	for (uint64_t n = 0; n < hosts; n++) {
		bool named = false;

		live(m, KIND_SLOW, seed, n);
		for (int mac = 0; mac < 2; mac++) {
			int64_t minute = 0, hour = 0;

			be_host(m, 0);
			for (size_t i = 0; i < m->syns.count && m->syns.list[i].when < 6 * HOUR; i++) {
				const struct life_syn *o = &m->syns.list[i];

				if (o->when / MINUTE != minute)
					flush(m);
				minute = o->when / MINUTE;
				if (!mac && o->when / HOUR != hour)
					be_host(m, (uint64_t)(hour = o->when / HOUR));
				count(m, o, &m->life.list[o->attempt].destination);
				named |= !mac && verdict(m, 6 * HOUR).label == LABEL_ZOMBIE;
			}
			flush(m);
			*by_mac += mac && verdict(m, 6 * HOUR).label == LABEL_ZOMBIE;
			*by_address += !mac && (named || verdict(m, 6 * HOUR).label == LABEL_ZOMBIE);
		}
	}
}

/* The same network and server as an IPv6 address. */
static struct addr
in_ipv6(const struct addr *a)
{
	uint8_t bytes[16] = {0x2a, 0, 0, a->bytes[0], a->bytes[1], a->bytes[2], [15] = a->bytes[3]};

	return addr_v6(bytes);
}

uint64_t
measure_ipv6(struct measure *m, enum kind kind, uint64_t seed, uint64_t hosts)
{
	uint64_t same = 0;

	for (uint64_t n = 0; n < hosts; n++) {
		enum judge_label label[2];

		live(m, kind, seed, n);
		for (int v6 = 0; v6 < 2; v6++) {
			int64_t minute = 0;

			be_host(m, n);
			for (size_t i = 0; i < m->syns.count; i++) {
				const struct life_syn *o = &m->syns.list[i];
				struct addr to = m->life.list[o->attempt].destination;

				if (v6)
					to = in_ipv6(&to);
				if (o->when / MINUTE != minute)
					flush(m);
				minute = o->when / MINUTE;
				count(m, o, &to);
			}
			flush(m);
			label[v6] = verdict(m, 12 * HOUR).label;
		}
		same += label[0] == label[1];
	}
	return same;
}
