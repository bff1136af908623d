/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `host` as text: label, devices, verdicts, timeline, destinations. */
#include <string.h>

#include "lib/base/mac.h"
#include "lib/policy/event.h"
#include "text.h"
#include "lib/output/companion.h"

#define TIMELINE_LINES 30
#define BAR 24 /* width, at most: the rest of the line after a time with an offset */

/* The usual hour of a listed host, or what is still missing to know it. */
static void
say_usual(const struct page *p, const struct host *h)
{
	const struct judge_level *l = &h->judgement.usual;
	char text[256], a[TEXT_NUMBER + 32], b[TEXT_NUMBER + 32], c[TEXT_NUMBER], d[TEXT_NUMBER];
	char e[TEXT_NUMBER + 32], f[TEXT_NUMBER + 32];

	if (host_label_of(h) != LABEL_LISTED || !h->judged || h->judgement.allowed == 0)
		return;
	if (l->enough)
		snprintf(text, sizeof text, "usual hour: %s to %s, at most %s to %s (%s with openings, on %s)",
		         text_count(l->openings, "opening", a), text_count(l->networks, "network", b),
		         text_number(l->most_openings, c), text_number(l->most_networks, d),
		         text_count(l->hours, "hour", e), text_count(l->days, "day", f));
	else
		snprintf(text, sizeof text,
		         "listed for too short a time to know its usual hour: %s with openings on %s before "
		         "yesterday, %d on %d are required",
		         text_count(l->hours, "hour", a), text_count(l->days, "day", b), JUDGE_USUAL_HOURS,
		         JUDGE_USUAL_LEARN);
	page_say(p, PAINT_PLAIN, 2, text);
}

static void
heading(const struct page *p, const struct host *h)
{
	const char *dot = p->style.utf8 ? " \xc2\xb7 " : ", ";
	const struct judgement *v = host_judgement(h);
	char addr[ADDR_TEXT], range[RANGE_TEXT], buf[WHEN_TEXT];

	paint_begin(p->out, PAINT_STRONG, p->style);
	fputs(addr_print(&h->addr, addr), p->out);
	paint_end(p->out, PAINT_STRONG, p->style);
	fprintf(p->out, "%s%s", dot, page_label(h));
	if (v != NULL && v->label != LABEL_UNKNOWN && h->side[SIDE_WIRE].leaked > 0)
		fprintf(p->out, "%s%s", dot, judge_label_name(v->label));
	if (v != NULL && judge_certainty_name(v->certainty) != NULL)
		fprintf(p->out, "%s%s", dot, judge_certainty_name(v->certainty));
	if (h->range != NULL)
		fprintf(p->out, "%s%s", dot, page_range(p, h, RANGE_TEXT, range));
	fputc('\n', p->out);
	page_why(p, h);
	say_usual(p, h);
	fprintf(p->out, "\nfirst  %s\n", page_time(p, h->first, buf));
	fprintf(p->out, "last   %s\n", page_time(p, h->last, buf));
}

static void
print_devices(const struct page *p, const struct detail *d)
{
	struct grid *t;
	char buf[WHEN_TEXT], mac[MAC_TEXT];

	if (d->device_count == 0)
		return;
	t = grid_new(2);
	grid_column(t, "DEVICE", false);
	grid_column(t, "FIRST", false);
	grid_column(t, "LAST", false);
	for (size_t n = 0; n < d->device_count; n++) {
		grid_line(t, NULL, PAINT_PLAIN);
		grid_cell(t, mac_print(d->devices[n].mac, mac));
		grid_cell(t, page_time(p, d->devices[n].first, buf));
		grid_cell(t, page_time(p, d->devices[n].last, buf));
	}
	fputc('\n', p->out);
	grid_print(t, p->out, p->style);
	grid_free(t);
}

