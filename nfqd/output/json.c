/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys and their order are an interface, documented in nfqd(8) and tested. Add keys, never change one. */
#include <stdint.h>
#include <stdio.h>

#include "nfqd/report/advice.h"
#include "lib/judge/words.h"
#include "lib/policy/event.h"
#include "lib/base/log.h"
#include "json_entry.h"
#include "lib/output/value.h"
#include "output.h"
#include "lib/base/when.h"

#define PLAN_TOP 20 /* destinations listed per host of a plan */

static json_t *
more_gaps_object(const struct more_gaps *more)
{
	json_t *o = value_object();

	value_set(o, "count", value_number(more->count));
	value_set(o, "missing", more->unknown ? json_null() : value_number(more->missing));
	return o;
}

/* Where a log begins within the period. */
static json_t *
began_object(const struct report *r, const struct output_style *style)
{
	json_t *o = value_object();

	for (int side = 0; side < SIDE_COUNT; side++)
		value_set(o, side == SIDE_GATE ? "gate" : "wire",
		          r->began[side] > 0 ? value_time(r->began[side], style->local) : json_null());
	return o;
}

/* The first keys of all commands. */
static json_t *
head_object(const struct report *r, const struct output_style *style)
{
	json_t *o = value_object(), *gaps = value_array();

	for (size_t n = 0; n < r->gap_count; n++) {
		const struct gap *g = &r->gaps[n];
		json_t *gap = value_object();

		value_set(gap, "since", value_time(g->since, style->local));
		value_set(gap, "until", value_time(g->until, style->local));
		value_set(gap, "cause", value_text(g->cause));
		value_set(gap, "missing", g->known ? value_number(g->missing) : json_null());
		value_set(gap, "log", json_string(g->side == SIDE_GATE ? "gate" : "wire"));
		value_append(gaps, gap);
	}
	value_set(o, "since", value_time(r->since, style->local));
	value_set(o, "until", value_time(r->until, style->local));
	value_set(o, "complete", json_boolean(r->complete));
	value_set(o, "recorded_since", began_object(r, style));
	value_set(o, "missing", value_number(r->missing));
	value_set(o, "gaps", gaps);
	if (r->more_gaps.count > 0)
		value_set(o, "more_gaps", more_gaps_object(&r->more_gaps));
	return o;
}

/* The last key of all commands, if there is something to say. */
static void
print(json_t *o, const struct report *r, const struct output_style *style)
{
	json_t *misfits = value_array();

	for (size_t n = 0; n < r->misfits.count; n++)
		value_append(misfits, value_text(r->misfits.text[n]));
	if (r->misfits.count > 0)
		value_set(o, "misfits", misfits);
	else
		json_decref(misfits);
	value_print(o, style->out);
}

static json_t *
pooled_object(const struct report *r)
{
	const struct value_pool outside = {r->outside_lan.syns, r->outside_lan.attempts, r->outside_lan.evicted};
	const struct value_pool room = {r->no_room.syns, r->no_room.attempts, r->no_room.evicted};

	return value_pools(&outside, &room);
}

static json_t *
labels_object(const struct report *r)
{
	json_t *o = value_object();

	for (unsigned n = LABEL_COUNT; n-- > 0;)
		value_set(o, judge_label_name((enum judge_label)n), value_number(r->labels[n]));
	return o;
}

static json_t *
judge_object(const struct report *r)
{
	json_t *o = value_object();

	value_set(o, "again", json_boolean(r->again));
	value_set(o, "fixed", json_real(r->parameters.fixed));
	value_set(o, "fanout", json_real(r->parameters.fanout));
	value_set(o, "accuse", json_real(r->parameters.accuse));
	value_set(o, "miss", json_real(r->parameters.miss));
	value_set(o, "networks", value_number(r->parameters.networks));
	return o;
}

static json_t *
totals_object(const struct report *r)
{
	json_t *o = value_object();

	value_set(o, "hosts", value_number(r->host_count));
	value_set(o, "attempts", value_number(r->attempts));
	value_set(o, "blocked", value_number(r->blocked));
	value_set(o, "allowed", value_number(r->allowed));
	value_set(o, "leaked", value_number(r->leaked));
	value_set(o, "retransmits", value_number(r->retransmits));
	value_set(o, "unjudged", r->compared ? value_number(r->unjudged) : json_null());
	value_set(o, "labels", labels_object(r));
	value_set(o, "unusual", value_number(r->unusual));
	value_set(o, "syns", value_number(r->syns));
	return o;
}

static void
json_report(const struct report *r, const struct output_style *style)
{
	json_t *o = head_object(r, style), *hosts = value_array();

	for (size_t n = 0; n < report_shown(r) && n < style->top; n++)
		value_append(hosts, entry_host(&r->hosts[n], r->compared, style->local));
	value_set(o, "totals", totals_object(r));
	value_set(o, "hosts", hosts);
	value_set(o, "pooled", pooled_object(r));
	value_set(o, "judge", judge_object(r));
	print(o, r, style);
}

