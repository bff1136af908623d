/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "heads.h"

#include "columns.h"
#include "sealed.h"

bool
head_next(struct head *h)
{
	int step = store_step(h->rows);

	h->there = step == 1;
	if (h->there)
		h->host = column_addr(h->rows, ROW_HOST);
	return step >= 0;
}

bool
heads_prepare(struct heads *h, struct store *store, const char *sql)
{
	for (int i = 0; i < HEADS; i++)
		if (h->head[i].rows == NULL && (h->head[i].rows = store_prepare(store, sql)) == NULL)
			return false;
	return true;
}

bool
heads_open(struct heads *h, int64_t hour, const struct heads_place *from)
{
	for (int i = 0; i < HEADS; i++) {
		bind_int(h->head[i].rows, 1, hour * HEADS + i);
		bind_blob(h->head[i].rows, 2, from->bytes, from->size);
		if (!head_next(&h->head[i]))
			return false;
	}
	return true;
}

void
heads_close(struct heads *h)
{
	for (int i = 0; i < HEADS && h->head[i].rows != NULL; i++)
		store_reset(h->head[i].rows);
}

const struct addr *
heads_lowest(const struct heads *h)
{
	const struct addr *lowest = NULL;

	for (int i = 0; i < HEADS; i++)
		if (h->head[i].there && (lowest == NULL || sealed_cmp(&h->head[i].host, lowest) < 0))
			lowest = &h->head[i].host;
	return lowest;
}
