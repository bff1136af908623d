/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge: what hosts do at mail ports -> what they are. Pure: no clock, no log, no output; the same rows give the same
 * answer, whoever feeds them. docs/detection.md has the method.
 *
 * It is fed with rows: what a host did to one destination in one minute. A row may come in parts, in the order of
 * time, and the parts lead to the same answer as the whole; so the daemon that sees a second at a time, a capture, and
 * the rows of a database that is judged again agree.
 *
 * Bounded, and without allocation after judge_new. Hosts are kept in buckets; a full bucket gives up the host that is
 * of least interest, and says so. */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "judgement.h"

/* Wald's sequential test (Ann. Math. Stat. 16, 1945) on "is this contact to a network that is new to the host?", with
 * the walk kept between the bounds, and a limit on networks in a day. */
struct judge_parameters {
	double fixed;      /* share of contacts to new networks of a host with fixed destinations */
	double fanout;     /* ... of a host that sends to whoever */
	double accuse;     /* accepted probability of taking the first for the second */
	double miss;       /* ... and the second for the first */
	uint32_t networks; /* so many in a day are too many whatever the test says */
};

extern const struct judge_parameters judge_defaults;

/* "fixed 0.1 fanout 0.75 accuse 1e-06 miss 0.01 networks 32", which reads as the same numbers again. */
#define JUDGE_PARAMETERS_TEXT 160
const char *judge_parameters_print(const struct judge_parameters *p, char buf[JUDGE_PARAMETERS_TEXT]);
/* NULL, or what is expected of the numbers: 0 < fixed < fanout < 1, ... Static text. */
const char *judge_parameters_wrong(const struct judge_parameters *p);

/* Who is judged: a hardware address where it is known to be one device, an IPv4 address, or an IPv6 /64. Unused bytes
 * are zero. */
enum judge_kind { JUDGE_IPV4, JUDGE_IPV6, JUDGE_MAC };

struct judge_key {
	uint8_t kind; /* enum judge_kind */
	uint8_t bytes[8];
};

struct judge_key judge_key_address(const struct addr *a);
/* What a destination counts as: an IPv4 /24 (also behind NAT64), or an IPv6 /48. */
struct prefix judge_network_of(const struct addr *destination);
struct judge_key judge_key_mac(const uint8_t mac[6]);

/* What was answered to attempts: a SYN that nobody answers is sent again by an operating system, a refused one is not.
 */
enum judge_answer { JUDGE_PASSED, JUDGE_REFUSED, JUDGE_SILENCE };

/* Rows of a host come in the order of (minute, first). `first` and `last` are of attempts; retransmissions are counted,
 * and nothing else. */
struct judge_row {
	struct addr destination; /* family 0: several, which are not known */
	uint16_t port;
	uint8_t answer;      /* enum judge_answer */
	int64_t first, last; /* microseconds, within one minute */
	uint64_t attempts;   /* may be 0: what follows is then of attempts in rows before */
	uint64_t retransmits;
	uint64_t raw; /* attempts whose SYN no operating system sends */
	uint64_t established;
	bool listed; /* the policy lets it */
};

struct judge;
struct judge_host;

/* One step of a host's walk. A walk begins at 0, the first step of a new one has score == step, and the sum of its
 * steps is its score. */
struct judge_step {
	int64_t when;
	uint64_t network; /* a hash: it tells networks of one host apart */
	bool fresh;       /* new to the host */
	double step;      /* what it moved the walk by, bounds included */
	double score;     /* where it stands now */
};

/* NULL if memory is short. `hosts` and `wide` are rounded up; wide is how many of them may be followed to more than
 * two networks. `step` (or NULL) is told of each step that moves the walk. */
struct judge *judge_new(const struct judge_parameters *p, size_t hosts, size_t wide,
                        void (*step)(void *arg, const struct judge_host *h, const struct judge_step *s), void *arg);
void judge_free(struct judge *j);  /* accepts NULL */
void judge_clear(struct judge *j); /* forgets all hosts; the counts below stay */
/* The host, made if need be, which may cost another one. Valid until the next call. */
struct judge_host *judge_at(struct judge *j, const struct judge_key *key);
const struct judge_host *judge_find(const struct judge *j, const struct judge_key *key); /* NULL: not known */
void judge_row(struct judge *j, struct judge_host *h, const struct judge_row *row);
/* In the hour up to now, SYNs of these kinds came by turns from an address of the host: stacks_by_turns or
 * clocks_by_turns found two at least. After the rows of the minute at `when`. */
void judge_stacks(struct judge_host *h, int64_t when, const struct stack_turns turns[STACKS_MOST]);
/* As of `now`: certainty grows with time. */
struct judgement judge_verdict(const struct judge *j, const struct judge_host *h, int64_t now);
uint64_t judge_evicted(const struct judge *j);  /* hosts that were given up */
uint64_t judge_narrowed(const struct judge *j); /* ... whose networks were forgotten */
/* All hosts, in no order. NULL after the last; *at starts at 0. */
const struct judge_host *judge_next(const struct judge *j, size_t *at);
const struct judge_key *judge_host_key(const struct judge_host *h);

#endif
