/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "lib/output/addresses.h"
#include "lib/output/companion.h"
#include "lib/judge/words.h"
#include "lib/output/places.h"
#include "lib/output/value.h"

static json_t *
ended_object(const struct host_total *h)
{
	return value_ends(&(struct value_ends){
	        .closed_by_host = h->more[OUTCOME_CLOSED_BY_HOST],
	        .closed_by_server = h->more[OUTCOME_CLOSED_BY_SERVER],
	        .reset_by_host = h->more[OUTCOME_RESET_BY_HOST],
	        .reset_by_server = h->more[OUTCOME_RESET_BY_SERVER],
	        .timed_out = h->more[OUTCOME_TIMED_OUT],
	});
}

static json_t *
pooled_object(struct totals *t)
{
	const struct pool_total *outside = totals_pool(t, POOL_OUTSIDE), *room = totals_pool(t, POOL_ROOM);

	return value_pools(&(struct value_pool){outside->syns, outside->attempts, outside->evicted},
	                   &(struct value_pool){room->syns, room->attempts, room->evicted});
}

static json_t *
host_object(const struct host_total *h, bool local)
{
	uint64_t timed = h->more[OUTCOME_ANSWERED];
	json_t *o = value_object();

	value_set(o, "host", value_address(&h->host));
	value_set(o, "port", value_number(h->port));
	value_set(o, "syns", value_number(h->syns));
	value_set(o, "attempts", value_number(h->attempts));
	value_set(o, "retransmits", value_number(h->retransmits));
	value_set(o, "destinations", value_number(h->destinations));
	value_set(o, "established", value_number(h->established));
	value_set(o, "refused", value_number(h->refused));
	value_set(o, "unanswered", value_number(host_unanswered(h)));
	value_set(o, "first", value_time(h->first, local));
	value_set(o, "last", value_time(h->last, local));
	value_set(o, "peak_per_minute", value_number(h->peak));
	value_set(o, "duplicates", value_number(h->more[OUTCOME_DUPLICATES]));
	value_set(o, "refused_by_icmp", value_number(h->more[OUTCOME_ICMP]));
	value_set(o, "answer_mean_ms",
	          value_milliseconds(timed > 0, timed > 0 ? h->more[OUTCOME_ANSWER_TIME] / timed : 0));
	value_set(o, "answer_max_ms", value_milliseconds(timed > 0, h->more[OUTCOME_ANSWER_MOST]));
	value_set(o, "ended", ended_object(h));
	value_set(o, "bytes_out", value_number(h->more[OUTCOME_BYTES_OUT]));
	value_set(o, "bytes_in", value_number(h->more[OUTCOME_BYTES_IN]));
	if (h->tiny > 0)
		value_set(o, "tiny_fragments", value_number(h->tiny));
	if (h->overlapping > 0)
		value_set(o, "overlapping_fragments", value_number(h->overlapping));
	if (h->decoys > 0)
		value_set(o, "decoys", value_number(h->decoys));
	return o;
}

static json_t *
reasons_array(const struct capture_label *l)
{
	json_t *list = value_array();
	struct judge_words words;
	char places[PLACES_TEXT];

	judge_reasons(&l->judgement, &words);
	judge_reasons_evidence(&l->judgement, &l->evidence, &words);
	for (size_t i = 0; i < words.count; i++)
		value_append(list, json_string(words.text[i]));
	if (places_sentence(&l->places, l->destinations, places))
		value_append(list, json_string(places));
	return list;
}

static json_t *
label_object(const struct capture_label *l, bool places)
{
	const struct judgement *v = &l->judgement;
	json_t *o = value_object();
	char advice[JUDGE_ADVICE];

	value_set(o, "host", value_address(&l->host));
	value_set(o, "label", json_string(judge_label_name(v->label)));
	value_set(o, "certainty", value_text(judge_certainty_name(v->certainty)));
	value_set(o, "score", json_real(judge_score(v->score)));
	value_set(o, "why", reasons_array(l));
	value_set(o, "advice", value_text(judge_advice(v, advice)));
	value_set(o, "machines", v->machines > 1 ? value_number(v->machines) : json_null());
	if (places) {
		value_set(o, "countries", places_json(&l->places));
		value_set(o, "autonomous_systems", value_number(places_systems(&l->places)));
	}
	addresses_set(o, l->addresses, l->address_count);
	return o;
}

static json_t *
labels_array(const struct summary *s)
{
	json_t *list;

	if (s->labels == NULL)
		return json_null();
	list = value_array();
	for (size_t i = 0; i < s->label_count; i++)
		value_append(list, label_object(&s->labels[i], s->places));
	return list;
}

static json_t *
companions_array(const struct summary *s)
{
	json_t *list;

	if (s->companions == NULL)
		return json_null();
	list = value_array();
	for (size_t i = 0; i < s->companion_count; i++) {
		json_t *row = value_object(), *companion = companion_json(&s->companions[i].companion);

		value_set(row, "host", value_address(&s->companions[i].host));
		if (json_object_update(row, companion) != 0)
			fatalx("out of memory");
		json_decref(companion);
		value_append(list, row);
	}
	return list;
}

static json_t *
companions_lost_object(const struct summary *s)
{
	json_t *o;

	if (s->companions == NULL)
		return json_null();
	o = value_object();
	value_set(o, "hosts", value_number(s->companions_lost.hosts));
	value_set(o, "connections", value_number(s->companions_lost.connections));
	return o;
}

static json_t *
capture_object(const struct summary *s)
{
	json_t *o = value_object();

	value_set(o, "packets", value_number(s->packets));
	value_set(o, "first", s->packets > 0 ? value_time(s->first, s->local) : json_null());
	value_set(o, "last", s->packets > 0 ? value_time(s->last, s->local) : json_null());
	value_set(o, "complete", json_boolean(s->error == NULL));
	value_set(o, "error", value_text(s->error));
	value_set(o, "not_understood", value_number(s->unknown));
	return o;
}

bool
summary_json(FILE *out, const struct summary *s, struct totals *t)
{
	size_t count;
	const struct host_total *host = totals_sorted(t, &count);
	json_t *o = value_object(), *hosts = value_array();

	for (size_t i = 0; i < count; i++)
		value_append(hosts, host_object(&host[i], s->local));
	value_set(o, "capture", capture_object(s));
	value_set(o, "hosts", hosts);
	value_set(o, "labels", labels_array(s));
	value_set(o, "pooled", pooled_object(t));
	value_set(o, "companions", companions_array(s));
	value_set(o, "companions_lost", companions_lost_object(s));
	return value_print(o, out) && fflush(out) == 0;
}
