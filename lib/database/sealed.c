/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sealed.h"

#include <assert.h>
#include <string.h>

#define NUMBER 10 /* bytes at most */

static_assert(1 + 16 + 4 * NUMBER + SEALED_PARTS * (1 + (5 + SEALED_COUNTS) * NUMBER) <= SEALED_BYTES,
              "a host that does not fit");

int
sealed_cmp(const struct addr *a, const struct addr *b)
{
	size_t x = addr_size(a), y = addr_size(b);
	int c = memcmp(a->bytes, b->bytes, x < y ? x : y);

	return c != 0 ? c : (x > y) - (x < y);
}

struct sealed_part *
sealed_part_at(struct sealed_host *h, uint16_t port, uint8_t verdict, uint8_t reason)
{
	struct sealed_part *p;

	for (size_t n = h->part_count; n-- > 0;) {
		p = &h->part[n];
		if (p->port == port && p->verdict == verdict && p->reason == reason)
			return p;
	}
	if (h->part_count == SEALED_PARTS)
		return NULL;
	p = &h->part[h->part_count++];
	*p = (struct sealed_part){
	        .port = port, .verdict = verdict, .reason = reason, .first = INT64_MAX, .last = INT64_MIN};
	return p;
}

static uint8_t *
put(uint8_t *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*out++ = (uint8_t)(n | 0x80);
	*out++ = (uint8_t)n;
	return out;
}

/* Differences of times from any source: every value survives the round trip. */
static uint8_t *
put_difference(uint8_t *out, int64_t a, int64_t b)
{
	uint64_t n = (uint64_t)a - (uint64_t)b;

	return put(out, n << 1 ^ (n >> 63 != 0 ? UINT64_MAX : 0));
}

size_t
sealed_write(const struct sealed_host *h, int64_t start, uint8_t *out)
{
	uint8_t *at = out, *mask;
	size_t size = addr_size(&h->host);

	*at++ = (uint8_t)size;
	memcpy(at, h->host.bytes, size);
	at = put(at + size, h->peak);
	at = put(at, h->peak_minute);
	at = put(at, h->others);
	at = put(at, h->part_count);
	for (size_t n = 0; n < h->part_count; n++) {
		const struct sealed_part *p = &h->part[n];

		at = put(put(put(at, p->port), p->verdict), p->reason);
		mask = at++;
		*mask = 0;
		for (int i = 0; i < SEALED_COUNTS; i++)
			if (p->count[i] != 0) {
				*mask |= (uint8_t)(1U << i);
				at = put(at, p->count[i]);
			}
		at = put_difference(at, p->first, start);
		at = put_difference(at, p->last, p->first);
	}
	return (size_t)(at - out);
}

/* A number of at most `most`. */
static bool
get(const uint8_t **at, const uint8_t *end, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;

	for (unsigned int shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		n |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = n;
			return n <= most;
		}
	}
	return false;
}

static bool
get_byte(const uint8_t **at, const uint8_t *end, uint64_t most, uint8_t *out)
{
	uint64_t n;

	if (!get(at, end, most, &n))
		return false;
	*out = (uint8_t)n;
	return true;
}

static bool
get_difference(const uint8_t **at, const uint8_t *end, int64_t from, int64_t *out)
{
	uint64_t n;

	if (!get(at, end, UINT64_MAX, &n))
		return false;
	*out = (int64_t)((uint64_t)from + (n >> 1 ^ ((n & 1) != 0 ? UINT64_MAX : 0)));
	return true;
}

static bool
read_part(const uint8_t **at, const uint8_t *end, int64_t start, struct sealed_part *p)
{
	uint64_t port;
	uint8_t mask;

	if (!get(at, end, UINT16_MAX, &port) || !get_byte(at, end, UINT8_MAX, &p->verdict) ||
	    !get_byte(at, end, UINT8_MAX, &p->reason) || !get_byte(at, end, (1U << SEALED_COUNTS) - 1, &mask))
		return false;
	p->port = (uint16_t)port;
	for (int i = 0; i < SEALED_COUNTS; i++) {
		p->count[i] = 0;
		if ((mask >> i & 1) != 0 && !get(at, end, INT64_MAX, &p->count[i]))
			return false;
	}
	return get_difference(at, end, start, &p->first) && get_difference(at, end, p->first, &p->last);
}

bool
sealed_read(const uint8_t **at, const uint8_t *end, int64_t start, struct sealed_host *h)
{
	uint64_t parts;
	size_t size;

	if (*at == end)
		return false;
	size = *(*at)++;
	if ((size != 4 && size != 16) || (size_t)(end - *at) < size)
		return false;
	h->host = size == 4 ? addr_v4(*at) : addr_v6(*at);
	*at += size;
	if (!get(at, end, INT64_MAX, &h->peak) || !get_byte(at, end, 59, &h->peak_minute) ||
	    !get(at, end, INT64_MAX, &h->others) || !get(at, end, SEALED_PARTS, &parts))
		return false;
	h->part_count = (size_t)parts;
	for (size_t n = 0; n < h->part_count; n++)
		if (!read_part(at, end, start, &h->part[n]))
			return false;
	return true;
}
