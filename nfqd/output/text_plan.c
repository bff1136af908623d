/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `plan` as text: the hosts that would be cut off, then lines for the configuration with comments. */
#include <stdlib.h>
#include <string.h>

#include "nfqd/report/advice.h"
#include "text.h"

#define TOP 5 /* destinations that are listed */

static void
plan_headline(const struct page *p, const struct report *r)
{
	char text[256], buf[TEXT_NUMBER + 32];

	if (r->host_count == 0) {
		page_say(p, PAINT_STRONG, 0, "No host would be cut off.");
		return;
	}
	snprintf(text, sizeof text, "%s would be cut off", text_count(r->host_count, "host", buf));
	snprintf(text + strlen(text), sizeof text - strlen(text), ": %s", text_count(r->attempts, "attempt", buf));
	if (r->blocked > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), ", %s of them refused already",
		         r->blocked == r->attempts ? "all" : text_number(r->blocked, buf));
	if (r->syns > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), "; %s only counted",
		         text_count(r->syns, "SYN", buf));
	page_say(p, PAINT_STRONG, 0, text);
}

/* The layout of the table. */
struct layout {
	size_t gap, host; /* columns between cells; width of an address, a longer one gets a line of its own */
	bool ranges;      /* with their column */
	bool syns;        /* with their column */
};

static void
plan_host(const struct page *p, struct grid *t, const struct layout *layout, const struct host *h,
          const struct advice *a)
{
	const struct side_counts *s = host_counts(h);
	char addr[ADDR_TEXT], range[RANGE_TEXT], number[TEXT_NUMBER], buf[TEXT_NUMBER + 8], when[WHEN_TEXT];
	bool wide;

	addr_print(&h->addr, addr);
	wide = strlen(addr) > layout->host;
	grid_line(t, wide ? addr : NULL, PAINT_PLAIN);
	grid_cell(t, wide ? "" : addr);
	if (layout->ranges)
		grid_cell(t, page_range(p, h, 12, range));
	grid_cell(t, text_number_short(s->attempts, number));
	if (layout->syns)
		grid_cell(t, text_number_short(s->syns, number));
	grid_cell(t, text_number_short(s->blocked, number));
	snprintf(buf, sizeof buf, "%s%s", host_estimated(h) ? "~" : "",
	         text_number_short(host_destinations(h), number));
	grid_cell(t, buf);
	grid_cell(t, text_number_short(s->peak, number));
	grid_cell(t, text_number_short(a->hours, number));
	grid_cell(t, page_short_time(p, h->first, false, when));
	grid_cell(t, page_short_time(p, h->last, false, when));
	grid_cell(t, advice_name(a->kind));
}

static void
plan_table(const struct page *p, const struct report *r, const struct advice *advice, size_t count)
{
	struct layout layouts[] = {
	        {2, 15, false, r->syns > 0}, {1, 15, false, r->syns > 0}, {1, 0, false, r->syns > 0}};
	struct grid *t = NULL;
	bool ranges = false;
	char buf[TEXT_NUMBER + 32];

	for (size_t n = 0; n < count; n++)
		ranges |= r->hosts[n].range != NULL;
	for (size_t k = 0; k < sizeof layouts / sizeof *layouts; k++) {
		layouts[k].ranges = ranges;
		grid_free(t);
		t = grid_new(layouts[k].gap);
		grid_column(t, "HOST", false);
		if (ranges)
			grid_column(t, "RANGE", false);
		grid_column(t, "ATTEMPTS", true);
		if (layouts[k].syns)
			grid_column(t, "SYNS", true);
		grid_column(t, "REFUSED", true);
		grid_column(t, "DESTS", true);
		grid_column(t, "PEAK", true);
		grid_column(t, "HOURS", true);
		grid_column(t, "FIRST", false);
		grid_column(t, "LAST", false);
		grid_column(t, "ALLOW?", false);
		for (size_t n = 0; n < count; n++)
			plan_host(p, t, &layouts[k], &r->hosts[n], &advice[n]);
		if (grid_width(t, p->style) <= GRID_COLUMNS)
			break;
	}
	fputc('\n', p->out);
	grid_print(t, p->out, p->style);
	grid_free(t);
	if (count < r->host_count)
		fprintf(p->out, "and %s: see --top\n", text_count(r->host_count - count, "more host", buf));
}

