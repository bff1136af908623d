/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "pcapmon/tally/tracked.h"
#include "lib/judge/words.h"
#include "summary.h"
#include "lib/output/addresses.h"
#include "lib/output/companion.h"
#include "lib/base/text.h"
#include "lib/base/when.h"
#include "lib/output/grid.h"

#define HOST_WIDTH 22 /* the rest of 80 columns */

static size_t
addresses_of(const struct summary *s, const struct addr *host)
{
	const struct capture_label *label = s->joined != NULL ? capture_index_find(s->index, host) : NULL;

	return label != NULL ? label->address_count : 1;
}

/* The host's cell; one with several addresses gets a line of its own for them. */
static void
host_cell(struct grid *g, const struct summary *s, const struct addr *host)
{
	size_t count = addresses_of(s, host);
	char text[ADDRESSES_TEXT];

	addresses_print(host, count, text);
	grid_line(g, count > 1 ? text : NULL, PAINT_PLAIN);
	grid_cell(g, count > 1 ? "" : text);
}

static bool
has_long_address(const struct summary *s, const struct host_total *host, size_t count)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < count; i++)
		if (strlen(addr_print(&host[i].host, text)) > HOST_WIDTH && addresses_of(s, &host[i].host) == 1)
			return true;
	return false;
}

/* A long IPv6 address takes the place of the two least important columns (`narrow`), because nobody can use an address
 * that is broken in two. The JSON output has all columns. */
static struct grid *
host_grid(const struct summary *s, const struct host_total *host, size_t count, bool narrow)
{
	static const char *const columns[] = {"PORT",  "ATTEMPTS", "RESENT", "DESTS",
	                                      "ESTAB", "REFUSED",  "UNANSW", "PEAK/MIN"};
	struct grid *g = grid_new(1);
	char text[ADDR_TEXT];

	grid_column(g, "HOST", false);
	for (size_t n = 0; n < sizeof columns / sizeof *columns; n++)
		if (!narrow || (n != 2 && n != 7))
			grid_column(g, columns[n], true);
	for (size_t i = 0; i < count; i++) {
		const struct host_total *h = &host[i];
		const uint64_t numbers[] = {h->port,        h->attempts, h->retransmits,     h->destinations,
		                            h->established, h->refused,  host_unanswered(h), h->peak};

		host_cell(g, s, &h->host);
		for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
			snprintf(text, sizeof text, "%" PRIu64, numbers[n]);
			if (!narrow || (n != 2 && n != 7))
				grid_cell(g, text);
		}
	}
	return g;
}

