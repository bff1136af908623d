/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure: passes lives through the code that counts and the classifier, and scores the labels. */
#ifndef MEASURE_H
#define MEASURE_H

#include "baselines.h"
#include "lib/judge/judge.h"
#include "population.h"

enum moment { AT_1H, AT_6H, AT_END, MOMENTS }; /* after the first attempt; the end is that of the measure */

#define CROSSINGS 64

/* The results of one kind of host. */
struct score {
	uint64_t hosts, attempts;
	uint64_t label[MOMENTS][LABEL_COUNT];
	uint64_t confirmed[MOMENTS];      /* zombies */
	uint64_t right[MOMENTS];          /* as the facts of the kind say */
	uint64_t entries;                 /* keys under which the hosts stand in a report */
	uint64_t accused[BASELINE_COUNT]; /* by the rules of others */
	uint64_t walked;                  /* ... and by the threshold random walk with .8 and .2 */
	uint64_t crossed[CROSSINGS];      /* by the number of networks at that moment */
	uint64_t tried[CROSSINGS];        /* ... and by the number of attempts */
};

struct measure;

/* AT_END is so many hours after the first attempt, at most the duration of the setting. Ends the program if memory is
 * short. */
struct measure *measure_new(const struct setting *s, uint32_t end);
void measure_free(struct measure *m);
/* Lives `count` hosts of a kind and adds them to the score. A host with several keys has the worst label of them. */
void measure_kind(struct measure *m, struct score *s, enum kind kind, uint64_t seed, uint64_t count);
/* Slow zombies that get a new address every hour: the number of `count` that are named after 6 h, by address and by MAC
 * address. */
void measure_new_addresses(struct measure *m, uint64_t seed, uint64_t count, uint64_t *by_address, uint64_t *by_mac);
/* The number of `count` lives of a kind that get the same label when all destinations are IPv6. */
uint64_t measure_ipv6(struct measure *m, enum kind kind, uint64_t seed, uint64_t count);
/* Attempts per second through judge_row, of 100,000 hosts one after the other; and the bytes of their states. */
double measure_speed(double *memory);

#endif
