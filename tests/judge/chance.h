/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chance: random numbers, the same for a seed on any machine, and an invented Internet of mail servers. */
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

/* The four big providers: their shares of freemail, and the networks of their mail servers. */
struct provider {
	double weight;
	uint32_t networks;
};

extern const struct provider providers[4];

/* Mail server `number` of the Internet, nearly always in a /24 of its own. */
struct addr server(uint64_t number);
/* A mail server of one of the four. */
struct addr freemail(struct random *r, int *provider);
/* A mail server of a random domain. *provider: that of the four, or -1. */
struct addr domain(struct random *r, int *provider);

#endif