static void
set_counts(json_t *o, const struct group *g)
{
	value_set(o, "hosts", value_number(g->hosts));
	value_set(o, "zombies", value_number(g->zombies));
	value_set(o, "attempts", value_number(g->attempts));
	value_set(o, "retransmits", value_number(g->retransmits));
	value_set(o, "blocked", value_number(g->blocked));
	value_set(o, "allowed", value_number(g->allowed));
	value_set(o, "established", value_number(g->established));
	value_set(o, "leaked", value_number(g->leaked));
	value_set(o, "destinations", value_number(g->destinations));
}

static json_t *
group_object(const struct group *g, enum breakdown_kind by)
{
	json_t *o = value_object();

	if (by == BREAKDOWN_COUNTRY) {
		value_set(o, "country", g->place.country[0] != '\0' ? json_string(g->place.country) : json_null());
	} else {
		value_set(o, "as", g->place.as != 0 ? value_number(g->place.as) : json_null());
		value_set(o, "name", value_text(g->place.name[0] != '\0' ? g->place.name : NULL));
	}
	set_counts(o, g);
	value_set(o, "networks", value_number(g->networks));
	value_set(o, "syns", value_number(g->syns));
	return o;
}

static void
json_breakdown(const struct report *r, const struct breakdown *b, const struct output_style *style)
{
	json_t *o = head_object(r, style), *groups = value_array(), *others = value_object();

	for (size_t n = 0; n < b->count && n < style->top; n++)
		value_append(groups, group_object(&b->groups[n], b->kind));
	set_counts(others, &b->others);
	value_set(others, "syns", value_number(b->others.syns));
	value_set(o, "totals", totals_object(r));
	value_set(o, "by", json_string(b->kind == BREAKDOWN_COUNTRY ? "country" : "as"));
	value_set(o, "zombies", json_boolean(r->zombies));
	value_set(o, "groups", groups);
	value_set(o, "others", others);
	print(o, r, style);
}

static json_t *
stretch_object(const struct stretch *s, enum side side, const struct output_style *style)
{
	json_t *o = value_object();

	value_set(o, "since", value_time(s->since, style->local));
	value_set(o, "attempts", value_number(s->attempts[side]));
	value_set(o, "retransmits", value_number(s->retransmits[side]));
	value_set(o, "blocked", value_number(s->blocked));
	value_set(o, "allowed", value_number(s->allowed));
	value_set(o, "syns", value_number(side == SIDE_GATE ? s->syns : 0));
	return o;
}

static json_t *
step_object(const struct judging_step *s, const struct output_style *style)
{
	json_t *o = value_object();
	char buf[PREFIX_TEXT];

	value_set(o, "at", value_time(s->when, style->local));
	value_set(o, "network", s->n > 0 ? json_string(prefix_print(&s->network, buf)) : json_null());
	value_set(o, "new", s->n > 0 ? json_boolean(s->fresh) : json_null());
	value_set(o, "step", json_real(judge_score(s->step)));
	value_set(o, "score", json_real(judge_score(s->score)));
	return o;
}

static json_t *
change_object(const struct change *c, const struct output_style *style)
{
	json_t *o = value_object();

	value_set(o, "at", value_time(c->at, style->local));
	value_set(o, "from", json_string(judge_label_name((enum judge_label)c->from_label)));
	value_set(o, "from_certainty", value_text(judge_certainty_name((enum judge_certainty)c->from_certainty)));
	value_set(o, "to", json_string(judge_label_name((enum judge_label)c->label)));
	value_set(o, "to_certainty", value_text(judge_certainty_name((enum judge_certainty)c->certainty)));
	value_set(o, "reasons", value_text(c->reasons));
	return o;
}

/* Country or autonomous system, as --by selects; null if unknown. */
static void
set_place(json_t *o, const struct geo *geo, const struct addr *destination)
{
	const struct geo_place place = geo_find(geo, destination);

	value_set(o, "country", value_text(place.country[0] != '\0' ? place.country : NULL));
	value_set(o, "as", place.as != 0 ? value_number(place.as) : json_null());
}

static json_t *
reached_object(const struct reached *r, const struct geo *geo, const struct output_style *style)
{
	json_t *o = value_object();

	value_set(o, "destination", value_address(&r->destination));
	value_set(o, "port", value_number(r->port));
	value_set(o, "verdict", r->decided ? json_string(verdict_name(r->verdict)) : json_null());
	value_set(o, "reason", r->decided ? json_string(reason_name(r->reason)) : json_null());
	value_set(o, "attempts", value_number(r->attempts));
	value_set(o, "retransmits", value_number(r->retransmits));
	value_set(o, "first", value_time(r->first, style->local));
	value_set(o, "last", value_time(r->last, style->local));
	value_set(o, "destinations", value_number(r->destinations));
	value_set(o, "established", r->seen ? value_number(r->established) : json_null());
	value_set(o, "leaked", r->seen ? value_number(r->leaked) : json_null());
	value_set(o, "syns", value_number(r->syns));
	if (geo_count(geo) > 0)
		set_place(o, geo, &r->destination);
	return o;
}

