/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/query/query.h"
#include "lib/priv/priv.h"
#include "lib/store/store.h"
#include "lib/base/text.h"
#include "lib/base/when.h"
#include "lib/output/value.h"

#define INTERFACES 512
#define AWAY " (away)"

static const char meta_sql[] = "SELECT value FROM meta WHERE key = ?1";
static const char count_sql[] = "SELECT count(*) FROM gap WHERE until > ?1";
static const char last_sql[] = "SELECT since, until, cause, missing FROM gap ORDER BY until DESC, id DESC LIMIT 1";

static int64_t
meta(struct statement *st, const char *key)
{
	int64_t value = 0;

	bind_text(st, 1, key);
	if (store_step(st) == 1)
		value = column_int(st, 0);
	store_reset(st);
	return value;
}

/* Splits "lan0, lan1 (away)" into two lists. */
static void
set_interfaces(struct statement *st, json_t *o)
{
	json_t *there = json_array(), *away = json_array();
	char names[INTERFACES + 1], *save = NULL;

	bind_text(st, 1, "run_interfaces");
	snprintf(names, sizeof names, "%s", store_step(st) == 1 ? column_text(st, 0) : "");
	store_reset(st);
	for (char *name = strtok_r(names, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save)) {
		char *end;

		name += strspn(name, " ");
		if ((end = strstr(name, AWAY)) != NULL)
			*end = '\0';
		json_array_append_new(end != NULL ? away : there, value_text(name));
	}
	json_object_set_new(o, "interfaces", there);
	json_object_set_new(o, "away", away);
}

static void
set_gaps(struct statement *count, struct statement *last, int64_t now, json_t *o)
{
	json_t *gap = json_null();

	bind_int(count, 1, now - DAY);
	json_object_set_new(o, "gaps", json_integer(store_step(count) == 1 ? column_int(count, 0) : 0));
	store_reset(count);
	if (store_step(last) == 1) {
		char cause[INTERFACES + 1];

		snprintf(cause, sizeof cause, "%s", column_text(last, 2));
		gap = json_pack("{s:o, s:o, s:o, s:o}", "since", value_moment(column_int(last, 0)), "until",
		                value_moment(column_int(last, 1)), "cause", value_text(cause), "missing",
		                column_null(last, 3) ? json_null() : json_integer(column_int(last, 3)));
	}
	store_reset(last);
	json_object_set_new(o, "last_gap", gap);
}

static json_t *
read_all(struct store *s, int64_t now)
{
	struct statement *get = store_prepare(s, meta_sql), *count = store_prepare(s, count_sql);
	struct statement *last = store_prepare(s, last_sql);
	int64_t alive, since;
	json_t *o;

	if (get == NULL || count == NULL || last == NULL)
		return json_pack("{s:s}", "error", store_error(s));
	if ((alive = meta(get, "run_alive")) == 0)
		return json_null();
	since = meta(get, "run_since");
	o = json_pack("{s:n, s:b, s:o, s:o, s:o, s:o, s:I, s:I}", "error", "running",
	              since > 0 && now - alive <= QUERY_ALIVE, "since", value_moment(since), "ended",
	              value_moment(since > 0 ? 0 : alive), "alive", value_moment(alive), "watched_until",
	              value_moment(meta(get, "watched_until")), "packets", (json_int_t)meta(get, "run_packets"),
	              "kernel_drops", (json_int_t)meta(get, "run_drops"));
	set_interfaces(get, o);
	set_gaps(count, last, now, o);
	return o;
}

json_t *
witness_look(const char *directory, int64_t now)
{
	char path[4096 + 16], why[512];
	struct store *s;
	json_t *o;

	snprintf(path, sizeof path, "%s/wire.db", directory);
	priv_become_owner(path);
	if (access(path, F_OK) != 0)
		return json_null();
	if ((s = store_open_readonly(path, &schema_wire, why, sizeof why)) == NULL)
		return json_pack("{s:o}", "error", value_text(why));
	o = read_all(s, now);
	store_close(s);
	return o;
}

static const char *
word(const json_t *o, const char *key, char *buf, size_t size)
{
	const char *value = json_string_value(json_object_get(o, key));

	return text_safe(value != NULL ? value : "-", text_style(stdout).utf8, buf, size);
}

static void
print_names(const json_t *list, const char *before, const char *end)
{
	char buf[4 * INTERFACES];

	for (size_t i = 0; i < json_array_size(list); i++)
		printf("%s%s%s", before,
		       text_safe(json_string_value(json_array_get(list, i)), text_style(stdout).utf8, buf, sizeof buf),
		       end);
}

static void
print_gap(const json_t *o)
{
	const json_t *gap = json_object_get(o, "last_gap"), *missing = json_object_get(gap, "missing");
	char since[128], until[128], cause[4 * INTERFACES];

	if (!json_is_object(gap))
		return;
	printf("%-9s %jd in the last 24 h; last: %s to %s, ", "",
	       (intmax_t)json_integer_value(json_object_get(o, "gaps")), word(gap, "since", since, sizeof since),
	       word(gap, "until", until, sizeof until));
	if (json_is_integer(missing))
		printf("%jd missing: ", (intmax_t)json_integer_value(missing));
	printf("%s\n", word(gap, "cause", cause, sizeof cause));
}

void
witness_print(const json_t *o)
{
	const json_t *there = json_object_get(o, "interfaces"), *away = json_object_get(o, "away");
	bool running = json_is_true(json_object_get(o, "running"));
	char buf[4 * INTERFACES];

	if (!json_is_object(o))
		return;
	printf("%-9s ", "pcapmon");
	if (json_is_string(json_object_get(o, "error"))) {
		printf("%s\n", word(o, "error", buf, sizeof buf));
		return;
	}
	if (running)
		printf("running since %s", word(o, "since", buf, sizeof buf));
	else if (json_is_string(json_object_get(o, "ended")))
		printf("ended %s", word(o, "ended", buf, sizeof buf));
	else
		printf("NOT running, or cannot write: silent since %s", word(o, "alive", buf, sizeof buf));
	print_names(there, ", ", "");
	print_names(away, ", ", " AWAY");
	printf("; packets %jd, dropped by the kernel %jd\n",
	       (intmax_t)json_integer_value(json_object_get(o, "packets")),
	       (intmax_t)json_integer_value(json_object_get(o, "kernel_drops")));
	print_gap(o);
}
