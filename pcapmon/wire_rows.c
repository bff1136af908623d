/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "common_rows.h"
#include "log.h"
#include "store.h"
#include "when.h"

#define ALIVE (10 * SECOND) /* how often a quiet run says that it is still there */

struct gap {
	bool open;
	int64_t since, until, missing;
};

struct wire_rows {
	struct store *store;
	const struct config *config;
	struct common_rows common;
	struct statement *add_attempt, *set_alive, *get_alive, *set_cause, *set_mark, *get_mark;
	struct wire_part part[WIRE_PARTS];
	size_t part_count;
	struct gap gap[GAP_COUNT];
	struct wire_mark mark; /* packets 0: none to be written */
	int64_t alive;         /* last written */
	unsigned last;         /* rows of the last transaction */
	bool failing;
};

static const char *const gap_text[GAP_COUNT] = {
        [GAP_DROPS] = "capture: kernel dropped packets",
        [GAP_INTERFACE] = "capture: interface was away",
        [GAP_STOPPED] = "pcapmon was not running",
        [GAP_ROOM] = "pcapmon: no room for rows while wire.db could not be written",
        [GAP_FRAGMENTS] = "pcapmon: too many packets in fragments at once",
};

static const char sql_add_attempt[] =
        "INSERT INTO attempt (minute, host, destination, port, attempts, retransmits, established, refused, leaked,"
        " listed, destinations, first, last) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        " ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts,"
        " retransmits = retransmits + excluded.retransmits, established = established + excluded.established,"
        " refused = refused + excluded.refused, leaked = leaked + excluded.leaked, listed = listed + excluded.listed,"
        " destinations = max(destinations, excluded.destinations), first = min(first, excluded.first),"
        " last = max(last, excluded.last)";
static const char sql_set_alive[] = "INSERT INTO meta (key, value) VALUES ('watched_until', ?1)"
                                    " ON CONFLICT DO UPDATE SET value = excluded.value";
static const char sql_set_mark[] =
        "INSERT INTO capture (opening, packets, digest, scope) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT DO UPDATE SET packets = excluded.packets, digest = excluded.digest, scope = excluded.scope";
static const char sql_get_mark[] = "SELECT packets, digest, scope FROM capture WHERE opening = ?1";
static const char sql_get_alive[] = "SELECT value FROM meta WHERE key = 'watched_until'";
static const char sql_set_cause[] = "INSERT OR REPLACE INTO leak_cause (host, at, text) VALUES (?1, ?2, ?3)";
/* Minutes before ?1. A whole hour at a time, so that its destinations can be counted; what comes late is added, and
 * then the larger number of destinations stands. */
static const char sql_roll[] =
        "WITH busy AS (SELECT minute / 60 AS hour, host, port, max(n) AS peak FROM (SELECT minute, host, port,"
        " sum(attempts) AS n FROM attempt WHERE minute < ?1 GROUP BY minute, host, port) GROUP BY 1, 2, 3),"
        " done AS (SELECT minute / 60 AS hour, host, port, sum(attempts) AS attempts, sum(retransmits) AS retransmits,"
        " sum(established) AS established, sum(refused) AS refused, sum(leaked) AS leaked, sum(listed) AS listed,"
        " count(DISTINCT CASE WHEN length(destination) > 0 THEN destination END)"
        " + max(CASE WHEN length(destination) = 0 THEN destinations ELSE 0 END) AS destinations,"
        " min(first) AS first, max(last) AS last FROM attempt WHERE minute < ?1 GROUP BY 1, 2, 3)"
        " INSERT INTO hour (hour, host, port, attempts, retransmits, established, refused, leaked, listed, destinations,"
        " peak, first, last)"
        " SELECT hour, host, port, attempts, retransmits, established, refused, leaked, listed, destinations, peak, first,"
        " last FROM done JOIN busy USING (hour, host, port) WHERE true"
        " ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts,"
        " retransmits = retransmits + excluded.retransmits, established = established + excluded.established,"
        " refused = refused + excluded.refused, leaked = leaked + excluded.leaked, listed = listed + excluded.listed,"
        " destinations = max(destinations, excluded.destinations), peak = max(peak, excluded.peak),"
        " first = min(first, excluded.first), last = max(last, excluded.last)";
static const char sql_minute[] =
        "SELECT host, destination, port, 0, 0, destinations, first, last, attempts, retransmits, established, refused,"
        " leaked, listed FROM attempt WHERE minute = ?1 AND host >= ?2 ORDER BY host, destination, port";

