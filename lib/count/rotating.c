/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rotating.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define HOSTS 32768
#define DEVICES 1024

/* An address that was seen. */
struct source {
	uint64_t key;
	int64_t latest; /* minute + 1; 0: free */
	uint8_t mac[6];
	bool made_up;
};

/* The new addresses of a MAC address in a minute. */
struct arrivals {
	uint64_t key;
	int64_t minute; /* + 1; 0: free */
	uint32_t count;
	bool goes_on; /* there were too many in the minute before */
};

struct rotating {
	struct table *sources, *arrivals;
};

static int64_t
seen(const void *entry, const void *arg)
{
	const struct source *s = entry;

	(void)arg;
	return s->latest;
}

static int64_t
came(const void *entry, const void *arg)
{
	const struct arrivals *a = entry;

	(void)arg;
	return a->minute;
}

static const struct table_type source_type = {.size = sizeof(struct source),
                                              .key = sizeof(uint64_t),
                                              .hashed = true,
                                              .ways = 8,
                                              .choice = true,
                                              .worth = seen};
static const struct table_type arrivals_type = {
        .size = sizeof(struct arrivals), .key = sizeof(uint64_t), .hashed = true, .ways = 8, .worth = came};

struct rotating *
rotating_new(uint64_t seed)
{
	struct rotating *r = calloc(1, sizeof *r);

	if (r != NULL && (r->sources = table_new_seeded(&source_type, HOSTS, seed)) != NULL &&
	    (r->arrivals = table_new_seeded(&arrivals_type, DEVICES, seed)) != NULL)
		return r;
	rotating_free(r);
	return NULL;
}

void
rotating_free(struct rotating *r)
{
	if (r == NULL)
		return;
	table_free(r->sources);
	table_free(r->arrivals);
	free(r);
}

/* Counts a new address; true if there are too many. */
static bool
too_many(struct rotating *r, const uint8_t mac[6], int64_t minute)
{
	uint64_t key = table_hash(r->arrivals, mac, 6);
	struct arrivals *a = table_find(r->arrivals, &key);

	if (a == NULL)
		a = table_put(r->arrivals, table_spare(r->arrivals, &key, NULL), &key);
	if (a->minute != minute + 1) {
		a->goes_on = a->minute == minute && a->count > ROTATING_MOST;
		a->minute = minute + 1;
		a->count = 0;
	}
	return ++a->count > ROTATING_MOST || a->goes_on;
}

void
rotating_saw(struct rotating *r, const struct addr *host, const uint8_t mac[6], int64_t when)
{
	int64_t minute = when_floor(when, MINUTE);
	uint64_t key;
	struct source *s;

	if (host->family != 6)
		return;
	key = table_hash(r->sources, host, sizeof *host);
	s = table_find(r->sources, &key);
	/* An address that somebody made up may be another one's. */
	if (s == NULL || (s->made_up && memcmp(s->mac, mac, sizeof s->mac) != 0)) {
		if (s == NULL)
			s = table_put(r->sources, table_spare(r->sources, &key, NULL), &key);
		s->made_up = too_many(r, mac, minute);
		memcpy(s->mac, mac, sizeof s->mac);
	}
	s->latest = minute + 1;
}

static struct source *
find(const struct rotating *r, const struct addr *host)
{
	uint64_t key = table_hash(r->sources, host, sizeof *host);

	return table_find(r->sources, &key);
}

void
rotating_keep(struct rotating *r, const struct addr *host)
{
	struct source *s = find(r, host);

	if (s != NULL)
		s->made_up = false;
}

/* RFC 4291, appendix A: the universal bit is inverted. */
static struct addr
link_local(const uint8_t mac[6])
{
	const uint8_t bytes[16] = {0xfe,   0x80,   0,    0,    0,      0,      0,     0, (uint8_t)(mac[0] ^ 2),
	                           mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};

	return addr_v6(bytes);
}

struct addr
rotating_host(const struct rotating *r, const struct addr *host)
{
	const struct source *s = r != NULL && host->family == 6 ? find(r, host) : NULL;

	return s != NULL && s->made_up ? link_local(s->mac) : *host;
}
