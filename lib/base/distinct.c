/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "distinct.h"

#include <string.h>

#define REGISTERS (2 * DISTINCT_BYTES)
#define MOST 15 /* of a register */

/* FNV-1a, and the last steps of MurmurHash3, which FNV alone needs for its high bits. Both are public domain. */
static uint64_t
hash_of(const uint8_t *b, size_t size)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static uint8_t
get(const struct distinct *d, size_t n)
{
	return d->bytes[n / 2] >> n % 2 * 4 & 0x0f;
}

static void
raise(struct distinct *d, size_t n, uint8_t value)
{
	if (get(d, n) < value)
		d->bytes[n / 2] = (uint8_t)((d->bytes[n / 2] & (n % 2 == 0 ? 0xf0 : 0x0f)) | value << n % 2 * 4);
}

void
distinct_add(struct distinct *d, const void *thing, size_t size)
{
	uint64_t h = hash_of(thing, size), rest = h / REGISTERS;
	uint8_t rank = 1;

	while (rank < MOST && (rest & 1) == 0) {
		rest >>= 1;
		rank++;
	}
	raise(d, h % REGISTERS, rank);
}

void
distinct_merge(struct distinct *to, const struct distinct *from)
{
	for (size_t n = 0; n < REGISTERS; n++)
		raise(to, n, get(from, n));
}

bool
distinct_empty(const struct distinct *d)
{
	static const struct distinct none;

	return memcmp(d, &none, sizeof none) == 0;
}

/* Linear counting, 256 ln(256 / free), as a sum, so that no library of mathematics is needed. */
static double
linear_count(size_t left)
{
	double things = 0;

	for (size_t k = left + 1; k <= REGISTERS; k++)
		things += (double)REGISTERS / (double)k;
	return things;
}

uint64_t
distinct_count(const struct distinct *d)
{
	const double scale = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS;
	double sum = 0, estimate;
	size_t left = 0;

	for (size_t n = 0; n < REGISTERS; n++) {
		sum += 1.0 / (double)(1U << get(d, n));
		left += get(d, n) == 0;
	}
	estimate = scale / sum;
	if (estimate <= 2.5 * REGISTERS && left > 0)
		estimate = linear_count(left);
	return (uint64_t)(estimate + 0.5);
}