static void
print_parts(const struct page *p, const struct host *h)
{
	bool syns = h->side[SIDE_GATE].syns > 0;
	struct grid *t = grid_new(syns ? 1 : 2);
	char buf[TEXT_NUMBER];

	grid_column(t, "PORT", true);
	grid_column(t, "SEEN BY", false);
	grid_column(t, "VERDICT", false);
	grid_column(t, "REASON", false);
	grid_column(t, "ATTEMPTS", true);
	grid_column(t, "RESENT", true);
	if (syns)
		grid_column(t, "SYNS", true);
	grid_column(t, "ESTABLISHED", true);
	grid_column(t, "LEAKED", true);
	for (size_t n = 0; n < h->part_count; n++) {
		const struct part *part = &h->parts[n];
		bool gate = part->side == SIDE_GATE;

		grid_line(t, NULL, part->leaked > 0 ? PAINT_ALARM : PAINT_PLAIN);
		snprintf(buf, sizeof buf, "%u", part->port);
		grid_cell(t, part->port == 0 && part->syns > 0 ? "any" : buf);
		grid_cell(t, gate ? "gate" : "wire");
		grid_cell(t, gate ? verdict_name(part->verdict) : "-");
		grid_cell(t, gate ? reason_name(part->reason) : "-");
		grid_cell(t, text_number_short(part->attempts, buf));
		grid_cell(t, text_number_short(part->retransmits, buf));
		if (syns)
			grid_cell(t, gate ? text_number_short(part->syns, buf) : "-");
		grid_cell(t, gate ? "-" : text_number_short(part->established, buf));
		grid_cell(t, gate ? "-" : text_number_short(part->leaked, buf));
	}
	fputc('\n', p->out);
	grid_print(t, p->out, p->style);
	grid_free(t);
}

/* A bar of length n / most: whole columns in ASCII, eighths in UTF-8. Not empty unless n is 0. */
static const char *
bar(const struct page *p, uint64_t n, uint64_t most, char buf[BAR * 3 + 4])
{
	uint64_t eighths = most > 0 ? (uint64_t)((double)n / (double)most * BAR * 8 + 0.5) : 0;
	char *end = buf;

	if (n > 0 && eighths == 0)
		eighths = 1;
	if (!p->style.utf8) {
		size_t columns = (size_t)(eighths + 7) / 8;

		memset(buf, '#', columns);
		buf[columns] = '\0';
		return buf;
	}
	for (; eighths >= 8; eighths -= 8, end += 3)
		memcpy(end, "\xe2\x96\x88", 3);
	*end = '\0';
	if (eighths > 0) { /* U+2588 is the full block, U+258F one eighth */
		memcpy(end, "\xe2\x96\x88", 4);
		end[2] = (char)(0x90 - eighths);
	}
	return buf;
}

static void
print_timeline(const struct page *p, const struct detail *d, enum side side, bool gate)
{
	size_t first = d->timeline_count > TIMELINE_LINES ? d->timeline_count - TIMELINE_LINES : 0;
	struct grid *t = grid_new(2);
	uint64_t most = 0;
	bool syns = false;
	char when[WHEN_TEXT], number[TEXT_NUMBER], columns[BAR * 3 + 4];

	for (size_t n = first; n < d->timeline_count; n++) {
		if (most < d->timeline[n].attempts[side])
			most = d->timeline[n].attempts[side];
		syns |= d->timeline[n].syns > 0;
	}
	grid_column(t, d->step == MINUTE ? "MINUTE" : "HOUR", false);
	grid_column(t, "ATTEMPTS", true);
	if (gate) {
		grid_column(t, "BLOCKED", true);
		grid_column(t, "ALLOWED", true);
	}
	if (syns)
		grid_column(t, "SYNS", true);
	grid_column(t, "", false);
	for (size_t n = first; n < d->timeline_count; n++) {
		const struct stretch *s = &d->timeline[n];

		grid_line(t, NULL, PAINT_PLAIN);
		grid_cell(t, page_time(p, s->since, when));
		grid_cell(t, text_number_short(s->attempts[side], number));
		if (gate) {
			grid_cell(t, text_number_short(s->blocked, number));
			grid_cell(t, text_number_short(s->allowed, number));
		}
		if (syns)
			grid_cell(t, text_number_short(s->syns, number));
		grid_cell(t, bar(p, s->attempts[side], most, columns));
	}
	fputc('\n', p->out);
	grid_print(t, p->out, p->style);
	grid_free(t);
	if (first > 0)
		fprintf(p->out, "the last %d of %s lines; --json has all\n", TIMELINE_LINES,
		        text_number(d->timeline_count, number));
}

/* Layouts of the destinations, the widest first. */
static const struct layout {
	size_t gap, destination;
	bool syns; /* has room for their column */
} layouts[] = {{2, 17, true}, {1, 15, true}, {1, 0, true}, {1, 0, false}};

/* "US, AS15169", or the known part of it. */
static void
place_cell(struct grid *t, const struct geo *geo, const struct addr *destination)
{
	const struct geo_place place = geo_find(geo, destination);
	char buf[GEO_TEXT];

	grid_cell(t, place.as == 0 && place.country[0] == '\0' ? "-" : geo_print(&place, buf));
}

/* Columns that are not always there. geo: NULL if there are no files. */
struct shape {
	const struct geo *geo;
	bool syns;
};

