/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "changed_cards.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/when.h"
#include "lib/output/value.h"
#include "lib/priv/priv.h"
#include "lib/store/store.h"
#include "nfqd/query/cursor.h"
#include "nfqd/query/query.h"

#define MOST 20 /* addresses */

static const char sql[] = "SELECT host, mac, first, last FROM device"
                          " WHERE host IN (SELECT host FROM device WHERE first > ?1) ORDER BY host";

/* An allow line in force names this very address. Behind a prefix or a range, cards come and go. */
static bool
has_line(const struct policy *p, const struct addr *a, int64_t now)
{
	uint32_t n = policy_find(p, &p->sources, a);
	const struct node *node;

	if (n == POLICY_NONE)
		return false;
	node = policy_nodes(p) + n;
	if (node->prefix.len != addr_bits(a))
		return false;
	for (uint32_t i = node->rule; i < node->rule + node->rule_count; i++) {
		const struct rule *rule = policy_rules(p) + i;

		if (rule->action != RULE_BLOCK && now >= rule->from && now < rule->until)
			return true;
	}
	return false;
}

static void
add_changed(json_t *list, const struct addr *host, const struct cards *cards, int64_t since)
{
	const struct card *before, *after;

	if (json_array_size(list) < MOST && cards_changed(cards, since, &before, &after) && before->last <= after->last)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "host", value_address(host), "from",
		                                      value_mac(before->mac), "to", value_mac(after->mac), "at",
		                                      value_moment(after->first)));
}

static json_t *
read_all(struct store *s, const struct config *c, int64_t now)
{
	struct statement *st = store_prepare(s, sql);
	struct addr host = {.family = 0}, next;
	struct cards cards = {.count = 0};
	json_t *list = json_array();
	struct card card;
	int step;

	if (st == NULL) {
		json_decref(list);
		return json_null();
	}
	bind_int(st, 1, now - DAY);
	while ((step = store_step(st)) == 1) {
		next = column_addr(st, 0);
		if (!addr_equal(&next, &host)) {
			add_changed(list, &host, &cards, now - DAY);
			host = next;
			cards.count = 0;
		}
		card.first = column_time(st, 2);
		card.last = column_time(st, 3);
		if (column_blob(st, 1, card.mac, sizeof card.mac) == sizeof card.mac && has_line(c->policy, &host, now))
			cards_saw(&cards, &card);
	}
	add_changed(list, &host, &cards, now - DAY);
	if (step == 0)
		return list;
	json_decref(list);
	return json_null();
}

json_t *
changed_cards_look(const struct config *c, int64_t now)
{
	char path[4096 + 16], why[512];
	struct store *s;
	json_t *list;

	snprintf(path, sizeof path, "%s/gate.db", c->database);
	priv_become_owner(path);
	if (access(path, F_OK) != 0 || (s = store_open_readonly(path, &schema_gate, why, sizeof why)) == NULL)
		return json_null();
	list = read_all(s, c, now);
	store_close(s);
	return list;
}

void
changed_cards_print(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		printf("%-9s %s: MAC address changed from %s to %s at %s\n", "card",
		       json_string_value(json_object_get(o, "host")), json_string_value(json_object_get(o, "from")),
		       json_string_value(json_object_get(o, "to")), json_string_value(json_object_get(o, "at")));
	}
}
