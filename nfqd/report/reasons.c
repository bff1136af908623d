/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reasons.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "changed.h"
#include "lib/policy/event.h"
#include "lib/base/text.h"
#include "evidence.h"
#include "looked_up.h"
#include "lib/base/when.h"

#define PORTS 4       /* named in a sentence */
#define PEAK_SHOWN 10 /* attempts in a minute that are worth a sentence */

/* The gate's verdicts, grouped for sentences. */
enum outcome { REFUSED, AUDITED, ALLOWED, OUTCOMES };

static const char *const outcomes[OUTCOMES] = {"refused", "passed for audit", "allowed"};

static void say(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends to a sentence; truncates at REASONS_TEXT. */
static void
say(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, REASONS_TEXT - used, format, args);
	va_end(args);
}

static enum outcome
outcome_of(uint8_t verdict)
{
	return verdict_refuses(verdict) ? REFUSED : verdict == VERDICT_AUDIT ? AUDITED : ALLOWED;
}

/* The weight of a part in a list of ports. A retransmission or an answer may be in a later minute than its attempt. */
static uint64_t
part_use(const struct part *p)
{
	return p->attempts + p->retransmits + p->established;
}

static uint64_t
part_leaked(const struct part *p)
{
	return p->leaked;
}

/* "port 25", "ports 25, 587 and 3 more": most used first. */
static void
say_ports(char *text, const struct host *h, enum side side, uint64_t (*count)(const struct part *))
{
	struct {
		uint64_t count;
		uint16_t port;
	} most[PORTS] = {0};
	size_t distinct = 0;

	for (size_t n = 0; n < h->part_count; n++) {
		uint16_t port = h->parts[n].port;
		uint64_t sum = 0;
		size_t earlier = 0, at = PORTS;

		for (size_t k = 0; k < h->part_count; k++)
			if (h->parts[k].side == side && h->parts[k].port == port && count(&h->parts[k]) > 0) {
				sum += count(&h->parts[k]);
				earlier += k < n;
			}
		if (h->parts[n].side != side || count(&h->parts[n]) == 0 || earlier > 0)
			continue;
		distinct++;
		while (at > 0 && most[at - 1].count < sum)
			at--;
		if (at == PORTS)
			continue;
		memmove(&most[at + 1], &most[at], (PORTS - 1 - at) * sizeof *most);
		most[at].count = sum;
		most[at].port = port;
	}
	say(text, distinct == 1 ? "port" : "ports");
	for (size_t n = 0; n < PORTS && n < distinct; n++)
		say(text, n == 0 ? " %u" : n + 1 == distinct ? " and %u" : ", %u", most[n].port);
	if (distinct > PORTS)
		say(text, " and %zu more", distinct - PORTS);
}

/* "1,108 attempts to about 840 destinations in at least 312 networks on port 25". Destinations are those of both sides,
 * as in the table. */
static void
say_attempts(char *text, const struct host *h, enum side side)
{
	const struct side_counts *s = &h->side[side];
	uint64_t destinations = host_destinations(h);
	bool estimated = host_estimated(h);
	char buf[TEXT_NUMBER + 32];

	say(text, "%s", text_count(s->attempts, "attempt", buf));
	if (destinations > 0)
		say(text, " to %s%s", estimated ? "about " : "", text_count(destinations, "destination", buf));
	if (h->networks > 1)
		say(text, " in %s%s", estimated ? "at least " : "", text_count(h->networks, "network", buf));
	say(text, " on ");
	say_ports(text, h, side, part_use);
	if (s->attempts == 0 && s->retransmits > 0)
		say(text, ", %s", text_count(s->retransmits, "retransmission", buf));
}

/* "700 more SYNs were only counted (over the pace)": they are no attempts. The gate, too, only counts those that may be
 * retransmissions of attempts for which it had no room. */
static void
say_syns(char *text, const struct host *h, const char *noun)
{
	uint64_t all = h->side[SIDE_GATE].syns, over = 0;
	char buf[TEXT_NUMBER + 32];

	for (size_t n = 0; n < h->part_count; n++)
		if (h->parts[n].reason == REASON_FLOOD)
			over += h->parts[n].syns;
	say(text, "%s %s only counted (%s)", text_count(all, noun, buf), all == 1 ? "was" : "were",
	    over == all ? "over the pace"
	    : over == 0 ? "they may be retransmissions"
	                : "over the pace, or they may be retransmissions");
}

static void
say_span(char *text, const struct host *h, uint64_t attempts)
{
	char buf[WHEN_TEXT];

	if (attempts > 1 && h->last > h->first)
		say(text, ", in %s", span_print(h->last - h->first, buf));
}

