/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated values (RFC 4180) with a header line; lines end with LF. A spreadsheet takes a cell that begins with
 * one of "=+-@" for a formula, so text from outside never begins with one (OWASP, CSV injection). The warning that the
 * log is not complete goes to standard error. */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/policy/event.h"
#include "lib/base/log.h"
#include "lib/output/companion.h"
#include "output.h"
#include "lib/base/mac.h"
#include "lib/base/text.h"
#include "lib/base/when.h"
#include "nfqd/report/reasons.h"

#define FORMULA "=+-@"

/* The line being written. */
struct line {
	FILE *out;
	bool local, begun;
};

/* Text that is escaped already. */
static void
cell(struct line *l, const char *text)
{
	bool quoted = strpbrk(text, ",\"") != NULL;

	fputs(l->begun ? "," : "", l->out);
	l->begun = true;
	fputs(quoted ? "\"" : "", l->out);
	for (; *text != '\0'; text++)
		fputs(*text == '"' ? "\"\"" : (char[2]){*text}, l->out);
	fputs(quoted ? "\"" : "", l->out);
}

static void
end(struct line *l)
{
	fputc('\n', l->out);
	l->begun = false;
}

/* Text from outside; NULL is an empty cell. */
static void
foreign_cell(struct line *l, const char *text)
{
	size_t size = text == NULL ? 2 : 4 * strlen(text) + 2;
	char *safe = malloc(size);

	if (safe == NULL)
		fatalx("out of memory");
	safe[0] = '\'';
	text_safe(text == NULL ? "" : text, true, safe + 1, size - 1);
	cell(l, safe[1] != '\0' && strchr(FORMULA, safe[1]) != NULL ? safe : safe + 1);
	free(safe);
}

static void
number_cell(struct line *l, uint64_t n)
{
	char buf[24];

	snprintf(buf, sizeof buf, "%" PRIu64, n);
	cell(l, buf);
}

/* Empty if that side has no rows. */
static void
side_cell(struct line *l, const struct side_counts *s, uint64_t n)
{
	if (s->rows > 0)
		number_cell(l, n);
	else
		cell(l, "");
}

static void
time_cell(struct line *l, int64_t when)
{
	char buf[WHEN_TEXT];

	cell(l, l->local ? when_print_local(when, buf) : when_print(when, true, buf));
}

static void
address_cell(struct line *l, const struct addr *a)
{
	char buf[ADDR_TEXT];

	cell(l, a->family == 0 ? "" : addr_print(a, buf));
}

static void
names(struct line *l, const char *const *name, size_t count)
{
	for (size_t n = 0; n < count; n++)
		cell(l, name[n]);
	end(l);
}

static void
reason_cell(struct line *l, const struct host *h)
{
	char text[REASONS_MAX * (REASONS_TEXT + 2)] = "";
	struct reasons why;

	reasons_of(h, &why);
	for (size_t n = 0; n < why.count; n++) {
		strcat(text, n > 0 ? "; " : "");
		strcat(text, why.text[n]);
	}
	cell(l, text);
}

/* The same sentences as in `nfqd host`: they escape text from outside and begin with words of ours. */
static void
companion_cell(struct line *l, const struct companion *c)
{
	char text[COMPANION_SENTENCE], all[16 * COMPANION_SENTENCE] = "";

	for (size_t n = 0; c != NULL && n < 16 && companion_sentence(c, n, true, text); n++) {
		strcat(all, n > 0 ? "; " : "");
		strncat(all, text, sizeof all - strlen(all) - 3);
	}
	cell(l, all);
}

static void
host_line(struct line *l, const struct host *h)
{
	const struct side_counts *s = host_counts(h), *gate = &h->side[SIDE_GATE], *wire = &h->side[SIDE_WIRE];
	const struct judgement *v = host_judgement(h);
	char mac[MAC_TEXT] = "", advice[REASONS_ADVICE];
	size_t addresses;

	if (h->has_mac)
		mac_print(h->mac, mac);
	address_cell(l, &h->addr);
	foreign_cell(l, h->range);
	cell(l, mac);
	cell(l, host_label(h));
	number_cell(l, s->attempts);
	number_cell(l, s->retransmits);
	number_cell(l, host_destinations(h));
	cell(l, host_estimated(h) ? "true" : "false");
	number_cell(l, h->networks);
	time_cell(l, h->first);
	time_cell(l, h->last);
	number_cell(l, s->peak);
	side_cell(l, gate, gate->blocked);
	side_cell(l, gate, gate->allowed);
	side_cell(l, wire, wire->established);
	side_cell(l, wire, wire->leaked);
	reason_cell(l, h);
	companion_cell(l, h->companion);
	cell(l, v != NULL && judge_certainty_name(v->certainty) != NULL ? judge_certainty_name(v->certainty) : "");
	cell(l, reasons_advice(h, advice) != NULL ? advice : "");
	side_cell(l, gate, gate->syns);
	host_addresses(h, &addresses);
	number_cell(l, addresses);
	end(l);
}

/* Attempts that are counted for no single host: a line without a host. */
static void
pool_line(struct line *l, const char *label, const struct pooled *p, size_t cells)
{
	if (p->syns == 0)
		return;
	cell(l, "");
	cell(l, "");
	cell(l, "");
	cell(l, label);
	number_cell(l, p->attempts);
	number_cell(l, p->syns > p->attempts ? p->syns - p->attempts : 0);
	for (size_t n = 6; n < cells; n++)
		cell(l, "");
	end(l);
}

