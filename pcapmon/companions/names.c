/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: one table has two kinds of entries, each under a hash of the host and what it is about: an address,
 * with the name that it had, and the name of an exchange, with the domain that was last asked for. Both are looked up
 * when the host opens a connection, so an exchange of many domains belongs to the one that the host asked for last. */
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "lib/base/table.h"
#include "lib/base/when.h"
#include "records.h"
#include "spellings.h"

#define ROOM (1 << 18)  /* and twice the places: 12 MiB */
#define QUESTIONS 16384 /* a power of two; without an answer yet */
#define PATIENCE (10 * SECOND)

enum about { ABOUT_ADDRESS, ABOUT_EXCHANGE };

struct fact {
	uint64_t key;
	uint64_t value; /* the name of an address, the domain of an exchange */
	uint32_t until; /* seconds since the epoch; 0: free */
};

struct question {
	uint64_t hash;
	int64_t when;
};

struct names {
	struct table *facts;
	uint64_t seed;
	struct question question[QUESTIONS];
	struct spellings spellings;
};

static int64_t
worth(const void *entry, const void *now)
{
	const struct fact *f = entry;

	return f->until <= *(const uint32_t *)now ? TABLE_WORTHLESS : f->until;
}

static const struct table_type type = {
        .size = sizeof(struct fact), .key = sizeof(uint64_t), .hashed = true, .ways = 8, .worth = worth};

struct names *
names_new(uint64_t seed)
{
	struct names *t = calloc(1, sizeof *t);

	if (t != NULL && (t->facts = table_new_seeded(&type, ROOM, seed)) != NULL) {
		t->seed = seed;
		return t;
	}
	free(t);
	return NULL;
}

void
names_free(struct names *t)
{
	if (t == NULL)
		return;
	table_free(t->facts);
	free(t);
}

static uint32_t
seconds_of(int64_t when)
{
	int64_t s = when_floor(when, SECOND);

	return s < 0 ? 0 : s > UINT32_MAX - NAMES_MOST ? UINT32_MAX - NAMES_MOST : (uint32_t)s;
}

static uint64_t
key_of(const struct names *t, enum about about, const struct addr *host, const void *what, size_t size)
{
	uint8_t b[1 + 2 * sizeof *host] = {(uint8_t)about};

	memcpy(b + 1, host, sizeof *host);
	memcpy(b + 1 + sizeof *host, what, size);
	return table_hash(t->facts, b, 1 + sizeof *host + size);
}

/* The place of the question in the table, and its hash: the same for a question and for its answer. */
static struct question *
question_of(struct names *t, const struct packet *p, const struct dns_message *d, uint64_t *hash)
{
	uint8_t b[2 * sizeof p->src + 7 + DNS_NAME];
	size_t size = 0;

	memcpy(b, d->answer ? &p->dst : &p->src, sizeof p->src);
	memcpy(b + sizeof p->src, d->answer ? &p->src : &p->dst, sizeof p->src);
	size = 2 * sizeof p->src;
	memcpy(b + size, d->answer ? &p->dport : &p->sport, 2);
	memcpy(b + size + 2, &d->id, 2);
	memcpy(b + size + 4, &d->type, 2);
	b[size + 6] = p->protocol;
	memcpy(b + size + 7, d->name, d->name_size);
	*hash = XXH3_64bits_withSeed(b, size + 7 + d->name_size, t->seed);
	return &t->question[*hash % QUESTIONS];
}

/* The argument of `learn`. */
struct learning {
	struct names *t;
	const struct addr *host;
	uint32_t now;
};

static void
learn(void *arg, const struct dns_fact *said)
{
	const struct learning *l = arg;
	uint32_t ttl = said->ttl < NAMES_LEAST ? NAMES_LEAST : said->ttl > NAMES_MOST ? NAMES_MOST : said->ttl;
	bool address = said->what == DNS_ADDRESS;
	uint64_t key = address ? key_of(l->t, ABOUT_ADDRESS, l->host, &said->address, sizeof said->address)
	                       : key_of(l->t, ABOUT_EXCHANGE, l->host, &said->name, sizeof said->name);
	struct fact *f = table_find(l->t->facts, &key);

	if (f == NULL)
		f = table_put(l->t->facts, table_spare(l->t->facts, &key, &l->now), &key);
	f->value = address ? said->name : said->domain;
	f->until = l->now + ttl;
}

void
names_take(struct names *t, const struct packet *p, const struct dns_message *d, int64_t when)
{
	struct learning l = {t, &p->dst, seconds_of(when)};
	uint64_t hash;
	struct question *q = question_of(t, p, d, &hash);

	if (!d->answer) {
		*q = (struct question){hash, when};
	} else if (q->hash == hash && when - q->when <= PATIENCE && q->when - when <= PATIENCE) {
		dns_facts(d, learn, &l);
		if (d->rcode == 0)
			spellings_take(&t->spellings, d->name, d->name_size);
	}
}

/* The value of a fact that holds; 0: there is none. */
static uint64_t
known(const struct names *t, uint64_t key, uint32_t now)
{
	const struct fact *f = table_find(t->facts, &key);

	return f != NULL && f->until > now ? f->value : 0;
}

struct naming
names_find(const struct names *t, const struct addr *host, const struct addr *destination, int64_t when)
{
	uint32_t now = seconds_of(when);
	uint64_t name = known(t, key_of(t, ABOUT_ADDRESS, host, destination, sizeof *destination), now), domain;

	if (name == 0)
		return (struct naming){0};
	domain = known(t, key_of(t, ABOUT_EXCHANGE, host, &name, sizeof name), now);
	return domain != 0 ? (struct naming){domain, NAMING_MX} : (struct naming){name, NAMING_NAME};
}

const char *
names_text(const struct names *t, uint64_t name)
{
	return spellings_find(&t->spellings, name);
}
