/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"

#include <errno.h>
#include <jansson.h>

#include "lib/judge/words.h"
#include "lib/companion/words.h"
#include "lib/base/when.h"

static json_t *
json_when(bool known, int64_t when)
{
	char text[WHEN_TEXT];

	return known ? json_string(when_print(when, true, text)) : json_null();
}

static json_t *
json_number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
json_milliseconds(bool known, uint64_t microseconds)
{
	return known ? json_real((double)microseconds / 1000) : json_null();
}

static json_t *
json_ended(const struct host_total *h)
{
	static const struct {
		const char *key;
		enum outcome_count count;
	} ends[] = {
	        {"closed_by_host", OUTCOME_CLOSED_BY_HOST}, {"closed_by_server", OUTCOME_CLOSED_BY_SERVER},
	        {"reset_by_host", OUTCOME_RESET_BY_HOST},   {"reset_by_server", OUTCOME_RESET_BY_SERVER},
	        {"timed_out", OUTCOME_TIMED_OUT},
	};
	json_t *o = json_object();
	int bad = 0;

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		bad |= json_object_set_new(o, ends[i].key, json_number(h->more[ends[i].count]));
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
json_pools(struct totals *t)
{
	const struct pool_total *outside = totals_pool(t, POOL_OUTSIDE), *room = totals_pool(t, POOL_ROOM);

	return json_pack("{s{sIsI}s{sIsIsI}}", "outside_lan", "syns", (json_int_t)outside->syns, "attempts",
	                 (json_int_t)outside->attempts, "no_room", "syns", (json_int_t)room->syns, "attempts",
	                 (json_int_t)room->attempts, "hosts_evicted", (json_int_t)room->evicted);
}

/* Memory that runs out leaves a NULL behind, which the setters report as -1. */
static json_t *
json_host(const struct host_total *h)
{
	char host[ADDR_TEXT];
	uint64_t timed = h->more[OUTCOME_ANSWERED];
	json_t *o = json_object();
	int bad = json_object_set_new(o, "host", json_string(addr_print(&h->host, host)));

	bad |= json_object_set_new(o, "port", json_integer(h->port));
	bad |= json_object_set_new(o, "syns", json_number(h->syns));
	bad |= json_object_set_new(o, "attempts", json_number(h->attempts));
	bad |= json_object_set_new(o, "retransmits", json_number(h->retransmits));
	bad |= json_object_set_new(o, "destinations", json_number(h->destinations));
	bad |= json_object_set_new(o, "established", json_number(h->established));
	bad |= json_object_set_new(o, "refused", json_number(h->refused));
	bad |= json_object_set_new(o, "unanswered", json_number(host_unanswered(h)));
	bad |= json_object_set_new(o, "first", json_when(true, h->first));
	bad |= json_object_set_new(o, "last", json_when(true, h->last));
	bad |= json_object_set_new(o, "peak_per_minute", json_number(h->peak));
	bad |= json_object_set_new(o, "duplicates", json_number(h->more[OUTCOME_DUPLICATES]));
	bad |= json_object_set_new(o, "refused_by_icmp", json_number(h->more[OUTCOME_ICMP]));
	bad |= json_object_set_new(o, "answer_mean_ms",
	                           json_milliseconds(timed > 0, timed > 0 ? h->more[OUTCOME_ANSWER_TIME] / timed : 0));
	bad |= json_object_set_new(o, "answer_max_ms", json_milliseconds(timed > 0, h->more[OUTCOME_ANSWER_MOST]));
	bad |= json_object_set_new(o, "ended", json_ended(h));
	bad |= json_object_set_new(o, "bytes_out", json_number(h->more[OUTCOME_BYTES_OUT]));
	bad |= json_object_set_new(o, "bytes_in", json_number(h->more[OUTCOME_BYTES_IN]));
	if (h->tiny > 0)
		bad |= json_object_set_new(o, "tiny_fragments", json_number(h->tiny));
	if (h->overlapping > 0)
		bad |= json_object_set_new(o, "overlapping_fragments", json_number(h->overlapping));
	if (h->decoys > 0)
		bad |= json_object_set_new(o, "decoys", json_number(h->decoys));
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
json_reasons(const struct capture_label *l)
{
	json_t *list = json_array();
	struct judge_words words;
	char places[SPOTS_TEXT];
	int bad = list == NULL;

	judge_why(&l->judgement, &words);
	judge_why_evidence(&l->judgement, &l->evidence, &words);
	for (size_t i = 0; i < words.count; i++)
		bad |= json_array_append_new(list, json_string(words.text[i]));
	if (spots_tell(&l->spots, l->destinations, places))
		bad |= json_array_append_new(list, json_string(places));
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
json_text(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

static json_t *
json_countries(const struct capture_label *l)
{
	struct country_count country[SPOTS_COUNTRIES];
	size_t count = spots_countries(&l->spots, country);
	json_t *list = json_array();
	int bad = list == NULL;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(list, json_string(country[i].name));
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
json_label(const struct capture_label *l, bool places)
{
	const struct judgement *v = &l->judgement;
	json_t *o = json_object();
	char host[ADDR_TEXT], advice[JUDGE_ADVICE];
	int bad = json_object_set_new(o, "host", json_string(addr_print(&l->host, host)));

	bad |= json_object_set_new(o, "label", json_string(judge_label_name(v->label)));
	bad |= json_object_set_new(o, "certainty", json_text(judge_certainty_name(v->certainty)));
	bad |= json_object_set_new(o, "score", json_real(judge_score(v->score)));
	bad |= json_object_set_new(o, "why", json_reasons(l));
	bad |= json_object_set_new(o, "advice", json_text(judge_advice(v, advice)));
	bad |= json_object_set_new(o, "machines", v->machines > 1 ? json_integer(v->machines) : json_null());
	if (places) {
		bad |= json_object_set_new(o, "countries", json_countries(l));
		bad |= json_object_set_new(o, "autonomous_systems", json_number(spots_systems(&l->spots)));
	}
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
json_labels(const struct summary *s)
{
	json_t *list = json_array();
	int bad = list == NULL;

	for (size_t i = 0; i < s->label_count; i++)
		bad |= json_array_append_new(list, json_label(&s->labels[i], s->places));
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
json_companions(const struct summary *s)
{
	json_t *list = json_array();
	char host[ADDR_TEXT];
	int bad = list == NULL;

	for (size_t i = 0; i < s->companion_count; i++) {
		json_t *row = json_object(), *companion = tell_json(&s->companions[i].companion);

		bad |= json_array_append(list, row);
		bad |= json_object_set_new(row, "host", json_string(addr_print(&s->companions[i].host, host)));
		bad |= companion == NULL ? -1 : json_object_update(row, companion);
		json_decref(row);
		json_decref(companion);
	}
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
json_companions_lost(const struct summary *s)
{
	return json_pack("{sIsI}", "hosts", (json_int_t)s->companions_lost.hosts, "connections",
	                 (json_int_t)s->companions_lost.connections);
}

bool
summary_json(FILE *out, const struct summary *s, struct totals *t)
{
	size_t count;
	const struct host_total *host = totals_sorted(t, &count);
	json_t *root = json_object(), *capture = json_object(), *hosts = json_array();
	int bad = json_object_set(root, "capture", capture) | json_object_set(root, "hosts", hosts);

	bad |= json_object_set_new(capture, "packets", json_number(s->packets));
	bad |= json_object_set_new(capture, "first", json_when(s->packets > 0, s->first));
	bad |= json_object_set_new(capture, "last", json_when(s->packets > 0, s->last));
	bad |= json_object_set_new(capture, "complete", json_boolean(s->error == NULL));
	bad |= json_object_set_new(capture, "error", s->error != NULL ? json_string(s->error) : json_null());
	bad |= json_object_set_new(capture, "not_understood", json_number(s->unknown));
	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(hosts, json_host(&host[i]));
	bad |= json_object_set_new(root, "labels", s->labels != NULL ? json_labels(s) : json_null());
	bad |= json_object_set_new(root, "pooled", json_pools(t));
	bad |= json_object_set_new(root, "companions", s->companions != NULL ? json_companions(s) : json_null());
	bad |= json_object_set_new(root, "companions_lost",
	                           s->companions != NULL ? json_companions_lost(s) : json_null());
	errno = bad != 0 ? ENOMEM : 0;
	if (bad == 0)
		bad = json_dumpf(root, out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));
	if (bad == 0)
		bad = fputc('\n', out) == EOF || fflush(out) != 0;
	json_decref(capture);
	json_decref(hosts);
	json_decref(root);
	return bad == 0;
}