static void
destination_line(const struct page *p, struct grid *t, const struct layout *layout, const struct reached *r,
                 const struct shape *shape)
{
	char where[ADDR_TEXT + 32], buf[TEXT_NUMBER + 32], when[WHEN_TEXT];
	bool wide;

	if (r->destination.family != 0)
		addr_print(&r->destination, where);
	else if (r->syns > 0 && r->destinations == 0)
		snprintf(where, sizeof where, "not known");
	else if (r->attempts == 0 && r->destinations == 0 && r->leaked == 0)
		snprintf(where, sizeof where, "retransmissions");
	else
		snprintf(where, sizeof where, "about %s", text_count(r->destinations, "other", buf));
	wide = strlen(where) > layout->destination;
	grid_line(t, wide ? where : NULL, r->leaked > 0 ? PAINT_ALARM : PAINT_PLAIN);
	grid_cell(t, wide ? "" : where);
	if (shape->geo != NULL)
		place_cell(t, shape->geo, &r->destination);
	snprintf(buf, sizeof buf, "%u", r->port);
	grid_cell(t, r->port == 0 && r->syns > 0 ? "any" : buf);
	grid_cell(t, r->leaked > 0 ? "leaked" : r->decided ? verdict_name(r->verdict) : "-");
	grid_cell(t, r->decided ? reason_name(r->reason) : "-");
	grid_cell(t, text_number_short(r->attempts, buf));
	if (shape->syns && layout->syns)
		grid_cell(t, text_number_short(r->syns, buf));
	grid_cell(t, page_short_time(p, r->first, true, when));
	grid_cell(t, page_short_time(p, r->last, true, when));
}

static void
print_destinations(const struct page *p, const struct detail *d, size_t count, const struct geo *geo)
{
	struct shape shape = {.geo = geo};
	struct grid *t = NULL;
	char buf[TEXT_NUMBER];

	for (size_t k = 0; k < count; k++)
		shape.syns |= d->reached[k].syns > 0;
	for (size_t n = 0; n < sizeof layouts / sizeof *layouts; n++) {
		grid_free(t);
		t = grid_new(layouts[n].gap);
		grid_column(t, "DESTINATION", false);
		if (geo != NULL)
			grid_column(t, "WHERE", false);
		grid_column(t, "PORT", true);
		grid_column(t, "VERDICT", false);
		grid_column(t, "REASON", false);
		grid_column(t, "ATTEMPTS", true);
		if (shape.syns && layouts[n].syns)
			grid_column(t, "SYNS", true);
		grid_column(t, "FIRST", false);
		grid_column(t, "LAST", false);
		for (size_t k = 0; k < count; k++)
			destination_line(p, t, &layouts[n], &d->reached[k], &shape);
		if (grid_width(t, p->style) <= GRID_COLUMNS)
			break;
	}
	fputc('\n', p->out);
	grid_print(t, p->out, p->style);
	grid_free(t);
	if (count < d->reached_count)
		fprintf(p->out, "and %s more: see --top\n", text_number(d->reached_count - count, buf));
}

static void
print_companion(const struct page *p, const struct companion *c)
{
	char line[COMPANION_SENTENCE];

	if (c == NULL || !companion_sentence(c, 0, p->style.utf8, line))
		return;
	fprintf(p->out, "\nother traffic on the wire\n");
	for (size_t n = 0; companion_sentence(c, n, p->style.utf8, line); n++)
		page_say(p, PAINT_PLAIN, 2, line);
}

void
text_host(const struct report *r, const struct detail *d, const struct output_style *style)
{
	struct page p = {style->out, text_style(style->out), style->local, r->until};
	char addr[ADDR_TEXT], since[WHEN_TEXT], until[WHEN_TEXT], text[256];
	const struct host *h;
	bool gate;

	if (r->host_count == 0) {
		snprintf(text, sizeof text, "no record of %s between %s and %s", addr_print(&d->host, addr),
		         page_time(&p, r->since, since), page_time(&p, r->until, until));
		page_say(&p, PAINT_STRONG, 0, text);
		page_complete(&p, r);
		page_misfits(&p, r);
		print_devices(&p, d);
		print_companion(&p, r->companion);
		return;
	}
	h = &r->hosts[0];
	gate = h->side[SIDE_GATE].rows > 0;
	heading(&p, h);
	print_devices(&p, d);
	print_parts(&p, h);
	print_companion(&p, h->companion);
	print_timeline(&p, d, gate ? SIDE_GATE : SIDE_WIRE, gate);
	print_destinations(&p, d, d->reached_count < style->top ? d->reached_count : style->top,
	                   geo_count(r->geo) > 0 ? r->geo : NULL);
	text_evidence(&p, h, &d->evidence);
	fputc('\n', p.out);
	page_period(&p, r);
	page_complete(&p, r);
	page_misfits(&p, r);
}
