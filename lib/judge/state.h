/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_state: the state of a host. Private to lib/judge. */
#ifndef JUDGE_STATE_H
#define JUDGE_STATE_H

#include "judge.h"
#include "lib/base/when.h"

#define JUDGE_NEAR 2      /* networks of a quiet host */
#define JUDGE_FAR 47      /* networks of a wide host: a sample if there are more */
#define JUDGE_ADDRESSES 6 /* destinations of a quiet host, as hashes */
#define JUDGE_BITS 1024   /* for the estimate of destinations of a wide host */

/* Times are ticks of 1/16 s since the host's base, which is the beginning of a minute; they suffice for eight years.
 * Decisions use whole minutes, which neither retransmissions nor rows in parts change. */
#define JUDGE_TICKS 16U
#define JUDGE_MINUTE (60 * JUDGE_TICKS)
#define JUDGE_DAY (24 * 60 * JUDGE_MINUTE)
#define JUDGE_AGED (45 * JUDGE_MINUTE) /* a mail server has retried by then */
#define JUDGE_TIMES WHEN_END           /* as in when.h: years 1970 to 9999 */

/* A network that a host has contacted. */
struct judge_network {
	uint64_t id;          /* hash; 0 = free */
	uint32_t first, last; /* attempts */
	uint32_t begun;       /* first attempt of the latest minute */
	uint16_t now;         /* attempts of that minute */
	uint16_t contacts;    /* minutes with attempts */
	uint8_t spaced;       /* contacts at least four minutes after the previous one */
	uint8_t brief;        /* ... two or three minutes after */
	uint8_t brief_late;   /* of these: after a spaced one */
	uint8_t prompt;       /* 1: the first spaced one was within two hours of the first attempt */
	uint8_t unused[2];
	uint16_t gaps, alike; /* pauses between attempts; those like the previous one */
	uint32_t gap;         /* the latest */
};

struct judge_wide {
	struct judge_network networks[JUDGE_FAR];
	uint64_t beyond;    /* networks with this id or a higher one are outside the sample; 0: none is */
	uint32_t beyond_at; /* the latest attempt to one outside */
	uint32_t day;       /* since the base, of bits[0]; bits[1] is the day before */
	uint64_t bits[2][JUDGE_BITS / 64];
};

struct judge_host {
	struct judge_key key;
	uint8_t begun;           /* has been judged */
	uint8_t crossed;         /* enum judge_crossing */
	uint8_t addresses;       /* entries of address[] */
	uint8_t burst, bursting; /* new networks within ten seconds: the most, and the current number */
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
/* Adds a contact. Fills in *step and returns true if the walk moved. */
bool judge_walk(const struct judge_bounds *b, struct judge_host *h, uint32_t tick, bool fresh, struct judge_step *step);

/* label.c */
struct judgement judge_verdict_of(const struct judge_bounds *b, const struct judge_host *h, int64_t now);

/* networks.c */
const struct judge_network *judge_networks(const struct judge_host *h, size_t *count); /* entries with id 0 are free */
bool judge_network_lives(const struct judge_network *n, uint32_t at); /* in use, and tried within the day before `at` */
uint64_t judge_network_id(const struct addr *destination);
/* Adds the traffic to a network in a minute or part of one. Returns true if that begins a contact; *fresh is true if
 * the network is new to the host. The destination must be an address. */
bool judge_network_row(struct judge_host *h, const struct judge_row *row, uint32_t first, uint32_t last, uint64_t *id,
                       bool *fresh);
/* Networks in the day before `at`; an estimate above JUDGE_FAR. */
uint32_t judge_networks_of_day(const struct judge_host *h, uint32_t at);
/* Whether the row needs more room than a quiet host has; and that room. */
bool judge_is_tight(const struct judge_host *h, const struct judge_row *row, uint32_t tick);
void judge_widen(struct judge_host *h, struct judge_wide *wide, uint32_t tick);

/* addresses.c */
/* Distinct destinations of this day and the previous one; an estimate above JUDGE_ADDRESSES (linear counting, Whang et
 * al. 1990). */
void judge_see_address(struct judge_host *h, const struct addr *destination, uint32_t tick);
bool judge_has_room(const struct judge_host *h, const struct addr *destination);
uint32_t judge_addresses(const struct judge_host *h);
void judge_bits_of(const struct judge_host *h, struct judge_wide *wide); /* the addresses of a quiet host, as bits */
/* Unwraps an IPv4 address embedded in IPv6 (NAT64's 64:ff9b::/96, RFC 6052, and ::ffff:0:0/96). */
struct addr judge_bare(const struct addr *a);
bool judge_bogon(const struct addr *a);                  /* not on the Internet: RFC 6890, RFC 4291 */
uint64_t judge_hash(const struct addr *a, size_t bytes); /* of the first `bytes` bytes */

#endif
