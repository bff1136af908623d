/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For a tired administrator: first who is to blame, then how much, then whether the log can be trusted; then the table,
 * and the evidence on the worst. Nothing is wider than TABLE_COLUMNS. */
#include "out_text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "why.h"

#define WORST 3 /* hosts that are explained below the table */
#define GAPS 5  /* losses that are named */
#define NAMED 4 /* zombies in the first line */
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
	text_wrap(p->out, text, indent, TABLE_COLUMNS, p->style.utf8);
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

void
page_complete(const struct page *p, const struct report *r)
{
	char text[512], cause[CAUSE_TEXT], since[WHEN_TEXT], until[WHEN_TEXT];
	char count[80], buf[TEXT_NUMBER + 32];
	size_t losses = 0;

	if (r->complete) {
		page_say(p, PAINT_GOOD, 0, "The log is complete.");
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
		snprintf(text, sizeof text, "%s%s between %s and %s: %s", count,
		         g->side == SIDE_WIRE ? " of the wire log" : "", page_time(p, g->since, since),
		         page_time(p, g->until, until), text_fit(cause, 160, p->style.utf8));
		page_say(p, PAINT_PLAIN, 2, text);
	}
	if (losses > GAPS)
		fprintf(p->out, "  and %s\n", text_count(losses - GAPS, "more gap", buf));
}

/* Behind the sentence that tells of the leak. */
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
	char advice[WHY_ADVICE], text[WHY_ADVICE + 16];
	struct why why;

	why_explain(h, &why);
	for (size_t n = 0; n < why.count; n++) {
		page_say(p, n == 0 && (h->side[SIDE_WIRE].leaked > 0 || h->unusual) ? PAINT_ALARM : PAINT_PLAIN, 2,
		         why.text[n]);
		if (n == 0)
			say_cause(p, h);
	}
	if (why_advice(h, advice) != NULL) {
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
	return h->side[SIDE_GATE].blocked > 0 ? PAINT_PLAIN : PAINT_FAINT;
}

const char *
page_range(const struct page *p, const struct host *h, size_t width, char buf[RANGE_TEXT])
{
	/* Four bytes a column, and room for the ellipsis. */
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

/* "10.1.9.77 is a zombie", "10.1.9.77, 10.1.9.78 and 4 more hosts are zombies"; and whether that is sure. False if
 * there are none. */
static bool
name_zombies(const struct page *p, const struct report *r)
{
	char text[512] = "", addr[ADDR_TEXT], buf[TEXT_NUMBER + 32];
	uint64_t count = r->labels[LABEL_ZOMBIE], told = 0, sure = 0;

	for (size_t n = 0; n < r->host_count && count > 0; n++) {
		const struct host *h = &r->hosts[n];

		if (host_label_of(h) != LABEL_ZOMBIE)
			continue;
		sure += host_judgement(h)->certainty == CERTAINTY_CONFIRMED;
		if (told == NAMED || (told + 1 == NAMED && count > NAMED))
			continue;
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
		         told == 0           ? ""
		         : told + 1 == count ? " and "
		                             : ", ",
		         addr_print(&h->addr, addr));
		told++;
	}
	if (told < count)
		snprintf(text + strlen(text), sizeof text - strlen(text), " and %s",
		         text_count(count - told, "more host", buf));
	snprintf(text + strlen(text), sizeof text - strlen(text), count == 1 ? " is a zombie" : " are zombies");
	if (sure == 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), ", as it seems so far");
	else if (sure < count)
		snprintf(text + strlen(text), sizeof text - strlen(text), ", %s of them for sure",
		         text_number(sure, buf));
	if (count > 0)
		page_say(p, PAINT_ALARM, 0, text);
	return count > 0;
}

/* "10.1.0.25 does what is not usual for it: 12,400 openings in the hour from ..."; "10.1.0.25 and 2 more hosts do".
 * False if there are none. */
static bool
name_unusual(const struct page *p, const struct report *r)
{
	char text[512], addr[ADDR_TEXT], when[WHEN_TEXT], buf[TEXT_NUMBER + 32];
	const struct host *h = r->hosts;
	const struct judge_unusual *u;

	if (r->unusual == 0 || r->zombies)
		return false;
	while (!h->unusual)
		h++;
	u = &h->judgement.unusual;
	addr_print(&h->addr, addr);
	if (r->unusual > 1)
		snprintf(text, sizeof text, "%s and %s did what is not usual for them", addr,
		         text_count(r->unusual - 1, "more host", buf));
	else
		snprintf(text, sizeof text, "%s did what is not usual for it", addr);
	if (r->unusual == 1 && u->openings > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), ": %s in the hour from %s",
		         text_count(u->openings, "opening", buf), page_time(p, u->hour * HOUR, when));
	page_say(p, PAINT_ALARM, 0, text);
	return true;
}

