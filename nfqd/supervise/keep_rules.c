/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the kernel's rules: makes them anew when the policy wants it, and puts back what somebody else has changed.
 *
 * How it works: after each change of ours a look remembers what stands (struct rules_sight). The kernel tells of every
 * change to nftables, and so to iptables-nft (watch.c); what tells nobody is compared four times a second without
 * running a program (rules_stamp). Either leads to another look; so does our own change, and finds nothing. Looks have
 * a distance to each other, so that others who change rules all the time do not keep us busy. */
#include "supervisor.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"

#define RENEW DAY          /* element timeouts of the kernel are renewed at least this often */
#define APART (SECOND / 4) /* between looks that news leads to */
#define STAMP (SECOND / 4) /* between looks at what tells nobody */
#define LOOK (30 * SECOND) /* between looks without a reason */
#define DOUBTS 20          /* times in turn that what we made may be refused or look otherwise at once */
#define AGAIN (2 * SECOND) /* after the kernel did not take the rules, or somebody else never leaves them alone */

void
keep_start(struct supervisor *s)
{
	if ((s->watch = watch_open()) == NULL)
		log_warn("cannot hear of changes to nftables: the rules are looked at once a second");
}

/* Which parts of what stands are not as they were. */
struct difference {
	bool gate; /* openings may pass, or have passed, unseen */
	bool shield;
	bool sets; /* the gate sees openings through the wrong queue, or our rules stand in a new place */
};

static struct difference
compare(const struct rules_sight *a, const struct rules_sight *b)
{
	return (struct difference){
	        .gate = a->gate != b->gate || a->lan != b->lan || a->passed != b->passed,
	        .shield = a->shield != b->shield || a->shield_sets != b->shield_sets,
	        .sets = a->sets != b->sets || a->misplaced != b->misplaced,
	};
}

static bool
differs(struct difference d)
{
	return d.gate || d.shield || d.sets;
}

/* From now on s->sight is what must stand: what we have made, as it looks. False: it does not stand, so somebody else
 * has been at it in between, and it is put back; if that goes on and on, with patience. */
static bool
remember(struct supervisor *s)
{
	struct rules_sight *made = &s->rules.made, seen;
	bool stands;

	if (!rules_look(s->backend, &seen))
		return false;
	/* Without those that follow ended connections, some of an earlier run may stand. */
	made->gate =
	        made->rules == seen.rules || (!s->rules.midstream && made->rules < seen.rules) ? seen.gate : ~seen.gate;
	made->shield = made->shield_rules == seen.shield_rules ? seen.shield : ~seen.shield;
	s->sight = *made;
	stands = !differs(compare(made, &seen));
	s->rules_doubts = stands ? 0 : s->rules_doubts + 1;
	return stands;
}

/* False: the kernel did not take them. */
static bool
make(struct supervisor *s, const struct config *c, bool anew)
{
	int64_t now = when_now();
	bool done = rules_apply(c, s->backend, now, anew, &s->rules);

	if (s->rules.next > now + RENEW)
		s->rules.next = now + RENEW;
	s->rules_failed = !done;
	s->ending_due = s->ending_due || (done && s->rules.midstream);
	watch_news(s->watch); /* that was us; what others did until here, the look sees */
	watch_forget(s->watch);
	s->rules_stamp = rules_stamp(s->backend);
	s->rules_changed = !remember(s) || !done;
	if (!s->rules_changed)
		notes_remember(s->shared->notes, REMEMBERED_RULES, (int64_t)(s->sight.gate ^ s->sight.lan));
	if (done)
		s->rules_seen = now;
	return done;
}

/* What passed while they were away becomes a gap. The kernel's counters may have begun anew, so the three numbers that
 * are compared are brought in line. */
static void
tell_gate_was_open(struct supervisor *s, int64_t since)
{
	int64_t counted, seen;

	notes_gap(s->shared->notes, since, when_now(), -1,
	          "somebody changed the kernel rules: openings went by uncounted until they were put back");
	seen = reconcile_seen(s) + reconcile_underway(s);
	counted = supervisor_counted(s);
	if (counted >= 0)
		s->counted_before = counted - seen - s->missed;
	s->even = when_now();
	s->look = -1;
	notes_rules(s->shared->notes, s->even, counted, seen);
}

