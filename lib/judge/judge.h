/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge: classifies hosts by their traffic to mail ports. Pure: no clock, no log, no output; the same rows give the
 * same answer, whoever feeds them. docs/detection.md has the method.
 *
 * The input is rows: the traffic of a host to one destination in one minute. A row may come in parts, in order of time,
 * with the same result as the whole row; so the daemon that sees a second at a time, a capture, and a database that is
 * judged again agree.
 *
 * A judge holds one host at a time; its state can be packed and restored (lib/judge/pack.h). Bounded, and without
 * allocation after judge_new. */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "judgement.h"
#include "lib/companion/name.h"

/* Wald's sequential test (Ann. Math. Stat. 16, 1945) of the question "does this contact go to a network that is new to
 * the host?", with the walk kept between its bounds, and a limit on networks per day. */
struct judge_parameters {
	double fixed;      /* share of contacts to new networks of a host with fixed destinations */
	double fanout;     /* ... of a host that sends to anybody */
	double accuse;     /* accepted probability of mistaking the first for the second */
	double miss;       /* ... and the second for the first */
	uint32_t networks; /* networks per day that cross whatever the test says */
};

extern const struct judge_parameters judge_defaults;

/* "fixed 0.1 fanout 0.75 accuse 1e-06 miss 0.01 networks 32": parses to the same numbers again. */
#define JUDGE_PARAMETERS_TEXT 160
const char *judge_parameters_print(const struct judge_parameters *p, char buf[JUDGE_PARAMETERS_TEXT]);
/* NULL if the numbers are valid, else the violated condition ("0 < fixed < fanout < 1"). Static text. */
const char *judge_parameters_wrong(const struct judge_parameters *p);

/* The identity that is judged: a MAC address known to be one device, an IPv4 address, or an IPv6 /64. Unused bytes are
 * zero. */
enum judge_kind { JUDGE_IPV4, JUDGE_IPV6, JUDGE_MAC };

struct judge_key {
	uint8_t kind; /* enum judge_kind */
	uint8_t bytes[8];
};

struct judge_key judge_key_address(const struct addr *a);
/* The network of a destination: an IPv4 /24 (also behind NAT64), or an IPv6 /48. */
struct prefix judge_network_of(const struct addr *destination);
struct judge_key judge_key_mac(const uint8_t mac[6]);

/* The outcome of attempts. An operating system retransmits a SYN without an answer, but not a refused one. */
enum judge_answer { JUDGE_PASSED, JUDGE_REFUSED, JUDGE_SILENCE };

/* Rows of a host are ordered by (minute, first). `first` and `last` are times of attempts; retransmissions are only
 * counted. */
struct judge_row {
	struct addr destination; /* family 0: several, addresses not known */
	uint16_t port;
	uint8_t answer;      /* enum judge_answer */
	int64_t first, last; /* microseconds, within one minute */
	uint64_t attempts;   /* may be 0: the counts below then belong to attempts of earlier rows */
	uint64_t retransmits;
	uint64_t syns; /* only counted: nobody knows their destinations, nor which are attempts */
	uint64_t raw;  /* attempts whose SYN no operating system sends */
	uint64_t established;
	bool listed;        /* allowed by the policy */
	struct naming name; /* of the destination, as its host knew it */
};

struct judge;

/* One step of a host's walk. A walk starts at 0: its first step has score == step, and its score is the sum of its
 * steps. */
struct judge_step {
	int64_t when;
	uint64_t network; /* a hash that distinguishes the networks of one host */
	bool fresh;       /* new to the host */
	double step;      /* the change of the score, after clipping to the bounds */
	double score;     /* the score after it */
};

/* Its host has no key and no rows yet. NULL if out of memory. `step` (or NULL) is called for each step that moves a
 * walk. */
struct judge *judge_new(const struct judge_parameters *p, void (*step)(void *arg, const struct judge_step *s),
                        void *arg);
void judge_free(struct judge *j); /* accepts NULL */
/* Forgets the host and starts another one: the rows that follow are its rows. */
void judge_begin(struct judge *j, const struct judge_key *key);
struct judge_key judge_key(const struct judge *j); /* of the host */
void judge_row(struct judge *j, const struct judge_row *row);
/* In the hour up to `when`, SYNs of these kinds alternated at an address of the host: stacks_by_turns or
 * clocks_by_turns found at least two. Call after the rows of the minute at `when`. */
void judge_stacks(struct judge *j, int64_t when, const struct stack_turns turns[STACKS_MOST]);
/* The judgement at `now`: certainty grows with time. */
struct judgement judge_verdict(const struct judge *j, int64_t now);

#endif
