/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys and their order are a promise: docs and tests hold them. Add keys, never change one. Everything beyond ASCII
 * is written as \uXXXX, so that the output is harmless on a terminal too. */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "event.h"
#include "log.h"
#include "output.h"
#include "tell.h"
#include "text.h"
#include "when.h"
#include "why.h"

#define PLAN_TOP 20 /* destinations that a plan names */

/* jansson says NULL when memory is short. */
static json_t *
whole(json_t *value)
{
	if (value == NULL)
		fatalx("out of memory");
	return value;
}

static void
set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, whole(value)) != 0)
		fatalx("out of memory");
}

static void
append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, whole(value)) != 0)
		fatalx("out of memory");
}

static json_t *
number(uint64_t n)
{
	return json_integer(n <= INT64_MAX ? (json_int_t)n : INT64_MAX);
}

/* Text from outside; NULL is null. */
static json_t *
string(const char *text)
{
	size_t size;
	char *valid;
	json_t *value;

	if (text == NULL)
		return json_null();
	size = 3 * strlen(text) + 1;
	valid = malloc(size);
	if (valid == NULL)
		return NULL;
	value = json_string(text_utf8(text, valid, size));
	free(valid);
	return value;
}

static json_t *
address(const struct addr *a)
{
	char buf[ADDR_TEXT];

	return a->family == 0 ? json_null() : json_string(addr_print(a, buf));
}

static json_t *
moment(int64_t when, const struct output_style *style)
{
	char buf[WHEN_TEXT];

	return json_string(style->local ? when_print_local(when, buf) : when_print(when, true, buf));
}

static json_t *
hardware(const uint8_t mac[6])
{
	char buf[TEXT_MAC];

	return json_string(text_mac(mac, buf));
}

static json_t *
gate_object(const struct sight *s)
{
	json_t *o;

	if (s->rows == 0)
		return json_null();
	o = whole(json_object());
	set(o, "attempts", number(s->attempts));
	set(o, "blocked", number(s->blocked));
	set(o, "allowed", number(s->allowed));
	set(o, "retransmits", number(s->retransmits));
	return o;
}

static json_t *
milliseconds(bool known, uint64_t microseconds)
{
	return known ? json_real((double)microseconds / 1000) : json_null();
}

static json_t *
ended_object(const struct ends *e)
{
	json_t *o = whole(json_object());

	set(o, "closed_by_host", number(e->closed_by_host));
	set(o, "closed_by_server", number(e->closed_by_server));
	set(o, "reset_by_host", number(e->reset_by_host));
	set(o, "reset_by_server", number(e->reset_by_server));
	set(o, "timed_out", number(e->timed_out));
	return o;
}

static json_t *
wire_object(const struct sight *s, const struct ends *e)
{
	json_t *o;

	if (s->rows == 0)
		return json_null();
	o = whole(json_object());
	set(o, "syns", number(s->attempts + s->retransmits));
	set(o, "attempts", number(s->attempts));
	set(o, "established", number(s->established));
	set(o, "leaked", number(s->leaked));
	set(o, "refused", number(s->refused));
	set(o, "retransmits", number(s->retransmits));
	set(o, "duplicates", number(e->duplicates));
	set(o, "refused_by_icmp", number(e->refused_by_icmp));
	set(o, "answer_mean_ms", milliseconds(e->answered > 0, e->answered > 0 ? e->answer_time / e->answered : 0));
	set(o, "answer_max_ms", milliseconds(e->answered > 0, e->answer_most));
	set(o, "ended", ended_object(e));
	set(o, "bytes_out", number(e->bytes_out));
	set(o, "bytes_in", number(e->bytes_in));
	return o;
}

static json_t *
device_object(const uint8_t mac[6])
{
	json_t *o = whole(json_object());

	set(o, "mac", hardware(mac));
	set(o, "vendor", json_null());
	set(o, "name", json_null());
	return o;
}

/* To a thousandth: what is behind that is noise. */
static double
rounded(double score)
{
	return round(score * 1000) / 1000;
}

