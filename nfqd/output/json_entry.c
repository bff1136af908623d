/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json_entry.h"

#include <stdio.h>

#include "lib/output/addresses.h"
#include "lib/output/places.h"
#include "lib/output/value.h"
#include "lib/output/companion.h"
#include "lib/base/when.h"
#include "nfqd/report/changed.h"
#include "nfqd/report/reasons.h"

static json_t *
gate_object(const struct side_counts *s)
{
	json_t *o;

	if (s->rows == 0)
		return json_null();
	o = value_object();
	value_set(o, "attempts", value_number(s->attempts));
	value_set(o, "blocked", value_number(s->blocked));
	value_set(o, "allowed", value_number(s->allowed));
	value_set(o, "retransmits", value_number(s->retransmits));
	value_set(o, "syns", value_number(s->syns));
	return o;
}

static json_t *
ended_object(const struct ends *e)
{
	return value_ends(&(struct value_ends){e->closed_by_host, e->closed_by_server, e->reset_by_host,
	                                       e->reset_by_server, e->timed_out});
}

static json_t *
wire_object(const struct side_counts *s, const struct ends *e)
{
	json_t *o;

	if (s->rows == 0)
		return json_null();
	o = value_object();
	value_set(o, "syns", value_number(s->attempts + s->retransmits)); /* all, as in `pcapmon -r --json` */
	value_set(o, "attempts", value_number(s->attempts));
	value_set(o, "established", value_number(s->established));
	value_set(o, "leaked", value_number(s->leaked));
	value_set(o, "refused", value_number(s->refused));
	value_set(o, "retransmits", value_number(s->retransmits));
	value_set(o, "duplicates", value_number(e->duplicates));
	value_set(o, "refused_by_icmp", value_number(e->refused_by_icmp));
	value_set(o, "answer_mean_ms",
	          value_milliseconds(e->answered > 0, e->answered > 0 ? e->answer_time / e->answered : 0));
	value_set(o, "answer_max_ms", value_milliseconds(e->answered > 0, e->answer_most));
	value_set(o, "ended", ended_object(e));
	value_set(o, "bytes_out", value_number(e->bytes_out));
	value_set(o, "bytes_in", value_number(e->bytes_in));
	return o;
}

json_t *
entry_device(const uint8_t mac[6])
{
	json_t *o = value_object();

	value_set(o, "mac", value_mac(mac));
	value_set(o, "vendor", json_null());
	value_set(o, "name", json_null());
	return o;
}

/* Connections to submission ports, which some bots prefer; the count of pcapmon if there is one. */
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
	json_t *o, *counts = value_object();
	uint64_t sum = 0;
	char key[8];

	for (size_t n = 0; n < sizeof ports / sizeof *ports; n++) {
		uint64_t count = openings(h, ports[n]);

		snprintf(key, sizeof key, "%u", ports[n]);
		value_set(counts, key, value_number(count));
		sum += count;
	}
	if (c == NULL && sum == 0) {
		json_decref(counts);
		return json_null();
	}
	o = companion_json(c != NULL ? c : &none);
	value_set(o, "openings", counts);
	return o;
}

static json_t *
level_object(const struct judge_level *l)
{
	json_t *o;

	if (l->hours == 0)
		return json_null();
	o = value_object();
	value_set(o, "days", value_number(l->days));
	value_set(o, "hours", value_number(l->hours));
	value_set(o, "enough", json_boolean(l->enough));
	value_set(o, "openings", value_number(l->openings));
	value_set(o, "networks", value_number(l->networks));
	value_set(o, "most_openings", value_number(l->most_openings));
	value_set(o, "most_networks", value_number(l->most_networks));
	value_set(o, "most_per_minute", value_number(l->most_minute));
	value_set(o, "limit_openings", value_number(l->limit_openings));
	value_set(o, "limit_networks", value_number(l->limit_networks));
	return o;
}

