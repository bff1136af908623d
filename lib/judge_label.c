/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what is known of a host to what it is. The rules are asked in order; the first that holds decides. A host that
 * has crossed is a zombie unless it shows by what it does that it is something else. */
#include <math.h>

#include "judge_state.h"

#define AGED (45 * JUDGE_MINUTE) /* a mail server has tried again by then */
#define ENOUGH 4                 /* contacts below which nothing is said */
#define MANY 20                  /* attempts from which something is said all the same */
#define TIMER_GAPS 4             /* gaps from which a rhythm can be told */

static const char *const labels[LABEL_COUNT] = {"unknown",     "listed",  "misconfigured", "roaming",
                                                "mail-server", "monitor", "scanner",       "zombie"};

const char *
judge_label_name(enum judge_label l)
{
	return l < LABEL_COUNT ? labels[l] : "?";
}

const char *
judge_certainty_name(enum judge_certainty c)
{
	return c == CERTAINTY_CONFIRMED ? "confirmed" : c == CERTAINTY_PROVISIONAL ? "provisional" : NULL;
}

/* Tries again after minutes, and not before: or a few times at first, as Exchange does, and then after minutes. */
static bool
is_patient(const struct judge_network *n)
{
	return n->spaced > 0 && n->brief_late == 0 && n->brief <= 6;
}

static bool
is_regular(const struct judge_network *n)
{
	return n->gaps >= TIMER_GAPS && n->alike * 10U >= (n->gaps - 1U) * 7U;
}

static int
compare(const float *a, const float *b)
{
	return (*a > *b) - (*a < *b);
}

/* The middle of a few numbers. */
static float
median(float *list, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = i; k > 0 && compare(&list[k - 1], &list[k]) > 0; k--) {
			float other = list[k];

			list[k] = list[k - 1];
			list[k - 1] = other;
		}
	return count > 0 ? list[count / 2] : 0;
}

static void
look_at_networks(struct judgement *v, const struct judge_host *h, uint32_t now)
{
	size_t count, regular = 0;
	const struct judge_network *list = judge_networks(h, &count);
	float period[JUDGE_FAR], middle;

	for (size_t i = 0; i < count; i++) {
		const struct judge_network *n = &list[i];

		if (n->id == 0)
			continue;
		if (now > n->first && now - n->first >= AGED) {
			v->aged++;
			v->revisited += n->spaced > 0;
			v->insists += n->spaced > 1;
			v->clean += is_patient(n);
		}
		if (is_regular(n))
			period[regular++] = (float)n->gap / JUDGE_TICKS;
	}
	middle = median(period, regular);
	for (size_t i = 0; i < regular; i++)
		v->regular += fabsf(period[i] - middle) <= 0.2F * middle;
	v->period = middle;
}

static bool
is_scanner(struct judgement *v, const struct judge_host *h)
{
	if (h->raw * 2 >= h->attempts && h->attempts >= 4)
		v->rule = RULE_RAW_SYN;
	else if (v->addresses >= 16 && v->addresses >= 4 * v->networks)
		v->rule = RULE_SWEEP;
	else if (h->bogons >= 2)
		v->rule = RULE_BOGON;
	else if (h->silent >= 8 && h->silent_again < h->silent / 10)
		v->rule = RULE_NO_RESEND;
	else
		return false;
	return true;
}

/* Several destinations in one rhythm, each with a phase of its own: one smart host with several addresses is gone
 * round instead, at the host's own rhythm. */
static bool
is_monitor(const struct judgement *v, const struct judge_host *h, uint32_t kept)
{
	bool round = h->gaps >= TIMER_GAPS && h->alike * 10 >= h->gaps * 8U && h->contacts < (h->gaps + 1U) * 3 / 2;

	return v->regular >= 2 && v->regular * 10 >= kept * 8 && v->period <= 900 && !round;
}

