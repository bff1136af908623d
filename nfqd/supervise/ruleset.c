/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: after each change of ours we read back what the kernel has and keep a digest of it (struct
 * rules_state). The kernel reports every change to nftables, and so to iptables-nft (watch.c); what it does not report
 * is compared four times a second without running a program (rules_stamp). Either leads to another comparison; so does
 * our own change, which then finds no difference. Comparisons keep a minimum distance, so that somebody who changes
 * rules all the time does not keep us busy. */
#include "ruleset.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "notes.h"

#define RENEW DAY                /* element timeouts in the kernel are renewed at least this often */
#define APART (SECOND / 4)       /* between comparisons that news leads to */
#define STAMP (SECOND / 4)       /* between looks at objects whose changes cause no events */
#define CHECK (30 * SECOND)      /* between comparisons without a reason */
#define FAILURES 20              /* in a row: from then on RETRY_LATER */
#define RETRY_LATER (2 * SECOND) /* the kernel refuses the rules, or somebody else changes them again and again */

void
ruleset_start(struct ruleset *r)
{
	if ((r->watch = watch_open()) == NULL)
		log_warn("cannot watch nftables for changes: the rules are compared every 30 s");
}

/* The parts that are not as expected. */
struct difference {
	bool gate; /* openings may pass, or may have passed, without the gate */
	bool shield;
	bool sets; /* the gate gets openings through the wrong queue, or our rules have moved */
};

/* From `next` on, elements may have ended by themselves: their numbers prove nothing then. */
static struct difference
compare(const struct rules_state *a, const struct rules_state *b, int64_t next)
{
	bool due = when_now() >= next;

	return (struct difference){
	        .gate = a->gate != b->gate || a->lan != b->lan || a->bypassed != b->bypassed,
	        .shield = a->shield != b->shield || (!due && a->shield_sets != b->shield_sets),
	        .sets = (!due && a->sets != b->sets) || a->misplaced != b->misplaced,
	};
}

static bool
differs(struct difference d)
{
	return d.gate || d.shield || d.sets;
}

/* From now on r->expected is what we have just made, as the kernel has it. False: it is not there, so somebody else has
 * changed it in between. */
static bool
expect_made(struct ruleset *r, const struct context *x)
{
	struct rules_state *made = &r->applied.made, seen;
	bool stands;

	if (!rules_look(x->backend, &seen))
		return false;
	/* If ours do not include those for ended connections, some of an earlier run may be there. */
	made->gate = made->rules == seen.rules || (!r->applied.midstream && made->rules < seen.rules) ? seen.gate
	                                                                                              : ~seen.gate;
	made->shield = made->shield_rules == seen.shield_rules ? seen.shield : ~seen.shield;
	r->expected = *made;
	stands = !differs(compare(made, &seen, r->applied.next));
	r->failures = stands ? 0 : r->failures + 1;
	return stands;
}

/* False: the kernel did not take them. */
static bool
make(struct ruleset *r, const struct context *x, const struct config *c, bool anew)
{
	int64_t now = when_now();
	const struct rules_wanted wanted = {.now = now, .anew = anew, .renew = r->renew, .closed = r->closed};
	bool done = rules_apply(c, x->backend, &wanted, &r->applied);

	if (r->applied.next > now + RENEW)
		r->applied.next = now + RENEW;
	r->failed = !done;
	r->renew = r->renew && !done;
	r->end_refused->due = r->end_refused->due || (done && r->applied.midstream);
	watch_changed(r->watch); /* that was us; what others did until here, the comparison finds */
	watch_forget(r->watch);
	r->stamp = rules_stamp(x->backend);
	r->suspect = !expect_made(r, x) || !done;
	if (!r->suspect)
		notes_remember(x->shared->notes, REMEMBERED_RULES, (int64_t)(r->expected.gate ^ r->expected.lan));
	if (done)
		r->intact_at = now;
	return done;
}

/* Openings that passed while the rules were missing become a gap. */
static void
report_gate_open(struct ruleset *r, const struct context *x, int64_t since)
{
	notes_gap(
	        x->shared->notes, since, when_now(), NOTE_UNKNOWN,
	        "the kernel rules were changed by another program: openings may have passed uncounted until they were restored");
	reconcile_remade(r->reconcile, x);
}