/* Who is to blame, in one sentence. */
static void
headline(const struct page *p, const struct report *r)
{
	char text[512], addr[ADDR_TEXT], span[WHEN_TEXT], buf[TEXT_NUMBER + 32];
	const struct host *h = &r->hosts[0];
	const struct sight *s = host_sight(h);
	size_t leaking;
	bool blamed;

	addr_print(&h->addr, addr);
	if (h->side[SIDE_WIRE].leaked > 0) {
		for (leaking = 1; leaking < r->host_count && r->hosts[leaking].side[SIDE_WIRE].leaked > 0;)
			leaking++;
		if (leaking == 1)
			snprintf(text, sizeof text, "%s gets through", addr);
		else
			snprintf(text, sizeof text, "%s and %s get through", addr,
			         text_count(leaking - 1, "more host", buf));
		snprintf(text + strlen(text), sizeof text - strlen(text), ": %s completed though the policy refuses %s",
		         text_count(r->leaked, "connection", buf), r->leaked == 1 ? "it" : "them");
		page_say(p, PAINT_ALARM, 0, text);
		name_zombies(p, r);
		name_unusual(p, r);
		return;
	}
	blamed = name_zombies(p, r);
	if (name_unusual(p, r) || blamed)
		return;
	if (s->blocked > 0) {
		snprintf(text, sizeof text, "%s is the worst: %s blocked", addr,
		         text_count(s->blocked, "attempt", buf));
		if (s->blocked > 1 && h->last > h->first)
			snprintf(text + strlen(text), sizeof text - strlen(text), " in %s",
			         span_print(h->last - h->first, span));
		page_say(p, PAINT_STRONG, 0, text);
		return;
	}
	snprintf(text, sizeof text, "%s; %s is the busiest: %s",
	         page_has_gate(r) ? "Nothing was blocked" : "No gate in this log", addr,
	         text_count(s->attempts, "attempt", buf));
	page_say(p, PAINT_STRONG, 0, text);
}

