/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "advice.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/policy/event.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"

static const char *const kinds[] = {"allow", "ask", "none"};
static_assert(sizeof kinds / sizeof *kinds == ADVICE_COUNT, "an advice without a name");

const char *
advice_name(enum advice_kind kind)
{
	return (unsigned)kind < ADVICE_COUNT ? kinds[kind] : "?";
}

bool
advice_takes(const struct config *c, const struct row *row, int64_t now, struct row *out)
{
	struct addr to = row->destination;

	*out = *row;
	if (row->side == SIDE_WIRE) {
		if (row->listed >= row->attempts || !(c != NULL ? config_enforces(c, row->port) : row->port == 25))
			return false;
		out->attempts -= row->listed;
		out->listed = 0;
	} else if ((!verdict_refuses(row->verdict) && row->verdict != VERDICT_AUDIT) || row->reason == REASON_DENY_TO ||
	           row->reason == REASON_UNREADABLE || row->reason == REASON_ANSWER) {
		return false;
	}
	if (c == NULL)
		return true;
	to.family = row->host.family; /* others: an address that matches no `to` */
	return row->reason == REASON_WRONG_MAC ||
	       policy_decide(c->policy, &row->host, &to, policy_right_card, now).reason != REASON_LISTED;
}

static bool
has_reason(const struct host *h, enum reason reason)
{
	for (size_t n = 0; n < h->part_count; n++)
		if (h->parts[n].side == SIDE_GATE && h->parts[n].reason == reason)
			return true;
	return false;
}

static size_t
hours_of(const struct detail *d)
{
	int64_t hour = -1;
	size_t count = 0;

	for (size_t n = 0; n < d->timeline_count; n++)
		if (when_floor(d->timeline[n].since, HOUR) != hour) {
			hour = when_floor(d->timeline[n].since, HOUR);
			count++;
		}
	return count;
}

/* The distinct destinations; false if there are more than ADVICE_FEW. */
static bool
few(const struct detail *d, struct advice *a)
{
	for (size_t n = 0; n < d->reached_count; n++) {
		const struct addr *to = &d->reached[n].destination;
		struct prefix p = prefix_of(to, to->family == 4 ? 32 : 64);
		size_t k = 0;

		while (k < a->to_count && prefix_cmp(&a->to[k], &p) != 0)
			k++;
		if (k < a->to_count)
			continue;
		if (to->family == 0 || a->to_count == ADVICE_FEW) {
			a->to_count = 0;
			return false;
		}
		a->to[a->to_count++] = p;
	}
	return a->to_count > 0;
}

struct advice
advice_on(const struct host *h, const struct detail *d)
{
	const struct side_counts *s = host_counts(h);
	struct advice a = {.kind = ADVICE_NONE, .hours = hours_of(d)};
	bool limited = few(d, &a), wire = h->side[SIDE_GATE].rows == 0;

	if (has_reason(h, REASON_BLOCKED)) {
		a.why = "A block line refuses it.";
	} else if (wire && s->established == 0) {
		a.why = "None of its connections was completed.";
	} else if (s->syns > 0) {
		a.why = "Faster than its openings can be told apart: inspect the host first.";
	} else if (s->peak > ADVICE_PACE) {
		a.why = "Faster than an honest sender: inspect the host first.";
	} else if (has_reason(h, REASON_EXPIRED) || has_reason(h, REASON_EARLY)) {
		a.kind = ADVICE_ASK;
		a.why = "An allow line for it has expired or is not yet in force. If it may open connections now:";
	} else if (limited && a.hours >= ADVICE_HOURS) {
		a.kind = ADVICE_ALLOW;
		a.why = "Few destinations over a long time.";
	} else if (limited) {
		a.kind = ADVICE_ASK;
		a.why = "Few destinations, but seen for a short time only. If you know why:";
	} else if (a.hours >= ADVICE_SERVER) {
		a.kind = ADVICE_ASK;
		a.why = "Many destinations at a moderate pace, like a mail server. If it is one:";
		a.note = "mail server";
	} else {
		a.why = "Many destinations in a short time: inspect the host first.";
	}
	if (a.kind == ADVICE_NONE)
		a.to_count = 0;
	return a;
}

bool
advice_line(const struct advice *a, const struct host *h, size_t n, size_t width, char line[ADVICE_LINE])
{
	char addr[ADDR_TEXT], to[PREFIX_TEXT];
	size_t at = 0, end;

	if (a->kind == ADVICE_NONE || (a->to_count == 0 && n > 0))
		return false;
	addr_print(&h->addr, addr);
	if (a->to_count == 0) {
		snprintf(line, ADVICE_LINE, "allow %s%s%s%s", addr, a->note != NULL ? "  note \"" : "",
		         a->note != NULL ? a->note : "", a->note != NULL ? "\"" : "");
		return true;
	}
	for (;; n--) {
		if (at == a->to_count)
			return false;
		snprintf(line, ADVICE_LINE, "allow %s to", addr);
		for (end = at; end < a->to_count; end++) {
			prefix_print(&a->to[end], to);
			if (end > at && strlen(line) + 1 + strlen(to) > width)
				break;
			snprintf(line + strlen(line), ADVICE_LINE - strlen(line), " %s", to);
		}
		if (n == 0)
			return true;
		at = end;
	}
}
