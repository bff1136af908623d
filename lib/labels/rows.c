/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rows.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/judge/clocks.h"
#include "lib/policy/event.h"
#include "lib/base/table.h"
#include "lib/store/follow.h"
#include "lib/base/when.h"

/* Numbers of enum judge_answer, enum verdict and enum reason in SQL: the preprocessor does not know the values of an
 * enum. */
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define PASSED 0
#define REFUSED 1
#define SILENCE 2
static_assert(PASSED == (int)JUDGE_PASSED && REFUSED == (int)JUDGE_REFUSED && SILENCE == (int)JUDGE_SILENCE,
              "as in SQL");
#define DROP 1
#define REJECT 2
static_assert(DROP == (int)VERDICT_DROP && REJECT == (int)VERDICT_REJECT, "as in SQL");
#define ALLOWED 0
#define RATE 9
#define DENY_TO 6
#define ANSWER_REASON 10
static_assert(ALLOWED == (int)REASON_LISTED && RATE == (int)REASON_RATE && DENY_TO == (int)REASON_DENY_TO, "as in SQL");
static_assert(ANSWER_REASON == (int)REASON_ANSWER, "as in SQL");

#define IF_PASSED TEXT(PASSED)
#define IF_REFUSED TEXT(REFUSED)
#define IF_SILENT TEXT(SILENCE)
#define IS_DROP TEXT(DROP)
#define IS_REJECT TEXT(REJECT)
#define IS_LISTED "IN (" TEXT(ALLOWED) ", " TEXT(RATE) ")"
#define IS_ANSWER TEXT(ANSWER_REASON)
#define IS_FORBIDDEN "= " TEXT(DENY_TO)

/* The columns that both kinds of rows have. `answer` is enum judge_answer; `listed` counts attempts that the policy
 * allows; `forbidden` is 1 if the destination is closed to all. Rows of the gate that are listed come first; answers to
 * nobody are left out. Times are of attempts: lead and tail take retransmissions off. */
static const char gate_sql[] =
        "SELECT host, destination, port, first + lead, last - tail, attempts, retransmits,"
        " CASE WHEN reason " IS_LISTED " THEN 0 ELSE syns END, 0,"
        " CASE verdict WHEN " IS_DROP " THEN " IF_SILENT " WHEN " IS_REJECT " THEN " IF_REFUSED " ELSE " IF_PASSED
        " END,"
        " CASE WHEN reason " IS_LISTED " THEN attempts ELSE 0 END, reason " IS_FORBIDDEN ", 0, 0"
        " FROM attempt WHERE minute = ?1 AND host >= ?2 AND reason <> " IS_ANSWER
        " ORDER BY host, reason NOT " IS_LISTED ", first + lead, destination, port, verdict, reason";
static const char wire_sql[] =
        "SELECT host, destination, port, first + lead, last - tail, attempts, retransmits, 0, established,"
        " CASE WHEN established > 0 THEN " IF_PASSED " WHEN refused > 0 THEN " IF_REFUSED " ELSE " IF_SILENT " END,"
        " min(listed, attempts), 0, name, naming FROM attempt WHERE minute = ?1 AND host >= ?2"
        " ORDER BY host, first + lead, destination, port";
static const char minute_sql[] = "SELECT min(minute) FROM attempt WHERE minute >= ?1 AND minute < ?2";

static const char raw_sql[] = "SELECT host, attempts FROM raw_syn WHERE minute = ?2 AND host >= ?1 ORDER BY host";
static const char stacks_sql[] = "SELECT host, stack, minutes FROM syn_stack WHERE hour = ?2 AND host >= ?1"
                                 " ORDER BY host";
static const char clocks_sql[] = "SELECT host, minute, at, destination, value FROM syn_clock WHERE hour = ?2"
                                 " AND host >= ?1 AND minute <= ?3 ORDER BY host";

enum column {
	HOST,
	DESTINATION,
	PORT,
	FIRST,
	LAST,
	ATTEMPTS,
	RETRANSMITS,
	SYNS,
	ESTABLISHED,
	ANSWER,
	LISTED,
	FORBIDDEN,
	NAME,
	NAMING
};

struct judging_rows {
	struct statement *rows, *next_minute;
	struct follow raw, stacks, clocks;
	struct learned *learned;  /* or NULL */
	const struct table *only; /* the hosts whose rows are read; NULL: all */
	int64_t minute;
};

struct judging_rows *
judging_rows_new(struct store *store, bool wire)
{
	struct judging_rows *r = calloc(1, sizeof *r);

	if (r != NULL && ((r->rows = store_prepare(store, wire ? wire_sql : gate_sql)) == NULL ||
	                  (r->next_minute = store_prepare(store, minute_sql)) == NULL ||
	                  (r->raw.st = store_prepare(store, raw_sql)) == NULL ||
	                  (r->stacks.st = store_prepare(store, stacks_sql)) == NULL ||
	                  (r->clocks.st = store_prepare(store, clocks_sql)) == NULL)) {
		free(r);
		return NULL;
	}
	return r;
}

void
judging_rows_free(struct judging_rows *r)
{
	free(r);
}

void
judging_rows_learn(struct judging_rows *r, struct learned *names)
{
	r->learned = names;
}

