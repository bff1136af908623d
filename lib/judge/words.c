/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "lib/base/when.h"

#define BRANCH 4 /* smart hosts, by name: more than one device has; a bot has none */

/* Networks, destinations, and how often a contact went to a new one. */
static void
say_networks(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED], c[COUNTED], span[WHEN_TEXT];
	bool sample = v->kept < v->networks;
	bool named = v->names > 0 || v->domains > 0;
	/* Both may be estimates, and differ. A destination may take mail for many domains. */
	uint32_t networks = sample && !named && v->networks > v->addresses ? v->addresses : v->networks;

	say(w, "%s%s (%s%s) in %s; %u of %s after the first%s went to a new network", sample ? "about " : "",
	    text_count(networks, "network", a), sample ? "about " : "", text_count(v->addresses, "destination", b),
	    span_print(v->last - v->first, span), v->fresh > 0 ? v->fresh - 1 : 0,
	    text_count(v->contacts > 0 ? v->contacts - 1 : 0, "contact", c), sample ? " (in a sample)" : "");
	if (v->domains > 0)
		say(w, "%s%u of these networks are recipient domains that it looked up", sample ? "about " : "",
		    v->domains);
	if (v->names > 0)
		say(w, "%s%u of these networks are names that it looked up", sample ? "about " : "", v->names);
}

/* How many networks it returned to. `meaning` follows. */
static void
say_returns(const struct judgement *v, const char *meaning, struct judge_words *w)
{
	char a[COUNTED];

	if (v->aged > 0)
		say(w,
		    "%u of %s%s first tried at least 45 minutes ago were retried after 4 minutes or more, within two "
		    "hours%s",
		    v->revisited, text_count(v->aged, "network", a), v->kept < v->networks ? " (a sample)" : "",
		    meaning);
}

static void
say_zombie(const struct judgement *v, struct judge_words *w)
{
	bool few = v->revisited * UINT64_C(4) < v->aged * UINT64_C(3);
	char a[COUNTED], b[COUNTED];

	say_networks(v, w);
	say_returns(v, few ? ": a mail server retries at least three in four" : ", as bots that retry do as well", w);
	if (v->burst >= 5)
		say(w, "up to %u new networks within 10 s", v->burst);
	if (v->silent >= 8 && v->silent_again > 0)
		say(w, "%s for %s without an answer: sent by an operating system, not by a scanner",
		    text_count(v->silent_again, "retransmission", a), text_count(v->silent, "attempt", b));
}

static void
say_mail_server(const struct judgement *v, struct judge_words *w)
{
	say_networks(v, w);
	if (v->rule == RULE_COMES_BACK || v->rule == RULE_STEPS)
		say_returns(v, ": a refused mail server does that, a bot moves on to others", w);
}

static void
say_fixed(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED], c[COUNTED], span[WHEN_TEXT];

	say(w, "%s to %s (%s) in %s%s", text_count(v->contacts, "contact", a), text_count(v->networks, "network", b),
	    text_count(v->addresses, "destination", c), span_print(v->last - v->first, span),
	    v->networks == 1     ? ": always the same, like a client with a fixed mail server"
	    : v->crossed_at != 0 ? ", in turn and one at a time: the addresses of a smart host"
	                         : "");
}

static void
say_unknown(const struct judgement *v, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED];

	if (v->rule == RULE_ONE_BURST)
		say(w,
		    "%s: a check of many servers at once looks like that; a bot would continue, and the next network "
		    "decides",
		    text_count(v->addresses, "destination", a));
	else if (v->rule == RULE_UNDECIDED || v->rule == RULE_ASKS_MX)
		say(w, "%s to %s", text_count(v->contacts, "contact", a), text_count(v->networks, "network", b));
}

/* One of the kinds of SYNs, or clocks, that alternate. A clock's reading is no reliable uptime: it wraps (after 49.7
 * days at 1000 ticks a second), and old Linux starts five minutes before the wrap. */
static size_t
list_machine(char *out, size_t size, const struct stack_turns *t, bool first)
{
	char minutes[COUNTED], what[STACK_TEXT], ran[WHEN_TEXT];

	text_count(t->minutes, "minute", minutes);
	if (t->stack != STACK_CLOCK)
		return (size_t)snprintf(out, size, "%s %s %s", first ? "" : ",", minutes, stack_print(t->stack, what));
	return (size_t)snprintf(out, size, "%s %s a clock %s%s", first ? "" : ",", minutes,
	                        t->hours > 0 ? "at " : "below ",
	                        t->hours > 0 ? span_print(t->hours * HOUR, ran) : "1 h");
}

