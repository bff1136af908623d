/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "page.h"

#include "lib/output/addresses.h"

#include <string.h>
#include <time.h>

#include "nfqd/report/reasons.h"

#define GAPS 5 /* losses that are listed */
#define CAUSE_TEXT 256

const char *
page_time(const struct page *p, int64_t when, char buf[WHEN_TEXT])
{
	return p->local ? when_print_local(when, buf) : when_print(when, false, buf);
}

const char *
page_short_time(const struct page *p, int64_t when, bool seconds, char buf[WHEN_TEXT])
{
	time_t t = (time_t)(when / SECOND);
	int64_t age = p->until - when;
	struct tm tm;
	const char *format = age < DAY && age >= -DAY     ? (seconds ? "%H:%M:%S" : "%H:%M")
	                     : age < 300 * DAY && age > 0 ? (seconds ? "%b %e %H:%M" : "%b %e")
	                                                  : "%Y-%m-%d";

	if (p->local)
		localtime_r(&t, &tm);
	else
		gmtime_r(&t, &tm);
	strftime(buf, WHEN_TEXT, format, &tm);
	return buf;
}

void
page_say(const struct page *p, enum paint paint, size_t indent, const char *text)
{
	paint_begin(p->out, paint, p->style);
	text_wrap(p->out, text, indent, GRID_COLUMNS, p->style.utf8);
	paint_end(p->out, paint, p->style);
}

void
page_period(const struct page *p, const struct report *r)
{
	char since[WHEN_TEXT], until[WHEN_TEXT];

	if (r->since == 0)
		fprintf(p->out, "Everything until %s\n", page_time(p, r->until, until));
	else
		fprintf(p->out, "%s to %s\n", page_time(p, r->since, since), page_time(p, r->until, until));
}

#define SPAN_TEXT (2 * WHEN_TEXT + 16)

/* "between BEGIN and END"; "at BEGIN" if they read the same. */
static const char *
print_span(const struct page *p, const struct gap *g, char out[SPAN_TEXT])
{
	char since[WHEN_TEXT], until[WHEN_TEXT];

	page_time(p, g->since, since);
	page_time(p, g->until, until);
	if (strcmp(since, until) == 0)
		snprintf(out, SPAN_TEXT, "at %s", since);
	else
		snprintf(out, SPAN_TEXT, "between %s and %s", since, until);
	return out;
}

/* A log that begins within the period. True: there is one. */
static bool
say_began(const struct page *p, const struct report *r)
{
	char at[WHEN_TEXT], text[WHEN_TEXT + 80];
	bool begins = false;

	for (int side = 0; side < SIDE_COUNT; side++) {
		if (r->began[side] == 0 || r->began[side] >= r->until)
			continue;
		begins = true;
		snprintf(text, sizeof text, "The %slog begins at %s; what was before is not recorded.",
		         side == SIDE_WIRE ? "wire " : "", page_time(p, r->began[side], at));
		page_say(p, PAINT_WARN, 0, text);
	}
	return begins;
}

void
page_complete(const struct page *p, const struct report *r)
{
	char text[512], cause[CAUSE_TEXT], span[SPAN_TEXT];
	char count[80], buf[TEXT_NUMBER + 32];
	size_t losses = 0;
	bool begins = say_began(p, r);

	if (r->complete) {
		page_say(p, PAINT_GOOD, 0, begins ? "From then on the log is complete." : "The log is complete.");
		return;
	}
	page_say(p, PAINT_WARN, 0, "The log is not complete. Missing:");
	for (size_t n = 0; n < r->gap_count; n++) {
		const struct gap *g = &r->gaps[n];

		if ((g->known && g->missing == 0) || ++losses > GAPS)
			continue;
		text_safe(g->cause != NULL ? g->cause : "", p->style.utf8, cause, sizeof cause - 2);
		if (g->known)
			snprintf(count, sizeof count, "at most %s", text_count(g->missing, "attempt", buf));
		else
			snprintf(count, sizeof count, "an unknown number of attempts");
		snprintf(text, sizeof text, "%s%s %s: %s", count, g->side == SIDE_WIRE ? " of the wire log" : "",
		         print_span(p, g, span), text_fit(cause, 160, p->style.utf8));
		page_say(p, PAINT_PLAIN, 2, text);
	}
	losses += r->more_gaps.losses;
	if (losses > GAPS)
		fprintf(p->out, "  and %s\n", text_count(losses - GAPS, "more gap", buf));
}

/* Printed after the sentence about the leak. */
static void
say_cause(const struct page *p, const struct host *h)
{
	char cause[CAUSE_TEXT], text[CAUSE_TEXT + 16];

	if (h->side[SIDE_WIRE].leaked == 0 || h->leak_cause == NULL)
		return;
	text_safe(h->leak_cause, p->style.utf8, cause, sizeof cause - 2);
	snprintf(text, sizeof text, "likely cause: %s", cause);
	page_say(p, PAINT_PLAIN, 2, text);
}

