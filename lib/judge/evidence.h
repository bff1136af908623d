/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_evidence: side traffic of a host, as pcapmon saw it, and its effect on the host's label. Pure.
 *
 * Labels depend on rows alone and are the same wherever the rows are judged. Evidence is applied when a label is shown.
 * It can clear a suspected host and confirm a zombie, but never makes a zombie: a host that contacted at most seven
 * networks is none, whatever else it did. docs/detection.md has the table. */
#ifndef JUDGE_EVIDENCE_H
#define JUDGE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/companion/companion.h"
#include "judgement.h"

/* Networks. Clients of a mail server come from several; a single one may be a bot's master or a scanner. */
#define EVIDENCE_CLIENTS 3
/* A mail server has one name; a machine with two mail programs may have two. */
#define EVIDENCE_NAMES 3
/* SMTP connections in clear from which the share of refusals counts, and from which a single HELO name counts. */
#define EVIDENCE_REFUSALS 8
#define EVIDENCE_SESSIONS 10
#define EVIDENCE_NETWORKS                                                                                              \
	4                   /* a mail program has one or two servers; same limit as for a small mail server (label.c)  \
	                     */
#define EVIDENCE_ATTEMPTS 8 /* attempts from which the share of answers is reported */

/* All zero: nothing was seen. */
struct judge_evidence {
	int64_t span;                    /* microseconds: the period observed */
	uint64_t served, clients;        /* connections from outside to its port 25; estimate of client networks */
	uint64_t sessions, dark;         /* SMTP connections; those that switched to TLS */
	uint64_t submission;             /* of sessions: to submission ports */
	uint64_t refused;                /* of sessions: with a reply 4xx or 5xx */
	uint64_t listed;                 /* refusals that name a blocklist */
	uint64_t recipients;             /* RCPT TO commands */
	uint64_t names;                  /* distinct HELO and EHLO names */
	char name[COMPANION_HELLO_TEXT]; /* the only name, if it is a full domain name not made from an address; else ""
	                                  */
	uint64_t mx, addresses, looked_up;           /* DNS lookups; estimate of distinct names */
	uint64_t attempts, established, turned_away; /* summed up by judge_evidence_port */
};

/* Adds the host's side traffic. Call once. */
void judge_evidence_companion(struct judge_evidence *e, const struct companion *c);
/* Adds the answers on one port. `kept`: a gate refused some of the attempts, so answers are incomplete and the port is
 * left out. A port without any established connection is left out, too: an unknown gate may be in the way. */
void judge_evidence_port(struct judge_evidence *e, uint64_t attempts, uint64_t established, uint64_t turned_away,
                         bool kept);

/* SMTP connections that stayed in clear. Refusals inside TLS are not visible, so shares are of these alone. */
uint64_t judge_evidence_clear(const struct judge_evidence *e);

/* Each of these is a reason by itself. */
bool judge_evidence_serves(const struct judge_evidence *e);  /* greets clients of several networks */
bool judge_evidence_changes(const struct judge_evidence *e); /* several HELO names */
bool judge_evidence_refused(const struct judge_evidence *e); /* at least half of those in clear were refused */
bool judge_evidence_listed(const struct judge_evidence *e);  /* too often for a single private list */
bool judge_evidence_dead(const struct judge_evidence *e);    /* at least half of its attempts got no connection */

/* Changes label, certainty and rule. Idempotent. */
void judge_evidence_apply(struct judgement *v, const struct judge_evidence *e);

#endif