static void
warn_missing(const struct report *r)
{
	char buf[TEXT_NUMBER + 32];
	bool unknown = r->more_gaps.unknown;

	if (r->complete)
		return;
	for (size_t n = 0; n < r->gap_count; n++)
		unknown |= !r->gaps[n].known;
	if (unknown && r->missing == 0)
		log_warnx("the log is not complete: an unknown number of attempts is missing, see `nfqd report`");
	else
		log_warnx("the log is not complete: at most %s missing%s, see `nfqd report`",
		          text_count(r->missing, "attempt", buf), unknown ? ", and an unknown number" : "");
}

static void
csv_report(const struct report *r, const struct output_style *style)
{
	static const char *const name[] = {"host",     "range",        "mac",          "label",
	                                   "attempts", "retransmits",  "destinations", "destinations_estimated",
	                                   "networks", "first",        "last",         "peak_per_minute",
	                                   "blocked",  "allowed",      "established",  "leaked",
	                                   "why",      "companions",   "certainty",    "advice",
	                                   "syns",     "address_count"};
	struct line l = {style->out, style->local, false};

	names(&l, name, sizeof name / sizeof *name);
	for (size_t n = 0; n < report_shown(r) && n < style->top; n++)
		host_line(&l, &r->hosts[n]);
	pool_line(&l, "outside-lan", &r->outside_lan, sizeof name / sizeof *name);
	pool_line(&l, "no-room", &r->no_room, sizeof name / sizeof *name);
	warn_missing(r);
}

/* Number of an autonomous system; empty if unknown. */
static void
system_cell(struct line *l, uint32_t as)
{
	if (as != 0)
		number_cell(l, as);
	else
		cell(l, "");
}

static void
reached_line(struct line *l, const struct reached *to, const struct geo *geo)
{
	address_cell(l, &to->destination);
	number_cell(l, to->destinations);
	number_cell(l, to->port);
	cell(l, to->decided ? verdict_name(to->verdict) : "");
	cell(l, to->decided ? reason_name(to->reason) : "");
	number_cell(l, to->attempts);
	number_cell(l, to->retransmits);
	time_cell(l, to->first);
	time_cell(l, to->last);
	if (to->seen) {
		number_cell(l, to->established);
		number_cell(l, to->leaked);
	} else {
		cell(l, "");
		cell(l, "");
	}
	if (geo_count(geo) > 0) {
		const struct geo_place place = geo_find(geo, &to->destination);

		cell(l, place.country);
		system_cell(l, place.as);
	}
	number_cell(l, to->syns);
	end(l);
}

static void
csv_host(const struct report *r, const struct detail *d, const struct output_style *style)
{
	static const char *const name[] = {"destination", "destinations", "port", "verdict",     "reason", "attempts",
	                                   "retransmits", "first",        "last", "established", "leaked"};
	struct line l = {style->out, style->local, false};

	for (size_t n = 0; n < sizeof name / sizeof *name; n++)
		cell(&l, name[n]);
	if (geo_count(r->geo) > 0) {
		cell(&l, "country");
		cell(&l, "as");
	}
	cell(&l, "syns");
	end(&l);
	for (size_t n = 0; n < d->reached_count && n < style->top; n++)
		reached_line(&l, &d->reached[n], r->geo);
	warn_missing(r);
}

static void
group_line(struct line *l, enum breakdown_kind by, const struct group *g, bool others)
{
	if (by == BREAKDOWN_COUNTRY) {
		cell(l, g->place.country);
	} else {
		system_cell(l, g->place.as);
		foreign_cell(l, g->place.name);
	}
	number_cell(l, g->hosts);
	number_cell(l, g->zombies);
	number_cell(l, g->attempts);
	number_cell(l, g->retransmits);
	number_cell(l, g->blocked);
	number_cell(l, g->allowed);
	number_cell(l, g->established);
	number_cell(l, g->leaked);
	number_cell(l, g->destinations);
	cell(l, others ? "true" : "false");
	if (others)
		cell(l, "");
	else
		number_cell(l, g->networks);
	number_cell(l, g->syns);
	end(l);
}

static void
csv_breakdown(const struct report *r, const struct breakdown *b, const struct output_style *style)
{
	static const char *const name[] = {"as",          "name",        "hosts",        "zombies",
	                                   "attempts",    "retransmits", "blocked",      "allowed",
	                                   "established", "leaked",      "destinations", "destinations_estimated",
	                                   "networks",    "syns"};
	static const size_t count = sizeof name / sizeof *name;
	struct line l = {style->out, style->local, false};

	if (b->kind == BREAKDOWN_COUNTRY)
		cell(&l, "country");
	names(&l, name + (b->kind == BREAKDOWN_COUNTRY ? 2 : 0), count - (b->kind == BREAKDOWN_COUNTRY ? 2 : 0));
	for (size_t n = 0; n < b->count && n < style->top; n++)
		group_line(&l, b->kind, &b->groups[n], false);
	if (b->others.hosts > 0)
		group_line(&l, b->kind, &b->others, true);
	warn_missing(r);
}

const struct output out_csv = {.top = SIZE_MAX, .report = csv_report, .host = csv_host, .by = csv_breakdown};