/* Response time, ends and bytes of connections, for hosts that established any. */
static struct grid *
connection_grid(const struct summary *s, const struct host_total *host, size_t count, bool narrow)
{
	static const char *const columns[] = {"PORT", "ANSWER", "CLOSED", "RESET", "TIMEOUT", "SENT", "RECEIVED"};
	struct grid *g = grid_new(1);
	char text[ADDR_TEXT], number[TEXT_NUMBER];

	grid_column(g, "HOST", false);
	for (size_t n = 0; n < sizeof columns / sizeof *columns; n++)
		if (!narrow || (n != 3 && n != 4))
			grid_column(g, columns[n], true);
	for (size_t i = 0; i < count; i++) {
		const struct host_total *h = &host[i];
		const uint64_t timed = h->more[OUTCOME_ANSWERED];
		const uint64_t numbers[] = {h->more[OUTCOME_CLOSED_BY_HOST] + h->more[OUTCOME_CLOSED_BY_SERVER],
		                            h->more[OUTCOME_RESET_BY_HOST] + h->more[OUTCOME_RESET_BY_SERVER],
		                            h->more[OUTCOME_TIMED_OUT], h->more[OUTCOME_BYTES_OUT],
		                            h->more[OUTCOME_BYTES_IN]};

		if (h->established == 0)
			continue;
		host_cell(g, s, &h->host);
		snprintf(text, sizeof text, "%u", h->port);
		grid_cell(g, text);
		if (timed > 0)
			snprintf(text, sizeof text, "%.1f ms",
			         (double)h->more[OUTCOME_ANSWER_TIME] / (double)timed / 1000);
		grid_cell(g, timed > 0 ? text : "-");
		for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
			if (!narrow || (n != 1 && n != 2))
				grid_cell(g, text_number_short(numbers[n], number));
	}
	return g;
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
		text_wrap(out, text, 0, GRID_COLUMNS, utf8);
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

/* Hosts with a label, a passed threshold or several machines. */
static void
print_labels(FILE *out, const struct summary *s)
{
	const bool utf8 = text_style(out).utf8;
	char host[ADDR_TEXT];

	for (size_t i = 0; i < s->label_count; i++) {
		const struct judgement *v = &s->labels[i].judgement;
		const char *certainty = judge_certainty_name(v->certainty);
		struct judge_words words;
		char advice[JUDGE_ADVICE], places[PLACES_TEXT], several[ADDRESSES_SENTENCE];

		if (v->certainty == CERTAINTY_NONE && v->crossed_at == 0 && v->machines == 0)
			continue;
		fprintf(out, "\n%s: %s%s%s\n", addr_print(&s->labels[i].host, host), judge_label_name(v->label),
		        certainty != NULL ? ", " : "", certainty != NULL ? certainty : "");
		if (addresses_sentence(s->labels[i].addresses, s->labels[i].address_count, s->labels[i].device,
		                       several))
			text_wrap(out, several, 2, GRID_COLUMNS, utf8);
		judge_reasons(v, &words);
		judge_reasons_evidence(v, &s->labels[i].evidence, &words);
		for (size_t n = 0; n < words.count; n++)
			text_wrap(out, words.text[n], 2, GRID_COLUMNS, utf8);
		if (places_sentence(&s->labels[i].places, s->labels[i].destinations, places))
			text_wrap(out, places, 2, GRID_COLUMNS, utf8);
		if (judge_advice(v, advice) != NULL)
			text_wrap(out, advice, 2, GRID_COLUMNS, utf8);
	}
}

static void
print_companions(FILE *out, const struct summary *s)
{
	const bool utf8 = text_style(out).utf8;
	char host[ADDR_TEXT], line[COMPANION_SENTENCE], hosts[TEXT_NUMBER + 32], connections[TEXT_NUMBER + 32];

	for (size_t i = 0; i < s->companion_count; i++) {
		if (!companion_sentence(&s->companions[i].companion, 0, utf8, line))
			continue;
		fprintf(out, "\n%s\n", addr_print(&s->companions[i].host, host));
		for (size_t n = 0; companion_sentence(&s->companions[i].companion, n, utf8, line); n++)
			text_wrap(out, line, 2, GRID_COLUMNS, utf8);
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
		fprintf(out, ", %s to %s (%s)", when_say(s->first, first), when_say(s->last, last),
		        span_print(s->last - s->first, span));
	fputc('\n', out);
	if (s->unknown > 0)
		fprintf(out, "not understood: %s; connections within are not counted\n",
		        text_count(s->unknown, "packet", packets));
	if (s->error != NULL)
		fprintf(out, "not complete: %s\n", s->error);
	fputs(count > 0 ? "\n" : "no connection to a watched port was opened\n", out);
}

bool
summary_text(FILE *out, const struct summary *s, struct totals *t)
{
	const struct text_style plain = {.utf8 = text_style(out).utf8};
	size_t count;
	const struct host_total *host = totals_sorted(t, &count);
	struct grid *hosts, *connections;
	bool narrow;

	if (s->joined != NULL) {
		host = s->joined;
		count = s->joined_count;
	}
	narrow = has_long_address(s, host, count);
	hosts = host_grid(s, host, count, narrow);
	connections = connection_grid(s, host, count, narrow);
	print_head(out, s, count);
	if (grid_lines(hosts) > 0)
		grid_print(hosts, out, plain);
	if (grid_lines(connections) > 0) {
		fputc('\n', out);
		grid_print(connections, out, plain);
	}
	print_decoys(out, host, count);
	print_pools(out, t);
	print_labels(out, s);
	print_companions(out, s);
	grid_free(hosts);
	grid_free(connections);
	return fflush(out) == 0 && !ferror(out);
}
