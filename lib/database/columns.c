/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "columns.h"

#include <stdint.h>

#include "lib/count/minutes.h"
#include "lib/store/store.h"

/* clang-format off */ /* statements are read line by line */
/* lead reaches from first to the first attempt, tail from the last one to last; rows without attempts have none. */
#define ADD(key, counts, names)                                                                                        \
	"INSERT INTO attempt (minute, host, destination, port" key(COLUMN_LIST) counts(COLUMN_LIST)                    \
	", destinations, first, last, lead, tail" names(COLUMN_LIST) ")"                                               \
	" VALUES (?, ?, ?, ?" key(COLUMN_VALUE) counts(COLUMN_VALUE) ", ?, ?, ?, ?, ?" names(COLUMN_VALUE) ")"         \
	" ON CONFLICT DO UPDATE SET destinations = max(destinations, excluded.destinations)" counts(COLUMN_ADD)        \
	names(COLUMN_KEEP)                                                                                             \
	", lead = min(CASE WHEN attempts > 0 THEN first + lead ELSE excluded.first + excluded.lead END,"               \
	" CASE WHEN excluded.attempts > 0 THEN excluded.first + excluded.lead ELSE first + lead END)"                  \
	" - min(first, excluded.first),"                                                                               \
	" tail = max(last, excluded.last)"                                                                             \
	" - max(CASE WHEN attempts > 0 THEN last - tail ELSE excluded.last - excluded.tail END,"                       \
	" CASE WHEN excluded.attempts > 0 THEN excluded.last - excluded.tail ELSE last - tail END),"                   \
	" first = min(first, excluded.first), last = max(last, excluded.last)"

/* Late rows are added. An hour is a drill's only if all of it is. */
#define SUM(name, column) ", sum(" column ") AS " column
#define ROLL(key, counts, of, met)                                                                                     \
	"WITH RECURSIVE every (at) AS (VALUES (?1) UNION ALL SELECT at + 1 FROM every WHERE at < ?1 + 59),"            \
	" part AS MATERIALIZED (SELECT minute, host, destination, destinations, port, first, last, drill"              \
	key(COLUMN_LIST) counts(COLUMN_LIST)                                                                           \
	" FROM every CROSS JOIN attempt ON minute = at AND " of "),"                                                   \
	" met AS (SELECT host, port" key(COLUMN_LIST)                                                                  \
	", count(DISTINCT CASE WHEN length(destination) > 0 THEN destination END)"                                     \
	" + max(CASE WHEN length(destination) = 0 THEN destinations ELSE 0 END) AS destinations"                       \
	" FROM part GROUP BY host, port" key(COLUMN_LIST) "),"                                                         \
	" each AS (SELECT host, port" key(COLUMN_LIST) counts(SUM)                                                     \
	", min(first) AS first, max(last) AS last, min(drill) AS drill FROM part"                                      \
	" GROUP BY minute, host, port" key(COLUMN_LIST) "),"                                                           \
	" done AS (SELECT host, port" key(COLUMN_LIST) counts(SUM)                                                     \
	", max(attempts) AS peak, min(first) AS first, max(last) AS last, min(drill) AS drill"                         \
	" FROM each GROUP BY host, port" key(COLUMN_LIST) ")"                                                          \
	" INSERT INTO hour (hour, host, port" key(COLUMN_LIST) counts(COLUMN_LIST)                                     \
	", destinations, peak, first, last, drill) SELECT ?1 / 60, host, port" key(COLUMN_LIST) counts(COLUMN_LIST)    \
	", destinations, peak, first, last, drill FROM done JOIN met USING (host, port" key(COLUMN_LIST)               \
	") WHERE true ON CONFLICT DO UPDATE SET destinations = " met                                                   \
	counts(COLUMN_ADD) ", peak = max(peak, excluded.peak), drill = min(drill, excluded.drill),"                    \
	" first = min(first, excluded.first), last = max(last, excluded.last)"