/* "stranger"; "990 stranger, 10 expired": most first. Clears the counts. */
static void
say_reasons(char *text, uint64_t count[REASON_COUNT + 1], uint64_t sum)
{
	const char *comma = "";
	char buf[TEXT_NUMBER];

	for (;;) {
		unsigned int most = 0;

		for (unsigned int n = 1; n <= REASON_COUNT; n++)
			if (count[most] < count[n])
				most = n;
		if (count[most] == 0)
			return;
		if (count[most] == sum)
			say(text, "%s", reason_name(most));
		else
			say(text, "%s%s %s", comma, text_number(count[most], buf), reason_name(most));
		comma = ", ";
		count[most] = 0;
	}
}

/* "all refused (stranger)"; "1,000 refused (990 stranger, 10 expired), 108 allowed (listed)" */
static void
say_outcomes(char *text, const struct host *h)
{
	uint64_t by_reason[OUTCOMES][REASON_COUNT + 1] = {0}, by_outcome[OUTCOMES] = {0};
	size_t kinds = 0, n;
	char buf[TEXT_NUMBER];

	for (n = 0; n < h->part_count; n++) {
		const struct part *p = &h->parts[n];

		if (p->side != SIDE_GATE)
			continue;
		by_outcome[outcome_of(p->verdict)] += p->attempts;
		by_reason[outcome_of(p->verdict)][p->reason < REASON_COUNT ? p->reason : REASON_COUNT] += p->attempts;
	}
	for (n = 0; n < OUTCOMES; n++)
		kinds += by_outcome[n] > 0;
	for (n = 0; n < OUTCOMES; n++) {
		if (by_outcome[n] == 0)
			continue;
		if (kinds > 1)
			say(text, ", %s %s (", text_number(by_outcome[n], buf), outcomes[n]);
		else
			say(text, ", %s%s (", by_outcome[n] > 1 ? "all " : "", outcomes[n]);
		say_reasons(text, by_reason[n], by_outcome[n]);
		say(text, ")");
	}
}

static void
say_established(char *text, const struct side_counts *wire, const struct ends *e)
{
	char buf[TEXT_NUMBER];

	if (wire->established == 0)
		say(text, ", none established");
	else if (wire->established == wire->attempts)
		say(text, ", %sestablished", wire->attempts > 1 ? "all " : "");
	else
		say(text, ", %s established", text_number(wire->established, buf));
	if (wire->refused == 0)
		return;
	say(text, ", %s refused", text_number(wire->refused, buf));
	if (e->refused_by_icmp == 0)
		say(text, " by reset");
	else
		say(text, ", %s of them by ICMP", text_number(e->refused_by_icmp, buf));
}

/* ", 3 closed by the host": nothing for none. */
static void
say_end(char *text, uint64_t count, const char *how)
{
	char buf[TEXT_NUMBER];

	if (count > 0)
		say(text, ", %s %s", text_number(count, buf), how);
}

static void
say_ends(char *text, const struct ends *e)
{
	char buf[TEXT_NUMBER + 32];

	say(text, "its connections: %s sent", text_count(e->bytes_out, "byte", buf));
	say(text, ", %s received", text_number(e->bytes_in, buf));
	say_end(text, e->closed_by_host, "closed by the host");
	say_end(text, e->closed_by_server, "closed by the server");
	say_end(text, e->reset_by_host, "reset by the host");
	say_end(text, e->reset_by_server, "reset by the server");
	say_end(text, e->timed_out, "silent for an hour");
	if (e->answered > 0)
		say(text, "; the first answer took %.1f ms on average",
		    (double)e->answer_time / (double)e->answered / 1000);
}

/* Side traffic that pcapmon saw in the period of the report. */
static void
say_beside(char *text, const uint64_t count[COMPANION_COUNT])
{
	const char *comma = "";
	char a[TEXT_NUMBER], b[TEXT_NUMBER + 32];

	say(text, "also on the wire: ");
	if (count[COMPANION_REPLIES] > 0) {
		say(text, "%s from mail servers, %s of them refusals",
		    text_count(count[COMPANION_REPLIES], "answer", b),
		    text_number(count[COMPANION_TEMPORARY] + count[COMPANION_PERMANENT], a));
		if (count[COMPANION_LISTED] > 0)
			say(text, " (%s naming a blocklist)", text_number(count[COMPANION_LISTED], a));
		comma = "; ";
	}
	if (count[COMPANION_MX] > 0) {
		say(text, "%s%s", comma, text_count(count[COMPANION_MX], "MX lookup", b));
		comma = "; ";
	}
	if (count[COMPANION_NXDOMAIN] > 0)
		say(text, "%s%s of names that do not exist", comma, text_count(count[COMPANION_NXDOMAIN], "lookup", b));
}

