/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clauses of a line about addresses, in any order and each once: to, mac, from, until, max, note. */
#include "parser.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mac.h"
#include "lib/base/suggest.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"

/* The line being read, and its clauses so far. */
struct clauses {
	struct tokens *cur;
	struct directive *st;
	struct config_line *line;
	FILE *text; /* canonical */
	struct prefix cards[CONFIG_CARDS];
};

static void
print_time(FILE *text, const char *clause, int64_t when, int64_t day)
{
	char buf[WHEN_TEXT];

	if (when % DAY == 0 && when >= day)
		fprintf(text, " %s %.10s", clause, when_print(when - day, false, buf));
	else
		fprintf(text, " %s %s", clause, when_print(when, when % SECOND != 0, buf));
}

/* from and until. A date means the whole day, UTC; until includes it. */
static bool
read_time(struct tokens *cur, const char *clause, int64_t day, int64_t *out, FILE *text)
{
	const char *word = tokens_take(cur, "a date such as 2027-03-31");

	if (word == NULL)
		return false;
	if (when_parse_date(word, out))
		*out += day;
	else if (!when_parse(word, out)) {
		complain(cur->c, "%s: \"%s\" is not a time, expected a date such as 2027-03-31 or 2027-03-31T12:00:00Z",
		         clause, word);
		return false;
	}
	if (*out < 0) /* possible in 1970 with an offset */
		*out = 0;
	print_time(text, clause, *out, day);
	return true;
}

static bool
read_destinations(struct tokens *cur, struct directive *st, FILE *text)
{
	struct config_parser *parser = cur->c->parser;
	const struct word *w;
	char canonical[PREFIX_TEXT];

	st->to = (uint32_t)parser->to.count;
	fprintf(text, " to");
	while ((w = tokens_peek(cur)) != NULL && !config_is_clause(w)) {
		struct prefix prefix, *kept;

		cur->at++;
		if (!read_prefix(cur->c, "to", w->text, &prefix) ||
		    (kept = list_add(cur->c, &parser->to, sizeof *kept)) == NULL)
			return false;
		*kept = prefix;
		st->to_count++;
		fprintf(text, " %s", prefix_print(&prefix, canonical));
	}
	if (st->to_count == 0)
		complain(cur->c, "to: no prefix given, expected one or more prefixes");
	return st->to_count > 0;
}

/* "60/minute". */
static bool
read_max(struct tokens *cur, uint16_t *out, FILE *text)
{
	const char *word = tokens_take(cur, "a pace such as 60/minute");
	unsigned long number;
	char *end;

	if (word == NULL)
		return false;
	number = isdigit((unsigned char)*word) ? strtoul(word, &end, 10) : 0;
	if (number < 1 || number > UINT16_MAX || strcmp(end, "/minute") != 0) {
		complain(cur->c, "max: \"%s\" is not a pace, expected one from 1/minute to %d/minute", word,
		         UINT16_MAX);
		return false;
	}
	*out = (uint16_t)number;
	fprintf(text, " max %lu/minute", number);
	return true;
}

static bool
read_to(struct clauses *r)
{
	return read_destinations(r->cur, r->st, r->text);
}

static bool
read_card(struct config *c, const char *word, uint8_t mac[6])
{
	if (!mac_parse(word, mac))
		complain(c, "mac: \"%s\" is not a MAC address, expected one such as 02:00:00:00:00:25", word);
	else if (mac_no_card(mac) != NULL)
		complain(c, "mac: %s is %s, expected one such as 02:00:00:00:00:25", word, mac_no_card(mac));
	else
		return true;
	return false;
}

static bool
read_cards(struct clauses *r)
{
	struct config *c = r->cur->c;
	const struct word *w;
	char canonical[MAC_TEXT];
	uint8_t mac[6];

	fprintf(r->text, " mac");
	while ((w = tokens_peek(r->cur)) != NULL && !config_is_clause(w)) {
		r->cur->at++;
		if (!read_card(c, w->text, mac))
			return false;
		if (r->st->card_count == CONFIG_CARDS) {
			complain(c, "mac: too many cards, expected %d at most", CONFIG_CARDS);
			return false;
		}
		r->cards[r->st->card_count++] = policy_card(mac);
		fprintf(r->text, " %s", mac_print(mac, canonical));
	}
	if (r->st->card_count == 0)
		complain(c, "mac: no address given, expected one or more MAC addresses");
	return r->st->card_count > 0;
}

