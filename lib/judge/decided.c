/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first of the reasons: the number that decided, its threshold, and the label. */
#include <stdio.h>

#include "lib/base/when.h"
#include "say.h"

static void
decide_scanner(const struct judgement *v, char out[JUDGE_DECIDED])
{
	char a[COUNTED], b[COUNTED];

	if (v->rule == RULE_RAW_SYN)
		snprintf(out, JUDGE_DECIDED, "%s of %s are a scanning tool's (threshold: half): scanner",
		         text_number(v->raw, a), text_count(v->attempts, "attempt", b));
	else if (v->rule == RULE_SWEEP && v->addresses / JUDGE_DENSE >= v->networks)
		snprintf(out, JUDGE_DECIDED, "%s in %s (threshold: %d per network): scanner",
		         text_count(v->addresses, "destination", a), text_count(v->networks, "network", b),
		         JUDGE_DENSE);
	else if (v->rule == RULE_SWEEP)
		snprintf(out, JUDGE_DECIDED, "%s, in order, in %s (threshold: 16, 4 per network): scanner",
		         text_count(v->addresses, "destination", a), text_count(v->networks, "network", b));
	else if (v->rule == RULE_BOGON)
		snprintf(out, JUDGE_DECIDED, "%s to %u networks not on the Internet (threshold: 4): scanner",
		         text_count(v->bogon_attempts, "attempt", a), v->bogons);
	else if (v->rule == RULE_FLOOD)
		snprintf(out, JUDGE_DECIDED, "up to %s in a minute, only counted (threshold: %d): scanner",
		         text_count(v->syns_most, "SYN", a), JUDGE_FLOOD);
	else
		snprintf(out, JUDGE_DECIDED, "%s, %s unanswered (threshold: 1 in 10): scanner",
		         text_count(v->silent_again, "retransmission", a), text_count(v->silent, "attempt", b));
}

static void
decide_mail_server(const struct judgement *v, char out[JUDGE_DECIDED])
{
	char a[COUNTED], b[COUNTED];

	if (v->rule == RULE_STEPS)
		snprintf(out, JUDGE_DECIDED, "%s of %s are fail-over (threshold: 35 in 100): mail-server",
		         text_number(v->stepped, a), text_count(v->tried, "attempt", b));
	else
		snprintf(out, JUDGE_DECIDED, "returned late to %u of %s (threshold: %s): mail-server",
		         v->crossed_at != 0 ? v->revisited : v->clean, text_count(v->aged, "network", b),
		         v->crossed_at != 0 ? "3 in 4" : "half");
}

static void
decide_zombie(const struct judgement *v, char out[JUDGE_DECIDED])
{
	char when[WHEN_TEXT];

	when_say(v->crossed_at, when);
	if (v->by_networks)
		snprintf(out, JUDGE_DECIDED, "over %u networks a day since %s: zombie", v->limit, when);
	else
		snprintf(out, JUDGE_DECIDED, "score %.1f at %s (threshold: %.1f): zombie", v->score, when, v->cross);
}

/* A host that has crossed uses the addresses of a smart host in turn. */
static void
decide_fixed(const struct judgement *v, char out[JUDGE_DECIDED])
{
	const char *label = judge_label_name(v->label);
	char a[COUNTED];

	if (v->rule == RULE_SUBMISSION)
		snprintf(out, JUDGE_DECIDED, "%s on ports 465, 587, 2525 (threshold: 1): %s",
		         text_count(v->submission, "attempt", a), label);
	else if (v->rule == RULE_BY_HAND)
		snprintf(out, JUDGE_DECIDED, "%u of %s alike (threshold: under 15 in 100): %s", v->alike,
		         text_count(v->gaps, "pause", a), label);
	else if (v->gaps >= 3 && v->alike * UINT64_C(2) >= v->gaps)
		snprintf(out, JUDGE_DECIDED, "%u of %s alike, by a timer (threshold: half): %s", v->alike,
		         text_count(v->gaps, "pause", a), label);
	else
		snprintf(out, JUDGE_DECIDED, "score %.1f (threshold: below %.1f): %s", v->score, v->cross / 2, label);
}

static void
decide_unknown(const struct judgement *v, char out[JUDGE_DECIDED])
{
	char a[COUNTED], b[COUNTED];

	if (v->rule == RULE_ONE_BURST)
		snprintf(out, JUDGE_DECIDED, "%s within 10 s, none since (threshold: %u): unknown",
		         text_count(v->networks, "network", a), v->limit);
	else if (v->rule == RULE_UNDECIDED)
		snprintf(out, JUDGE_DECIDED, "score %.1f (thresholds: %.1f and %.1f): unknown", v->score, v->cross / 2,
		         v->cross);
	else if (v->attempts == 0 && v->syns_most > 0)
		snprintf(out, JUDGE_DECIDED, "at most %s in a minute, only counted (threshold: %d): unknown",
		         text_count(v->syns_most, "SYN", a), JUDGE_FLOOD);
	else
		snprintf(out, JUDGE_DECIDED, "%s in %s (threshold: %d, %d): unknown",
		         text_count(v->attempts, "attempt", a), text_count(v->contacts, "contact", b), JUDGE_MANY,
		         JUDGE_ENOUGH);
}

const char *
judge_decided(const struct judgement *v, char out[JUDGE_DECIDED])
{
	char a[COUNTED], b[COUNTED];

	/* judge_reasons_evidence says it. */
	if ((v->label == LABEL_MAIL_SERVER && (v->rule == RULE_SERVES || v->rule == RULE_ONE_NAME)) ||
	    (v->label == LABEL_UNKNOWN && v->rule == RULE_ASKS_MX))
		return NULL;
	if (v->label == LABEL_SCANNER)
		decide_scanner(v, out);
	else if (v->label == LABEL_MONITOR)
		snprintf(out, JUDGE_DECIDED, "%u of %s every %.0f s (threshold: 4 in 5): monitor", v->regular,
		         text_count(v->kept, "network", a), v->period);
	else if (v->label == LABEL_MAIL_SERVER)
		decide_mail_server(v, out);
	else if (v->label == LABEL_ZOMBIE)
		decide_zombie(v, out);
	else if (v->label == LABEL_MISCONFIGURED || v->label == LABEL_ROAMING)
		decide_fixed(v, out);
	else if (v->label == LABEL_LISTED)
		snprintf(out, JUDGE_DECIDED, "%s, all allowed by the policy: listed",
		         text_count(v->allowed, "attempt", b));
	else
		decide_unknown(v, out);
	return out;
}
