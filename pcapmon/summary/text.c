/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>

#include "pcapmon/tally/tracked.h"
#include "lib/judge/words.h"
#include "summary.h"
#include "lib/companion/words.h"
#include "lib/base/text.h"
#include "lib/base/when.h"

#define COLUMNS 80
#define HOST_WIDTH 22 /* what all other columns leave of 80 */

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
set_cell(struct libscols_line *line, size_t n, const char *text)
{
	return scols_line_set_data(line, n, text) == 0;
}

static bool
add_connections(struct libscols_table *table, const struct host_total *h)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	uint64_t timed = h->more[OUTCOME_ANSWERED];
	const uint64_t numbers[] = {h->more[OUTCOME_CLOSED_BY_HOST] + h->more[OUTCOME_CLOSED_BY_SERVER],
	                            h->more[OUTCOME_RESET_BY_HOST] + h->more[OUTCOME_RESET_BY_SERVER],
	                            h->more[OUTCOME_TIMED_OUT], h->more[OUTCOME_BYTES_OUT], h->more[OUTCOME_BYTES_IN]};
	char text[ADDR_TEXT], span[WHEN_TEXT], number[TEXT_NUMBER];
	bool ok;

	if (line == NULL)
		return false;
	snprintf(number, sizeof number, "%u", h->port);
	ok = set_cell(line, 0, addr_print(&h->host, text)) && set_cell(line, 1, number);
	if (timed > 0)
		snprintf(span, sizeof span, "%.1f ms", (double)h->more[OUTCOME_ANSWER_TIME] / (double)timed / 1000);
	ok = ok && set_cell(line, 2, timed > 0 ? span : "-");
	for (size_t i = 0; ok && i < sizeof numbers / sizeof *numbers; i++)
		ok = set_cell(line, i + 3, text_number_short(numbers[i], number));
	return ok;
}

