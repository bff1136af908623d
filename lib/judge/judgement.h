/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judgement: what the judge says of a host, and the numbers behind it. */
#ifndef JUDGEMENT_H
#define JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "usual.h"
#include "lib/decode/stack.h"

/* These numbers stand in databases: add at the end, never renumber. */
enum judge_label {
	LABEL_UNKNOWN,
	LABEL_LISTED, /* all it did was allowed */
	LABEL_MISCONFIGURED,
	LABEL_ROAMING,
	LABEL_MAIL_SERVER,
	LABEL_MONITOR,
	LABEL_SCANNER,
	LABEL_ZOMBIE,
	LABEL_COUNT
};

enum judge_certainty { CERTAINTY_NONE, CERTAINTY_PROVISIONAL, CERTAINTY_CONFIRMED };

/* What decided. */
enum judge_rule {
	RULE_TOO_LITTLE, /* fewer contacts than anything can be said of */
	RULE_ALLOWED,
	RULE_RAW_SYN,    /* SYNs that no operating system sends */
	RULE_SWEEP,      /* many addresses of few networks */
	RULE_BOGON,      /* addresses that cannot exist */
	RULE_NO_RESEND,  /* never sends again what nobody answered */
	RULE_RHYTHM,     /* several destinations, each as by the clock */
	RULE_COMES_BACK, /* tries again as mail servers do */
	RULE_FANOUT,     /* the walk has crossed */
	RULE_NETWORKS,   /* more networks in a day than the limit */
	RULE_SUBMISSION, /* few destinations, and tries the ports for travellers too */
	RULE_BY_HAND,    /* few destinations, at no rhythm */
	RULE_BY_TIMER,   /* few destinations, again and again at the same distance */
	RULE_UNDECIDED,  /* more networks than fixed destinations need, fewer than a bot is told by */
	RULE_ONE_BURST,  /* has crossed, but within ten seconds, and has gone to nothing new since */
	RULE_SERVES,     /* greets clients from outside: judge_evidence */
	RULE_ONE_NAME    /* calls itself by one full name, and hardly anybody refuses it: judge_evidence */
};

/* What is known of a host at a moment, with the numbers behind it. */
struct judgement {
	enum judge_label label;
	enum judge_certainty certainty;
	enum judge_rule rule;
	double score, cross;             /* of the walk, and where it crosses */
	int64_t first, last, crossed_at; /* microseconds; crossed_at 0: has not crossed */
	uint32_t attempts, retransmits, contacts, fresh, raw, established, submission, allowed, silent, silent_again;
	uint32_t networks, addresses; /* of the last day; estimates when there are many */
	uint32_t kept;                /* networks that are followed one by one: all of them, or a sample */
	/* Of these, networks first tried 45 minutes ago or more; of these, tried again within two hours of that, after
	 * a pause of four minutes or more; and never in haste after that. */
	uint32_t aged, revisited, clean;
	uint32_t regular;                /* networks contacted as by the clock ... */
	double period;                   /* ... every so many seconds */
	uint32_t gaps, alike;            /* between contacts; as long as the one before */
	uint32_t burst;                  /* new networks within ten seconds, at most */
	uint32_t together;               /* contacts to another network within a minute of the one before */
	uint32_t bogons, bogon_attempts; /* addresses that cannot be (up to 32), and attempts to such */
	uint32_t limit;
	bool by_networks;  /* crossed by the limit, not by the walk */
	uint32_t machines; /* at least; 0: nothing says that they are several */
	struct stack_turns
	        stacks[STACKS_MOST]; /* as many kinds of SYNs, or clocks, came by turns from one address ... */
	int64_t stacks_at;           /* ... in the hour before this */
	/* Of what the policy lets: hours beyond what is usual for the host (none: hours == 0), and what is (hours == 0
	 * as long as nothing is known). The label says nothing of it. */
	struct judge_unusual unusual;
	struct judge_level usual;
};

const char *judge_label_name(enum judge_label l);         /* "zombie" */
const char *judge_certainty_name(enum judge_certainty c); /* "confirmed"; NULL for none */

#endif
