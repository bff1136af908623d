/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Destinations of a host: their number, and impossible ones. */
#include <math.h>
#include <string.h>

#include "state.h"

/* Finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint64_t
judge_hash(const struct addr *a, size_t bytes)
{
	uint64_t x = a->family;

	for (size_t i = 0; i < bytes; i += 4) {
		uint32_t word = 0;

		memcpy(&word, a->bytes + i, bytes - i < 4 ? bytes - i : 4);
		x = mix(x + UINT64_C(0x9e3779b97f4a7c15) + word);
	}
	return x;
}

/* False: it was set. */
static bool
set_bit(struct judge_wide *w, uint16_t brief)
{
	uint64_t *bits = &w->bits[0][brief % JUDGE_BITS / 64], bit = UINT64_C(1) << brief % 64;
	bool is_new = (*bits & bit) == 0;

	*bits |= bit;
	return is_new;
}

/* The part of the hash that is kept: enough to fill the bit map when the host becomes wide. */
static uint16_t
brief_of(const struct addr *destination)
{
	return (uint16_t)judge_hash(destination, addr_size(destination));
}

void
judge_bits_of(const struct judge_host *h, struct judge_wide *wide)
{
	for (size_t i = 0; i < h->addresses; i++)
		set_bit(wide, h->address[i]);
}

bool
judge_has_room(const struct judge_host *h, const struct addr *destination)
{
	uint16_t brief = brief_of(destination);

	for (size_t i = 0; i < h->addresses; i++)
		if (h->address[i] == brief)
			return true;
	return h->addresses < JUDGE_ADDRESSES;
}

bool
judge_see_address(struct judge_host *h, const struct addr *destination, uint32_t tick)
{
	uint16_t brief = brief_of(destination);
	struct judge_wide *w = h->wide;
	uint32_t day = tick / JUDGE_DAY;

	if (w != NULL) {
		if (day > w->day) {
			if (day == w->day + 1)
				memcpy(w->bits[1], w->bits[0], sizeof w->bits[1]);
			else
				memset(w->bits[1], 0, sizeof w->bits[1]);
			memset(w->bits[0], 0, sizeof w->bits[0]);
			w->day = day;
		}
		return set_bit(w, brief);
	}
	for (size_t i = 0; i < h->addresses; i++)
		if (h->address[i] == brief)
			return false;
	if (h->addresses < JUDGE_ADDRESSES)
		h->address[h->addresses++] = brief;
	return true;
}

uint32_t
judge_addresses(const struct judge_host *h)
{
	unsigned int set = 0;

	if (h->wide == NULL)
		return h->addresses;
	for (size_t i = 0; i < JUDGE_BITS / 64; i++)
		set += (unsigned int)__builtin_popcountll(h->wide->bits[0][i] | h->wide->bits[1][i]);
	if (set >= JUDGE_BITS)
		set = JUDGE_BITS - 1;
	return (uint32_t)(JUDGE_BITS * log((double)JUDGE_BITS / (JUDGE_BITS - set)) + 0.5);
}

struct addr
judge_bare(const struct addr *a)
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b}, mapped[12] = {[10] = 0xff, 0xff};

	if (a->family == 6 &&
	    (memcmp(a->bytes, nat64, sizeof nat64) == 0 || memcmp(a->bytes, mapped, sizeof mapped) == 0))
		return addr_v4(a->bytes + 12);
	return *a;
}

/* Documentation addresses count as normal ones: trial setups use them. */
bool
judge_bogon(const struct addr *a)
{
	static const uint8_t nat64[6] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}; /* RFC 8215 */
	const uint8_t *b = a->bytes;

	if (a->family == 6) /* global unicast is 2000::/3 so far */
		return b[0] >> 5 != 1 && memcmp(b, nat64, sizeof nat64) != 0;
	return b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 || (b[0] == 169 && b[1] == 254) ||
	       (b[0] == 172 && b[1] >> 4 == 1) || (b[0] == 192 && b[1] == 168) || (b[0] == 100 && b[1] >> 6 == 1);
}