static bool
prepare(struct wire_rows *w)
{
	return common_rows_prepare(&w->common, w->store, sql_roll, sql_minute, TALLY_COUNTS) &&
	       (w->add_attempt = store_prepare(w->store, sql_add_attempt)) != NULL &&
	       (w->set_alive = store_prepare(w->store, sql_set_alive)) != NULL &&
	       (w->get_alive = store_prepare(w->store, sql_get_alive)) != NULL &&
	       (w->set_cause = store_prepare(w->store, sql_set_cause)) != NULL &&
	       (w->set_mark = store_prepare(w->store, sql_set_mark)) != NULL &&
	       (w->get_mark = store_prepare(w->store, sql_get_mark)) != NULL;
}

struct wire_rows *
wire_rows_open(const char *directory, const struct config *config, char *why, size_t size)
{
	struct wire_rows *w = calloc(1, sizeof *w);
	char path[4096];

	if (w == NULL || snprintf(path, sizeof path, "%s/wire.db", directory) >= (int)sizeof path) {
		snprintf(why, size, "%s: %s", directory, w == NULL ? "out of memory" : "name too long");
		free(w);
		return NULL;
	}
	w->config = config;
	w->store = store_open(path, &schema_wire, why, size);
	if (w->store == NULL) {
		free(w);
		return NULL;
	}
	/* Tables have the memory; what of a minute finds no room here lies in the kernel's. */
	if (!store_run(w->store, "PRAGMA cache_size = -4096") || !prepare(w)) {
		snprintf(why, size, "%s: %s", path, store_error(w->store));
		wire_rows_close(w);
		return NULL;
	}
	return w;
}

void
wire_rows_policy(struct wire_rows *w, const struct config *config)
{
	w->config = config;
}

void
wire_rows_close(struct wire_rows *w)
{
	if (w == NULL)
		return;
	store_close(w->store);
	free(w);
}

/* Logs the first failure of a row of them, and the end of the row. */
static bool
result(struct wire_rows *w, bool ok, const char *doing)
{
	if (!ok) {
		if (!w->failing)
			log_warnx("wire.db: cannot %s: %s; trying again every second", doing, store_error(w->store));
		store_rollback(w->store);
		common_rolled_back(&w->common);
	} else if (w->failing) {
		log_info("wire.db: can be written again");
	}
	w->failing = !ok;
	return ok;
}

void
wire_rows_gap(struct wire_rows *w, enum wire_gap kind, int64_t since, int64_t until, int64_t missing)
{
	struct gap *g = &w->gap[kind];

	if (!g->open) {
		*g = (struct gap){.open = true, .since = since, .until = until, .missing = missing};
		return;
	}
	if (since < g->since)
		g->since = since;
	if (until > g->until)
		g->until = until;
	g->missing = g->missing < 0 || missing < 0 ? MISSING_UNKNOWN : g->missing + missing;
}

struct store *
wire_rows_store(struct wire_rows *w)
{
	return w->store;
}

void
wire_rows_attach(struct wire_rows *w, const struct wire_part *part)
{
	if (w->part_count < WIRE_PARTS)
		w->part[w->part_count++] = *part;
}

static bool
put_parts(const struct wire_rows *w)
{
	for (size_t i = 0; i < w->part_count; i++)
		if (!w->part[i].put(w->part[i].arg))
			return false;
	return true;
}

/* The counts are bound as signed: an outcome that was taken back is a negative number to add. */
static bool
put_row(void *arg, const struct minute_row *row)
{
	struct wire_rows *w = arg;
	struct statement *st = w->add_attempt;

	bind_int(st, 1, row->key.minute);
	bind_addr(st, 2, &row->key.host);
	bind_addr(st, 3, &row->key.destination);
	bind_int(st, 4, row->key.port);
	bind_int(st, 5, (int64_t)row->count[TALLY_ATTEMPTS]);
	bind_int(st, 6, (int64_t)row->count[TALLY_RETRANSMITS]);
	bind_int(st, 7, (int64_t)row->count[TALLY_ESTABLISHED]);
	bind_int(st, 8, (int64_t)row->count[TALLY_REFUSED]);
	bind_int(st, 9, (int64_t)row->count[TALLY_LEAKED]);
	bind_int(st, 10, (int64_t)row->count[TALLY_LISTED]);
	bind_int(st, 11, row->destinations);
	bind_int(st, 12, row->first);
	bind_int(st, 13, row->last);
	return store_step(st) == 0 && seal_break(&w->common.seal, row->key.minute) &&
	       common_put_range(&w->common, w->config, &row->key.host);
}

