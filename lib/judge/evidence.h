/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_evidence: what pcapmon saw beside the attempts of a host, and what that makes of a label. Pure.
 *
 * A label is told from rows alone, the same wherever they are judged. What else was seen is weighed at the moment of
 * the verdict. It can take a host out of suspicion, and make a zombie sure; it never makes one: who was at seven
 * networks at most is none, whatever else it did. docs/detection.md has the table. */
#ifndef JUDGE_EVIDENCE_H
#define JUDGE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/companion/companion.h"
#include "judgement.h"

/* Networks. A mail server is asked from several; one may be of who commands a bot, or looks what is there. */
#define EVIDENCE_CLIENTS 3
/* A mail server has one name; a machine with two mail programs may have two. */
#define EVIDENCE_NAMES 3
/* From so many SMTP connections on, how many were refused says something; and from so many in clear, all by one name.
 */
#define EVIDENCE_REFUSALS 8
#define EVIDENCE_SESSIONS 10
#define EVIDENCE_NETWORKS 4 /* a mail program has a server or two; as of a small mail server (judge_label) */
#define EVIDENCE_ATTEMPTS 8 /* from so many on, how many were answered is worth a sentence */

/* Zeroes: nothing was seen. */
struct judge_evidence {
	int64_t span;                    /* microseconds in which it was seen */
	uint64_t served, clients;        /* connections from outside to its port 25, and from about how many networks */
	uint64_t sessions, dark;         /* SMTP connections, and those that went on encrypted */
	uint64_t submission;             /* of them: to the ports of mail programs */
	uint64_t refused;                /* of them: with a reply of 4xx or 5xx */
	uint64_t listed;                 /* refusals that name a blocklist */
	uint64_t recipients;             /* that were told */
	uint64_t names;                  /* in EHLO and HELO, different ones */
	char name[COMPANION_HELLO_TEXT]; /* the only one, if it is a full domain name of no address; else "" */
	uint64_t mx, addresses, looked_up;           /* look-ups, and of how many names */
	uint64_t attempts, established, turned_away; /* as judge_evidence_port adds them up */
};

/* Adds what goes along with the host's mail. Once. */
void judge_evidence_companion(struct judge_evidence *e, const struct companion *c);
/* Adds what was answered on a port. `kept`: a gate kept some of it from being answered. A port on which nothing at all
 * was established does not count, either: there may be a gate that nobody told us of. */
void judge_evidence_port(struct judge_evidence *e, uint64_t attempts, uint64_t established, uint64_t turned_away,
                         bool kept);

/* SMTP connections that stayed in clear: of the others the refusals are not seen, so they are no part of any share. */
uint64_t judge_evidence_clear(const struct judge_evidence *e);

/* Each of these is a reason of its own. */
bool judge_evidence_serves(const struct judge_evidence *e);  /* greets clients from several networks */
bool judge_evidence_changes(const struct judge_evidence *e); /* calls itself by several names */
bool judge_evidence_refused(const struct judge_evidence *e); /* half and more of those in clear were refused */
bool judge_evidence_listed(const struct judge_evidence *e);  /* so often that it is not somebody's private list */
bool judge_evidence_dead(const struct judge_evidence *e);    /* half and more of its attempts led nowhere */

/* Moves label, certainty and rule. Weighing twice is weighing once. */
void judge_weigh(struct judgement *v, const struct judge_evidence *e);

#endif
