/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `report` as text, the most urgent first: the worst host, the totals, whether the log is complete, the table, and the
 * evidence about the worst hosts. No line is wider than GRID_COLUMNS. */
#include "text.h"
#include "nfqd/report/changed.h"
#include "lib/base/mac.h"
#include "lib/output/addresses.h"

#include <string.h>

#define WORST 3 /* hosts that are explained below the table */
#define NAMED 4 /* zombies that the first line names */

/* "10.1.9.77 is a zombie", "10.1.9.77, 10.1.9.78 and 4 more hosts are zombies", and how certain that is. False if
 * there are none. */
static bool
name_zombies(const struct page *p, const struct report *r)
{
	char text[512] = "", addr[ADDR_TEXT], buf[TEXT_NUMBER + 32];
	uint64_t count = r->labels[LABEL_ZOMBIE], named = 0, sure = 0;

	for (size_t n = 0; n < r->host_count && count > 0; n++) {
		const struct host *h = &r->hosts[n];

		if (host_label_of(h) != LABEL_ZOMBIE)
			continue;
		sure += host_judgement(h)->certainty == CERTAINTY_CONFIRMED;
		if (named == NAMED || (named + 1 == NAMED && count > NAMED))
			continue;
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
		         named == 0           ? ""
		         : named + 1 == count ? " and "
		                              : ", ",
		         addr_print(&h->addr, addr));
		named++;
	}
	if (named < count)
		snprintf(text + strlen(text), sizeof text - strlen(text), " and %s",
		         text_count(count - named, "more host", buf));
	snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", count == 1 ? " is " : " are ",
	         sure == 0 ? "probably " : "");
	snprintf(text + strlen(text), sizeof text - strlen(text), count == 1 ? "a zombie" : "zombies");
	if (sure == 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), " (provisional)");
	else if (sure < count)
		snprintf(text + strlen(text), sizeof text - strlen(text), ", %s of them confirmed",
		         text_number(sure, buf));
	if (count > 0)
		page_say(p, PAINT_ALARM, 0, text);
	return count > 0;
}

/* "10.1.0.25 was unusually active: 12,400 openings in the hour from ..."; "10.1.0.25 and 2 more hosts were ...".
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
		snprintf(text, sizeof text, "%s and %s were unusually active", addr,
		         text_count(r->unusual - 1, "more host", buf));
	else
		snprintf(text, sizeof text, "%s was unusually active", addr);
	if (r->unusual == 1 && u->openings > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), ": %s in the hour from %s",
		         text_count(u->openings, "opening", buf), page_time(p, u->hour * HOUR, when));
	page_say(p, PAINT_ALARM, 0, text);
	return true;
}

/* The worst host, in one sentence. */
static void
headline(const struct page *p, const struct report *r)
{
	char text[512], addr[ADDR_TEXT], span[WHEN_TEXT], buf[TEXT_NUMBER + 32];
	const struct host *h = &r->hosts[0];
	const struct side_counts *s = host_counts(h);
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
		snprintf(text + strlen(text), sizeof text - strlen(text),
		         ": %s completed although the policy refuses %s", text_count(r->leaked, "connection", buf),
		         r->leaked == 1 ? "it" : "them");
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
	if (s->syns > 0 && s->attempts == 0) {
		snprintf(text, sizeof text, "%s is the worst: %s only counted", addr, text_count(s->syns, "SYN", buf));
		page_say(p, PAINT_STRONG, 0, text);
		return;
	}
	snprintf(text, sizeof text, "%s; %s is the busiest: %s",
	         page_has_gate(r) ? "Nothing was blocked" : "No gate in this log", addr,
	         text_count(s->attempts, "attempt", buf));
	page_say(p, PAINT_STRONG, 0, text);
}

/* Layouts of the table, the widest first. */
static const struct layout {
	size_t gap;         /* spaces between columns */
	size_t host, range; /* widths of the address and of the name of its range; 0: left out */
	const char *pad;    /* beside text, more */
	const char *peak;
} layouts[] = {
        {2, 17, 15, "", "PEAK/MIN"}, {2, 15, 12, "", "PEAK"}, {1, 15, 12, " ", "PEAK"}, {1, 15, 12, "", "PEAK"},
        {1, 15, 8, "", "PEAK"},      {1, 0, 8, "", "PEAK"},   {1, 0, 0, "", "PEAK"},
};

/* The optional columns of the table. */
struct shape {
	bool ranges, gate, syns;
};

static void
pad_cell(struct grid *t, const struct layout *layout, const char *text)
{
	char cell[128];

	snprintf(cell, sizeof cell, "%s%s", text, layout->pad);
	grid_cell(t, cell);
}

