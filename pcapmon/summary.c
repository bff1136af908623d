/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>

#include "text.h"
#include "when.h"

#define COLUMNS 80
#define HOST_WIDTH 22 /* what all other columns leave of 80 */

static uint64_t
unanswered(const struct host_total *h)
{
	return h->attempts - h->established - h->refused;
}

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

/* Memory that runs out leaves a NULL behind, which the setters report as -1. */
static json_t *
json_host(const struct host_total *h)
{
	char host[ADDR_TEXT];
	json_t *o = json_object();
	int bad = json_object_set_new(o, "host", json_string(addr_print(&h->host, host)));

	bad |= json_object_set_new(o, "port", json_integer(h->port));
	bad |= json_object_set_new(o, "syns", json_number(h->syns));
	bad |= json_object_set_new(o, "attempts", json_number(h->attempts));
	bad |= json_object_set_new(o, "retransmits", json_number(h->retransmits));
	bad |= json_object_set_new(o, "destinations", json_number(h->destinations));
	bad |= json_object_set_new(o, "established", json_number(h->established));
	bad |= json_object_set_new(o, "refused", json_number(h->refused));
	bad |= json_object_set_new(o, "unanswered", json_number(unanswered(h)));
	bad |= json_object_set_new(o, "first", json_when(true, h->first));
	bad |= json_object_set_new(o, "last", json_when(true, h->last));
	bad |= json_object_set_new(o, "peak_per_minute", json_number(h->peak));
	if (h->tiny > 0)
		bad |= json_object_set_new(o, "tiny_fragments", json_number(h->tiny));
	if (h->overlapping > 0)
		bad |= json_object_set_new(o, "overlapping_fragments", json_number(h->overlapping));
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
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
	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(hosts, json_host(&host[i]));
	errno = bad != 0 ? ENOMEM : 0;
	if (bad == 0)
		bad = json_dumpf(root, out, JSON_INDENT(2));
	if (bad == 0)
		bad = fputc('\n', out) == EOF || fflush(out) != 0;
	json_decref(capture);
	json_decref(hosts);
	json_decref(root);
	return bad == 0;
}

/* A long IPv6 address takes the room of two columns that a reader misses least: an address broken in two is of no use
 * to anybody. The JSON always has everything. */
static bool
add_columns(struct libscols_table *table, bool narrow)
{
	const int spare = SCOLS_FL_RIGHT | (narrow ? SCOLS_FL_HIDDEN : 0);
	const struct {
		const char *name;
		int flags;
	} columns[] = {
	        {"HOST", 0},
	        {"PORT", SCOLS_FL_RIGHT},
	        {"ATTEMPTS", SCOLS_FL_RIGHT},
	        {"RESENT", spare},
	        {"DESTS", SCOLS_FL_RIGHT},
	        {"ESTAB", SCOLS_FL_RIGHT},
	        {"REFUSED", SCOLS_FL_RIGHT},
	        {"UNANSW", SCOLS_FL_RIGHT},
	        {"PEAK/MIN", spare},
	};

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		if (scols_table_new_column(table, columns[i].name, 0, columns[i].flags) == NULL)
			return false;
	return true;
}

static bool
has_long_address(const struct host_total *host, size_t count)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < count; i++)
		if (strlen(addr_print(&host[i].host, text)) > HOST_WIDTH)
			return true;
	return false;
}

static bool
add_host(struct libscols_table *table, const struct host_total *h)
{
	const uint64_t numbers[] = {h->port,        h->attempts, h->retransmits, h->destinations,
	                            h->established, h->refused,  unanswered(h),  h->peak};
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char text[ADDR_TEXT];

	if (line == NULL || scols_line_set_data(line, 0, addr_print(&h->host, text)) != 0)
		return false;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		snprintf(text, sizeof text, "%" PRIu64, numbers[i]);
		if (scols_line_set_data(line, i + 1, text) != 0)
			return false;
	}
	return true;
}

static void
print_head(FILE *out, const struct summary *s, size_t count)
{
	char first[WHEN_TEXT], last[WHEN_TEXT], span[WHEN_TEXT], packets[TEXT_NUMBER + 32];

	fprintf(out, "%s", text_count(s->packets, "packet", packets));
	if (s->packets > 0)
		fprintf(out, ", %s to %s (%s)", when_print(s->first, false, first), when_print(s->last, false, last),
		        span_print(s->last - s->first, span));
	fputc('\n', out);
	if (s->error != NULL)
		fprintf(out, "not complete: %s\n", s->error);
	fputs(count > 0 ? "\n" : "no connection to a watched port was opened\n", out);
}

bool
summary_text(FILE *out, const struct summary *s, struct totals *t)
{
	size_t count;
	const struct host_total *host = totals_sorted(t, &count);
	struct libscols_table *table = scols_new_table();
	bool ok = table != NULL && add_columns(table, has_long_address(host, count));

	for (size_t i = 0; ok && i < count; i++)
		ok = add_host(table, &host[i]);
	if (ok) {
		print_head(out, s, count);
		scols_table_set_stream(table, out);
		scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
		scols_table_set_termwidth(table, COLUMNS);
		ok = count == 0 || scols_print_table(table) == 0;
	} else {
		errno = ENOMEM;
	}
	scols_unref_table(table);
	return ok && fflush(out) == 0 && !ferror(out);
}
