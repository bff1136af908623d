/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "valid.h"

#include <string.h>

#include "lib/base/when.h"
#include "lib/decode/stack.h"

static bool
valid_time(int64_t when)
{
	return when >= 0 && when < WHEN_END;
}

static bool
valid_count(int64_t n)
{
	return n >= 0 && n <= VALID_COUNT_MOST;
}

static bool
valid_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/* To read a bool that is neither 0 nor 1 is undefined, so its byte is read. */
static bool
valid_bool(const bool *b)
{
	unsigned char byte;

	memcpy(&byte, b, sizeof byte);
	return byte <= 1;
}

/* An address that could not be read has the family 0. */
static bool
valid_addr(const struct addr *a)
{
	return a->family == 4 || a->family == 6 || a->family == 0;
}

bool
valid_event(const struct event *e)
{
	return valid_time(e->when) && valid_addr(&e->src) && valid_addr(&e->dst) && e->verdict < VERDICT_COUNT &&
	       e->reason < REASON_COUNT && valid_bool(&e->has_mac) && valid_bool(&e->raw) && e->stack <= STACKS;
}

bool
valid_flood(const struct flood *f)
{
	return valid_addr(&f->source) && valid_time(f->first) && valid_time(f->last) && f->count <= VALID_COUNT_MOST;
}

/* Numbers that the supervisor may send; the recorder maintains the others itself. */
static bool
valid_remember(const struct note_remember *r)
{
	if (r->what == REMEMBERED_RULES)
		return true; /* a hash */
	if (r->what == REMEMBERED_EMPTIED)
		return r->value == 1;
	return (r->what == REMEMBERED_SHIELDED || r->what == REMEMBERED_UNNAMED) && valid_count(r->value);
}

bool
valid_note(const struct note *n)
{
	if (!valid_time(n->at))
		return false;
	switch (n->kind) {
	case NOTE_JOURNAL:
		return valid_text(n->journal.event, sizeof n->journal.event) &&
		       valid_text(n->journal.text, sizeof n->journal.text);
	case NOTE_GAP:
		return valid_time(n->gap.until) && (n->gap.missing == NOTE_UNKNOWN || valid_count(n->gap.missing)) &&
		       n->gap.counted <= 1 && valid_text(n->gap.cause, sizeof n->gap.cause);
	case NOTE_RULES:
		return (n->rules.counted == NOTE_UNKNOWN || valid_count(n->rules.counted)) &&
		       valid_count(n->rules.seen);
	case NOTE_REMEMBER:
		return valid_remember(&n->remember);
	case NOTE_COUNTERS:
		return n->counters.jump < 0 && n->counters.jump >= -VALID_COUNT_MOST;
	case NOTE_START:
		return (n->start.counted == NOTE_UNKNOWN || valid_count(n->start.counted)) && valid_time(n->start.made);
	default:
		return false;
	}
}
