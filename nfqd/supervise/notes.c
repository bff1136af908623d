/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"

/* Notes for which the spool had no room, until it has: the recorder may be without a database for hours. Entries of the
 * journal are lost; of the others one of each kind is kept, which stands for all. In the order in which they are put.
 */
enum kept { KEPT_GAP, KEPT_COUNTED, KEPT_RULES, KEPT_COUNTERS, KEPT_HASH, KEPT_SHIELDED, KEPT_UNNAMED, KEPT_KINDS };

static struct {
	struct note note[KEPT_KINDS];
	bool has[KEPT_KINDS];
	uint64_t entries; /* of the journal, lost */
	bool full;        /* something is kept, or lost */
} kept;                   /* a supervisor has one spool of notes */

#define MERGED "several gaps in one: the spool of notes was full"

/* KEPT_KINDS: it is not kept. */
static enum kept
kind_of(const struct note *n)
{
	switch ((enum note_kind)n->kind) {
	case NOTE_GAP:
		return n->gap.counted ? KEPT_COUNTED : KEPT_GAP;
	case NOTE_RULES:
		return KEPT_RULES;
	case NOTE_COUNTERS:
		return KEPT_COUNTERS;
	case NOTE_REMEMBER:
		return n->remember.what == REMEMBERED_RULES      ? KEPT_HASH
		       : n->remember.what == REMEMBERED_SHIELDED ? KEPT_SHIELDED
		       : n->remember.what == REMEMBERED_UNNAMED  ? KEPT_UNNAMED
		                                                 : KEPT_KINDS;
	default:
		return KEPT_KINDS;
	}
}

static void
merge_gap(struct note *to, const struct note *n)
{
	to->at = n->at < to->at ? n->at : to->at;
	to->gap.until = n->gap.until > to->gap.until ? n->gap.until : to->gap.until;
	to->gap.missing = to->gap.missing < 0 || n->gap.missing < 0 ? NOTE_UNKNOWN : to->gap.missing + n->gap.missing;
	snprintf(to->gap.cause, sizeof to->gap.cause, MERGED);
}

static void
keep(const struct note *n)
{
	enum kept kind = kind_of(n);
	struct note *to = &kept.note[kind % KEPT_KINDS];

	kept.full = true;
	if (kind == KEPT_KINDS) {
		kept.entries++;
		return;
	}
	if (kept.has[kind] && n->kind == NOTE_GAP)
		merge_gap(to, n);
	else if (kept.has[kind] && n->kind == NOTE_COUNTERS)
		to->counters.jump += n->counters.jump;
	else
		*to = *n;
	kept.has[kind] = true;
	if (kind == KEPT_RULES) /* counted anew, with all that the counters had lost */
		kept.has[KEPT_COUNTERS] = false;
}

/* Puts what was kept. False: there is no room yet. */
static bool
put_kept(struct spool *notes)
{
	struct note n = {.kind = NOTE_JOURNAL, .at = when_now(), .journal = {.event = "notes"}};

	for (int i = 0; i < KEPT_KINDS; i++) {
		if (kept.has[i] && !spool_put(notes, &kept.note[i]))
			return false;
		kept.has[i] = false;
	}
	snprintf(n.journal.text, sizeof n.journal.text, "%" PRIu64 " entries are lost: the spool of notes was full",
	         kept.entries);
	if (kept.entries > 0 && !spool_put(notes, &n))
		return false;
	kept.entries = 0;
	kept.full = false;
	log_info("the spool of notes has room again");
	return true;
}

void
notes_catch_up(struct spool *notes)
{
	if (kept.full)
		put_kept(notes);
}

static void
put(struct spool *notes, const struct note *n)
{
	bool first = !kept.full;

	if ((first || put_kept(notes)) && spool_put(notes, n))
		return;
	keep(n);
	if (first)
		log_warnx("the spool of notes is full, as no recorder takes them: gaps are kept as one, entries of the "
		          "journal are lost");
}

void
notes_journal(struct spool *notes, const char *event, const char *format, ...)
{
	struct note n = {.kind = NOTE_JOURNAL, .at = when_now()};
	va_list args;

	snprintf(n.journal.event, sizeof n.journal.event, "%s", event);
	va_start(args, format);
	vsnprintf(n.journal.text, sizeof n.journal.text, format, args);
	va_end(args);
	put(notes, &n);
}

static void
put_gap(struct spool *notes, int64_t since, const struct note_gap *gap, const char *cause)
{
	/* A clock that was put back far may lead to before 1970. */
	struct note n = {.kind = NOTE_GAP, .at = since > 0 ? since : 0, .gap = *gap};

	snprintf(n.gap.cause, sizeof n.gap.cause, "%s", cause);
	put(notes, &n);
}

void
notes_gap(struct spool *notes, int64_t since, int64_t until, int64_t missing, const char *cause)
{
	put_gap(notes, since, &(struct note_gap){.until = until, .missing = missing}, cause);
}

void
notes_gap_counted(struct spool *notes, int64_t since, int64_t until, int64_t missing, const char *cause)
{
	put_gap(notes, since, &(struct note_gap){.until = until, .missing = missing, .counted = 1}, cause);
}

void
notes_remember(struct spool *notes, enum remembered what, int64_t value)
{
	struct note n = {.kind = NOTE_REMEMBER, .remember = {.what = what, .value = value}};

	put(notes, &n);
}

void
notes_start(struct spool *notes, int64_t at, const struct note_start *start)
{
	struct note n = {.kind = NOTE_START, .at = at, .start = *start};

	put(notes, &n);
}

void
notes_rules(struct spool *notes, int64_t at, int64_t counted, int64_t seen)
{
	struct note n = {.kind = NOTE_RULES, .at = at, .rules = {.counted = counted, .seen = seen}};

	put(notes, &n);
}

void
notes_counters(struct spool *notes, int64_t at, int64_t jump)
{
	struct note n = {.kind = NOTE_COUNTERS, .at = at, .counters = {.jump = jump}};

	put(notes, &n);
}