static bool
is_mail_server(const struct judgement *v, const struct judge_host *h)
{
	/* A small one goes to few networks, but to several one after the other: the mail servers of a domain. */
	uint32_t together = h->contacts - h->gaps - 1;
	bool several = v->networks >= 5 && together * 5 >= h->contacts;

	return (h->crossed != JUDGE_BELOW || several) && v->aged >= 2 && v->revisited * 4 >= v->aged * 3 &&
	       v->insists * 2 >= v->aged && v->clean * 3 >= v->aged;
}

static void
decide(struct judgement *v, const struct judge_host *h, uint32_t now)
{
	uint32_t kept = 0;
	size_t count;
	const struct judge_network *list = judge_networks(h, &count);

	for (size_t i = 0; i < count; i++)
		kept += list[i].id != 0;
	if (is_scanner(v, h)) {
		v->label = LABEL_SCANNER;
		v->certainty = CERTAINTY_CONFIRMED;
	} else if (is_monitor(v, h, kept)) {
		v->label = LABEL_MONITOR;
		v->rule = RULE_RHYTHM;
		v->certainty = h->contacts >= 4 * kept ? CERTAINTY_CONFIRMED : CERTAINTY_PROVISIONAL;
	} else if (is_mail_server(v, h)) {
		v->label = LABEL_MAIL_SERVER;
		v->rule = RULE_COMES_BACK;
		v->certainty = v->aged >= 4 ? CERTAINTY_CONFIRMED : CERTAINTY_PROVISIONAL;
	} else if (h->crossed != JUDGE_BELOW) {
		v->label = LABEL_ZOMBIE;
		v->rule = h->crossed == JUDGE_BY_WALK ? RULE_FANOUT : RULE_NETWORKS;
		v->certainty = now >= h->crossed_at + AGED || v->networks >= v->limit ? CERTAINTY_CONFIRMED
		                                                                      : CERTAINTY_PROVISIONAL;
	} else if (h->contacts < ENOUGH && h->attempts < MANY) {
		v->label = h->attempts == 0 && h->allowed > 0 ? LABEL_LISTED : LABEL_UNKNOWN;
		v->rule = v->label == LABEL_LISTED ? RULE_ALLOWED : RULE_TOO_LITTLE;
	} else {
		bool person = h->gaps >= 3 && h->alike * 100 < h->gaps * 15U;

		v->label = h->submission > 0 || person ? LABEL_ROAMING : LABEL_MISCONFIGURED;
		v->rule = h->submission > 0 ? RULE_SUBMISSION : person ? RULE_BY_HAND : RULE_BY_TIMER;
		v->certainty = CERTAINTY_PROVISIONAL;
	}
}

struct judgement
judge_verdict_of(const struct judge_bounds *b, const struct judge_host *h, int64_t now)
{
	uint32_t at = now > h->base ? (uint32_t)((now - h->base) / (1000000 / JUDGE_TICKS)) : 0;
	struct judgement v = {.score = h->score,
	                      .cross = b->cross,
	                      .first = h->first,
	                      .last = h->last,
	                      .attempts = h->attempts,
	                      .retransmits = h->retransmits,
	                      .contacts = h->contacts,
	                      .fresh = h->fresh,
	                      .raw = h->raw,
	                      .established = h->established,
	                      .submission = h->submission,
	                      .allowed = h->allowed,
	                      .silent = h->silent,
	                      .silent_again = h->silent_again,
	                      .gaps = h->gaps,
	                      .alike = h->alike,
	                      .burst = h->burst,
	                      .bogons = h->bogons,
	                      .limit = b->networks};

	if (h->crossed != JUDGE_BELOW)
		v.crossed_at = h->base + (int64_t)h->crossed_at * (1000000 / JUDGE_TICKS);
	v.networks = judge_networks_of_day(h, at);
	v.addresses = judge_addresses(h);
	look_at_networks(&v, h, at);
	decide(&v, h, at);
	return v;
}
