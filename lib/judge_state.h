/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_state: what the judge knows of a host; shared by the files judge*.c alone. */
#ifndef JUDGE_STATE_H
#define JUDGE_STATE_H

#include "judge.h"

#define JUDGE_NEAR 2      /* networks of a quiet host */
#define JUDGE_FAR 47      /* networks of a host with many: a sample when there are more */
#define JUDGE_ADDRESSES 6 /* destinations of a quiet host, as hashes */
#define JUDGE_BITS 1024   /* for the estimate of destinations of a host with many */
#define JUDGE_DAY (INT64_C(24) * 3600 * 16)

/* Moments are ticks of a sixteenth of a second since the host's base, which is the beginning of a minute; they last
 * for eight years. */
#define JUDGE_TICKS 16
#define JUDGE_MINUTE (60 * JUDGE_TICKS)

/* A network a host has been to. */
struct judge_network {
	uint64_t id;          /* hash; 0 = free */
	uint32_t first, last; /* attempts */
	uint32_t begun;       /* first attempt of the latest minute */
	uint16_t now;         /* attempts of that minute */
	uint16_t contacts;    /* attempts no more than a minute apart are one */
	uint8_t spaced;       /* contacts after a pause of four minutes or more */
	uint8_t brief;        /* contacts after a shorter pause */
	uint8_t brief_late;   /* of these: after a spaced one */
	uint8_t unused[3];
	uint16_t gaps, alike; /* pauses between attempts, and those like the one before */
	uint32_t gap;         /* the latest */
};

struct judge_wide {
	size_t owner; /* number of the host in its table */
	struct judge_network networks[JUDGE_FAR];
	uint64_t bits[JUDGE_BITS / 64];
};

struct judge_host {
	struct judge_key key;
	uint8_t used;            /* this entry is taken */
	uint8_t begun;           /* ... by a host that has been judged */
	uint8_t crossed;         /* enum judge_crossing */
	uint8_t bogons;          /* destinations that cannot exist, up to 2 */
	uint8_t addresses;       /* of address[] */
	uint8_t burst, bursting; /* new networks within ten seconds: the most, and of late */
	int64_t base;            /* microseconds */
	int64_t first, last;     /* microseconds; attempts */
	struct judge_wide *wide; /* or NULL */
	float score;
	uint32_t crossed_at; /* tick */
	uint32_t renewed;    /* tick: the last contact to a new network */
	uint32_t burst_since;
	uint32_t attempts, retransmits, contacts, fresh, raw, established, submission;
	uint32_t silent, silent_again; /* attempts that nobody answered, and retransmissions of such */
	uint32_t unnamed;              /* attempts whose destination is not known */
	uint32_t allowed;              /* attempts that the policy let by: they are not judged */
	uint32_t contact, gap;         /* tick of the last contact, and the gap before it */
	uint16_t gaps, alike;          /* gaps between contacts, and those like the one before them */
	uint16_t address[JUDGE_ADDRESSES];
	uint32_t bogon; /* hash of the first */
	struct judge_network near[JUDGE_NEAR];
};

enum judge_crossing { JUDGE_BELOW, JUDGE_BY_WALK, JUDGE_BY_NETWORKS };

/* judge_walk.c */
struct judge_bounds {
	double fresh, known; /* steps */
	double cross, bottom, top;
	uint32_t networks;
};
struct judge_bounds judge_bounds_of(const struct judge_parameters *p);
/* A contact. Fills in *step and returns true if the walk moved. */
bool judge_walk(const struct judge_bounds *b, struct judge_host *h, uint32_t tick, bool fresh, struct judge_step *step);

/* judge_label.c */
struct judgement judge_verdict_of(const struct judge_bounds *b, const struct judge_host *h, int64_t now);

/* judge_networks.c */
const struct judge_network *judge_networks(const struct judge_host *h, size_t *count); /* those with id 0 are free */
/* What the host did to a network in a minute or a part of it. Returns true if that begins a contact; *fresh tells
 * whether the network is new to the host. NULL is never a network: destination must be an address. */
bool judge_network_row(struct judge_host *h, const struct judge_row *row, uint32_t first, uint32_t last, uint64_t *id,
                       bool *fresh);
/* Networks of the day before `at`; with more than JUDGE_FAR, an estimate. */
uint32_t judge_networks_of_day(const struct judge_host *h, uint32_t at);
/* Whether the row needs more room than a quiet host has; the room; and what to keep without it. */
bool judge_is_tight(const struct judge_host *h, const struct judge_row *row, uint32_t tick);
void judge_widen(struct judge_host *h, struct judge_wide *wide);
void judge_narrow(struct judge_host *h);
/* Distinct destinations; beyond JUDGE_ADDRESSES an estimate (linear counting, Whang et al. 1990). */
void judge_see_address(struct judge_host *h, const struct addr *destination);
uint32_t judge_addresses(const struct judge_host *h);
bool judge_bogon(const struct addr *destination); /* no public address: RFC 6890, RFC 4291 */

#endif