static bool
put_gaps(struct wire_rows *w)
{
	for (int i = 0; i < GAP_COUNT; i++) {
		const struct gap *g = &w->gap[i];

		if (g->open && !common_put_gap(&w->common, g->since, g->until, gap_text[i], g->missing))
			return false;
	}
	return true;
}

/* SQLite's integers are signed; hashes keep their bits. */
static bool
put_mark(struct wire_rows *w)
{
	if (w->mark.packets == 0)
		return true;
	bind_int(w->set_mark, 1, (int64_t)w->mark.opening);
	bind_int(w->set_mark, 2, (int64_t)w->mark.packets);
	bind_int(w->set_mark, 3, (int64_t)w->mark.digest);
	bind_int(w->set_mark, 4, (int64_t)w->mark.scope);
	return store_step(w->set_mark) == 0;
}

void
wire_rows_mark(struct wire_rows *w, const struct wire_mark *m)
{
	w->mark = *m;
}

int
wire_rows_find_mark(struct wire_rows *w, uint64_t opening, struct wire_mark *out)
{
	int found;

	bind_int(w->get_mark, 1, (int64_t)opening);
	found = store_step(w->get_mark);
	if (found != 1)
		return found;
	*out = (struct wire_mark){.opening = opening,
	                          .packets = (uint64_t)column_int(w->get_mark, 0),
	                          .digest = (uint64_t)column_int(w->get_mark, 1),
	                          .scope = (uint64_t)column_int(w->get_mark, 2)};
	store_reset(w->get_mark);
	return 1;
}

/* A clock that was set back is news, too. */
static bool
alive_due(const struct wire_rows *w, int64_t now)
{
	return now != 0 && (now < w->alive || now >= w->alive + ALIVE);
}

static bool
put_alive(struct wire_rows *w, int64_t now)
{
	bind_int(w->set_alive, 1, now);
	return store_step(w->set_alive) == 0;
}

bool
wire_rows_write(struct wire_rows *w, struct minutes *m, struct devices *d, int64_t now)
{
	bool alive = alive_due(w, now);
	int64_t rows = store_changes(w->store);

	if (!result(w,
	            store_begin(w->store) && minutes_each(m, put_row, w) && common_put_devices(&w->common, d) &&
	                    put_parts(w) && put_gaps(w) && put_mark(w) && (!alive || put_alive(w, now)) &&
	                    store_commit(w->store),
	            "write"))
		return false;
	minutes_clear(m);
	devices_clear(d);
	for (size_t i = 0; i < w->part_count; i++)
		w->part[i].done(w->part[i].arg);
	for (int i = 0; i < GAP_COUNT; i++)
		w->gap[i].open = false;
	w->mark.packets = 0;
	if (alive)
		w->alive = now;
	w->last = (unsigned)(store_changes(w->store) - rows);
	return true;
}

unsigned
wire_rows_last(const struct wire_rows *w)
{
	return w->last;
}

bool
wire_rows_urgent(const struct wire_rows *w, int64_t now)
{
	for (int i = 0; i < GAP_COUNT; i++)
		if (w->gap[i].open)
			return true;
	return w->failing || alive_due(w, now);
}

bool
wire_rows_cause(struct wire_rows *w, const struct addr *host, int64_t at, const char *text)
{
	bind_addr(w->set_cause, 1, host);
	bind_int(w->set_cause, 2, at);
	bind_text(w->set_cause, 3, text);
	return result(w, store_step(w->set_cause) == 0, "write the cause of a leak");
}

bool
wire_rows_journal(struct wire_rows *w, int64_t now, const char *what, const char *text)
{
	if (strcmp(what, "start") == 0 && store_step(w->get_alive) == 1) {
		int64_t last = column_int(w->get_alive, 0);

		store_reset(w->get_alive);
		if (last > 0 && last < now)
			wire_rows_gap(w, GAP_STOPPED, last, now, MISSING_UNKNOWN);
	}
	w->alive = 0; /* the next transaction says how far the wire was watched */
	return result(w, common_put_journal(&w->common, now, what, text), "write the journal");
}

bool
wire_rows_prune(struct wire_rows *w, int64_t now)
{
	if (w->config == NULL)
		return true;
	return result(w, common_prune(&w->common, now, w->config->keep, w->config->max_size), "prune old rows");
}

bool
wire_rows_seal(struct wire_rows *w, int64_t now, bool *more)
{
	return result(w, seal_step(&w->common.seal, now, more), "sum up hours");
}
