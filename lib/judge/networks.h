/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_network: the networks that a host has contacted. Private to lib/judge. */
#ifndef JUDGE_NETWORKS_H
#define JUDGE_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge.h"
#include "names.h"
#include "steps.h"

#define JUDGE_NEAR 2    /* networks of a quiet host */
#define JUDGE_FAR 47    /* networks of a wide host: a sample if there are more */
#define JUDGE_BITS 1024 /* for the estimate of destinations of a wide host */

struct judge_host;

/* What a host has contacted: a network, a name or a recipient domain (names.h), called a network throughout. */
struct judge_network {
	uint64_t id;            /* hash; 0 = free */
	uint32_t first, last;   /* attempts */
	uint32_t gap;           /* the latest pause between attempts */
	uint32_t more, spread;  /* names.h */
	uint16_t span;          /* ticks, at most 65535, from the first attempt of the latest minute to `last` */
	uint16_t now;           /* attempts of that minute */
	uint16_t contacts;      /* minutes with attempts */
	uint16_t gaps, alike;   /* pauses between attempts; those like the previous one */
	uint8_t spaced;         /* contacts at least four minutes after the previous one */
	uint8_t brief : 6;      /* ... two or three minutes after */
	uint8_t brief_late : 1; /* one of these came after a spaced one */
	uint8_t prompt : 1;     /* the first spaced one was within two hours of the first attempt */
};

struct judge_wide {
	struct judge_network networks[JUDGE_FAR];
	uint64_t beyond;    /* networks with this id or a higher one are outside the sample; 0: none is */
	uint32_t beyond_at; /* the latest attempt to one outside */
	uint32_t day;       /* since the base, of bits[0]; bits[1] is the day before */
	uint64_t bits[2][JUDGE_BITS / 64];
	struct judge_named named;
	struct judge_steps steps; /* since the host is wide */
};

const struct judge_network *judge_networks(const struct judge_host *h, size_t *count); /* entries with id 0 are free */
bool judge_network_lives(const struct judge_network *n, uint32_t at); /* in use, and tried within the day before `at` */
uint64_t judge_network_id(const struct addr *destination);
/* The network's entry, if the host has it. */
struct judge_network *judge_network_find(struct judge_host *h, uint64_t id, uint32_t at);
/* Adds the traffic to a network in a minute or part of one. Returns true if that begins a contact. Of *step it sets the
 * network, and whether that is new to the host. The destination must be an address. */
bool judge_network_row(struct judge_host *h, const struct judge_row *row, uint32_t first, uint32_t last,
                       struct judge_step *step);
/* Networks of these kinds (bits, 1 << enum judge_kind_of) in the day before `at`; an estimate above JUDGE_FAR. */
uint32_t judge_networks_of_day(const struct judge_host *h, uint32_t at, unsigned kinds);
/* The row needs more room than a quiet host has; and allocation of that room. */
bool judge_is_tight(struct judge_host *h, const struct judge_row *row, uint32_t tick);
void judge_widen(struct judge_host *h, struct judge_wide *wide, uint32_t tick);

#endif