static void
put_back(struct supervisor *s, struct difference d)
{
	int64_t since = s->rules_seen;
	struct shield_totals totals;
	bool emptied = s->shield != NULL && !shield_totals(s->shield, &totals);
	const char *what = d.gate     ? "the rules"
	                   : d.shield ? "the shield's rules"
	                              : "the sets or the place of the rules";
	char who[64];

	snprintf(who, sizeof who, "%s", watch_who(s->watch));
	log_warnx("%s in the kernel were changed by %s: they are put back", what, who);
	/* The kernel may refuse once what it takes a moment later: an ipset that somebody lists cannot be destroyed. */
	s->rules_again = steady_add(steady_now(), s->rules_doubts < DOUBTS ? APART : AGAIN);
	if (!make(s, s->config, d.gate)) {
		s->rules_doubts++;
		s->rules_seen = since;
		return;
	}
	s->rules_again = s->rules_doubts > DOUBTS ? steady_add(steady_now(), AGAIN) : (struct steady){0};
	if (d.gate)
		tell_gate_was_open(s, since);
	else if (emptied)
		notes_gap(s->shared->notes, s->shield_looked, when_now(), -1,
		          "somebody removed the shield: what it had dropped since the last look was not told");
	if (emptied)
		fold_begin(s);
	notes_journal(s->shared->notes, "rules", "%s were changed by %s, and put back", what, who);
}

/* Compares what stands with what we left. */
static void
check(struct supervisor *s)
{
	int64_t asked = when_now();
	uint64_t stamp = rules_stamp(s->backend);
	struct rules_sight seen;
	struct difference d;

	s->looked = steady_now();
	if (!rules_look(s->backend, &seen))
		return;
	d = compare(&seen, &s->sight);
	if (differs(d)) {
		put_back(s, d);
		return;
	}
	watch_forget(s->watch);
	s->rules_stamp = stamp;
	s->rules_changed = false;
	s->rules_seen = asked;
}

bool
keep_intact(const struct supervisor *s)
{
	struct rules_sight seen;

	return rules_look(s->backend, &seen) && !differs(compare(&seen, &s->sight));
}

/* Whether somebody may have been at the rules since they were last seen. Where nobody was, they are seen by that. */
static bool
changed(struct supervisor *s, struct steady steady)
{
	int64_t asked = when_now();

	s->rules_changed = watch_news(s->watch) || s->rules_changed;
	if (steady_between(s->stamped, steady) >= STAMP) {
		s->rules_changed = rules_stamp(s->backend) != s->rules_stamp || s->rules_changed;
		s->stamped = steady;
		if (!s->rules_changed)
			s->rules_seen = asked;
	}
	return s->rules_changed;
}

bool
supervisor_apply_rules(struct supervisor *s, const struct config *c)
{
	int64_t now = when_now(), before, after;
	bool done;

	s->stamped = (struct steady){0};
	if (s->rules_seen != 0 && !s->rules_failed && changed(s, steady_now()))
		check(s); /* what somebody else did must not vanish behind what we do */
	before = supervisor_counted(s);
	done = make(s, c, false);
	/* iptables counts from 0 again when a chain's text has changed. */
	if (before > 0 && (after = supervisor_counted(s)) >= 0 && after < before) {
		s->counted_before += after - before;
		s->look = -1;
		notes_counters(s->shared->notes, now, after - before);
	}
	return done;
}

void
keep_rules(struct supervisor *s)
{
	struct steady steady = steady_now();
	int64_t now = when_now();

	/* Further off than it was ever set: the clock was put back. */
	if ((now >= s->rules.next || s->rules.next > now + RENEW) && !supervisor_apply_rules(s, s->config))
		s->rules.next = now + 10 * SECOND;
	if (steady_before(steady, s->rules_again))
		return;
	if ((changed(s, steady) && steady_between(s->looked, steady) >= APART) ||
	    steady_between(s->looked, steady) >= LOOK)
		check(s);
}
