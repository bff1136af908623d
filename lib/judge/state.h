/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_state: the state of a host. Private to lib/judge. */
#ifndef JUDGE_STATE_H
#define JUDGE_STATE_H

#include "judge.h"
#include "networks.h"
#include "lib/base/when.h"

#define JUDGE_ADDRESSES 6 /* destinations of a quiet host, as hashes */

/* Times are ticks of 1/16 s since the host's base, which is the beginning of a minute; they suffice for eight years.
 * Decisions use whole minutes, which neither retransmissions nor rows in parts change. */
#define JUDGE_TICKS 16U
#define JUDGE_MINUTE (60 * JUDGE_TICKS)
#define JUDGE_DAY (24 * 60 * JUDGE_MINUTE)
#define JUDGE_AGED (45 * JUDGE_MINUTE) /* a mail server has retried by then */

struct judge_host {
	struct judge_key key;
	uint8_t begun;           /* has been judged; then enum judge_begun of its walks */
	uint8_t crossed;         /* enum judge_crossing */
	uint8_t addresses;       /* entries of address[] */
	uint8_t burst, bursting; /* new networks within ten seconds: the most, and the current number */
	uint16_t syns_at;        /* the low bits of a minute since base */
	int64_t base;            /* microseconds */
	int64_t first, last;     /* microseconds; attempts */
	struct judge_wide *wide; /* or NULL */
	float score;
	uint32_t crossed_at; /* tick */
	uint32_t renewed;    /* tick: the last contact to a new network */
	uint32_t burst_since;
	uint32_t attempts, retransmits, contacts, fresh, raw, established, submission;
	uint32_t silent, silent_again; /* attempts without an answer; their retransmissions */
	uint32_t unnamed;              /* attempts with unknown destination */
	uint32_t syns_now, syns_most;  /* only counted: in the minute syns_at, and in the busiest; in no other count */
	uint32_t allowed;              /* attempts that the policy allows: not judged */
	uint32_t contact, gap;         /* tick of the last contact; the gap before it */
	uint32_t gaps, alike;          /* gaps between contacts; those like the previous one */
	uint16_t address[JUDGE_ADDRESSES];
	uint32_t before;   /* hash of the network of the latest contact */
	uint32_t together; /* contacts to another network within a minute of the previous contact */
	uint32_t bogons;   /* attempts to impossible addresses */
	uint32_t bogon;    /* ... the distinct ones, as a hash of bits */
	struct stack_turns stacks[STACKS_MOST]; /* kinds of SYNs, or clocks, that alternated at one of its addresses */
	uint32_t stacks_at;                     /* ... in the hour before this tick */
	struct judge_network near[JUDGE_NEAR];
};

/* True if it may have tried destinations that are not known. */
static inline bool
judge_hides(const struct judge_host *h)
{
	return h->unnamed > 0 || h->syns_most > 0;
}

enum judge_begun { JUDGE_BEGUN = 1, JUDGE_BEGUN_OPEN = 2, JUDGE_BEGUN_NAMED = 4 };

enum judge_crossing { JUDGE_BELOW, JUDGE_BY_WALK, JUDGE_BY_NETWORKS };

/* Time -> tick of the host; clipped to its range. */
static inline uint32_t
judge_tick(const struct judge_host *h, int64_t when)
{
	int64_t ticks = when < h->base ? 0 : (when - h->base) / (1000000 / JUDGE_TICKS);

	return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

/* judge.c */
const struct judge_host *judge_host(const struct judge *j);
/* Replaces the host. `wide` is NULL or copied. */
void judge_put(struct judge *j, const struct judge_host *host, const struct judge_wide *wide);

/* walk.c */
struct judge_bounds {
	double fresh, known; /* steps */
	double cross, bottom, top;
	uint32_t networks; /* this many in a day cross whatever the walk says */
	uint32_t least;    /* fewer never cross */
};
struct judge_bounds judge_bounds_of(const struct judge_parameters *p);
/* Adds a contact; step->network and step->fresh tell which. Fills in the rest of *step, and returns true if the walk of
 * contacts that are not by name moved. */
bool judge_walk(const struct judge_bounds *b, struct judge_host *h, uint32_t tick, struct judge_step *step);

/* label.c */
struct judgement judge_verdict_of(const struct judge_bounds *b, const struct judge_host *h, int64_t now);

/* addresses.c */
/* Distinct destinations of this day and the previous one; an estimate above JUDGE_ADDRESSES (linear counting, Whang et
 * al. 1990). judge_see_address returns true if it is a new one of its day. */
bool judge_see_address(struct judge_host *h, const struct addr *destination, uint32_t tick);
bool judge_has_room(const struct judge_host *h, const struct addr *destination);
uint32_t judge_addresses(const struct judge_host *h);
void judge_bits_of(const struct judge_host *h, struct judge_wide *wide); /* the addresses of a quiet host, as bits */
/* Unwraps an IPv4 address embedded in IPv6 (NAT64's 64:ff9b::/96, RFC 6052, and ::ffff:0:0/96). */
struct addr judge_bare(const struct addr *a);
bool judge_bogon(const struct addr *a);                  /* not on the Internet: RFC 6890, RFC 4291 */
uint64_t judge_hash(const struct addr *a, size_t bytes); /* of the first `bytes` bytes */

#endif