#define HOSTS_FROM_TO "host BETWEEN ?2 AND ?3"
#define SLICE "host = ?2 AND destination BETWEEN ?3 AND ?4"
#define LARGER "max(destinations, excluded.destinations)"
#define ADDED "CASE WHEN ?5 THEN destinations + excluded.destinations ELSE " LARGER " END"
#define ZERO(name, column) ", 0"
#define PEAKS(key, counts)                                                                                             \
	"INSERT INTO hour (hour, host, port" key(COLUMN_LIST) counts(COLUMN_LIST)                                      \
	", destinations, peak, first, last, drill) SELECT ?1 / 60, host, port" key(COLUMN_LIST) counts(ZERO)           \
	", 0, sum(attempts), min(first), max(last), min(drill) FROM attempt WHERE minute = ?1 AND host = ?2"           \
	" GROUP BY host, port" key(COLUMN_LIST)                                                                        \
	" ON CONFLICT DO UPDATE SET peak = max(peak, excluded.peak), drill = min(drill, excluded.drill)"
#define DROP_HOURS(key)                                                                                                \
	"DELETE FROM hour WHERE (hour, host, port" key(COLUMN_LIST) ") IN (SELECT hour, host, port" key(COLUMN_LIST)   \
	" FROM hour WHERE hour < ?1 ORDER BY hour, host, port" key(COLUMN_LIST) " LIMIT ?2)"
#define HOSTS                                                                                                          \
	"SELECT minute, host, count(*) FROM attempt WHERE minute = ?1 AND host >= ?2 GROUP BY host ORDER BY host"

#define MINUTE_ROWS(key, read, counts)                                                                                 \
	"SELECT " ROW_OF_MINUTE(read, counts) " FROM attempt WHERE minute = ?1 AND host >= ?2"                         \
	" ORDER BY host, destination, port" key(COLUMN_LIST)
/* clang-format on */

const struct columns columns_gate = {
        .decided = true,
        .counts = GATE_COUNTS,
        .add = ADD(GATE_KEY_COLUMNS, GATE_COUNT_COLUMNS, GATE_NAME_COLUMNS),
        .roll = ROLL(GATE_KEY_COLUMNS, GATE_COUNT_COLUMNS, HOSTS_FROM_TO, LARGER),
        .roll_slice = ROLL(GATE_KEY_COLUMNS, GATE_COUNT_COLUMNS, SLICE, ADDED),
        .peaks = PEAKS(GATE_KEY_COLUMNS, GATE_COUNT_COLUMNS),
        .hosts = HOSTS,
        .drop_hours = DROP_HOURS(GATE_KEY_COLUMNS),
        .minute = MINUTE_ROWS(GATE_KEY_COLUMNS, GATE_KEY_COLUMNS, GATE_COUNT_COLUMNS),
};
const struct columns columns_wire = {
        .named = true,
        .counts = WIRE_COUNTS,
        .add = ADD(WIRE_KEY_COLUMNS, WIRE_COUNT_COLUMNS, WIRE_NAME_COLUMNS),
        .roll = ROLL(WIRE_KEY_COLUMNS, WIRE_COUNT_COLUMNS, HOSTS_FROM_TO, LARGER),
        .roll_slice = ROLL(WIRE_KEY_COLUMNS, WIRE_COUNT_COLUMNS, SLICE, ADDED),
        .peaks = PEAKS(WIRE_KEY_COLUMNS, WIRE_COUNT_COLUMNS),
        .hosts = HOSTS,
        .drop_hours = DROP_HOURS(WIRE_KEY_COLUMNS),
        .minute = MINUTE_ROWS(WIRE_KEY_COLUMNS, WIRE_KEY_ZEROS, WIRE_COUNT_COLUMNS),
};
_Static_assert(GATE_STACKS < MINUTE_COUNTS && WIRE_STACKS < MINUTE_COUNTS, "a row of minutes holds every count");

void
columns_bind(struct statement *st, const struct columns *c, const struct minute_row *row)
{
	int n = 0;

	bind_int(st, ++n, row->key.minute);
	bind_addr(st, ++n, &row->key.host);
	bind_addr(st, ++n, &row->key.destination);
	bind_int(st, ++n, row->key.port);
	if (c->decided) {
		bind_int(st, ++n, row->key.verdict);
		bind_int(st, ++n, row->key.reason);
	}
	for (int i = 0; i < c->counts; i++)
		bind_int(st, ++n, (int64_t)row->count[i]);
	bind_int(st, ++n, row->destinations);
	bind_int(st, ++n, row->first);
	bind_int(st, ++n, row->last);
	bind_int(st, ++n, row->begun - row->first);
	bind_int(st, ++n, row->last - row->ended);
	if (c->named) {
		bind_int(st, ++n, (int64_t)row->name);
		bind_int(st, ++n, row->naming);
	}
}