/* Openings to the ports of submission, which some bots prefer; pcapmon's count where it has one. */
static uint64_t
openings(const struct host *h, uint16_t port)
{
	uint64_t sum[SIDE_COUNT] = {0};

	for (size_t n = 0; n < h->part_count; n++)
		if (h->parts[n].port == port)
			sum[h->parts[n].side] += h->parts[n].attempts;
	return sum[SIDE_WIRE] > 0 ? sum[SIDE_WIRE] : sum[SIDE_GATE];
}

static json_t *
companions_object(const struct host *h, const struct companion *c)
{
	static const uint16_t ports[] = {465, 587, 2525};
	static const struct companion none;
	json_t *o, *counts = whole(json_object());
	uint64_t sum = 0;
	char key[8];

	for (size_t n = 0; n < sizeof ports / sizeof *ports; n++) {
		uint64_t count = openings(h, ports[n]);

		snprintf(key, sizeof key, "%u", ports[n]);
		set(counts, key, number(count));
		sum += count;
	}
	if (c == NULL && sum == 0) {
		json_decref(counts);
		return json_null();
	}
	o = whole(tell_json(c != NULL ? c : &none));
	set(o, "openings", counts);
	return o;
}

static json_t *
level_object(const struct judge_level *l)
{
	json_t *o;

	if (l->hours == 0)
		return json_null();
	o = whole(json_object());
	set(o, "days", number(l->days));
	set(o, "hours", number(l->hours));
	set(o, "enough", json_boolean(l->enough));
	set(o, "openings", number(l->openings));
	set(o, "networks", number(l->networks));
	set(o, "most_openings", number(l->most_openings));
	set(o, "most_networks", number(l->most_networks));
	set(o, "most_per_minute", number(l->most_minute));
	set(o, "limit_openings", number(l->limit_openings));
	set(o, "limit_networks", number(l->limit_networks));
	return o;
}

/* Hours that are not usual for a listed host. */
static json_t *
unusual_object(const struct host *h, const struct output_style *style)
{
	const struct judge_unusual *u = &h->judgement.unusual;
	json_t *o;

	if (!h->unusual)
		return json_null();
	o = whole(json_object());
	set(o, "since", moment(u->since * HOUR, style));
	set(o, "until", moment((u->until + INT64_C(1)) * HOUR, style));
	set(o, "hours", number(u->hours));
	set(o, "hour", moment(u->hour * HOUR, style));
	set(o, "openings", number(u->openings));
	set(o, "networks", number(u->networks));
	set(o, "networks_at_least", json_boolean(u->others));
	set(o, "usual", level_object(&u->level));
	return o;
}

/* A host without rows has first and last null. */
static json_t *
host_object(const struct host *h, bool compared, const struct output_style *style)
{
	const struct sight *s = host_sight(h);
	json_t *o = whole(json_object()), *why = whole(json_array()), *countries = whole(json_array());
	struct country_count country[SPOTS_COUNTRIES];
	size_t country_count = spots_countries(&h->spots, country);
	bool recorded = h->side[SIDE_GATE].rows + h->side[SIDE_WIRE].rows > 0;
	const struct judgement *v = host_judgement(h);
	const char *certainty = v != NULL ? judge_certainty_name(v->certainty) : NULL;
	struct why sentences = {0};
	char advice[WHY_ADVICE];

	if (recorded)
		why_explain(h, &sentences);
	for (size_t n = 0; n < sentences.count; n++)
		append(why, json_string(sentences.text[n]));
	for (size_t n = 0; n < country_count; n++)
		append(countries, json_string(country[n].name));
	set(o, "host", address(&h->addr));
	set(o, "range", string(h->range));
	set(o, "device", h->has_mac ? device_object(h->mac) : json_null());
	set(o, "label", json_string(host_label(h)));
	set(o, "certainty", string(certainty));
	set(o, "why", why);
	set(o, "attempts", number(s->attempts));
	set(o, "retransmits", number(s->retransmits));
	set(o, "destinations", number(host_destinations(h)));
	set(o, "networks", number(h->networks));
	set(o, "countries", countries);
	set(o, "first", recorded ? moment(h->first, style) : json_null());
	set(o, "last", recorded ? moment(h->last, style) : json_null());
	set(o, "peak_per_minute", number(s->peak));
	set(o, "gate", gate_object(&h->side[SIDE_GATE]));
	set(o, "wire", wire_object(&h->side[SIDE_WIRE], &h->ends));
	set(o, "destinations_estimated", json_boolean(host_estimated(h)));
	set(o, "leak_cause", string(h->leak_cause));
	set(o, "unjudged", compared ? number(h->unjudged) : json_null());
	set(o, "companions", companions_object(h, h->companion));
	set(o, "advice", string(why_advice(h, advice)));
	set(o, "score", v != NULL ? json_real(rounded(v->score)) : json_null());
	if (h->spots.count > 0)
		set(o, "autonomous_systems", number(spots_systems(&h->spots)));
	set(o, "machines", v != NULL && v->machines > 1 ? number(v->machines) : json_null());
	set(o, "usual", h->judged ? level_object(&h->judgement.usual) : json_null());
	set(o, "unusual", unusual_object(h, style));
	return o;
}