void
page_why(const struct page *p, const struct host *h)
{
	char advice[REASONS_ADVICE], text[REASONS_ADVICE + 16], several[ADDRESSES_SENTENCE];
	struct reasons why;
	size_t count;
	const struct addr *addresses = host_addresses(h, &count);

	if (addresses_sentence(addresses, count, h->who.kind == JUDGE_MAC, several))
		page_say(p, PAINT_PLAIN, 2, several);
	reasons_of(h, &why);
	for (size_t n = 0; n < why.count; n++) {
		page_say(p, n == 0 && (h->side[SIDE_WIRE].leaked > 0 || h->unusual) ? PAINT_ALARM : PAINT_PLAIN, 2,
		         why.text[n]);
		if (n == 0)
			say_cause(p, h);
	}
	if (reasons_advice(h, advice) != NULL) {
		snprintf(text, sizeof text, "what to do: %s", advice);
		page_say(p, PAINT_STRONG, 2, text);
	}
}

const char *
page_label(const struct host *h)
{
	const struct judgement *v = host_judgement(h);

	if (h->side[SIDE_WIRE].leaked > 0)
		return "leaking";
	if (h->unusual && host_label_of(h) == LABEL_LISTED)
		return "listed!";
	return v != NULL && v->label == LABEL_ZOMBIE && v->certainty != CERTAINTY_CONFIRMED ? "zombie?" : host_label(h);
}

enum paint
page_paint(const struct host *h)
{
	if (h->side[SIDE_WIRE].leaked > 0 || host_label_of(h) == LABEL_ZOMBIE || h->unusual)
		return PAINT_ALARM;
	return h->side[SIDE_GATE].blocked + h->side[SIDE_GATE].syns > 0 ? PAINT_PLAIN : PAINT_FAINT;
}

const char *
page_range(const struct page *p, const struct host *h, size_t width, char buf[RANGE_TEXT])
{
	/* Four bytes per column, and the ellipsis. */
	if (width > RANGE_TEXT / 4 - 1)
		width = RANGE_TEXT / 4 - 1;
	if (h->range == NULL)
		return memcpy(buf, "-", 2);
	text_safe(h->range, p->style.utf8, buf, RANGE_TEXT - 2);
	return text_fit(buf, width, p->style.utf8);
}

bool
page_has_gate(const struct report *r)
{
	for (size_t n = 0; n < r->host_count; n++)
		if (r->hosts[n].side[SIDE_GATE].rows > 0)
			return true;
	return false;
}

/* Number of hosts per label, the worst first; no line if all are unknown or listed. */
static void
label_totals(const struct page *p, const struct report *r)
{
	const char *dot = p->style.utf8 ? " \xc2\xb7 " : ", ", *between = "";
	char buf[TEXT_NUMBER], text[JUDGE_PARAMETERS_TEXT], line[JUDGE_PARAMETERS_TEXT + 80];

	if (r->again) {
		snprintf(line, sizeof line, "Labelled again, from the start of the databases, with: %s",
		         judge_parameters_print(&r->parameters, text));
		page_say(p, PAINT_PLAIN, 0, line);
	}
	if (r->labels[LABEL_UNKNOWN] + r->labels[LABEL_LISTED] == r->host_count)
		return;
	for (unsigned n = LABEL_COUNT; n-- > 0;)
		if (r->labels[n] > 0) {
			fprintf(p->out, "%s%s %s", between, text_number(r->labels[n], buf),
			        judge_label_name((enum judge_label)n));
			between = dot;
		}
	fputc('\n', p->out);
}

void
page_totals(const struct page *p, const struct report *r)
{
	const char *dot = p->style.utf8 ? " \xc2\xb7 " : ", ";
	char buf[TEXT_NUMBER + 32];

	fprintf(p->out, "%s%s", text_count(r->host_count, "host", buf), dot);
	fputs(text_count(r->attempts, "attempt", buf), p->out);
	if (page_has_gate(r)) {
		fprintf(p->out, "%s%s blocked", dot, text_number(r->blocked, buf));
		fprintf(p->out, "%s%s allowed", dot, text_number(r->allowed, buf));
	}
	if (r->leaked > 0)
		fprintf(p->out, "%s%s leaked", dot, text_number(r->leaked, buf));
	fputc('\n', p->out);
	if (r->syns > 0)
		fprintf(p->out, "%s only counted\n", text_count(r->syns, "SYN", buf));
	label_totals(p, r);
	if (r->unjudged > 0)
		fprintf(p->out, "%s on the wire missing from the gate's log\n",
		        text_count(r->unjudged, "attempt", buf));
	if (r->outside_lan.syns > 0)
		fprintf(p->out, "not shown: %s on the wire from outside lan to outside lan\n",
		        text_count(r->outside_lan.attempts, "attempt", buf));
	if (r->no_room.syns > 0 || r->no_room.evicted > 0)
		fprintf(p->out, "not shown: %s on the wire by hosts beyond pcapmon's limit\n",
		        text_count(r->no_room.attempts, "attempt", buf));
}

void
page_count_columns(struct grid *t, bool gate, bool syns)
{
	grid_column(t, "ATTEMPTS", true);
	if (syns)
		grid_column(t, "SYNS", true);
	if (gate) {
		grid_column(t, "BLOCKED", true);
		grid_column(t, "ALLOWED", true);
	} else {
		grid_column(t, "ESTABLISHED", true);
	}
	grid_column(t, "DESTS", true);
	grid_column(t, "NETS", true);
}
