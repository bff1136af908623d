/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/log.h"
#include "nfqd/shared/note.h"
#include "nfqd/shared/valid.h"
#include "recording.h"

/* How the rules were while nfqd did not run. */
enum meanwhile { STOOD, GONE, REMADE };

static enum meanwhile
rules_meanwhile(struct recorder *r, const struct note_start *n, int64_t doubt)
{
	int64_t rules;

	if (n->counted < 0)
		return GONE;
	return doubt == 0 && gate_rows_remembered(r->logbook.rows, REMEMBERED_RULES, &rules) && rules == n->rules
	               ? STOOD
	               : REMADE;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The kernel counts every opening that reaches our rules, even while nfqd is not running; `recorded` is how many of
 * them are rows. The difference at the end of the last run is remembered as REMEMBERED_UNSEEN; its growth since then is
 * the number of missing openings. Rules that were gone may have been so since REMEMBERED_DOUBT, and until they were
 * made again. */
static bool
put_start(struct recorder *r, int64_t at, const struct note_start *n)
{
	static const char *const causes[] = {[STOOD] = "nfqd was not running",
	                                     [GONE] = "nfqd was not running, and its rules were not in place",
	                                     [REMADE] = "nfqd was not running, and its rules were made anew meanwhile"};
	int64_t alive, unseen, doubt = 0, until = at, missing = MISSING_UNKNOWN;
	enum meanwhile how;

	gate_rows_remembered(r->logbook.rows, REMEMBERED_DOUBT, &doubt);
	how = rules_meanwhile(r, n, doubt);
	if (how == STOOD && gate_rows_remembered(r->logbook.rows, REMEMBERED_UNSEEN, &unseen) &&
	    n->counted - r->recorded >= unseen)
		missing = n->counted - r->recorded - unseen;
	if (how != STOOD && n->made > at)
		until = n->made;
	/* If the wall clock was set back, the length of the gap is not known, but the number of missing openings is. */
	if (gate_rows_remembered(r->logbook.rows, REMEMBERED_ALIVE, &alive)) {
		int64_t since = earlier(doubt > 0 ? earlier(doubt, alive) : alive, at);

		if (!gate_rows_put_gap(r->logbook.rows, since, until, causes[how], missing))
			return false;
	}
	return gate_rows_remember(r->logbook.rows, REMEMBERED_UNSEEN, (n->counted >= 0 ? n->counted : 0) - r->recorded);
}

/* `more` openings that the kernel's rules counted are known not to be recorded. */
static bool
add_unseen(struct recorder *r, int64_t more)
{
	int64_t unseen = 0;

	gate_rows_remembered(r->logbook.rows, REMEMBERED_UNSEEN, &unseen);
	return gate_rows_remember(r->logbook.rows, REMEMBERED_UNSEEN, unseen + more);
}

static bool
put_gap(struct recorder *r, int64_t since, const struct note_gap *n)
{
	if (n->counted && n->missing > 0 && !add_unseen(r, n->missing))
		return false;
	return gate_rows_put_gap(r->logbook.rows, since, n->until, n->cause, n->missing);
}

/* Openings recorded before this run, and those that its gates had seen by then, are no longer unseen. */
static bool
put_rules(struct recorder *r, const struct note_rules *n)
{
	int64_t of_run = (int64_t)(inbox_committed(&r->inbox) - r->answers_done + r->lost);
	int64_t before = r->recorded - of_run;

	return n->counted < 0 ||
	       gate_rows_remember(r->logbook.rows, REMEMBERED_UNSEEN, n->counted - (before + n->seen));
}

static bool
put_note(struct recorder *r, struct note *n)
{
	n->at = unset_moved(&r->unset, n->at);
	if (n->kind == NOTE_GAP)
		n->gap.until = unset_moved(&r->unset, n->gap.until);
	switch ((enum note_kind)n->kind) {
	case NOTE_JOURNAL:
		return gate_rows_put_journal(r->logbook.rows, n->at, n->journal.event, n->journal.text);
	case NOTE_GAP:
		return put_gap(r, n->at, &n->gap);
	case NOTE_RULES:
		return put_rules(r, &n->rules);
	case NOTE_REMEMBER:
		if (n->remember.what == REMEMBERED_SHIELDED)
			r->named_set = n->remember.value;
		r->emptied = r->emptied || n->remember.what == REMEMBERED_EMPTIED;
		return gate_rows_remember(r->logbook.rows, (enum remembered)n->remember.what, n->remember.value);
	case NOTE_COUNTERS:
		return add_unseen(r, n->counters.jump);
	case NOTE_START:
		n->start.made = unset_moved(&r->unset, n->start.made);
		return put_start(r, n->at, &n->start);
	case NOTE_KINDS:
		break;
	}
	return true;
}

/* A record that is not valid was not written by nfqd; the one that it replaced is missing. */
bool
recording_put_damaged(struct recorder *r, const char *cause, int64_t now, int64_t missing)
{
	if (!r->damaged)
		log_warnx("%s", cause);
	r->damaged = true;
	return gate_rows_put_gap(r->logbook.rows, r->alive, now, cause, missing);
}

bool
recording_put_notes(struct recorder *r, int64_t now)
{
	struct note n;

	for (r->note_next = r->note_done; spool_read(r->shared->notes, r->note_next, &n); r->note_next++)
		if (valid_note(&n)
		            ? !put_note(r, &n)
		            : !recording_put_damaged(r, "shared memory was damaged: a note of the supervisor is lost",
		                                     now, MISSING_UNKNOWN))
			return false;
	return true;
}