static void
put_back(struct ruleset *r, const struct context *x, struct difference d)
{
	int64_t since = r->intact_at;
	struct shield_totals totals;
	bool emptied = r->shield_log->shield != NULL && !shield_counts_totals(r->shield_log->shield, &totals);
	const char *what = d.gate     ? "the rules"
	                   : d.shield ? "the shield's rules"
	                              : "the sets or the place of the rules";
	char who[64];

	snprintf(who, sizeof who, "%s", watch_changed_by(r->watch));
	log_warnx("%s in the kernel were changed by %s: restoring them", what, who);
	/* A refusal may be temporary: an ipset cannot be destroyed while somebody lists it. */
	r->retry = steady_add(steady_now(), r->failures < FAILURES ? APART : RETRY_LATER);
	if (!make(r, x, x->config, d.gate)) {
		r->failures++;
		r->intact_at = since;
		return;
	}
	r->retry = r->failures > FAILURES ? steady_add(steady_now(), RETRY_LATER) : (struct steady){0};
	if (d.gate)
		report_gate_open(r, x, since);
	else if (emptied)
		notes_gap(
		        x->shared->notes, r->shield_log->read_at, when_now(), NOTE_UNKNOWN,
		        "the shield was removed by another program: its drops since the last reading are not recorded");
	if (emptied)
		shield_log_restart(r->shield_log, x);
	notes_journal(x->shared->notes, "rules", "%s were changed by %s, and restored", what, who);
}

/* Compares the kernel's rules with those that we left, and restores ours. */
static void
check(struct ruleset *r, const struct context *x)
{
	int64_t asked = when_now();
	uint64_t stamp = rules_stamp(x->backend);
	struct rules_state seen;
	struct difference d;

	r->checked = steady_now();
	if (!rules_look(x->backend, &seen))
		return;
	d = compare(&seen, &r->expected, r->applied.next);
	if (differs(d)) {
		put_back(r, x, d);
		return;
	}
	watch_forget(r->watch);
	r->stamp = stamp;
	r->suspect = false;
	r->intact_at = asked;
}

bool
ruleset_intact(const struct ruleset *r, const struct context *x, struct others *others)
{
	struct rules_state seen;
	bool looked = rules_look(x->backend, &seen);

	*others = seen.others;
	return looked && !differs(compare(&seen, &r->expected, r->applied.next));
}

/* True if somebody may have changed the rules since they were last known to be intact; otherwise they are known to be
 * intact now. */
static bool
suspect(struct ruleset *r, const struct context *x, struct steady steady)
{
	int64_t asked = when_now();

	r->suspect = watch_changed(r->watch) || r->suspect;
	if (steady_between(r->stamped, steady) >= STAMP) {
		r->suspect = rules_stamp(x->backend) != r->stamp || r->suspect;
		r->stamped = steady;
		if (!r->suspect)
			r->intact_at = asked;
	}
	return r->suspect;
}

bool
ruleset_apply(struct ruleset *r, const struct context *x, const struct config *c)
{
	int64_t before, after;
	bool done;

	r->stamped = (struct steady){0};
	if (r->intact_at != 0 && !r->failed && suspect(r, x, steady_now()))
		check(r, x); /* a change of somebody else must not be hidden by ours */
	before = reconcile_counted(x);
	done = make(r, x, c, false);
	/* iptables counts from 0 again when a chain's text has changed. */
	if (before > 0 && (after = reconcile_counted(x)) >= 0 && after < before)
		reconcile_fell(r->reconcile, x, before, after);
	return done;
}

void
ruleset_clock_set(struct ruleset *r)
{
	r->renew = true;
	r->applied.next = 0;
}

void
ruleset_maintain(struct ruleset *r, const struct context *x)
{
	struct steady steady = steady_now();
	int64_t now = when_now();

	/* Further ahead than it is ever set: the clock was put back. */
	if ((now >= r->applied.next || r->applied.next > now + RENEW) && !ruleset_apply(r, x, x->config))
		r->applied.next = now + 10 * SECOND;
	if (steady_before(steady, r->retry))
		return;
	if ((suspect(r, x, steady) && steady_between(r->checked, steady) >= APART) ||
	    steady_between(r->checked, steady) >= CHECK)
		check(r, x);
}