static void
say_answers(const struct host *h, struct reasons *w)
{
	for (size_t n = 0; n < h->part_count; n++)
		if (h->parts[n].side == SIDE_GATE && h->parts[n].reason == REASON_ANSWER) {
			say(w->text[w->count++],
			    "answers from port %u came for it though no opening of its own had left, and were dropped: "
			    "somebody outside may connect in its name",
			    h->parts[n].port);
			return;
		}
}

static void
say_unusual(const struct host *h, struct reasons *w)
{
	const struct companion *c = h->companion;
	struct judge_words words;

	if (!h->unusual)
		return;
	judge_reasons_unusual(&h->judgement.unusual, &words);
	for (size_t n = 0; n < words.count; n++)
		say(w->text[w->count++], "%s", words.text[n]);
	if (c != NULL && c->count[COMPANION_REPLIES] + c->count[COMPANION_MX] + c->count[COMPANION_NXDOMAIN] > 0)
		say_beside(w->text[w->count++], c->count);
}

static void
say_judgement(const struct host *h, struct reasons *w)
{
	const struct judgement *v = host_judgement(h);
	struct judge_evidence evidence;
	struct judge_words words;

	if (v == NULL)
		return;
	judge_reasons(v, &words);
	evidence_of(h, &evidence);
	judge_reasons_evidence(v, &evidence, &words);
	for (size_t n = 0; n < words.count; n++)
		say(w->text[w->count++], "%s", words.text[n]);
}

/* Countries and autonomous systems of its destinations. */
static void
say_places(const struct host *h, struct reasons *w)
{
	char text[PLACES_TEXT];

	if (places_sentence(&h->places, h->destinations, text))
		say(w->text[w->count++], "%s", text);
}

/* By the side whose counts stand for the host. */
static void
say_main(char *text, const struct host *h)
{
	const struct side_counts *gate = &h->side[SIDE_GATE], *wire = &h->side[SIDE_WIRE];

	if (gate->syns > 0 && gate->attempts + gate->retransmits == 0) {
		say_syns(text, h, "SYN");
		say_span(text, h, gate->syns);
		return;
	}
	say_attempts(text, h, gate->rows > 0 ? SIDE_GATE : SIDE_WIRE);
	if (gate->rows > 0) {
		say_outcomes(text, h);
	} else {
		say(text, ", seen on the wire");
		say_established(text, wire, &h->ends);
	}
	if (gate->syns > 0) {
		say(text, "; ");
		say_syns(text, h, "more SYN");
	}
	say_span(text, h, host_counts(h)->attempts + gate->syns);
}

void
reasons_of(const struct host *h, struct reasons *w)
{
	const struct side_counts *gate = &h->side[SIDE_GATE], *wire = &h->side[SIDE_WIRE], *main = host_counts(h);
	char buf[TEXT_NUMBER + 32], when[WHEN_TEXT], *text;

	memset(w, 0, sizeof *w);
	if (wire->leaked > 0) {
		text = w->text[w->count++];
		say(text, "leak: %s on ", text_count(wire->leaked, "connection", buf));
		say_ports(text, h, SIDE_WIRE, part_leaked);
		say(text, " completed although the policy refuses %s", wire->leaked == 1 ? "it" : "them");
	}
	say_answers(h, w);
	w->count += changed_sentence(h, w->text[w->count]);
	say_unusual(h, w);
	say_judgement(h, w);
	w->count += looked_up_sentence(h, NAMING_MX, w->text[w->count]);
	w->count += looked_up_sentence(h, NAMING_NAME, w->text[w->count]);
	say_places(h, w);
	say_main(w->text[w->count++], h);
	if (main->peak >= PEAK_SHOWN && main->peak < main->attempts) {
		text = w->text[w->count++];
		say(text, "busiest minute: %s", text_count(main->peak, "attempt", buf));
		if (main->peak_minute >= 0)
			say(text, ", from %s", when_say(main->peak_minute * MINUTE, when));
	}
	if (gate->rows > 0 && wire->rows > 0) {
		text = w->text[w->count++];
		say(text, "on the wire: %s on ", text_count(wire->attempts, "attempt", buf));
		say_ports(text, h, SIDE_WIRE, part_use);
		say_established(text, wire, &h->ends);
	}
	if (wire->established > 0 && h->ends.answered + h->ends.bytes_out + h->ends.bytes_in > 0)
		say_ends(w->text[w->count++], &h->ends);
	if (h->unjudged > 0)
		say(w->text[w->count++], "%s on the wire %s missing from the gate's log",
		    text_count(h->unjudged, "attempt", buf), h->unjudged == 1 ? "was" : "were");
}
