/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "losses.h"

#define LINES 4096 /* that are deleted at once */
#define GAPS 2000  /* that are merged at once */

/* Among the latest rows only: a gap of a cause that comes again and again is among them. */
static const char last_gap_sql[] = "SELECT id, since, until, missing FROM (SELECT * FROM gap ORDER BY id DESC LIMIT 16)"
                                   " WHERE cause = ?1 ORDER BY id DESC LIMIT 1";
/* The oldest rows, by day. A sum that overflows is unknown; gaps in the year 9999 share a day. */
static const char merge_gaps_sql[] =
        "INSERT INTO gap (since, until, cause, missing) SELECT min(since), max(until), 'several gaps of one day',"
        " CASE WHEN total(missing) < 9e18 THEN sum(min(missing, 900000000000000)) END"
        " FROM (SELECT * FROM gap ORDER BY since, id LIMIT ?1) GROUP BY since / 86400000000, missing IS NULL";

bool
losses_prepare(struct losses *l, struct store *s)
{
	const struct statement_text all[] = {
	        {&l->add_gap, "INSERT INTO gap (since, until, cause, missing)"
	                      " VALUES (?1, ?2, ?3, CASE WHEN ?4 >= 0 THEN ?4 END)"},
	        {&l->last_gap, last_gap_sql},
	        {&l->extend_gap, "UPDATE gap SET since = min(since, ?2), until = max(until, ?3),"
	                         " missing = CASE WHEN ?4 >= 0 THEN ?4 END WHERE id = ?1"},
	        {&l->too_many, "SELECT (SELECT max(id) FROM gap) FROM gap LIMIT 1 OFFSET ?1"},
	        {&l->merge_gaps, merge_gaps_sql},
	        {&l->delete_gaps,
	         "DELETE FROM gap WHERE id IN (SELECT id FROM gap WHERE id <= ?2 ORDER BY since, id LIMIT ?1)"},
	        {&l->add_line, "INSERT INTO journal (at, what, text) VALUES (?1, ?2, ?3)"},
	        {&l->delete_lines, "DELETE FROM journal WHERE id IN (SELECT id FROM journal"
	                           " WHERE id <= (SELECT max(id) FROM journal) - ?1 ORDER BY id LIMIT ?2)"},
	};

	l->store = s;
	return store_prepare_all(s, all, sizeof all / sizeof *all);
}

/* The last gap of this cause, if the period continues it and both numbers are known, or neither. Returns its id, 0 if
 * there is none, -1 on an error; *missing becomes that of both together. */
static int64_t
continued(struct losses *l, int64_t since, int64_t until, const char *cause, int64_t *missing)
{
	int64_t id = 0, before;
	int step;

	bind_text(l->last_gap, 1, cause);
	if ((step = store_step(l->last_gap)) != 1)
		return step;
	before = column_null(l->last_gap, 3) ? MISSING_UNKNOWN : column_int(l->last_gap, 3);
	if (since <= column_int(l->last_gap, 2) && until >= column_int(l->last_gap, 1) &&
	    (before < 0) == (*missing < 0)) {
		id = column_int(l->last_gap, 0);
		if (before >= 0 && __builtin_add_overflow(before, *missing, missing))
			*missing = INT64_MAX;
	}
	store_reset(l->last_gap);
	return id;
}

bool
losses_put_gap(struct losses *l, int64_t since, int64_t until, const char *cause, int64_t missing)
{
	int64_t id = continued(l, since, until, cause, &missing);

	if (id < 0)
		return false;
	if (id > 0) {
		bind_int(l->extend_gap, 1, id);
		bind_int(l->extend_gap, 2, since);
		bind_int(l->extend_gap, 3, until);
		bind_int(l->extend_gap, 4, missing);
		return store_step(l->extend_gap) == 0;
	}
	bind_int(l->add_gap, 1, since);
	bind_int(l->add_gap, 2, until);
	bind_text(l->add_gap, 3, cause);
	bind_int(l->add_gap, 4, missing);
	return store_step(l->add_gap) == 0;
}

bool
losses_put_line(struct losses *l, int64_t at, const char *what, const char *text)
{
	bind_int(l->add_line, 1, at);
	bind_text(l->add_line, 2, what);
	bind_text(l->add_line, 3, text);
	return store_step(l->add_line) == 0;
}

/* The rows up to the id `last` that are the oldest. */
static bool
merge(struct losses *l, int64_t last)
{
	bind_int(l->merge_gaps, 1, GAPS);
	bind_int(l->delete_gaps, 1, GAPS);
	bind_int(l->delete_gaps, 2, last);
	return store_step(l->merge_gaps) == 0 && store_step(l->delete_gaps) == 0;
}

bool
losses_bound(struct losses *l)
{
	int64_t last = 0;
	int step;

	bind_int(l->too_many, 1, LOSSES_GAPS);
	if ((step = store_step(l->too_many)) == 1) {
		last = column_int(l->too_many, 0);
		store_reset(l->too_many);
	}
	bind_int(l->delete_lines, 1, LOSSES_LINES);
	bind_int(l->delete_lines, 2, LINES);
	if (step >= 0 && store_begin(l->store) && (step == 0 || merge(l, last)) && store_step(l->delete_lines) == 0 &&
	    store_commit(l->store))
		return true;
	store_rollback(l->store);
	return false;
}
