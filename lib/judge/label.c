/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host state -> label. The rules are tried in order; the first that holds decides. A host that has crossed is a zombie
 * unless its behaviour shows that it is something else. */
#include <math.h>
#include <string.h>

#include "state.h"

#define TIMER_GAPS 3       /* gaps required to recognize a rhythm */
#define CLOCK 900          /* seconds: the longest period of a monitor */
#define FOUND 600          /* seconds, on top of two rounds, in which a monitor has shown all its networks */
#define SHOWN (5 * MINUTE) /* activity required to confirm a zombie */
#define STEPPED 4          /* attempts required to recognize steps */
#define POOLS 16           /* networks, at most, of a pool of smart hosts */

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

/* Retries after minutes and not sooner; or a few times at once, as Exchange does, and then after minutes. */
static bool
is_clean(const struct judge_network *n)
{
	return n->prompt != 0 && n->brief_late == 0 && n->brief <= 6;
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

/* Sorts the list. */
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
assess_networks(struct judgement *v, const struct judge_host *h, uint32_t now, unsigned kinds)
{
	size_t count, regular = 0;
	const struct judge_network *list = judge_networks(h, &count);
	float period[JUDGE_FAR], middle;
	struct judge_moves all = {0};

	for (size_t i = 0; i < count; i++) {
		const struct judge_network *n = &list[i];

		if (!judge_is_among(n->id, kinds) || !judge_network_lives(n, judge_tick(h, h->last)))
			continue;
		v->kept++;
		all.up += judge_moves_of(n).up;
		all.down += judge_moves_of(n).down;
		if (now > n->first && now - n->first >= JUDGE_AGED) {
			v->aged++;
			v->revisited += n->prompt;
			v->clean += is_clean(n);
		}
		if (is_regular(n))
			period[regular++] = (float)n->gap / JUDGE_TICKS;
	}
	v->moves = all.up + all.down;
	v->ordered = all.up > all.down ? all.up : all.down;
	middle = median(period, regular);
	for (size_t i = 0; i < regular; i++)
		v->regular += fabsf(period[i] - middle) <= 0.2F * middle;
	v->period = middle;
}

/* Goes through the addresses of networks in order, as nobody who looked them up does; or through most of them. */
static bool
is_sweep(const struct judgement *v)
{
	bool in_order = v->moves >= 12 && v->ordered * UINT64_C(8) >= v->moves * UINT64_C(7);

	return v->names + v->domains == 0 && v->addresses >= 16 &&
	       v->addresses / (in_order ? 4 : JUDGE_DENSE) >= v->networks;
}

static bool
is_scanner(struct judgement *v, const struct judge_host *h)
{
	if (h->raw * UINT64_C(2) >= h->attempts && h->attempts >= 4)
		v->rule = RULE_RAW_SYN;
	else if (is_sweep(v))
		v->rule = RULE_SWEEP;
	else if (v->bogons >= 4 && v->networks >= 8 && h->bogons >= (h->attempts - h->unnamed) / 12)
		v->rule = RULE_BOGON;
	else if (h->silent >= 8 && h->silent >= (h->attempts - h->unnamed) / 10 &&
	         h->silent_again * UINT64_C(10) < h->silent)
		v->rule = RULE_NO_RESEND;
	else
		return false;
	return true;
}

/* Several destinations at one rhythm, each with its own phase, and no new one since the first rounds: a mail server
 * with a retry timer contacts new ones as mail arrives. A smart host with several addresses is contacted address by
 * address at the host's own rhythm (round), which is no monitor. */
static bool
is_monitor(const struct judgement *v, const struct judge_host *h)
{
	bool round = h->gaps >= TIMER_GAPS && h->alike * UINT64_C(10) >= h->gaps * UINT64_C(7) &&
	             h->together * UINT64_C(5) < h->contacts;
	double found = (double)v->renewed / JUDGE_TICKS, rounds = 2 * v->period;

	return v->regular >= 2 && v->regular * 10 >= v->kept * 8 && v->period <= CLOCK && !round &&
	       (found <= rounds + FOUND || judge_hides(h));
}

/* Goes from one address to the next by a constant step, as a mail server does among those of a domain, and comes back.
 * Slow bots make one step in 30 attempts by chance, fast ones up to one in four. */
static bool
fails_over(const struct judgement *v)
{
	return v->networks >= 4 && v->aged >= 2 && v->tried >= STEPPED &&
	       v->stepped * UINT64_C(20) >= v->tried * UINT64_C(7) && v->revisited * 5 >= v->aged * 3;
}

/* Returns to networks that refused it, and not before some minutes have passed. Few contacts, in twentieths, go to a
 * new network, since each is followed by retries. */
static bool
returns(const struct judgement *v, uint32_t fresh)
{
	return v->aged >= 2 && v->revisited * 4 >= v->aged * 3 && (v->clean + 1) * 3 >= v->aged * 2 &&
	       v->fresh * UINT64_C(20) <= v->contacts * (uint64_t)fresh;
}

/* A bot that retries returns as well, for less long: where domains have one address, so that there are no steps, nine
 * in ten contacts must be returns. */
static bool
is_patient(const struct judgement *v)
{
	bool steps = v->tried >= STEPPED && v->stepped * UINT64_C(20) >= v->tried * UINT64_C(3);

	return returns(v, steps ? 9 : 2) && !judge_never_steps(&v->delivery);
}

/* A small mail server that has not crossed: it contacts several networks in quick succession, the mail servers of one
 * domain, and returns to most. */
static bool
is_small_server(const struct judgement *v, const struct judge_host *h)
{
	uint32_t share = v->networks >= 5 ? 5 : 4;

	return v->networks >= 4 && h->together * (uint64_t)share >= v->contacts && v->aged >= 2 &&
	       v->clean * 2 >= v->aged;
}

/* Crossed, but through the addresses of smart hosts: few networks, either one at a time at the rhythm of a timer, or
 * with the patience of a mail program that also uses submission ports. */
static bool
goes_round(const struct judgement *v, const struct judge_host *h)
{
	bool timer = h->gaps >= 2 * TIMER_GAPS && h->alike * UINT64_C(10) >= h->gaps * UINT64_C(8) && h->together == 0;

	return v->networks <= POOLS && (timer || (h->submission > 0 && returns(v, 9)));
}

static void
settle(struct judgement *v, enum judge_label label, enum judge_rule rule, bool confirmed)
{
	v->label = label;
	v->rule = rule;
	v->certainty = confirmed ? CERTAINTY_CONFIRMED : CERTAINTY_PROVISIONAL;
}

static void
settle_nothing(struct judgement *v, enum judge_label label, enum judge_rule rule)
{
	settle(v, label, rule, false);
	v->certainty = CERTAINTY_NONE;
}

/* Few destinations: a person, or a program on a timer. */
static void
decide_fixed(struct judgement *v, const struct judge_host *h)
{
	bool by_hand = h->gaps >= 3 && h->alike * UINT64_C(100) < h->gaps * UINT64_C(15);

	if (h->submission > 0)
		settle(v, LABEL_ROAMING, RULE_SUBMISSION, false);
	else if (v->delivery.domains > 0 && (v->delivery.domains >= DELIVERY_FEW || by_hand))
		settle_nothing(v, LABEL_UNKNOWN, RULE_DELIVERS);
	else if (by_hand)
		settle(v, LABEL_ROAMING, RULE_BY_HAND, false);
	else
		settle(v, LABEL_MISCONFIGURED, RULE_BY_TIMER, false);
}

/* Tries each network once: so does a program that sends its own mail without a queue, to customers or for a check. */
static bool
tries_once(const struct judgement *v)
{
	return v->revisited * 4 < v->aged && v->networks < v->limit;
}

/* A zombie is confirmed once a mail server would have returned to most networks and it has not. One that returns to
 * half of them stays provisional, and so does one that was active for minutes only: a check of many servers looks like
 * that. */
static bool
is_sure(const struct judgement *v, const struct judge_host *h, uint32_t now)
{
	uint32_t crossed_at = judge_tick(h, v->crossed_at);

	return now > crossed_at && now - crossed_at >= JUDGE_AGED && v->clean * 2 < v->aged &&
	       h->last - h->first >= SHOWN && !tries_once(v);
}

/* Crossed in one burst without a new network since: a check of many servers does that, and so does the first message of
 * a mailing; a bot continues. A burst over the daily limit of networks is judged at once. */
static bool
is_one_burst(const struct judgement *v, const struct judge_host *h)
{
	return !v->by_networks && h->burst == v->fresh && v->networks < v->limit;
}

/* Too little is known of its destinations; but a flood is a flood wherever it goes. */
static void
decide_little(struct judgement *v, const struct judge_host *h)
{
	if (h->syns_most >= JUDGE_FLOOD)
		settle(v, LABEL_SCANNER, RULE_FLOOD, false);
	else
		settle_nothing(v, LABEL_UNKNOWN, RULE_TOO_LITTLE);
}

static void
decide(struct judgement *v, const struct judge_host *h, uint32_t now)
{
	bool crossed = v->crossed_at != 0;

	if (is_scanner(v, h))
		settle(v, LABEL_SCANNER, v->rule, true);
	else if (is_monitor(v, h))
		settle(v, LABEL_MONITOR, RULE_RHYTHM, h->contacts >= 4 * v->kept);
	else if (judge_delivers(&v->delivery))
		settle(v, LABEL_MAIL_SERVER, RULE_FAILS_OVER, v->aged >= 4);
	else if (h->submission == 0 && fails_over(v) && !judge_never_steps(&v->delivery))
		settle(v, LABEL_MAIL_SERVER, RULE_STEPS, v->aged >= 4);
	else if (h->submission == 0 && (crossed ? is_patient(v) : is_small_server(v, h)))
		settle(v, LABEL_MAIL_SERVER, RULE_COMES_BACK, v->aged >= 4);
	else if (crossed && is_one_burst(v, h))
		settle_nothing(v, LABEL_UNKNOWN, RULE_ONE_BURST);
	else if (crossed && !goes_round(v, h))
		settle(v, LABEL_ZOMBIE, v->by_networks ? RULE_NETWORKS : RULE_FANOUT, is_sure(v, h, now));
	else if (judge_hurries(&v->delivery))
		settle(v, LABEL_ZOMBIE, RULE_NO_FAIL_OVER, false);
	else if (judge_leaves(&v->delivery))
		settle(v, LABEL_ZOMBIE, RULE_NO_RETURN, false);
	else if (h->attempts == 0 && h->syns_most == 0 && h->allowed > 0)
		settle_nothing(v, LABEL_LISTED, RULE_ALLOWED);
	else if (h->contacts < JUDGE_ENOUGH && h->attempts - h->unnamed < JUDGE_MANY)
		decide_little(v, h);
	else if (!crossed && v->score >= v->cross / 2)
		settle_nothing(v, LABEL_UNKNOWN, RULE_UNDECIDED);
	else
		decide_fixed(v, h);
}

/* Which of the two walks the judgement is about: that of contacts by name only if the other has not crossed. */
static unsigned
choose_walk(struct judgement *v, const struct judge_host *h)
{
	const struct judge_named *n = h->wide != NULL ? &h->wide->named : &(const struct judge_named){0};
	bool named = h->crossed == JUDGE_BELOW && n->crossed != JUDGE_BELOW;
	uint32_t crossed_at = named ? n->crossed_at : h->crossed_at;

	v->score = named ? n->score : h->score;
	v->contacts = h->contacts;
	v->fresh = h->fresh;
	v->renewed = h->renewed;
	if (!named && h->crossed == JUDGE_BELOW)
		return JUDGE_ANY;
	v->contacts = named ? n->contacts : h->contacts - n->contacts;
	v->fresh = named ? n->fresh : h->fresh - n->fresh;
	v->renewed = named ? n->renewed : h->renewed;
	v->by_networks = (named ? n->crossed : h->crossed) == JUDGE_BY_NETWORKS;
	v->crossed_at = h->base + (int64_t)crossed_at * (1000000 / JUDGE_TICKS);
	return named ? JUDGE_NAMED : JUDGE_OPEN;
}

static void
assess_stacks(struct judgement *v, const struct judge_host *h, uint32_t last)
{
	if (last > h->stacks_at && last - h->stacks_at > 7 * JUDGE_DAY)
		return;
	memcpy(v->stacks, h->stacks, sizeof v->stacks);
	while (v->machines < STACKS_MOST && v->stacks[v->machines].stack != 0)
		v->machines++;
	if (v->machines > 0)
		v->stacks_at = h->base + (int64_t)h->stacks_at * (1000000 / JUDGE_TICKS);
}

struct judgement
judge_verdict_of(const struct judge_bounds *b, const struct judge_host *h, int64_t now)
{
	uint32_t at = judge_tick(h, now), last = judge_tick(h, h->last);
	struct judgement v = {.cross = b->cross,
	                      .first = h->first,
	                      .last = h->last,
	                      .attempts = h->attempts,
	                      .retransmits = h->retransmits,
	                      .raw = h->raw,
	                      .established = h->established,
	                      .submission = h->submission,
	                      .allowed = h->allowed,
	                      .silent = h->silent,
	                      .silent_again = h->silent_again,
	                      .syns_most = h->syns_most,
	                      .gaps = h->gaps,
	                      .alike = h->alike,
	                      .burst = h->burst,
	                      .together = h->together,
	                      .bogons = (uint32_t)__builtin_popcount(h->bogon),
	                      .bogon_attempts = h->bogons,
	                      .limit = b->networks};
	unsigned kinds = choose_walk(&v, h);

	/* Counted over the day before it was last seen: a host keeps its label while it is away. */
	v.networks = judge_networks_of_day(h, at < last ? at : last, kinds);
	v.names = judge_networks_of_day(h, at < last ? at : last, JUDGE_NAMED);
	v.domains = judge_networks_of_day(h, at < last ? at : last, 1U << JUDGE_OF_DOMAIN);
	v.addresses = judge_addresses(h);
	v.tried = h->wide != NULL ? h->wide->steps.tried : 0;
	v.stepped = h->wide != NULL ? h->wide->steps.stepped : 0;
	assess_stacks(&v, h, last);
	assess_networks(&v, h, at, kinds);
	v.delivery = judge_delivery_of(h, at, last);
	decide(&v, h, at);
	return v;
}
