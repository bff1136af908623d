/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `report --by` as text: a line per country or autonomous system. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MOST 25 /* width of the name of a system */

/* "US", "AS15169"; "-" if unknown. */
static const char *
group_print(enum breakdown_kind by, const struct group *g, char buf[GEO_TEXT])
{
	struct geo_place place = {.as = g->place.as};

	if (by == BREAKDOWN_COUNTRY)
		memcpy(place.country, g->place.country, sizeof place.country);
	return place.as == 0 && place.country[0] == '\0' ? "-" : geo_print(&place, buf);
}

static void
name_cell(const struct page *p, struct grid *t, const struct group *g)
{
	char safe[4 * GEO_NAME + 4];

	text_safe(g->place.name, p->style.utf8, safe, sizeof safe - 2);
	grid_cell(t, safe[0] != '\0' ? text_fit(safe, NAME_MOST, p->style.utf8) : "-");
}

static void
headline(const struct page *p, const struct report *r, const struct breakdown *b)
{
	const struct group *most = b->count > 0 ? &b->groups[0] : NULL;
	char text[160], place[GEO_TEXT], sum[TEXT_NUMBER], buf[TEXT_NUMBER + 32];

	if (most != NULL && most->place.as == 0 && most->place.country[0] == '\0')
		most = b->count > 1 ? most + 1 : NULL;
	if (r->host_count == 0) {
		page_say(p, PAINT_STRONG, 0, "Nothing was recorded.");
	} else if (r->zombies && report_shown(r) == 0) {
		page_say(p, PAINT_STRONG, 0, "No zombies.");
	} else if (most == NULL) {
		page_say(p, PAINT_STRONG, 0, "The files do not say where any destination is.");
	} else {
		snprintf(text, sizeof text, "%s comes first: %s of %s%s", group_print(b->kind, most, place),
		         text_number(most->attempts, sum), text_count(b->attempts, "attempt", buf),
		         r->zombies ? " of zombies" : "");
		page_say(p, PAINT_STRONG, 0, text);
	}
}

static void
group_line(const struct page *p, struct grid *t, enum breakdown_kind by, bool gate, const struct group *g)
{
	char buf[GEO_TEXT];

	grid_line(t, NULL, g->leaked > 0 || g->zombies > 0 ? PAINT_ALARM : PAINT_PLAIN);
	grid_cell(t, group_print(by, g, buf));
	if (by == BREAKDOWN_SYSTEM)
		name_cell(p, t, g);
	grid_cell(t, text_number_short(g->hosts, buf));
	grid_cell(t, text_number_short(g->attempts, buf));
	if (gate) {
		grid_cell(t, text_number_short(g->blocked, buf));
		grid_cell(t, text_number_short(g->allowed, buf));
	} else {
		grid_cell(t, text_number_short(g->established, buf));
	}
	grid_cell(t, text_number_short(g->destinations, buf));
	grid_cell(t, text_number_short(g->networks, buf));
}

static void
print_groups(const struct page *p, const struct breakdown *b, bool gate, size_t count)
{
	struct grid *t = grid_new(b->kind == BREAKDOWN_SYSTEM ? 1 : 2);
	char buf[TEXT_NUMBER];

	grid_column(t, b->kind == BREAKDOWN_SYSTEM ? "SYSTEM" : "COUNTRY", false);
	if (b->kind == BREAKDOWN_SYSTEM)
		grid_column(t, "NAME", false);
	grid_column(t, "HOSTS", true);
	page_count_columns(t, gate, false);
	for (size_t n = 0; n < count; n++)
		group_line(p, t, b->kind, gate, &b->groups[n]);
	grid_print(t, p->out, p->style);
	grid_free(t);
	if (count < b->count)
		fprintf(p->out, "and %s more: see --top\n", text_number(b->count - count, buf));
}

/* The sums that are not in a line of their own. */
static void
print_others(const struct page *p, const struct breakdown *b)
{
	char text[160], attempts[TEXT_NUMBER + 32], destinations[TEXT_NUMBER + 32];

	if (b->others.syns > 0) {
		snprintf(text, sizeof text, "%s only counted, to destinations that are not known",
		         text_count(b->others.syns, "SYN", attempts));
		page_say(p, PAINT_PLAIN, 0, text);
	}
	if (b->others.attempts + b->others.retransmits + b->others.established == 0)
		return;
	snprintf(text, sizeof text, "%s to about %s that %s not known by address",
	         text_count(b->others.attempts, "attempt", attempts),
	         text_count(b->others.destinations, "destination", destinations),
	         b->others.destinations == 1 ? "is" : "are");
	page_say(p, PAINT_PLAIN, 0, text);
}

void
text_breakdown(const struct report *r, const struct breakdown *b, const struct output_style *style)
{
	struct page p = {style->out, text_style(style->out), style->local, r->until};
	size_t count = b->count < style->top ? b->count : style->top;

	headline(&p, r, b);
	fputc('\n', p.out);
	page_period(&p, r);
	if (r->host_count > 0)
		page_totals(&p, r);
	page_complete(&p, r);
	page_misfits(&p, r);
	if (r->host_count == 0)
		page_nothing(&p, r);
	if (b->count == 0 && b->others.hosts == 0)
		return;
	fputc('\n', p.out);
	if (count > 0)
		print_groups(&p, b, page_has_gate(r), count);
	print_others(&p, b);
}
