/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judgement: the classifier's result for a host, and the numbers behind it. */
#ifndef JUDGEMENT_H
#define JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "delivery.h"
#include "usual.h"
#include "lib/decode/stack.h"

/* Stored in databases: append, never renumber. */
enum judge_label {
	LABEL_UNKNOWN,
	LABEL_LISTED, /* all its attempts were allowed */
	LABEL_MISCONFIGURED,
	LABEL_ROAMING,
	LABEL_MAIL_SERVER,
	LABEL_MONITOR,
	LABEL_SCANNER,
	LABEL_ZOMBIE,
	LABEL_COUNT
};

enum judge_certainty { CERTAINTY_NONE, CERTAINTY_PROVISIONAL, CERTAINTY_CONFIRMED };

#define JUDGE_ENOUGH 4  /* contacts required for a label ... */
#define JUDGE_MANY 20   /* ... or attempts */
#define JUDGE_DENSE 64  /* addresses of each network: nobody has so many mail servers there */
#define JUDGE_FLOOD 300 /* SYNs in a minute that were only counted: no program that sends mail has as many */

/* The rule that decided. */
enum judge_rule {
	RULE_TOO_LITTLE, /* too few contacts */
	RULE_ALLOWED,
	RULE_RAW_SYN,    /* SYNs that no operating system sends */
	RULE_SWEEP,      /* many addresses of few networks, in order or most there are */
	RULE_BOGON,      /* addresses that cannot exist */
	RULE_NO_RESEND,  /* never retransmits an unanswered SYN */
	RULE_RHYTHM,     /* several destinations, each at a regular interval */
	RULE_COMES_BACK, /* retries like a mail server */
	RULE_FANOUT,     /* the walk has crossed */
	RULE_NETWORKS,   /* more networks in a day than the limit */
	RULE_SUBMISSION, /* few destinations, and submission ports as well */
	RULE_BY_HAND,    /* few destinations, irregular intervals */
	RULE_BY_TIMER,   /* few destinations, regular intervals */
	RULE_UNDECIDED,  /* too many networks for fixed destinations, too few for a bot */
	RULE_ONE_BURST,  /* crossed within ten seconds, and no new network since */
	RULE_SERVES,     /* greets clients from outside: evidence.h */
	RULE_ONE_NAME,   /* one full HELO name, rarely refused: evidence.h */
	RULE_FLOOD,      /* SYNs that were only counted, many in a minute, and little else */
	/* By the domains whose MX it looked up: delivery.h. */
	RULE_FAILS_OVER,   /* tries the next address of a domain, and returns */
	RULE_NO_FAIL_OVER, /* to few domains, too often, and never to the next address */
	RULE_NO_RETURN,    /* to several domains, once each */
	RULE_DELIVERS,     /* too little to tell a mail server from a bot */
	RULE_STEPS,        /* goes from one address to the next by a constant step, and comes back */
	RULE_ASKS_MX       /* few destinations, but it looks up MX like a host that delivers mail: evidence.h */
};

/* A host at one moment. */
struct judgement {
	enum judge_label label;
	enum judge_certainty certainty;
	enum judge_rule rule;
	double score, cross;             /* of the walk; the score at which it crosses */
	int64_t first, last, crossed_at; /* microseconds; crossed_at 0: has not crossed */
	uint32_t attempts, retransmits, contacts, fresh, raw, established, submission, allowed, silent, silent_again;
	uint32_t syns_most;           /* only counted, most in a minute: in none of the others */
	uint32_t networks, addresses; /* of the last day; estimates if there are many */
	uint32_t names, domains;      /* of networks: those known by a name, and those that are recipient domains */
	struct judge_delivery delivery;
	uint32_t renewed; /* ticks: the latest contact to a new network */
	uint32_t kept;    /* networks followed one by one: all, or a sample */
	/* aged: of these, first tried at least 45 minutes ago; revisited: of aged, retried within two hours of the
	 * first attempt, after a pause of at least four minutes; clean: of aged, never retried sooner after that. */
	uint32_t aged, revisited, clean;
	/* Addresses that were new, after the first of their network; those whose last byte rose, or fell if that is
	 * more. */
	uint32_t moves, ordered;
	uint32_t regular;     /* networks contacted at a regular interval ... */
	double period;        /* ... of this many seconds */
	uint32_t gaps, alike; /* pauses between contacts; those as long as the previous one */
	uint32_t burst;       /* most new networks within ten seconds */
	uint32_t together;    /* contacts to another network within a minute of the previous contact */
	/* Attempts, the first to each destination in a minute, and those that follow one to another destination after
	 * the connect timeout, or at once if it was refused: fail-over. */
	uint32_t tried, stepped;
	uint32_t bogons, bogon_attempts; /* distinct impossible addresses (up to 32); attempts to them */
	uint32_t limit;
	bool by_networks;                       /* crossed by the limit, not by the walk */
	uint32_t machines;                      /* lower bound; 0: no sign of several */
	struct stack_turns stacks[STACKS_MOST]; /* kinds of SYNs, or clocks, that alternated at one address ... */
	int64_t stacks_at;                      /* ... in the hour before this */
	/* Allowed traffic: unusual hours (none: hours == 0), and the usual hour (unknown: hours == 0). Independent of
	 * the label. */
	struct judge_unusual unusual;
	struct judge_level usual;
};

const char *judge_label_name(enum judge_label l);         /* "zombie" */
const char *judge_certainty_name(enum judge_certainty c); /* "confirmed"; NULL for none */

#endif