/* What `report` and `host` begin with. */
static json_t *
head_object(const struct report *r, const struct output_style *style)
{
	json_t *o = whole(json_object()), *gaps = whole(json_array());

	for (size_t n = 0; n < r->gap_count; n++) {
		const struct gap *g = &r->gaps[n];
		json_t *gap = whole(json_object());

		set(gap, "since", moment(g->since, style));
		set(gap, "until", moment(g->until, style));
		set(gap, "cause", string(g->cause));
		set(gap, "missing", g->known ? number(g->missing) : json_null());
		set(gap, "log", json_string(g->side == SIDE_GATE ? "gate" : "wire"));
		append(gaps, gap);
	}
	set(o, "since", moment(r->since, style));
	set(o, "until", moment(r->until, style));
	set(o, "complete", json_boolean(r->complete));
	set(o, "missing", number(r->missing));
	set(o, "gaps", gaps);
	return o;
}

static void
print(json_t *o, const struct output_style *style)
{
	if (json_dumpf(o, style->out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12)) == 0)
		fputc('\n', style->out);
	json_decref(o);
}

static json_t *
pooled_object(const struct report *r)
{
	json_t *o = whole(json_object()), *outside = whole(json_object()), *room = whole(json_object());

	set(outside, "syns", number(r->outside_lan.syns));
	set(outside, "attempts", number(r->outside_lan.attempts));
	set(room, "syns", number(r->no_room.syns));
	set(room, "attempts", number(r->no_room.attempts));
	set(room, "hosts_evicted", number(r->no_room.evicted));
	set(o, "outside_lan", outside);
	set(o, "no_room", room);
	return o;
}

static json_t *
labels_object(const struct report *r)
{
	json_t *o = whole(json_object());

	for (unsigned n = LABEL_COUNT; n-- > 0;)
		set(o, judge_label_name((enum judge_label)n), number(r->labels[n]));
	return o;
}

static json_t *
judge_object(const struct report *r)
{
	json_t *o = whole(json_object());

	set(o, "again", json_boolean(r->again));
	set(o, "fixed", json_real(r->parameters.fixed));
	set(o, "fanout", json_real(r->parameters.fanout));
	set(o, "accuse", json_real(r->parameters.accuse));
	set(o, "miss", json_real(r->parameters.miss));
	set(o, "networks", number(r->parameters.networks));
	return o;
}

static json_t *
totals_object(const struct report *r)
{
	json_t *o = whole(json_object());

	set(o, "hosts", number(r->host_count));
	set(o, "attempts", number(r->attempts));
	set(o, "blocked", number(r->blocked));
	set(o, "allowed", number(r->allowed));
	set(o, "leaked", number(r->leaked));
	set(o, "retransmits", number(r->retransmits));
	set(o, "unjudged", r->compared ? number(r->unjudged) : json_null());
	set(o, "labels", labels_object(r));
	set(o, "unusual", number(r->unusual));
	return o;
}

static void
json_report(const struct report *r, const struct output_style *style)
{
	json_t *o = head_object(r, style), *hosts = whole(json_array());

	for (size_t n = 0; n < report_shown(r) && n < style->top; n++)
		append(hosts, host_object(&r->hosts[n], r->compared, style));
	set(o, "totals", totals_object(r));
	set(o, "hosts", hosts);
	set(o, "pooled", pooled_object(r));
	set(o, "judge", judge_object(r));
	print(o, style);
}