/* How many have which label, the worst first; nothing where nobody has one. */
static void
label_totals(const struct page *p, const struct report *r)
{
	const char *dot = p->style.utf8 ? " \xc2\xb7 " : ", ", *between = "";
	char buf[TEXT_NUMBER], text[JUDGE_PARAMETERS_TEXT], line[JUDGE_PARAMETERS_TEXT + 80];

	if (r->again) {
		snprintf(line, sizeof line, "Judged again, from the start of the databases, with: %s",
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
	label_totals(p, r);
	if (r->unjudged > 0)
		fprintf(p->out, "%s on the wire never judged by the gate\n", text_count(r->unjudged, "attempt", buf));
	if (r->outside_lan.syns > 0)
		fprintf(p->out, "not shown: %s on the wire from outside lan to outside lan\n",
		        text_count(r->outside_lan.attempts, "attempt", buf));
	if (r->no_room.syns > 0 || r->no_room.evicted > 0)
		fprintf(p->out, "not shown: %s on the wire of more hosts than pcapmon can tell apart\n",
		        text_count(r->no_room.attempts, "attempt", buf));
}

/* Ways to fit the table into TABLE_COLUMNS, the roomiest first. */
static const struct layout {
	size_t gap, host, range; /* spaces between columns; columns for the address and for the range's name */
	const char *pad;         /* beside text, more */
	const char *peak;
} layouts[] = {
        {2, 17, 15, "", "PEAK/MIN"}, {2, 15, 12, "", "PEAK"}, {1, 15, 12, " ", "PEAK"},
        {1, 15, 12, "", "PEAK"},     {1, 15, 8, "", "PEAK"},  {1, 0, 8, "", "PEAK"},
};

/* Which columns there are. */
struct shape {
	bool ranges, gate;
};

static void
pad_cell(struct table *t, const struct layout *layout, const char *text)
{
	char cell[128];

	snprintf(cell, sizeof cell, "%s%s", text, layout->pad);
	table_cell(t, cell);
}

static void
host_line(const struct page *p, struct table *t, const struct layout *layout, struct shape shape, const struct host *h)
{
	const struct sight *gate = &h->side[SIDE_GATE], *s = host_sight(h);
	char addr[ADDR_TEXT], range[RANGE_TEXT], when[WHEN_TEXT], number[TEXT_NUMBER], buf[TEXT_NUMBER + 8];
	bool wide, about = host_estimated(h);

	addr_print(&h->addr, addr);
	wide = strlen(addr) > layout->host;
	table_line(t, wide ? addr : NULL, page_paint(h));
	pad_cell(t, layout, wide ? "" : addr);
	if (shape.ranges)
		pad_cell(t, layout, page_range(p, h, layout->range, range));
	pad_cell(t, layout, page_label(h));
	table_cell(t, text_number_short(s->attempts, number));
	if (shape.gate) {
		table_cell(t, gate->rows > 0 ? text_number_short(gate->blocked, number) : "-");
		table_cell(t, gate->rows > 0 ? text_number_short(gate->allowed, number) : "-");
	} else {
		table_cell(t, text_number_short(s->established, number));
	}
	snprintf(buf, sizeof buf, "%s%s", about ? "~" : "", text_number_short(host_destinations(h), number));
	table_cell(t, buf);
	snprintf(buf, sizeof buf, "%s%s", text_number_short(h->networks, number), about ? "+" : "");
	table_cell(t, buf);
	table_cell(t, text_number_short(s->peak, number));
	snprintf(buf, sizeof buf, "%s%s", layout->pad, page_short_time(p, h->last, false, when));
	table_cell(t, buf);
}

static struct table *
host_table(const struct page *p, const struct layout *layout, const struct report *r, size_t count)
{
	struct table *t = table_new(layout->gap);
	struct shape shape = {.gate = page_has_gate(r)};

	for (size_t n = 0; n < count; n++)
		shape.ranges |= r->hosts[n].range != NULL;
	table_column(t, "HOST", false);
	if (shape.ranges)
		table_column(t, "RANGE", false);
	table_column(t, "LABEL", false);
	table_column(t, "ATTEMPTS", true);
	if (shape.gate) {
		table_column(t, "BLOCKED", true);
		table_column(t, "ALLOWED", true);
	} else {
		table_column(t, "ESTABLISHED", true);
	}
	table_column(t, "DESTS", true);
	table_column(t, "NETS", true);
	table_column(t, layout->peak, true);
	table_column(t, layout->pad[0] != '\0' ? " LAST" : "LAST", false);
	for (size_t n = 0; n < count; n++)
		host_line(p, t, layout, shape, &r->hosts[n]);
	return t;
}

static void
print_hosts(const struct page *p, const struct report *r, size_t count)
{
	struct table *t = NULL;

	for (size_t n = 0; n < sizeof layouts / sizeof *layouts; n++) {
		table_free(t);
		t = host_table(p, &layouts[n], r, count);
		if (table_width(t, p->style) <= TABLE_COLUMNS)
			break;
	}
	table_print(t, p->out, p->style);
	table_free(t);
	if (count < report_shown(r)) {
		char buf[TEXT_NUMBER + 32];

		fprintf(p->out, "and %s: see --top\n", text_count(report_shown(r) - count, "more host", buf));
	}
}

/* The evidence on the worst: those who leak or were blocked, or else the first alone. */
static void
print_worst(const struct page *p, const struct report *r, size_t count)
{
	char addr[ADDR_TEXT], mac[TEXT_MAC];

	for (size_t n = 0; n < count && n < WORST; n++) {
		const struct host *h = &r->hosts[n];

		if (n > 0 && h->side[SIDE_WIRE].leaked == 0 && h->side[SIDE_GATE].blocked == 0 &&
		    host_label_of(h) != LABEL_ZOMBIE && !h->unusual)
			break;
		fputc('\n', p->out);
		paint_begin(p->out, PAINT_STRONG, p->style);
		fputs(addr_print(&h->addr, addr), p->out);
		paint_end(p->out, PAINT_STRONG, p->style);
		if (h->has_mac)
			fprintf(p->out, "  %s", text_mac(h->mac, mac));
		fputc('\n', p->out);
		page_why(p, h);
	}
}

static void
text_report(const struct report *r, const struct output_style *style)
{
	struct page p = {style->out, text_style(style->out), style->local, r->until};
	size_t count = report_shown(r) < style->top ? report_shown(r) : style->top;

	if (r->host_count == 0)
		page_say(&p, PAINT_STRONG, 0, "Nothing was recorded.");
	else if (r->zombies && report_shown(r) == 0)
		page_say(&p, PAINT_STRONG, 0, "No zombies.");
	else
		headline(&p, r);
	fputc('\n', p.out);
	page_period(&p, r);
	if (r->host_count > 0)
		page_totals(&p, r);
	page_complete(&p, r);
	if (count == 0)
		return;
	fputc('\n', p.out);
	print_hosts(&p, r, count);
	print_worst(&p, r, count);
}

const struct output out_text = {.top = 20, .report = text_report, .host = text_host, .by = text_by, .plan = text_plan};
