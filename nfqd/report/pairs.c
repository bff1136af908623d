/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pairs.h"

#include <stdlib.h>

#include "lib/base/table.h"

#define ROOM 768 /* at first */

struct pairs {
	struct table *table;
};

/* Bytes, so that there is no hole behind them. */
struct pair {
	uint8_t hash[8];
	uint8_t bits;
};

static const struct table_type type = {.size = sizeof(struct pair), .key = 8, .hashed = true, .grows = true};

struct pairs *
pairs_new(void)
{
	struct pairs *p = calloc(1, sizeof *p);

	if (p != NULL && (p->table = table_new(&type, ROOM)) != NULL)
		return p;
	free(p);
	return NULL;
}

void
pairs_free(struct pairs *p)
{
	if (p == NULL)
		return;
	table_free(p->table);
	free(p);
}

bool
pairs_add(struct pairs *p, const void *bytes, size_t size, unsigned int bits, unsigned int *seen)
{
	uint64_t hash = table_hash(p->table, bytes, size);
	struct pair *pair = table_add(p->table, &hash, NULL);

	if (pair == NULL)
		return false;
	*seen = pair->bits;
	pair->bits |= (uint8_t)bits;
	return true;
}
