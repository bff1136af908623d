/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forget.h"
#include "lib/store/follow.h"
#include "lib/count/minutes.h"
#include "lib/base/when.h"

#define ROWS 256   /* between two calls of time_left.left: up to 20 ms, typically 5 */
#define HISTORY 32 /* changes of a label that are kept */

enum memory { PARAMETERS, UNTIL, NEXT, MEMORIES };

static const char *const memory[MEMORIES] = {"judge", "judged_until", "judged_next"};

struct judged {
	struct store *store;
	struct judging *judging;
	struct statement *load, *add, *add_state, *save, *save_state, *save_host, *add_change, *old_changes, *add_step,
	        *fold_step, *drop_step, *drop_steps;
	struct statement *set_memory;
	struct forget forget;
	struct follow hosts; /* their keys when they were judged */
	struct judging_place place;
	char parameters[JUDGE_PARAMETERS_TEXT + 32];
	bool begun;     /* the stored states are of these parameters */
	bool loaded;    /* the current host is in the tables */
	int64_t pruned; /* the day up to which there is nothing to delete */
};

static const char clear_sql[] =
        "DELETE FROM judged; DELETE FROM judged_state; DELETE FROM judged_host; DELETE FROM label; DELETE FROM step";

static bool
load(void *arg, const struct judge_key *who, struct judging_state *out)
{
	struct judged *d = arg;
	int step;

	judged_bind_key(d->load, 1, who);
	step = store_step(d->load);
	d->loaded = step == 1;
	if (step != 1)
		return step == 0;
	judged_column(d->load, 0, true, out);
	store_reset(d->load);
	return true;
}

/* The key of the host. Most often it is stored already. */
static bool
save_host(struct judged *d, const struct judge_key *who, const struct addr *host)
{
	struct judge_key known;
	int step = follow_to(&d->hosts, host);

	if (step == 1 && judged_column_key(d->hosts.st, 1, &known) && memcmp(&known, who, sizeof known) == 0)
		return true;
	follow_end(&d->hosts);
	bind_addr(d->save_host, 1, host);
	judged_bind_key(d->save_host, 2, who);
	return step >= 0 && store_step(d->save_host) == 0;
}

/* Updates a row in place: most often its size is the same. */
static bool
save(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s)
{
	struct judged *d = arg;
	struct statement *st = d->loaded ? d->save : d->add, *state = d->loaded ? d->save_state : d->add_state;

	judged_bind_key(st, 1, who);
	bind_int(st, 2, s->label);
	bind_int(st, 3, s->certainty);
	bind_int(st, 4, s->later_label);
	bind_int(st, 5, s->later_certainty);
	bind_int(st, 6, s->since);
	bind_real(st, 7, s->score);
	bind_int(st, 8, s->last);
	bind_int(st, 9, s->tried);
	bind_int(st, 10, s->steps);
	bind_int(st, 11, s->unusual_since);
	bind_int(st, 12, s->unusual_until);
	judged_bind_key(state, 1, who);
	bind_blob(state, 2, s->bytes, s->size);
	bind_blob(state, 3, s->bytes + s->size, s->usual_size);
	return store_step(st) == 0 && store_step(state) == 0 && save_host(d, who, host);
}

/* Adds step `n` to number 0, which sums up the steps that are not kept. */
static bool
sum_up_step(struct judged *d, const struct judge_key *who, uint32_t n)
{
	judged_bind_key(d->fold_step, 1, who);
	bind_int(d->fold_step, 2, n);
	judged_bind_key(d->drop_step, 1, who);
	bind_int(d->drop_step, 2, n);
	return store_step(d->fold_step) == 0 && store_step(d->drop_step) == 0;
}

static bool
put_step(void *arg, const struct judge_key *who, const struct judging_step *s)
{
	struct judged *d = arg;

	judged_bind_key(d->drop_steps, 1, who);
	if ((s == NULL || s->n == 1) && store_step(d->drop_steps) != 0)
		return false;
	if (s == NULL)
		return true;
	judged_bind_key(d->add_step, 1, who);
	bind_int(d->add_step, 2, s->n);
	bind_int(d->add_step, 3, s->when);
	bind_addr(d->add_step, 4, &s->network.addr);
	bind_int(d->add_step, 5, s->fresh);
	bind_real(d->add_step, 6, s->step);
	bind_real(d->add_step, 7, s->score);
	return store_step(d->add_step) == 0 && (s->n <= JUDGING_STEPS || sum_up_step(d, who, s->n - JUDGING_STEPS));
}