/* Several machines behind one address. */
static void
say_machines(const struct judgement *v, struct judge_words *w)
{
	size_t used = 0, count = v->machines < STACKS_MOST ? v->machines : STACKS_MOST;
	bool clocks = v->stacks[0].stack == STACK_CLOCK;
	char list[STACKS_MOST * (STACK_TEXT + 40)] = "", when[WHEN_TEXT];

	if (count < 2)
		return;
	for (size_t i = 0; i < count; i++)
		used += list_machine(list + used, sizeof list - used, &v->stacks[i], i == 0);
	say(w,
	    "%s of %zu %s alternate at one address in the hour before %s:%s: at least %s machines behind a router of "
	    "their own",
	    clocks ? "TCP timestamps" : "SYNs", count, clocks ? "clocks" : "kinds (by TTL and options)",
	    when_say(v->stacks_at, when), list, count == 2 ? "two" : "three");
}

void
judge_reasons(const struct judgement *v, struct judge_words *w)
{
	char first[JUDGE_DECIDED], a[COUNTED];

	w->count = 0;
	if (say_delivery(v, w)) {
		say_machines(v, w);
		return;
	}
	if (judge_decided(v, first) != NULL)
		say(w, "%s", first);
	switch (v->label) {
	case LABEL_MONITOR:
		say(w, "%s, and no new one: a check, not mail", text_count(v->kept, "network", a));
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
	case LABEL_UNKNOWN:
		say_unknown(v, w);
		break;
	default:
		break;
	}
	say_machines(v, w);
}

/* Moves the latest sentence to the front: it decided. */
static void
put_first(struct judge_words *w)
{
	char first[JUDGE_SENTENCE];

	memcpy(first, w->text[w->count - 1], sizeof first);
	memmove(w->text[1], w->text[0], (w->count - 1) * sizeof w->text[0]);
	memcpy(w->text[0], first, sizeof first);
}

static void
say_decided(const struct judgement *v, const struct judge_evidence *e, struct judge_words *w)
{
	char a[COUNTED];

	if (v->rule == RULE_SERVES)
		say(w, "greets clients of %s on its port 25 (threshold: %d): mail-server",
		    text_count(e->clients, "network", a), EVIDENCE_CLIENTS);
	else if (v->rule == RULE_ONE_NAME)
		say(w, "one HELO name in %s in clear (threshold: %d): mail-server",
		    text_count(judge_evidence_clear(e), "connection", a), EVIDENCE_SESSIONS);
	else if (v->rule == RULE_ASKS_MX)
		say(w, "%s, so it delivers mail itself (threshold: 1): unknown", text_count(e->mx, "MX lookup", a));
	else
		return;
	put_first(w);
}

/* Evidence that the host is a mail server. */
static void
say_server(const struct judgement *v, const struct judge_evidence *e, const char *span, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED], c[TEXT_NUMBER];

	if (v->label == LABEL_MAIL_SERVER && v->rule == RULE_ONE_NAME)
		say(w,
		    "sent one HELO name, \"%s\", in %s in clear in %s (threshold: %d), %s of them refused (at most a "
		    "fifth): a bot sends many names or foreign ones, or is refused",
		    e->name, text_count(judge_evidence_clear(e), "SMTP connection", a), span, EVIDENCE_SESSIONS,
		    text_number(e->refused, c));
	if (e->served == 0)
		return;
	say(w,
	    "serves SMTP clients from outside: in %s to its port 25 it greeted and the client sent EHLO or HELO, from "
	    "about %s in %s; %s",
	    text_count(e->served, "connection", a), text_count(e->clients, "network", b), span,
	    !judge_evidence_serves(e)       ? "fewer than 3 networks are no evidence of a mail server"
	    : v->label == LABEL_MAIL_SERVER ? "a mail server does that (3 networks or more), a bot hardly ever"
	    : v->label == LABEL_ZOMBIE && v->certainty == CERTAINTY_CONFIRMED
	            ? "a mail server does that (3 networks or more), but it does not clear a confirmed zombie"
	            : "a mail server does that (3 networks or more), but other evidence contradicts it");
}

/* The SMTP dialogue with mail servers: names, refusals, blocklists. */
static void
say_dialogue(const struct judge_evidence *e, const char *span, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED];

	if (judge_evidence_changes(e))
		say(w,
		    "sent %s%s in %s in %s (%d confirm a zombie): a mail server has one name, a machine with two mail "
		    "programs two",
		    e->names > COMPANION_HELLOS ? "about " : "", text_count(e->names, "HELO name", a),
		    text_count(e->sessions, "SMTP connection", b), span, EVIDENCE_NAMES);
	if (judge_evidence_refused(e))
		say(w,
		    "%s of %s in clear in %s were refused with 4xx or 5xx (half of at least %d confirm a zombie): a "
		    "mail server is rarely refused",
		    text_number(e->refused, a), text_count(judge_evidence_clear(e), "SMTP connection", b), span,
		    EVIDENCE_REFUSALS);
	if (judge_evidence_listed(e))
		say(w,
		    "%s named a blocklist, among %s in clear in %s (two, and one in ten, contradict a mail server): "
		    "it, or a host sharing its public address, was caught sending spam",
		    text_count(e->listed, "refusal", a), text_count(judge_evidence_clear(e), "SMTP connection", b),
		    span);
}

