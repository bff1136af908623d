/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judge_words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "text.h"
#include "when.h"

#define COUNTED (TEXT_NUMBER + 32)

static void say(struct judge_words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A sentence. */
static void
say(struct judge_words *w, const char *format, ...)
{
	va_list args;

	if (w->count == JUDGE_SENTENCES)
		return;
	va_start(args, format);
	vsnprintf(w->text[w->count++], JUDGE_SENTENCE, format, args);
	va_end(args);
}

static void
say_scanner(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED];

	switch (v->rule) {
	case RULE_RAW_SYN:
		say(w, "%s of %s begin with a SYN that no operating system sends: it is a scanning tool's",
		    text_number(v->raw, a), text_count(v->attempts, "attempt", b));
		return;
	case RULE_SWEEP:
		say(w,
		    "%s in %s (a scanner is told by 16, four to a network): it goes through whole networks, and mail "
		    "goes to few addresses of each",
		    text_count(v->addresses, "destination", a), text_count(v->networks, "network", b));
		return;
	case RULE_BOGON:
		say(w,
		    "%s to %u or more networks that are not on the Internet, of %s in all: it makes addresses up, for "
		    "names do not lead there",
		    text_count(v->bogon_attempts, "attempt", a), v->bogons, text_count(v->attempts, "attempt", b));
		return;
	default:
		say(w, "%s to %s that nobody answered: an operating system sends a SYN again, a scanner does not",
		    text_count(v->silent_again, "retransmission", a), text_count(v->silent, "attempt", b));
	}
}

/* How much it did, to how many. */
static void
say_networks(const struct judgement *v, struct judge_words *w)
{
	/* Both may be estimates, and differ. */
	uint32_t networks = v->kept < v->networks && v->networks > v->addresses ? v->addresses : v->networks;
	char a[COUNTED], b[COUNTED], c[COUNTED], span[WHEN_TEXT];

	say(w,
	    "%s (%s) in %s; %u of %s after the first went to a network that was new to it, where a program with a mail "
	    "server of its own stays with that",
	    text_count(networks, "network", a), text_count(v->addresses, "destination", b),
	    span_print(v->last - v->first, span), v->fresh > 0 ? v->fresh - 1 : 0,
	    text_count(v->contacts > 0 ? v->contacts - 1 : 0, "contact", c));
}

static void
say_crossing(const struct judgement *v, struct judge_words *w)
{
	char when[WHEN_TEXT];

	if (v->crossed_at == 0)
		return;
	if (v->by_networks)
		say(w, "more networks in a day than the limit of %u, at %s", v->limit,
		    when_print(v->crossed_at, false, when));
	else
		say(w, "the test decided at %s: score %.1f, needed %.1f", when_print(v->crossed_at, false, when),
		    v->score, v->cross);
}

static void
say_zombie(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED];

	say_networks(v, w);
	say_crossing(v, w);
	if (v->aged > 0)
		say(w,
		    "%u of %s%s first tried 45 minutes ago or more were tried again after 4 minutes or more, within two hours: a mail server comes back to three of four at least",
		    v->revisited, text_count(v->aged, "network", a), v->kept < v->networks ? " (a sample)" : "");
	if (v->burst >= 5)
		say(w, "up to %u new networks within 10 s", v->burst);
	if (v->silent >= 8 && v->silent_again > 0)
		say(w, "%s of %s that nobody answered: an operating system is behind them, no scanner",
		    text_count(v->silent_again, "retransmission", a), text_count(v->silent, "attempt", b));
}

static void
say_mail_server(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED];

	say_networks(v, w);
	say_crossing(v, w);
	say(w,
	    "%u of %s%s first tried 45 minutes ago or more were tried again after 4 minutes or more, within two hours, %u of them never in haste: so does a mail server that is refused, and a bot goes on to others",
	    v->revisited, text_count(v->aged, "network", a), v->kept < v->networks ? " (a sample)" : "", v->clean);
}

static void
say_fixed(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED], c[COUNTED], span[WHEN_TEXT];

	say(w, "%s to %s (%s) in %s: always the same, as a program does that has a mail server of its own",
	    text_count(v->contacts, "contact", a), text_count(v->networks, "network", b),
	    text_count(v->addresses, "destination", c), span_print(v->last - v->first, span));
	if (v->crossed_at != 0)
		say(w,
		    "so many networks would make a bot of it (score %.1f, needed %.1f), but it goes round them one "
		    "at a time: the addresses of a smart host",
		    v->score, v->cross);
	if (v->rule == RULE_SUBMISSION)
		say(w, "%s on the ports for travellers too (465, 587, 2525): a mail program",
		    text_count(v->submission, "attempt", a));
	else if (v->gaps >= 3)
		say(w, "%u of %s as long as the one before: %s is behind it", v->alike, text_count(v->gaps, "pause", a),
		    v->rule == RULE_BY_HAND ? "a person" : "a timer");
}