/* Unusual hours of a listed host. */
static json_t *
unusual_object(const struct host *h, bool local)
{
	const struct judge_unusual *u = &h->judgement.unusual;
	json_t *o;

	if (!h->unusual)
		return json_null();
	o = value_object();
	value_set(o, "since", value_time(u->since * HOUR, local));
	value_set(o, "until", value_time((u->until + INT64_C(1)) * HOUR, local));
	value_set(o, "hours", value_number(u->hours));
	value_set(o, "hour", value_time(u->hour * HOUR, local));
	value_set(o, "openings", value_number(u->openings));
	value_set(o, "networks", value_number(u->networks));
	value_set(o, "networks_at_least", json_boolean(u->others));
	value_set(o, "usual", level_object(&u->level));
	return o;
}

/* The change of the card of a listed host. */
static json_t *
card_object(const struct host *h, bool local)
{
	const struct card *before, *after;
	json_t *o;

	if (!changed_card(h, &before, &after))
		return json_null();
	o = value_object();
	value_set(o, "from", value_mac(before->mac));
	value_set(o, "to", value_mac(after->mac));
	value_set(o, "at", value_time(after->first, local));
	return o;
}

json_t *
entry_host(const struct host *h, bool compared, bool local)
{
	const struct side_counts *s = host_counts(h);
	json_t *o = value_object(), *why = value_array();
	bool recorded = h->side[SIDE_GATE].rows + h->side[SIDE_WIRE].rows > 0;
	const struct judgement *v = host_judgement(h);
	const char *certainty = v != NULL ? judge_certainty_name(v->certainty) : NULL;
	struct reasons sentences = {0};
	char advice[REASONS_ADVICE];
	size_t count;
	const struct addr *addresses = host_addresses(h, &count);

	if (recorded)
		reasons_of(h, &sentences);
	for (size_t n = 0; n < sentences.count; n++)
		value_append(why, json_string(sentences.text[n]));
	value_set(o, "host", value_address(&h->addr));
	value_set(o, "range", value_text(h->range));
	value_set(o, "device", h->has_mac ? entry_device(h->mac) : json_null());
	value_set(o, "label", json_string(host_label(h)));
	value_set(o, "certainty", value_text(certainty));
	value_set(o, "why", why);
	value_set(o, "attempts", value_number(s->attempts));
	value_set(o, "retransmits", value_number(s->retransmits));
	value_set(o, "destinations", value_number(host_destinations(h)));
	value_set(o, "networks", value_number(h->networks));
	value_set(o, "countries", places_json(&h->places));
	value_set(o, "first", recorded ? value_time(h->first, local) : json_null());
	value_set(o, "last", recorded ? value_time(h->last, local) : json_null());
	value_set(o, "peak_per_minute", value_number(s->peak));
	value_set(o, "gate", gate_object(&h->side[SIDE_GATE]));
	value_set(o, "wire", wire_object(&h->side[SIDE_WIRE], &h->ends));
	value_set(o, "destinations_estimated", json_boolean(host_estimated(h)));
	value_set(o, "leak_cause", value_text(h->leak_cause));
	value_set(o, "unjudged", compared ? value_number(h->unjudged) : json_null());
	value_set(o, "companions", companions_object(h, h->companion));
	value_set(o, "advice", value_text(reasons_advice(h, advice)));
	value_set(o, "score", v != NULL ? json_real(judge_score(v->score)) : json_null());
	if (h->places.count > 0)
		value_set(o, "autonomous_systems", value_number(places_systems(&h->places)));
	value_set(o, "machines", v != NULL && v->machines > 1 ? value_number(v->machines) : json_null());
	value_set(o, "usual", h->judged ? level_object(&h->judgement.usual) : json_null());
	value_set(o, "unusual", unusual_object(h, local));
	value_set(o, "syns", value_number(s->syns));
	value_set(o, "mac_changed", card_object(h, local));
	addresses_set(o, addresses, count);
	return o;
}
