/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chance: numbers at random, the same for the same seed on any machine, and a made-up Internet of mail servers. */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct random {
	uint64_t state;
};

uint64_t bits(struct random *r); /* splitmix64 */
double uniform(struct random *r, double low, double high);
uint32_t below(struct random *r, uint32_t n);
bool chance(struct random *r, double p);
double normal(struct random *r);
double lognormal(struct random *r, double median, double sigma, double low, double high);
double logarithmic(struct random *r, double low, double high);
double exponential(struct random *r, double mean);

/* The four big providers. */
struct pool {
	double weight;
	uint32_t networks;
};

extern const struct pool pools[4];

struct addr server(uint64_t number);
struct addr freemail(struct random *r, int *pool);
/* *pool is -1 if it is none of the big ones. */
struct addr domain(struct random *r, int *pool);

#endif