static void
host_line(const struct page *p, struct grid *t, const struct layout *layout, struct shape shape, const struct host *h)
{
	const struct side_counts *gate = &h->side[SIDE_GATE], *s = host_counts(h);
	char addr[ADDRESSES_TEXT], range[RANGE_TEXT], when[WHEN_TEXT], number[TEXT_NUMBER], buf[TEXT_NUMBER + 8];
	size_t addresses;
	bool wide, about = host_estimated(h);

	host_addresses(h, &addresses);
	addresses_print(&h->addr, addresses, addr);
	wide = strlen(addr) > layout->host;
	grid_line(t, wide ? addr : NULL, page_paint(h));
	pad_cell(t, layout, wide ? "" : addr);
	if (shape.ranges && layout->range > 0)
		pad_cell(t, layout, page_range(p, h, layout->range, range));
	pad_cell(t, layout, page_label(h));
	grid_cell(t, text_number_short(s->attempts, number));
	if (shape.syns)
		grid_cell(t, gate->rows > 0 ? text_number_short(gate->syns, number) : "-");
	if (shape.gate) {
		grid_cell(t, gate->rows > 0 ? text_number_short(gate->blocked, number) : "-");
		grid_cell(t, gate->rows > 0 ? text_number_short(gate->allowed, number) : "-");
	} else {
		grid_cell(t, text_number_short(s->established, number));
	}
	snprintf(buf, sizeof buf, "%s%s", about ? "~" : "", text_number_short(host_destinations(h), number));
	grid_cell(t, buf);
	snprintf(buf, sizeof buf, "%s%s", text_number_short(h->networks, number), about ? "+" : "");
	grid_cell(t, buf);
	grid_cell(t, text_number_short(s->peak, number));
	snprintf(buf, sizeof buf, "%s%s", layout->pad, page_short_time(p, h->last, false, when));
	grid_cell(t, buf);
}

static struct grid *
host_table(const struct page *p, const struct layout *layout, const struct report *r, size_t count)
{
	struct grid *t = grid_new(layout->gap);
	struct shape shape = {.gate = page_has_gate(r)};

	for (size_t n = 0; n < count; n++) {
		shape.ranges |= r->hosts[n].range != NULL;
		shape.syns |= r->hosts[n].side[SIDE_GATE].syns > 0;
	}
	grid_column(t, "HOST", false);
	if (shape.ranges && layout->range > 0)
		grid_column(t, "RANGE", false);
	grid_column(t, "LABEL", false);
	page_count_columns(t, shape.gate, shape.syns);
	grid_column(t, layout->peak, true);
	grid_column(t, layout->pad[0] != '\0' ? " LAST" : "LAST", false);
	for (size_t n = 0; n < count; n++)
		host_line(p, t, layout, shape, &r->hosts[n]);
	return t;
}

static void
print_hosts(const struct page *p, const struct report *r, size_t count)
{
	struct grid *t = NULL;

	for (size_t n = 0; n < sizeof layouts / sizeof *layouts; n++) {
		grid_free(t);
		t = host_table(p, &layouts[n], r, count);
		if (grid_width(t, p->style) <= GRID_COLUMNS)
			break;
	}
	grid_print(t, p->out, p->style);
	grid_free(t);
	if (count < report_shown(r)) {
		char buf[TEXT_NUMBER + 32];

		fprintf(p->out, "and %s: see --top\n", text_count(report_shown(r) - count, "more host", buf));
	}
}

static void
print_evidence(const struct page *p, const struct host *h)
{
	char addr[ADDR_TEXT], mac[MAC_TEXT];

	fputc('\n', p->out);
	paint_begin(p->out, PAINT_STRONG, p->style);
	fputs(addr_print(&h->addr, addr), p->out);
	paint_end(p->out, PAINT_STRONG, p->style);
	if (h->has_mac)
		fprintf(p->out, "  %s", mac_print(h->mac, mac));
	fputc('\n', p->out);
	page_why(p, h);
}

/* The evidence about the worst hosts: those that leak or were blocked, else the first host alone; and about listed
 * hosts with another card than before. */
static void
print_worst(const struct page *p, const struct report *r, size_t count)
{
	const struct card *before, *after;
	size_t n;

	for (n = 0; n < count && n < WORST; n++) {
		const struct host *h = &r->hosts[n];

		if (n > 0 && h->side[SIDE_WIRE].leaked == 0 && h->side[SIDE_GATE].blocked == 0 &&
		    h->side[SIDE_GATE].syns == 0 && host_label_of(h) != LABEL_ZOMBIE && !h->unusual)
			break;
		print_evidence(p, h);
	}
	for (size_t changed = 0; n < count && changed < WORST; n++)
		if (changed_card(&r->hosts[n], &before, &after)) {
			print_evidence(p, &r->hosts[n]);
			changed++;
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
	page_misfits(&p, r);
	if (r->host_count == 0)
		page_nothing(&p, r);
	if (count == 0)
		return;
	fputc('\n', p.out);
	print_hosts(&p, r, count);
	print_worst(&p, r, count);
}

const struct output out_text = {
        .top = 20, .report = text_report, .host = text_host, .by = text_breakdown, .plan = text_plan};
