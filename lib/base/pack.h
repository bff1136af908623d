/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack: numbers and addresses as bytes of wire.db, little-endian on every machine. Each returns the position after the
 * bytes that it wrote or read. */
#ifndef PACK_H
#define PACK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "addr.h"

#define PACKED_ADDR 17

/* The state of a place of a table; PLACE_NONE beyond the last. */
enum place_state { PLACE_NONE, PLACE_FREE, PLACE_TAKEN };

static inline uint8_t *
put_number(uint8_t *to, uint64_t number, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(number >> 8 * i);
	return to + bytes;
}

static inline const uint8_t *
get_number(const uint8_t *from, uint64_t *number, size_t bytes)
{
	*number = 0;
	for (size_t i = 0; i < bytes; i++)
		*number |= (uint64_t)from[i] << 8 * i;
	return from + bytes;
}

static inline uint8_t *
put_address(uint8_t *to, const struct addr *a)
{
	*to = a->family;
	memcpy(to + 1, a->bytes, 16);
	return to + PACKED_ADDR;
}

/* An invalid family reads as no address. */
static inline const uint8_t *
get_address(const uint8_t *from, struct addr *a)
{
	*a = *from == 4 ? addr_v4(from + 1) : *from == 6 ? addr_v6(from + 1) : (struct addr){0};
	return from + PACKED_ADDR;
}

#endif
