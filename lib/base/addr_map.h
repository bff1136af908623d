/* SPDX-License-Identifier: GPL-3.0-or-later */
/* addr_map: a table from addresses to values of one size, that grows with them. The places are found by a hash with a
 * seed of its own: addresses come from outside, and nobody may choose such that fall together.
 *
 * Memory: 34 to 68 bytes for each address, and two to four times the size of a value. */
#ifndef ADDR_MAP_H
#define ADDR_MAP_H

#include <stddef.h>

#include "addr.h"

struct addr_map;

struct addr_map *addr_map_new(size_t value_size); /* NULL if memory is short */
void addr_map_free(struct addr_map *m);           /* accepts NULL; what values point to is the caller's */
/* The value of an address, of any family but 0; NULL: it is not there. */
void *addr_map_find(const struct addr_map *m, const struct addr *a);
/* The same, and an address that is new gets a value, all zero. NULL: memory is short, and all is as before. Values stay
 * where they are until the next address is added. */
void *addr_map_add(struct addr_map *m, const struct addr *a);
/* All addresses, in no order, and their values. NULL behind the last; *at starts at 0. */
const struct addr *addr_map_next(const struct addr_map *m, size_t *at, void **value);

#endif