static void
set_counts(json_t *o, const struct group *g)
{
	set(o, "hosts", number(g->hosts));
	set(o, "zombies", number(g->zombies));
	set(o, "attempts", number(g->attempts));
	set(o, "retransmits", number(g->retransmits));
	set(o, "blocked", number(g->blocked));
	set(o, "allowed", number(g->allowed));
	set(o, "established", number(g->established));
	set(o, "leaked", number(g->leaked));
	set(o, "destinations", number(g->destinations));
}

static json_t *
group_object(const struct group *g, enum by_kind by)
{
	json_t *o = whole(json_object());

	if (by == BY_COUNTRY) {
		set(o, "country", g->place.country[0] != '\0' ? json_string(g->place.country) : json_null());
	} else {
		set(o, "as", g->place.as != 0 ? number(g->place.as) : json_null());
		set(o, "name", string(g->place.name[0] != '\0' ? g->place.name : NULL));
	}
	set_counts(o, g);
	set(o, "networks", number(g->networks));
	return o;
}

static void
json_by(const struct report *r, const struct by *b, const struct output_style *style)
{
	json_t *o = head_object(r, style), *groups = whole(json_array()), *others = whole(json_object());

	for (size_t n = 0; n < b->count && n < style->top; n++)
		append(groups, group_object(&b->groups[n], b->kind));
	set_counts(others, &b->others);
	set(o, "totals", totals_object(r));
	set(o, "by", json_string(b->kind == BY_COUNTRY ? "country" : "as"));
	set(o, "zombies", json_boolean(r->zombies));
	set(o, "groups", groups);
	set(o, "others", others);
	print(o, style);
}

static json_t *
stretch_object(const struct stretch *s, enum side side, const struct output_style *style)
{
	json_t *o = whole(json_object());

	set(o, "since", moment(s->since, style));
	set(o, "attempts", number(s->attempts[side]));
	set(o, "retransmits", number(s->retransmits[side]));
	set(o, "blocked", number(s->blocked));
	set(o, "allowed", number(s->allowed));
	return o;
}

static json_t *
step_object(const struct judging_step *s, const struct output_style *style)
{
	json_t *o = whole(json_object());
	char buf[PREFIX_TEXT];

	set(o, "at", moment(s->when, style));
	set(o, "network", s->n > 0 ? json_string(prefix_print(&s->network, buf)) : json_null());
	set(o, "new", s->n > 0 ? json_boolean(s->fresh) : json_null());
	set(o, "step", json_real(rounded(s->step)));
	set(o, "score", json_real(rounded(s->score)));
	return o;
}

static json_t *
change_object(const struct change *c, const struct output_style *style)
{
	json_t *o = whole(json_object());

	set(o, "at", moment(c->at, style));
	set(o, "from", json_string(judge_label_name((enum judge_label)c->from_label)));
	set(o, "from_certainty", string(judge_certainty_name((enum judge_certainty)c->from_certainty)));
	set(o, "to", json_string(judge_label_name((enum judge_label)c->label)));
	set(o, "to_certainty", string(judge_certainty_name((enum judge_certainty)c->certainty)));
	set(o, "reasons", string(c->reasons));
	return o;
}

/* Where a destination is, as `--by` names it; null: the files do not say. */
static void
set_place(json_t *o, const struct geo *geo, const struct addr *destination)
{
	const struct geo_place place = geo_find(geo, destination);

	set(o, "country", string(place.country[0] != '\0' ? place.country : NULL));
	set(o, "as", place.as != 0 ? number(place.as) : json_null());
}