static bool
add_host(struct libscols_table *table, const struct host_total *h)
{
	const uint64_t numbers[] = {h->port,        h->attempts, h->retransmits,     h->destinations,
	                            h->established, h->refused,  host_unanswered(h), h->peak};
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

/* How long the first answer took, how connections ended and what went over them; of hosts that had any. */
static struct libscols_table *
connection_table(const struct host_total *host, size_t count, bool narrow)
{
	static const char *const columns[] = {"HOST",  "PORT",    "ANSWER", "CLOSED",
	                                      "RESET", "TIMEOUT", "SENT",   "RECEIVED"};
	struct libscols_table *table = scols_new_table();
	bool ok = table != NULL;

	for (size_t i = 0; ok && i < sizeof columns / sizeof *columns; i++)
		ok = scols_table_new_column(table, columns[i], 0,
		                            i == 0                         ? 0
		                            : narrow && (i == 4 || i == 5) ? SCOLS_FL_RIGHT | SCOLS_FL_HIDDEN
		                                                           : SCOLS_FL_RIGHT) != NULL;
	for (size_t i = 0; ok && i < count; i++)
		if (host[i].established > 0)
			ok = add_connections(table, &host[i]);
	if (ok)
		return table;
	scols_unref_table(table);
	return NULL;
}

static void
print_decoys(FILE *out, const struct host_total *host, size_t count)
{
	const bool utf8 = text_style(out).utf8;
	char text[256], address[ADDR_TEXT], number[TEXT_NUMBER + 32];

	for (size_t i = 0; i < count; i++) {
		if (host[i].decoys == 0)
			continue;
		snprintf(text, sizeof text,
		         "%s hides among decoys which connection to port %u it opens: %s within seconds, with the "
		         "same addresses and ports as many before",
		         addr_print(&host[i].host, address), host[i].port,
		         text_count(host[i].decoys, "attempt", number));
		fputc('\n', out);
		text_wrap(out, text, 0, COLUMNS, utf8);
	}
}

static void
print_pools(FILE *out, struct totals *t)
{
	const struct pool_total *outside = totals_pool(t, POOL_OUTSIDE), *room = totals_pool(t, POOL_ROOM);
	char attempts[TEXT_NUMBER + 32], hosts[TEXT_NUMBER + 32];

	if (outside->syns > 0 || room->syns > 0 || room->evicted > 0)
		fputc('\n', out);
	if (outside->syns > 0)
		fprintf(out, "not shown: %s from outside lan to outside lan\n",
		        text_count(outside->attempts, "attempt", attempts));
	if (room->syns > 0 || room->evicted > 0)
		fprintf(out, "not shown: %s by hosts beyond the %d counted one by one; %s evicted\n",
		        text_count(room->attempts, "attempt", attempts), TRACKED_HOSTS,
		        text_count(room->evicted, "host", hosts));
}

/* Of hosts of which there is something to say. */
static void
print_labels(FILE *out, const struct summary *s)
{
	const bool utf8 = text_style(out).utf8;
	char host[ADDR_TEXT];

	for (size_t i = 0; i < s->label_count; i++) {
		const struct judgement *v = &s->labels[i].judgement;
		const char *certainty = judge_certainty_name(v->certainty);
		struct judge_words words;
		char advice[JUDGE_ADVICE], places[SPOTS_TEXT];

		if (v->certainty == CERTAINTY_NONE && v->crossed_at == 0 && v->machines == 0)
			continue;
		fprintf(out, "\n%s: %s%s%s\n", addr_print(&s->labels[i].host, host), judge_label_name(v->label),
		        certainty != NULL ? ", " : "", certainty != NULL ? certainty : "");
		judge_why(v, &words);
		judge_why_evidence(v, &s->labels[i].evidence, &words);
		for (size_t n = 0; n < words.count; n++)
			text_wrap(out, words.text[n], 2, COLUMNS, utf8);
		if (spots_tell(&s->labels[i].spots, s->labels[i].destinations, places))
			text_wrap(out, places, 2, COLUMNS, utf8);
		if (judge_advice(v, advice) != NULL)
			text_wrap(out, advice, 2, COLUMNS, utf8);
	}
}

static void
print_companions(FILE *out, const struct summary *s)
{
	const bool utf8 = text_style(out).utf8;
	char host[ADDR_TEXT], line[TELL_LINE], hosts[TEXT_NUMBER + 32], connections[TEXT_NUMBER + 32];

	for (size_t i = 0; i < s->companion_count; i++) {
		if (!tell_line(&s->companions[i].companion, 0, utf8, line))
			continue;
		fprintf(out, "\n%s\n", addr_print(&s->companions[i].host, host));
		for (size_t n = 0; tell_line(&s->companions[i].companion, n, utf8, line); n++)
			text_wrap(out, line, 2, COLUMNS, utf8);
	}
	if (s->companions_lost.hosts > 0 || s->companions_lost.connections > 0)
		fprintf(out, "\nside traffic is incomplete: no room for %s, %s\n",
		        text_count(s->companions_lost.hosts, "lookup or host", hosts),
		        text_count(s->companions_lost.connections, "connection", connections));
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
	if (s->unknown > 0)
		fprintf(out, "not understood: %s; connections within are not counted\n",
		        text_count(s->unknown, "packet", packets));
	if (s->error != NULL)
		fprintf(out, "not complete: %s\n", s->error);
	fputs(count > 0 ? "\n" : "no connection to a watched port was opened\n", out);
}

static bool
print_table(struct libscols_table *table, FILE *out)
{
	scols_table_set_stream(table, out);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table, COLUMNS);
	return scols_table_get_nlines(table) == 0 || scols_print_table(table) == 0;
}

bool
summary_text(FILE *out, const struct summary *s, struct totals *t)
{
	size_t count;
	const struct host_total *host = totals_sorted(t, &count);
	bool narrow = has_long_address(host, count);
	struct libscols_table *table = scols_new_table(), *connections = connection_table(host, count, narrow);
	bool ok = table != NULL && connections != NULL && add_columns(table, narrow);

	for (size_t i = 0; ok && i < count; i++)
		ok = add_host(table, &host[i]);
	if (ok) {
		print_head(out, s, count);
		ok = print_table(table, out);
		if (scols_table_get_nlines(connections) > 0)
			fputc('\n', out);
		ok = ok && print_table(connections, out);
		print_decoys(out, host, count);
		print_pools(out, t);
		print_labels(out, s);
		print_companions(out, s);
	} else {
		errno = ENOMEM;
	}
	scols_unref_table(table);
	scols_unref_table(connections);
	return ok && fflush(out) == 0 && !ferror(out);
}