static void
json_host(const struct report *r, const struct detail *d, const struct output_style *style)
{
	struct host nothing = {.addr = d->host, .companion = r->companion};
	const struct host *h = r->host_count > 0 ? &r->hosts[0] : &nothing;
	enum side side = h->side[SIDE_GATE].rows > 0 ? SIDE_GATE : SIDE_WIRE;
	json_t *o = head_object(r, style), *host = entry_host(h, r->compared, style->local);
	json_t *timeline = value_array(), *list = value_array(), *devices = value_array();
	json_t *steps = value_array(), *history = value_array();

	for (size_t n = 0; n < d->timeline_count; n++)
		value_append(timeline, stretch_object(&d->timeline[n], side, style));
	for (size_t n = 0; n < d->reached_count && n < style->top; n++)
		value_append(list, reached_object(&d->reached[n], r->geo, style));
	for (size_t n = 0; n < d->device_count; n++) {
		json_t *device = entry_device(d->devices[n].mac);

		value_set(device, "first", value_time(d->devices[n].first, style->local));
		value_set(device, "last", value_time(d->devices[n].last, style->local));
		value_append(devices, device);
	}
	value_set(host, "timeline", timeline);
	value_set(host, "timeline_step", value_number((uint64_t)(d->step / SECOND)));
	value_set(host, "destinations_list", list);
	for (size_t n = 0; n < d->evidence.step_count; n++)
		value_append(steps, step_object(&d->evidence.steps[n], style));
	for (size_t n = 0; n < d->evidence.change_count; n++)
		value_append(history, change_object(&d->evidence.changes[n], style));
	value_set(host, "devices", devices);
	value_set(host, "steps", steps);
	value_set(host, "label_history", history);
	value_set(host, "judge", judge_object(r));
	/* The entry of the host, as in the report, then the keys about the log. */
	if (json_object_update_missing(host, o) != 0)
		fatalx("out of memory");
	json_decref(o);
	print(host, r, style);
}

static json_t *
plan_object(const struct host *h, const struct detail *d, const struct output_style *style)
{
	const struct side_counts *s = host_counts(h);
	const struct advice a = advice_on(h, d);
	json_t *o = value_object(), *list = value_array(), *lines = value_array();
	char line[ADVICE_LINE];

	for (size_t n = 0; n < d->reached_count && n < PLAN_TOP; n++) {
		json_t *to = value_object();

		value_set(to, "destination", value_address(&d->reached[n].destination));
		value_set(to, "port", value_number(d->reached[n].port));
		value_set(to, "attempts", value_number(d->reached[n].attempts));
		value_set(to, "destinations", value_number(d->reached[n].destinations));
		value_append(list, to);
	}
	for (size_t n = 0; advice_line(&a, h, n, 80, line); n++)
		value_append(lines, json_string(line));
	value_set(o, "host", value_address(&h->addr));
	value_set(o, "range", value_text(h->range));
	value_set(o, "device", h->has_mac ? entry_device(h->mac) : json_null());
	value_set(o, "attempts", value_number(s->attempts));
	value_set(o, "retransmits", value_number(s->retransmits));
	value_set(o, "refused", value_number(s->blocked));
	value_set(o, "destinations", value_number(host_destinations(h)));
	value_set(o, "destinations_estimated", json_boolean(host_estimated(h)));
	value_set(o, "networks", value_number(h->networks));
	value_set(o, "hours", value_number(a.hours));
	value_set(o, "first", value_time(h->first, style->local));
	value_set(o, "last", value_time(h->last, style->local));
	value_set(o, "peak_per_minute", value_number(s->peak));
	value_set(o, "top", list);
	value_set(o, "advice", json_string(advice_name(a.kind)));
	value_set(o, "why", json_string(a.why));
	value_set(o, "lines", lines);
	value_set(o, "syns", value_number(s->syns));
	return o;
}

static void
json_plan(const struct report *r, const struct detail *details, size_t count, const struct output_style *style)
{
	json_t *o = head_object(r, style), *totals = value_object(), *hosts = value_array();

	value_set(totals, "hosts", value_number(r->host_count));
	value_set(totals, "attempts", value_number(r->attempts));
	value_set(totals, "refused", value_number(r->blocked));
	value_set(totals, "syns", value_number(r->syns));
	for (size_t n = 0; n < count; n++)
		value_append(hosts, plan_object(&r->hosts[n], &details[n], style));
	value_set(o, "totals", totals);
	value_set(o, "hosts", hosts);
	print(o, r, style);
}

const struct output out_json = {
        .top = SIZE_MAX, .report = json_report, .host = json_host, .by = json_breakdown, .plan = json_plan};