static bool
put_change(void *arg, const struct judge_key *who, const struct judging_change *c)
{
	struct judged *d = arg;

	judged_bind_key(d->add_change, 1, who);
	bind_int(d->add_change, 2, c->at);
	bind_int(d->add_change, 3, c->from_label);
	bind_int(d->add_change, 4, c->from_certainty);
	bind_int(d->add_change, 5, c->label);
	bind_int(d->add_change, 6, c->certainty);
	bind_text(d->add_change, 7, c->reasons);
	judged_bind_key(d->old_changes, 1, who);
	bind_int(d->old_changes, 2, HISTORY);
	return store_step(d->add_change) == 0 && store_step(d->old_changes) == 0;
}

static bool
prepare(struct judged *d)
{
	const struct statement_text all[] = {
	        {&d->load, "SELECT " JUDGED_STATE " WHERE who = ?1"},
	        {&d->add, "INSERT OR REPLACE INTO judged (who, " JUDGED_COLUMNS ")"
	                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"},
	        {&d->add_state, "INSERT OR REPLACE INTO judged_state (who, state, usual) VALUES (?1, ?2, ?3)"},
	        {&d->save, "UPDATE judged SET (" JUDGED_COLUMNS ")"
	                   " = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) WHERE who = ?1"},
	        {&d->save_state, "UPDATE judged_state SET state = ?2, usual = ?3 WHERE who = ?1"},
	        {&d->hosts.st, "SELECT host, who FROM judged_host WHERE host >= ?1 ORDER BY host"},
	        {&d->save_host, "INSERT OR REPLACE INTO judged_host (host, who) VALUES (?1, ?2)"},
	        {&d->add_change,
	         "INSERT INTO label (who, at, from_label, from_certainty, to_label, to_certainty, reasons)"
	         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET"
	         " to_label = excluded.to_label, to_certainty = excluded.to_certainty,"
	         " reasons = excluded.reasons"},
	        {&d->old_changes, "DELETE FROM label WHERE who = ?1 AND at <="
	                          " (SELECT at FROM label WHERE who = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)"},
	        {&d->add_step, "INSERT OR REPLACE INTO step (who, n, at, network, fresh, step, score)"
	                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
	        {&d->fold_step, "INSERT INTO step (who, n, at, network, fresh, step, score)"
	                        " SELECT who, 0, at, x'', 0, step, score FROM step WHERE who = ?1 AND n = ?2"
	                        " ON CONFLICT DO UPDATE SET at = excluded.at, step = step + excluded.step,"
	                        " score = excluded.score"},
	        {&d->drop_step, "DELETE FROM step WHERE who = ?1 AND n = ?2"},
	        {&d->drop_steps, "DELETE FROM step WHERE who = ?1"},
	        {&d->set_memory, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"},
	};

	return store_prepare_all(d->store, all, sizeof all / sizeof *all) && forget_prepare(&d->forget, d->store);
}

/* The parameters as stored in the database: a state is valid with its parameters and its form only. */
static void
describe(const struct judge_parameters *p, char text[JUDGE_PARAMETERS_TEXT + 32])
{
	char buf[JUDGE_PARAMETERS_TEXT];

	snprintf(text, JUDGE_PARAMETERS_TEXT + 32, "%s form %d", judge_parameters_print(p, buf), JUDGE_FORM);
}

/* One row of meta; false if there is none. */
static struct statement *
recall(struct store *store, const char *key)
{
	struct statement *st = store_prepare(store, "SELECT value FROM meta WHERE key = ?1");

	if (st == NULL)
		return NULL;
	bind_text(st, 1, key);
	return store_step(st) == 1 ? st : NULL;
}

bool
judged_place(struct store *store, struct judge_parameters *p, struct judging_place *at)
{
	struct judging_place place = {0};
	struct judge_parameters read;
	char text[JUDGE_PARAMETERS_TEXT + 32];
	struct statement *st = recall(store, memory[PARAMETERS]);
	bool same;

	if (st == NULL)
		return false;
	same = sscanf(column_text(st, 0), "fixed %lf fanout %lf accuse %lf miss %lf networks %u", &read.fixed,
	              &read.fanout, &read.accuse, &read.miss, &read.networks) == 5 &&
	       judge_parameters_wrong(&read) == NULL;
	if (same) {
		describe(&read, text);
		same = strcmp(text, column_text(st, 0)) == 0;
	}
	store_reset(st);
	if (!same)
		return false;
	if ((st = recall(store, memory[UNTIL])) != NULL) {
		place.minute = column_int(st, 0);
		store_reset(st);
		if (place.minute < 0 || place.minute > WHEN_END / MINUTE)
			return false;
	}
	if ((st = recall(store, memory[NEXT])) != NULL) {
		place.next_size = column_blob(st, 0, place.next, sizeof place.next);
		store_reset(st);
	}
	*p = read;
	*at = place;
	return true;
}

struct judged *
judged_new(struct store *store, bool wire, const struct judge_parameters *p)
{
	struct judged *d = calloc(1, sizeof *d);
	struct judging_sink sink = {d, load, save, put_step, put_change};
	struct judge_parameters of;
	char text[sizeof d->parameters];

	if (d == NULL)
		return NULL;
	d->store = store;
	describe(p, d->parameters);
	if (!prepare(d) || (d->judging = judging_new(store, wire, NULL, p, &sink)) == NULL) {
		judged_free(d);
		return NULL;
	}
	if (judged_place(store, &of, &d->place)) {
		describe(&of, text);
		d->begun = strcmp(text, d->parameters) == 0;
	}
	if (!d->begun)
		d->place = (struct judging_place){0};
	return d;
}

void
judged_free(struct judged *d)
{
	if (d == NULL)
		return;
	judging_free(d->judging);
	free(d);
}

int64_t
judged_until(const struct judged *d)
{
	return d->place.minute * MINUTE;
}

uint64_t
judged_dropped(const struct judged *d)
{
	return judging_dropped(d->judging);
}

static bool
remember(struct judged *d, const struct judging_place *at)
{
	bind_text(d->set_memory, 1, memory[PARAMETERS]);
	bind_text(d->set_memory, 2, d->parameters);
	if (store_step(d->set_memory) != 0)
		return false;
	bind_text(d->set_memory, 1, memory[UNTIL]);
	bind_int(d->set_memory, 2, at->minute);
	if (store_step(d->set_memory) != 0)
		return false;
	bind_text(d->set_memory, 1, memory[NEXT]);
	bind_blob(d->set_memory, 2, at->next, at->next_size);
	return store_step(d->set_memory) == 0;
}

/* Judges as many rows as time allows. */
static bool
run(struct judged *d, struct judging_place *at, int64_t end, const struct time_left *time, bool *more)
{
	bool good;

	do
		good = judging_run(d->judging, at, end, ROWS, more);
	while (good && *more && time_is_left(time));
	follow_end(&d->hosts);
	return good;
}

bool
judged_step(struct judged *d, int64_t now, const struct time_left *time, bool *more)
{
	int64_t end = (now - JUDGED_GRACE * SECOND) / MINUTE;
	struct judging_place at = d->place;

	*more = false;
	/* The clock was set back: rows that were judged are kept, and new ones are judged from here on. */
	if (at.minute > now / MINUTE + 1)
		at = (struct judging_place){.minute = end};
	else if (at.minute >= end)
		return true;
	if (store_begin(d->store) && (d->begun || store_run(d->store, clear_sql)) && run(d, &at, end, time, more) &&
	    remember(d, &at) && store_commit(d->store)) {
		d->place = at;
		d->begun = true;
		return true;
	}
	return false;
}

bool
judged_prune(struct judged *d, int64_t oldest, bool *more)
{
	/* This reads the whole tables: do it once per day of rows that expires. */
	*more = false;
	if (!forget_underway(&d->forget) && oldest / DAY == d->pruned)
		return true;
	if (!forget_step(&d->forget, oldest, more))
		return false;
	if (!*more)
		d->pruned = d->forget.before / DAY;
	return true;
}