/* In the list, cards stand behind the destinations of their line. */
static bool
keep_cards(struct clauses *r)
{
	struct config *c = r->cur->c;

	if (r->st->to_count == 0)
		r->st->to = (uint32_t)c->parser->to.count;
	for (size_t i = 0; i < r->st->card_count; i++) {
		struct prefix *kept = list_add(c, &c->parser->to, sizeof *kept);

		if (kept == NULL)
			return false;
		*kept = r->cards[i];
	}
	return true;
}

static bool
read_from(struct clauses *r)
{
	return read_time(r->cur, "from", 0, &r->st->from, r->text);
}

static bool
read_until(struct clauses *r)
{
	return read_time(r->cur, "until", DAY, &r->st->until, r->text);
}

static bool
read_max_clause(struct clauses *r)
{
	return read_max(r->cur, &r->st->max, r->text);
}

static bool
read_note(struct clauses *r)
{
	const char *note = tokens_take(r->cur, "a text in quotes");

	if (note == NULL)
		return false;
	r->line->note = keep_string(r->cur->c, note);
	fprintf(r->text, " note ");
	config_put_string(r->text, note);
	return true;
}

static_assert(WORDS <= UINT16_MAX, "a line may have more destinations than struct rule can count");

#define FOR(kind) (1U << (kind))
#define FOR_ALLOW (FOR(ST_ALLOW) | FOR(ST_LOCAL))

/* The keywords after which each clause may stand. */
static const struct clause {
	const char *word;
	bool (*read)(struct clauses *r);
	unsigned kinds;
} clauses[] = {
        {"to", read_to, FOR_ALLOW},
        {"mac", read_cards, FOR(ST_ALLOW)},
        {"from", read_from, FOR_ALLOW | FOR(ST_BLOCK)},
        {"until", read_until, FOR_ALLOW | FOR(ST_BLOCK)},
        {"max", read_max_clause, FOR_ALLOW},
        {"note", read_note, FOR_ALLOW | FOR(ST_BLOCK) | FOR(ST_DENY_TO)},
};

#define CLAUSES (sizeof clauses / sizeof *clauses)

/* "from, until or note": the clauses of this kind of line. */
static const char *
expected(enum directive_kind kind, char out[64])
{
	const char *last = NULL;

	out[0] = '\0';
	for (size_t i = 0; i < CLAUSES; i++) {
		if ((clauses[i].kinds & FOR(kind)) == 0)
			continue;
		if (last != NULL)
			sprintf(out + strlen(out), "%s%s", out[0] != '\0' ? ", " : "", last);
		last = clauses[i].word;
	}
	if (last == NULL)
		return "the end of the line";
	sprintf(out + strlen(out), "%s%s", out[0] != '\0' ? " or " : "", last);
	return out;
}

const char *
clauses_suggest(enum directive_kind kind, const char *word)
{
	struct suggestion like = {.typed = word};

	for (size_t i = 0; i < CLAUSES; i++)
		if ((clauses[i].kinds & FOR(kind)) != 0)
			suggest(&like, clauses[i].word);
	return like.best;
}

/* The clause that the word begins in a line of this kind, or CLAUSES. */
static size_t
find_clause(enum directive_kind kind, const struct word *w)
{
	size_t i = 0;

	while (i < CLAUSES &&
	       (w->quoted || strcmp(w->text, clauses[i].word) != 0 || (clauses[i].kinds & FOR(kind)) == 0))
		i++;
	return i;
}

bool
clauses_read(struct tokens *cur, struct directive *st, struct config_line *line, FILE *text)
{
	struct clauses r = {.cur = cur, .st = st, .line = line, .text = text};
	const struct word *w;
	bool bare_note = false; /* the clause before is a note without quotes */
	unsigned seen = 0;      /* one bit per clause */
	char buf[64];

	while ((w = tokens_peek(cur)) != NULL) {
		size_t i = find_clause(st->kind, w);

		cur->at++;
		if (i == CLAUSES) {
			complain(cur->c, "%s: unexpected word \"%s\", expected %s%s", cur->keyword, w->text,
			         expected(st->kind, buf),
			         strcmp(w->text, "port") == 0 ? "; ports are set for all hosts, by a line port"
			         : bare_note                  ? "; a note of several words stands in quotes"
			                                      : "");
			return false;
		}
		if ((seen & 1U << i) != 0) {
			complain(cur->c, "%s: \"%s\" is given twice, expected once", cur->keyword, w->text);
			return false;
		}
		seen |= 1U << i;
		w = tokens_peek(cur);
		bare_note = clauses[i].read == read_note && w != NULL && !w->quoted;
		if (!clauses[i].read(&r))
			return false;
	}
	if (st->from >= st->until) {
		complain(cur->c, "%s: from is not before until, expected an earlier from", cur->keyword);
		return false;
	}
	return keep_cards(&r);
}
