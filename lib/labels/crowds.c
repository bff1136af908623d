/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crowds.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

static const char devices_sql[] = "SELECT host, mac, first FROM device WHERE length(host) = 16 AND first < ?1"
                                  " ORDER BY host";

/* The /64 that came up at a MAC address in a minute. */
struct arrival {
	uint8_t mac[8]; /* the last two are zero */
	int64_t minute;
	uint32_t count;
	uint8_t latest[8]; /* the /64 counted last */
};

struct crowded {
	struct addr host;
	uint8_t mac[6];
};

static const struct table_type arrival_type = {.size = sizeof(struct arrival), .key = 16, .grows = true};
static const struct table_type crowded_type = {
        .size = sizeof(struct crowded), .key = sizeof(struct addr), .grows = true};

struct judging_crowds {
	struct table *arrivals, *hosts; /* struct arrival, struct crowded */
	bool any;
};

/* The arrival of the statement's row, without counts; false: it has no MAC address. */
static bool
arrival_of(struct statement *st, struct addr *host, struct arrival *out)
{
	*host = column_addr(st, 0);
	*out = (struct arrival){.minute = when_floor(column_int(st, 2), MINUTE)};
	return column_blob(st, 1, out->mac, 6) == 6;
}

/* Counts an arrival; hosts come in order, so those of a /64 come together. */
static bool
count(struct judging_crowds *c, const struct arrival *key, const struct addr *host)
{
	bool is_new;
	struct arrival *a = table_add(c->arrivals, key, &is_new);

	if (a == NULL)
		return false;
	if (is_new || memcmp(a->latest, host->bytes, sizeof a->latest) != 0)
		a->count++;
	memcpy(a->latest, host->bytes, sizeof a->latest);
	c->any |= a->count >= CROWD;
	return true;
}

static bool
remember(struct judging_crowds *c, const struct arrival *key, const struct addr *host)
{
	const struct arrival *a = table_find(c->arrivals, key);
	struct crowded *h;

	if (a == NULL || a->count < CROWD)
		return true;
	if ((h = table_add(c->hosts, host, NULL)) == NULL)
		return false;
	memcpy(h->mac, key->mac, sizeof h->mac);
	return true;
}

static bool
read_devices(struct judging_crowds *c, struct store *store, int64_t end,
             bool (*take)(struct judging_crowds *c, const struct arrival *key, const struct addr *host))
{
	struct statement *st = store_prepare(store, devices_sql);
	struct arrival key;
	struct addr host;
	int step;

	if (st == NULL)
		return false;
	bind_int(st, 1, end);
	while ((step = store_step(st)) == 1)
		if (arrival_of(st, &host, &key) && !take(c, &key, &host)) {
			store_reset(st);
			return false;
		}
	return step == 0;
}

struct judging_crowds *
judging_crowds_new(struct store *store, int64_t end)
{
	struct judging_crowds *c = calloc(1, sizeof *c);

	if (c != NULL && (c->arrivals = table_new(&arrival_type, 192)) != NULL &&
	    (c->hosts = table_new(&crowded_type, 24)) != NULL && read_devices(c, store, end, count) &&
	    (!c->any || read_devices(c, store, end, remember)))
		return c;
	judging_crowds_free(c);
	return NULL;
}

void
judging_crowds_free(struct judging_crowds *c)
{
	if (c == NULL)
		return;
	table_free(c->arrivals);
	table_free(c->hosts);
	free(c);
}

bool
judging_crowds_key(const struct judging_crowds *c, const struct addr *host, struct judge_key *key)
{
	const struct crowded *h = c->any && host->family == 6 ? table_find(c->hosts, host) : NULL;

	if (h != NULL)
		*key = judge_key_mac(h->mac);
	return h != NULL;
}
