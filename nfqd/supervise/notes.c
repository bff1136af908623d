/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notes.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"

/* `what`: the note in words, for the log. */
static void
put(struct spool *notes, const struct note *n, const char *what)
{
	if (!spool_put(notes, n))
		log_warnx("the spool of notes is full: \"%s\" is not recorded", what);
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
	put(notes, &n, n.journal.text);
}

static void
put_gap(struct spool *notes, int64_t since, const struct note_gap *gap, const char *cause)
{
	/* A clock that was put back far may lead to before 1970. */
	struct note n = {.kind = NOTE_GAP, .at = since > 0 ? since : 0, .gap = *gap};

	snprintf(n.gap.cause, sizeof n.gap.cause, "%s", cause);
	put(notes, &n, cause);
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

	put(notes, &n, remembered_name(what));
}

void
notes_start(struct spool *notes, int64_t at, int64_t counted, int64_t rules)
{
	struct note n = {.kind = NOTE_START, .at = at, .start = {.counted = counted, .rules = rules}};

	put(notes, &n, "start");
}

void
notes_rules(struct spool *notes, int64_t at, int64_t counted, int64_t seen)
{
	struct note n = {.kind = NOTE_RULES, .at = at, .rules = {.counted = counted, .seen = seen}};

	put(notes, &n, "rules");
}

void
notes_counters(struct spool *notes, int64_t at, int64_t jump)
{
	struct note n = {.kind = NOTE_COUNTERS, .at = at, .counters = {.jump = jump}};

	put(notes, &n, "counters");
}