static json_t *
reached_object(const struct reached *r, const struct geo *geo, const struct output_style *style)
{
	json_t *o = whole(json_object());

	set(o, "destination", address(&r->destination));
	set(o, "port", number(r->port));
	set(o, "verdict", r->decided ? json_string(verdict_name(r->verdict)) : json_null());
	set(o, "reason", r->decided ? json_string(reason_name(r->reason)) : json_null());
	set(o, "attempts", number(r->attempts));
	set(o, "retransmits", number(r->retransmits));
	set(o, "first", moment(r->first, style));
	set(o, "last", moment(r->last, style));
	set(o, "destinations", number(r->destinations));
	set(o, "established", r->seen ? number(r->established) : json_null());
	set(o, "leaked", r->seen ? number(r->leaked) : json_null());
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
	json_t *o = head_object(r, style), *host = host_object(h, r->compared, style);
	json_t *timeline = whole(json_array()), *list = whole(json_array()), *devices = whole(json_array());
	json_t *steps = whole(json_array()), *history = whole(json_array());

	for (size_t n = 0; n < d->timeline_count; n++)
		append(timeline, stretch_object(&d->timeline[n], side, style));
	for (size_t n = 0; n < d->reached_count && n < style->top; n++)
		append(list, reached_object(&d->reached[n], r->geo, style));
	for (size_t n = 0; n < d->device_count; n++) {
		json_t *device = device_object(d->devices[n].mac);

		set(device, "first", moment(d->devices[n].first, style));
		set(device, "last", moment(d->devices[n].last, style));
		append(devices, device);
	}
	set(host, "timeline", timeline);
	set(host, "timeline_step", number((uint64_t)(d->step / SECOND)));
	set(host, "destinations_list", list);
	for (size_t n = 0; n < d->evidence.step_count; n++)
		append(steps, step_object(&d->evidence.steps[n], style));
	for (size_t n = 0; n < d->evidence.change_count; n++)
		append(history, change_object(&d->evidence.changes[n], style));
	set(host, "devices", devices);
	set(host, "steps", steps);
	set(host, "label_history", history);
	set(host, "judge", judge_object(r));
	/* The host's entry first, as in the report; then what the report says of the log. */
	if (json_object_update_missing(host, o) != 0)
		fatalx("out of memory");
	json_decref(o);
	print(host, style);
}

static json_t *
plan_object(const struct host *h, const struct detail *d, const struct output_style *style)
{
	const struct sight *s = host_sight(h);
	const struct advice a = advice_on(h, d);
	json_t *o = whole(json_object()), *list = whole(json_array()), *lines = whole(json_array());
	char line[ADVICE_LINE];

	for (size_t n = 0; n < d->reached_count && n < PLAN_TOP; n++) {
		json_t *to = whole(json_object());

		set(to, "destination", address(&d->reached[n].destination));
		set(to, "port", number(d->reached[n].port));
		set(to, "attempts", number(d->reached[n].attempts));
		set(to, "destinations", number(d->reached[n].destinations));
		append(list, to);
	}
	for (size_t n = 0; advice_line(&a, h, n, 80, line); n++)
		append(lines, json_string(line));
	set(o, "host", address(&h->addr));
	set(o, "range", string(h->range));
	set(o, "device", h->has_mac ? device_object(h->mac) : json_null());
	set(o, "attempts", number(s->attempts));
	set(o, "retransmits", number(s->retransmits));
	set(o, "refused", number(s->blocked));
	set(o, "destinations", number(host_destinations(h)));
	set(o, "destinations_estimated", json_boolean(host_estimated(h)));
	set(o, "networks", number(h->networks));
	set(o, "hours", number(a.hours));
	set(o, "first", moment(h->first, style));
	set(o, "last", moment(h->last, style));
	set(o, "peak_per_minute", number(s->peak));
	set(o, "top", list);
	set(o, "advice", json_string(advice_name(a.kind)));
	set(o, "why", json_string(a.why));
	set(o, "lines", lines);
	return o;
}

static void
json_plan(const struct report *r, const struct detail *details, size_t count, const struct output_style *style)
{
	json_t *o = head_object(r, style), *totals = whole(json_object()), *hosts = whole(json_array());

	set(totals, "hosts", number(r->host_count));
	set(totals, "attempts", number(r->attempts));
	set(totals, "refused", number(r->blocked));
	for (size_t n = 0; n < count; n++)
		append(hosts, plan_object(&r->hosts[n], &details[n], style));
	set(o, "totals", totals);
	set(o, "hosts", hosts);
	print(o, style);
}

const struct output out_json = {
        .top = SIZE_MAX, .report = json_report, .host = json_host, .by = json_by, .plan = json_plan};