/* Escaped text as comment lines of a configuration. */
static void
comment(const struct page *p, const char *text)
{
	char *wrapped = NULL;
	size_t size;
	FILE *out = open_memstream(&wrapped, &size);

	if (out == NULL)
		return;
	text_wrap(out, text, 0, GRID_COLUMNS - 2, p->style.utf8);
	if (fclose(out) == 0)
		for (const char *line = wrapped; *line != '\0'; line += strcspn(line, "\n") + 1)
			fprintf(p->out, "# %.*s\n", (int)strcspn(line, "\n"), line);
	free(wrapped);
}

static void
plan_where(const struct page *p, const struct host *h, const struct detail *d)
{
	char text[TOP * (ADDR_TEXT + 48) + 64] = "to ", addr[ADDR_TEXT], buf[TEXT_NUMBER + 32];
	uint64_t all = host_destinations(h), named = 0;

	for (size_t n = 0; n < d->reached_count && named < TOP; n++) {
		const struct reached *x = &d->reached[n];

		if (x->destination.family == 0)
			continue;
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", named > 0 ? ", " : "",
		         addr_print(&x->destination, addr));
		if (x->port != 25)
			snprintf(text + strlen(text), sizeof text - strlen(text), " port %u", x->port);
		snprintf(text + strlen(text), sizeof text - strlen(text), " (%s)", text_number(x->attempts, buf));
		named++;
	}
	if (all == 0)
		return;
	if (all > named)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s", named > 0 ? " and " : "",
		         host_estimated(h) ? "about " : "",
		         text_count(all - named, named > 0 ? "other" : "destination", buf));
	comment(p, text);
}

static void
plan_advice(const struct page *p, const struct host *h, const struct detail *d, const struct advice *a)
{
	const struct side_counts *s = host_counts(h);
	char text[512], addr[ADDR_TEXT], span[WHEN_TEXT], line[ADVICE_LINE], buf[TEXT_NUMBER + 32];

	snprintf(text, sizeof text, "%s: %s", addr_print(&h->addr, addr), text_count(s->attempts, "attempt", buf));
	if (host_destinations(h) > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), " to %s%s", host_estimated(h) ? "about " : "",
		         text_count(host_destinations(h), "destination", buf));
	if (s->syns > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), "; %s only counted",
		         text_count(s->syns, "SYN", buf));
	if (h->last > h->first)
		snprintf(text + strlen(text), sizeof text - strlen(text), " in %s",
		         span_print(h->last - h->first, span));
	fputc('\n', p->out);
	comment(p, text);
	plan_where(p, h, d);
	comment(p, a->why);
	for (size_t n = 0; advice_line(a, h, n, a->kind == ADVICE_ASK ? GRID_COLUMNS - 2 : GRID_COLUMNS, line); n++) {
		paint_begin(p->out, a->kind == ADVICE_ALLOW ? PAINT_GOOD : PAINT_WARN, p->style);
		fprintf(p->out, "%s%s", a->kind == ADVICE_ASK ? "# " : "", line);
		paint_end(p->out, a->kind == ADVICE_ALLOW ? PAINT_GOOD : PAINT_WARN, p->style);
		fputc('\n', p->out);
	}
}

void
text_plan(const struct report *r, const struct detail *details, size_t count, const struct output_style *style)
{
	struct page p = {style->out, text_style(style->out), style->local, r->until};
	struct advice *advice = calloc(count + 1, sizeof *advice);

	plan_headline(&p, r);
	fputc('\n', p.out);
	page_period(&p, r);
	page_complete(&p, r);
	page_misfits(&p, r);
	for (size_t n = 0; advice != NULL && n < count; n++)
		advice[n] = advice_on(&r->hosts[n], &details[n]);
	if (advice != NULL && count > 0) {
		plan_table(&p, r, advice, count);
		fputc('\n', p.out);
		page_say(&p, PAINT_PLAIN, 0, "Lines for the configuration, see nfqd.conf(5):");
		for (size_t n = 0; n < count; n++)
			plan_advice(&p, &r->hosts[n], &details[n], &advice[n]);
	}
	free(advice);
}