/* DNS lookups, and whether the servers it contacted exist. */
static void
say_servers_asked(const struct judgement *v, const struct judge_evidence *e, const char *span, struct judge_words *w)
{
	char a[COUNTED], b[COUNTED], c[TEXT_NUMBER];
	uint64_t silent = e->attempts - e->established - e->turned_away;

	if (e->mx > 0)
		say(w,
		    "made %s in %s, for about %s in all lookups: a host that delivers mail itself does that, a mail "
		    "program never",
		    text_count(e->mx, "MX lookup", a), span, text_count(e->looked_up, "name", b));
	else if (e->addresses > 0 && v->crossed_at != 0 && v->label != LABEL_MAIL_SERVER)
		say(w,
		    "made %s in clear in %s and no MX lookup, but contacted %s: a mail server looks up the MX of each "
		    "domain; this host gets its targets elsewhere",
		    text_count(e->addresses, "address lookup", a), span, text_count(v->networks, "network", b));
	if (judge_evidence_dead(e) && v->label != LABEL_MAIL_SERVER)
		say(w,
		    "of %s that were allowed, %s got no answer and %s were refused by the server: half or more of a "
		    "bot's old list is dead; a mail server reaches nearly all its targets",
		    text_count(e->attempts, "attempt", a), text_number(silent, b), text_number(e->turned_away, c));
}

void
judge_reasons_evidence(const struct judgement *v, const struct judge_evidence *e, struct judge_words *w)
{
	char span[WHEN_TEXT];

	if (v->label == LABEL_LISTED || v->label == LABEL_SCANNER || v->label == LABEL_MONITOR)
		return;
	span_print(e->span, span);
	say_decided(v, e, w);
	say_server(v, e, span, w);
	say_dialogue(e, span, w);
	if (v->label == LABEL_ZOMBIE || v->label == LABEL_UNKNOWN || v->label == LABEL_MAIL_SERVER)
		say_servers_asked(v, e, span, w);
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
judge_reasons_unusual(const struct judge_unusual *u, struct judge_words *w)
{
	const struct judge_level *l = &u->level;
	char a[3 * COUNTED], b[3 * COUNTED], c[COUNTED], d[COUNTED], e[COUNTED], f[COUNTED], g[COUNTED];
	char since[WHEN_TEXT], until[WHEN_TEXT];

	w->count = 0;
	say(w,
	    "unusual for it: %s in the hour from %s; over %s its usual hour has %s, its highest %s to %s; reported "
	    "above %s or %s",
	    print_hour(u->openings, u->networks, u->others ? "at least " : "", a), when_say(u->hour * HOUR, since),
	    text_count(l->days, "day", c), print_hour(l->openings, l->networks, "", b),
	    text_number(l->most_openings, d), text_number(l->most_networks, e),
	    text_count(l->limit_openings, "opening", f), text_count(l->limit_networks, "network", g));
	if (u->hours > 1)
		say(w, "%s above that limit, from %s to %s", text_count(u->hours, "hour", c),
		    when_say(u->since * HOUR, since), when_say((u->until + INT64_C(1)) * HOUR, until));
}

/* NULL: nothing to do. */
static const char *
advice_for(enum judge_label label, enum judge_rule rule)
{
	switch (label) {
	case LABEL_ZOMBIE:
		return "disconnect it and clean it; passwords used on it may be stolen";
	case LABEL_SCANNER:
		return "find the person or program that runs the scan";
	case LABEL_MONITOR:
		return "if it is yours, allow it to reach the servers it checks";
	case LABEL_MAIL_SERVER:
		return "shut down its mail server, or list it if it should send mail";
	case LABEL_ROAMING:
		return rule == RULE_SUBMISSION ? "allow it to reach its mail server, or ask its owner to use yours"
		                               : "ask its owner to send through port 587 or 465 with a password";
	case LABEL_MISCONFIGURED:
		return "configure it to use your smart host on port 587, or allow it to reach its mail server";
	default:
		return NULL;
	}
}

const char *
judge_advice(const struct judgement *v, char out[JUDGE_ADVICE])
{
	const char *advice = advice_for(v->label, v->rule), *first = "";

	if (advice == NULL)
		return NULL;
	if (v->machines > 1)
		first = "find which machine behind the router at this address it is; then ";
	else if (v->label == LABEL_ZOMBIE && v->names >= BRANCH && v->names != v->networks)
		first = "if a router is at this address, find which machine behind it it is; then ";
	snprintf(out, JUDGE_ADVICE, "%s%s", first, advice);
	return out;
}

double
judge_score(double score)
{
	return round(score * 1000) / 1000;
}