static void
say_unknown(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED];

	if (v->rule == RULE_ONE_BURST)
		say(w,
		    "%s (%s) within 10 s, and to nothing new since (score %.1f, needed %.1f): a check of many servers "
		    "at once looks like that; a bot would go on, and be told by the next network",
		    text_count(v->networks, "network", a), text_count(v->addresses, "destination", b), v->score,
		    v->cross);
	else if (v->rule == RULE_UNDECIDED)
		say(w,
		    "%s to %s: more networks than a program with a mail server of its own needs, fewer than a bot is "
		    "told by (score %.1f, needed %.1f)",
		    text_count(v->contacts, "contact", a), text_count(v->networks, "network", b), v->score, v->cross);
	else
		say(w, "%s in %s: too few to say what it is", text_count(v->attempts, "attempt", a),
		    text_count(v->contacts, "contact", b));
}

/* One address, several machines. */
static void
say_machines(const struct judgement *v, struct judge_words *w)
{
	size_t used = 0, count = v->machines < STACKS_MOST ? v->machines : STACKS_MOST;
	char list[STACKS_MOST * (STACK_TEXT + 24)] = "", stack[STACK_TEXT], minutes[COUNTED], when[WHEN_TEXT];

	if (count < 2)
		return;
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s %s %s", i > 0 ? "," : "",
		                         text_count(v->stacks[i].minutes, "minute", minutes),
		                         stack_print(v->stacks[i].stack, stack));
	say(w,
	    "SYNs of %zu kinds (by TTL and options) by turns from one address in the hour before %s:%s: at least %s machines, behind a router of their own",
	    count, when_print(v->stacks_at, false, when), list, count == 2 ? "two" : "three");
}

void
judge_why(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED];

	w->count = 0;
	switch (v->label) {
	case LABEL_SCANNER:
		say_scanner(v, w);
		break;
	case LABEL_MONITOR:
		say(w, "%u of %s tried as by the clock, every %.0f s, and none that is new: a check, not mail",
		    v->regular, text_count(v->kept, "network", a), v->period);
		break;
	case LABEL_MAIL_SERVER:
		say_mail_server(v, w);
		break;
	case LABEL_ZOMBIE:
		say_zombie(v, w);
		break;
	case LABEL_MISCONFIGURED:
	case LABEL_ROAMING:
		say_fixed(v, w);
		break;
	case LABEL_LISTED:
		say(w, "%s, all allowed by the policy", text_count(v->allowed, "attempt", a));
		break;
	default:
		say_unknown(v, w);
	}
	say_machines(v, w);
}

/* "12,400 openings to about 3,100 networks" */
static const char *
print_hour(uint32_t openings, uint32_t networks, const char *about, char buf[3 * COUNTED])
{
	char a[COUNTED], b[COUNTED];

	snprintf(buf, 3 * COUNTED, "%s to %s%s", text_count(openings, "opening", a), about,
	         text_count(networks, "network", b));
	return buf;
}

void
judge_why_unusual(const struct judge_unusual *u, struct judge_words *w)
{
	const struct judge_level *l = &u->level;
	char a[3 * COUNTED], b[3 * COUNTED], c[COUNTED], d[COUNTED], e[COUNTED], f[COUNTED], g[COUNTED];
	char since[WHEN_TEXT], until[WHEN_TEXT];

	w->count = 0;
	say(w,
	    "not usual for it: %s in the hour from %s; its usual hour has %s (%s, at most %s to %s), and more than %s or %s "
	    "would be told",
	    print_hour(u->openings, u->networks, u->others ? "at least " : "", a),
	    when_print(u->hour * HOUR, false, since), print_hour(l->openings, l->networks, "", b),
	    text_count(l->days, "day", c), text_number(l->most_openings, d), text_number(l->most_networks, e),
	    text_count(l->limit_openings, "opening", f), text_count(l->limit_networks, "network", g));
	if (u->hours > 1)
		say(w, "%s like that, from %s to %s", text_count(u->hours, "hour", c),
		    when_print(u->since * HOUR, false, since),
		    when_print((u->until + INT64_C(1)) * HOUR, false, until));
}

/* NULL if nothing is to be done. */
static const char *
advice_on(enum judge_label label)
{
	switch (label) {
	case LABEL_ZOMBIE:
		return "take it off the net and clean it; whoever uses it may have lost passwords";
	case LABEL_SCANNER:
		return "find out who runs the scan, or what does";
	case LABEL_MONITOR:
		return "if it is yours, allow it to the servers it watches";
	case LABEL_MAIL_SERVER:
		return "if it is meant to send mail, put it on the list; if not, shut its mail server down";
	case LABEL_ROAMING:
		return "ask its owner to send by port 587 or 465, with a password";
	case LABEL_MISCONFIGURED:
		return "set it to your smart host on port 587, or allow it to its mail server";
	default:
		return NULL;
	}
}

const char *
judge_advice(const struct judgement *v, char out[JUDGE_ADVICE])
{
	const char *advice = advice_on(v->label), *first = "";

	if (advice == NULL)
		return NULL;
	if (v->machines > 1)
		first = "look behind the router at this address, which of its machines it is; then ";
	snprintf(out, JUDGE_ADVICE, "%s%s", first, advice);
	return out;
}

double
judge_score(double score)
{
	return round(score * 1000) / 1000;
}