void
judging_rows_only(struct judging_rows *r, const struct table *hosts)
{
	r->only = hosts;
}

bool
judging_rows_minute(struct judging_rows *r, int64_t from, int64_t end, int64_t *minute)
{
	/* A damaged row may have any other number. */
	bind_int(r->next_minute, 1, from > 0 ? from : 0);
	bind_int(r->next_minute, 2, end < WHEN_END / MINUTE ? end : WHEN_END / MINUTE);
	if (store_step(r->next_minute) != 1)
		return false;
	*minute = column_null(r->next_minute, 0) ? end : column_int(r->next_minute, 0);
	store_reset(r->next_minute);
	return true;
}

void
judging_rows_begin(struct judging_rows *r, int64_t minute, const uint8_t *next, size_t next_size)
{
	r->minute = minute;
	bind_int(r->rows, 1, minute);
	bind_blob(r->rows, 2, next, next_size);
	bind_int(r->raw.st, 2, minute);
	bind_int(r->stacks.st, 2, minute / 60);
	bind_int(r->clocks.st, 2, minute / 60);
	bind_int(r->clocks.st, 3, minute % 60);
}

/* A damaged row may hold no address: it belongs to no host. */
static bool
is_read(const struct judging_rows *r, const struct addr *host)
{
	return host->family != 0 && (r->only == NULL || table_find(r->only, host) != NULL);
}

int
judging_rows_next(struct judging_rows *r, struct judging_row *out)
{
	struct addr host;
	int step;

	do {
		if ((step = store_step(r->rows)) != 1)
			return step;
		host = column_addr(r->rows, HOST);
	} while (!is_read(r, &host));
	*out = (struct judging_row){
	        .host = host,
	        .row = {.destination = column_addr(r->rows, DESTINATION),
	                .port = (uint16_t)column_int(r->rows, PORT),
	                .answer = (uint8_t)column_int(r->rows, ANSWER),
	                .first = column_int(r->rows, FIRST),
	                .last = column_int(r->rows, LAST),
	                .attempts = column_count(r->rows, ATTEMPTS),
	                .retransmits = column_count(r->rows, RETRANSMITS),
	                .syns = column_count(r->rows, SYNS),
	                .established = column_count(r->rows, ESTABLISHED),
	                .name = learned_naming(column_int(r->rows, NAME), column_int(r->rows, NAMING))},
	        .listed = column_count(r->rows, LISTED),
	        .forbidden = column_int(r->rows, FORBIDDEN) != 0,
	};
	/* The shield's counts of a minute begin with its last reading in the minute before. */
	if (out->row.syns > 0 && out->row.first < r->minute * MINUTE)
		out->row.first = r->minute * MINUTE;
	if (r->learned != NULL)
		out->row.name = learned_find(r->learned, &host, &out->row, r->minute);
	return 1;
}

void
judging_rows_end(struct judging_rows *r)
{
	store_reset(r->rows);
	follow_end(&r->raw);
	follow_end(&r->stacks);
	follow_end(&r->clocks);
}

bool
judging_rows_raw(struct judging_rows *r, const struct addr *host, uint64_t *attempts)
{
	int step = follow_to(&r->raw, host);

	*attempts = step == 1 ? column_count(r->raw.st, 1) : 0;
	return step >= 0;
}

bool
judging_rows_stacks(struct judging_rows *r, const struct addr *host, struct stack_turns turns[STACKS_MOST],
                    size_t *count)
{
	/* The row may already have later minutes of the hour. */
	uint64_t minutes[STACKS] = {0}, past = (UINT64_C(2) << r->minute % 60) - 1;
	size_t rows = 0;
	int step;

	for (step = follow_to(&r->stacks, host); step == 1; step = follow_next(&r->stacks, host), rows++) {
		int64_t stack = column_int(r->stacks.st, 1);

		if (stack > 0 && stack <= STACKS)
			minutes[stack - 1] = (uint64_t)column_int(r->stacks.st, 2) & past;
	}
	*count = rows > 1 ? stacks_by_turns(minutes, turns) : 0;
	return step == 0;
}

bool
judging_rows_clocks(struct judging_rows *r, const struct addr *host, struct stack_turns turns[STACKS_MOST],
                    size_t *count)
{
	struct clock_reading readings[CLOCKS_MINUTES] = {0};
	int64_t hour = r->minute / 60;
	int step;

	for (step = follow_to(&r->clocks, host); step == 1; step = follow_next(&r->clocks, host)) {
		int64_t minute = column_int(r->clocks.st, 1), at = column_int(r->clocks.st, 2);

		/* A damaged row may hold a time outside its minute. */
		if (minute < 0 || minute >= CLOCKS_MINUTES || when_floor(at, MINUTE) != hour * 60 + minute)
			continue;
		readings[minute] = (struct clock_reading){.at = at,
		                                          .destination = column_addr(r->clocks.st, 3),
		                                          .value = (uint32_t)column_int(r->clocks.st, 4)};
	}
	/* Without a reading in this minute the result is that of an earlier one. */
	*count = readings[r->minute % 60].value != 0 ? clocks_by_turns(readings, turns) : 0;
	return step == 0;
}
