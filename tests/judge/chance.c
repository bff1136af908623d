/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chance.h"

#include <math.h>

uint64_t
bits(struct random *r)
{
	uint64_t x = r->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

double
uniform(struct random *r, double low, double high)
{
	return low + (high - low) * (double)(bits(r) >> 11) / (double)(UINT64_C(1) << 53);
}

uint32_t
below(struct random *r, uint32_t n)
{
	return (uint32_t)(bits(r) % n);
}

bool
chance(struct random *r, double p)
{
	return uniform(r, 0, 1) < p;
}

double
normal(struct random *r)
{
	return sqrt(-2 * log(uniform(r, 1e-12, 1))) * cos(2 * M_PI * uniform(r, 0, 1));
}

double
lognormal(struct random *r, double median, double sigma, double low, double high)
{
	double x = median * exp(sigma * normal(r));

	return x < low ? low : x > high ? high : x;
}

double
logarithmic(struct random *r, double low, double high)
{
	return low * exp(uniform(r, 0, log(high / low)));
}

double
exponential(struct random *r, double mean)
{
	return -mean * log(uniform(r, 1e-12, 1));
}

/* --- the internet */

struct addr
server(uint64_t number)
{
	struct random r = {number * 2654435761U + 1};
	uint8_t b[4] = {(uint8_t)(11 + below(&r, 100)), (uint8_t)below(&r, 256), (uint8_t)below(&r, 256),
	                (uint8_t)(1 + below(&r, 254))};

	if (b[0] == 127)
		b[0] = 11;
	return addr_v4(b);
}

const struct provider providers[4] = {{.5, 12}, {.25, 30}, {.15, 12}, {.1, 6}};

struct addr
freemail(struct random *r, int *provider)
{
	double at = uniform(r, 0, 1);
	int n = 0;

	while (n < 3 && at >= providers[n].weight)
		at -= providers[n++].weight;
	*provider = n;
	return server((uint64_t)1000 * (uint64_t)(n + 1) + below(r, providers[n].networks));
}

/* Domains by their share of mail: a third goes to the big providers, the rest follows Zipf's law. */
struct addr
domain(struct random *r, int *provider)
{
	double rank;

	if (chance(r, 1.0 / 3))
		return freemail(r, provider);
	*provider = -1;
	rank = exp(uniform(r, 0, log(1e6)));
	return server(100000 + (uint64_t)rank);
}
